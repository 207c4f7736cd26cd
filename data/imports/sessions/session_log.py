"""Sessions of a log in one form, whatever format they came in: times on the local clock, energy at the meter."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from data.errors import DataError
from data.imports.column_map import current_of, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.imports.source_file import LeftOut

_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("where", "session_id", "station_id", "site", "vehicle_id", "current"), pl.String()),
    "start": pl.Datetime("us"),
    **dict.fromkeys(("wait_min", "start_min", "end_min", "done_min", "energy_kwh", "max_kw", "pile_kw"), pl.Float64()),
    "guns": pl.Int64(),
}
LOG: Final = pl.Schema(_COLUMNS)
"""Columns of a log: ``start`` is local time; minutes count from midnight of the first day; null: nothing is said.

``wait_min`` is the time in the queue before the vehicle was plugged in.
"""
GAVE_UP: Final = pl.Schema({"current": pl.String(), "arrive_min": pl.Float64(), "wait_min": pl.Float64()})
"""Columns of those who left the queue."""
NAMES: Final = (
    "session_id", "station_id", "site", "vehicle_id", "current", "start", "end", "done", "energy_kwh", "max_kw",
    "pile_kw", "guns", "duration_min", "time_zone", "time_format", "arrive", "gave_up",
)  # fmt: skip
"""Names that readers give and that a column map may use, as text."""
_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y%m%d%H%M%S",
)  # fmt: skip
"""Times that can be read in one way only; 05/01/2023 cannot, and needs a time_format."""
_SECONDS, _MILLISECONDS = re.compile(r"\d{10}"), re.compile(r"\d{13}")


@dataclass(frozen=True)
class SessionLog:
    """A log as read.

    Attributes
    ----------
    sessions : polars.DataFrame
        Columns `LOG`, in the order of the file.
    first_day : datetime.date
        Local date of minute 0.
    gave_up : polars.DataFrame
        Who left the queue without a charge (rows with ``arrive`` and ``gave_up`` and without a start): ``current``,
        ``arrive_min`` and ``wait_min``.
    left_out : list of LeftOut
        Rows that were not taken, each with its reason.
    notes : list of str
        What holds for the log as a whole.
    """

    sessions: pl.DataFrame
    first_day: dt.date
    gave_up: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=GAVE_UP))
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse_time(text: str | None, zone: dt.tzinfo, form: str | None = None) -> dt.datetime | None:
    """Return a time on the clock of a zone; None where it cannot be read.

    Parameters
    ----------
    text
        ISO 8601, ``Sat, 01 May 2021 20:42:47 GMT``, seconds or milliseconds since 1970, or one of a few plain forms.
    zone
        The clock wanted; times without a zone are of this clock already.
    form
        Format of `datetime.strptime` instead.
    """
    plain = (text or "").strip()
    found = _parsed(plain, form) if plain else None
    if found is None:
        return None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def _parsed(text: str, form: str | None) -> dt.datetime | None:
    """Return a time as it is written."""
    if form is not None:
        return _by_format(text, form)
    for pattern, unit in ((_SECONDS, 1.0), (_MILLISECONDS, 1000.0)):
        if pattern.fullmatch(text):
            return dt.datetime.fromtimestamp(float(text) / unit, dt.UTC)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    for known in _FORMATS:
        found = _by_format(text, known)
        if found is not None:
            return found
    try:
        return email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def _by_format(text: str, form: str) -> dt.datetime | None:
    """Return a time in a format."""
    try:
        return dt.datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows the zone
    except ValueError:
        return None


def zone_of(name: str | None) -> dt.tzinfo:
    """Return a time zone by name; UTC for none, which leaves times without a zone as they are.

    Raises
    ------
    DataError
        If there is no such zone.
    """
    if not name:
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DataError(f"time zone {name!r} is not known; expected a name such as Asia/Shanghai.") from error


@dataclass(frozen=True, slots=True)
class LoggedTimes:
    """Times of a row: start, end, end of charging, into the queue and out of it without a charge; None: not known."""

    start: dt.datetime | None
    end: dt.datetime | None
    done: dt.datetime | None
    arrive: dt.datetime | None = None
    gave_up: dt.datetime | None = None

    @property
    def gave_up_min(self) -> float | None:
        """How long who left without a charge had waited; None for all others."""
        if self.start is not None or self.arrive is None or self.gave_up is None:
            return None
        return minutes_since(self.arrive, self.gave_up)


def minutes_since(begin: dt.datetime, time: dt.datetime) -> float:
    """Return the minutes from one time to another.

    In UTC, because times of one zone are subtracted as clocks show them: where these change, durations stay right.
    """
    return (time.astimezone(dt.UTC) - begin.astimezone(dt.UTC)).total_seconds() / 60.0


def times_of(row: Mapping[str, str | None]) -> LoggedTimes:
    """Return the times of a row of `NAMES`; an end that is missing follows from ``duration_min``.

    Raises
    ------
    DataError
        If the row names an unknown time zone.
    """
    zone, form = zone_of(row.get("time_zone")), row.get("time_format")
    names = ("start", "end", "done", "arrive", "gave_up")
    start, end, done, arrive, gave_up = (parse_time(row.get(name), zone, form) for name in names)
    minutes = number(row.get("duration_min"))
    if end is None and start is not None and minutes is not None:
        end = start + dt.timedelta(minutes=minutes)
    return LoggedTimes(start, end, done, arrive, gave_up)


def first_midnight(times: list[LoggedTimes]) -> dt.datetime:
    """Return local midnight of the day of the first start.

    Raises
    ------
    DataError
        If no row has a start that can be read.
    """
    starts = [one.start for one in times if one.start is not None]
    if not starts:
        raise DataError("no start time of the log can be read; give its column, and time_format, in a column map.")
    return min(starts).replace(hour=0, minute=0, second=0, microsecond=0)


def log_row(row: Mapping[str, str | None], where: str, times: LoggedTimes, midnight: dt.datetime) -> dict[str, object]:
    """Return a row of `LOG`."""

    def minute(time: dt.datetime | None) -> float | None:
        return None if time is None else minutes_since(midnight, time)

    guns = number(row.get("guns"))
    came, began = minute(times.arrive), minute(times.start)
    return {
        "where": where,
        "session_id": row.get("session_id"),
        "station_id": row.get("station_id") or "station",
        "site": row.get("site"),
        "vehicle_id": row.get("vehicle_id"),
        "current": current_of(row.get("current")),
        "start": None if times.start is None else times.start.replace(tzinfo=None),
        "wait_min": None if came is None or began is None else began - came,
        "start_min": began,
        "end_min": minute(times.end),
        "done_min": minute(times.done),
        "energy_kwh": number(row.get("energy_kwh")),
        "max_kw": number(row.get("max_kw")),
        "pile_kw": number(row.get("pile_kw")),
        "guns": None if guns is None else round(guns),
    }
