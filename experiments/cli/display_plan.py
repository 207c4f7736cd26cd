"""What a long command will take, said before it starts: points, time, and the assumptions that weigh most."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from experiments.cli.options import RunOptions
    from experiments.scenario.model import Scenario

ACCOUNTS_S = 1.0
"""About what the accounts of a point take beside its simulation, s."""
SHORT_SHARE = 0.35
"""About the share of a replication's time that a short run takes."""
LONG_S = 600.0
"""Time from which a smaller design is offered, s."""


def tell_plan(
    scenario: "Scenario",
    points: int,
    options: "RunOptions",
    jobs: int,
    *,
    most: bool = False,
    short: bool = False,
    short_runs: int = 0,
    language: str = "en",
) -> None:
    """Say how many points there are, and about how long they take; nothing where progress is hidden.

    With ``--dry-run`` that, and the assumptions that weigh most, is all: the command ends.

    Parameters
    ----------
    scenario : Scenario
        The scenario of a point, with its replications.
    points : int
        How many.
    options : RunOptions
        Whether progress is wanted, and whether it is a dry run.
    jobs : int
        Processes; 0 for one per core.
    most : bool
        Whether it may be fewer.
    short : bool
        Whether the points are short runs, which simulate what is asked for and nothing else.
    short_runs : int
        Short runs that are made for each point, beside it.
    language : str
        ``en`` or ``zh``.

    Raises
    ------
    typer.Exit
        After a dry run.
    """
    if not options.dry_run and not (options.shows_progress and points):
        return
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS, duration
    from experiments.runs.executors import cores

    workers = jobs or cores()
    seconds = points * timed(scenario, options, short=short, short_runs=short_runs) / workers
    found = {
        "points": points,
        "replications": scenario.replications,
        "days": scenario.days,
        "seconds": round(seconds, 1),
        "workers": workers,
    }
    translate = translator(language)
    if options.dry_run and options.as_json:
        end_dry_run(scenario, options, language, found)
    text = translate(PLANS["at_most" if most else "points"]).format(**found, time=duration(seconds, translate))
    typer.echo(f"{text} {translate(PLANS['smaller'])}" if seconds > LONG_S else text)
    if options.dry_run:
        end_dry_run(scenario, options, language, found)


def timed(scenario: "Scenario", options: "RunOptions", *, short: bool = False, short_runs: int = 0) -> float:
    """Return about how long a point takes, s, with a sign of life: the first day of a process loads what it needs."""
    from experiments.cli.display import working
    from experiments.report.words.terminal import PROGRESS

    with working(options.translate(PROGRESS["day"]), shown=options.shows_progress):
        return point_s(scenario, short=short, short_runs=short_runs)


def point_s(scenario: "Scenario", *, short: bool = False, short_runs: int = 0) -> float:
    """Return about how long a point takes with its short runs, s: one day is simulated, in memory."""
    from experiments.runs.plan import prepare
    from experiments.runs.replicate import simulate_once

    case = prepare(scenario).case.with_days(1)
    # the first call loads what the others have at hand
    simulate_once(case, 0)
    began = time.monotonic()
    simulate_once(case, 0)
    day_s = time.monotonic() - began
    short_s = SHORT_SHARE * day_s * scenario.days
    if short:
        return short_s
    return ACCOUNTS_S + day_s * scenario.days * scenario.replications + short_runs * short_s


def end_dry_run(scenario: "Scenario", options: "RunOptions", language: str, found: "Mapping[str, object]") -> None:
    """Say which assumptions weigh most, and end the command: after the plan, or as JSON with it.

    Raises
    ------
    typer.Exit
        Always.
    """
    from experiments.cli.display import print_json
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS
    from experiments.runs.assumptions.weightiest import weightiest
    from experiments.runs.plan import prepare

    plan = prepare(scenario)
    rows = weightiest(plan.county, plan.default_out)
    if options.as_json:
        print_json({**found, "scenario": scenario.name, "assumptions": rows.to_dicts()})
    else:
        tell_assumptions(rows, plan.default_out, language)
        typer.echo(translator(language)(PLANS["dry"]))
    raise typer.Exit


def tell_assumptions(rows: "pl.DataFrame", folder: Path, language: str) -> None:
    """Print the assumptions that weigh most, as `experiments.runs.assumptions.weightiest` finds them."""
    from rich.table import Table

    from experiments.cli.display import render
    from experiments.formatting import figure
    from experiments.report.language import translator
    from experiments.report.sentences.flipping import assumption_name
    from experiments.report.words.labels import code
    from experiments.report.words.planning import HEADS, PLANS

    translate = translator(language)
    if not rows.height:
        typer.echo(translate(PLANS["none"]))
        return
    known = rows["share"].count() > 0
    typer.echo(translate(PLANS["known" if known else "widest"]).format(folder=folder))
    table = Table()
    for name in rows.columns:
        if name != "share" or known:
            table.add_column(translate(HEADS[name]), justify="right" if name in ("low", "value", "high") else "left")
    for name, low, value, high, unit, source, share in rows.iter_rows():
        numbers = (figure(number, None) if number is not None else "" for number in (low, value, high))
        said = [assumption_name(name, translate), *numbers, code(unit, translate) if unit else "", source or ""]
        table.add_row(*said, *([figure(share, "share")] if known else []))
    typer.echo(render(table))
