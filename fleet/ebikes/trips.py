"""Trips with shared e-bikes, drawn before the simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.schemas.supply import EBIKE_PROFILE
from data.streams import stream
from fleet.demand.decisions import ByCharge, exponential, poisson_quantile, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.decisions import Law

_NOON: Final = 13  # hour from which the trips of the morning go back


@dataclass(frozen=True, slots=True)
class EbikeDemand:
    """What people ask of shared e-bikes.

    Attributes
    ----------
    trips_per_bike_day : float
        Trips wanted per bike and day.
    trip_km, trip_most_km : float
        Mean length of a trip, exponential, and where it is cut.
    """

    trips_per_bike_day: float
    trip_km: float
    trip_most_km: float

    @classmethod
    def from_county(cls, county: County) -> EbikeDemand:
        """Return the figures ``ebikes.*`` of trips."""
        return cls(
            county.figure("ebikes.trips_per_bike_day"),
            county.figure("ebikes.trip_km"),
            county.figure("ebikes.trip_most_km"),
        )


def ebike_trips(county: County, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the trips that people of a county want to make.

    Parameters
    ----------
    county
        Reads ``ebike_points``, the profile ``ebike`` and the figures ``ebikes.*``.
    days
        Days to draw.
    seed
        Seed of the replication.

    Returns
    -------
    polars.DataFrame
        ``trip_id, depart_min, origin, destination, km``, by time.

    Raises
    ------
    DataError
        The profile ``ebike`` has not 24 hours.
    """
    profile = county.profiles.filter(pl.col("profile") == EBIKE_PROFILE).sort("hour")["share"].to_numpy()
    if len(profile) != HOURS:
        raise DataError(f"profiles: profile {EBIKE_PROFILE!r} needs 24 hours.")
    return draw_trips(county.ebike_points, profile, EbikeDemand.from_county(county), days=days, seed=seed)


def draw_trips(points: pl.DataFrame, profile: Floats, demand: EbikeDemand, *, days: int, seed: int) -> pl.DataFrame:
    """Draw trips between points.

    Trips of a town are a Poisson process over the day's profile; origins and destinations within the town follow the
    points' weights of the morning, reversed after 13:00. How many trips an hour has, and minute, origin, destination
    and length of each, are drawn from streams of their own, the last four by hour and number within it: moving one
    figure leaves the other draws as they were, and more trips come on top of those that there were.
    """
    rows = points.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    frames = [
        _town_trips(str(town), inside, profile, demand, days=days, seed=seed)
        for (town,), inside in rows.group_by("town", maintain_order=True)
    ]
    # stable: trips of one minute stay in the order of points
    table = pl.concat(frames).sort("depart_min", "origin", maintain_order=True)
    names = points["point"]
    # names last: numbers sort faster
    named = table.with_columns(origin=names.gather(table["origin"]), destination=names.gather(table["destination"]))
    return named.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def _town_trips(
    town: str, points: pl.DataFrame, profile: Floats, demand: EbikeDemand, *, days: int, seed: int
) -> pl.DataFrame:
    """Draw the trips of a town; origin and destination by the rows of the points."""
    hours = HOURS * days
    mean = np.tile(profile, days) * demand.trips_per_bike_day * float(points["bikes"].sum())
    lots = stream(seed, "fleet", "ebikes", town, "count").random(hours)
    # inverse of the distribution function: a lot more or less of demand adds trips and draws none anew
    counts = poisson_quantile(lots, mean)
    hour = np.repeat(np.arange(hours), counts)
    number = np.arange(len(hour)) - np.repeat(np.cumsum(counts) - counts, counts)

    def drawn(decision: str, law: Law) -> Floats:
        return ByCharge(seed, f"ebikes/{town}", decision, hours, law).of(hour, number)

    late = hour % HOURS >= _NOON
    origins, ends = (points[f"morning_{end}_weight"].to_numpy() for end in ("origin", "destination"))
    start = _pick(drawn("origin", uniform), late, morning=origins, evening=ends)
    end = _pick(drawn("destination", uniform), late, morning=ends, evening=origins)
    row = points["row"].to_numpy()
    return pl.DataFrame(
        {
            # uniform within the hour: arrivals of a Poisson process are, given their number
            "depart_min": 60.0 * (hour + drawn("minute", uniform)),
            "origin": row[start],
            "destination": row[end],
            # cut: the exponential law has no end, a ride has
            "km": np.minimum(demand.trip_km * drawn("km", exponential), demand.trip_most_km),
        }
    )


def _pick(lot: Floats, late: NDArray[np.bool_], *, morning: Floats, evening: Floats) -> Ints:
    """Return a point for each lot, by the weights of its half of the day."""
    # one lot for either half, so that a trip that moves past 13:00 keeps its place in the weights
    by_half = (np.searchsorted(np.cumsum(weights) / weights.sum(), lot) for weights in (evening, morning))
    return np.where(late, *by_half)
