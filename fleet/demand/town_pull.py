"""Pull of the towns on each other's drivers: worked out once for all replications, and kept as a table of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.memory.remembering import remembered
from data.roads.graph import ROAD_TABLES, build_graph, with_standing_roads
from data.roads.travel_times import shortest_minutes

if TYPE_CHECKING:
    import networkx as nx

    from data.arrays import Floats
    from data.county import County

TOWN_PULL: Final = pl.Schema({"origin": pl.String(), "destination": pl.String(), "pull": pl.Float64()})
"""Columns of `pull_table`."""
# two towns that one junction serves would pull without end otherwise
_LEAST_MINUTES: Final = 1.0


def town_pull(county: County, *, year: int, graph: nx.MultiDiGraph | None = None) -> Floats:
    """Return the pull of each town on each other (`gravity`); on the county's own roads it is worked out once."""
    if graph is not None:
        return gravity(county, year=year, graph=graph)
    return remembered(county, ("gravity", year), lambda known: gravity(known, year=year))


def pull_table(county: County, *, year: int) -> pl.DataFrame:
    """Return the pull of each town on the drivers of each other as a table: see `gravity`.

    Returns
    -------
    polars.DataFrame
        ``origin, destination, pull``: residents of the destination over road minutes to the gravity exponent; every
        pair of towns in the order of their table, 0 where both are the same or no road joins them.
    """
    towns = county.towns["town"].to_list()
    pairs = {"origin": [town for town in towns for _ in towns], "destination": towns * len(towns)}
    return pl.DataFrame(pairs | {"pull": town_pull(county, year=year).ravel()}, schema=TOWN_PULL)


def pull_matrix(table: pl.DataFrame) -> Floats:
    """Return a table of `pull_table` as towns by towns."""
    towns = table["origin"].n_unique()
    return table["pull"].to_numpy().reshape(towns, towns)


def gravity(county: County, *, year: int, graph: nx.MultiDiGraph | None = None) -> Floats:
    """Return the pull of each town on each other: residents over road minutes to the gravity exponent, own town 0.

    Minutes are those of the county's roads in the year without traffic, so that the pull does not depend on a layout;
    a town that no road reaches has no pull. A county without roads has straight lines instead.

    Parameters
    ----------
    county
        Towns and roads, ``fleet.gravity_exponent``.
    year
        Year of the roads.
    graph
        Those roads, from :func:`data.roads.graph.build_graph`, where they are at hand.

    Returns
    -------
    numpy.ndarray
        Towns by towns, in the order of the table.
    """
    if not county.road_links.height:
        apart = _straight_lines(county)
    elif graph is not None:
        apart = _minutes_apart(county, graph)
    else:
        roads = with_standing_roads(county, year)
        key = "minutes between towns"
        apart = roads.once_of(ROAD_TABLES, key, lambda: _minutes_apart(roads, build_graph(roads, year=year)))
    pull = county.towns["residents"].to_numpy()[None, :] / apart ** county.figure("fleet.gravity_exponent")
    np.fill_diagonal(pull, 0.0)
    return np.asarray(pull, dtype=np.float64)


def _minutes_apart(county: County, graph: nx.MultiDiGraph) -> Floats:
    """Return the minutes between towns on a graph, infinite where no road joins them."""
    towns = county.towns["town"].to_list()
    number = {town: row for row, town in enumerate(towns)}
    apart = np.full((len(towns), len(towns)), np.inf)
    pairs = shortest_minutes(graph, towns, towns).select("origin", "destination", "minutes")
    for origin, end, minutes in pairs.iter_rows():
        apart[number[origin], number[end]] = max(minutes, _LEAST_MINUTES)
    return apart


def _straight_lines(county: County) -> Floats:
    """Return distances between towns on the sphere in radians, 1 on the diagonal."""
    lon, lat = np.radians(county.towns["lon"].to_numpy()), np.radians(county.towns["lat"].to_numpy())
    # a county is small enough for a plane, and gravity needs distances up to a factor only
    east = (lon[:, None] - lon[None, :]) * np.cos(0.5 * (lat[:, None] + lat[None, :]))
    distance = np.hypot(east, lat[:, None] - lat[None, :])
    np.fill_diagonal(distance, 1.0)
    return np.asarray(distance, dtype=np.float64)
