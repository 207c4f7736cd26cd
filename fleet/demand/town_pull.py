"""Pull of the towns on each other's drivers: worked out once for all replications, and kept as a table of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.memory.remembering import remembered
from fleet.demand.population import gravity

if TYPE_CHECKING:
    import networkx as nx

    from data.arrays import Floats
    from data.county import County

TOWN_PULL: Final = pl.Schema({"origin": pl.String(), "destination": pl.String(), "pull": pl.Float64()})
"""Columns of `pull_table`."""


def town_pull(county: County, *, year: int, graph: nx.MultiDiGraph | None = None) -> Floats:
    """Return the pull of each town on each other (`gravity`); on the county's own roads it is worked out once."""
    if graph is not None:
        return gravity(county, year=year, graph=graph)
    return remembered(county, ("gravity", year), lambda known: gravity(known, year=year))


def pull_table(county: County, *, year: int) -> pl.DataFrame:
    """Return the pull of each town on the drivers of each other, on the county's roads of a year.

    Parameters
    ----------
    county
        Towns and roads, ``fleet.gravity_exponent``.
    year
        Year of the roads.

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
