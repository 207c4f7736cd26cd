"""Which stations can be reached from where, with minutes and km."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.engine.stations import Station
    from data.arrays import Floats, Ints

Option = tuple[int, float, float]
"""A station in reach: number, minutes, km."""
Options = list[Option]
"""Stations in reach, nearest first."""
_NUMBER, _MINUTES = 0, 1


class Roads(NamedTuple):
    """The roads to stations of the layout.

    Attributes
    ----------
    ways
        A row per road: number of the station, minutes, km. Those from one origin follow each other, as in the table.
    spans
        By origin: its first row, and the row after its last.
    """

    ways: Floats
    spans: dict[str, tuple[int, int]]

    @classmethod
    def from_table(cls, stations: Sequence[Station], travel: pl.DataFrame) -> Roads:
        """Return the roads of a travel table."""
        names = pl.Series([station.station_id for station in stations], dtype=pl.String)
        origins = travel["origin"].unique(maintain_order=True)
        origin, number = places(travel["origin"], origins), places(travel["station_id"], names)
        here = np.flatnonzero(number >= 0)
        rows = here[np.argsort(origin[here], kind="stable")]
        ways = np.column_stack([number, *(travel[column].to_numpy() for column in ("minutes", "km"))])[rows]
        ends = np.searchsorted(origin[rows], np.arange(len(origins) + 1)).tolist()
        return cls(ways, dict(zip(origins.to_list(), pairwise(ends), strict=True)))

    def from_origin(self, origin: str) -> Floats:
        """Return the roads from an origin."""
        first, last = self.spans.get(origin, (0, 0))
        return self.ways[first:last]


def places(column: pl.Series, names: pl.Series) -> NDArray[np.int32]:
    """Return the place of each value among names; -1 for null and others."""
    if not len(names) or column.null_count() == len(column):
        return np.full(len(column), -1, dtype=np.int32)
    # one query: each method of a series is one of its own
    found = pl.first().cast(pl.Enum(names), strict=False).to_physical().cast(pl.Int32).fill_null(-1)
    return column.to_frame().select(found).to_series().to_numpy()


@dataclass(slots=True)
class Reach:
    """Which stations can be reached from where, by current; ``roads`` None puts all at zero distance."""

    stations: Sequence[Station]
    roads: Roads | None
    _known: dict[tuple[str | None, str], Options] = field(default_factory=dict)
    _fitting: dict[str, Ints] = field(default_factory=dict)
    _onward: dict[tuple[str | None, int, str], Options] = field(default_factory=dict)

    @classmethod
    def from_table(cls, stations: Sequence[Station], travel: pl.DataFrame | None) -> Reach:
        """Return the reach that a travel table describes."""
        return cls(stations, None if travel is None else Roads.from_table(stations, travel))

    def ways(self, origin: str | None, current: str) -> Floats:
        """Return the stations that suit, nearest first: a row per station with number, minutes and km."""
        fitting = self._fitting.get(current)
        if fitting is None:
            fitting = np.array([bool(item.groups[current]) for item in self.stations], dtype=np.bool_)
            self._fitting[current] = fitting
        if self.roads is None or origin is None:
            numbers = np.flatnonzero(fitting)
            return np.column_stack([numbers, np.zeros((len(numbers), 2))])
        ways = self.roads.from_origin(origin)
        ways = ways[fitting[ways[:, _NUMBER].astype(np.int64)]]
        # of equally near stations the first in the layout: the same order on every machine
        return ways[np.lexsort((ways[:, _NUMBER], ways[:, _MINUTES]))]

    def options(self, origin: str | None, current: str) -> Options:
        """Return number, minutes and km of the stations that suit, nearest first."""
        key = (origin, current)
        options = self._known.get(key)
        if options is None:
            self._known[key] = options = _listed(self.ways(origin, current))
        return options

    def options_from(self, origin: str | None, station: Station, current: str) -> Options:
        """Return the stations that suit in reach of the origin, nearest to ``station`` first.

        Only stations that the origin reaches count: a driver who goes east on the expressway is not sent to the
        westbound side. Where the table has no road between two stations, the road from the origin counts.
        """
        key = (origin, station.number, current)
        options = self._onward.get(key)
        if options is None:
            direct = self.options(origin, current)
            if self.roads is None:
                options = [option for option in direct if option[0] != station.number]
            else:
                onward = {option[0]: option for option in _listed(self.roads.from_origin(station.station_id))}
                options = [onward.get(option[0], option) for option in direct if option[0] != station.number]
                options.sort(key=lambda option: (option[1], option[0]))
            self._onward[key] = options
        return options


def _listed(ways: Floats) -> Options:
    """Return ways as tuples."""
    numbers, minutes, km = ways.T.tolist()
    return list(zip(map(int, numbers), minutes, km, strict=True))
