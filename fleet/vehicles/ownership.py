"""Cash flows of owning a vehicle: present cost, cost per km, and when one vehicle breaks even with another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.money import MONTHS, annuity


@dataclass(frozen=True, slots=True)
class Ownership:
    """Cash flows of owning a vehicle.

    Attributes
    ----------
    upfront_cny : float
        Paid at the start: price or down payment, tax, less subsidy.
    fixed_cny_per_year : float
        Rents and instalments, by year while they last.
    fixed_years : float
        How long they last.
    running_cny_per_km : float
        Energy, maintenance and rent by distance.
    residual_cny : float
        What the vehicle brings at the end.
    """

    upfront_cny: float
    fixed_cny_per_year: float
    fixed_years: float
    running_cny_per_km: float
    residual_cny: float

    def npv(self, km_per_year: float, *, years: float, rate: float) -> float:
        """Return the net present cost over the holding period, CNY; what is paid by month falls at ends of months."""
        fixed = self.fixed_cny_per_year * annuity(min(self.fixed_years, years), rate)
        running = self.running_cny_per_km * km_per_year * annuity(years, rate)
        return float(self.upfront_cny + fixed + running - self.residual_cny / (1.0 + rate) ** years)

    def per_km(self, km_per_year: float, *, years: float, rate: float) -> float:
        """Return the levelised cost, CNY per km: present cost over present kilometres."""
        # discounted km: the price per km at which the present value of all km pays all costs
        return self.npv(km_per_year, years=years, rate=rate) / (km_per_year * annuity(years, rate))


def instalment_cny_per_year(principal_cny: float, *, yearly_rate: float, term_months: float) -> float:
    """Return the yearly instalments of a loan that is paid back in equal months (none for no principal)."""
    monthly = yearly_rate / MONTHS
    # the formula below is 0 / 0 without interest, and with so little that a float does not tell it from none
    if 1.0 + monthly == 1.0:
        return principal_cny / term_months * MONTHS
    return MONTHS * principal_cny * monthly / (1.0 - float((1.0 + monthly) ** -term_months))


def breakeven_km_per_year(vehicle: Ownership, reference: Ownership, *, years: float, rate: float) -> float | None:
    """Return the yearly distance from which a vehicle costs no more than the reference.

    Returns
    -------
    float or None
        0 where it is never dearer; None where it never pays.
    """
    # both are linear in km: the difference at rest and the saving per km say all
    at_rest = vehicle.npv(0.0, years=years, rate=rate) - reference.npv(0.0, years=years, rate=rate)
    saved = (reference.running_cny_per_km - vehicle.running_cny_per_km) * annuity(years, rate)
    # saves nothing per km: distance cannot make up for a dearer start
    if saved <= 0.0:
        return 0.0 if at_rest <= 0.0 and saved == 0.0 else None
    return max(0.0, at_rest / saved)


def breakeven_months(
    vehicle: Ownership, reference: Ownership, *, km_per_year: float, years: float = math.inf
) -> float | None:
    """Return the month from which a vehicle has cost no more than the reference for good (undiscounted).

    Payments are spread evenly over the months; instalments and rents end with their term, residual values do not count.

    Parameters
    ----------
    vehicle, reference
        Their cash flows.
    km_per_year
        Distance that both drive.
    years
        Holding period.

    Returns
    -------
    float or None
        0 where the vehicle is not dearer at any time of the holding period; None where in the end it is dearer.
    """
    # costs are linear between the times at which instalments end: signs at those times say all
    times = _changes(vehicle, reference)
    gaps = [_gap(vehicle, reference, km_per_year, year) for year in times]
    held = [gap for year, gap in zip(times, gaps, strict=True) if year < years]
    if math.isfinite(years) and max(*held, _gap(vehicle, reference, km_per_year, years)) <= 0.0:
        return 0.0
    # after the last change both are linear for good, so the slope of one more year decides
    rise = _gap(vehicle, reference, km_per_year, times[-1] + 1.0) - gaps[-1]
    if rise > 0.0 or (rise == 0.0 and gaps[-1] > 0.0):
        return None
    if gaps[-1] > 0.0:
        return MONTHS * (times[-1] + gaps[-1] / -rise)
    dearer = [number for number, gap in enumerate(gaps) if gap > 0.0]
    return MONTHS * _crossing(times, gaps, dearer[-1]) if dearer else 0.0


def cheaper_until_months(vehicle: Ownership, reference: Ownership, *, km_per_year: float) -> float | None:
    """Return the month in which a vehicle that starts cheaper than the reference has cost as much (undiscounted).

    This is when the rents of a battery have eaten up the cut of the price, or those of a lease the price itself.

    Returns
    -------
    float or None
        0 where it does not start cheaper; None where it stays cheaper.
    """
    # costs are linear between the times at which instalments end: signs at those times say all
    times = _changes(vehicle, reference)
    gaps = [_gap(vehicle, reference, km_per_year, year) for year in times]
    if gaps[0] >= 0.0:
        return 0.0
    # the first time at which it is no longer cheaper; that it may become so again does not count
    for number, gap in enumerate(gaps[1:]):
        if gap >= 0.0:
            return MONTHS * _crossing(times, gaps, number)
    rise = _gap(vehicle, reference, km_per_year, times[-1] + 1.0) - gaps[-1]
    return MONTHS * (times[-1] - gaps[-1] / rise) if rise > 0.0 else None


def _changes(vehicle: Ownership, reference: Ownership) -> list[float]:
    """Return the start, and when payments of either end, years."""
    return sorted({0.0, *(owned.fixed_years for owned in (vehicle, reference) if math.isfinite(owned.fixed_years))})


def _gap(vehicle: Ownership, reference: Ownership, km_per_year: float, years: float) -> float:
    """Return what a vehicle has cost more than the reference after some years."""
    cost, reference_cost = (
        owned.upfront_cny
        + owned.fixed_cny_per_year * min(owned.fixed_years, years)
        + owned.running_cny_per_km * km_per_year * years
        for owned in (vehicle, reference)
    )
    return cost - reference_cost


def _crossing(times: list[float], gaps: list[float], number: int) -> float:
    """Return when a gap that changes its sign between a time and the next is 0."""
    start, end = times[number], times[number + 1]
    return start + (end - start) * gaps[number] / (gaps[number] - gaps[number + 1])
