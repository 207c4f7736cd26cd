"""``xijiang size``: print the answer, what binds and the frontier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import typer
from rich.table import Table

from experiments.cli.display import StatusLine, interruptible, render
from experiments.formatting import figure
from experiments.scenario.model import Scenario
from experiments.sizing import size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from data.goals import Sizing

SHOWN = 15


def size_command(
    kind: str,
    scenario: str,
    *,
    sets: list[str],
    target: str | None,
    budget: str | None,
    layouts: list[str],
    replications: int | None,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Size, print and write; return whether the target can be met."""
    loaded = Scenario.load(scenario, sets=sets)
    line = StatusLine(shown=not (quiet or as_json))
    with interruptible("", remedy="the same command begins anew"), line:
        result = size(
            kind,
            loaded,
            target=target,
            budget=budget,
            layouts=layouts,
            replications=replications,
            seed=seed,
            progress=line.show,
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        flat(result.answer).write_csv(out / "answer.csv")
        flat(result.frontier).write_csv(out / "frontier.csv")
    if as_json:
        typer.echo(json.dumps(_summary(result), indent=2, ensure_ascii=False, default=str))
        return result.feasible
    typer.echo(result.question)
    verdict = "The target can be met" if result.feasible else "The target cannot be met. The best that was found"
    typer.echo(f"{verdict}: {_totals(result.answer)}")
    for text in (*service(result), *result.binds):
        typer.echo(f"- {text}")
    typer.echo(render(_table(result.answer)))
    typer.echo("Sizes that were tried, small to large:")
    typer.echo(render(_table(_thinned(result.frontier))))
    if out is not None:
        typer.echo(f"Tables: {out}")
        if kind == "charging":
            typer.echo(f"Next:   xijiang run {scenario} --set charging.layout={out / 'answer.csv'}")
    return result.feasible


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table without columns that CSV cannot hold."""
    return frame.select(name for name, kind in frame.schema.items() if not kind.is_nested())


def service(result: Sizing) -> list[str]:
    """Return what the answer's service is, with its interval, from the evaluation that counts: the last seeds."""
    frontier, answer = result.frontier, result.answer
    if not {"piles", "guns"} <= set(frontier.columns) or not {"piles", "guns_per_pile"} <= set(answer.columns):
        return []
    guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
    own = (pl.col("piles") == int(answer["piles"].sum())) & (pl.col("guns") == guns)
    rows = frontier.filter(own & (pl.col("meets") == result.feasible))
    if not rows.height:
        return []
    fresh = "seeds" in rows.columns
    row = rows.sort("seeds").row(-1, named=True) if fresh else rows.row(0, named=True)
    names = [name for name in rows.columns if f"{name}_low" in rows.columns]
    listed = ", ".join(
        f"{name} {row[name]:.3g} ({row[f'{name}_low']:.3g} to {row[f'{name}_high']:.3g})" for name in names
    )
    where = " on fresh random numbers" if fresh and row["seeds"] else ""
    return [f"Its service{where}: {listed}."]


def _thinned(frontier: pl.DataFrame) -> pl.DataFrame:
    """Return at most `SHOWN` rows, evenly over the sizes; the file holds all."""
    if frontier.height <= SHOWN:
        return frontier
    return frontier[[round(at * (frontier.height - 1) / (SHOWN - 1)) for at in range(SHOWN)]]


def _table(frame: pl.DataFrame) -> Table:
    """Return a table for the terminal: bounds beside their figure, sizes last; without sources."""
    hidden = {"source", "confidence", "lon", "lat", "site", "opened_year", "note"}
    bounded = {name for name in frame.columns if f"{name}_low" in frame.columns and f"{name}_high" in frame.columns}
    hidden |= {f"{name}_{end}" for name in bounded for end in ("low", "high")}
    names = [name for name in frame.columns if name not in hidden and frame[name].null_count() < frame.height]
    names.sort(key=lambda name: name == "sizes")
    table = Table(*names)
    for row in frame.iter_rows(named=True):
        table.add_row(*(_cell(row, name, bounded=name in bounded) for name in names))
    return table


def _cell(row: Mapping[str, Any], name: str, *, bounded: bool) -> str:
    """Return a cell as text, with its bounds where it has them."""
    value = row[name]
    text = figure(value, None) if isinstance(value, float) else str(value)
    low, high = (row[f"{name}_low"], row[f"{name}_high"]) if bounded else (None, None)
    return text if low is None or high is None else f"{text} ({figure(low, None)} to {figure(high, None)})"


def _totals(answer: pl.DataFrame) -> str:
    """Return the totals of a layout, or how many rows there are."""
    if {"piles", "guns_per_pile"} <= set(answer.columns):
        guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
        return f"{int(answer['piles'].sum())} piles, {guns} guns, {answer['station_id'].n_unique()} stations."
    return f"{answer.height} rows."


def _summary(result: Sizing) -> dict[str, object]:
    """Return the sizing for machines."""
    return {
        "question": result.question,
        "feasible": result.feasible,
        "binds": list(result.binds),
        "answer": result.answer.to_dicts(),
        "frontier": result.frontier.to_dicts(),
    }
