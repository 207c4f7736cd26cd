"""What a simulation of the stations returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

import polars as pl

from data.outcomes import VisitEnd
from data.schemas.charging import Visits

if TYPE_CHECKING:
    from collections.abc import Callable


class Rest(NamedTuple):
    """The tables of a simulation beside the sessions, as in :class:`ChargingResult`; ``summary`` makes the stations."""

    load: pl.DataFrame | None = None
    stations: pl.DataFrame | None = None
    refused: pl.DataFrame | None = None
    summary: Callable[[], pl.DataFrame] | None = None


class ChargingResult:
    """Tables of one simulation.

    Attributes
    ----------
    sessions
        One row per request, ordered by ``request_id``.
    load
        One row per station and interval with load.
    stations
        One row per station with its service and use.
    refused
        The rows of :attr:`visits` that ended without a gun; None takes the last of each request from its session.
    engine
        Which engine worked them out; None for tables that come from elsewhere.

    Parameters
    ----------
    sessions, load, stations, refused
        The tables.
    later
        Makes the tables but the sessions when the first of them is asked for; takes the place of those. Refused visits
        that are given need not wait for it, and the stations may wait for who asks for them (:attr:`Rest.summary`).
    """

    __slots__ = ("_later", "_rest", "engine", "sessions")

    def __init__(
        self,
        sessions: pl.DataFrame,
        load: pl.DataFrame | None = None,
        stations: pl.DataFrame | None = None,
        refused: pl.DataFrame | None = None,
        *,
        later: Callable[[], Rest] | None = None,
        engine: str | None = None,
    ) -> None:
        self.sessions, self.engine = sessions, engine
        self._rest = Rest(load, stations, refused)
        self._later = later

    def _made(self) -> Rest:
        """Return the tables but the sessions, made if they were not yet."""
        if self._later is not None:
            self._rest, self._later = self._later(), None
        return self._rest

    @property
    def load(self) -> pl.DataFrame:
        """One row per station and interval with load."""
        return cast("pl.DataFrame", self._made().load)

    @property
    def stations(self) -> pl.DataFrame:
        """One row per station with its service and use."""
        made = self._made()
        if made.summary is not None:
            # many a run is made for its load alone, and the summary takes longer than a small load
            made = self._rest = made._replace(stations=made.summary(), summary=None)
        return cast("pl.DataFrame", made.stations)

    @property
    def refused(self) -> pl.DataFrame | None:
        """The visits that ended without a gun."""
        known = self._rest.refused
        return self._made().refused if known is None else known

    @property
    def visits(self) -> pl.DataFrame:
        """One row per visit to a station, ordered by ``request_id`` and ``try``; made anew at each call."""
        return visits_of(self.sessions, self.refused)


PLUGGED: Final = pl.col("outcome") == VisitEnd.PLUGGED
"""Visits that ended at a gun."""


def visits_of(sessions: pl.DataFrame, visits: pl.DataFrame | None = None, *, ordered: bool = True) -> pl.DataFrame:
    """Return a row per visit to a station.

    Parameters
    ----------
    sessions
        Table of a simulation: who plugged in, and where, stands there.
    visits
        The visits that ended without a gun (others are not looked at); None takes the last of each request from its
        session, and those before it are not known.
    ordered
        Whether the rows are sorted by ``request_id`` and ``try``; otherwise those who plugged in come first.

    Returns
    -------
    polars.DataFrame
        ``request_id, station_id, try`` (from 1), ``arrive_min, leave_queue_min`` (plugged in, drove on or gave up),
        ``outcome`` (``plugged, balked, reneged, closed, unfinished``).
    """
    plugged = sessions["plug_min"].is_not_null()
    # column by column: a query plan takes much more memory than the rows
    columns = [sessions[source].filter(plugged).alias(name) for name, source in _sources("plug_min").items()]
    at_guns = pl.DataFrame([*columns, _constant("outcome", VisitEnd.PLUGGED.value, len(columns[0]))])
    without = _last_refused(sessions) if visits is None else visits.filter(~PLUGGED)
    if not without.height:
        return at_guns
    both = pl.concat([at_guns, without.select(at_guns.columns)])
    return both.sort("request_id", "try") if ordered else both


def _sources(left: str) -> dict[str, str]:
    """Return by column of a visit that of its session; it left the queue at a time of its own."""
    names = {"try": "tries", "leave_queue_min": left}
    return {name: names.get(name, name) for name in Visits.column_names() if name != "outcome"}


def _constant(name: str, value: str, height: int) -> pl.Series:
    """Return a column that says the same in each row."""
    return pl.Series(name, [value], dtype=pl.String).new_from_index(0, height)


def _last_refused(sessions: pl.DataFrame) -> pl.DataFrame:
    """Return the last visits of the sessions that did not plug in; that of unserved ones is not known."""
    last = sessions.filter(pl.col("station_id").is_not_null() & pl.col("plug_min").is_null())
    known = pl.col("outcome").is_in([end.value for end in VisitEnd])
    end = pl.when(known).then("outcome").otherwise(pl.lit(VisitEnd.RENEGED.value))
    left = pl.coalesce("leave_min", "arrive_min").alias("left_min")
    columns = [pl.col(source).alias(name) for name, source in _sources("left_min").items()]
    return last.with_columns(left).select(*columns, outcome=end)
