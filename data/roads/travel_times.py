"""Travel times and distances over the road graph, as tables.

Shortest paths are Dijkstra's (1959) by free-flow travel time; the distance is that along the fastest path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError, nearest
from data.roads.graph import CONNECTOR, build_graph, road_class, slowest_class_kph
from data.roads.station_points import is_map, join_stations, station_node
from data.roads.truck_ways import with_truck_ways
from data.tables.distances import FAR_KM, distance_km, great_circle_m

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import networkx as nx
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from data.county import County

_NO_NODE = -9999  # scipy's mark of "no predecessor"
_PAIRS = pl.Schema({"origin": pl.String, "destination": pl.String, "minutes": pl.Float64, "km": pl.Float64})
_TRAVEL = pl.Schema({"origin": pl.String, "station_id": pl.String, "minutes": pl.Float64, "km": pl.Float64})
_PLACE = pl.Schema(
    {"station_id": pl.String, "town": pl.String, "site": pl.String, "lon": pl.Float64, "lat": pl.Float64}
)


def shortest_minutes(graph: nx.MultiDiGraph, origins: Iterable[str], destinations: Iterable[str]) -> pl.DataFrame:
    """Return the shortest travel time between nodes of a road graph, and the distance along that path.

    Parameters
    ----------
    graph
        Road graph with ``travel_time`` (s) and ``length`` (m) on every edge.
    origins, destinations
        Node ids; repeated ones count once.

    Returns
    -------
    pl.DataFrame
        ``origin, destination, minutes, km``, sorted; pairs that no road joins are left out. From a node to
        itself it is 0.

    Raises
    ------
    DataError
        A node that the graph does not have; an edge without travel time or length.
    """
    # sorted by text: ids of tables are words, those of OpenStreetMap numbers
    nodes = sorted(graph.nodes, key=str)
    index = {str(node): position for position, node in enumerate(nodes)}
    starts, ends = sorted(set(origins)), sorted(set(destinations))
    unknown = sorted({*starts, *ends} - index.keys())
    if unknown:
        lines = [f"- {node!r} is no node of the road graph.{nearest(node, list(index))}" for node in unknown]
        raise DataError("Travel times cannot be computed:\n" + "\n".join(lines))
    if not starts or not ends:
        return pl.DataFrame(schema=_PAIRS)
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - takes 0.05 s to load, and ways are often known

    seconds, metres = _matrices(graph, {node: index[str(node)] for node in nodes})
    time, before = dijkstra(seconds, indices=[index[node] for node in starts], return_predecessors=True)
    columns = [index[node] for node in ends]
    time, metre = time[:, columns], _along(before, metres)[:, columns]
    row, column = np.nonzero(np.isfinite(time))
    return pl.DataFrame(
        {
            "origin": [starts[i] for i in row],
            "destination": [ends[j] for j in column],
            "minutes": time[row, column] / 60,
            "km": metre[row, column] / 1000,
        },
        schema=_PAIRS,
    )


def travel_matrix(
    county: County, places: pl.DataFrame, *, year: int, graph: nx.MultiDiGraph | None = None
) -> pl.DataFrame:
    """Return travel times and distances to the places of stations: the travel table of a simulation.

    Origins are the towns, the other stations, and the through traffic of each expressway and direction that
    has a service area in the county, named for example ``s8-east``. A station stands at the road node of
    its ``site``. If it has none, on a road map it stands at the point of the road nearest to its ``lon`` and ``lat``,
    whatever its town (`data.roads.station_points`); otherwise at its ``town``, to which a straight line to ``lon`` and
    ``lat`` is added at the speed of the slowest road class (no line where they are missing). Through traffic reaches
    only the stations at the sites of its own direction, along the expressway, from the last site of that
    direction before the county; if the tables have no such site, from the first one in the county. Those who
    mean to stop at one service area (``s8-east@bozhi``) reach its station at once, and the later ones after it.
    Through traffic that reaches no station at all stands in one row, with itself and no way: a simulation then knows
    the origin, and that its drivers find no station in reach. Heavy trucks of a town (``decheng@trucks``) have the
    ways of the town to the stations that they can enter (`data.roads.truck_ways`).

    Parameters
    ----------
    county
        The county; its tables ``towns``, ``places``, ``service_areas`` and ``road_links`` are read.
    places
        Where stations stand: ``station_id`` and ``town``; ``site``, ``lon``, ``lat``, ``truck_access`` where known.
        Rows of one station must agree; other columns are left alone, so that a charging layout will do.
    year
        Year of the road graph that is built when none is given.
    graph
        Road graph to use instead, such as one from `data.roads.osm.fetch_roads`.

    Returns
    -------
    pl.DataFrame
        ``origin, station_id, minutes, km``, sorted by origin and station.

    Raises
    ------
    DataError
        A station without a place on the road graph, or with two; a town from which no road reaches any
        station; a station far from its town, or on a map from every road; a station id that is also the name of
        another origin.
    """
    if not places.height:
        raise DataError("No ways to work out: the layout has no stations.")
    roads = build_graph(county, year=year) if graph is None else graph
    roads, stations = _attach(county, places, roads)
    towns = county.towns["town"].to_list()
    through = _through(county, stations, roads)
    _check_names(stations["station_id"].to_list(), [*towns, *through["origin"].unique()])
    paths = shortest_minutes(roads, [*towns, *stations["node"]], stations["node"]).join(
        stations.rename({"node": "destination"}), on="destination"
    )
    # the straight line to the station comes on top of the road
    travel = ("station_id", pl.col("minutes") + pl.col("line_min"), pl.col("km") + pl.col("line_km"))
    from_towns = paths.filter(pl.col("origin").is_in(towns)).select("origin", *travel)
    _check_towns(towns, from_towns["origin"].unique().to_list())
    starts = stations.select(
        pl.col("station_id").alias("start"),
        pl.col("node").alias("origin"),
        pl.col("line_min").alias("start_min"),
        pl.col("line_km").alias("start_km"),
    )
    from_stations = (
        paths.join(starts, on="origin")
        .filter(pl.col("start") != pl.col("station_id"))
        .select(
            # a station's own line is driven too when the way begins there
            pl.col("start").alias("origin"),
            travel[0],
            travel[1] + pl.col("start_min"),
            travel[2] + pl.col("start_km"),
        )
    )
    table = pl.concat([from_towns, from_stations, through]).sort("origin", "station_id")
    return with_truck_ways(table, towns, places)


def through_origin(expressway: str, direction: str, area: str | None = None) -> str:
    """Name the through traffic of an expressway in one direction as an origin, such as ``s8-east``.

    With an ``area``: those who mean to stop at that service area, such as ``s8-east@bozhi``.
    """
    name = f"{expressway.lower()}-{direction}"
    return name if area is None else f"{name}@{area}"


def _matrices(graph: nx.MultiDiGraph, index: Mapping[Hashable, int]) -> tuple[csr_array, csr_array]:
    """Return the edges' seconds and metres as sparse matrices; of parallel edges the fastest counts."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - as above

    best: dict[tuple[int, int], tuple[float, float]] = {}
    for tail, head, edge in graph.edges(data=True):
        try:
            cost = (float(edge["travel_time"]), float(edge["length"]))
        except KeyError as error:
            raise DataError(
                f"The road from {tail!r} to {head!r} has no {error}. Use build_graph or fetch_roads."
            ) from error
        pair = (index[tail], index[head])
        # A sparse matrix adds up entries of one cell, so parallel edges must be decided before it is made.
        best[pair] = min(best.get(pair, cost), cost)
    # Sorted: which of two equally fast ways is found must not depend on the order in which the graph was built.
    pairs = np.array(sorted(best), dtype=np.int32).reshape(-1, 2)
    costs = np.array([best[pair] for pair in sorted(best)], dtype=np.float64).reshape(-1, 2)
    where, shape = (pairs[:, 0], pairs[:, 1]), (len(index), len(index))
    return csr_array((costs[:, 0], where), shape=shape), csr_array((costs[:, 1], where), shape=shape)


