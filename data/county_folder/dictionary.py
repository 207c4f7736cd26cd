"""The data dictionary of a county: every column with unit, meaning, range, where a default comes from, who needs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import dataframely as dy
import polars as pl

from data.county_folder.template import tables_of_a_new_county
from data.errors import DataError, nearest
from data.schemas.catalogue import MODULES, TABLES
from data.schemas.charging import Layout
from data.schemas.metrics import METRICS
from data.tables.messages import describe, unit_of
from data.tables.plausible import usual_range

if TYPE_CHECKING:
    from data.schemas.base import Table

LAYOUT: Final = "layout"
COLUMNS: Final = ("table", "column", "type", "unit", "meaning", "range", "usual", "must", "default", "needed_by")
"""Columns of the dictionary."""


def documented() -> dict[str, type[Table]]:
    """Return the schemas of all tables of a county, layouts among them."""
    return {**TABLES, LAYOUT: Layout}


def dictionary_of(table: str | None = None) -> pl.DataFrame:
    """Return the dictionary of one table, or of all.

    Parameters
    ----------
    table : str, optional
        Name of a county table, or ``layout``.

    Returns
    -------
    polars.DataFrame
        One row per column: `COLUMNS`. ``must`` says whether a row may leave it out, ``default`` where the value of a
        new county comes from, ``needed_by`` the parts and metrics that need the table.

    Raises
    ------
    DataError
        There is no such table.
    """
    known = documented()
    if table is not None and table not in known:
        raise DataError(f"table '{table}': not a table of a county.{nearest(table, known)} Known: {', '.join(known)}.")
    meanings = _meanings()
    rows = [
        (name, column, *_about(kind), _meaning(name, column, meanings), *_ranges(kind), _must(kind), *_uses(name))
        for name, schema in known.items()
        if table in (None, name)
        for column, kind in schema.columns().items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def words_of(table: str) -> str:
    """Return what a table is, from its schema."""
    return (documented()[table].__doc__ or "").strip()


def _about(kind: dy.Column) -> tuple[str, str]:
    """Return type and unit of a column."""
    types = {dy.Float64: "number", dy.Int64: "whole number", dy.Bool: "true or false", dy.Date: "date"}
    return types.get(type(kind), "text"), unit_of(kind)


def _ranges(kind: dy.Column) -> tuple[str, str]:
    """Return what a column may hold, and what counties usually have."""
    usual = usual_range(kind)
    return describe(kind), "" if usual is None else f"{usual[0]:g} to {usual[1]:g}"


def _must(kind: dy.Column) -> str:
    """Return whether a row must fill a column in."""
    return "key" if kind.primary_key else "may be empty" if kind.nullable else "yes"


def _uses(table: str) -> tuple[str, str]:
    """Return where a table comes from, and what it is for."""
    return _default(table), _needed(table)


def _default(table: str) -> str:
    """Return where a new county has the table from."""
    always, more = tables_of_a_new_county()
    if table in ("towns", "road_links", "places", LAYOUT):
        return "county new, from the list of towns"
    if table in always:
        return "county new: figures of the toolkit with ranges"
    return "county new without --minimal" if table in more else "none: left out until the county has it"


def _needed(table: str) -> str:
    """Return which parts and metrics need a table."""
    parts = [name for name, module in MODULES.items() if table in module.tables]
    asked = [name for name, metric in METRICS.items() if table in metric.needs]
    if not parts:
        return ", ".join(["every run", *asked])
    return ", ".join([f"part {name}" for name in parts] + asked)


def _meaning(table: str, column: str, meanings: dict[str, str]) -> str:
    """Return what a column means."""
    return meanings.get(f"{table}.{column}") or meanings.get(column) or column.replace("_", " ")


def _meanings() -> dict[str, str]:
    """Return what columns mean, by name or by table and name."""
    text = (Path(__file__).parent / "defaults" / "meanings.txt").read_text(encoding="utf-8")
    lines = [line.partition(": ") for line in text.splitlines() if line and not line.startswith("#")]
    return {column: meaning for column, _, meaning in lines}
