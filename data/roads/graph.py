"""The road graph of a county, built from its tables, saved and loaded as GraphML.

The graph follows the conventions of osmnx, so that its functions, and everything written for its graphs,
work on it: a ``MultiDiGraph`` in ``epsg:4326`` whose nodes have ``x`` and ``y`` and whose edges have
``osmid``, ``length`` (m), ``highway``, ``maxspeed``, ``lanes``, ``oneway``, ``reversed``, ``ref``,
``name``, ``speed_kph`` and ``travel_time`` (s). Nodes are named by the tables' own ids (town, place, site),
edges by their ``link_id``.

Speeds and travel times are those of `data.roads.speeds`.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import numpy as np
import polars as pl

from data.county import rows_of
from data.errors import DataError, nearest
from data.roads.speeds import add_table_times
from data.tables.rules import RANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import networkx as nx

    from data.county import County

CRS = "epsg:4326"
CONNECTOR = "connector"
MOTORWAY = ("motorway", "motorway_link")
_NODE_TABLES = (("towns", "town"), ("places", "place"), ("service_areas", "site"))
ROAD_TABLES = (*(name for name, _ in _NODE_TABLES), "road_links")
"""Tables that decide a road graph."""
_VOLATILE = ("created_date", "created_with", "node_default", "edge_default")


def build_graph(county: County, *, year: int) -> nx.MultiDiGraph:
    """Build the road graph of one year from a county's tables.

    A two-way link gives two edges, the second with ``reversed`` set. A link is open while ``opened_year <=
    year < closed_year``; a missing year does not limit it. Every town, place and site is a node, also one
    that no open link touches.

    Parameters
    ----------
    county
        The county; its tables ``towns``, ``places``, ``service_areas`` and ``road_links`` are read.
    year
        Calendar year.

    Returns
    -------
    nx.MultiDiGraph
        Graph with ``speed_kph`` and ``travel_time`` (s) on every edge, as
        `data.roads.speeds.add_table_times` says. Graph attributes: ``crs``, ``county``, ``year``, ``simplified``. It is
        built once per year and tables, and frozen because all callers share it; ``graph.copy()`` may be changed.

    Raises
    ------
    DataError
        All faults at once: a node id used twice, a node without coordinates, a link to an unknown node, a
        link without a positive length; or no link open in the year, or no link with a speed.
    """
    import networkx as nx  # noqa: PLC0415 - takes 0.1 s to load, and most travel times are known without a graph

    county = with_standing_roads(county, year)
    return county.once_of(ROAD_TABLES, ("road_graph", year), lambda: nx.freeze(_built(county, year)))


def with_standing_roads(county: County, year: int) -> County:
    """Return the county with what a year's road graph rests on: one frame of towns, one of links, if they are the same.

    Points of a sample and draws move how many live in a town and when a project opens. Neither graph nor ways rest on
    the one, and on the other only as far as a link is open: what is remembered of such a county stays known.
    """
    county = with_standing_towns(county)

    def standing() -> pl.DataFrame:
        # when a link opened no longer matters: it is open
        undated = [pl.lit(None, county.road_links.schema[name]).alias(name) for name in ("opened_year", "closed_year")]
        return _the_same(county, "road_links", _open_links(county.road_links, year).with_columns(undated))

    return county.with_table("road_links", county.once_of(("road_links",), ("links that are open", year), standing))


def with_standing_towns(county: County) -> County:
    """Return the county with what its towns have beside figures with a range: one frame wherever that is the same."""

    def standing() -> pl.DataFrame:
        return _the_same(county, "towns", county.towns.drop(RANGES["towns"], strict=False))

    return county.with_table("towns", county.once_of(("towns",), "towns as they stand", standing))


def _the_same(county: County, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the first frame of that content that was seen of a county, by which what is built of it is known."""
    known: list[pl.DataFrame] = county.once_of((), ("standing", table), list)
    found = next((other for other in known if other.equals(frame)), None)
    if found is None:
        known.append(found := frame)
    return found


