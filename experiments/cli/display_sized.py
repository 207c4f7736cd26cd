"""A sizing in the terminal: the answer in sentences, then its tables; or as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.table import Table

from experiments.cli.display import print_json, render
from experiments.formatting import figure
from experiments.report.words.findings import SHOWN, finding_text
from experiments.report.words.labels import head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from experiments.cli.options import RunOptions
    from experiments.report.language import Translate
    from experiments.report.words.told_sizing import SizingWords
    from experiments.sizing.sized import Sized

_HIDDEN: Final = {"source", "confidence", "lon", "lat", "site", "opened_year", "note", "seeds"}


def show(result: Sized, words: SizingWords, options: RunOptions, commands: Sequence[str], page: Path | None) -> None:
    """Print a sizing in words and tables, or as JSON.

    Parameters
    ----------
    result : Sized
        What was found.
    words : SizingWords
        The reader's.
    options : RunOptions
        Whether JSON is wanted, and the folder that holds the tables.
    commands : sequence of str
        The command that repeats it, and the one that runs the answer where there is one.
    page : pathlib.Path, optional
        The report.
    """
    if options.as_json:
        print_json(_summary(result, words))
        return
    translate = words.translate
    typer.echo(words.question(result))
    typer.echo(words.verdict(result))
    for text in words.lines(result):
        typer.echo(f"- {text}")
    for title, table in words.tables(result).values():
        typer.echo(title)
        typer.echo(render(_table(table, translate)))
    if options.out is not None:
        typer.echo(translate(SHOWN["tables"]).format(folder=options.out))
    if page is not None:
        typer.echo(translate(SHOWN["report"]).format(file=page))
    for command in commands[1:]:
        typer.echo(translate(SHOWN["next"]).format(command=command))


def _table(frame: pl.DataFrame, translate: Translate) -> Table:
    """Return a table for the terminal: bounds beside their figure, sizes last; without sources."""
    bounded = {name for name in frame.columns if f"{name}_low" in frame.columns and f"{name}_high" in frame.columns}
    hidden = _HIDDEN | {f"{name}_{end}" for name in bounded for end in ("low", "high")}
    names = [name for name in frame.columns if name not in hidden and frame[name].null_count() < frame.height]
    names.sort(key=lambda name: name == "sizes")
    numbers = {name for name in names if frame.schema[name].is_numeric()}
    table = Table()
    for name in names:
        table.add_column(head(name, translate), justify="right" if name in numbers else "left")
    for row in frame.iter_rows(named=True):
        table.add_row(*(_cell(row, name, translate, bounded=name in bounded) for name in names))
    return table


def _cell(row: Mapping[str, Any], name: str, translate: Translate, *, bounded: bool) -> str:
    """Return a cell as text, with its bounds where it has them."""
    value = row[name]
    if value is None:
        return "-"
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    unit = "share" if name.endswith("_share") else None
    text = figure(value, unit) if isinstance(value, float) else str(value)
    low, high = (row[f"{name}_low"], row[f"{name}_high"]) if bounded else (None, None)
    if low is None or high is None:
        return text
    # with its bounds as the report has it
    return translate("{value} ({low} to {high})").format(value=text, low=figure(low, unit), high=figure(high, unit))


def _summary(result: Sized, words: SizingWords) -> dict[str, object]:
    """Return the sizing for machines: what was found as keys and figures, and in sentences."""
    translate, place = words.translate, words.place
    return {
        "question": words.question(result),
        "feasible": result.feasible,
        "says": [finding_text(found, translate, place) for found in result.says],
        "binds": [finding_text(found, translate, place) for found in result.binds],
        "findings": [asdict(found) for found in (*result.says, *result.binds)],
        "answer": result.answer.to_dicts(),
        "frontier": result.frontier.to_dicts(),
        "tables": {name: table.to_dicts() for name, table in result.tables.items()},
    }
