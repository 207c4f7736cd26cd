"""Through traffic as a closed fleet: each vessel goes up and down, and its next trip starts after its last.

A long wait at the lock then lowers the arrivals, as it does on the river; arrivals at a given rate would queue without
end where the lock is saturated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream
from shipping.parameters.traffic_parameters import DIRECTIONS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from shipping.parameters.traffic_parameters import ClosedFleetParameters
    from shipping.traffic.yearly import Mix

    _Trip = dict[str, Floats | Ints]

_BEFORE_LOCK_KM: Final = 0.01  # a vessel that waits at minute 0 lies so far before the lock: it has still to pass it
_SCHEMA: Final = {
    "vessel": pl.Int64,
    "trip": pl.Int64,
    "vessel_class": pl.String,
    "planned_min": pl.Float64,
    "depart_min": pl.Float64,
    "from_km": pl.Float64,
    "to_km": pl.Float64,
    "cargo_t": pl.Float64,
    "load_share": pl.Float64,
}


def festivals_of(calendar: pl.DataFrame) -> list[dt.date]:
    """Return the first days of the Spring Festivals in a table ``calendar``."""
    return calendar.filter(pl.col("holiday").str.starts_with("spring-festival"))["start_date"].to_list()


@dataclass(slots=True)
class _Fleet:
    """The vessels of a closed fleet at their next departure; arrays have one value per vessel.

    ``hour`` counts from the start of the run as if nobody waited; ``depart_min`` is the time of the first trip, and
    later the stay before a trip.
    """

    kind: Ints
    down_h: Floats
    up_h: Floats
    stay_h: Floats
    hour: Floats
    depart_min: Floats
    from_km: Floats
    going_down: NDArray[np.bool_]


def fleet_voyages(
    mix: Mix,
    hours: Mapping[str, Floats],
    fleet: ClosedFleetParameters,
    *,
    passages_per_day: float,
    start: dt.date,
    days: int,
    seed: int,
    waiting: tuple[float, float] | None = None,
    festivals: Sequence[dt.date] = (),
) -> pl.DataFrame:
    """Draw the voyages of a closed fleet that would depart within some days if nobody waited.

    The fleet is as large as its passages need while nobody waits: passages per day times the days of a round trip over
    2. A vessel sails down, stays, sails up and stays; the stays fill the round trip and have a gamma spread. At minute
    0 vessels are anywhere in their round trip, and those of `waiting` lie before the lock, half of them either way.

    Parameters
    ----------
    mix : Mix
        Classes, their shares and loads.
    hours : mapping of str to numpy.ndarray
        Sailing hours of a trip by direction and class of `mix`.
    fleet : ClosedFleetParameters
        Round trip and ends.
    passages_per_day : float
        Of both directions, while nobody waits.
    start : datetime.date
        First day; its midnight is minute 0.
    days, seed : int
        Days, and seed of the replication.
    waiting : tuple of float, optional
        Chainage of a lock, and the vessels that wait there at minute 0.
    festivals : sequence of datetime.date
        First days of the Spring Festival, around which stays are longer.

    Returns
    -------
    polars.DataFrame
        ``vessel, trip`` (from 0), ``vessel_class, planned_min`` (departure if nobody waited), ``depart_min`` (of the
        first trip a time; of later ones the stay after the trip before), ``from_km, to_km, cargo_t, load_share``.

    Raises
    ------
    DataError
        If a round trip is shorter than its sailing.
    """
    vessels = _at_start(mix, hours, fleet, round(passages_per_day * fleet.round_trip_h / 24.0 / 2.0), seed)
    if waiting is not None:
        _put_before_lock(vessels, *waiting, seed)
    festival_h = np.array([24.0 * (day - start).days for day in festivals])
    trips: list[_Trip] = []
    active = np.flatnonzero(vessels.hour < 24.0 * days)
    while active.size:
        trips.append(_trip(len(trips), active, vessels, mix, fleet, seed))
        _next_trip(vessels, len(trips) - 1, festival_h, fleet, seed)
        active = active[vessels.hour[active] < 24.0 * days]
    if not trips:
        return pl.DataFrame(schema=_SCHEMA)
    # one frame of all trips: each of its own takes as long
    table = {name: np.concatenate([trip[name] for trip in trips]) for name in _SCHEMA}
    names = pl.Series(mix.classes, dtype=pl.String).gather(table["vessel_class"])
    return pl.DataFrame({**table, "vessel_class": names}, schema=_SCHEMA)


def _at_start(mix: Mix, hours: Mapping[str, Floats], fleet: ClosedFleetParameters, count: int, seed: int) -> _Fleet:
    """Draw classes, and where each vessel is in its round trip at minute 0."""
    drawn = stream(seed, "shipping", "fleet class").uniform(size=count)
    # The cumulated shares may end a rounding error below 1, above which a draw has no class.
    kind = np.minimum(np.searchsorted(np.cumsum(mix.share), drawn, side="right"), len(mix.classes) - 1)
    down, up = (np.asarray(hours[way])[kind] for way in DIRECTIONS)
    stay = (fleet.round_trip_h - down - up) / 2.0
    if count and np.any(stay <= 0.0):
        worst = int(np.argmin(stay))
        raise DataError(
            f"river.round_trips_per_month: a round trip takes {fleet.round_trip_h:.0f} h, but vessel class "
            f"'{mix.classes[int(kind[worst])]}' sails {down[worst] + up[worst]:.0f} h. Lower the round trips."
        )
    phase = stream(seed, "shipping", "fleet phase").uniform(0.0, fleet.round_trip_h, count)
    length = fleet.bottom_km - fleet.top_km
    # sailing down, staying below, sailing up; otherwise staying above
    parts = [phase < down, phase < down + stay, phase < down + stay + up]
    none = np.zeros(count)
    hour = np.select(parts, [none, down + stay - phase, none], fleet.round_trip_h - phase)
    # evenly along the way: the place at minute 0 needs no reach by reach
    ways = [fleet.top_km + length * phase / down, none + fleet.bottom_km]
    ways.append(fleet.bottom_km - length * (phase - down - stay) / up)
    from_km = np.select(parts, ways, fleet.top_km)
    going_down = parts[0] | ~parts[2]
    return _Fleet(kind, down, up, stay, hour, 60.0 * hour, from_km, going_down)


def _put_before_lock(vessels: _Fleet, lock_km: float, waiting: float, seed: int) -> None:
    """Let some vessels lie before the lock at minute 0, every second one on its way down."""
    order = stream(seed, "shipping", "fleet waiting").permutation(vessels.hour.size)[: round(waiting)]
    vessels.hour[order] = vessels.depart_min[order] = 0.0
    down = np.arange(order.size) % 2 == 0
    vessels.going_down[order] = down
    vessels.from_km[order] = lock_km + np.where(down, -_BEFORE_LOCK_KM, _BEFORE_LOCK_KM)


def _next_trip(vessels: _Fleet, trip: int, festival_h: Floats, fleet: ClosedFleetParameters, seed: int) -> None:
    """Bring all vessels to the departure after a trip: sailing, and a stay that is drawn."""
    # one array per decision and trip: a larger fleet or a longer run leaves the stays of the others alone
    drawn = stream(seed, "shipping", "fleet stay", str(trip)).gamma(fleet.shape, size=vessels.hour.size) / fleet.shape
    lasts = vessels.stay_h * drawn
    if festival_h.size:
        near = np.zeros(vessels.hour.size, dtype=bool)
        for first_h in festival_h:
            near |= np.abs(vessels.hour - first_h) <= 12.0 * fleet.festival_days
        lasts = lasts * np.where(near, fleet.festival_factor, 1.0)
    end_km = np.where(vessels.going_down, fleet.bottom_km, fleet.top_km)
    whole = np.where(vessels.going_down, vessels.down_h, vessels.up_h)
    # a first trip from the middle of the way takes its part of the sailing hours only
    done = np.abs(end_km - vessels.from_km) / (fleet.bottom_km - fleet.top_km)
    vessels.hour = vessels.hour + whole * done + lasts
    vessels.depart_min, vessels.from_km, vessels.going_down = 60.0 * lasts, end_km, ~vessels.going_down


def _trip(trip: int, active: Ints, vessels: _Fleet, mix: Mix, fleet: ClosedFleetParameters, seed: int) -> _Trip:
    """Return the columns of the trips with one number of the vessels that still depart; classes by their place."""
    kind, down = vessels.kind[active], vessels.going_down[active]
    drawn = stream(seed, "shipping", "fleet laden", str(trip)).uniform(size=vessels.kind.size)[active]
    laden = drawn < np.where(down, mix.laden_share["down"], mix.laden_share["up"])
    load = np.where(laden, np.where(down, mix.load_share["down"], mix.load_share["up"]), 0.0)
    return {
        "vessel": active,
        "trip": np.full(active.size, trip),
        "vessel_class": kind,
        "planned_min": 60.0 * vessels.hour[active],
        "depart_min": vessels.depart_min[active],
        "from_km": vessels.from_km[active],
        "to_km": np.where(down, fleet.bottom_km, fleet.top_km),
        "cargo_t": load * mix.dwt_t[kind],
        "load_share": load,
    }


def waiting_at(bulletins: pl.DataFrame, day: dt.date) -> float:
    """Return how many vessels wait at the lock on a day: the mean of the shortest period of bulletins that holds it.

    A day that no bulletin holds takes the mean of the latest bulletin of its month; without one nobody waits.
    """
    known = bulletins.drop_nulls("waiting_mean").with_columns(span=pl.col("last_day") - pl.col("first_day"))
    holding = known.filter((pl.col("first_day") <= day) & (pl.col("last_day") >= day)).sort("span")
    if holding.height:
        return float(holding["waiting_mean"][0])
    month = (pl.col("first_day").dt.month() == day.month) & (pl.col("last_day").dt.month() == day.month)
    alike = known.filter(month).sort("first_day")
    return float(alike["waiting_mean"][-1]) if alike.height else 0.0
