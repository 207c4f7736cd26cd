"""Stations on a road map: each stands at the point of the road nearest to it, whatever town it is counted to.

The nearest road is cut there, so that a station in the middle of a road is reached from both of its ends. A straight
line at the speed of the slowest road class leads from the road to the station.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from data.errors import DataError
from data.roads.graph import CONNECTOR, MOTORWAY, road_class, slowest_class_kph
from data.tables.distances import EARTH_M

if TYPE_CHECKING:
    import networkx as nx
    import polars as pl
    import shapely

REACH_KM = 5.0
"""Longest straight line from a place to a road of a map, km: maps are fetched with that margin around the towns."""
_SAME_ROAD_M = 1.0
"""Both directions of a road lie on one line; of a dual carriageway they are farther apart than this."""
_M_PER_DEGREE = math.radians(1.0) * EARTH_M


class RoadPoint(NamedTuple):
    """Where a station meets an edge: how far along it (share), and the straight line from there, m."""

    share: float
    station: str
    metres: float


Edge = tuple[str, str, int]


def is_map(graph: nx.MultiDiGraph) -> bool:
    """Return whether a road graph shows the roads as they lie: one from a map, to which the towns were joined."""
    return any(road_class(edge) == CONNECTOR for _, _, edge in graph.edges(data=True))


def station_node(station: str) -> str:
    """Return the name of a station's node on a map; no road node or place is named like that."""
    return f"station {station}"


def join_stations(graph: nx.MultiDiGraph, stations: pl.DataFrame) -> nx.MultiDiGraph:
    """Return a road map with a node for each station; see `station_node`.

    Roads are ordinary ones (no motorway, no connector) from which one can return. Distances are measured in a plane
    that touches the county: within 100 km its error is below 0.1 %.

    Parameters
    ----------
    graph
        Road map as from `data.roads.osm.fetch_roads`; it is left as it is.
    stations
        ``station_id, lon, lat``, without nulls.

    Returns
    -------
    nx.MultiDiGraph
        A copy with the stations.

    Raises
    ------
    DataError
        Stations farther than `REACH_KM` from every such road; all of them are named.
    """
    points, far = road_points(graph, stations)
    if far:
        lines = [
            f"- station {station!r} lies {km:.0f} km from the nearest road: check lon and lat."
            for station, km in far.items()
        ]
        raise DataError("Stations cannot be placed on the roads:\n" + "\n".join(lines))
    return cut(graph, points)


def road_points(graph: nx.MultiDiGraph, stations: pl.DataFrame) -> tuple[dict[Edge, list[RoadPoint]], dict[str, float]]:
    """Return where stations meet the edges of a road map, and the distance (km) of those too far from every road.

    Parameters are those of `join_stations`.
    """
    import shapely  # noqa: PLC0415 - takes a while to load, and only maps need it

    edges = _ordinary_edges(graph)
    mean_lat = float(stations["lat"].sum()) / max(1, stations.height)
    scale = (_M_PER_DEGREE * math.cos(math.radians(mean_lat)), _M_PER_DEGREE)
    lines = [_line(graph, edge, scale) for edge in edges]
    tree = shapely.STRtree(lines)
    points: dict[Edge, list[RoadPoint]] = {}
    far: dict[str, float] = {}
    for station, lon, lat in stations.select("station_id", "lon", "lat").sort("station_id").iter_rows():
        here = shapely.Point(lon * scale[0], lat * scale[1])
        nearest_edge = tree.nearest(here)
        metres = math.inf if nearest_edge is None else float(lines[nearest_edge].distance(here))
        if metres > REACH_KM * 1000:
            far[station] = metres / 1000
            continue
        for number in sorted(tree.query(here, predicate="dwithin", distance=metres + _SAME_ROAD_M).tolist()):
            share = float(lines[number].project(here, normalized=True))
            points.setdefault(edges[number], []).append(RoadPoint(share, station, metres))
    return {edge: sorted(found) for edge, found in points.items()}, far


def _ordinary_edges(graph: nx.MultiDiGraph) -> list[tuple[str, str, int]]:
    """Return the edges, in order, at which a station can stand."""
    import networkx as nx  # noqa: PLC0415 - takes 0.1 s to load, and only stations on a map need it

    main = max(nx.strongly_connected_components(graph), key=lambda nodes: (len(nodes), min(nodes)))
    return sorted(
        (tail, head, key)
        for tail, head, key, edge in graph.edges(keys=True, data=True)
        if tail in main and head in main and road_class(edge) not in {*MOTORWAY, CONNECTOR}
    )


def _line(graph: nx.MultiDiGraph, edge: tuple[str, str, int], scale: tuple[float, float]) -> shapely.LineString:
    """Return the course of an edge in metres."""
    import shapely  # noqa: PLC0415 - as above

    values = graph.edges[edge]
    if "geometry" in values:
        course = shapely.get_coordinates(values["geometry"])
        return shapely.LineString(course * scale)
    ends = [(graph.nodes[node]["x"] * scale[0], graph.nodes[node]["y"] * scale[1]) for node in edge[:2]]
    return shapely.LineString(ends)


def cut(graph: nx.MultiDiGraph, points: dict[tuple[str, str, int], list[RoadPoint]]) -> nx.MultiDiGraph:
    """Return a copy of a graph whose edges are cut at the points of stations."""
    speed = slowest_class_kph(graph)
    import networkx as nx  # noqa: PLC0415 - as above

    joined = nx.MultiDiGraph(graph)
    for number, (edge, stops) in enumerate(sorted(points.items())):
        values = {name: value for name, value in graph.edges[edge].items() if name != "geometry"}
        joined.remove_edge(*edge)
        before, done = edge[0], 0.0
        for order, (share, station, metres) in enumerate(stops):
            here = f"road point {number}.{order}"
            joined.add_edge(before, here, **_part(values, share - done))
            line = {"highway": CONNECTOR, "length": metres, "travel_time": metres / 1000 / speed * 3600}
            joined.add_edge(here, station_node(station), **line)
            joined.add_edge(station_node(station), here, **line)
            before, done = here, share
        joined.add_edge(before, edge[1], **_part(values, 1.0 - done))
    return joined


def _part(values: dict[str, Any], share: float) -> dict[str, Any]:  # Any: attributes of an edge are of many kinds
    """Return the attributes of a part of an edge."""
    return {**values, "length": values["length"] * share, "travel_time": values["travel_time"] * share}
