"""Weeks that a size is judged by: the scenario's, those of the county's holidays, and the same in other years."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from data.errors import ScenarioError
from experiments.runs.plan import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario

ORDINARY = "ordinary"
"""Name of the days that are no holiday."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Days that are simulated, and how many days of a year they stand for.

    Attributes
    ----------
    name : str
        ``ordinary``, or the occasion of the calendar; the year in front where there are several.
    case : Case
        What is simulated.
    days : float
        Days of the year like these.
    """

    name: str
    case: Case
    days: float


def occasions_of(scenario: Scenario, *, holidays: bool = False, years: Sequence[int] = ()) -> list[Occasion]:
    """Return the weeks that a size is judged by; the scenario's comes first.

    Parameters
    ----------
    scenario : Scenario
        Its days are the ordinary ones.
    holidays : bool
        Whether those of the county's calendar are looked at as well, from their first day on.
    years : sequence of int
        Years instead of the scenario's, each counting alike; its days begin on the same day of the week.

    Raises
    ------
    ScenarioError
        A year that the scenario cannot have, or holidays of a year that the calendar does not name.
    """
    found: list[Occasion] = []
    several = len(years) > 1
    for year in years or (scenario.year,):
        of_year = in_year(scenario, year)
        prefix = f"{year} " if several else ""
        ordinary = prepare(of_year).case
        spans = _holidays(ordinary, year) if holidays else {}
        left = (366.0 if calendar.isleap(year) else 365.0) - sum(days for _, days in spans.values())
        found.append(Occasion(f"{prefix}{ORDINARY}", ordinary, left))
        for name, (start, days) in spans.items():
            found.append(Occasion(f"{prefix}{name}", prepare(of_year.with_(start=start)).case, days))
    return found


def in_year(scenario: Scenario, year: int) -> Scenario:
    """Return the scenario in another year, beginning on the same day of the week near the same date."""
    if year == scenario.year:
        return scenario
    # 29 February has no match in most years
    date = scenario.start.replace(year=year, day=min(scenario.start.day, 28))
    shift = (scenario.start.weekday() - date.weekday() + 3) % 7 - 3
    moved = date + dt.timedelta(days=shift)
    if moved.year != year:
        moved += dt.timedelta(days=7 if moved.year < year else -7)
    return scenario.with_(year=year, start=moved)


def _holidays(case: Case, year: int) -> dict[str, tuple[dt.date, float]]:
    """Return first day and days of each holiday of a year, by occasion (its own name where it has none)."""
    rows = case.county.calendar.filter(pl.col("start_date").dt.year() == year)
    if not rows.height:
        known = sorted(set(case.county.calendar["start_date"].dt.year().to_list()))
        has = f"{known[0]} to {known[-1]}" if known else "no year"
        raise ScenarioError(
            f"--holidays: calendar.csv of {case.county.name} has none in {year} (it has {has}). Add rows, or leave "
            f"--holidays out."
        )
    columns = pl.coalesce("occasion", "holiday"), "start_date", "end_date"
    return {name: (start, float((end - start).days + 1)) for name, start, end in rows.select(columns).iter_rows()}
