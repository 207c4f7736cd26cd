"""Visits: when a car comes home, with what SOC, what it drives and charges while it is there, and when it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.schemas.supply import VISITOR
from data.streams import stream
from fleet.demand.class_inputs import BEV
from fleet.demand.decisions import beta, poisson_quantile, uniform
from fleet.demand.holidays.visitors import visitor_tables
from fleet.demand.population import build_fleet
from fleet.demand.vehicle_day import HOME, Fill, charge_in_public

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day
    from fleet.demand.decisions import Law
    from fleet.demand.holidays.visitors import Homecoming, VisitorInputs
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.population import Fleet
    from fleet.demand.vehicle_day import DriveDay, DriverDraws

VISITOR_CHARGING: Final = {
    "holiday": pl.String,
    "town": pl.String,
    "cars": pl.Int64,
    "home_kwh": pl.Float64,
    "public_kwh": pl.Float64,
}
"""Schema of what visitors charge by town."""
_LEAST: Final = 1e-9  # of a battery: what rounding leaves is no way to drive


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """The visits of a holiday, an entry per car.

    Attributes
    ----------
    holiday : str
        Id of the holiday.
    seed : int
        Seed of all that these cars draw.
    arrive, leave : numpy.ndarray of int
        Days, as ordinals of their dates.
    first_soc : numpy.ndarray
        SOC at which a car arrives.
    way_back : numpy.ndarray
        Energy of the way back in shares of the battery.
    km_per_day : float
        Mean km while it is there.
    cable_soc : numpy.ndarray
        SOC that a night at a socket adds at the most.
    leaves_charged : numpy.ndarray of bool
        Who charges before setting out if the battery does not last for the way back.
    """

    holiday: str
    seed: int
    arrive: Ints
    leave: Ints
    first_soc: Floats
    way_back: Floats
    km_per_day: float
    cable_soc: Floats
    leaves_charged: NDArray[np.bool_]

    def drive(self, fleet: Fleet, day: Day, before: DriveDay, draws: DriverDraws, *, number: int) -> DriveDay:
        """Return the day of the visitors; as of `fleet.demand.vehicle_day.drive_day`.

        Who is not there neither drives nor charges here: before the first day of a visit the battery has the SOC of the
        arrival, after the last that of the departure, so that the ledger holds what happens in the county.
        """
        state = before.next_day()
        if number == 0:
            state.soc = self.first_soc.copy()
        today = day.date.toordinal()
        here = (self.arrive <= today) & (today <= self.leave)
        km = np.where(here, self.km_per_day * draws.km_factor(number), 0.0)
        # km are those of the holiday; only the weather moves the energy
        _go(fleet, state, km * fleet.kwh_a_km * day.use_multiplier(0.0) / fleet.battery_kwh, here, draws)
        leaving = here & (self.leave == today)
        short = leaving & self.leaves_charged & (state.soc - self.way_back < fleet.reserve_soc)
        charge_in_public(fleet, state, np.flatnonzero(short & (state.charges == before.charges)), 0, draws)
        _plug_in(fleet, state, np.where(here & ~leaving & fleet.has_base, self.cable_soc, 0.0))
        return state


def _go(fleet: Fleet, state: DriveDay, need: Floats, here: NDArray[np.bool_], draws: DriverDraws) -> None:
    """Drive a day with at most one public charge, at the driver's threshold, or the reserve with a socket at home."""
    floor = np.where(fleet.has_base, fleet.reserve_soc, np.maximum(state.threshold, fleet.reserve_soc))
    first = np.minimum(need, np.maximum(state.soc - floor, 0.0))
    state.soc = state.soc - first
    low = here & ((need - first > _LEAST) | (~fleet.has_base & (state.soc <= floor + _LEAST)))
    charge_in_public(fleet, state, np.flatnonzero(low), 0, draws)
    second = np.minimum(need - first, np.maximum(state.soc, 0.0))
    state.soc = state.soc - second
    state.driven += (first + second) * fleet.battery_kwh


def _plug_in(fleet: Fleet, state: DriveDay, most: Floats) -> None:
    """Charge at a socket overnight, by at most so much SOC."""
    added = np.minimum(np.maximum(fleet.base_end_soc - state.soc, 0.0), most)
    state.soc = state.soc + added
    who = np.flatnonzero(added)
    state.fills.append(Fill(HOME, who, added[who] * fleet.battery_kwh[who]))


