"""Replications until the intervals are narrow enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.errors import ScenarioError
from experiments.statistics import enough, replications_needed
from experiments.statistics.estimates import CONFIDENCE, mean_estimate
from experiments.statistics.measures import measures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.runs.result import Result

LEAST, MOST = 5, 500


def parse_precision(text: str) -> float:
    """Return a precision such as ``5%`` or ``0.05`` as a share.

    Raises
    ------
    ScenarioError
        Not a number above 0 and below 1 (100 %).
    """
    try:
        value = float(text[:-1]) / 100.0 if text.endswith("%") else float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1.0:
        raise ScenarioError(f"--precision {text}: expected a share above 0 and below 1, such as 5% or 0.05.")
    return value


def precision_words(result: Result, names: Sequence[str], *, precision: float) -> list[str]:
    """Return what is known of each measure after `run_to_precision`, and whether that is precise enough."""
    count = result.scenario.replications
    lines = []
    for measure in measures_of(names):
        values = result.values(measure, count)
        estimate = mean_estimate(values, confidence=1.0 - (1.0 - CONFIDENCE) / len(names))
        shown = "not observed"
        if estimate.value is not None and estimate.low is not None and estimate.high is not None:
            shown = f"{estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g}) {measure.unit}"
        good = enough(values, precision=precision, tests=len(names))
        state = f"within {precision:.3g}" if good else f"NOT within {precision:.3g}"
        lines.append(f"Precision: {measure.name} {shown}, {state} of it after {count} replications.")
    return lines


def run_to_precision(
    go_on: Callable[[int], Result], names: Sequence[str], *, precision: float, first: int, most: int = MOST
) -> Result:
    """Run more replications until the mean of each measure is known precisely enough.

    Parameters
    ----------
    go_on : callable
        Returns the run with `n` replications, given `n`; finished ones are kept.
    names : sequence of str
        Measures that decide; their intervals hold together (Bonferroni).
    precision : float
        Largest relative error of each mean, as 0.05.
    first : int
        Replications to begin with (at least 5).
    most : int
        Replications after which it stops in any case.

    Returns
    -------
    Result
        The run. Sequential procedure of Law, Simulation Modeling and Analysis (5th ed.), section 9.4.1; each round at
        most doubles the replications.

    Raises
    ------
    ScenarioError
        A name that is no measure.
    """
    measures = measures_of(names)
    # with fewer Student's t makes any interval wide
    count = max(LEAST, first)
    while True:
        result = go_on(count)
        values = [result.values(measure, count) for measure in measures]
        imprecise = [series for series in values if not enough(series, precision=precision, tests=len(values))]
        if not imprecise or count >= most:
            return result
        wanted = max(replications_needed(series, precision=precision, tests=len(values)) for series in imprecise)
        # at most doubled: the first estimate of the spread may be far off
        count = min(most, max(count + 1, min(2 * count, wanted)))
