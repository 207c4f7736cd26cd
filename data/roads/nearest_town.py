"""The town of a place: the one from which it is reached first by road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.roads.graph import build_graph, slowest_class_kph
from data.roads.station_points import cut, is_map, road_points, station_node
from data.roads.travel_times import shortest_minutes
from data.tables.distances import great_circle_km

if TYPE_CHECKING:
    import networkx as nx

    from data.county import County

_TOWNS = pl.Schema({"station_id": pl.String, "town": pl.String, "minutes": pl.Float64, "km": pl.Float64})


def nearest_towns(county: County, places: pl.DataFrame, *, graph: nx.MultiDiGraph | None = None) -> pl.DataFrame:
    """Return the nearest town by road of each place.

    On a road map a place stands at the road nearest to it. On the graph of the tables, which has no course of the
    roads, it is joined by straight lines at the speed of the slowest road class to every node, and the fastest way
    counts.

    Parameters
    ----------
    county
        The county.
    places
        ``station_id, lon, lat``, without nulls.
    graph
        Road map as from `data.roads.osm.load_roads`; None takes the tables, with all roads that they open.

    Returns
    -------
    polars.DataFrame
        ``station_id, town, minutes, km`` (from the town to the place), by ``station_id``. Places that lie too far from
        every road of a map, or that no road reaches, are left out.
    """
    if not places.height:
        return pl.DataFrame(schema=_TOWNS)
    ways = _on_tables(county, places) if graph is None or not is_map(graph) else _on_map(county, places, graph)
    # by name at the end: of two equally near towns always the same
    first = ways.sort("station_id", "minutes", "town").unique("station_id", keep="first", maintain_order=True)
    return first.select(_TOWNS.names())


def _on_map(county: County, places: pl.DataFrame, graph: nx.MultiDiGraph) -> pl.DataFrame:
    """Return the ways from every town to places on a map."""
    points, far = road_points(graph, places)
    joined = cut(graph, points)
    nodes = {station_node(station): station for station in places["station_id"] if station not in far}
    ways = shortest_minutes(joined, county.towns["town"], nodes)
    return ways.select(
        pl.col("destination").replace_strict(nodes, return_dtype=pl.String).alias("station_id"),
        pl.col("origin").alias("town"),
        "minutes",
        "km",
    )


def _on_tables(county: County, places: pl.DataFrame) -> pl.DataFrame:
    """Return the ways from every town to places beside the graph of the tables."""
    opened = county.road_links["opened_year"].cast(pl.Int64).max()
    graph = build_graph(county, year=0 if opened is None else int(str(opened)))
    speed = slowest_class_kph(graph)
    nodes = pl.DataFrame(
        [(str(node), values["x"], values["y"]) for node, values in graph.nodes(data=True)],
        schema={"destination": pl.String, "x": pl.Float64, "y": pl.Float64},
        orient="row",
    )
    ways = shortest_minutes(graph, county.towns["town"], nodes["destination"]).sort("destination", "minutes", "origin")
    # whoever passes a node is nearest to the town that is nearest to the node: an extract may have many places
    ways = ways.unique("destination", keep="first", maintain_order=True).join(nodes, on="destination")
    pairs = ways.join(places.select("station_id", "lon", "lat"), how="cross")
    line_km = great_circle_km(*(pl.col(name) for name in ("lon", "lat", "x", "y")))
    return pairs.select(
        "station_id",
        pl.col("origin").alias("town"),
        minutes=pl.col("minutes") + line_km / speed * 60,
        km=pl.col("km") + line_km,
    )
