"""What a design will take, said before it starts."""

import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from experiments.cli.options import RunOptions
    from experiments.scenario.model import Scenario

ACCOUNTS_S = 1.0
"""About what the accounts of a point take beside its simulation, s."""
SHORT_SHARE = 0.35
"""About the share of a replication's time that a short run takes."""
LONG_S = 600.0
"""Time from which a smaller design is offered, s."""


def tell_plan(
    scenario: "Scenario", points: int, options: "RunOptions", jobs: int, *, most: bool = False, short: bool = False
) -> None:
    """Say how many points there are, and about how long they take; nothing where progress is hidden.

    Parameters
    ----------
    scenario : Scenario
        The scenario of a point, with its replications.
    points : int
        How many.
    options : RunOptions
        Whether progress is wanted.
    jobs : int
        Processes; 0 for one per core.
    most : bool
        Whether it may be fewer.
    short : bool
        Whether the points are short runs, which simulate what is asked for and nothing else.
    """
    if not (options.shows_progress and points):
        return
    from experiments.runs.executors import cores
    from experiments.runs.plan import prepare
    from experiments.runs.replicate import simulate_once

    workers = jobs or cores()
    case = prepare(scenario).case.with_days(1)
    # the first call loads what the others have at hand
    simulate_once(case, 0)
    began = time.monotonic()
    simulate_once(case, 0)
    day_s = time.monotonic() - began
    point_s = (
        SHORT_SHARE * day_s * scenario.days if short else ACCOUNTS_S + day_s * scenario.days * scenario.replications
    )
    seconds = points * point_s / workers
    took = f"{seconds:.0f} s" if seconds < 2 * 60 else f"{seconds / 60:.0f} min"
    size = f"{scenario.replications} x {scenario.days} days"
    text = f"Plan: {'at most ' if most else ''}{points} points of {size}, about {took} with {workers} process(es)."
    if seconds > LONG_S:
        text += " Fewer --days or -n take less; finished points are kept."
    typer.echo(text)
