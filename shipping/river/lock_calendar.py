"""When chambers of a lock rest: works and water levels by date, and those that come back every year."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from data.arrays import DAY_MIN
from data.errors import DataError, nearest

if TYPE_CHECKING:
    import polars as pl

_YEAR_DAYS: Final = 365  # of rests that come back: who rests on all of them never works
Spans = tuple[tuple[float, float], ...]


class Rest(NamedTuple):
    """A row of ``lock_calendar``: first and last day, and whether it comes back in years without rows of their own."""

    chamber: str
    first_day: dt.date
    last_day: dt.date
    yearly: bool

    def in_year(self, year: int) -> Rest:
        """Return the rest as it falls in another year (29 February: the day before)."""
        moved = year - self.first_day.year
        return self._replace(first_day=_moved(self.first_day, moved), last_day=_moved(self.last_day, moved))


def _moved(day: dt.date, years: int) -> dt.date:
    """Return the same day of another year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def resting(calendar: pl.DataFrame, locks: pl.DataFrame, lock: str, *, start: dt.date, days: int) -> dict[str, Spans]:
    """Return when the chambers of a lock rest in a run.

    Parameters
    ----------
    calendar : polars.DataFrame
        Table ``lock_calendar``: ``lock, chamber, first_day, last_day, yearly``. Rows with ``yearly`` hold in every
        year in which no row of the lock begins.
    locks : polars.DataFrame
        Table ``locks``, for the names of the chambers.
    lock : str
        Name of the lock.
    start : datetime.date
        First day of the run.
    days : int
        Days of the run.

    Returns
    -------
    dict of str to tuple of tuple of float
        Start and end in minutes of the run, by chamber; those that never rest are left out.

    Raises
    ------
    DataError
        A chamber that the lock does not have, a last day before the first, a chamber that is never open, or a lock
        that is not open at all in the run.
    """
    known = locks.filter(lock=lock)["chamber"].to_list()
    rests = [
        Rest(*row)
        for row in calendar.filter(lock=lock).select("chamber", "first_day", "last_day", "yearly").iter_rows()
    ]
    _check(rests, known, lock)
    end = start + dt.timedelta(days=days)
    own_years = {rest.first_day.year for rest in rests}
    falling = list(rests)
    for year in range(start.year - 1, end.year + 1):
        if year not in own_years:
            falling += [rest.in_year(year) for rest in rests if rest.yearly]
    spans: dict[str, list[tuple[float, float]]] = {}
    for rest in falling:
        first = DAY_MIN * (rest.first_day - start).days
        # to the end of the last day
        last = DAY_MIN * ((rest.last_day - start).days + 1)
        if last > 0.0 and first < DAY_MIN * days:
            spans.setdefault(rest.chamber, []).append((first, last))
    used = locks.filter(lock=lock)
    working = used.filter(used["in_use"].fill_null(value=True))["chamber"].to_list()
    if working and all(_covers(spans.get(name, []), DAY_MIN * days) for name in working):
        raise DataError(
            f"lock_calendar: no chamber of lock '{lock}' is open from {start} for {days} days; expected one. "
            "Shorten the rests, or close the whole lock in the scenario instead."
        )
    return {name: tuple(sorted(found)) for name, found in spans.items()}


def _check(rests: list[Rest], known: list[str], lock: str) -> None:
    """Raise DataError for rests that mean nothing."""
    for number, rest in enumerate(rests, 1):
        if rest.chamber not in known:
            hint = nearest(rest.chamber, known)
            raise DataError(f"lock_calendar: lock '{lock}' has no chamber '{rest.chamber}' in locks.{hint}")
        if rest.last_day < rest.first_day:
            raise DataError(
                f"lock_calendar, row {number} of lock '{lock}', column 'last_day': got {rest.last_day}; expected "
                f"{rest.first_day} or later."
            )
    for chamber in {rest.chamber for rest in rests}:
        yearly = [rest for rest in rests if rest.chamber == chamber and rest.yearly]
        off = sum((rest.last_day - rest.first_day).days + 1 for rest in yearly)
        if off >= _YEAR_DAYS:
            raise DataError(
                f"lock_calendar: chamber '{chamber}' of lock '{lock}' is never open; expected a day in the year. "
                "Set in_use to false in locks.csv instead."
            )


def _covers(spans: list[tuple[float, float]], until_min: float) -> bool:
    """Return whether spans leave no open minute up to an end."""
    reached = 0.0
    for first, last in sorted(spans):
        if first > reached:
            return False
        reached = max(reached, last)
    return reached >= until_min
