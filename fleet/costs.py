"""Cost of ownership of vehicles by class, power and form of acquisition; break-even against the usual vehicle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError
from data.schemas.costs import FORMS

if TYPE_CHECKING:
    from data.county import County

COMBUSTION: Final = ("petrol", "diesel")
NEW_ENERGY: Final = ("bev", "phev", "fcev")
_ELECTRICITY: Final = "electricity"
_MONTHS: Final = 12.0


@dataclass(frozen=True, slots=True)
class Levers:
    """What policy may change.

    Attributes
    ----------
    subsidy_cny : float
        Paid to the buyer of a new-energy vehicle.
    forms : tuple of str
        Forms of acquisition that are offered.
    charging_access_share : float
        Share of public charging that moves to home or depot.
    electricity_price_factor, fuel_price_factor : float
        Multipliers of the prices of electricity and of petrol, diesel and gas.
    """

    subsidy_cny: float = 0.0
    forms: tuple[str, ...] = FORMS
    charging_access_share: float = 0.0
    electricity_price_factor: float = 1.0
    fuel_price_factor: float = 1.0


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
        """Return the net present cost over the holding period, CNY; payments fall at the ends of years."""
        fixed = self.fixed_cny_per_year * annuity(min(self.fixed_years, years), rate)
        running = self.running_cny_per_km * km_per_year * annuity(years, rate)
        return float(self.upfront_cny + fixed + running - self.residual_cny / (1.0 + rate) ** years)

    def per_km(self, km_per_year: float, *, years: float, rate: float) -> float:
        """Return the levelised cost, CNY per km: present cost over present kilometres."""
        return self.npv(km_per_year, years=years, rate=rate) / (km_per_year * annuity(years, rate))


def annuity(years: float, rate: float) -> float:
    """Return the present value of 1 a year, paid at the end of each of so many years (a part of a year in part).

    Raises
    ------
    DataError
        Negative years, or a rate of -1 or less.
    """
    if years < 0.0 or rate <= -1.0:
        raise DataError(f"annuity: years {years} and rate {rate}; expected years of at least 0 and a rate above -1.")
    whole = math.floor(years)
    present = math.fsum(float((1.0 + rate) ** -year) for year in range(1, whole + 1))
    return present + (years - whole) * float((1.0 + rate) ** -(whole + 1))


def instalment_cny_per_year(principal_cny: float, *, yearly_rate: float, term_months: float) -> float:
    """Return the yearly instalments of a loan that is paid back in equal months (none for no principal)."""
    monthly = yearly_rate / _MONTHS
    if monthly == 0.0:
        return principal_cny / term_months * _MONTHS
    return _MONTHS * principal_cny * monthly / (1.0 - float((1.0 + monthly) ** -term_months))


def breakeven_km_per_year(vehicle: Ownership, reference: Ownership, *, years: float, rate: float) -> float | None:
    """Return the yearly distance from which a vehicle costs no more than the reference.

    Returns
    -------
    float or None
        0 where it is never dearer; None where it never pays.
    """
    at_rest = vehicle.npv(0.0, years=years, rate=rate) - reference.npv(0.0, years=years, rate=rate)
    saved = (reference.running_cny_per_km - vehicle.running_cny_per_km) * annuity(years, rate)
    if saved <= 0.0:
        return 0.0 if at_rest <= 0.0 and saved == 0.0 else None
    return max(0.0, at_rest / saved)


def breakeven_months(vehicle: Ownership, reference: Ownership, *, km_per_year: float) -> float | None:
    """Return after how many months the savings have paid for the higher start; 0 at once, None never (undiscounted)."""
    extra = vehicle.upfront_cny - reference.upfront_cny
    saved = (reference.running_cny_per_km - vehicle.running_cny_per_km) * km_per_year
    saved += reference.fixed_cny_per_year - vehicle.fixed_cny_per_year
    if extra <= 0.0:
        return 0.0
    return None if saved <= 0.0 else _MONTHS * extra / saved


def purchase_tax_cny(county: County, group: str, price_cny: float, *, year: int) -> float:
    """Return the purchase tax on a list price that contains VAT.

    Raises
    ------
    DataError
        No row for the group and year.
    """
    for row in county.purchase_tax.filter(pl.col("tax_group") == group).iter_rows(named=True):
        if row["from_year"] <= year < row["to_year"]:
            due = float(row["rate"] * price_cny / (1.0 + county.figure("cost.vat_share")))
            cap = math.inf if row["waived_cap_cny"] is None else row["waived_cap_cny"]
            return due - min(float(row["waived_share"]) * due, cap)
    raise DataError(f"purchase_tax: no row for tax_group {group!r} in {year}; add one.")


def tco(county: County, *, year: int, levers: Levers | None = None) -> pl.DataFrame:
    """Return the cost of ownership of every class, power and form.

    Parameters
    ----------
    county
        Reads ``vehicle_costs``, ``energy_prices``, ``acquisition``, ``purchase_tax``, ``energy_use``,
        ``charging_access``, ``vehicle_classes`` and the figures ``cost.*``.
    year
        Year of acquisition: prices follow their trend, the tax its schedule.
    levers
        Policy; none changes nothing.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, power, form, km_per_year, price_cny, tax_cny, upfront_cny, fixed_cny_per_year,
        energy_cny_per_km, running_cny_per_km, npv_cny, cny_per_km, breakeven_km_per_year, breakeven_months``; the
        last two against the purchase of the class's petrol or diesel vehicle (null for itself, or where it never pays).

    Raises
    ------
    DataError
        The county has no costs, or a row lacks energy use, price or tax.
    """
    levers = levers or Levers()
    if not county.vehicle_costs.height:
        raise DataError(f"{county.name}: no table vehicle_costs; add vehicle_costs.csv to compute costs of ownership.")
    years = county.figure("cost.holding_years")
    classes = {row["vehicle_class"]: row for row in county.vehicle_classes.iter_rows(named=True)}
    rows: list[dict[str, Any]] = []
    for cost in county.vehicle_costs.iter_rows(named=True):
        rate = county.figure(f"cost.discount_{cost['owner']}")
        km = float(classes[cost["vehicle_class"]]["km_per_year"])
        for form, flows, extra in _forms(county, cost, year, levers):
            npv = flows.npv(km, years=years, rate=rate)
            per_km = flows.per_km(km, years=years, rate=rate)
            row = {"vehicle_class": cost["vehicle_class"], "power": cost["power"], "form": form, "km_per_year": km}
            rows.append({**row, **extra, "flows": flows, "rate": rate, "npv_cny": npv, "cny_per_km": per_km})
    usual = {row["vehicle_class"]: row for row in rows if row["power"] in COMBUSTION and row["form"] == FORMS[0]}
    table = [_against(row, usual.get(row["vehicle_class"]), years) for row in rows]
    return pl.DataFrame(table, schema=_SCHEMA).with_columns(year=pl.lit(year, pl.Int64)).select(list(TABLE))


_SCHEMA: Final = {
    "vehicle_class": pl.String,
    "power": pl.String,
    "form": pl.String,
    **dict.fromkeys(
        (
            "km_per_year",
            "price_cny",
            "tax_cny",
            "upfront_cny",
            "fixed_cny_per_year",
            "energy_cny_per_km",
            "running_cny_per_km",
            "npv_cny",
            "cny_per_km",
            "breakeven_km_per_year",
            "breakeven_months",
        ),
        pl.Float64,
    ),
}


TABLE: Final = {"year": pl.Int64, **_SCHEMA}
"""Schema of the table of ownership."""


def _against(row: dict[str, Any], usual: dict[str, Any] | None, years: float) -> dict[str, Any]:
    """Return a row with its break-even figures."""
    flows: Ownership = row["flows"]
    km_needed = months = None
    if usual is not None and usual is not row:
        km_needed = breakeven_km_per_year(flows, usual["flows"], years=years, rate=row["rate"])
        months = breakeven_months(flows, usual["flows"], km_per_year=row["km_per_year"])
    known = {
        "upfront_cny": flows.upfront_cny,
        "fixed_cny_per_year": flows.fixed_cny_per_year,
        "running_cny_per_km": flows.running_cny_per_km,
        "breakeven_km_per_year": km_needed,
        "breakeven_months": months,
    }
    return {name: {**row, **known}[name] for name in _SCHEMA}


def _forms(
    county: County, cost: dict[str, Any], year: int, levers: Levers
) -> list[tuple[str, Ownership, dict[str, float]]]:
    """Return the forms in which a vehicle may be had, with their cash flows."""
    name, power = cost["vehicle_class"], cost["power"]
    price = float(cost["price_cny"] * (1.0 + cost["price_trend_share_per_year"]) ** (year - cost["base_year"]))
    tax = purchase_tax_cny(county, cost["tax_group"], price, year=year)
    subsidy = levers.subsidy_cny if power in NEW_ENERGY else 0.0
    energy = energy_cny_per_km(county, name, power, levers)
    running = energy + float(cost["maintenance_cny_per_km"])
    residual = float(cost["residual_share"]) * price
    extra = {"price_cny": price, "tax_cny": tax, "energy_cny_per_km": energy}
    found = [(FORMS[0], Ownership(price + tax - subsidy, 0.0, 0.0, running, residual), extra)]
    offers = county.acquisition.filter((pl.col("vehicle_class") == name) & (pl.col("power") == power))
    for offer in offers.filter(pl.col("form").is_in(list(levers.forms))).iter_rows(named=True):
        rent = _MONTHS * float(offer["rent_cny_per_month"])
        by_km = running + float(offer["rent_cny_per_km"])
        term = float(offer["term_months"]) / _MONTHS
        if offer["form"] == "financial_lease":
            down = float(offer["down_share"]) * price
            rate, months = float(offer["yearly_rate"]), float(offer["term_months"])
            paid = instalment_cny_per_year(price - down, yearly_rate=rate, term_months=months)
            flows = Ownership(down + tax - subsidy, paid, term, running, residual)
        elif offer["form"] == "battery_separation":
            body = max(0.0, price - float(offer["price_cut_cny"]))
            less = purchase_tax_cny(county, cost["tax_group"], body, year=year)
            share = body / price
            flows = Ownership(body + less - subsidy, rent, math.inf, by_km, residual * share)
        else:
            energy_only = energy + float(offer["rent_cny_per_km"])
            flows = Ownership(-subsidy, rent, math.inf, energy_only, 0.0)
        found.append((offer["form"], flows, extra))
    return found if FORMS[0] in levers.forms else [one for one in found if one[0] != FORMS[0]] or found


def energy_cny_per_km(county: County, vehicle_class: str, power: str, levers: Levers | None = None) -> float:
    """Return what the energy of a kilometre costs, CNY.

    Raises
    ------
    DataError
        A class and power without energy use, or a carrier without a price.
    """
    levers = levers or Levers()
    prices = dict(county.energy_prices.select("carrier", "price_cny").iter_rows())
    rows = county.energy_use.filter((pl.col("vehicle_class") == vehicle_class) & (pl.col("power") == power))
    if not rows.height:
        raise DataError(f"energy_use: no row for vehicle_class {vehicle_class!r} with power {power!r}; add its use.")
    total = 0.0
    for row in rows.iter_rows(named=True):
        carrier, use = row["carrier"], row["use_per_100km"] / 100.0
        factor = 1.0 if row["utility_factor"] is None else row["utility_factor"]
        if power == "phev" and carrier != _ELECTRICITY:
            factor = 1.0 - factor
        if carrier == _ELECTRICITY:
            price = _electricity_cny(county, vehicle_class, prices, levers) / county.figure("charging.efficiency_dc")
            price *= levers.electricity_price_factor
        elif carrier in prices:
            price = prices[carrier] * levers.fuel_price_factor
        else:
            raise DataError(f"energy_prices: no row for {carrier!r}; add its price.")
        total += use * factor * price
    return total


def _electricity_cny(county: County, vehicle_class: str, prices: dict[str, float], levers: Levers) -> float:
    """Return the mean price of a kWh at the meter by where a class charges."""
    places = ("home", "depot", "public")
    lacking = [f"electricity_{place}" for place in places if f"electricity_{place}" not in prices]
    if lacking:
        raise DataError(f"energy_prices: no row for {lacking[0]!r}; add its price.")
    access = county.charging_access.filter(pl.col("vehicle_class") == vehicle_class)
    if not access.height:
        return prices["electricity_public"]
    shares = {place: float(access[f"{place}_share"].mean() or 0.0) for place in places}  # type: ignore[arg-type]
    moved = levers.charging_access_share * shares["public"]
    own = "depot" if shares["depot"] > shares["home"] else "home"
    shares["public"] -= moved
    shares[own] += moved
    return math.fsum(shares[place] * prices[f"electricity_{place}"] for place in places)