def visitor_charging(
    fleet: Fleet, visits: Visits, charges: pl.DataFrame, fills: Sequence[tuple[int, Fill]]
) -> pl.DataFrame:
    """Return what visitors charge in the days of a simulation, by town.

    Parameters
    ----------
    fleet, visits
        The visitors of a holiday.
    charges
        Their public charges: ``origin, energy_kwh``.
    fills
        Their charges at home with the number of the day, from 0; those of the night before the first day have -1 and
        do not count.

    Returns
    -------
    polars.DataFrame
        ``holiday, town, cars`` (all that come to the town for the holiday) ``, home_kwh, public_kwh`` (battery side; in
        public where they mean to charge), one row per town.
    """
    home = np.zeros(len(fleet.town_names))
    for day, fill in fills:
        if day >= 0:
            home += np.bincount(fleet.town[fill.who], weights=fill.energy_kwh, minlength=len(home))
    public = dict(charges.group_by("origin").agg(pl.col("energy_kwh").sum()).iter_rows())
    return pl.DataFrame(
        {
            "holiday": [visits.holiday] * len(home),
            "town": fleet.town_names,
            "cars": np.bincount(fleet.town, minlength=len(home)),
            "home_kwh": home,
            "public_kwh": [public.get(town, 0.0) for town in fleet.town_names],
        },
        schema=VISITOR_CHARGING,
    )


def visiting_fleets(
    visitors: VisitorInputs | None,
    tables: DemandTables,
    parameters: DemandParameters,
    *,
    calendar: Sequence[Day],
    year: int,
    seed: int,
    pull: Floats,
) -> Iterator[tuple[Fleet, Visits]]:
    """Yield the cars that come home, a fleet per holiday for which somebody may be there.

    Parameters
    ----------
    visitors
        Who comes home; None for nobody.
    tables, parameters, pull
        As of `fleet.demand.population.build_fleet`.
    calendar
        Days of the simulation without its warm-up.
    year, seed
        Year of the models, and seed of all draws. Each holiday has a seed of its own that follows from it.
    """
    for coming in visitors.homecomings if visitors is not None else ():
        if visitors is None or not coming.touches(calendar):
            continue
        cars = visitors.cars(coming.customs)
        stock = pl.DataFrame({"year": [year], "vehicle_class": [VISITOR], "power": [BEV], "vehicles": [sum(cars)]})
        own = int(stream(seed, "fleet", VISITOR, coming.holiday).integers(2**62))
        made = _tables(tables, visitors)
        fleet = build_fleet(made, parameters, stock, VISITOR, year=year, seed=own, pull=pull)
        if fleet is not None:
            season = next((day for day in calendar if coming.first <= day.date <= coming.last), calendar[0])
            yield fleet, draw_visits(visitors, coming, fleet, cars, season=season, seed=own)


def _tables(tables: DemandTables, visitors: VisitorInputs) -> DemandTables:
    """Return the tables of the visitors' cars; the same in all replications."""
    return tables.once("visitors", lambda: visitor_tables(tables, visitors), of=visitors)


def draw_visits(
    visitors: VisitorInputs, coming: Homecoming, fleet: Fleet, cars: list[float], *, season: Day, seed: int
) -> Visits:
    """Return the visits of the cars of a holiday.

    A stay is one night and a Poisson number more, within the days from the first arrival to the end of the holiday, and
    lies anywhere between them. A car begins its trip with ``trip_start_soc``. Where the battery does not last down to
    the reserve it has charged on the way, and arrives anywhere between the SOC at which its driver looks for a charger
    and that to which it was charged.

    Parameters
    ----------
    visitors, coming, fleet
        Who comes, for which holiday, with which cars.
    cars
        Mean number of cars by origin: their shares decide where a car comes from.
    season
        A day of the holiday; its weather is that of the trips.
    seed
        Seed of the holiday.
    """

    def drawn(decision: str, law: Law = uniform) -> Floats:
        return law(stream(seed, "fleet", VISITOR, decision), (fleet.size,))

    edges = np.cumsum(cars)
    origin = np.searchsorted(edges / edges[-1], drawn("origin"), side="right")
    distance = np.array([place.distance_km for place in visitors.origins])[origin]
    days = (coming.last - coming.first).days
    customs = coming.customs
    nights = 1 + poisson_quantile(drawn("nights"), np.full(fleet.size, max(customs.stay_days - 1.0, 0.0)))
    nights = np.minimum(nights, max(days, 1))
    arrive = coming.first.toordinal() + (drawn("arrival") * (max(days, 1) - nights + 1)).astype(np.int64)
    use = fleet.kwh_a_km * visitors.highway_use_factor * season.use_multiplier(0.0)
    way = distance * use / fleet.battery_kwh
    there = visitors.trip_start_soc - way
    look = drawn("looks-for-charger", beta(*fleet.start_soc_law))
    filled = np.maximum(1.0 - drawn("filled-on-way", beta(*fleet.unfilled_soc_law)), look)
    on_way = look + drawn("since-charge") * (filled - look)
    # kW x h at the socket, as the battery gets it; the on-board charger may take less
    night_kwh = np.minimum(visitors.cable_kw * visitors.efficiency_ac, fleet.ac_kw) * visitors.cable_h
    return Visits(
        holiday=coming.holiday,
        seed=seed,
        arrive=arrive,
        leave=arrive + nights,
        first_soc=np.where(there >= fleet.reserve_soc, there, on_way),
        way_back=way,
        km_per_day=customs.km_per_day,
        cable_soc=night_kwh / fleet.battery_kwh,
        leaves_charged=drawn("leaves-charged") < visitors.charge_before_leaving_share,
    )
