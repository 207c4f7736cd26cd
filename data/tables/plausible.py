"""Values that are possible but unusual, and figures that are impossible in their unit; bounds are the schema's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl

from data.errors import Fault
from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout
from data.schemas.limits import possible
from data.tables.geography import unusual_lengths
from data.tables.messages import bounds_of, in_unit, span, unit_of
from data.tables.rules import INDEX, faults_in_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dataframely as dy

    from data.schemas.base import Table
    from data.tables.reading import ReadTable

_LOOK = "Check the value and its unit; a result will rest on it."


def usual_range(column: dy.Column) -> tuple[float, float] | None:
    """Return the ends of what counties usually have in a column; None where all that is possible is usual."""
    return cast("tuple[float, float] | None", (column.metadata or {}).get("usual"))


def check_usual(table: ReadTable, schema: type[Table]) -> Iterator[Fault]:
    """Yield a warning for each value that is possible but outside what is usual."""
    for name, column in schema.columns().items():
        usual = usual_range(column)
        if usual is None or _within(table.frame[name], usual):
            continue
        # what is impossible is a fault already: only what lies between both is worth a warning
        inside = pl.col(name).is_between(*bounds_of(column))
        rows = table.frame.with_row_index(INDEX).filter(~pl.col(name).is_between(*usual) & inside)
        expected = f"usually a number {span(*usual)}{in_unit(unit_of(column))}"
        yield from faults_in_rows(table, rows, name, expected, _LOOK)


def _within(values: pl.Series, usual: tuple[float, float]) -> bool:
    """Return whether all values of a column are usual: most columns are, and need no query."""
    least, most = values.min(), values.max()
    return not (isinstance(least, int | float) and isinstance(most, int | float)) or (
        usual[0] <= least and most <= usual[1]
    )


def warnings_of(tables: Mapping[str, ReadTable], layouts: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield what is possible in a county but unusual."""
    for name, table in tables.items():
        yield from check_usual(table, TABLES[name])
    for layout in layouts.values():
        yield from check_usual(layout, Layout)
    yield from unusual_lengths(tables)
    yield from _one_sided(tables["service_areas"])
    yield from _nowhere_to_stop(tables)


def _one_sided(table: ReadTable) -> Iterator[Fault]:
    """Yield service areas that lie on one side of their expressway only: the other direction cannot charge there."""
    sides = pl.col("direction").n_unique().over("area")
    rows = table.frame.with_row_index(INDEX).filter(pl.col("area").is_not_null() & (sides < 2))
    yield from faults_in_rows(
        table, rows, "area", "usually a row for each side", "Add the other side, if there is one."
    )


def _nowhere_to_stop(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield traffic that passes no service area on its side, and no town: its cars reach no station of the county."""
    table, links = tables["through_traffic"], tables["road_links"].frame
    towns = tables["towns"].frame["town"].drop_nulls().to_list()
    in_towns = links.filter(pl.any_horizontal(pl.col("from_node", "to_node").is_in(towns)))["ref"].drop_nulls()
    areas = tables["service_areas"].frame.filter(pl.col("in_county").cast(pl.Boolean))
    elsewhere = table.frame.with_row_index(INDEX).filter(~pl.col("road").is_in(in_towns.to_list()))
    own, theirs = ["road", "direction"], ["expressway", "direction"]
    yield from faults_in_rows(
        table,
        elsewhere.join(areas, left_on=own, right_on=theirs, how="anti", maintain_order="left"),
        "direction",
        "usually a service area in the county on that side, or a town on the road",
        "Add it to service_areas.csv, or leave that traffic out.",
    )


def check_figures(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield figures, and ends of their ranges, that cannot be."""
    table = tables["figures"]
    columns = ("value", "low", "high")
    for index, (key, unit, *values) in enumerate(table.frame.select("key", "unit", *columns).iter_rows()):
        for column, value in zip(columns, values, strict=True):
            if key is not None and value is not None and (words := impossible(key, unit, value)):
                got = f"{key} = {value:g}"
                yield Fault(table.file, table.lines[index], column, got, words, "Correct the value or its unit.")


def impossible(key: str, unit: str | None, value: float) -> str | None:
    """Return what a figure is expected to be, in words, where a value cannot be; None for one that can."""
    low, high = possible(key, unit)
    return None if low <= value <= high else f"a number {span(low, high)}{in_unit(unit or '')}"