def _along(before: NDArray[np.int32], metres: csr_array) -> NDArray[np.float64]:
    """Return the metres from each origin (row) to each node along its tree, by pointer jumping."""
    node = np.broadcast_to(np.arange(before.shape[1]), before.shape)
    has = before != _NO_NODE
    up = np.where(has, before, node)
    total = np.zeros(before.shape)
    total[has] = np.asarray(metres[up[has], node[has]]).ravel()
    # Each round doubles the way that `up` reaches: log2(depth) rounds instead of one per edge of the longest way.
    while True:
        above = np.take_along_axis(up, up, axis=1)
        if np.array_equal(above, up):
            return total
        total += np.take_along_axis(total, up, axis=1)
        up = above


def _attach(county: County, places: pl.DataFrame, graph: nx.MultiDiGraph) -> tuple[nx.MultiDiGraph, pl.DataFrame]:
    """Return the graph with the stations on it, and their nodes: station_id, site, node, line_min, line_km.

    The straight line is 0 where it is part of the graph.
    """
    missing = {name: pl.lit(None, dtype=dtype) for name, dtype in _PLACE.items() if name not in places.columns}
    # Sites stand on the road graph themselves; only stations placed by coordinates have a straight line to the road.
    located = pl.col("site").is_null() & pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    mapped = is_map(graph)
    stations = (
        places.with_columns(**missing)
        .select(pl.col(name).cast(dtype) for name, dtype in _PLACE.items())
        .with_columns(pl.col("site", "town").replace("", None))
        .unique()
        .sort("station_id")
        .with_columns(
            node=pl.when(located & mapped)
            .then(pl.concat_str(pl.lit(station_node("")), "station_id"))
            .otherwise(pl.coalesce("site", "town"))
        )
    )
    _check_places(stations, county, [str(node) for node in graph.nodes], mapped=mapped)
    if mapped:
        graph = join_stations(graph, stations.filter(located))
    here = county.towns.select("town", x=pl.col("lon").cast(pl.Float64), y=pl.col("lat").cast(pl.Float64))
    joined = stations.join(here, on="town", how="left", maintain_order="left")
    coordinates = joined.select("lat", "lon", "y", "x").to_numpy().T
    off_road = joined["site"].is_null().to_numpy() & np.isfinite(coordinates).all(axis=0) & (not mapped)
    line_km = np.zeros(joined.height)
    line_km[off_road] = great_circle_m(*coordinates[:, off_road]) / 1000
    return graph, joined.select("station_id", "site", "node").with_columns(
        line_min=pl.Series(line_km / slowest_class_kph(graph) * 60), line_km=pl.Series(line_km)
    )


