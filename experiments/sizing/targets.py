"""Targets and budgets as they are written: ``p95_wait_min<=15,unserved_share<=0.01`` and ``piles=320,guns=450``."""

from __future__ import annotations

import math
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

SHARE = "_share"
"""Ending of the measures that are shares."""
MOST_THINGS = 1_000_000
"""More piles, guns, berths or crews no county has; searches take steps up to a budget."""
MOST_CNY = 10**12
"""More money no county spends on chargers."""
LONGEST_MIN = 10_080.0
"""A week: nobody waits longer for a charger or a berth."""
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
            if match[4] and not match[1].endswith(SHARE):
                faults.append(f"--target {part.strip()}: {match[1]} is no share; expected a limit without %.")
    if faults:
        raise ScenarioError("\n  ".join(faults))
    return tuple(goals)


def parse_budget(text: str | None) -> dict[str, int]:
    """Return the budget of a text by name; empty for None.

    Raises
    ------
    ScenarioError
        What is not ``name=number``, a name that is given twice, or a number beyond any county; all faults are listed.
    """
    budget: dict[str, int] = {}
    faults = []
    for part in [] if text is None else text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            faults.append(f"--budget {part.strip()}: expected name=number, such as piles=320.")
        elif match[1] in budget:
            faults.append(f"--budget {part.strip()}: {match[1]} is given already ({budget[match[1]]}).")
        elif int(match[2]) > (most := MOST_CNY if match[1] == "cny" else MOST_THINGS):
            faults.append(f"--budget {part.strip()}: got {match[2]}; expected at most {most:,}.")
        else:
            budget[match[1]] = int(match[2])
    if faults:
        raise ScenarioError("\n  ".join(faults))
    return budget


def check_goals(goals: Iterable[Goal], known: Mapping[str, str]) -> None:
    """Validate that measures belong to what is sized, and that their limits can be met and missed.

    Parameters
    ----------
    goals : iterable of Goal
        The goals.
    known : mapping of str to str
        Names of measures that are allowed, and the names in `MEASURES` that they stand for.

    Raises
    ------
    ScenarioError
        A measure that is not known, a limit that its unit cannot have or that is always met, a measure with two limits
        on one side, or limits that contradict each other; all faults are listed.
    """
    seen: dict[tuple[str, str], Goal] = {}
    faults = []
    for goal in goals:
        if goal.measure not in known:
            hint = nearest(goal.measure, known)
            faults.append(f"--target {goal}: no measure '{goal.measure}'.{hint} Known: {', '.join(known)}.")
        elif fault := _limit_fault(goal):
            faults.append(f"--target {goal}: {fault}")
        elif (goal.measure, goal.sign) in seen:
            faults.append(f"--target {goal}: {seen[goal.measure, goal.sign]} is given already; expected one of them.")
        else:
            seen[goal.measure, goal.sign] = goal
    for (measure, sign), goal in seen.items():
        least = seen.get((measure, ">="))
        if sign == "<=" and least is not None and least.limit > goal.limit:
            faults.append(f"--target {goal},{least}: nothing is both: the limits contradict each other.")
    if faults:
        raise ScenarioError("\n  ".join(faults))


def _limit_fault(goal: Goal) -> str | None:
    """Return what is wrong with the limit of a goal; None where it is one that can be met and missed."""
    if not math.isfinite(goal.limit):
        return "expected a finite number."
    if goal.measure.endswith(SHARE):
        if not 0.0 <= goal.limit <= 1.0:
            percent = f"; {goal.limit:g} % are {goal.limit:g}% or {goal.limit / 100.0:g}" if goal.limit > 1.0 else ""
            return f"expected a share from 0 to 1{percent}."
        if goal.limit == (1.0 if goal.sign == "<=" else 0.0):
            return "every share meets it; expected a limit that can be missed."
    if goal.measure.endswith("_min") and not 0.0 <= goal.limit <= LONGEST_MIN:
        return f"expected minutes from 0 to {LONGEST_MIN:,.0f}."
    return "expected at least 0." if goal.limit < 0.0 else None


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
    values = {name: MEASURES[meant].values(tables, replications, figure) for name, meant in known.items()}
    measures = {name: shown_of(known[name], found) for name, found in values.items()}
    return Service(measures, trouble or {})


def shown_of(measure: str, values: Sequence[float | None]) -> Shown:
    """Return what replications show of a measure: mean and interval, cut at the ends that it cannot leave."""
    floor = 0.0 if measure.endswith(("_share", "_min")) else -float("inf")
    ceiling = 1.0 if measure.endswith(SHARE) else math.inf
    estimate = mean_estimate(values, floor=floor, ceiling=ceiling)
    return Shown(estimate.value, estimate.low, estimate.high)
