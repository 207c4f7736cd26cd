"""Catalogues and checks: scenarios, counties, road graphs."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from data.county import list_counties, load_county
from data.errors import ScenarioError
from data.tables.county_check import check_county
from experiments.cli.display import render
from experiments.scenario.model import Scenario, scenarios


def list_scenarios(*, as_json: bool) -> None:
    """Print the shipped scenarios."""
    found = scenarios()
    if as_json:
        typer.echo(json.dumps([item.model_dump(mode="json") for item in found], indent=2, ensure_ascii=False))
        return
    table = Table("scenario", "what it is", "the question it answers")
    for item in found:
        table.add_row(item.name, item.title, item.purpose)
    typer.echo(render(table))
    typer.echo("Next: xijiang run NAME --dry-run")


def print_schema() -> None:
    """Print the JSON schema of a scenario."""
    typer.echo(json.dumps(Scenario.model_json_schema(), indent=2, ensure_ascii=False))


def new_county(folder: Path, like: str) -> None:
    """Copy the tables of a county to a new folder and say what to do with them.

    Raises
    ------
    ScenarioError
        The folder exists.
    """
    if folder.exists():
        raise ScenarioError(f"county new {folder}: exists already. Choose another folder; nothing was changed.")
    source = load_county(like).path
    draft = folder.with_name(f".{folder.name}.new")
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, draft, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    draft.rename(folder)
    typer.echo(
        f"{len(list(folder.glob('*.csv')))} tables and {len(list(folder.glob('layouts/*.csv')))} layouts in {folder}"
    )
    typer.echo(f"Change the rows, then: xijiang county check {folder}")
    typer.echo(f"and:                   xijiang run --set county={folder.resolve()}")


def list_built_in(*, as_json: bool) -> None:
    """Print the built-in counties."""
    rows: list[dict[str, Any]] = []
    for name in list_counties():
        county = load_county(name)
        towns = county.towns.height
        rows.append({"county": name, "towns": towns, "layouts": list(county.layouts), "digest": county.digest})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("county", "towns", "layouts", "digest")
    for row in rows:
        table.add_row(row["county"], str(row["towns"]), ", ".join(row["layouts"]), row["digest"][:12])
    typer.echo(render(table))


def check(county: str, *, as_json: bool) -> int:
    """Print all faults of a county's tables; return the exit code."""
    built_in = county in list_counties()
    path = load_county_folder(county) if built_in else Path(county)
    faults = check_county(path)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(fault) for fault in faults], indent=2, ensure_ascii=False))
    elif faults:
        typer.echo(f"{county}: {len(faults)} fault{'' if len(faults) == 1 else 's'}", err=True)
        for fault in faults:
            typer.echo(f"  - {fault}", err=True)
    else:
        typer.echo(f"{county}: no faults.")
    return 1 if faults else 0


def load_county_folder(name: str) -> Path:
    """Return the folder of a built-in county."""
    import data

    return Path(str(data.__file__)).parent / name


def fetch(  # one option of the command each
    county: str,
    out: Path | None,
    *,
    osm_file: Path | None,
    overpass_url: str | None,
    network: str,
    margin_km: float,
) -> None:
    """Fetch roads and say how to use them."""
    from data.roads.osm import fetch_roads

    loaded = load_county(county)
    path = out or Path(f"{loaded.name}-roads.graphml")
    snapshot = fetch_roads(
        loaded, path, osm_file=osm_file, overpass_url=overpass_url, network=network, margin_km=margin_km
    )
    typer.echo(f"{snapshot.nodes:,} nodes and {snapshot.edges:,} edges in {snapshot.path}")
    if snapshot.left_out:
        typer.echo(f"No road near: {', '.join(snapshot.left_out)}", err=True)
    typer.echo(f"Next: xijiang run --set roads={snapshot.path}")