def _check_places(stations: pl.DataFrame, county: County, nodes: Sequence[str], *, mapped: bool) -> None:
    """Raise with all stations that have no place on the road graph, or several, or one far from their town.

    On a map (`mapped`) stations with coordinates need no town, and their distance is that from the roads.
    """
    towns, known = county.towns["town"].to_list(), set(nodes)
    faults = [
        f"- station {station!r} has several places: give its pile groups the same town, site, lon, lat."
        for station in stations.filter(pl.col("station_id").is_duplicated())["station_id"].unique(maintain_order=True)
    ]
    if not mapped:
        far = distance_km(stations.filter(pl.col("site").is_null()), county.towns).filter(pl.col("km") > FAR_KM)
        faults += [
            f"- station {station!r} lies {km:.0f} km from its town {town!r}: check lon and lat, or the town."
            for station, town, km in far.select("station_id", "town", "km").iter_rows()
        ]
    for station, town, site, node in stations.select("station_id", "town", "site", "node").iter_rows():
        if node == station_node(station):
            continue
        if node is None:
            faults.append(f"- station {station!r} has neither a town nor a site: give it one.")
        elif site is None and town not in towns:
            faults.append(f"- station {station!r}: {town!r} is no town of the county.{nearest(town, towns)}")
        elif node not in known:
            faults.append(f"- station {station!r}: {node!r} is no node of the road graph.{nearest(node, list(nodes))}")
    if faults:
        raise DataError("Stations cannot be placed on the roads:\n" + "\n".join(faults))


