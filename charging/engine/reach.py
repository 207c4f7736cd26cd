"""Which stations can be reached from where, with minutes and km."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from charging.engine.stations import Station

Option = tuple[int, float, float]
"""A station in reach: number, minutes, km."""
Options = list[Option]
"""Stations in reach, nearest first."""


@dataclass(slots=True)
class Reach:
    """Which stations can be reached from where, by current; ``travel`` None puts all at zero distance."""

    stations: Sequence[Station]
    roads: dict[str, list[tuple[str, float, float]]] | None
    _known: dict[tuple[str | None, str], Options] = field(default_factory=dict)
    _fitting: dict[str, dict[str, int]] = field(default_factory=dict)
    _onward: dict[tuple[str | None, int, str], Options] = field(default_factory=dict)

    @classmethod
    def from_table(cls, stations: Sequence[Station], travel: pl.DataFrame | None) -> Reach:
        """Return the reach that a travel table describes."""
        if travel is None:
            return cls(stations, None)
        roads: dict[str, list[tuple[str, float, float]]] = {}
        for origin, station, minutes, km in travel.select("origin", "station_id", "minutes", "km").iter_rows():
            roads.setdefault(origin, []).append((station, minutes, km))
        return cls(stations, roads)

    def options(self, origin: str | None, current: str) -> Options:
        """Return number, minutes and km of the stations that suit, nearest first."""
        key = (origin, current)
        options = self._known.get(key)
        if options is None:
            fitting = self._fitting.get(current)
            if fitting is None:
                fitting = {item.station_id: item.number for item in self.stations if item.groups[current]}
                self._fitting[current] = fitting
            if self.roads is None or origin is None:
                options = [(number, 0.0, 0.0) for number in fitting.values()]
            else:
                rows = self.roads.get(origin, [])
                options = [(fitting[name], minutes, km) for name, minutes, km in rows if name in fitting]
            # of equally near stations the first in the layout: the same order on every machine
            options.sort(key=lambda option: (option[1], option[0]))
            self._known[key] = options
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
                onward = {name: (minutes, km) for name, minutes, km in self.roads.get(station.station_id, [])}
                options = [
                    (number, *onward.get(self.stations[number].station_id, (minutes, km)))
                    for number, minutes, km in direct
                    if number != station.number
                ]
                options.sort(key=lambda option: (option[1], option[0]))
            self._onward[key] = options
        return options
