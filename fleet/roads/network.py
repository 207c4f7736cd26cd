"""The county's roads as a network of links, and routes on it by time or by energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError, nearest
from data.memory.remembering import remembered
from data.roads.graph import ROAD_TABLES, build_graph, with_standing_roads
from fleet.roads.assignment import Links, shortest_ways
from fleet.roads.driving_energy import DrivingEnergy

if TYPE_CHECKING:
    from data.county import County


def road_network(county: County, *, year: int, without: str | None = None) -> Links:
    """Return the network of a year, on request without a project.

    Raises
    ------
    DataError
        An unknown project, or a road class without a row in ``road_classes``.
    """
    if without is not None:
        known = county.road_projects["project"].to_list()
        if without not in known:
            raise DataError(f"road project {without!r} is not known.{nearest(without, known)}")
        # links without a project stay: comparing a null gives null, and a filter drops it
        kept = pl.col("project").is_null() | (pl.col("project") != without)
        links = county.road_links.filter(kept)
        # a project without links changes no road: the graph of the whole network will do
        if links.height < county.road_links.height:
            county = county.with_table("road_links", links)
    roads = with_standing_roads(county, year)
    return roads.once_of((*ROAD_TABLES, "road_classes"), ("network", year), lambda: _network(roads, year))


def _network(county: County, year: int) -> Links:
    """Return the network of a year, built anew."""
    graph = build_graph(county, year=year)
    classes = {row["highway"]: row for row in county.road_classes.iter_rows(named=True)}
    # sorted: node numbers must not depend on the order of the tables
    nodes = sorted(graph.nodes)
    number = {name: node for node, name in enumerate(nodes)}
    rows = []
    for start, end, edge in graph.edges(data=True):
        kind = classes.get(edge["highway"])
        if kind is None:
            raise DataError(f"road_classes: no row for highway {edge['highway']!r}; add its capacity.")
        # lanes of a two-way road are those of both directions; each has one at the least, and where nobody counted them
        lanes = float(edge.get("lanes", 1.0))
        one_way = lanes if edge["oneway"] else lanes / 2.0
        capacity = kind["capacity_veh_h_lane"] * max(1.0, one_way)
        values = (edge["length"] / 1000.0, edge["travel_time"] / 60.0, capacity, kind["bpr_alpha"], kind["bpr_beta"])
        rows.append((number[start], number[end], edge["osmid"], *values))
    start_at, end_at, names, km, free, capacity_h, alpha, beta = zip(*rows, strict=True)
    floats = (np.array(column, dtype=np.float64) for column in (km, free, capacity_h, alpha, beta))
    return Links(nodes, np.array(start_at), np.array(end_at), [str(name) for name in names], *floats)


_UNITS: Final = {"bev": "kWh", "petrol": "L"}
ROUTES: Final = {
    "origin": pl.String,
    "destination": pl.String,
    "power": pl.String,
    "fast_min": pl.Float64,
    "eco_min": pl.Float64,
    "fast_use": pl.Float64,
    "eco_use": pl.Float64,
    "unit": pl.String,
    "saved_share": pl.Float64,
}
"""Schema of the routes by time and by energy."""


def eco_routes(county: County, *, year: int, power: str = "bev") -> pl.DataFrame:
    """Return routes between towns by time and by energy at free-flow speeds.

    Parameters
    ----------
    county
        Roads, towns, energy use of cars.
    year
        Year of the roads.
    power
        ``bev`` (kWh) or ``petrol`` (L).

    Returns
    -------
    polars.DataFrame
        One row per pair of towns: ``origin, destination, power, fast_min, eco_min, fast_use, eco_use, unit,
        saved_share`` (of the energy of the fast route).

    Raises
    ------
    DataError
        Another power.
    """
    if power not in _UNITS:
        raise DataError(f"eco_routes: power {power!r}.{nearest(power, _UNITS)} Expected bev or petrol.")
    return remembered(county, ("eco_routes", year, power), lambda watched: _routes(watched, year, power))


def _routes(county: County, year: int, power: str) -> pl.DataFrame:
    """Return routes between towns by time and by energy, computed anew."""
    links = road_network(county, year=year)
    # h, because the curve wants km/h
    use = links.km * DrivingEnergy.from_county(county, power).per_km(links.km / (links.free_min / 60.0))
    number = {name: node for node, name in enumerate(links.nodes)}
    towns = county.towns["town"].to_list()
    pairs = [(origin, end) for origin in towns for end in towns if origin != end]
    ends = [(number[origin], number[end]) for origin, end in pairs]
    rows = []
    ways = (shortest_ways(links, ends, links.free_min), shortest_ways(links, ends, use))
    for (origin, end), *both in zip(pairs, *ways, strict=True):
        # one trip on an empty network: its flow marks the links of the route
        fast, eco = np.zeros((2, len(links.km)))
        fast[both[0].links] = eco[both[1].links] = 1.0
        fast_use, eco_use = float(fast @ use), float(eco @ use)
        minutes = (float(fast @ links.free_min), float(eco @ links.free_min))
        rows.append((origin, end, power, *minutes, fast_use, eco_use, _UNITS[power], 1.0 - eco_use / fast_use))
    return pl.DataFrame(rows, schema=ROUTES, orient="row")
