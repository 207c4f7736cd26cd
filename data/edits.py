"""Cells of the county's tables with other values: one row by its key, or several rows within their ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import ScenarioError, nearest
from data.schemas.base import NEW_ENERGY
from data.schemas.catalogue import TABLES as SCHEMAS
from data.tables.messages import bounds_of, describe
from data.tables.rules import RANGES
from data.tables.validate import check_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from data.county import County

RANGED = tuple(name for name in RANGES if name != "figures")
"""Tables whose rows have a figure with a range."""
_INDEX = "cell_row_"


@dataclass(frozen=True, slots=True)
class Cells:
    """The figures that a key names.

    Attributes
    ----------
    table, column : str
        Table, and the column of the figure.
    rows : tuple of int
        Positions of the rows, at least one.
    single : bool
        Whether the key names one row in full: its figure takes a value in its own unit. Otherwise the rows move
        together: -1 is the low end of all their ranges, 0 the table, 1 the high end.
    low, high : float
        Least and greatest value of the range: the row's own, or -1 and 1.
    """

    table: str
    column: str
    rows: tuple[int, ...]
    single: bool
    low: float
    high: float


def has_ranges(county: County, table: str) -> bool:
    """Return whether the rows of a table move together in a county: one of them at least has a range there."""
    try:
        cells_of(county, table)
    except ScenarioError:
        return False
    return True


def cells_of(county: County, key: str) -> Cells:
    """Return the figures that a key names.

    Parameters
    ----------
    county : data.County
        Its tables.
    key : str
        ``table.first_key.second_key`` ..., such as ``energy_use.tractor.diesel.diesel`` for one row,
        ``energy_use.tractor`` for the rows of a class, ``energy_use`` for all.

    Raises
    ------
    ScenarioError
        No such table with ranges, no such row, or rows without a range.
    """
    name, *parts = key.split(".")
    if name not in RANGED:
        raise ScenarioError(f"tables.{key}: no table '{name}' with ranges.{nearest(name, RANGED)}")
    # every point of a design asks four times for the cells that it moves, of the same table
    return county.once_of((name,), ("cells", key), lambda: _found(county, key, name, parts))


def _found(county: County, key: str, name: str, parts: Sequence[str]) -> Cells:
    """Return the figures of a table that the values of its keys name; see `cells_of`."""
    value, low, high = RANGES[name]
    keys = SCHEMAS[name].primary_key()
    chosen = county.tables[name].with_row_index(_INDEX)
    for column, part in zip(keys, parts, strict=False):
        known = chosen[column].cast(pl.String).unique(maintain_order=True).to_list()
        if part not in known:
            raise ScenarioError(f"tables.{key}: no {column} '{part}'.{nearest(part, known)} Known: {', '.join(known)}.")
        chosen = chosen.filter(pl.col(column).cast(pl.String) == part)
    if len(parts) > len(keys):
        raise ScenarioError(f"tables.{key}: rows of {name} have the keys {', '.join(keys)}; expected no more.")
    single = len(parts) == len(keys)
    if not single:
        chosen = chosen.filter(pl.col(value).is_not_null() & pl.col(low).is_not_null() & pl.col(high).is_not_null())
        if name == "flow_shares":
            chosen = chosen.filter(pl.col("power").is_in(list(NEW_ENERGY)))
    ends = (-1.0, 1.0)
    if single and chosen.height:
        ends = (chosen[low][0], chosen[high][0])
    if not chosen.height or None in ends or (not single and chosen.filter(pl.col(low) < pl.col(high)).is_empty()):
        raise ScenarioError(f"tables.{key}: {value} has no range there; set it in the table itself.")
    return Cells(name, value, tuple(chosen[_INDEX].to_list()), single, float(ends[0]), float(ends[1]))


def with_cells(county: County, values: Mapping[str, float]) -> County:
    """Return the county with other figures in its tables; they become assumptions and count for the digest.

    Shares of a whole go on summing to one: what is not named shares the rest as before.

    Parameters
    ----------
    county : data.County
        Its tables.
    values : mapping of str to float
        Value by key; see `cells_of`.

    Raises
    ------
    ScenarioError
        Unknown keys, or positions outside -1 to 1.
    """
    faults = list(cell_faults(county, values))
    if faults:
        raise ScenarioError("\n  ".join(faults))
    for key, value in sorted(values.items(), key=lambda item: (item[0].count("."), item[0])):
        cells = cells_of(county, key)
        table = _moved(county.tables[cells.table], cells, value)
        tables = {**county.tables, cells.table: table}
        if cells.table == "road_projects":
            tables["road_links"] = _reopened(county, table)
        county = replace(county, tables=tables, overrides={**county.overrides, f"tables.{key}": float(value)})
    return county


def cell_faults(county: County, values: Mapping[str, float]) -> Iterable[str]:
    """Yield what is wrong with keys and values."""
    for key, value in values.items():
        try:
            cells = cells_of(county, key)
        except ScenarioError as error:
            yield str(error)
            continue
        if cells.single:
            yield from _impossible(county, key, cells, value)
        elif not -1.0 <= value <= 1.0:
            yield (
                f"tables.{key}: got {value:g}; expected -1 (low ends) to 1 (high ends), because it names "
                f"{len(cells.rows)} rows. Name one row by all of its keys to set a value."
            )


def _impossible(county: County, key: str, cells: Cells, value: float) -> Iterable[str]:
    """Yield why one figure of a table cannot take a value: by the bounds of its column, or another rule of its row."""
    schema = SCHEMAS[cells.table]
    column = schema.columns()[cells.column]
    low, high = bounds_of(column)
    if not low <= value <= high:
        yield f"tables.{key}: got {value:g}; expected {describe(column)}."
        return
    row = _moved(county.tables[cells.table], cells, value)[list(cells.rows)]
    for fault in check_frame(row, schema, table=cells.table):
        yield f"tables.{key}: got {value:g}; expected {fault.expected}."


def unusual_values(county: County, figures: Mapping[str, float], values: Mapping[str, float]) -> list[str]:
    """Return which figures, and which single figures of tables, would lie outside the ranges that the tables give.

    Parameters
    ----------
    county : data.County
        The county as its files say.
    figures, values : mapping of str to float
        Values by key, as for `data.County.with_figures` and `with_cells`; all keys are known.
    """
    ranges = [(f"figures.{key}", value, county.figure_range(key)) for key, value in figures.items()]
    for key, value in values.items():
        cells = cells_of(county, key)
        if cells.single:
            ranges.append((f"tables.{key}", value, (cells.low, value, cells.high)))
    return [
        f"{key}: got {value:g}; the range in the tables is {low:g} to {high:g}."
        for key, value, (low, _, high) in ranges
        if low < high and not low <= value <= high
    ]


def _moved(table: pl.DataFrame, cells: Cells, value: float) -> pl.DataFrame:
    """Return the table with the figures moved."""
    column, low, high = RANGES[cells.table]
    known = table[column]
    if cells.single:
        wanted = pl.Series(column, [value]).new_from_index(0, table.height)
    else:
        wanted = known + value * (table[high] - known if value > 0.0 else known - table[low])
    wanted = wanted.round() if known.dtype.is_integer() else wanted
    marked = np.zeros(table.height, dtype=bool)
    marked[list(cells.rows)] = True
    here = pl.Series(marked)
    assumed = pl.Series("confidence", ["assumption"]).new_from_index(0, table.height)
    # column by column: a query takes three times as long, and a point of a sample moves twenty tables
    moved = table.clone()
    for name, values in ((column, wanted.cast(known.dtype)), ("confidence", assumed)):
        moved.replace_column(moved.get_column_index(name), values.zip_with(here, table[name]))
    if cells.table == "flow_shares":
        return _summing(moved, here)
    if cells.table == "charging_access":
        rest = pl.col("depot_share") + pl.col("public_share")
        left = 1.0 - pl.col("home_share")
        public = pl.when(rest > 0.0).then(pl.col("public_share") * left / rest).otherwise(left)
        return moved.with_columns(depot_share=left - public, public_share=public)
    return moved


def _summing(shares: pl.DataFrame, here: pl.Series) -> pl.DataFrame:
    """Return flow shares that sum to one in each class and year again; where all rows of a group moved, by scale."""
    keys = ["vehicle_class", "year"]
    fixed = pl.col("share").filter(pl.col("here_")).sum().over(keys)
    other = pl.col("share").filter(~pl.col("here_")).sum().over(keys)
    asked = pl.when(other > 0.0).then(fixed.clip(0.0, 1.0)).otherwise(1.0)
    scaled = (
        pl.when(fixed == 0.0)
        .then("share")
        .when(pl.col("here_"))
        .then(pl.col("share") * asked / fixed)
        .when(other > 0.0)
        .then(pl.col("share") * (1.0 - asked) / other)
        .otherwise(0.0)
    )
    return shares.with_columns(here_=here).with_columns(share=scaled).drop("here_")


def _reopened(county: County, projects: pl.DataFrame) -> pl.DataFrame:
    """Return the road links that open as much earlier or later as their project: one frame for the same years."""
    years = tuple(projects["opening_year"])
    return county.once_of(("road_projects", "road_links"), ("reopened", years), lambda: _moved_links(county, projects))


def _moved_links(county: County, projects: pl.DataFrame) -> pl.DataFrame:
    """Return the road links with the years that follow from those of the projects."""
    later = (
        county.road_projects.select("project", was="opening_year")
        .join(projects.select("project", now="opening_year"), on="project")
        .select("project", later_=pl.col("now") - pl.col("was"))
    )
    links = county.road_links.join(later, on="project", how="left", maintain_order="left")
    moved = pl.col("opened_year") + pl.col("later_").fill_null(0)
    return links.with_columns(opened_year=moved.cast(links.schema["opened_year"])).drop("later_")
