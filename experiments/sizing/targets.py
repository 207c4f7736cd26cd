"""Targets and budgets as they are written: ``p95_wait_min<=15,unserved_share<=0.01`` and ``piles=320,guns=450``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.errors import ScenarioError, nearest
from data.goals import Goal, Service, Shown
from experiments.statistics.estimates import mean_estimate
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from data.county import County

_GOAL = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%?)\s*")
_PART = re.compile(r"\s*([a-z_]+)\s*=\s*([0-9]+)\s*")


def parse_goals(text: str | None) -> tuple[Goal, ...]:
    """Return the goals of a text; none for None.

    Raises
    ------
    ScenarioError
        What is not ``measure<=limit`` or ``measure>=limit``; all faults are listed.
    """
    goals, faults = [], []
    for part in [] if text is None else text.split(","):
        match = _GOAL.fullmatch(part)
        if match is None:
            faults.append(f"--target {part.strip()}: expected measure<=limit, such as p95_wait_min<=15.")
        else:
            goals.append(Goal(match[1], match[2], float(match[3]) / (100.0 if match[4] else 1.0)))
    if faults:
        raise ScenarioError("\n  ".join(faults))
    return tuple(goals)


def parse_budget(text: str | None) -> dict[str, int]:
    """Return the budget of a text by name; empty for None.

    Raises
    ------
    ScenarioError
        What is not ``name=number``; all faults are listed.
    """
    budget, faults = {}, []
    for part in [] if text is None else text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            faults.append(f"--budget {part.strip()}: expected name=number, such as piles=320.")
        else:
            budget[match[1]] = int(match[2])
    if faults:
        raise ScenarioError("\n  ".join(faults))
    return budget


def check_goals(goals: Iterable[Goal], known: Mapping[str, str]) -> None:
    """Validate that measures belong to what is sized.

    Parameters
    ----------
    goals : iterable of Goal
        The goals.
    known : mapping of str to str
        Names of measures that are allowed, and the names in `MEASURES` that they stand for.

    Raises
    ------
    ScenarioError
        A measure that is not known.
    """
    for goal in goals:
        if goal.measure not in known:
            hint = nearest(goal.measure, known)
            raise ScenarioError(f"--target {goal}: no measure '{goal.measure}'.{hint} Known: {', '.join(known)}.")


def need_river(county: County, kind: str) -> None:
    """Raise where a county has no river to size something at.

    Raises
    ------
    ScenarioError
        The county has no river.
    """
    if not county.has("river"):
        raise ScenarioError(f"size {kind}: {county.name} has no river; its tables start with river_nodes.csv.")


def check_budget(budget: Iterable[str], known: Sequence[str]) -> None:
    """Validate that a budget names things that are sized.

    Raises
    ------
    ScenarioError
        A name that is not known.
    """
    for name in budget:
        if name not in known:
            raise ScenarioError(f"--budget {name}: not known.{nearest(name, known)} Known: {', '.join(known)}.")


def service_of(
    tables: Mapping[str, pl.DataFrame],
    replications: int,
    known: Mapping[str, str],
    figure: Callable[[str], float],
    *,
    trouble: Mapping[str, float] | None = None,
) -> Service:
    """Return the service that the tables of all replications show.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Tables with a column ``replication``.
    replications : int
        Number of replications.
    known : mapping of str to str
        Names of the measures, and the names in `MEASURES` that they stand for.
    figure : callable
        ``county.figure``.
    trouble : mapping of str to float, optional
        How bad service was by site.
    """
    measures = {}
    for name, meant in known.items():
        # an interval of shares or waits is cut at 0
        floor = 0.0 if meant.endswith(("_share", "_min")) else -float("inf")
        estimate = mean_estimate(MEASURES[meant].values(tables, replications, figure), floor=floor)
        measures[name] = Shown(estimate.value, estimate.low, estimate.high)
    return Service(measures, trouble or {})
