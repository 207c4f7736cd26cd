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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County

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
    points' weights of the morning, reversed after 13:00.
    """
    frames = []
    for town in points["town"].unique(maintain_order=True):
        inside = points.filter(pl.col("town") == town)
        rng = stream(seed, "fleet", "ebikes", town)
        # per hour: the sum of Poisson numbers of parts is Poisson again, so hours may be drawn apart
        counts = rng.poisson(np.tile(profile, days) * demand.trips_per_bike_day * float(inside["bikes"].sum()))
        hour = np.repeat(np.arange(len(counts)), counts)
        # uniform within the hour: arrivals of a Poisson process are, given their number
        depart = 60.0 * (hour + rng.random(len(hour)))
        late = hour % HOURS >= _NOON
        origins, ends = (inside[f"morning_{end}_weight"].to_numpy() for end in ("origin", "destination"))
        start = _pick(rng, late, morning=origins, evening=ends)
        end = _pick(rng, late, morning=ends, evening=origins)
        # cut: the exponential law has no end, a ride has
        km = np.minimum(rng.exponential(demand.trip_km, len(hour)), demand.trip_most_km)
        names = inside["point"].to_numpy()
        frames.append(pl.DataFrame({"depart_min": depart, "origin": names[start], "destination": names[end], "km": km}))
    # stable: trips of one minute stay in the order of towns
    table = pl.concat(frames).sort("depart_min", "origin", maintain_order=True)
    return table.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def _pick(rng: np.random.Generator, late: NDArray[np.bool_], *, morning: Floats, evening: Floats) -> Ints:
    """Return a point for each trip, by the weights of its half of the day."""
    lot = rng.random(len(late))
    # one lot for either half, so that a trip that moves past 13:00 keeps its place in the weights
    by_half = (np.searchsorted(np.cumsum(weights) / weights.sum(), lot) for weights in (evening, morning))
    return np.where(late, *by_half)
