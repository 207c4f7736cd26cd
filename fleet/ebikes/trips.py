"""Trips with shared e-bikes, drawn before the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats
    from data.county import County

_NOON: Final = 13
_PROFILE: Final = "ebike"


def ebike_trips(county: County, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the trips that people want to make.

    Trips of a town are a Poisson process over the day's profile; origins and destinations within the town follow the
    points' weights of the morning, reversed after 13:00.

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
    """
    points = county.ebike_points
    profile = county.profiles.filter(pl.col("profile") == _PROFILE).sort("hour")["share"].to_numpy()
    if len(profile) != HOURS:
        raise DataError(f"profiles: profile {_PROFILE!r} needs 24 hours.")
    per_bike, mean = county.figure("ebikes.trips_per_bike_day"), county.figure("ebikes.trip_km")
    most = county.figure("ebikes.trip_most_km")
    frames = []
    for town in points["town"].unique(maintain_order=True):
        own = points.filter(pl.col("town") == town)
        rng = stream(seed, "fleet", "ebikes", town)
        counts = rng.poisson(np.tile(profile, days) * per_bike * float(own["bikes"].sum()))
        hour = np.repeat(np.arange(len(counts)), counts)
        depart = 60.0 * (hour + rng.random(len(hour)))
        late = hour % HOURS >= _NOON
        origins, ends = own["morning_origin_weight"].to_numpy(), own["morning_destination_weight"].to_numpy()
        first, second = (_pick(rng, one, other, late) for one, other in ((origins, ends), (ends, origins)))
        km = np.minimum(rng.exponential(mean, len(hour)), most)
        names = own["point"].to_numpy()
        columns = {"depart_min": depart, "origin": names[first], "destination": names[second], "km": km}
        frames.append(pl.DataFrame(columns))
    table = pl.concat(frames).sort("depart_min", "origin", maintain_order=True)
    return table.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def _pick(rng: np.random.Generator, morning: Floats, evening: Floats, late: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a point for each trip, by the weights of its half of the day."""
    draw = rng.random(len(late))
    return np.where(late, *(np.searchsorted(np.cumsum(w) / w.sum(), draw) for w in (evening, morning)))