def _built(county: County, year: int) -> nx.MultiDiGraph:
    """Return the road graph of a year, built anew."""
    import networkx as nx  # noqa: PLC0415 - as above

    nodes = node_table(county)
    links = _open_links(county.road_links, year)
    faults = [*_node_faults(nodes), *_link_faults(links, nodes["node"].to_list())]
    if faults:
        raise DataError(f"The road graph of {county.name!r} cannot be built:\n" + "\n".join(faults))
    if links.is_empty():
        raise DataError(
            f"road_links.csv of {county.name!r}: no link is open in {year}. "
            "Ask for a year in which roads exist, or check opened_year and closed_year."
        )
    # marked as simplified, so that osmnx does not try to merge links
    graph = nx.MultiDiGraph(crs=CRS, county=county.name, year=year, simplified=True)
    for row in nodes.iter_rows(named=True):
        # without nulls: GraphML has no way to store them
        graph.add_node(row.pop("node"), **{key: value for key, value in row.items() if value is not None})
    names = dict(nodes.select("node", "name").iter_rows())
    for row in links.iter_rows(named=True):
        _add_link(graph, row, name=f"{names[row['from_node']]}–{names[row['to_node']]}")
    return add_table_times(graph)


def slowest_class_kph(graph: nx.MultiDiGraph) -> float:
    """Return the mean speed (km/h) of the slowest road class: the speed of straight-line connectors.

    Parameters
    ----------
    graph
        Graph with ``highway`` and ``speed_kph`` on every edge; connectors are not counted.

    Returns
    -------
    float
        Speed in km/h.

    Raises
    ------
    DataError
        The graph has no edge with a speed.
    """
    speeds: dict[str, list[float]] = {}
    for _, _, edge in graph.edges(data=True):
        if "speed_kph" in edge and road_class(edge) != CONNECTOR:
            speeds.setdefault(road_class(edge), []).append(float(edge["speed_kph"]))
    if not speeds:
        raise DataError("No edge of the road graph has 'speed_kph'. Build it with build_graph or fetch_roads.")
    # unweighted, as osmnx fills unknown speeds: a long road counts like a short one
    return min(float(np.mean(values)) for values in speeds.values())


def node_table(county: County) -> pl.DataFrame:
    """Stack a county's towns, places and sites: node, x, y, name, name_zh, kind, table; sorted by node."""
    tables: dict[str, pl.DataFrame] = {name: getattr(county, name) for name, _ in _NODE_TABLES}
    return pl.concat(
        [
            tables[name].select(
                pl.col(key).cast(pl.String).alias("node"),
                pl.col("lon").cast(pl.Float64).alias("x"),
                pl.col("lat").cast(pl.Float64).alias("y"),
                pl.col("name_en").cast(pl.String).alias("name"),
                pl.col("name_zh").cast(pl.String),
                pl.col("kind").cast(pl.String),
                pl.lit(name).alias("table"),
            )
            for name, key in _NODE_TABLES
        ]
    ).sort("node", maintain_order=True)


def node_rows(county: County) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Return the rows of `node_table` by node."""
    names, county = (name for name, _ in _NODE_TABLES), with_standing_towns(county)
    return county.once_of(names, "node_rows", lambda: rows_of(node_table(county), "node"))


def road_class(edge: Mapping[str, object]) -> str:
    """Return an edge's road class; the first one if several were merged."""
    highway = edge.get("highway", "")
    return str(highway[0] if isinstance(highway, list) else highway)


def graph_digest(graph: nx.MultiDiGraph) -> str:
    """Return a hash of a graph's content that does not depend on the order of nodes, edges and attributes.

    Values are hashed as the text that GraphML stores, so that a saved and loaded graph has the same digest.
    Edge keys (running numbers of parallel edges) and the date of creation do not enter.

    Parameters
    ----------
    graph
        Any graph in osmnx's conventions.

    Returns
    -------
    str
        BLAKE2b digest, 32 hexadecimal digits.
    """
    lines = [f"graph\t{_flat(graph.graph, leave=_VOLATILE)}"]
    lines += [f"node\t{node}\t{_flat(values)}" for node, values in graph.nodes(data=True)]
    lines += [f"edge\t{tail}\t{head}\t{_flat(values)}" for tail, head, values in graph.edges(data=True)]
    # sorted lines: another order of building gives the same digest
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()


def save_graph(graph: nx.MultiDiGraph, path: str | Path) -> str:
    """Save a graph as GraphML; the file appears whole or not at all.

    Parameters
    ----------
    graph
        Graph in osmnx's conventions.
    path
        File to write; folders are made as needed.

    Returns
    -------
    str
        The graph's digest, to be given to `load_graph`.
    """
    import osmnx as ox  # noqa: PLC0415 - takes 0.6 s to load, and few runs save a graph

    path = Path(path)
    # the process in the name: two runs that write the same graph do not share a half-written file
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        ox.io.save_graphml(graph, part)
        # a rename is atomic on one file system, so a reader sees the old file or the new one
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return graph_digest(graph)


