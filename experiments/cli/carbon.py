"""``xijiang carbon``: print the carbon accounts and write their tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import typer
from rich.table import Table

from data.errors import ScenarioError
from experiments.cli.display import render
from experiments.pathways.carbon_outlook import CarbonOutlook, carbon_outlook
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("intensity", "attribution", "baseline", "electrification", "petroleum")


def parse_years(text: str) -> list[int]:
    """Return the years of ``2020:2035`` or ``2020,2025,2030``.

    Raises
    ------
    ScenarioError
        Anything else.
    """
    try:
        if ":" in text:
            low, _, high = text.partition(":")
            years = list(range(int(low), int(high) + 1))
        else:
            years = [int(part) for part in text.split(",")]
    except ValueError:
        years = []
    if not years:
        raise ScenarioError(f"--years {text}: expected first:last or a list, such as 2020:2035 or 2020,2030.")
    return years


def carbon_command(
    names: list[str], *, years: str, samples: int, sets: list[str], out: Path | None, as_json: bool
) -> None:
    """Compute, print and write the carbon accounts of scenarios."""
    wanted = parse_years(years)
    scenarios = [Scenario.load(name, sets=sets) for name in names]
    found = [carbon_outlook(scenario, years=wanted, samples=samples) for scenario in scenarios]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            _joined(found, name).write_csv(out / f"{name}.csv")
    if as_json:
        answer = [
            {
                "scenario": one.scenario.name,
                "words": one.words,
                **{name: getattr(one, name).to_dicts() for name in TABLES},
            }
            for one in found
        ]
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.echo(render(_table(one)))
        for text in one.words:
            typer.echo(f"- {text}")
    typer.echo(
        "Series a: CO2 from the tank on; b: a and purchased electricity; c: well-to-wheel CO2e. Grid: moving. "
        "Ranges: 5 to 95 % of draws over the ranges of the tables."
    )
    typer.echo(f"Tables: {out}" if out is not None else "Next:   xijiang carbon --out carbon  # all tables as CSV")


def _joined(found: list[CarbonOutlook], name: str) -> pl.DataFrame:
    """Return a table of all scenarios with the scenario in front."""
    frames: list[pl.DataFrame] = [
        getattr(one, name).select(pl.lit(one.scenario.name).alias("scenario"), pl.all()) for one in found
    ]
    return pl.concat(frames, how="vertical")


def _table(one: CarbonOutlook) -> Table:
    """Return the intensities by year."""
    rows = one.intensity.filter(pl.col("grid") == "moving")
    keys = list(rows.select("mode", "boundary", "series").unique(maintain_order=True).iter_rows())
    table = Table(title=f"{one.scenario.name}: g CO2 (c: CO2e) per t km", title_justify="left")
    table.add_column("year")
    for mode, boundary, series in keys:
        label = "ships" if mode == "ship" else boundary.replace("_", " ")
        table.add_column(f"{label} {series}", justify="right")
    for year in rows["year"].unique().sort():
        now = {
            tuple(row[:3]): row[3]
            for row in rows.filter(pl.col("year") == year)
            .select("mode", "boundary", "series", "intensity_g_per_tkm")
            .iter_rows()
        }
        table.add_row(str(year), *(f"{now[key]:.1f}" for key in keys))
    return table
