"""``xijiang sweep`` and ``xijiang sensitivity``: print and write the tables."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import polars as pl
import typer
from rich.table import Table

from experiments.cli.display import figure, render
from experiments.points import check_outcomes
from experiments.scenario import Scenario
from experiments.sensitivity import DEFAULT_OF, sensitivity
from experiments.sweep import sweep

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
) -> None:
    """Sweep, print and write."""
    found = sweep(
        Scenario.load(scenario, sets=sets),
        over,
        design=design,
        samples=samples,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out / "points",
        progress=_teller(as_json=as_json),
    )
    out.mkdir(parents=True, exist_ok=True)
    found.write_csv(out / "sweep.csv")
    if as_json:
        typer.echo(json.dumps(found.to_dicts(), indent=2))
        return
    keys = [text.partition("=")[0] for text in over]
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
) -> None:
    """Rank assumptions, print and write."""
    found = sensitivity(
        Scenario.load(scenario, sets=sets),
        of=of or DEFAULT_OF,
        over=over,
        trajectories=trajectories,
        samples=samples,
        top=top,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out / "points",
        progress=_teller(as_json=as_json),
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
    typer.echo(f"Tables: {out}")


def _teller(*, as_json: bool) -> Teller | None:
    """Return what shows progress on stderr; nothing where that is no terminal."""
    return Teller() if sys.stderr.isatty() and not as_json else None


class Teller:
    """Shows how many points are done."""

    def __call__(self, done: int, total: int) -> None:
        """Write one line over the last."""
        sys.stderr.write(f"\rpoint {done} of {total}".ljust(40) + ("\n" if done == total else ""))
        sys.stderr.flush()


def _table(frame: pl.DataFrame) -> Table:
    """Return a table for the terminal."""
    table = Table(*frame.columns)
    for row in frame.iter_rows():
        table.add_row(*(figure(value, None) if isinstance(value, float) else str(value) for value in row))
    return table
