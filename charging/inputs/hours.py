"""Opening hours of stations by weekday: from a daily window, or from a text as OpenStreetMap and OCPI lists have it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from data.arrays import DAY_MIN
from data.errors import DataError
from data.tables.week_texts import DAYS, HOURS_LOOK_LIKE, DayRule, opening_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.tables.week_texts import Spans

WEEK_MIN: Final = len(DAYS) * DAY_MIN


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
        return is_within(self.starts_min, self.ends_min, at_min)

    def closes_after(self, now_min: float) -> float:
        """Return the next closing time, minutes; never where the station does not open at all."""
        return next_end(self.starts_min, self.ends_min, now_min)


def is_within(starts_min: Sequence[float] | Floats, ends_min: Sequence[float] | Floats, at_min: float) -> bool:
    """Return whether a time is in one of the spans of a week, which are apart from each other and in order."""
    of_week = at_min % WEEK_MIN
    for span in range(len(starts_min)):
        if starts_min[span] > of_week:
            return False
        if of_week < ends_min[span]:
            return True
    return False


def next_end(starts_min: Sequence[float] | Floats, ends_min: Sequence[float] | Floats, now_min: float) -> float:
    """Return the next end of a span, minutes, where spans that meet at the end of the week are one; never without."""
    count = len(starts_min)
    if count == 0:
        return math.inf
    of_week = now_min % WEEK_MIN
    begin = now_min - of_week
    over_night = starts_min[0] == 0.0 and ends_min[count - 1] == WEEK_MIN
    for span in range(count):
        end = ends_min[span]
        if end > of_week and not (over_night and end == WEEK_MIN):
            return float(begin + end)
    return float(begin + WEEK_MIN + ends_min[0])


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
    try:
        rules = opening_rules(text)
    except ValueError as fault:
        raise unreadable(text, fault, HOURS_LOOK_LIKE, row=row, column=column) from None
    by_day: dict[int, Spans] = {}
    for rule in rules:
        by_day |= dict.fromkeys(rule.days, rule.spans)
    return Hours.of_spans(
        [span for day, spans in by_day.items() for span in spans_of(DayRule([day], spans), first_weekday)]
    )


def spans_of(rule: DayRule, first_weekday: int) -> Spans:
    """Return the spans of a rule in minutes from the first day of a simulation, which is a ``first_weekday``."""
    begins = [(day - first_weekday) * DAY_MIN for day in rule.days]
    return [(begin + start, begin + end) for begin in begins for start, end in rule.spans]


def unreadable(text: str, fault: ValueError, expected: str, *, row: int, column: str) -> DataError:
    """Return the error of a text of a layout that cannot be read."""
    return DataError(f"layout: row {row}, column {column!r}: got {text!r}; {fault}. Expected {expected}.")
