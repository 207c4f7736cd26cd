"""``xijiang county``: list the built-in counties, start one, check a folder of tables."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.options import AsJson, CountyName


def list_built_in(*, as_json: AsJson = False) -> None:
    """List the built-in counties."""
    from rich.table import Table

    from data.county import list_counties, load_county
    from experiments.cli.display import print_json, render

    counties = {name: load_county(name) for name in list_counties()}
    if as_json:
        rows = [
            {"county": name, "towns": county.towns.height, "layouts": list(county.layouts), "digest": county.digest}
            for name, county in counties.items()
        ]
        print_json(rows)
        return
    table = Table("county", "towns", "layouts", "digest")
    for name, county in counties.items():
        table.add_row(name, str(county.towns.height), ", ".join(county.layouts), county.digest[:12])
    typer.echo(render(table))


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    *,
    like: Annotated[str, typer.Option("--like", help="County whose tables are copied.")] = "deqing",
) -> None:
    """Start a county: a copy of another one's tables, to be changed row by row."""
    import re

    from data.county import load_county
    from experiments.scenario.files import NAME, NAME_WORDS

    if not re.fullmatch(NAME, folder.name):
        raise ScenarioError(f"county new: got the name {folder.name!r}; expected {NAME_WORDS}.")
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


def check(county: CountyName, *, as_json: AsJson = False) -> None:
    """List everything that is wrong with a county's tables."""
    import dataclasses

    from data.tables.county_check import inspect_county
    from experiments.cli.display import print_json

    found = inspect_county(_folder(county))
    faults = found.faults
    for warning in found.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    if as_json:
        print_json([dataclasses.asdict(fault) for fault in faults])
    elif faults:
        typer.echo(f"{county}: {len(faults)} fault{'' if len(faults) == 1 else 's'}", err=True)
        for fault in faults:
            typer.echo(f"  - {fault}", err=True)
    else:
        count = len(found.warnings)
        more = f", {count} warning{'' if count == 1 else 's'}" if count else ""
        typer.echo(f"{county}: no faults{more}.")
    raise typer.Exit(1 if faults else 0)


def _folder(county: str) -> Path:
    """Return the folder of a built-in county, or the path that is meant."""
    import data
    from data.county import list_counties

    return Path(str(data.__file__)).parent / county if county in list_counties() else Path(county)
