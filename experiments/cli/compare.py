"""``xijiang compare``: print paired differences and what they mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli.options import AsJson, Days, Executor, Jobs, Quiet, Replications, RunOptions, Seed, Sets

if TYPE_CHECKING:
    from experiments.designs.comparison import Comparison


def compare(
    names: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios; the first is the reference.")],
    *,
    layouts: Annotated[
        list[str] | None, typer.Option("--layout", help="Layout or CSV file; several compare layouts.")
    ] = None,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder that keeps the runs.")] = None,
    sets: Sets = None,
    on: Annotated[list[str] | None, typer.Option("--on", help="Measure to compare (repeat it); all.")] = None,
    select: Annotated[str | None, typer.Option("--select", help="Measure by which to select the best of many.")] = None,
    zone: Annotated[float | None, typer.Option("--zone", help="Difference of it that does not matter.")] = None,
    executor: Executor = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios or layouts on the same random numbers: paired differences with intervals."""
    options = RunOptions(
        sets=sets,
        days=days,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out,
        as_json=as_json,
        quiet=quiet,
    )
    result = _compared(names, layouts or [], options, on=on, select=select, zone=zone)
    _show(result, options)


def _compared(
    names: list[str],
    layouts: list[str],
    options: RunOptions,
    *,
    on: list[str] | None,
    select: str | None,
    zone: float | None,
) -> "Comparison":
    """Compare, and write the tables where a folder is given."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, progress_text
    from experiments.designs import comparison
    from experiments.formatting import write_csv
    from experiments.statistics.measures import MEASURES

    scenarios = [options.load(name) for name in names]
    line = StatusLine(shown=options.shows_progress)
    out = options.out
    if out is not None:
        check_writable(out, "--out")
    kept = "" if out is None else f"finished replications are kept in {out}"
    with interruptible(kept), line:
        result = comparison.compare(
            *scenarios,
            layouts=layouts,
            replications=options.replications,
            seed=options.seed,
            jobs=options.jobs,
            executor=options.executor,
            out=out,
            measures=on or tuple(MEASURES),
            select=select,
            zone=zone,
            progress=lambda name, step: line.show(f"{name}: {progress_text(step)}"),
        )
    if out is not None:
        write_csv(result.values, out / "values.csv")
        write_csv(result.differences, out / "differences.csv")
    return result


def _show(result: "Comparison", options: RunOptions) -> None:
    """Print the comparison in words and as a table, or as JSON."""
    from experiments.cli.display import print_json

    if options.as_json:
        print_json(_summary(result))
        return
    for text in words(result):
        typer.echo(text)
    _print(result)
    if options.out is not None:
        typer.echo(f"Runs, values.csv and differences.csv: {options.out}")


def words(result: "Comparison") -> list[str]:
    """Return the comparison in sentences."""
    reference = result.names[0]
    lines = []
    for name in result.names[1:]:
        changes = result.differences.filter(result.differences["alternative"] == name)
        clear = changes.filter(changes["verdict"] != "no clear difference")
        worse, better = clear.filter(clear["worse"]), clear.filter(~clear["worse"])
        if not clear.height:
            lines.append(f"{name} against {reference}: no clear difference in any measure.")
            continue
        parts = [
            f"{kind}: " + "; ".join(_change(row) for row in rows.iter_rows(named=True))
            for kind, rows in (("worse", worse), ("better or otherwise different", better))
            if rows.height
        ]
        lines.append(f"{name} against {reference}: {'. '.join(parts)}.")
    if result.selection is not None:
        best, certain = result.names[result.selection.best], result.selection.certain
        lines.append(
            f"Best by procedure KN: {best}"
            + (" (with 95 % probability it is the best, or within the zone)." if certain else " so far; not certain.")
        )
    return lines


def _change(row: dict[str, Any]) -> str:
    """Return a difference in words."""
    return f"{row['words']} {_number(row['reference'])} -> {_number(row['other'])} {row['unit']}"


def _number(number: float | None) -> str:
    """Return a number for reading."""
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.4g}"


def _print(result: "Comparison") -> None:
    """Print all differences as a table."""
    import polars as pl
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Reference: {result.names[0]}; paired differences on common random numbers")
    heads = ("alternative", "measure", "reference", "other", "difference", "interval", "verdict", "x replications")
    for head in heads:
        table.add_column(head)
    # what no alternative shows, such as waits of ships where there is no river, needs no row
    shown = result.differences.filter(~pl.all_horizontal(pl.col("reference", "other").is_null()))
    for row in shown.iter_rows(named=True):
        interval = "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"
        saved = "" if row["variance_ratio"] is None else f"{row['variance_ratio']:.3g}"
        numbers = [_number(row[name]) for name in ("reference", "other", "difference")]
        table.add_row(row["alternative"], f"{row['measure']}, {row['unit']}", *numbers, interval, row["verdict"], saved)
    Console(width=150).print(table)
    typer.echo("Intervals hold together at 95 % over the measures that decide: wait, long waits, not served; or --on.")
    typer.echo("x replications: how many times more replications independent seeds would need for the same interval.")


def _summary(result: "Comparison") -> dict[str, object]:
    """Return the comparison for machines."""
    chosen = result.selection
    return {
        "reference": result.names[0],
        "alternatives": list(result.names),
        "words": words(result),
        "values": result.values.to_dicts(),
        "differences": result.differences.to_dicts(),
        "selection": None
        if chosen is None
        else {
            "best": result.names[chosen.best],
            "certain": chosen.certain,
            "replications": dict(zip(result.names, chosen.replications, strict=True)),
        },
    }
