"""``sensitivity`` in a minute: what would flip targets, from draws of the accounts and a sample of short runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.county import load_county
from data.errors import ScenarioError
from experiments.designs.point_answers import outcomes_of
from experiments.pathways.carbon_draws import PEAK
from experiments.runs.assumptions.doubt import scored
from experiments.runs.assumptions.sampling import POINTS
from experiments.runs.assumptions.short_runs import EBIKES, RIVER, SIMULATED, empty_tables, simulated
from experiments.runs.county_tables import accounts
from experiments.runs.executors import executor_of
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario
from experiments.scorecard.carbon import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl

    from experiments.runs.executors import Executor

DRAWN: Final = (*SIMULATED, *ACCOUNT, PEAK)
"""Metrics whose targets can be asked for: those that have draws."""


def what_flips(
    scenario: Scenario | str | Path,
    *,
    of: Sequence[str] = (),
    points: int = POINTS,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    plan: Callable[[int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return which assumptions matter most to targets, and the value of each that turns the verdict.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        The scenario; its first replication is what is run.
    of : sequence of str
        Targets by id or metric, of `DRAWN`; none takes all of these that the county has.
    points : int
        Short runs of the sample.
    seed : int, optional
        Instead of the scenario's.
    jobs, executor, progress
        As for `experiments.designs.sweep.sweep`.
    plan : callable, optional
        Called with the number of short runs before they start.

    Returns
    -------
    dict of str to polars.DataFrame
        ``scorecard`` and ``flips`` of the targets, ``answer_draws`` and ``assumption_draws`` behind them.

    Raises
    ------
    ScenarioError
        A name that is none of the county's targets, or one whose metric has no draws.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    asked = _asked(scenario, of)
    metrics = set(asked.values())
    changes = {"replications": 1, "points": points if metrics & set(SIMULATED) else 0}
    scenario = scenario.with_(**changes, **({} if seed is None else {"seed": seed}))
    if not metrics & set(EBIKES):
        scenario = scenario.with_(fleet={"ebikes": False})
    if not metrics & set(RIVER):
        # no chosen target needs the river simulated
        scenario = scenario.with_(shipping={"enabled": False})
    work = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    case = prepare(scenario).case
    if plan is not None:
        plan(case.scenario.points)
    tables = {**empty_tables(), **case.inputs, **accounts(case), **simulated(case, sorted(metrics & set(SIMULATED)))}
    found = scored(case, tables, work, metrics=metrics, progress=progress)
    card, turning = (found[name].filter(found[name]["target_id"].is_in(list(asked))) for name in ("scorecard", "flips"))
    draws = {name: found[name] for name in ("answer_draws", "assumption_draws")}
    return {"scorecard": card, "flips": turning, **draws}


def _asked(scenario: Scenario, of: Sequence[str]) -> dict[str, str]:
    """Return metric by id of the targets that are asked for."""
    targets = load_county(scenario.county).targets
    known = {target: metric for target, metric in targets.select("target", "metric").iter_rows() if metric in DRAWN}
    if not of:
        return known
    chosen = outcomes_of(of, targets)
    others = [name for name in chosen if name not in known]
    if others:
        raise ScenarioError(
            f"sensitivity: {', '.join(others)}: no draws; expected targets of {', '.join(DRAWN)}. Give "
            "--design morris, which takes every measure and target."
        )
    return {name: known[name] for name in chosen}
