"""Which part of the people reach a public charger in time: any, a fast one, one that is free at the moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.results.homes import least_minutes
from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from charging.results.homes import HomeWays
    from data.arrays import Floats, Ints

ANY, FAST = "any", "dc"
"""Chargers that count: all public ones, or DC only."""
EVERYBODY, WITHOUT_CHARGER = "all", "without_home_charger"
"""People who count: all residents, or in proportion to those whose car would have no charger at home."""
STANDING, FREE = "standing", "free"
"""Stations that count: all that stand, or those that have a free gun at the moment."""
REACH: Final = pl.Schema(
    {
        "charger": pl.String,
        "state": pl.String,
        "people": pl.String,
        "within_near_share": pl.Float64,
        "within_mid_share": pl.Float64,
        "within_far_share": pl.Float64,
        "mean_min": pl.Float64,
    }
)
"""Columns of the shares of people in reach of a charger."""
# half past every hour: 24 looks at a day see its peaks
_EVERY_MIN: Final = 60.0


def reach(
    ways: HomeWays,
    layout: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    days: int,
    within_min: tuple[float, float, float],
) -> pl.DataFrame:
    """Return the shares of people who reach a public charger in time, whatever is free and among those that are.

    Free is a station with fewer vehicles at its guns than can be used at once, looked at at half past every hour of the
    days simulated: the shares are means over those moments. Piles that are out of order count as usable here.

    Parameters
    ----------
    ways
        From :func:`home_ways`.
    layout
        Pile groups.
    sessions
        Sessions of a simulation: ``group_id, plug_min, leave_min``.
    days
        Days simulated.
    within_min
        Minutes that are near, mid and far.

    Returns
    -------
    polars.DataFrame
        Columns of `REACH`: a row for each kind of charger (`ANY`, `FAST`), state (`STANDING`, `FREE`) and people
        (`EVERYBODY`, `WITHOUT_CHARGER`). ``mean_min`` is over the people and moments that have a station in reach;
        null where none has.
    """
    weights = {EVERYBODY: "residents", WITHOUT_CHARGER: "without_charger"}
    rows = []
    fast = layout.filter(pl.col("current") == "dc")
    plugged = _plugged(ways.stations, layout, sessions)
    for charger, groups, seen in ((ANY, layout, plugged), (FAST, fast, plugged.fast())):
        there = np.isin(ways.stations, groups["station_id"].to_list())
        for state, moments in ((STANDING, [(there, 1)]), (FREE, list(_free(ways.stations, groups, seen, days=days)))):
            nearest = [(least_minutes(ways.minutes, open_now), number) for open_now, number in moments]
            for people, column in weights.items():
                figures = _shares(nearest, ways.homes[column].to_numpy(), within_min)
                rows.append((charger, state, people, *figures))
    return pl.DataFrame(rows, schema=REACH, orient="row")


def _shares(
    nearest: list[tuple[Floats, int]], people: Floats, within_min: tuple[float, float, float]
) -> tuple[float | None, ...]:
    """Return the shares of people within each limit over moments with their numbers, and their mean minutes."""
    total = float(people.sum()) * sum(number for _, number in nearest)
    if total == 0.0:
        return (None,) * (len(within_min) + 1)
    inside = [sum(number * float(people[way <= limit].sum()) for way, number in nearest) for limit in within_min]
    reached = [(np.where(np.isfinite(way), people, 0.0), np.where(np.isfinite(way), way, 0.0), n) for way, n in nearest]
    weight = sum(number * float(some.sum()) for some, _, number in reached)
    mean = sum(number * float((some * way).sum()) for some, way, number in reached) / weight if weight else None
    return (*(part / total for part in inside), mean)


@dataclass(frozen=True, slots=True)
class _Plugged:
    """Vehicles at guns, by station: its number, when they came and left, and whether the gun gives DC."""

    column: Ints
    came: Floats
    left: Floats
    at_dc: NDArray[np.bool_]

    def fast(self) -> _Plugged:
        """Return those at DC guns."""
        return _Plugged(self.column[self.at_dc], self.came[self.at_dc], self.left[self.at_dc], self.at_dc[self.at_dc])


def _plugged(stations: list[str], layout: pl.DataFrame, sessions: pl.DataFrame) -> _Plugged:
    """Return the vehicles at guns of some stations."""
    number = pl.DataFrame({"station_id": stations, "column": np.arange(len(stations))})
    numbered = layout.lazy().select("station_id", "group_id", at_dc=pl.col("current") == "dc")
    plugged = (
        sessions.lazy()
        .select("station_id", "group_id", "plug_min", "leave_min")
        .drop_nulls("plug_min")
        .join(numbered.join(number.lazy(), on="station_id"), on=["station_id", "group_id"])
        .sort("column")
        .collect()
    )
    return _Plugged(*(plugged[name].to_numpy() for name in ("column", "plug_min", "leave_min", "at_dc")))


def _free(
    stations: list[str], groups: pl.DataFrame, plugged: _Plugged, *, days: int
) -> Iterator[tuple[NDArray[np.bool_], int]]:
    """Yield which stations have a free gun of some groups, with the number of moments in which it is so."""
    from charging.results.capacity import usable_guns  # noqa: PLC0415 - loads numba; its schema must not

    guns = dict(usable_guns(groups).iter_rows())
    moments = np.arange(0.5 * _EVERY_MIN, days * DAY_MIN, _EVERY_MIN)
    column, came, left = plugged.column, plugged.came, plugged.left
    edges = np.searchsorted(column, np.arange(len(stations) + 1))
    free = np.zeros((len(moments), len(stations)), dtype=np.bool_)
    for place, (station, begin, end) in enumerate(zip(stations, edges[:-1], edges[1:], strict=True)):
        free[:, place] = _at_guns(came[begin:end], left[begin:end], moments) < guns.get(station, 0)
    # most moments are alike: each kind of moment is looked at once
    kinds = Counter(row.tobytes() for row in free)
    for row in sorted(kinds):
        yield np.frombuffer(row, dtype=np.bool_), kinds[row]


def _at_guns(came: Floats, left: Floats, moments: Floats) -> Ints:
    """Return how many vehicles stand at guns at each moment; who has not left at the end of the run stays."""
    # NaN, who has not left, lies behind all moments
    came, left = np.sort(came), np.sort(left)
    return np.searchsorted(came, moments, side="right") - np.searchsorted(left, moments, side="right")
