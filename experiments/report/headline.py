"""The answer of a run in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import scalar
from data.memory.stored_tables import columns_of
from data.outcomes import LATE_MIN, SERVED, not_in_time
from experiments.formatting import figure

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.report.verdicts import Verdicts
    from experiments.runs.tables import Run

_ENOUGH: Final = "late_share"
"""Metric that says whether the chargers are enough."""


def headline(run: Run, verdicts: Verdicts, translate: Translate) -> list[str]:
    """Return the answer: whether the chargers are enough, the service, and how the targets of the plan stand."""
    return [
        *_enough(verdicts, translate),
        _service(run, translate),
        *_given(run, translate),
        _counts(verdicts, translate),
    ]


def _enough(verdicts: Verdicts, translate: Translate) -> list[str]:
    """Return whether the chargers are enough, where the plan asks."""
    short = translate("By the county's criteria the chargers are not enough.")
    said = {
        "met": translate("By the county's criteria the chargers are enough."),
        "missed": short,
        # the plan's year is ahead
        "off course": short,
    }
    verdict = verdicts.verdict_of(_ENOUGH)
    unsure = translate("This run does not decide whether the chargers are enough.")
    return [] if verdict is None else [said.get(verdict, unsure)]


def _service(run: Run, translate: Translate) -> str:
    """Return what public charging does on an average day; what is late is the county's own figure."""
    sessions = columns_of(run.tables, "sessions", "replication", "outcome", "wait_min", "energy_kwh")
    if not sessions.height:
        return translate("No charging was asked for.")
    served = sessions.filter(SERVED)
    days = run.scenario.days * max(1, sessions["replication"].n_unique())
    weighted = pl.col("gun_utilisation_share") * pl.col("usable_guns")
    late_min = run.county.figure(LATE_MIN)
    return translate(
        "Public chargers get {asked:,.0f} requests and deliver {mwh:.1f} MWh a day; {late} do not get a gun within "
        "{late_min:g} minutes ({lost} are not served at all), and a gun is busy {use} of the time."
    ).format(
        asked=sessions.height / days,
        mwh=float(served["energy_kwh"].sum()) / days / 1000.0,
        late=figure(scalar(sessions, not_in_time(late_min).mean(), default=0.0), "share"),
        late_min=late_min,
        lost=figure(1.0 - served.height / sessions.height, "share"),
        use=figure(scalar(run.tables["stations"], weighted.sum() / pl.col("usable_guns").sum(), default=0.0), "share"),
    )


def _given(run: Run, translate: Translate) -> list[str]:
    """Return that requests come from a file, where they do: they say nothing of the county's own demand."""
    if run.scenario.charging.requests is None:
        return []
    return [
        translate("The requests are those of a file, such as a log; they are not drawn from the county's vehicles.")
    ]


def _counts(verdicts: Verdicts, translate: Translate) -> str:
    """Return how many targets have which verdict."""
    counted = verdicts.counts()
    each = translate("{count} {verdict}")
    said = translate(", ").join(each.format(count=count, verdict=word) for word, count in counted.items())
    return translate("Targets of the plan: {all}, of which {said}.").format(all=sum(counted.values()), said=said)
