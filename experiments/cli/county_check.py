"""``xijiang county check``: what is wrong, whether a run would start, what can be answered and what would add more."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.cli.options import AsJson, CountyName

if TYPE_CHECKING:
    from data.county import County

WIDTH = 80


def check(county: CountyName, *, as_json: AsJson = False) -> None:
    """Say all that is wrong with a county by its causes, prove that a run would start, and say what it can answer."""
    import dataclasses

    from data.county import list_counties, load_county
    from data.county_folder.causes import causes_of, counted
    from data.tables.county_check import inspect_county
    from experiments.cli.display import print_json

    found = inspect_county(_folder(county))
    for warning in found.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    causes = causes_of(found.faults)
    if causes and not as_json:
        typer.echo(f"{county}: {counted(causes)}", err=True)
        for cause in causes:
            typer.echo(f"  - {cause}", err=True)
    if causes:
        if as_json:
            print_json([dataclasses.asdict(fault) for fault in found.faults])
        raise typer.Exit(1)
    from experiments.counties.readiness import try_run

    named = county if county in list_counties() else str(_folder(county))
    refused = try_run(named)
    if as_json:
        print_json([] if not refused else [{"file": county, "got": refused, "expected": "a run that starts"}])
    elif refused:
        typer.echo(f"{county}: the tables have no faults, and a run would not start:\n  - {refused}", err=True)
    else:
        count = len(found.warnings)
        more = f", {count} warning{'' if count == 1 else 's'}" if count else ""
        typer.echo(f"{county}: no faults{more}.\nA run starts.")
        _say_answers(load_county(named))
    raise typer.Exit(1 if refused else 0)


def _say_answers(county: "County") -> None:
    """Print what the county can answer, and what more tables would add."""
    from experiments.counties.readiness import additions, answered

    metrics = [f"{name} ({', '.join(asked)})" if asked else name for name, asked in answered(county).items()]
    _say("Can be answered: ", ", ".join(metrics))
    missing = additions(county)
    if missing:
        typer.echo("Would add more:")
    for one in missing:
        tables = f"add {', '.join(f'{table}.csv' for table in one.tables)}" if one.tables else "name it in county.toml"
        gained = f": {', '.join(one.metrics)}" if one.metrics else ""
        _say(f"  - {one.words}: ", f"{tables}{gained}")


def _say(head: str, text: str) -> None:
    """Print a text after its head, no wider than a terminal."""
    lines = textwrap.wrap(
        f"{head}{text}", WIDTH, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
    )
    typer.echo("\n".join(lines))


def _folder(county: str) -> Path:
    """Return the folder of a built-in county, or the path that is meant."""
    import data
    from data.county import list_counties

    return Path(str(data.__file__)).parent / county if county in list_counties() else Path(county)
