"""Opening hours of stations by weekday: from a daily window, or from a text as OpenStreetMap and OCPI lists have it."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from data.arrays import DAY_MIN
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""Days of the week as OpenStreetMap writes them; their numbers are those of Python's ``date.weekday``."""
WEEK_MIN: Final = len(DAYS) * DAY_MIN
_HOLIDAYS: Final = ("PH", "SH")
_NEVER: Final = ("off", "closed")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")
_LAST_MIN: Final = 2.0 * DAY_MIN

Spans = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Hours:
    """When vehicles may plug in, week by week.

    Attributes
    ----------
    starts_min, ends_min
        Open spans of a week, apart from each other and in order; minute 0 is that of the simulation.
    """

    starts_min: tuple[float, ...]
    ends_min: tuple[float, ...]

    @classmethod
    def of_spans(cls, spans: Spans) -> Self | None:
        """Return the hours of open spans of a week that may overlap, touch or pass its end; None: at any time."""
        wrapped = [(start % WEEK_MIN, start % WEEK_MIN + end - start) for start, end in spans if end > start]
        # what passes the end of the week goes on at its begin
        pieces = [(start, min(end, WEEK_MIN)) for start, end in wrapped]
        pieces += [(0.0, min(end - WEEK_MIN, WEEK_MIN)) for _, end in wrapped if end > WEEK_MIN]
        joined: Spans = []
        for start, end in sorted(pieces):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        if joined == [(0.0, WEEK_MIN)]:
            return None
        return cls(tuple(start for start, _ in joined), tuple(end for _, end in joined))

    def is_open(self, at_min: float) -> bool:
        """Return whether vehicles may plug in at a time."""
        of_week = at_min % WEEK_MIN
        span = bisect_right(self.starts_min, of_week) - 1
        return span >= 0 and of_week < self.ends_min[span]

    def closes_after(self, now_min: float) -> float:
        """Return the next closing time, minutes; never where the station does not open at all."""
        of_week = now_min % WEEK_MIN
        begin = now_min - of_week
        over_night = self.starts_min[:1] == (0.0,) and self.ends_min[-1:] == (WEEK_MIN,)
        for end in self.ends_min:
            if end > of_week and not (over_night and end == WEEK_MIN):
                return begin + end
        return begin + WEEK_MIN + self.ends_min[0] if self.ends_min else math.inf


def daily(opens_min: float, closes_min: float) -> Hours | None:
    """Return the hours of a daily window in minutes of the day, which may pass midnight; None: at any time.

    A window with equal ends, and one from 0 to 1440, is the whole day.
    """
    opens = opens_min % DAY_MIN
    stay = (closes_min - opens) % DAY_MIN or DAY_MIN
    return Hours.of_spans([(day * DAY_MIN + opens, day * DAY_MIN + opens + stay) for day in range(len(DAYS))])


def weekly(text: str, *, first_weekday: int = 0, row: int = 0, column: str = "hours") -> Hours | None:
    """Return the hours that a text describes; None: at any time.

    Parameters
    ----------
    text
        Rules as OpenStreetMap writes them: ``24/7``, ``06:00-22:00``, ``Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00``,
        ``Mo-Su 08:00-12:00,14:00-18:00; We off``, ``Fr,Sa 18:00-02:00``. A later rule replaces earlier ones on its
        days. A day without any rule is closed. Public and school holidays (``PH``, ``SH``) are left out: a simulated
        week has none.
    first_weekday
        Day of the week of minute 0: 0 is Monday.
    row, column
        Where the layout has the text, for the message.

    Raises
    ------
    DataError
        A text that cannot be read, naming row and column.
    """
    by_day: dict[int, Spans] = {}
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        try:
            days, spans = _rule(rule)
        except ValueError as fault:
            raise DataError(
                f"layout: row {row}, column {column!r}: got {text!r}; {fault}. Expected days and times such as "
                "'Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00', 'Mo-Su 18:00-02:00' or '24/7'."
            ) from None
        by_day |= dict.fromkeys(days, spans)
    if not by_day:
        raise DataError(
            f"layout: row {row}, column {column!r}: got {text!r}, which names no day. Write '24/7' or hours."
        )
    shifted = [((day - first_weekday) * DAY_MIN, spans) for day, spans in by_day.items()]
    return Hours.of_spans([(begin + start, begin + end) for begin, spans in shifted for start, end in spans])


def _rule(rule: str) -> tuple[list[int], Spans]:
    """Return the days of a rule and its spans in minutes of the day."""
    if rule == "24/7":
        return list(range(len(DAYS))), [(0.0, DAY_MIN)]
    first, _, rest = rule.partition(" ")
    if first[:1].isdigit() or first in _NEVER:
        return list(range(len(DAYS))), _spans(rule)
    # 'Mo, We 08:00-12:00' is written too: blanks after commas are no end of the days
    days = first
    while days.endswith(",") and rest:
        more, _, rest = rest.strip().partition(" ")
        days += more
    return _days(days), _spans(rest.strip())


def _days(text: str) -> list[int]:
    """Return the numbers of days such as ``Mo-Fr,Su``; holidays are left out."""
    result: list[int] = []
    for part in text.rstrip(":").split(","):
        if part in _HOLIDAYS:
            continue
        ends = [name.capitalize() for name in part.split("-")]
        unknown = [name for name in ends if name not in DAYS]
        if unknown or len(ends) > 2:
            raise ValueError(f"{part!r} is no day or span of days ({', '.join(DAYS)})")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        # 'Sa-Mo' passes the end of the week
        result += [(first + step) % len(DAYS) for step in range((last - first) % len(DAYS) + 1)]
    return result


def _spans(text: str) -> Spans:
    """Return spans such as ``08:00-12:00,14:00-18:00`` in minutes of the day; no text is the whole day."""
    if not text:
        return [(0.0, DAY_MIN)]
    if text in _NEVER:
        return []
    spans = []
    for part in text.replace(" ", "").split(","):
        ends = [_minute(time) for time in part.split("-")]
        if len(ends) != 2:
            raise ValueError(f"{part!r} is no span of two times")
        start, end = ends
        # equal ends, 00:00-24:00 too, are the whole day; an end before the begin is after midnight
        spans.append((start, end if end > start else end + DAY_MIN))
    return spans


def _minute(text: str) -> float:
    """Return the minute of the day of a time such as ``06:30``; up to 48:00, for ends after midnight."""
    found = _TIME.fullmatch(text)
    minute = 60.0 * int(found[1]) + int(found[2]) if found else math.nan
    if found is None or int(found[2]) >= 60 or minute > _LAST_MIN:
        raise ValueError(f"{text!r} is no time of the day")
    return minute


def open_minutes(hours: Hours | None, start_min: Floats, end_min: Floats) -> Floats:
    """Return how many minutes of each stay lie in the hours."""
    if hours is None:
        return end_min - start_min
    return _until(hours, end_min) - _until(hours, start_min)


def _until(hours: Hours, minute: Floats) -> Floats:
    """Return the open minutes from minute 0 to a time."""
    starts, ends = np.array(hours.starts_min), np.array(hours.ends_min)
    weeks, of_week = np.divmod(minute, WEEK_MIN)
    inside = np.clip(of_week[:, None], starts, ends) - starts
    return np.asarray(weeks * float(np.sum(ends - starts)) + inside.sum(axis=1))
