"""What a run says of itself in a few lines: its size, whether its accounts close, where its files are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.memory.stored_tables import columns_of
from data.outcomes import SERVED
from experiments.report.sentences.story import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate
    from experiments.runs.tables import Run

CLOSING: Final = _("What would close what is open:")
TABLES: Final = _("Tables: {place}")
REPORT: Final = _("Report: {place}")
NEXT: Final = _("Next:   {command}")


def size_line(run: Run, translate: Translate) -> str:
    """Return how much was simulated."""
    sessions = columns_of(run.tables, "sessions", "outcome")
    said = translate(
        _(
            "{replications} replications of {days} days: {asked:,} charging requests, {served:,} served; "
            "{seconds:.0f} s."
        )
    ).format(
        replications=run.scenario.replications,
        days=run.scenario.days,
        asked=sessions.height,
        served=sessions.filter(SERVED).height,
        seconds=run.manifest["wall_time_s"],
    )
    if not run.scenario.shipping.enabled:
        return said
    calls = translate(_("Bunkering calls: {calls:,}.")).format(calls=run.manifest["rows"]["calls"])
    return f"{said} {calls}"


def spent_line(manifest: Mapping[str, dict[str, float]], translate: Translate) -> list[str]:
    """Return what the short runs over the assumptions took; nothing without any."""
    if "assumptions" not in manifest:
        return []
    said = translate(_("Assumptions: {points} short runs on the same random numbers, {seconds:.0f} s."))
    return [said.format(**manifest["assumptions"])]


def soundness(run: Run, translate: Translate) -> str:
    """Return whether the accounts close, and which stations cannot keep up."""
    checks = run.tables["checks"]
    failed = checks.filter(~pl.col("holds"))["check"].unique(maintain_order=True)
    text = translate(_("Accounts: {number} checks hold in every replication.")).format(
        number=checks["check"].n_unique()
    )
    if len(failed):
        text = translate(_("Accounts: these checks FAIL: {checks}.")).format(checks=translate(_("; ")).join(failed))
    unstable = run.tables["preview"].filter(~pl.col("stable"))["station_id"].unique(maintain_order=True)
    if len(unstable):
        said = translate(_("More charging is asked for than the guns can give, and nobody gives up, at: {stations}."))
        text += " " + said.format(stations=translate(_(", ")).join(unstable))
    return text
