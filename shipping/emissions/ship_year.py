"""Work of the through traffic in a year, from closed forms: energy by class, load and month, and its carriers."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.parameters.county_river import river_table
from shipping.parameters.ship_parameters import ShipParameters
from shipping.parameters.traffic_parameters import DIRECTIONS, ThroughParameters
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import designs, ship_classes
from shipping.traffic.through import traffic_mix, yearly_traffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from shipping.ships.propulsion import ShipDesign
    from shipping.traffic.through import Mix, Traffic

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
    """

    energy_kwh: float
    turnover_tkm: float
    shares: dict[str, float]
    shore_kwh: float = 0.0
    waiting_kwh: float = 0.0
    load_factor: float = 1.0


def ship_year(county: County, year: int) -> ShipYear:
    """Return energy and turnover of the through traffic of a year, from closed forms.

    Every class sails its share of the passages, laden or empty as `shipping.traffic.through.traffic_mix` says, in each
    month with its current, depth and share of the traffic; hull, draught and depth give the power as in
    `shipping.simulate`. To each voyage come the hours at the lock of the year
    (`shipping.parameters.carbon_parameters.lock_wait`) and ``river.through_stay_h`` in port at hotel load, of which
    ``river.shore_power_share`` is shore power in port. Classes and loads per passage are those of the table in every
    year.

    Raises
    ------
    DataError
        If the county has no river, there is no traffic for the year, or the shares of the carriers exceed 1.
    """
    table = river_table(county, "vessel_classes")
    through = ThroughParameters.from_county(county)
    traffic = yearly_traffic(river_table(county, "lock_traffic"), through, year)
    mix = traffic_mix(table, through.load_factor, traffic)
    # a period per month: current and depth, and power with them, differ by month
    graph = waterway(county, start=dt.date(year, 1, 1), days=366 if calendar.isleap(year) else 365)
    months = river_table(county, "river_months").sort("month")["traffic_share"].to_list()
    known = designs(ship_classes(table, ShipParameters.from_county(county)))
    sailed = sailing_year(Sailing.on(Reaches.from_graph(graph)), months, (traffic, mix), known, through.ends)
    carbon = ShipCarbonParameters.from_county(county)
    return with_waits(sailed, (traffic, mix), known, carbon, carrier_shares(carbon, year), year=year)


@dataclass(slots=True)
class SailingYear:
    """What sailing takes in a year.

    Attributes
    ----------
    energy_kwh : float
        Brake energy.
    burnt_kg, best_kg : float
        Fuel of it, and what it would be at the best load of all engines.
    turnover_tkm : float
        Cargo carried over distance.
    """

    energy_kwh: float = 0.0
    burnt_kg: float = 0.0
    best_kg: float = 0.0
    turnover_tkm: float = 0.0


def sailing_year(
    sailing: Sailing,
    month_shares: Sequence[float],
    traffic_and_mix: tuple[Traffic, Mix],
    classes: Mapping[str, ShipDesign],
    ends: Mapping[str, tuple[float, float]],
) -> SailingYear:
    """Return what the through traffic of a year takes under way.

    Parameters
    ----------
    sailing : Sailing
        On a waterway with one period per month.
    month_shares : sequence of float
        Share of the traffic by month, as the periods.
    traffic_and_mix : tuple of Traffic and Mix
        Of the year.
    classes : mapping of str to ShipDesign
        Design by vessel class.
    ends : mapping of str to tuple of float
        Chainages of start and end, by direction.
    """
    traffic, mix = traffic_and_mix
    year = SailingYear()
    for direction in DIRECTIONS:
        start, end = ends[direction]
        # straight from the statistics: it does not depend on how the cargo is spread over vessels
        year.turnover_tkm += traffic.cargo_of(direction) * abs(end - start)
        laden = mix.laden_share[direction]
        for name, class_share in zip(mix.classes, mix.share, strict=True):
            design = classes[name]
            # Draught, and so power, is not linear in the load: laden and empty vessels are summed apart, not averaged.
            for load, share in ((mix.load_share[direction], laden), (0.0, 1.0 - laden)):
                point = sailing.table.number(design, load)
                voyages = traffic.passages_of(direction) * class_share * share
                for period, weight in enumerate(month_shares):
                    _, taken, mass = sailing.estimate(point, start, end, period)
                    year.energy_kwh += voyages * weight * taken
                    year.burnt_kg += voyages * weight * mass
                    # at the best load: the ratio to burnt_kg is the mean part-load factor, weighted by energy
                    year.best_kg += voyages * weight * taken * design.sfc_kg_kwh
    return year


def with_waits(
    sailed: SailingYear,
    traffic_and_mix: tuple[Traffic, Mix],
    classes: Mapping[str, ShipDesign],
    carbon: ShipCarbonParameters,
    shares: dict[str, float],
    *,
    year: int,
) -> ShipYear:
    """Return the work of a year: sailing, and hotel load at the lock and in port."""
    traffic, mix = traffic_and_mix
    # mean over passages, because every passage waits as long
    hotel = float(mix.share @ np.array([classes[name].hotel_kw for name in mix.classes]))
    stay, shore = carbon.stay_h, carbon.shore_power_share
    waiting = traffic.passages * hotel * (carbon.lock_h.at(year) + stay * (1.0 - shore))
    energy, best = sailed.energy_kwh, sailed.best_kg
    # Waits are at the best consumption: they pull the mean of the part-load factor towards 1.
    factor = (sailed.burnt_kg + best * waiting / energy) / (best + best * waiting / energy) if best > 0.0 else 1.0
    # not in the brake energy: no engine runs for it
    ashore = traffic.passages * hotel * stay * shore
    return ShipYear(energy + waiting, sailed.turnover_tkm, shares, ashore, waiting, factor)


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
