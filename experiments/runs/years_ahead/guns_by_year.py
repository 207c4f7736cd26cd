"""The fewest guns of each station in the years ahead, in an ordinary week and in the holidays, by formula."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.outcomes import LATE_MIN
from data.schemas.accounts import GUNS_BY_YEAR
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.executors import Work, compute_all
from experiments.runs.plan import prepare
from experiments.runs.provenance import digest, frame_digest
from experiments.scenario.county import HORIZON
from experiments.scenario.model import from_json
from experiments.scorecard.facts.guns import OCCASION, ORDINARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from charging.queueing.least_guns import Criteria
    from data.county import County
    from experiments.runs.case import Case
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario

ENOUGH: Final = "late_share"
"""Metric of the targets that ask whether the guns are enough: their year is the first that is looked at."""
DAYS: Final = 3
"""Days that are drawn of a week: Friday to Sunday, or the first of a holiday; hours are smoothed over all stations."""
_FRIDAY: Final = 4
_MONTH: Final = 11
"""Month in which an ordinary week is looked for first: neither summer nor a long holiday in most places."""


@dataclass(frozen=True, slots=True)
class Week:
    """Days of a year that demand is drawn for.

    Attributes
    ----------
    year : int
        Year of stock and roads.
    week : str
        ``ordinary``, or the occasion of a holiday, such as ``spring-festival``.
    start : datetime.date
        First day.
    """

    year: int
    week: str
    start: dt.date

    def of(self, scenario: Scenario) -> Scenario:
        """Return a scenario moved to these days."""
        return scenario.with_(year=self.year, start=self.start, days=DAYS, replications=1, points=0)


def weeks(county: County, years: Sequence[int]) -> list[Week]:
    """Return an ordinary week and the holidays of some years, as far as the calendar goes."""
    found = []
    for year in years:
        found.append(Week(year, ORDINARY, _ordinary(county, year)))
        rows = county.calendar.filter(pl.col("start_date").dt.year() == year).sort("start_date")
        found += [Week(year, name, start) for name, start in rows.select(OCCASION, "start_date").iter_rows()]
    return found


def _ordinary(county: County, year: int) -> dt.date:
    """Return a Friday of a year on which no day of the week is a holiday, from November on; else the first of them."""
    fridays = list(_fridays(year))
    for friday in fridays:
        last = friday + dt.timedelta(days=DAYS - 1)
        if not county.calendar.filter((pl.col("start_date") <= last) & (pl.col("end_date") >= friday)).height:
            return friday
    return fridays[0]


def _fridays(year: int) -> Iterator[dt.date]:
    """Yield the Fridays of a year whose week-end lies in it, those from November on first."""
    days = [dt.date(year, 1, 1) + dt.timedelta(days=day) for day in range(365 - DAYS)]
    fridays = [day for day in days if day.weekday() == _FRIDAY]
    yield from sorted(fridays, key=lambda day: (day.month < _MONTH, day))


def guns_by_year(
    case: Case,
    executor: Executor,
    *,
    years: Sequence[int] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> pl.DataFrame:
    """Return the fewest guns of each station and current by year and week, by formula.

    Kept in the user's cache folder by what decides it. One draw of the demand per week, on the same random numbers in
    all years.

    Parameters
    ----------
    case : Case
        County, layout and behaviour; its own year and days do not count.
    executor : Executor
        Where the weeks are computed.
    years : sequence of int, optional
        From the first year of the county's target of the wait to the last of the accounts by default.
    meanwhile : callable, optional
        What this process has to do while others begin; see `experiments.runs.executors.compute_all`.

    Returns
    -------
    polars.DataFrame
        Columns of `charging.queueing.least_guns.GUNS_BY_YEAR`; no rows where the scenario gives the requests, which say
        nothing of other years.
    """
    asked = [] if "requests" in case.given else weeks(case.county, _years(case) if years is None else years)
    work: Work[Week, tuple[Week, list[tuple[Any, ...]]]] = Work(
        here=lambda week: _rows(case, week), there=_there, encode=lambda week: _encoded(case, week), decode=_decoded
    )
    # the last years first: their fleets are the largest, and those before draw the first of the same numbers
    order = sorted(asked, key=lambda week: -week.year)
    computed = compute_all(executor, work, order, meanwhile=meanwhile)
    found = {(week.year, week.week): rows for week, rows in computed}
    rows = [row for week in asked for row in found[week.year, week.week]]
    return pl.DataFrame(rows, schema=GUNS_BY_YEAR, orient="row")


def _years(case: Case) -> range:
    """Return the years that are looked at."""
    targets = case.county.targets.filter(metric=ENOUGH)["year"].drop_nulls().to_list()
    return range(min([*targets, case.scenario.year]), HORIZON[-1] + 1)


def _rows(case: Case, week: Week) -> tuple[Week, list[tuple[Any, ...]]]:
    """Return a week and its rows, with the objects at hand."""
    # who drives what is planned once, for the year of the run
    kept = {"stock": case.stock, "duties": case.duties}
    # roads open by year: ways and pull are those of the week's
    if week.year == case.scenario.year:
        kept |= {"travel": case.travel, "pull": case.pull}
    return week, _stored(replace(case, scenario=week.of(case.scenario), kept=kept), week)


def _stored(case: Case, week: Week) -> list[tuple[Any, ...]]:
    """Return the rows of a week, from the cache where they are there."""
    # who drives what is planned for the year of the run, which the week does not tell
    key = digest(case.key, "least guns", week.week, frame_digest(case.duties))
    return [tuple(row) for row in stored("least_guns", key, lambda: {"rows": _computed(case, week)})["rows"]]


def _computed(case: Case, week: Week) -> list[list[Any]]:
    """Return the rows of a week, computed anew."""
    # loads the simulators, which a process that reads stored answers does without
    from charging.queueing.least_guns import least_guns  # noqa: PLC0415
    from experiments.runs.replicate import child_seed, demand  # noqa: PLC0415

    asked = demand(case, seed=child_seed(case.scenario.seed, 0))
    criteria = criteria_of(case.county, holiday=week.week != ORDINARY)
    table = least_guns(
        case.layout, asked, case.travel, criteria, behaviour=case.behaviour, vehicles=case.vehicles
    )  # fmt: skip
    return [[week.year, week.week, *row] for row in table.iter_rows()]


def criteria_of(county: County, *, holiday: bool) -> Criteria:
    """Return the county's criteria of service for each station."""
    figure = county.figure
    from charging.queueing.least_guns import Criteria  # noqa: PLC0415 - loads the simulators, as above

    return Criteria(
        late_min=figure(LATE_MIN),
        late_share=figure("charging.los_wait_share"),
        left_share=figure("charging.los_unserved_share"),
        p95_min=figure("charging.los_holiday_p95_min") if holiday else None,
    )


def _encoded(case: Case, week: Week) -> str:
    """Return a week as text."""
    return json.dumps([case.portable.model_dump_json(), week.year, week.week, week.start.isoformat()])


def _there(text: str) -> str:
    """Compute a week in another process, from its text to that of its rows."""
    scenario, year, name, start = json.loads(text)
    week = Week(year, name, dt.date.fromisoformat(start))
    _, rows = _rows(prepare(from_json(scenario)).case, week)
    return json.dumps([year, name, start, rows])


def _decoded(text: str) -> tuple[Week, list[tuple[Any, ...]]]:
    """Return a week and its rows from their text."""
    year, name, start, rows = json.loads(text)
    return Week(year, name, dt.date.fromisoformat(start)), [tuple(row) for row in rows]
