"""Free-flow speeds and travel times of the edges of a road graph: from a county's tables, or from OpenStreetMap.

The method is that of Boeing (2017, 2025): speed from ``maxspeed``, filled by the mean of the road class, and travel
time from length and speed. `add_osm_times` leaves it to osmnx, which reads whatever mappers write into ``maxspeed``;
`add_table_times` does the same with the numbers of the tables. It is here because osmnx loads matplotlib, pandas and
geopandas: 0.6 s of CPU in every process, for a hundred edges.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    import networkx as nx

    from data.arrays import Floats

_SLOWEST_KPH: Final = 3.0
_FASTEST_KPH: Final = 200.0
"""A walk, and more than any speed limit: a tag outside (0, 9999, ...) is no speed."""
_NO_SPEED: Final = "No link of the road graph has a speed. Fill maxspeed_km_h in road_links.csv."


def add_osm_times(
    graph: nx.MultiDiGraph, *, class_speeds: dict[str, float] | None = None, fallback: float | None = None
) -> nx.MultiDiGraph:
    """Add ``speed_kph`` and ``travel_time`` (s) to every edge by osmnx's functions.

    A ``maxspeed`` that is slower than a walk or above 200 km/h is taken away: such edges get the speed of their class.

    Parameters
    ----------
    graph
        Graph with ``length`` and ``highway``, and ``maxspeed`` where known. It is changed in place.
    class_speeds
        Speed (km/h) of the edges without ``maxspeed``, by road class; by default the mean of the class in
        the graph.
    fallback
        Speed (km/h) of the road classes of which nothing is known; by default the mean over the classes.

    Returns
    -------
    nx.MultiDiGraph
        The same graph.

    Raises
    ------
    DataError
        No edge has a speed and none is given.
    """
    import osmnx as ox  # noqa: PLC0415 - takes 0.6 s to load, and only graphs of OpenStreetMap need it

    def with_speeds() -> nx.MultiDiGraph:
        try:
            # osmnx rates a class without a single known speed by the fallback
            return ox.add_edge_speeds(graph, hwy_speeds=class_speeds, fallback=fallback)
        except ValueError as error:
            raise DataError(_NO_SPEED) from error

    graph = with_speeds()
    if _drop_absurd_speeds(graph):
        # once more: the absurd ones are in the mean of their class
        graph = with_speeds()
    return ox.add_edge_travel_times(graph)


def _drop_absurd_speeds(graph: nx.MultiDiGraph) -> bool:
    """Take ``maxspeed`` from edges whose speed cannot be one; return whether there were such."""
    absurd = [
        edge
        for _, _, edge in graph.edges(data=True)
        if "maxspeed" in edge and not _SLOWEST_KPH <= edge["speed_kph"] <= _FASTEST_KPH
    ]
    for edge in absurd:
        del edge["maxspeed"]
    return bool(absurd)


def add_table_times(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Add ``speed_kph`` and ``travel_time`` (s) to every edge, as `add_osm_times` does where ``maxspeed`` is a number.

    Parameters
    ----------
    graph
        Graph with ``length`` and ``highway``, and ``maxspeed`` (a number as text) where known. It is changed in place.

    Returns
    -------
    nx.MultiDiGraph
        The same graph.

    Raises
    ------
    DataError
        No edge has a speed.
    """
    edges = [edge for _, _, edge in graph.edges(data=True)]
    known = np.array([float(edge.get("maxspeed", math.nan)) for edge in edges])
    known[(known < _SLOWEST_KPH) | (known > _FASTEST_KPH)] = math.nan
    kinds = np.array([edge["highway"] for edge in edges])
    # sorted, as osmnx groups: the order of a sum shows in its last digits
    names = np.unique(kinds)
    means = np.array([_mean(known[kinds == name]) for name in names])
    # a class without a single speed is rated by the mean over the classes
    means = np.where(np.isnan(means), _mean(means), means)
    speeds = np.where(np.isnan(known), means[np.searchsorted(names, kinds)], known)
    if np.isnan(speeds).all():
        raise DataError(_NO_SPEED)
    metres = np.array([edge["length"] for edge in edges])
    seconds = metres / 1000 / (speeds / 3600)
    for edge, speed, time in zip(edges, speeds.tolist(), seconds.tolist(), strict=True):
        edge["speed_kph"], edge["travel_time"] = speed, time
    return graph


def _mean(values: Floats) -> float:
    """Return the mean of the numbers that are known; NaN where none is."""
    seen = ~np.isnan(values)
    # unknown ones add 0 where they stand: the pairs in which numpy adds, and so the last digit, are those of pandas
    return float(np.where(seen, values, 0.0).sum() / seen.sum()) if seen.any() else math.nan