def load_graph(path: str | Path, *, digest: str | None = None) -> nx.MultiDiGraph:
    """Load a graph that `save_graph` wrote.

    Parameters
    ----------
    path
        GraphML file.
    digest
        Expected digest; None checks nothing.

    Returns
    -------
    nx.MultiDiGraph
        The graph; node ids and ``osmid`` are text.

    Raises
    ------
    DataError
        No such file, not GraphML of osmnx, or another digest than expected.
    """
    import networkx as nx  # noqa: PLC0415 - as above
    import osmnx as ox  # noqa: PLC0415 - takes 0.6 s to load, and few runs load a graph

    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such road graph. Build one with build_graph, or fetch one with fetch_roads.")
    try:
        # osmnx would read ids as whole numbers, which those of the tables are not
        graph = ox.io.load_graphml(path, node_dtypes={"osmid": str}, edge_dtypes={"osmid": str})
    except (ParseError, nx.NetworkXError, KeyError, ValueError) as error:
        raise DataError(f"{path}: this is not a road graph in GraphML ({error}). Save it again.") from error
    found = graph_digest(graph)
    if digest not in (None, found):
        raise DataError(
            f"{path}: the road graph has changed: expected digest {digest}, got {found}. "
            "Fetch or build it again, or accept the new digest."
        )
    return graph


def _flat(values: Mapping[str, object], *, leave: tuple[str, ...] = ()) -> str:
    """Write attributes as one line of text in the order of their names."""
    return "\t".join(f"{key}={values[key]!s}" for key in sorted(values) if key not in leave)


def _open_links(links: pl.DataFrame, year: int) -> pl.DataFrame:
    """Keep the links open in a year, in the order of their ids."""
    opened = pl.col("opened_year").cast(pl.Int64).fill_null(year) <= year
    # a link that closes in a year is closed in all of it
    closed = pl.col("closed_year").cast(pl.Int64).fill_null(year + 1) <= year
    return links.filter(opened & ~closed).sort("link_id")


def _node_faults(nodes: pl.DataFrame) -> list[str]:
    """Name the nodes used twice and those without coordinates."""
    twice = nodes.filter(pl.col("node").is_duplicated()).group_by("node", maintain_order=True).agg("table")
    faults = [
        f"- node {node!r} stands in {' and '.join(f'{table}.csv' for table in tables)}: give each its own id."
        for node, tables in twice.iter_rows()
    ]
    bare = nodes.filter(pl.col("x").is_null() | pl.col("y").is_null())
    return faults + [
        f"- {table}.csv: {node!r} has no lon or lat." for node, table in bare.select("node", "table").rows()
    ]


def _link_faults(links: pl.DataFrame, nodes: Iterable[str]) -> list[str]:
    """Name the links to unknown nodes and those without a positive length."""
    known = sorted(set(nodes))
    faults = []
    for link, tail, head, length in links.select("link_id", "from_node", "to_node", "length_km").iter_rows():
        where = f"- road_links.csv: link {link!r}"
        faults += [
            f"{where}: {column} {node!r} is no town, place or site.{nearest(str(node), known)}"
            for column, node in (("from_node", tail), ("to_node", head))
            if node not in known
        ]
        if length is None or not length > 0:
            faults.append(f"{where}: length_km is {length}, expected more than 0.")
    return faults


def _add_link(graph: nx.MultiDiGraph, row: dict[str, Any], *, name: str) -> None:
    """Add one link: an edge, and its reverse unless the link is one-way."""
    speed, lanes = row["maxspeed_km_h"], row["lanes"]
    values = {
        "osmid": row["link_id"],
        # m, as osmnx measures
        "length": float(row["length_km"]) * 1000,
        "highway": row["highway"],
        # as OpenStreetMap writes it: text without decimals
        "maxspeed": None if speed is None else f"{speed:g}",
        "lanes": None if lanes is None else f"{lanes:g}",
        "oneway": bool(row["oneway"]),
        "ref": row["ref"],
        "name": name,
        "project": row["project"],
    }
    edge = {key: value for key, value in values.items() if value is not None}
    graph.add_edge(row["from_node"], row["to_node"], **edge, reversed=False)
    # the same id both ways: osmid names the link, `reversed` the direction
    if not row["oneway"]:
        graph.add_edge(row["to_node"], row["from_node"], **edge, reversed=True)
