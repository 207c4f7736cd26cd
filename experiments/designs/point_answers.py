"""What a point of a design comes to: measures, targets and assumptions as rows, and how a result is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast

import numpy as np
import polars as pl

from data.errors import ScenarioError, nearest
from experiments.scorecard import headline, metric_rows
from experiments.scorecard.answer import Reason, Verdict
from experiments.statistics.estimates import keeps_limit
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from experiments.runs.result import Result


class TargetRow(TypedDict):
    """Value of a target's metric, and the verdict on the target."""

    target_id: str
    metric: str | None
    value: float | None
    verdict: str


class AssumptionRow(TypedDict):
    """A table, or a figure of the county, that a target rests on and that is an assumption."""

    target_id: str
    metric: str | None
    table: str
    figure: str | None


class PointAnswer(TypedDict):
    """What a point comes to; measures have one value per replication."""

    measures: dict[str, list[float | None]]
    targets: list[TargetRow]
    assumptions: list[AssumptionRow]


def is_answer(content: Mapping[str, object], *, replications: int, targets: Collection[str]) -> bool:
    """Return whether what a file holds is an answer: all measures with their values, and whole rows.

    Parameters
    ----------
    content : mapping
        What the file holds.
    replications : int
        Of the point: each measure has a value of each.
    targets : collection of str
        Ids of the county's targets: each has a row.
    """
    measures = content.get("measures")
    if not isinstance(measures, dict) or not MEASURES.keys() <= measures.keys():
        return False
    series = measures.values()
    if not all(isinstance(values, list) and len(values) == replications for values in series):
        return False
    if not all(isinstance(value, _VALUE) for values in series for value in values):
        return False
    for name, kind in (("targets", TargetRow), ("assumptions", AssumptionRow)):
        rows = content.get(name)
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and row.keys() == kind.__annotations__.keys() for row in rows
        ):
            return False
    rows = cast("PointAnswer", content)["targets"]
    # whatever stands there in the place of a name is none of them
    return sorted(str(row["target_id"]) for row in rows) == sorted(targets)


_VALUE = (float, int, type(None))


def answer_of_run(result: Result) -> PointAnswer:
    """Return what the run of a point says."""
    count, card = result.scenario.replications, result.tables["scorecard"]
    values = metric_rows(card).select("target_id", "metric", "value")
    decided = headline(card).select("target_id", "verdict")
    verdicts = decided.join(_by_values(card), on="target_id", how="left").select(
        "target_id", verdict=pl.coalesce("by_values", "verdict")
    )
    targets = values.join(verdicts, on="target_id", maintain_order="left")
    behind = result.tables["assumptions"].select("target_id", "metric", "table", "figure")
    return {
        "measures": {name: result.values(measure, count) for name, measure in MEASURES.items()},
        "targets": [
            {"target_id": target, "metric": metric, "value": value, "verdict": verdict}
            for target, metric, value, verdict in targets.iter_rows()
        ],
        "assumptions": [
            {"target_id": target, "metric": metric, "table": table, "figure": figure}
            for target, metric, table, figure in behind.iter_rows()
        ],
    }


def _by_values(card: pl.DataFrame) -> pl.DataFrame:
    """Return the verdict by the values of the targets that are open for want of an interval.

    A point is what its assumptions make it: the design says how sure that is, not the point.
    """
    bare = pl.col("sampling_low").is_null() & pl.col("assumption_low").is_null()
    waiting = card.filter(
        pl.col("decides") & bare & pl.col("value").is_not_null() & (pl.col("verdict") == Verdict.OPEN)
    )
    asked = waiting.filter(pl.col("reason").is_in([*_FOR_AN_INTERVAL]))["target_id"]
    rows = []
    for (target,), criteria in card.filter(pl.col("target_id").is_in(asked.implode())).group_by("target_id"):
        known = criteria.filter(pl.col("limit").is_not_null() & pl.col("value").is_not_null())
        kept = [
            keeps_limit(np.array([value]), comparator, limit).all()
            for value, comparator, limit in known.select("value", "comparator", "limit").iter_rows()
        ]
        rows.append((target, str(Verdict.MET if all(kept) else Verdict.MISSED)))
    return pl.DataFrame(rows, schema={"target_id": pl.String, "by_values": pl.String}, orient="row")


_FOR_AN_INTERVAL = (Reason.NEEDS_REPLICATIONS, Reason.RANGE_SPANS_LIMIT, Reason.SERIES_DISAGREE)
"""Reasons for an open verdict that an interval would cure."""


def target_values(one: PointAnswer) -> dict[str, float | None]:
    """Return the value of each target by its id."""
    return {row["target_id"]: row["value"] for row in one["targets"]}


def outcome(one: PointAnswer, name: str) -> float | None:
    """Return a measure's mean over replications, or a target's value."""
    if name in one["measures"]:
        # replications without an observation do not count
        seen = [value for value in one["measures"][name] if value is not None]
        return sum(seen) / len(seen) if seen else None
    return target_values(one)[name]


def verdict_of(one: PointAnswer, name: str) -> str | None:
    """Return the verdict of a target; None for a measure."""
    return {row["target_id"]: row["verdict"] for row in one["targets"]}.get(name)


def check_outcomes(names: Iterable[str], targets: Iterable[str]) -> list[str]:
    """Return names of measures or targets.

    Raises
    ------
    ScenarioError
        A name that is neither.
    """
    known = [*MEASURES, *targets]
    chosen = list(names)
    for name in chosen:
        if name not in known:
            raise ScenarioError(f"'{name}' is neither a measure nor a target.{nearest(name, known)}")
    return chosen


def outcomes_of(names: Iterable[str], targets: pl.DataFrame) -> list[str]:
    """Return ids of targets and names of measures, each once.

    Parameters
    ----------
    names : iterable of str
        Ids of targets, metrics (all targets of the county that ask for it), or measures; in this order of preference.
    targets : polars.DataFrame
        The county's table of that name.

    Raises
    ------
    ScenarioError
        A name that is none of them.
    """
    ids, chosen = targets["target"].to_list(), []
    for name in names:
        asking = [] if name in ids else targets.filter(pl.col("metric") == name)["target"].to_list()
        chosen += asking or [name]
    # each once: two metrics may name the same target
    return list(dict.fromkeys(check_outcomes(chosen, [*ids, *targets["metric"].drop_nulls()])))
