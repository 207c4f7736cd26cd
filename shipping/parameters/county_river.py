"""The river tables of a county, and what is said where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.errors import DataError
from data.schemas.catalogue import TABLES

if TYPE_CHECKING:
    import polars as pl

    from data.county import County


def has_river(county: County) -> bool:
    """Return whether a county has a river: a table ``river_nodes`` with rows."""
    return rows_of(county, "river_nodes").height > 0


def require_river(county: County) -> None:
    """Check that a county has a river.

    Raises
    ------
    DataError
        If it has none.
    """
    if not has_river(county):
        raise DataError(
            f"county {county.name} has no river: table river_nodes is missing or empty. "
            "Set shipping.enabled to false, or add river_nodes.csv."
        )


def river_table(county: County, name: str) -> pl.DataFrame:
    """Return a table that the river models need.

    Raises
    ------
    DataError
        If the county has no river, or no such table.
    """
    require_river(county)
    if name not in county.tables:
        raise DataError(f"county {county.name}: no table {name}; expected {name}.csv beside river_nodes.csv.")
    return county.tables[name]


def rows_of(county: County, name: str) -> pl.DataFrame:
    """Return a table that a county may do without: no rows where it is missing."""
    return county.tables[name] if name in county.tables else TABLES[name].create_empty()


def has_figure(county: County, key: str) -> bool:
    """Return whether a county has a figure."""
    return county.has_figure(key)


def figure_or(county: County, key: str, default: float) -> float:
    """Return a figure that a county may do without."""
    return county.figure(key) if has_figure(county, key) else default


def figures_of(county: County, start: str) -> dict[str, float]:
    """Return the figures whose keys begin with a text, by key."""
    return {key: county.figure(key) for key in county.figure_keys if key.startswith(start)}
