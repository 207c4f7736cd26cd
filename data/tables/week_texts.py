"""Texts of a layout that speak of days and times of the week: opening hours, and fees by period."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from data.arrays import DAY_MIN

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""Days of the week as OpenStreetMap writes them; their numbers are those of Python's ``date.weekday``."""
FEE_KINDS: Final = ("energy", "start", "time", "idle")
"""What fees are asked for: the kWh at the meter, the start, the hour at the gun, and that after the charge."""
HOURS_LOOK_LIKE: Final = "days and times such as 'Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00', 'Mo-Su 18:00-02:00' or '24/7'"
FEES_LOOK_LIKE: Final = (
    "days, times, what is paid for and the amount, such as '00:00-08:00 energy 0.2; Mo-Fr 17:00-20:00 energy 0.8; "
    "Sa,Su idle 30'"
)
_HOLIDAYS: Final = ("PH", "SH")
_NEVER: Final = ("off", "closed")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")
_LAST_MIN: Final = 2.0 * DAY_MIN

Spans = list[tuple[float, float]]


class DayRule(NamedTuple):
    """What one rule of a text says: on these days (0 is Monday) these spans, minutes of the day; none is closed."""

    days: list[int]
    spans: Spans


class FeeRule(NamedTuple):
    """A fee of one of ``FEE_KINDS`` at some hours: CNY per kWh, per start, per hour."""

    kind: str
    amount: float
    when: DayRule


def opening_rules(text: str) -> list[DayRule]:
    """Return the rules of a text of opening hours, in its order.

    Raises
    ------
    ValueError
        A text that cannot be read, or that names no day; the words say what is wrong with it.
    """
    rules = [_rule(part) for part in _parts(text)]
    if not any(rule.days for rule in rules):
        raise ValueError("it names no day")
    return rules


def fee_rules(text: str) -> list[FeeRule]:
    """Return the rules of a text of fees by period, in its order: the later one holds where two speak of an hour.

    Each is days and times as in opening hours (none: always), what is paid for (``FEE_KINDS``) and the amount.

    Raises
    ------
    ValueError
        A text that cannot be read; the words say what is wrong with it.
    """
    rules = [_fee_rule(part) for part in _parts(text)]
    if not rules:
        raise ValueError("it names no fee")
    return rules


def _parts(text: str) -> list[str]:
    """Return the rules of a text, one by one."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _fee_rule(rule: str) -> FeeRule:
    """Return what a rule of fees says."""
    words = rule.split()
    if len(words) < 2 or words[-2] not in FEE_KINDS:
        raise ValueError(f"{rule!r} does not end in one of {', '.join(FEE_KINDS)} and an amount")
    try:
        amount = float(words[-1])
    except ValueError:
        amount = math.nan
    if not 0.0 <= amount < math.inf:
        raise ValueError(f"{words[-1]!r} is no amount of 0 or more")
    when = _rule(" ".join(words[:-2]) or "24/7")
    if not when.days or not when.spans:
        raise ValueError(f"{rule!r} names no hour")
    return FeeRule(words[-2], amount, when)


def _rule(rule: str) -> DayRule:
    """Return the days of a rule and its spans in minutes of the day."""
    if rule == "24/7":
        return DayRule(list(range(len(DAYS))), [(0.0, DAY_MIN)])
    first, _, rest = rule.partition(" ")
    if first[:1].isdigit() or first in _NEVER:
        return DayRule(list(range(len(DAYS))), _spans(rule))
    # 'Mo, We 08:00-12:00' is written too: blanks after commas are no end of the days
    days = first
    while days.endswith(",") and rest:
        more, _, rest = rest.strip().partition(" ")
        days += more
    return DayRule(_days(days), _spans(rest.strip()))


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
