"""``size fleet --operator``: which vehicles of an operator can go electric, what they need, what it saves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import ScenarioError, nearest
from data.goals import Finding, Service, Shown, Sizing, within
from data.schemas.fleets.operators import OPERATOR_KINDS
from experiments.scenario.county import edited_county
from experiments.sizing.operators.operator_finance import operator_finance
from experiments.sizing.targets import check_budget, check_goals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from data.county import County
    from data.goals import Goal
    from experiments.scenario.model import Scenario

KNOWN: Final = {
    name: name
    for name in ("vehicles", "chargers", "connection_kw", "cny_per_year", "kgco2_per_year", "completed_share")
}
"""Measures of a target."""
BUDGET: Final = ("vehicles", "chargers", "connection_kw", "cny")
"""What may be limited; `cny` is for the vehicles of a year, and asks for the order in which they are replaced."""
_LOGGED: Final = ("taxi", "sanitation", "pool", "trucks")
"""Kinds of operators without a timetable, whose days a log may state."""
_PLANNERS: Final = {
    "bus": "experiments.sizing.operators.operator_buses:bus_options",
    "vans": "experiments.sizing.operators.operator_vans:van_options",
    **dict.fromkeys(_LOGGED, "experiments.sizing.operators.operator_duties:duty_options"),
}
"""Function by kind of operator: gives its options, findings about a chosen one, and the tables behind it."""


_COMPLETED: Final = "operators.completed_share"


def parse_completed(text: str | float) -> float:
    """Return the share of duties to complete from text such as ``0.98`` or ``98%``.

    Raises
    ------
    ScenarioError
        No share between 0 and 1.
    """
    said = str(text).strip()
    try:
        share = float(said.removesuffix("%")) / (100.0 if said.endswith("%") else 1.0)
    except ValueError:
        share = -1.0
    # all of them, in every traffic and cold, no plan completes
    if not 0.0 < share < 1.0:
        raise ScenarioError(f"--completed {said}: expected a share above 0 and below 1, such as 0.98 or 98%.")
    return share


def size_operator(
    scenario: Scenario,
    goals: Sequence[Goal],
    budget: Mapping[str, int],
    *,
    operator: str,
    timetable: Path | None = None,
    log: Path | None = None,
    completed: float | None = None,
    progress: Callable[[Finding], None] | None = None,
) -> Sizing:
    """Return the cheapest electric fleet of an operator; see `experiments.sizing.size`.

    Parameters
    ----------
    scenario
        County, year of purchase, edits.
    goals, budget
        What the fleet must keep, on top of driving all its work.
    operator
        A kind of `data.schemas.fleets.operators.OPERATOR_KINDS`, or the id of an operator.
    timetable
        GTFS feed with the trips of a bus operator.
    log
        Table of the days of an operator's vehicles; see `data.schemas.fleets.operators.DutyLog`.
    completed
        Share of duties to complete on simulated days, instead of the county's ``operators.completed_share``.
    progress
        Called with what is being planned.

    Raises
    ------
    ScenarioError
        An operator that the county does not have; a timetable or log of an operator of another kind.
    """
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    county = edited_county(scenario)
    if completed is not None:
        county = county.with_figures({_COMPLETED: completed})
    row = _operator(county, operator)
    module, _, name = _PLANNERS[row["kind"]].partition(":")
    # imported by name: each kind loads its models only when it is asked for
    given: dict[str, object] = {}
    if timetable is not None:
        if row["kind"] != "bus":
            raise ScenarioError(f"--timetable: {row['operator']} runs no buses; expected an operator of kind bus.")
        given["timetable"] = timetable
    if log is not None:
        if row["kind"] in ("bus", "vans"):
            raise ScenarioError(
                f"--log: {row['operator']} has a timetable or deliveries; expected {', '.join(_LOGGED)}."
            )
        given["log"] = log
    planner = getattr(importlib.import_module(module), name)
    options, findings, tables = planner(county, row, scenario.year, progress, **given)

    def told(best: dict[str, Any]) -> tuple[list[Finding], dict[str, pl.DataFrame]]:
        said, behind = operator_finance(county, row, scenario.year, best, budget.get("cny"))
        return [*findings(best), *said], {**tables(best), **behind}

    return _answered(row, options, told, goals, budget)


def _operator(county: County, name: str) -> dict[str, Any]:
    """Return the row of an operator by kind or id: the first of a kind."""
    table = county.operators
    rows = table.filter((pl.col("kind") == name) | (pl.col("operator") == name))
    if not rows.height:
        known = dict.fromkeys([*table["kind"], *table["operator"]])
        if name in OPERATOR_KINDS or not table.height:
            raise ScenarioError(
                f"--operator {name}: {county.name} has no operator of that kind; expected a row of operators.csv. "
                f"Known: {', '.join(known) or 'none'}."
            )
        raise ScenarioError(f"--operator {name}: not known.{nearest(name, known)} Known: {', '.join(known)}.")
    return rows.row(0, named=True)


def _answered(
    row: dict[str, Any],
    options: pl.DataFrame,
    told: Callable[[dict[str, Any]], tuple[list[Finding], dict[str, pl.DataFrame]]],
    goals: Sequence[Goal],
    budget: Mapping[str, int],
) -> Sizing:
    """Return the sizing: of the options that hold goals and budget the cheapest; without one, the nearest."""
    measures = [name for name in KNOWN if name in options.columns]
    meets = []
    for option in options.iter_rows(named=True):
        service = Service({name: Shown(option[name]) for name in measures})
        inside = all(option.get(name) is None or option[name] <= most for name, most in budget.items())
        asked = [goal for goal in goals if goal.measure in measures]
        meets.append(bool(option["feasible"]) and inside and service.meets(asked))
    frontier = options.with_columns(meets=pl.Series(meets, dtype=pl.Boolean)).drop("feasible")
    kept = frontier.filter("meets") if any(meets) else frontier.filter(pl.col("vehicles").is_not_null())
    question = Finding(
        "question_vans" if row["kind"] == "vans" else "question_operator",
        {"operator": str(row["operator"]), "goals": tuple(goals) or Finding("no_goals"), "budget": within(budget)},
    )
    if not kept.height:
        return Sizing(question, frontier.clear(), frontier, (Finding("operator_none"),), feasible=False)
    # where none is enough: the one that does most of the work
    worst = "completed_share" in kept.columns and not any(meets)
    by = ["completed_share", "cny_per_year"] if worst else ["cny_per_year"]
    best = kept.sort(by, descending=[name == "completed_share" for name in by], nulls_last=True).row(0, named=True)
    answer = pl.DataFrame(
        [(name, float(value)) for name, value in best.items() if isinstance(value, int | float) and name != "meets"],
        schema={"figure": pl.String, "value": pl.Float64},
        orient="row",
    )
    found, behind = told(best)
    return Sizing(question, answer, frontier, tuple(found), feasible=any(meets), plan=behind)
