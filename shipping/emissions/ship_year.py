"""Work of the through traffic in a year, from closed forms: energy by class, load and month, and its carriers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError
from shipping.emissions.passage_work import passage_work
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County
    from shipping.emissions.passage_work import PassageWork
    from shipping.traffic.yearly import Mix, Traffic

_SUM_ERROR: Final = 1e-12  # what shares that fill the whole may sum to above 1


@dataclass(frozen=True, slots=True)
class ShipYear:
    """Work of the through traffic in a year.

    Attributes
    ----------
    energy_kwh : float
        Brake energy of sailing, of waits at the lock and of stays in port off shore power.
    turnover_tkm : float
        Cargo carried over distance.
    shares : dict of str to float
        Split of the energy over carriers.
    shore_kwh : float
        Shore power in port.
    waiting_kwh : float
        The part of the energy that is taken while not under way.
    load_factor : float
        Consumption over that at the best load, mean over the energy.
    slip_factor : float
        Methane slip of gas engines over that at the reference load, mean over the fuel.
    """

    energy_kwh: float
    turnover_tkm: float
    shares: dict[str, float]
    shore_kwh: float = 0.0
    waiting_kwh: float = 0.0
    load_factor: float = 1.0
    slip_factor: float = 1.0


def ship_year(county: County, year: int) -> ShipYear:
    """Return energy and turnover of the through traffic of a year, from closed forms.

    Every class sails its share of the passages of the year (`shipping.traffic.yearly.county_traffic`), laden or empty,
    in each month with its current, depth and share of the traffic; hull, draught and depth give the power as in
    `shipping.simulate`. To each voyage come the hours at the lock of the year
    (`shipping.parameters.carbon_parameters.lock_wait`) and ``river.through_stay_h`` in port at hotel load, of which
    ``river.shore_power_share`` is shore power in port.

    Raises
    ------
    DataError
        If the county has no river, there is no traffic for the year, or the shares of the carriers exceed 1.
    """
    traffic, mix = county_traffic(county, year)
    carbon = ShipCarbonParameters.from_county(county)
    work = passage_work(county, year, mix)
    return year_of(work, traffic, mix, carbon, carrier_shares(carbon, year), lock_h=carbon.lock_h.at(year))


def year_of(
    work: PassageWork,
    traffic: Traffic,
    mix: Mix,
    carbon: ShipCarbonParameters,
    shares: dict[str, float],
    *,
    lock_h: float,
) -> ShipYear:
    """Return the work of a year from that of a passage: sailing, and hotel load at the lock and in port."""
    sailing, burnt, slipping = work.by_class(traffic, mix)
    waiting = waiting_by_class(work, traffic, mix, carbon, lock_h)
    # at the best load: the ratio to what is burnt is the mean part-load factor, weighed by energy
    best = float(sailing @ work.sfc_kg_kwh)
    energy, waits = float(sailing.sum()), float(waiting.sum())
    # Waits are at the best consumption: they pull the mean of the part-load factor towards 1.
    rest = best * waits / energy
    factor = (float(burnt.sum()) + rest) / (best + rest) if best > 0.0 else 1.0
    # an auxiliary engine of its size gives the hotel load: no more slip than at the reference load
    slip = (float(slipping.sum()) + rest) / (float(burnt.sum()) + rest) if best > 0.0 else 1.0
    # straight from the statistics: it does not depend on how the cargo is spread over vessels
    turnover = traffic.cargo_t * work.distance_km
    # not in the brake energy: no engine runs for it
    hotel_kwh_h = traffic.passages * float(mix.share @ work.hotel_kw)
    ashore = hotel_kwh_h * carbon.stay_h * carbon.shore_power_share
    return ShipYear(energy + waits, turnover, shares, ashore, waits, factor, slip)


def waiting_by_class(
    work: PassageWork, traffic: Traffic, mix: Mix, carbon: ShipCarbonParameters, lock_h: float
) -> Floats:
    """Return the energy in kWh that is taken while not under way: every passage waits as long."""
    hours = lock_h + carbon.stay_h * (1.0 - carbon.shore_power_share)
    return np.asarray(traffic.passages * mix.share * work.hotel_kw * hours)


def carrier_shares(carbon: ShipCarbonParameters, year: int) -> dict[str, float]:
    """Return the shares of diesel, LNG and electricity in the ships' brake energy of a year; diesel is the rest.

    Raises
    ------
    DataError
        If they sum to more than 1.
    """
    shares = {"lng": carbon.lng_share.at(year), "electric": carbon.electric_share.at(year)}
    diesel = 1.0 - sum(shares.values())
    if diesel < -_SUM_ERROR:
        raise DataError(
            f"ship energy of {year}: LNG and electricity sum to {1.0 - diesel:.0%}; expected at most 100 %."
        )
    # not below 0, where rounding fills the whole
    return {"diesel": max(0.0, diesel), **shares}
