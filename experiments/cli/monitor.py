"""``xijiang monitor``: plan and models against this year's statistics, and the path that follows from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import AsJson

if TYPE_CHECKING:
    import polars as pl

_NONE = "-"


def monitor(
    *,
    county: Annotated[str, typer.Option("--county", help="Built-in county, or folder of its tables.")] = "deqing",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare plan and models with the statistics of a county (its table observations)."""
    from data.county import load_county
    from experiments.cli.display import print_json
    from experiments.formatting import write_csv
    from experiments.pathways.monitor import behind
    from experiments.pathways.monitor import monitor as watch

    found = watch(load_county(county))
    tables = {"actual": found.actual, "corrected": found.corrected, "held_out": found.held_out}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_csv(table, out / f"{name}.csv")
    if as_json:
        print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    columns = ("actual", "plan", "model")
    _print("Statistics, plan and models", found.actual, columns, last=("confidence",))
    _print("Paths, and from the last observation on", found.corrected, ("path", "corrected", "plan"))
    if found.held_out.height:
        _print("Observed series, last year predicted", found.held_out, ("observed", "predicted", "low", "high"))
    for row in behind(found.actual).iter_rows(named=True):
        place = "behind" if row["behind"] > 0.0 else "ahead of"
        gap = _number(abs(row["behind"]), row["unit"])
        typer.echo(f"- {row['measure']} {row['year']}: {gap} {place} the plan.")
    guessed = found.actual.filter(confidence="assumption").height
    if guessed:
        typer.echo(f"{guessed} of {found.actual.height} rows are assumptions: type statistics into observations.csv.")
    typer.echo(f"Tables: {out}" if out is not None else "Next:   xijiang monitor --out watched  # tables as CSV")


def _print(title: str, frame: "pl.DataFrame", figures: tuple[str, ...], *, last: tuple[str, ...] = ()) -> None:
    """Print rows of a table, narrow enough for 80 columns."""
    from rich.table import Table

    from experiments.cli.display import render

    table = Table(title=title, title_justify="left")
    first = "measure" if "measure" in frame.columns else "series"
    table.add_column(first, overflow="fold")
    table.add_column("year")
    for name in (*figures, *last):
        table.add_column(name, justify="right")
    for row in frame.iter_rows(named=True):
        named = row[first] + (f" {row['vehicle_class']}" if row.get("vehicle_class") else "")
        shown = [_number(row[name], row.get("unit", "share")) for name in figures]
        if row.get("given"):
            shown[-1] = "given"
        table.add_row(named, str(row["year"]), *shown, *(row[name] for name in last))
    typer.echo(render(table))


def _number(value: float | None, unit: str) -> str:
    """Return a figure as text: a share in per cent, anything else as it is."""
    if value is None:
        return _NONE
    return f"{100.0 * value:.1f} %" if unit == "share" else f"{value:,.6g}"
