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

EARTH_M: Final = 6_371_009.0
"""Mean radius of the earth, m: (2a + b)/3 of WGS 84, as osmnx has it."""
_NO_SPEED: Final = "No link of the road graph has a speed. Fill maxspeed_km_h in road_links.csv."


def add_osm_times(
    graph: nx.MultiDiGraph, *, class_speeds: dict[str, float] | None = None, fallback: float | None = None
) -> nx.MultiDiGraph:
    """Add ``speed_kph`` and ``travel_time`` (s) to every edge by osmnx's functions.

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

    try:
        # osmnx rates a class without a single known speed by the fallback
        graph = ox.add_edge_speeds(graph, hwy_speeds=class_speeds, fallback=fallback)
    except ValueError as error:
        raise DataError(_NO_SPEED) from error
    return ox.add_edge_travel_times(graph)


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


def great_circle_m(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Return the great-circle distances of pairs of points given in degrees, m, by the haversine formula."""
    south, north = np.deg2rad(lat), np.deg2rad(other_lat)
    half_north, half_east = (north - south) / 2, (np.deg2rad(other_lon) - np.deg2rad(lon)) / 2
    chord = np.sin(half_north) ** 2 + np.cos(south) * np.cos(north) * np.sin(half_east) ** 2
    # rounding may lift antipodes above 1
    return np.asarray(2.0 * np.arcsin(np.sqrt(np.minimum(1.0, chord))) * EARTH_M)
