"""Join a county's towns, places and service areas to a road graph from OpenStreetMap.

Each is tied to its nearest road node before the graph is simplified, so that the node stays; afterwards it
becomes a node of its own, under its own id, joined both ways by a straight connector at the speed of the
slowest road class. A town joins an ordinary road from which one can also return; a service area joins the
carriageway of its own direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from data.errors import DataError
from data.roads.graph import CONNECTOR, MOTORWAY, node_table, road_class, slowest_class_kph
from data.tables.distances import great_circle_m

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from data.county import County

ANCHOR = "anchor"
_LONG_KM = 1.0
"""A straight line longer than this stands for a road that is missing on the map, not for the last lane to a place."""
_NEARER_M = 100.0
"""A road that is this much nearer than the one that is joined is the place's own."""
_HEADINGS = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the county and the road node it is joined to.

    Attributes
    ----------
    place : str
        Id of the town, place or site.
    node : int
        Road node.
    metres : float
        Straight line between them.
    attributes : dict
        Attributes of the place's node: x, y, name, kind ...
    """

    place: str
    node: int
    metres: float
    attributes: dict[str, Any]


def find_anchors(graph: nx.MultiDiGraph, county: County, *, reach_m: float) -> tuple[list[Anchor], tuple[str, ...]]:
    """Find the nearest road node of each town, place and site, and mark it with the attribute ``anchor``.

    Parameters
    ----------
    graph
        Road graph of OpenStreetMap, not simplified. It is changed in place.
    county
        The county; its tables ``towns``, ``places`` and ``service_areas`` are read.
    reach_m
        Longest straight line (m).

    Returns
    -------
    list of Anchor, tuple of str
        The anchors, and the places and sites left out because no road of theirs lies within reach.

    Raises
    ------
    DataError
        Towns without a road within reach; all of them are named.
    """
    sites = {row["site"]: row for row in county.service_areas.iter_rows(named=True)}
    ordinary = _ordinary_nodes(graph)
    anchors, far = [], []
    for row in node_table(county).iter_rows(named=True):
        place = row.pop("node")
        site = sites.get(place)
        nodes = ordinary if site is None else _carriageway(graph, site["expressway"], site["direction"])
        anchor = _nearest(graph, nodes, place, {key: value for key, value in row.items() if value is not None})
        if anchor is None or anchor.metres > reach_m:
            far.append((place, row["table"]))
        else:
            # marked, because simplification would merge it into its edge
            graph.nodes[anchor.node][ANCHOR] = True
            anchors.append(anchor)
    towns = [place for place, table in far if table == "towns"]
    if towns:
        raise DataError(
            f"No road lies within {reach_m / 1000:g} km of: {', '.join(towns)}. "
            "Check lon and lat in towns.csv, use a map that covers the county, or raise margin_km."
        )
    return anchors, tuple(place for place, _ in far)


def add_connectors(graph: nx.MultiDiGraph, anchors: Iterable[Anchor]) -> nx.MultiDiGraph:
    """Add each anchor's place as a node, joined both ways to its road node.

    Parameters
    ----------
    graph
        Road graph with ``speed_kph`` on every edge, its node ids as text. It is changed in place.
    anchors
        What `find_anchors` found.

    Returns
    -------
    nx.MultiDiGraph
        The same graph.
    """
    # the slowest class: a connector stands for lanes and yards that the map does not have
    speed = slowest_class_kph(graph)
    for _, values in graph.nodes(data=True):
        values.pop(ANCHOR, None)
    for anchor in anchors:
        graph.add_node(anchor.place, **anchor.attributes)
        edge = {
            "osmid": f"{CONNECTOR}-{anchor.place}",
            "highway": CONNECTOR,
            "length": anchor.metres,
            "oneway": False,
            "speed_kph": speed,
            "travel_time": anchor.metres / 1000 / speed * 3600,
        }
        graph.add_edge(anchor.place, str(anchor.node), **edge, reversed=False)
        graph.add_edge(str(anchor.node), anchor.place, **edge, reversed=True)
    return graph


def long_connectors(anchors: Iterable[Anchor]) -> dict[str, float]:
    """Return the length (km) of straight lines that are too long to be a lane, by place."""
    return {anchor.place: anchor.metres / 1000 for anchor in anchors if anchor.metres > _LONG_KM * 1000}


def cut_off(anchors: Iterable[Anchor], islands: nx.MultiDiGraph) -> tuple[str, ...]:
    """Return the towns and places whose own road is not joined to the road that they were tied to.

    Parameters
    ----------
    anchors
        What `find_anchors` found.
    islands
        Roads of the map that no other road joins to those of the anchors.
    """
    nodes = sorted(islands.nodes)
    found = []
    for anchor in anchors:
        own = _nearest(islands, nodes, anchor.place, anchor.attributes)
        # sites of an expressway belong to its carriageway, however near other roads are
        ordinary = anchor.attributes["table"] != "service_areas"
        if ordinary and own is not None and own.metres + _NEARER_M < anchor.metres:
            found.append(anchor.place)
    return tuple(found)


def _ordinary_nodes(graph: nx.MultiDiGraph) -> list[int]:
    """Return the nodes on roads other than motorways that lead to the rest and back."""
    # of equally large components the one with the lowest id: the choice must not depend on the order
    main = max(nx.strongly_connected_components(graph), key=lambda nodes: (len(nodes), -min(nodes)))
    touched = {
        node for tail, head, edge in graph.edges(data=True) if road_class(edge) not in MOTORWAY for node in (tail, head)
    }
    return sorted(main & touched)


def _carriageway(graph: nx.MultiDiGraph, expressway: str, direction: str) -> list[int]:
    """Return the nodes of motorways that head in a direction; only those with the number, if any has it."""
    # The heading of a way as a whole decides: single edges of a bend point the other way.
    ways: dict[Hashable, list[tuple[int, int, bool]]] = {}
    run: dict[Hashable, float] = {}
    east, north = _HEADINGS.get(direction, (0.0, 0.0))
    for tail, head, edge in graph.edges(data=True):
        if road_class(edge) == "motorway":
            start, end, way = graph.nodes[tail], graph.nodes[head], edge["osmid"]
            # degrees, not metres: only the sign of the sum matters
            run[way] = run.get(way, 0.0) + east * (end["x"] - start["x"]) + north * (end["y"] - start["y"])
            named = expressway in str(edge.get("ref", "")).replace(" ", "").split(";")
            ways.setdefault(way, []).append((tail, head, named))
    # along the heading: the other carriageway has a sum below 0
    edges = [edge for way in ways if run[way] > 0 for edge in ways[way]]
    if any(named for _, _, named in edges):
        # without any numbered way all motorways of the direction count, rather than none
        edges = [edge for edge in edges if edge[2]]
    return sorted({node for tail, head, _ in edges for node in (tail, head)})


def _nearest(graph: nx.MultiDiGraph, nodes: list[int], place: str, values: dict[str, Any]) -> Anchor | None:
    """Return the nearest of some nodes by the great circle; of equally near ones the lowest id."""
    if not nodes:
        return None
    y = np.array([graph.nodes[node]["y"] for node in nodes])
    x = np.array([graph.nodes[node]["x"] for node in nodes])
    metres = great_circle_m(np.full_like(y, values["y"]), np.full_like(x, values["x"]), y, x)
    best = int(np.argmin(metres))
    return Anchor(place=place, node=nodes[best], metres=float(metres[best]), attributes=values)
