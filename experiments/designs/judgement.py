"""What a comparison says: paired differences judged better or worse, who gains and who loses, and which is best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import scalar
from data.outcomes import TURNED_AWAY
from experiments.statistics import paired_difference
from experiments.statistics.measures import MEASURES, Measure
from experiments.statistics.paired import NO_DIFFERENCE, Difference
from experiments.statistics.replications import replications_to_decide
from experiments.statistics.selection import best_chances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.runs.result import Result

UNSERVED: Final = "unserved_share"
"""Measure that says whether more go without: less of a total, or of the waits of the served, is no gain then."""
BURDEN: Final = "burden_cny_per_request"
"""Measure by which alternatives are ranked, and groups gain or lose, where none is named."""
CONTEXT: Final = "context"
"""Judgement of a clear difference that is neither better nor worse."""
THROUGH: Final = "through traffic"
"""Group of the requests whose origin is no town of the county."""

DIFFERENCES: Final = pl.Schema(
    {
        **dict.fromkeys(("alternative", "measure", "unit", "words"), pl.String()),
        **dict.fromkeys(("reference", "other", "difference", "low", "high"), pl.Float64()),
        "verdict": pl.String(),
        "worse": pl.Boolean(),
        "judgement": pl.String(),
        "pairs": pl.Int64(),
        "pairs_to_decide": pl.Int64(),
        "variance_ratio": pl.Float64(),
    }
)
GROUPS: Final = pl.Schema({"by": pl.String(), "key": pl.String()} | dict(DIFFERENCES))
RANKING: Final = pl.Schema(
    {
        "rank": pl.Int64(),
        "alternative": pl.String(),
        "measure": pl.String(),
        "mean": pl.Float64(),
        "p_best": pl.Float64(),
        "p_best_assumed": pl.Float64(),
    }
)


def judgement(pair: Difference, measure: Measure, *, more_unserved: bool) -> str:
    """Return ``better``, ``worse`` or ``context`` for a clear difference, its verdict otherwise.

    Parameters
    ----------
    pair : Difference
        Other minus reference.
    measure : Measure
        Of it.
    more_unserved : bool
        Whether more requests go unserved than in the reference.
    """
    if pair.verdict not in ("higher", "lower"):
        return pair.verdict
    if measure.worse == "neither":
        return CONTEXT
    if pair.verdict == measure.worse:
        return "worse"
    # shorter waits of fewer who are served are no gain
    return CONTEXT if measure.of_served and more_unserved else "better"


def difference_rows(
    results: Mapping[str, Result], measures: Sequence[Measure], count: int, *, deciding: set[str]
) -> pl.DataFrame:
    """Return the difference of each alternative to the first, with the columns of `DIFFERENCES`.

    Parameters
    ----------
    results : mapping of str to Result
        Runs by alternative; the first is the reference.
    measures : sequence of Measure
        What is compared.
    count : int
        Replications.
    deciding : set of str
        Measures whose intervals hold together, over all alternatives (Bonferroni).
    """
    names = list(results)
    family = len(deciding) * max(1, len(names) - 1)
    rows = []
    for name in names[1:]:
        worse = _more_unserved(results[names[0]], results[name], count)
        for measure in measures:
            tests = family if measure.name in deciding else 1
            both = (results[one].values(measure, count) for one in (names[0], name))
            pair = paired_difference(*both, tests=tests)
            rows.append({"alternative": name, **_row(pair, measure, tests, more_unserved=worse)})
    return pl.DataFrame(rows, schema=DIFFERENCES)


def _more_unserved(reference: Result, other: Result, count: int) -> bool:
    """Return whether more requests go unserved than in the reference, clearly or not.

    A gain of the served counts only where no more go without for it; that it may be chance is no proof.
    """
    measure = MEASURES[UNSERVED]
    change = paired_difference(reference.values(measure, count), other.values(measure, count)).difference
    return change is not None and change > 0.0


def _row(pair: Difference, measure: Measure, tests: int, *, more_unserved: bool) -> dict[str, object]:
    """Return a difference as a row, without its alternative."""
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "words": measure.words,
        "reference": pair.reference,
        "other": pair.other,
        "difference": pair.difference,
        "low": pair.low,
        "high": pair.high,
        "verdict": pair.verdict,
        "worse": pair.verdict == measure.worse,
        "judgement": judgement(pair, measure, more_unserved=more_unserved),
        "pairs": pair.pairs,
        "pairs_to_decide": _to_decide(pair, tests),
        "variance_ratio": pair.variance_ratio,
    }


def _to_decide(pair: Difference, tests: int) -> int | None:
    """Return how many replications would decide an unclear difference; None where none, or no number up to 1000."""
    if pair.verdict != NO_DIFFERENCE or pair.difference is None or pair.high is None:
        return None
    half = pair.high - pair.difference
    return replications_to_decide(pair.difference, half, pair.pairs, tests=tests)


def group_rows(results: Mapping[str, Result], count: int) -> pl.DataFrame:
    """Return the differences by town, class and station, with the columns of `GROUPS`.

    Towns and classes are those of the drivers: what a request costs them (`BURDEN`). Stations are compared by the share
    of those who come and leave without a charge. Intervals hold together over the keys of a kind and all alternatives.
    """
    names = list(results)
    rows: list[dict[str, object]] = []
    for by in ("town", "class", "station"):
        values = {name: _by_key(result, by, count) for name, result in results.items()}
        keys = sorted(set().union(*values.values()))
        tests = max(1, len(keys) * (len(names) - 1))
        measure = _TURNED_AWAY if by == "station" else MEASURES[BURDEN]
        missing = [None] * count
        for name in names[1:]:
            for key in keys:
                both = (values[one].get(key, missing) for one in (names[0], name))
                pair = paired_difference(*both, tests=tests)
                row = _row(pair, measure, tests, more_unserved=False)
                rows.append({"by": by, "key": key, "alternative": name, **row})
    return pl.DataFrame(rows, schema=GROUPS)


def _turned_away(rows: pl.DataFrame, _: object) -> float | None:
    """Return the share of those who come to a station and leave it without a charge."""
    return scalar(rows, TURNED_AWAY) if rows["arrivals"].sum() else None


_TURNED_AWAY: Final = Measure("turned_away_share", "share", "come and leave without a charge", "stations", _turned_away)


def _by_key(result: Result, by: str, count: int) -> dict[str, list[float | None]]:
    """Return the measure of each key of a kind, one value per replication."""
    if by == "station":
        table, column, measure = result.tables["stations"], "station_id", _TURNED_AWAY
    else:
        table, measure = result.tables["sessions"], MEASURES[BURDEN]
        column = "origin" if by == "town" else "vehicle_class"
    known = table.filter(pl.col("replication") < count)
    if by == "town":
        towns = result.county.towns["town"].to_list()
        known = known.with_columns(
            origin=pl.when(pl.col("origin").is_in(towns)).then("origin").otherwise(pl.lit(THROUGH))
        )
    found: dict[str, list[float | None]] = {}
    parts = known.drop_nulls(column).partition_by(column, "replication", as_dict=True)
    for (key, replication), rows in parts.items():
        found.setdefault(str(key), [None] * count)[int(replication)] = measure.of(rows, result.county.figure)
    return found


def ranking(results: Mapping[str, Result], measure: Measure, count: int, *, seed: int) -> pl.DataFrame:
    """Return the alternatives from best to worst by a measure, each with the probability that it is the best.

    Parameters
    ----------
    results : mapping of str to Result
        Runs by alternative, on common random numbers.
    measure : Measure
        By which they are ranked; neither higher nor lower is worse: the least is the best.
    count, seed : int
        Replications, and the seed of the draws.

    Returns
    -------
    polars.DataFrame
        Columns of `RANKING`. ``p_best`` is the share of draws of the means' joint distribution given the replications
        (multivariate t with the covariance of the paired values, the posterior under a flat prior: Gelman et al.,
        Bayesian Data Analysis, 3rd ed., section 3.6) in which the alternative is the best; alternatives that are
        equal share it. Null for one replication, or where one of them was not observed. ``p_best_assumed`` is null: it
        takes points over the assumptions (`experiments.designs.doubted`).
    """
    names = list(results)
    given = [[np.nan if value is None else value for value in results[name].values(measure, count)] for name in names]
    values = np.array(given, dtype=float)
    seen = values[:, ~np.isnan(values).any(axis=0)]
    sign = -1.0 if measure.worse == "lower" else 1.0
    means = [float(row.mean()) if row.size else None for row in seen]
    chances: list[float | None] = [None] * len(names)
    if seen.shape[1] > 1:
        chances = list(best_chances(sign * seen, seed))
    order = sorted(range(len(names)), key=lambda at: (means[at] is None, sign * (means[at] or 0.0)))
    rows = [(rank, names[at], measure.name, means[at], chances[at], None) for rank, at in enumerate(order, start=1)]
    return pl.DataFrame(rows, schema=RANKING, orient="row")
