"""Register of the formats of session logs: to add one, write its module and add an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError, nearest
from data.imports.column_map import current_of
from data.imports.sessions import acn_data, table_sessions, zone_counts
from data.imports.sessions.session_log import (
    GAVE_UP,
    LOG,
    SessionLog,
    first_midnight,
    log_row,
    minutes_since,
    times_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.imports.column_map import ColumnMap
    from data.imports.source_file import SourceFile


@dataclass(frozen=True, slots=True)
class SessionFormat:
    """A format of logs: what it is, how it is recognised, how its rows are read."""

    words: str
    recognises: Callable[[SourceFile], bool]
    read: Callable[[SourceFile, ColumnMap], Iterator[tuple[str, dict[str, str | None]]]]


SESSION_FORMATS: dict[str, SessionFormat] = {
    # in the order in which they are tried: a table may be anything, so it is the last
    "acn": SessionFormat("ACN-Data", acn_data.recognises, acn_data.read),
    "zones": SessionFormat("counts of zones, as in ST-EVCDP", zone_counts.recognises, zone_counts.read),
    "table": SessionFormat("table or list of records", table_sessions.recognises, table_sessions.read),
}


def read_sessions(file: SourceFile, given: ColumnMap, form: str | None = None) -> SessionLog:
    """Return the sessions of a log as they stand in it; see `data.imports.sessions.cleaning.cleaned`.

    Parameters
    ----------
    file
        The log.
    given
        Column map for tables; its value ``time_zone`` holds for all formats.
    form
        Name of a format; None recognises it.

    Raises
    ------
    DataError
        If the format is not known, the file is not of it, or no start can be read.
    """
    known = ", ".join(f"{name} ({one.words})" for name, one in SESSION_FORMATS.items())
    if form is None:
        form = next((name for name, one in SESSION_FORMATS.items() if one.recognises(file)), None)
        if form is None:
            raise DataError(f"{file.path}: this is no log of sessions that is known here. Known: {known}.")
    if form not in SESSION_FORMATS:
        raise DataError(f"format {form!r} of logs is not known.{nearest(form, SESSION_FORMATS)} Known: {known}.")
    if not SESSION_FORMATS[form].recognises(file):
        raise DataError(f"{file.path}: this is not {SESSION_FORMATS[form].words}.")
    rows = list(SESSION_FORMATS[form].read(file, given))
    times = [times_of(row) for _, row in rows]
    try:
        midnight = first_midnight(times)
    except DataError as error:
        raise DataError(f"{file.path}: {error}") from error
    waited = [time.gave_up_min for time in times]
    sessions = [
        log_row(row, where, time, midnight)
        for (where, row), time, wait in zip(rows, times, waited, strict=True)
        if wait is None
    ]
    gave_up = [
        (current_of(row.get("current")), minutes_since(midnight, time.arrive), wait)
        for (_, row), time, wait in zip(rows, times, waited, strict=True)
        if wait is not None and time.arrive is not None and wait >= 0.0
    ]
    return SessionLog(
        pl.DataFrame(sessions, schema=LOG, orient="row"),
        midnight.date(),
        pl.DataFrame(gave_up, schema=GAVE_UP, orient="row"),
    )
