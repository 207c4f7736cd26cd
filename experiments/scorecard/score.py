"""The scorecard of a run: one row per target and criterion, the facts behind it and the assumptions it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.schemas.metrics import METRICS
from experiments.scorecard import adoption, carbon, coverage, mix, river, service, streets
from experiments.scorecard.answer import Reason, Verdict
from experiments.scorecard.card import ASSUMPTIONS, FACTS, SCORECARD
from experiments.scorecard.evidence import Evidence, Target
from experiments.scorecard.registry import ANSWERS, open_answer
from experiments.statistics.estimates import drawn_interval, keeps_limit

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

    from experiments.scorecard.answer import Answer, Criterion
    from experiments.scorecard.registry import Answering

    Ends = tuple[float | None, float | None]

__all__ = ["ANSWERING", "ANSWERS", "Evidence", "answer_to", "score"]

ANSWERING: tuple[ModuleType, ...] = (adoption, carbon, coverage, mix, river, service, streets)
"""Modules that register their answers when they are imported."""

_COLUMNS = ("target", "metric", "comparator", "value", "unit", "year")


def score(
    evidence: Evidence, *, metrics: Collection[str] | None = None, answering: Answering | None = None
) -> dict[str, pl.DataFrame]:
    """Return the scorecard of a run.

    Parameters
    ----------
    evidence : Evidence
        Scenario, county and tables of the run.
    metrics : collection of str, optional
        Metrics whose targets are answered, from the tables that these need; all of the county's by default.
    answering : callable, optional
        Gives the answer to a target instead of `answer_to`: the same, which it may have kept.

    Returns
    -------
    dict of str to polars.DataFrame
        ``scorecard``, ``facts`` and ``assumptions`` with the columns of `experiments.scorecard.card`, targets in the
        county's order.
    """
    targets = [Target(*row) for row in evidence.county.targets.select(_COLUMNS).iter_rows()]
    targets = [target for target in targets if metrics is None or target.metric in metrics]
    found = [(target, (answering or answer_to)(evidence, target)) for target in targets]
    criteria = [row for target, answer in found for row in _criteria(evidence, target, answer)]
    facts = [
        (target.target, target.metric, fact.name, fact.key, fact.value, fact.unit, fact.low, fact.high)
        for target, answer in found
        for fact in answer.facts
    ]
    assumptions = [
        (target.target, target.metric, row.table, row.rows, row.of_rows, row.figure)
        for target, answer in found
        for row in answer.rests_on
    ]
    return {
        "scorecard": pl.DataFrame(criteria, schema=SCORECARD, orient="row"),
        "facts": pl.DataFrame(facts, schema=FACTS, orient="row"),
        "assumptions": pl.DataFrame(assumptions, schema=ASSUMPTIONS, orient="row"),
    }


def answer_to(evidence: Evidence, target: Target) -> Answer:
    """Return the answer to a target; one without a model is open."""
    function = ANSWERS.get(target.metric or "")
    return open_answer(target, Reason.NO_MODEL) if function is None else function(evidence, target)


def _criteria(evidence: Evidence, target: Target, answer: Answer) -> list[tuple[str | float | None, ...]]:
    """Return the rows of an answer's criteria."""
    rows: list[tuple[str | float | None, ...]] = []
    for one in answer.criteria:
        ends: Ends = (one.estimate.low, one.estimate.high)
        drawn, chance_met = _doubt(evidence, target, one)
        # the same two columns of the estimate are either chance or assumption
        chance, assumed = ((None, None), ends) if one.estimate.assumed else (ends, drawn)
        p_met = chance_met if one.p_met is None else one.p_met
        said = (one.unit, one.comparator, one.limit, str(_in_its_year(evidence, target, one.verdict)), one.decides)
        head = (target.target, target.metric, one.name, target.year, one.estimate.value)
        rows.append((*head, *said, *chance, *assumed, p_met, None if one.reason is None else str(one.reason)))
    return rows


def _in_its_year(evidence: Evidence, target: Target, verdict: Verdict) -> Verdict:
    """Return a verdict as of its year: what stands in the run's year and is due later is not missed but off course."""
    metric = METRICS.get(target.metric or "")
    ahead = target.year is not None and evidence.scenario.year < target.year
    ahead = ahead and metric is not None and metric.of_run_year
    return Verdict.OFF_COURSE if ahead and verdict == Verdict.MISSED else verdict


def _doubt(evidence: Evidence, target: Target, one: Criterion) -> tuple[Ends, float | None]:
    """Return the interval of a criterion over the draws of the assumptions, and the share that keeps its limit."""
    drawn = evidence.drawn(target, one.name)
    # a number that follows from the inputs, such as the open stations, is no estimate that could be in doubt
    if drawn is None or one.estimate.value is None or one.estimate.exact:
        return (None, None), None
    values = drawn.about(one.estimate.value)
    # no share, wait or amount of the scorecard that is sampled in runs can be below 0; changes are not sampled so
    if not one.estimate.assumed:
        values = np.maximum(values, 0.0)
    met = None if one.limit is None else float(keeps_limit(values, one.comparator, one.limit).mean())
    return drawn_interval(values), met
