"""When fog and flood close stations on the river: drawn before the simulation, the same for all designs."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.streams import stream
from shipping.parameters.river_parameters import ClosureParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from data.arrays import Floats
    from data.county import County


def draw_closures(county: County, stations: Sequence[str], *, start: dt.date, days: int, seed: int) -> pl.DataFrame:
    """Draw closures: weather comes over the whole reach, so all stations close together.

    Closures begin as a Poisson process and last an exponential time with the mean ``river.closure_h``; their rate is
    such that ``closure_share`` of the month's time is closed (overlaps, which are rare, count twice).

    Parameters
    ----------
    county : data.County
        Table ``river_months`` and figure ``river.closure_h``.
    stations : sequence of str
        Stations to close.
    start : datetime.date
        First day; its midnight is minute 0.
    days : int
        Days in which closures may begin.
    seed : int
        Seed of the replication; each day has a stream of its own.

    Returns
    -------
    polars.DataFrame
        ``station, start_min, end_min``.

    Raises
    ------
    DataError
        If the county has no river.
    """
    return closure_table(ClosureParameters.from_county(county), stations, start=start, days=days, seed=seed)


def closure_table(
    parameters: ClosureParameters, stations: Sequence[str], *, start: dt.date, days: int, seed: int
) -> pl.DataFrame:
    """Draw closures from parameters; see `draw_closures`."""
    mean_min = 60.0 * parameters.mean_h
    rows: list[tuple[str, float, float]] = []
    for number in range(days):
        date = start + dt.timedelta(days=number)
        # A stream of its own for each day: a longer run begins with the same closures.
        rng = stream(seed, "shipping", "closures", date.isoformat())
        count = int(rng.poisson(parameters.share[date.month] * DAY_MIN / mean_min))
        for begins, lasts in zip(rng.uniform(0.0, DAY_MIN, count), rng.exponential(mean_min, count), strict=True):
            begin = DAY_MIN * number + float(begins)
            # Fog and flood come over the whole reach, so that every station gets the same row.
            rows += [(name, begin, begin + float(lasts)) for name in stations]
    return pl.DataFrame(
        rows, schema={"station": pl.String, "start_min": pl.Float64, "end_min": pl.Float64}, orient="row"
    ).sort("start_min", "station")


@dataclass(frozen=True, eq=False, slots=True)
class OpenTime:
    """Time in which the fairway is open: what is under way goes on only then.

    Attributes
    ----------
    starts_min : numpy.ndarray
        Open minutes before each closure.
    lost_min : numpy.ndarray
        Minutes closed before each closure, and in all.
    closed : tuple of tuple of float
        The closures, merged.
    """

    starts_min: Floats
    lost_min: Floats
    closed: tuple[tuple[float, float], ...]

    @classmethod
    def from_closures(cls, closed: Sequence[tuple[float, float]]) -> OpenTime:
        """Return the open time between closures, which may overlap."""
        merged: list[tuple[float, float]] = []
        for start, end in sorted(closed):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        lost = np.concatenate([[0.0], np.cumsum([end - start for start, end in merged])])
        starts = np.asarray([start for start, _ in merged]) - lost[:-1]
        return cls(starts, lost, tuple(merged))

    def is_free(self, start_min: float, end_min: float) -> bool:
        """Return whether no closure touches a span of time."""
        following = bisect.bisect_right(self.closed, start_min, key=_end)
        return following == len(self.closed) or self.closed[following][0] >= end_min

    def after_one(self, time_min: float, under_way_min: float) -> float:
        """Return when one vessel arrives, as `after`: cheaper than an array of one."""
        closed = self.closed
        if not closed:
            return time_min + under_way_min
        following = bisect.bisect_right(closed, time_min, key=_end)
        now, left = time_min, under_way_min
        while left > 0.0 and following < len(closed):
            start, end = closed[following]
            # a vessel that arrives as a closure begins has arrived, and does not wait for its end
            if now + left <= start:
                break
            left -= max(0.0, start - now)
            now = end
            following += 1
        return now + left

    def after(self, time_min: ArrayLike, under_way_min: ArrayLike) -> Floats:
        """Return when vessels arrive that set out at a time and are under way for some minutes."""
        time, taken = np.asarray(time_min, dtype=np.float64), np.asarray(under_way_min, dtype=np.float64)
        if not self.closed:
            return np.asarray(time + taken)
        # On the clock of open minutes a closure is a point: go over to it, add the way, and come back.
        edges = np.asarray(self.closed).ravel()
        lost = np.repeat(self.lost_min, 2)[1:-1]
        done = time - np.interp(time, edges, lost) + taken
        # side "left": a vessel that arrives as a closure begins has arrived, and does not wait for its end
        arrived = done + self.lost_min[np.searchsorted(self.starts_min, done, side="left")]
        return np.asarray(np.where(taken > 0.0, arrived, time))


def _end(span: tuple[float, float]) -> float:
    """Return the end of a closure."""
    return span[1]
