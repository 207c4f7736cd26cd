"""What would close a criterion that is open: one or more remedies for each, as keys and figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.schemas.metrics import METRICS
from experiments.scorecard.answer import Reason, Verdict
from experiments.scorecard.carbon import SERIES
from experiments.scorecard.card import REMEDIES
from experiments.statistics.estimates import Estimate, decide
from experiments.statistics.replications import FIRST, MOST, replications_to_decide

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from data.county import County
    from experiments.scenario.model import Scenario

MOST_NAMED: Final = 3
"""Assumptions that are named where none of them is known to turn the verdict alone."""
DECIDES: Final = 0.9
"""Chance with which the replications that are asked for decide, if estimate and spread are as seen."""
GRID_TABLE: Final = "town_grid"
"""Table that says what the grid of a town carries."""
RIVER_KEY: Final = "shipping.enabled"


class Remedy(StrEnum):
    """What would close an open criterion."""

    FIRST_INTERVAL = "first interval"
    """Run `value` replications: fewer give no interval."""
    MORE_REPLICATIONS = "more replications"
    """Run `value` replications: as many decide nine times in ten, if estimate and spread are as seen so far."""
    TOO_CLOSE = "too close"
    """No number of replications up to `value` decides: the estimate lies at the limit."""
    FLIP = "flip"
    """Find out whether the assumption `subject` is beyond `value`: there it turns the verdict."""
    NARROW = "narrow"
    """Put observed figures in the place of the assumption `subject`."""
    DRAW = "draw"
    """Draw the assumptions in `value` short runs: that names those which matter."""
    CHOOSE_SERIES = "choose series"
    """State which series the plan means: that of `subject` comes to `value`."""
    FILL_TABLE = "fill table"
    """Give the table `subject` rows."""
    KEEP_TO_YEARS = "keep to years"
    """Name a year up to `value`: the tables end there."""
    SIMULATE = "simulate"
    """Set the key `subject` of the scenario to true."""
    MORE_DAYS = "more days"
    """Simulate more than `value` days: nothing was observed in them."""
    NAME_METRIC = "name metric"
    """Name a metric for the target in the table `subject`."""
    NONE = "none"
    """No run closes it: this version has no model of it."""


class Row(NamedTuple):
    """A remedy for a criterion, without the criterion."""

    remedy: Remedy
    subject: str | None = None
    value: float | None = None
    unit: str | None = None


_UNNAMED: Final = Row(Remedy.NAME_METRIC, "targets")


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is known of the doubt about a scorecard.

    Attributes
    ----------
    flips : polars.DataFrame
        What turns verdicts: columns of `experiments.scorecard.card.FLIPS`.
    sampled : collection of str
        Metrics whose doubt takes short runs.
    points : int
        How many of them are usual.
    last_year : int
        Last year of the county's accounts.
    """

    flips: pl.DataFrame
    sampled: Collection[str]
    points: int
    last_year: int


