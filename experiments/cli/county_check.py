"""``xijiang county check``: what is wrong, whether a run would start, what can be answered and what would add more."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.cli.options import AsJson, CountyName, Language

if TYPE_CHECKING:
    from data.county import County
    from experiments.report.language import Translate

WIDTH, INDENT = 80, "    "


def check(county: CountyName, *, lang: Language, as_json: AsJson = False) -> None:
    """Say all that is wrong with a county by its causes, prove that a run would start, and say what it can answer."""
    import dataclasses

    from data.county import list_counties, load_county
    from data.county_folder.causes import causes_of, counted
    from data.tables.county_check import inspect_county
    from experiments.cli.display import print_json
    from experiments.report.language import translator
    from experiments.report.words.terminal import COUNTY

    translate = translator(lang)
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
        typer.echo(f"{translate(COUNTY['refused']).format(county=county)}\n  - {refused}", err=True)
    else:
        count = len(found.warnings)
        sound = COUNTY[{0: "sound", 1: "warned once"}.get(count, "warned")]
        typer.echo(translate(sound).format(county=county, warnings=count))
        typer.echo(translate(COUNTY["starts"]))
        _say_answers(load_county(named), translate)
    raise typer.Exit(1 if refused else 0)


def _say_answers(county: "County", translate: "Translate") -> None:
    """Print what the county can answer, and what more tables would add."""
    from experiments.counties.readiness import additions, answered
    from experiments.report.words.terminal import COUNTY

    metrics = [f"{name} ({', '.join(asked)})" if asked else name for name, asked in answered(county).items()]
    _say(translate(COUNTY["answers"]), ", ".join(metrics))
    missing = additions(county)
    if missing:
        typer.echo(translate(COUNTY["more"]))
    for one in missing:
        files = ", ".join(f"{table}.csv" for table in one.tables)
        tables = translate(COUNTY["add" if files else "name"]).format(tables=files)
        gained = f": {', '.join(one.metrics)}" if one.metrics else ""
        # in other languages than the tables' own a table's name stands for what its schema says of it
        named = translate(one.name, "table")
        words = translate(one.words) if named == one.name else named
        _say(f"  - {words}: ", f"{tables}{gained}")


def _say(head: str, text: str) -> None:
    """Print a text after its head, no wider than a terminal; a Chinese letter takes two columns of it."""
    from rich.console import Console
    from rich.text import Text

    lines = Text(f"{head}{text}").wrap(Console(width=WIDTH), WIDTH - len(INDENT), overflow="fold")
    typer.echo(f"\n{INDENT}".join(line.plain.rstrip() for line in lines))


def _folder(county: str) -> Path:
    """Return the folder of a built-in county, or the path that is meant."""
    import data
    from data.county import list_counties

    return Path(str(data.__file__)).parent / county if county in list_counties() else Path(county)
