"""``xijiang compare``: print paired differences and what they mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from experiments.cli.display import StatusLine, interruptible, progress_text
from experiments.designs.comparison import Comparison, compare
from experiments.scenario.model import Scenario
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from pathlib import Path


def compare_command(
    names: list[str],
    *,
    layouts: list[str],
    sets: list[str],
    replications: int | None,
    seed: int | None,
    jobs: int,
    executor: str | None,
    out: Path | None,
    on: list[str],
    select: str | None,
    zone: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare scenarios or layouts and print the answer."""
    scenarios = [Scenario.load(name, sets=sets) for name in names]
    line = StatusLine(shown=not (quiet or as_json))
    kept = "" if out is None else f"finished replications are kept in {out}"
    with interruptible(kept), line:
        result = compare(
            *scenarios,
            layouts=layouts,
            replications=replications,
            seed=seed,
            jobs=jobs,
            executor=executor,
            out=out,
            measures=on or tuple(MEASURES),
            select=select,
            zone=zone,
            progress=lambda name, step: line.show(f"{name}: {progress_text(step)}"),
        )
    if out is not None:
        result.values.write_csv(out / "values.csv")
        result.differences.write_csv(out / "differences.csv")
    if as_json:
        typer.echo(json.dumps(_summary(result), indent=2, ensure_ascii=False))
        return
    for text in words(result):
        typer.echo(text)
    _print(result)
    if out is not None:
        typer.echo(f"Runs, values.csv and differences.csv: {out}")


def words(result: Comparison) -> list[str]:
    """Return the comparison in sentences."""
    reference = result.names[0]
    lines = []
    for name in result.names[1:]:
        own = result.differences.filter(result.differences["alternative"] == name)
        clear = own.filter(own["verdict"] != "no clear difference")
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


def _change(row: dict[str, object]) -> str:
    """Return a difference in words."""
    return f"{row['words']} {_number(row['reference'])} -> {_number(row['other'])} {row['unit']}"


def _number(value: object) -> str:
    """Return a number for reading."""
    if value is None:
        return "-"
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.4g}"


def _print(result: Comparison) -> None:
    """Print all differences as a table."""
    table = Table(title=f"Reference: {result.names[0]}; paired differences on common random numbers")
    heads = ("alternative", "measure", "reference", "other", "difference", "interval", "verdict", "x replications")
    for head in heads:
        table.add_column(head)
    for row in result.differences.iter_rows(named=True):
        interval = "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"
        saved = "" if row["variance_ratio"] is None else f"{row['variance_ratio']:.3g}"
        numbers = [_number(row[name]) for name in ("reference", "other", "difference")]
        table.add_row(row["alternative"], f"{row['measure']}, {row['unit']}", *numbers, interval, row["verdict"], saved)
    Console(width=150).print(table)
    typer.echo("Intervals hold together at 95 % over the measures that decide: wait, long waits, not served; or --on.")
    typer.echo("x replications: how many times more replications independent seeds would need for the same interval.")


def _summary(result: Comparison) -> dict[str, object]:
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