@dataclass(frozen=True, slots=True)
class _Open:
    """An open criterion and what may close it."""

    scenario: Scenario
    county: County
    criterion: Mapping[str, Any]
    card: pl.DataFrame
    assumptions: pl.DataFrame
    doubts: Doubts

    def rows(self) -> list[Row]:
        """Return its remedies, at least one."""
        by_reason: dict[str, Callable[[], list[Row]]] = {
            Reason.NEEDS_REPLICATIONS: self._replications,
            Reason.RANGE_SPANS_LIMIT: self._assumed,
            Reason.SERIES_DISAGREE: self._series,
            Reason.AT_LIMIT: lambda: [Row(Remedy.FILL_TABLE, GRID_TABLE)],
            Reason.LEFT_OUT: lambda: [Row(Remedy.SIMULATE, RIVER_KEY)],
            Reason.NO_DATA: self._data,
            Reason.NO_MODEL: lambda: [Row(Remedy.NONE) if self.criterion["metric"] else _UNNAMED],
        }
        return by_reason[self.criterion["reason"]]()

    def _replications(self) -> list[Row]:
        """Return how many replications would decide."""
        one = self.criterion
        value, limit = one["value"], one["limit"]
        if one["sampling_low"] is None:
            # one more than there are, where the usual number was not enough
            return [Row(Remedy.FIRST_INTERVAL, None, max(FIRST, self.scenario.replications + 1), "replications")]
        # the end that reaches over the limit keeps it open
        end = one["sampling_high"] if limit >= value else one["sampling_low"]
        seen = (limit - value, abs(end - value), self.scenario.replications)
        # asked for once: fewer would leave every other run asking again
        number = replications_to_decide(*seen, power=DECIDES) or replications_to_decide(*seen)
        if number is None:
            return [Row(Remedy.TOO_CLOSE, None, MOST, "replications")]
        return [Row(Remedy.MORE_REPLICATIONS, None, number, "replications")]

    def _assumed(self) -> list[Row]:
        """Return the assumptions to find out about: those that turn the verdict, else those that matter most."""
        mine = self.doubts.flips.filter(target_id=self.criterion["target_id"], criterion=self.criterion["criterion"])
        turning = mine.filter(pl.col("flips_at").is_not_null()).sort("rank")
        if turning.height:
            return [Row(Remedy.FLIP, name, at) for name, at in turning.select("assumption", "flips_at").iter_rows()]
        if mine.height:
            return [Row(Remedy.NARROW, name) for name in mine.sort("rank")["assumption"]]
        if self.criterion["metric"] in self.doubts.sampled and not self.scenario.points:
            return [Row(Remedy.DRAW, None, self.doubts.points, "points")]
        behind = self.assumptions.filter(target_id=self.criterion["target_id"])
        # the tables with most assumed rows first; figures are single rows
        named = behind.sort("rows", "table", "figure", descending=[True, False, False]).head(MOST_NAMED)
        rows = [
            Row(Remedy.NARROW, f"figures.{figure}" if figure else f"tables.{table}")
            for table, figure in named.select("table", "figure").iter_rows()
        ]
        return rows or [Row(Remedy.NARROW, f"tables.{table}") for table in METRICS[self.criterion["metric"]].needs]

    def _series(self) -> list[Row]:
        """Return what each series comes to; where the first itself is not sure, the assumptions behind it too."""
        one = self.criterion
        rows = self.card.filter(pl.col("target_id") == one["target_id"])
        # the metric itself is the first series
        named = zip(SERIES, rows.select("value", "unit").iter_rows(), strict=True)
        found = [Row(Remedy.CHOOSE_SERIES, series, value, unit) for series, (value, unit) in named]
        ends = Estimate(one["value"], one["assumption_low"], one["assumption_high"])
        sure = decide(ends, one["comparator"], one["limit"]) is not None
        return found if sure else [*found, *self._assumed()]

    def _data(self) -> list[Row]:
        """Return the tables that lack rows; where none does, another year or more days."""
        lacking = [table for table in METRICS[self.criterion["metric"]].needs if self._lacks(table)]
        if lacking:
            return [Row(Remedy.FILL_TABLE, table) for table in lacking]
        year = self.criterion["year"]
        if year is None or year > self.doubts.last_year:
            return [Row(Remedy.KEEP_TO_YEARS, "targets", self.doubts.last_year, "year")]
        return [Row(Remedy.MORE_DAYS, None, self.scenario.days, "days")]

    def _lacks(self, table: str) -> bool:
        """Return whether a table of the county has no rows; a layout is there in every run."""
        return table != "layout" and not self.county.tables[table].height


def remedies(scenario: Scenario, county: County, answers: Mapping[str, pl.DataFrame], doubts: Doubts) -> pl.DataFrame:
    """Return what would close the open criteria of a scorecard.

    Parameters
    ----------
    scenario : Scenario
        What was simulated.
    county : County
        Its county.
    answers : mapping of str to polars.DataFrame
        ``scorecard`` and ``assumptions``, as `experiments.scorecard.score.score` returns them.
    doubts : Doubts
        What is known of their doubt.

    Returns
    -------
    polars.DataFrame
        Columns of `experiments.scorecard.card.REMEDIES`, at least one row per open criterion.
    """
    card = answers["scorecard"]
    rows = [
        (one["target_id"], one["metric"], one["criterion"], str(row.remedy), row.subject, row.value, row.unit)
        for one in card.filter(verdict=Verdict.OPEN.value).iter_rows(named=True)
        for row in _Open(scenario, county, one, card, answers["assumptions"], doubts).rows()
    ]
    return pl.DataFrame(rows, schema=REMEDIES, orient="row")
