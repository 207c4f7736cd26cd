"""``xijiang runs``: list, show, clean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from data.errors import ScenarioError
from experiments.cli.display import render, scorecard_table
from experiments.runs.catalogue import clean_candidates, clean_runs, find_run, list_runs
from experiments.runs.execute import load_result
from experiments.runs.folder import read_manifest

if TYPE_CHECKING:
    from pathlib import Path


def list_command(root: Path, *, as_json: bool) -> None:
    """Print the runs below a folder."""
    found = list_runs(root)
    if as_json:
        typer.echo(json.dumps(found.to_dicts(), indent=2, ensure_ascii=False))
        return
    table = Table("folder", "scenario", "status", "layout", "seed", "days", "replications", "written", "MB")
    for row in found.iter_rows(named=True):
        done = f"{row['finished']} of {row['replications']}"
        cells = (row["seed"], row["days"], done, row["written"], f"{row['megabytes']:.1f}")
        table.add_row(row["folder"], row["scenario"], row["status"], row["layout"], *map(str, cells))
    typer.echo(render(table) if found.height else f"No runs in {root}.")


def show_command(name: str, root: Path, *, as_json: bool) -> None:
    """Print what a run is and what came out."""
    folder = find_run(name, root)
    manifest = read_manifest(folder)
    if as_json:
        typer.echo(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    for key in ("status", "seed", "replications", "days", "written", "wall_time_s", "key"):
        typer.echo(f"{key:<14}{manifest.get(key, '-')}")
    if manifest["status"] == "finished":
        result = load_result(folder)
        typer.echo(scorecard_table(result.scenario, result.scorecard))
    typer.echo(f"Rebuild: xijiang run --from {folder / 'manifest.json'} --out ANOTHER")


def clean_command(names: list[str], root: Path, *, unfinished: bool, older_days: float | None, dry_run: bool) -> None:
    """Remove runs, or say which."""
    if not names and not unfinished and older_days is None:
        raise ScenarioError("runs clean: nothing is named; give runs, --unfinished or --older-than DAYS.")
    act = clean_candidates if dry_run else clean_runs
    folders = act(names, root=root, unfinished=unfinished, older_days=older_days)
    for folder in folders:
        typer.echo(f"{'would remove' if dry_run else 'removed'} {folder}")
    if not folders:
        typer.echo("Nothing to remove.")
