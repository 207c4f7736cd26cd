"""Simulated days of an operator's duties: the share completed with its interval, and the slack with which it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.arrays import scalar
from data.goals import Finding, Shown
from experiments.statistics.estimates import mean_estimate
from fleet.operators.day_chance import COMPLETED, EMPTY, LATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from data.goals import Figure

DAYS: Final = 30
"""Days that are simulated: the interval of a share of 95 % of 60 duties is then about one point."""
SLACKS: Final = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
"""Recovery times over the driving time that are tried, from the least."""


def completed_share(duties: pl.DataFrame) -> float:
    """Return the share of completed duties; `duties` has the columns of `fleet.operators.day_chance.DUTY_ENDS`."""
    return scalar(duties, (pl.col("outcome") == COMPLETED).mean())


def completed_days(duties: pl.DataFrame, day: str) -> dict[str, Figure]:
    """Return what there is to say about simulated days: completed per cent with its interval over days, and why not.

    Parameters
    ----------
    duties
        Columns of `fleet.operators.day_chance.DUTY_ENDS`.
    day
        Which days these are: ``day_<name>`` is a finding.
    """
    outcome = pl.col("outcome")
    by_day = duties.group_by("day", maintain_order=True).agg((outcome == COMPLETED).mean().alias("share"))
    share = mean_estimate([100.0 * part for part in by_day["share"]], floor=0.0, ceiling=100.0)
    kinds = {f"{kind}_share": scalar(duties, (outcome == kind).mean()) for kind in (LATE, EMPTY)}
    named: dict[str, Figure] = {"day": Finding(f"day_{day}"), "completed": Shown(share.value, share.low, share.high)}
    return {**named, **kinds, "days": by_day.height}


def with_slack(
    rows: Sequence[dict[str, Any]],
    planned: Callable[[dict[str, Any], float], dict[str, Any] | None],
    given_share: float,
) -> Iterator[dict[str, Any]]:
    """Yield the cheapest plan again with more slack, up to the least with which the asked share of duties is completed.

    Parameters
    ----------
    rows
        Options with ``vehicles, cny_per_year, feasible``; without vehicles there is no plan.
    planned
        Gives the row of an option with another slack; None where there is no plan.
    given_share
        Slack of the rows.
    """
    known = [row for row in rows if row.get("vehicles") is not None]
    cheapest = min(known, key=lambda row: float(row["cny_per_year"]), default=None)
    if cheapest is None or cheapest["feasible"]:
        return
    for slack in SLACKS:
        if slack > given_share:
            row = planned(cheapest, slack)
            # whatever has no time for this slack has none for more
            if row is None:
                return
            yield row
            if row["feasible"]:
                return


def slack_findings(options: pl.DataFrame, best: dict[str, Any], same: Sequence[str]) -> list[Finding]:
    """Return what the slack of a plan does and costs; nothing where it has no more than it was given.

    Parameters
    ----------
    options
        All options.
    best
        The chosen one.
    same
        Columns in which the plan without it is the same.
    """
    without = options.filter(pl.col(name) == best[name] for name in same).sort("slack_share").row(0, named=True)
    if without["slack_share"] == best["slack_share"]:
        return []
    figures = {
        "slack_share": best["slack_share"],
        "given_share": without["slack_share"],
        "without_share": without["completed_share"],
        "completed_share": best["completed_share"],
        "more": best["vehicles"] - without["vehicles"],
        "cny": round(best["cny_per_year"] - without["cny_per_year"]),
    }
    return [Finding("plan_slack", figures)]
