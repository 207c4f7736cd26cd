"""Which function answers which metric, and the catalogue of metrics as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.schemas.metrics import METRICS
from experiments.scorecard.answer import Answer, Fact, Reason, deciding, judged
from experiments.statistics.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.scorecard.answer import Assumption, Criterion
    from experiments.scorecard.evidence import Evidence, Target

    Answering = Callable[[Evidence, Target], Answer]

ANSWERS: Final[dict[str, Answering]] = {}
"""Functions by metric, as `answers` registers them."""

WITHOUT_MODEL: Final[frozenset[str]] = frozenset()
"""Metrics of the catalogue that no model answers in this version."""

NO_METRIC: Final = "no metric"
"""Name of the criterion of a target that names no metric."""


def answers(metric: str) -> Callable[[Answering], Answering]:
    """Return a decorator that registers the function which answers a metric.

    Raises
    ------
    KeyError
        A metric that the catalogue does not have.
    ValueError
        A metric that has a function already.
    """
    # at import: a name that is written wrong must not wait for a run to show
    if metric not in METRICS:
        raise KeyError(f"{metric} is not a metric of data.schemas.metrics")
    if metric in ANSWERS:
        raise ValueError(f"{metric} has two answers")

    def register(function: Answering) -> Answering:
        ANSWERS[metric] = function
        return function

    return register


def main_criterion(target: Target, estimate: Estimate, *, withheld: Reason | None = None) -> Criterion:
    """Return the criterion of the metric itself, with the limit of the target."""
    metric = target.metric or NO_METRIC
    return judged(
        metric,
        estimate,
        # the unit of the catalogue: the county's table is checked against it
        unit=METRICS[metric].unit if metric in METRICS else target.unit,
        comparator=target.comparator,
        limit=target.value,
        withheld=withheld,
    )


def answer_of(target: Target, estimate: Estimate, facts: Sequence[Fact], rests_on: Sequence[Assumption]) -> Answer:
    """Return an answer whose only criterion is the metric itself."""
    return Answer(deciding([main_criterion(target, estimate)]), tuple(facts), tuple(rests_on))


def open_answer(target: Target, reason: Reason) -> Answer:
    """Return the answer of a target that has no value."""
    return Answer(deciding([main_criterion(target, Estimate(None), withheld=reason)]))


def metrics() -> pl.DataFrame:
    """Return the metrics that a target may ask for.

    Returns
    -------
    polars.DataFrame
        One row per metric: ``metric, unit, what, comparator`` (as plans usually compare it), ``needs`` (tables of the
        county without which it has no value) and ``modelled`` (whether this version answers it).
    """
    rows = [
        (metric.name, metric.unit, metric.what, metric.comparator, ", ".join(metric.needs), name not in WITHOUT_MODEL)
        for name, metric in METRICS.items()
    ]
    texts = dict.fromkeys(("metric", "unit", "what", "comparator", "needs"), pl.String)
    return pl.DataFrame(rows, schema={**texts, "modelled": pl.Boolean}, orient="row")
