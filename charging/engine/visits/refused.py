"""Visits that ended without a gun: the only ones that need rows of their own.

Most drivers plug in at the first station they reach, and the log of the sessions says all of that. What it cannot say
is where a driver was before: that is noted here, 32 bytes a visit.
"""

from __future__ import annotations

import functools
from array import array
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.log import OUTCOMES
from data.outcomes import VisitEnd
from data.schemas.charging import Visits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.engine.log import SessionLog
    from data.arrays import Floats, Ints

CLOSED: Final = len(OUTCOMES)
"""Code of visits that found the station closed, at the door or in the queue; others are as in ``log.OUTCOMES``."""
_ENDS: Final = (*OUTCOMES, VisitEnd.CLOSED)
_WHOLE, _MINUTES = 4, 2


class RefusedVisits:
    """Visits that ended without a gun, in the order in which they ended."""

    __slots__ = ("_minutes", "_whole")

    def __init__(self) -> None:
        self._whole = array("i")
        self._minutes = array("d")

    def note(self, index: int, station: int, log: SessionLog, now: float, end: int) -> None:
        """Note that a driver leaves a station now; the log says which try it is and when it began."""
        self._whole.extend((index, station, log.tries[index], end))
        self._minutes.extend((log.arrive[index], now))

    def note_all(self, indices: Ints, station: int, log: SessionLog, ends: Ints) -> None:
        """Note drivers who left a station, the only one they tried; the log says when they came and left."""
        whole = np.empty((len(indices), _WHOLE), dtype=np.int32)
        whole[:, 0], whole[:, 1], whole[:, 2], whole[:, 3] = indices, station, 1, ends
        self.note_rows(whole, np.stack([np.asarray(log.arrive)[indices], np.asarray(log.end)[indices]], axis=1))

    def note_rows(self, whole: NDArray[np.int32], minutes: Floats) -> None:
        """Note visits, a row each: request, station, try and end; when it began and ended."""
        self._whole.frombytes(whole.tobytes())
        self._minutes.frombytes(minutes.tobytes())

    def table(self, request_id: pl.Series, stations: Sequence[str]) -> pl.DataFrame:
        """Return a row per visit, columns as ``data.schemas.charging.Visits``, by request and try.

        Parameters
        ----------
        request_id
            Of each request, in the order of the log.
        stations
            Names by number.
        """
        if not self._whole:
            return _none().clone()
        index, station, number, end = np.frombuffer(self._whole, dtype=np.int32).reshape(-1, _WHOLE).T
        arrive, leave = np.frombuffer(self._minutes, dtype=np.float64).reshape(-1, _MINUTES).T
        return pl.DataFrame(
            {
                "request_id": request_id.gather(index),
                "station_id": pl.Series(stations, dtype=pl.String).gather(station),
                "try": pl.Series(number, dtype=pl.Int64),
                "arrive_min": arrive,
                "leave_queue_min": leave,
                "outcome": pl.Series(_ENDS, dtype=pl.String).gather(end),
            },
            schema=_none().schema,
        ).sort("request_id", "try")


@functools.cache
def _none() -> pl.DataFrame:
    """Return the table without a row: making it takes longer than most short simulations have."""
    return Visits.create_empty()