def _check_names(stations: Sequence[str], others: Sequence[str]) -> None:
    """Raise if a station has the name of a town or of a direction of through traffic."""
    same = sorted(set(stations) & set(others))
    if same:
        raise DataError(f"Station ids that are also names of other origins: {', '.join(same)}. Rename the stations.")


def _check_towns(towns: Sequence[str], reached: Sequence[str]) -> None:
    """Raise with all towns from which no road reaches any station."""
    cut_off = sorted(set(towns) - set(reached))
    if cut_off:
        raise DataError(
            f"No road reaches any station from: {', '.join(cut_off)}. "
            "Add the missing links to road_links.csv, or check their opened_year, closed_year and oneway."
        )


def _through(county: County, stations: pl.DataFrame, graph: nx.MultiDiGraph) -> pl.DataFrame:
    """Return the rows of the through traffic: origin, station_id, minutes, km."""
    frames = [pl.DataFrame(schema=_TRAVEL)]
    sites = county.service_areas.with_columns(pl.col("in_county").cast(pl.Boolean))
    pairs = sites.filter("in_county").select("expressway", "direction").unique().sort("expressway", "direction")
    for expressway, direction in pairs.iter_rows():
        road = _expressway(graph, expressway)
        mine = sites.filter(expressway=expressway, direction=direction).filter(pl.col("site").is_in(list(road.nodes)))
        inside = mine.filter("in_county")["site"].to_list()
        served = stations.filter(pl.col("site").is_in(mine["site"].to_list()))
        if not inside:
            continue
        entry = _entry(road, inside=inside, outside=mine.filter(~pl.col("in_county"))["site"].to_list())
        reached = shortest_minutes(road, [entry], mine["site"]).select("destination", "minutes", "km")
        rows = reached.join(served, left_on="destination", right_on="site").select("station_id", "minutes", "km")
        frames.append(_ways(through_origin(expressway, direction), rows))
        for site, area in mine.filter("in_county").select("site", "area").iter_rows():
            at = reached.filter(destination=site).select("minutes", "km")
            # behind are only sites that take longer to reach from the same entry; none where no road reaches the area
            ahead = rows.filter(pl.col("minutes") >= at["minutes"].item()) if at.height else rows.clear()
            # from the area itself, where these drivers stop at once
            left = [pl.col(column) - at[column].item() for column in ("minutes", "km") if at.height]
            frames.append(_ways(through_origin(expressway, direction, area), ahead.with_columns(left)))
    return pl.concat(frames)


def _ways(origin: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ways from an origin; to itself where no station is in reach, so that the origin is known."""
    if rows.is_empty():
        rows = pl.DataFrame([(origin, 0.0, 0.0)], schema=rows.schema, orient="row")
    return rows.select(pl.lit(origin).alias("origin"), "station_id", "minutes", "km")


def _expressway(graph: nx.MultiDiGraph, expressway: str) -> nx.MultiDiGraph:
    """Keep the edges of an expressway: those with its number, of the class motorway, ramps and connectors."""
    keep = []
    for tail, head, key, edge in graph.edges(keys=True, data=True):
        numbers = edge.get("ref", "")
        text = ";".join(numbers) if isinstance(numbers, list) else str(numbers)
        named = expressway in {number.strip() for number in text.split(";")}
        if named or road_class(edge) in {"motorway", "motorway_link", CONNECTOR}:
            keep.append((tail, head, key))
    return graph.edge_subgraph(keep).copy()


def _entry(road: nx.MultiDiGraph, *, inside: Sequence[str], outside: Sequence[str]) -> str:
    """Return where through traffic enters: a site outside if any, reaching most inside, the nearest."""
    reach = (
        shortest_minutes(road, [*outside, *inside], inside)
        .group_by("origin")
        .agg(pl.len().alias("sites"), pl.col("minutes").sum())
        .with_columns(outside=pl.col("origin").is_in(outside))
        # by name at the end, so that equal entries do not swap between runs
        .sort("outside", "sites", "minutes", "origin", descending=[True, True, False, False])
    )
    return str(reach["origin"][0])
