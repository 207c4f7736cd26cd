"""The scorecard: a row for every target of the plan, with value, interval, verdict and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from experiments.scorecard import carbon, coverage, forms, mix, river, service, streets
from experiments.scorecard.evidence import Answer, Evidence, Target
from experiments.statistics.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ANSWERS", "SCHEMA", "VERDICTS", "Evidence", "score"]

VERDICTS: Mapping[bool | None, str] = {True: "met", False: "missed", None: "not decided by this run"}

ANSWERS: Mapping[str, Callable[[Evidence, Target], Answer]] = {
    "T01": coverage.piles_and_guns,
    "T02": coverage.townships,
    "T03": coverage.service_areas,
    "T04": service.enough_charging,
    "T05": streets.swapping,
    "T06": streets.ebikes,
    "T07": mix.clean_flow,
    "T08": mix.electric_cars,
    "T09": mix.by_class,
    "T10": forms.leasing,
    "T11": carbon.vehicles,
    "T12": carbon.ships,
    "T13": mix.petroleum_peak,
    "T14": river.lng_bunkering,
    "T15": river.terminals,
    "T16": streets.projects,
    "T17": service.grid,
    "T18": river.gas_share,
    "T19": streets.signals,
}

MISSING: Mapping[str, str] = {
    "T20": "There is no model of operators' fleets in this version.",
}

SCHEMA = pl.Schema(
    {
        "target": pl.String,
        "measure": pl.String,
        "metric": pl.String,
        "comparator": pl.String,
        "target_value": pl.Float64,
        "unit": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "verdict": pl.String,
        "evidence": pl.String,
        "assumptions": pl.String,
    }
)


def score(evidence: Evidence) -> pl.DataFrame:
    """Return the scorecard of a run.

    Parameters
    ----------
    evidence : Evidence
        Scenario, county and tables of the run.

    Returns
    -------
    polars.DataFrame
        One row a target of the county, in its order: ``target, measure, metric, comparator, target_value, unit,
        value, low, high, verdict, evidence, assumptions``. ``low`` and ``high`` are a 95 % interval over
        replications, or the range of the tables where the evidence says so. ``assumptions`` are separated by
        semicolons.
    """
    return pl.DataFrame([_row(evidence, row) for row in _targets(evidence)], schema=SCHEMA, orient="row")


def _targets(evidence: Evidence) -> list[Target]:
    """Return the targets of the county."""
    columns = ("target", "measure", "metric", "comparator", "value", "unit", "year")
    return [Target(*row) for row in evidence.county.targets.select(columns).iter_rows()]


def _row(evidence: Evidence, target: Target) -> tuple[str | float | None, ...]:
    """Return the row of a target."""
    answer = _answer(evidence, target)
    estimate = answer.estimate
    return (
        target.target,
        target.measure,
        target.metric,
        target.comparator,
        target.value,
        target.unit,
        estimate.value,
        estimate.low,
        estimate.high,
        VERDICTS[answer.verdict],
        answer.evidence,
        "; ".join(answer.assumptions),
    )


def _answer(evidence: Evidence, target: Target) -> Answer:
    """Return the answer to a target; one without a model is not decided."""
    if target.target in ANSWERS:
        return ANSWERS[target.target](evidence, target)
    return Answer(Estimate(None), None, MISSING.get(target.target, "No model answers it in this version."))
