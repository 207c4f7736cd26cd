"""Which assumptions stand behind a result: axes of a sensitivity, read from the scorecard's table of assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.runs.assumptions.axes import assumed_axes
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.designs.point_answers import AssumptionRow
    from experiments.runs.assumptions.axes import Axis

BEHIND = {
    "sessions": "late_share",
    "stations": "late_share",
    "load": "transformer_peak_share",
    "calls": "lng_stations_in_county",
}
"""Metrics whose assumptions stand behind the measures that are read from a table."""


def assumptions(county: County, behind: Sequence[AssumptionRow], names: Sequence[str]) -> list[Axis]:
    """Return the assumed figures and tables with a range that some results rest on.

    The rows of a table move together, from the low to the high ends of their ranges; `over` takes single rows too.

    Parameters
    ----------
    county : data.County
        Its figures.
    behind : sequence of AssumptionRow
        The scorecard's table of assumptions.
    names : sequence of str
        Measures and ids of targets; a measure rests on what the targets of the metric in `BEHIND` rest on.
    """
    metrics = {BEHIND[MEASURES[name].table] for name in names if name in MEASURES}
    rows = [row for row in behind if row["metric"] in metrics or row["target_id"] in names]
    keys = {row["figure"] for row in rows if row["figure"] is not None}
    tables = {row["table"] for row in rows if row["figure"] is None}
    return assumed_axes(county, keys, tables)
