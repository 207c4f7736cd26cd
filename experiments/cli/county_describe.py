"""``xijiang county describe``: the data dictionary in the terminal, as a page, and as a workbook with notes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import AsJson

if TYPE_CHECKING:
    import polars as pl

WIDTH = 80


def describe(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="A table of a county, or layout.")] = None,
    *,
    html: Annotated[Path | None, typer.Option("--html", help="File for the dictionary as a page.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="File for a workbook: a sheet per table, a note on each column.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Describe the tables of a county: column, unit, meaning, range, where a default comes from, who needs it."""
    from data.county_folder.dictionary import dictionary_of
    from experiments.cli.display import print_json
    from experiments.counties.sheets import page, workbook

    found = dictionary_of(table)
    for file, written in ((html, page), (xlsx, workbook)):
        if file is not None:
            written(found, file)
            typer.echo(f"{file}: {found['table'].n_unique()} tables, {found.height} columns")
    if as_json:
        print_json(found.to_dicts())
    elif html is None and xlsx is None:
        _print(found, one=table is not None)


def _print(found: "pl.DataFrame", *, one: bool) -> None:
    """Print the columns of one table, or a list of all tables."""
    from data.county_folder.dictionary import words_of

    for rows in found.partition_by("table", maintain_order=True):
        name, first = rows["table"][0], rows.row(0, named=True)
        words = words_of(name)
        if not one:
            _say(f"{name}: ", f"{words.splitlines()[0]} Needed by: {first['needed_by']}.")
            continue
        _say("", f"{name}: {' '.join(words.split())}")
        _say("", f"Needed by: {first['needed_by']}. Default: {first['default']}.")
        for row in rows.iter_rows(named=True):
            unit = f" [{row['unit']}]" if row["unit"] else ""
            usual = f"; usually {row['usual']}" if row["usual"] else ""
            must = "" if row["must"] == "yes" else f" ({row['must']})"
            _say(f"  {row['column']}{unit}: ", f"{row['meaning']}; {row['range']}{usual}{must}")
    if not one:
        typer.echo("Next:   xijiang county describe towns")


def _say(head: str, text: str) -> None:
    """Print a text after its head, no wider than a terminal."""
    import textwrap

    typer.echo(textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent="      ", break_on_hyphens=False))
