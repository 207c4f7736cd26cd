"""What a comparison says over the assumptions: differences within their ranges, and how often each is the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from experiments.designs.judgement import RANKING, UNSERVED
from experiments.runs.assumptions.measured import assumption_samples
from experiments.statistics.estimates import drawn_interval, mean_estimate
from experiments.statistics.measures import MEASURES
from experiments.statistics.selection import SAME, best_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.arrays import Floats
    from experiments.runs.assumptions.measured import Measured
    from experiments.runs.executors import Executor
    from experiments.runs.result import Result
    from experiments.statistics.measures import Measure

POINTS: Final = 32
"""Points of a comparison: its interval of 95 % then runs from the least to the greatest of them."""
FROM: Final = 5
"""Replications from which points are made by default: fewer are a look at the alternatives."""

DOUBT: Final = pl.Schema(
    {
        **dict.fromkeys(("alternative", "measure", "unit"), pl.String()),
        **dict.fromkeys(("difference", "low", "high", "p_worse", "p_better"), pl.Float64()),
        "points": pl.Int64(),
    }
)


def points_of_comparison(replications: int) -> int:
    """Return how many points a comparison makes where nobody says: none where the replications are few."""
    return POINTS if replications >= FROM else 0


def measured_alternatives(
    results: Mapping[str, Result],
    measures: Sequence[Measure],
    executor: Executor,
    *,
    points: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Measured]:
    """Return measures of all alternatives at the same points of their assumptions; nothing for no points.

    Parameters
    ----------
    results : mapping of str to Result
        Runs by alternative.
    measures : sequence of Measure
        What is looked at.
    executor : Executor
        Where the points are computed.
    points : int
        How many, of each alternative.
    progress : callable, optional
        Called with short runs done and short runs in all.
    """
    if not points:
        return {}
    asked = [(result.scenario, result.tables["assumptions"]) for result in results.values()]
    # less of what is counted among the served is no gain where more go without
    beside = [UNSERVED] if any(measure.of_served for measure in measures) else []
    names = list(dict.fromkeys([*(measure.name for measure in measures), *beside]))
    found = assumption_samples(asked, names, executor, points=points, progress=progress)
    return dict(zip(results, found, strict=True))


def doubt_rows(
    results: Mapping[str, Result], measured: Mapping[str, Measured], measures: Sequence[Measure], count: int
) -> pl.DataFrame:
    """Return how far each difference to the first goes over the assumptions, with the columns of `DOUBT`.

    Parameters
    ----------
    results : mapping of str to Result
        Runs by alternative; the first is the reference.
    measured : mapping of str to Measured
        The same at points of the assumptions; empty for no rows.
    measures : sequence of Measure
        What is compared.
    count : int
        Replications.

    Returns
    -------
    polars.DataFrame
        ``low`` and ``high`` are the 95 % interval of the difference over the points, about the difference of the run;
        ``p_worse`` and ``p_better`` the shares of points where the alternative is worse, and better, than the
        reference (null where neither way is worse). Less of what is counted among the served is better only where no
        more go without.
    """
    names = list(results) if measured else []
    rows = []
    for name in names[1:]:
        for measure in measures:
            pair = _about(names[0], results, measured, measure, count), _about(name, results, measured, measure, count)
            if pair[0] is None or pair[1] is None or len(pair[0]) != len(pair[1]):
                continue
            apart = pair[1] - pair[0]
            low, high = drawn_interval(apart)
            sides = _sides(apart, measure, _more_unserved(names[0], name, measured))
            rows.append((name, measure.name, measure.unit, _change(name, results, measure, count), low, high, *sides))
    points = [len(one.answers) for one in measured.values()][:1] * len(rows)
    full = [(*row, number) for row, number in zip(rows, points, strict=True)]
    return pl.DataFrame(full, schema=DOUBT, orient="row")


def _change(name: str, results: Mapping[str, Result], measure: Measure, count: int) -> float | None:
    """Return the difference of an alternative to the first over the replications."""
    first = next(iter(results))
    one, other = (mean_estimate(results[at].values(measure, count)).value for at in (first, name))
    return None if one is None or other is None else other - one


def _about(
    name: str, results: Mapping[str, Result], measured: Mapping[str, Measured], measure: Measure, count: int
) -> Floats | None:
    """Return a measure of an alternative at all points, about the mean of its replications."""
    return measured[name].about(measure.name, mean_estimate(results[name].values(measure, count)).value)


def _more_unserved(reference: str, name: str, measured: Mapping[str, Measured]) -> Floats | None:
    """Return how many more go without at each point; None where that was not looked at."""
    # as the short runs give them: moved to a base and back they would differ by their rounding
    pair = [[answers.get(UNSERVED) for answers in measured[one].answers] for one in (reference, name)]
    if any(one is None for side in pair for one in side):
        return None
    reference_share, share = (np.array(side, dtype=np.float64) for side in pair)
    return share - reference_share


def _sides(apart: Floats, measure: Measure, more: Floats | None) -> tuple[float | None, float | None]:
    """Return the shares of the points where an alternative is worse, and better."""
    if measure.worse == "neither":
        return None, None
    worse = apart if measure.worse == "higher" else -apart
    better = worse < -SAME
    if measure.of_served and more is not None:
        better &= more <= SAME
    return float((worse > SAME).mean()), float(better.mean())


def ranked_over(
    ranking: pl.DataFrame,
    results: Mapping[str, Result],
    measured: Mapping[str, Measured],
    count: int,
) -> pl.DataFrame:
    """Return the ranking with the share of points of the assumptions in which each alternative is the best.

    Parameters
    ----------
    ranking : polars.DataFrame
        Columns of `experiments.designs.judgement.RANKING`.
    results, measured, count
        As in `doubt_rows`.

    Returns
    -------
    polars.DataFrame
        The same with ``p_best_assumed``: alternatives that are equal at a point share it; null without points.
    """
    measure = MEASURES[ranking["measure"][0]]
    values = [_about(name, results, measured, measure, count) for name in results] if measured else [None]
    known = [value for value in values if value is not None]
    if len(known) < len(results) or len({len(value) for value in known}) > 1:
        return ranking
    shares = dict(zip(results, best_shares(np.vstack(known), least=measure.worse != "lower"), strict=True))
    assumed = pl.col("alternative").replace_strict(shares, return_dtype=pl.Float64)
    return ranking.with_columns(p_best_assumed=assumed).select(RANKING.names())
