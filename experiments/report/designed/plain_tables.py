"""Any table of a design as the page shows it: figures with their bounds, heads in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.formatting import figure
from experiments.report.guards import csv_cell
from experiments.report.shown_tables import Cell, Shown
from experiments.report.words.labels import head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from experiments.report.language import Translate


def shown_frame(
    frame: pl.DataFrame,
    title: str,
    translate: Translate,
    *,
    named: Mapping[str, Callable[[Any], str]] | None = None,
) -> Shown:
    """Return a table for the page: bounds ``*_low`` and ``*_high`` stand with their figure, shares in per cent.

    Columns without a value, and nested ones, are left out.

    Parameters
    ----------
    frame : polars.DataFrame
        Any table.
    title : str
        What it holds, in the reader's language.
    translate : Translate
        Into it; heads are those of `experiments.report.words.labels.head`.
    named : mapping of str to callable, optional
        What makes a cell's text of its value, by column: names of stations instead of ids, words instead of keys.
    """
    named = named or {}
    bounded = {name for name in frame.columns if {f"{name}_low", f"{name}_high"} <= set(frame.columns)}
    ends = {f"{name}_{end}" for name in bounded for end in ("low", "high")}
    names = [
        name
        for name, kind in frame.schema.items()
        if name not in ends and not kind.is_nested() and frame[name].null_count() < frame.height
    ]
    rows = [
        [_cell(row, name, named.get(name), bounded=name in bounded, translate=translate) for name in names]
        for row in frame.iter_rows(named=True)
    ]
    return Shown(title, [head(name, translate) for name in names], rows)


def _cell(
    row: Mapping[str, Any], name: str, told: Callable[[Any], str] | None, *, bounded: bool, translate: Translate
) -> Cell:
    """Return a cell with its bounds."""
    value = row[name]
    if value is None:
        return Cell("", "")
    if told is not None:
        text = told(value)
        return Cell(text, csv_cell(text), "" if text == str(value) else str(value))
    if isinstance(value, bool):
        text = translate("yes") if value else translate("no")
        return Cell(text, text)
    if not isinstance(value, int | float):
        return Cell(str(value), csv_cell(str(value)))
    unit = "share" if name.endswith("_share") else "year" if name.endswith("year") else None
    text = figure(float(value), unit)
    low, high = (row[f"{name}_low"], row[f"{name}_high"]) if bounded else (None, None)
    if low is not None and high is not None:
        text = translate("{value} ({low} to {high})").format(value=text, low=figure(low, unit), high=figure(high, unit))
    return Cell(text, f"{value:.6g}")
