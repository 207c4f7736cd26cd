"""``xijiang sweep`` and ``xijiang sensitivity``: print and write the tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import typer
from rich.table import Table

from experiments.cli.display import StatusLine, interruptible, render
from experiments.designs.point_answers import check_outcomes
from experiments.designs.sensitivity import sensitivity
from experiments.designs.sweep import sweep
from experiments.formatting import figure
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = ("wait_mean_min", "p95_wait_min", "unserved_share", "utilisation_share", "lng_wait_mean_min")


def sweep_command(
    scenario: str,
    *,
    over: list[str],
    design: str,
    samples: int,
    replications: int | None,
    seed: int | None,
    jobs: int,
    executor: str | None,
    sets: list[str],
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Sweep, print and write."""
    loaded = Scenario.load(scenario, sets=sets)
    line = StatusLine(shown=not (quiet or as_json))
    with interruptible(_kept(out)), line:
        found = sweep(
            loaded,
            over,
            design=design,
            samples=samples,
            replications=replications,
            seed=seed,
            jobs=jobs,
            executor=executor,
            out=out / "points",
            progress=line.points,
        )
    out.mkdir(parents=True, exist_ok=True)
    found.write_csv(out / "sweep.csv")
    if as_json:
        typer.echo(json.dumps(found.to_dicts(), indent=2))
        return
    keys = found.columns[1 : 1 + len(over)]
    typer.echo(render(_table(found.select("point", *keys, *check_outcomes(SHOWN, ())))))
    typer.echo(f"All measures, intervals and targets: {out / 'sweep.csv'}")


def sensitivity_command(
    scenario: str,
    *,
    of: list[str],
    over: list[str],
    trajectories: int,
    samples: int,
    top: int,
    replications: int,
    seed: int | None,
    jobs: int,
    executor: str | None,
    sets: list[str],
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Rank assumptions, print and write."""
    loaded = Scenario.load(scenario, sets=sets)
    line = StatusLine(shown=not (quiet or as_json))
    with interruptible(_kept(out)), line:
        found = sensitivity(
            loaded,
            of=of,
            over=over,
            trajectories=trajectories,
            samples=samples,
            top=top,
            replications=replications,
            seed=seed,
            jobs=jobs,
            executor=executor,
            out=out / "points",
            progress=line.points,
        )
    tables = {"morris": found.morris, "sobol": found.sobol, "tornado": found.tornado}
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    if as_json:
        typer.echo(json.dumps({name: table.to_dicts() for name, table in tables.items()}, indent=2))
        return
    leading = found.morris.filter((pl.col("rank") <= top) & (pl.col("mu_star") > 0.0))
    typer.echo("Mean absolute effect over the whole range (Morris), the first of each result:")
    typer.echo(render(_table(leading)))
    if found.sobol.height:
        typer.echo("Share of the variance (Sobol), alone (s1) and with interactions (st):")
        typer.echo(render(_table(found.sobol)))
    flips = found.tornado.filter(
        (pl.col("low_verdict") != pl.col("base_verdict")) | (pl.col("high_verdict") != pl.col("base_verdict"))
    )
    for row in flips.iter_rows(named=True):
        typer.echo(
            f"{row['result']} is {row['base_verdict']}; {row['key']} alone makes it {row['low_verdict']} at its low "
            f"end and {row['high_verdict']} at its high end."
        )
    if not flips.height and found.tornado["base_verdict"].is_not_null().any():
        typer.echo("None of these assumptions alone changes a verdict between the ends of its range.")
    typer.echo(f"Tables (tornado.csv has the values for a tornado plot): {out}")


def _kept(out: Path) -> str:
    """Return what a design that is stopped leaves behind."""
    return f"answers of finished points are kept in {out / 'points'}"


def _table(frame: pl.DataFrame) -> Table:
    """Return a table for the terminal."""
    table = Table(*frame.columns)
    for row in frame.iter_rows():
        table.add_row(*(figure(value, None) if isinstance(value, float) else str(value) for value in row))
    return table
