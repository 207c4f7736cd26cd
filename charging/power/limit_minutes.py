"""Minutes in which a station uses up its grid connection, to the last digit whatever the intervals of the load.

Between two ends of pieces the draw of a station is a sum of powers that each go exponentially, so that the moment at
which it falls below the limit is found by bisection. Pieces are added some at a time: those of a year take much memory.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from charging.power.metering import Piece, decay_rate, pieces_of
from charging.power.records import ChargingSegment

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

USED_UP: Final = 0.999
"""A draw of this share of the connection counts as all of it: sums of powers miss the limit by rounding."""
_HALVINGS: Final = 48
"""Bisections of a stretch of time: to less than a nanosecond in a day."""
_STATION: Final = len(Piece)
"""Row of the station in a table of pieces; the others are as in ``charging.power.metering.Piece``, at the meter."""


class LimitMinutes:
    """Adds up how long stations with a limited connection draw all of it.

    Parameters
    ----------
    limits_kw
        By number of the station; infinite where nothing limits it.
    """

    def __init__(self, limits_kw: Floats) -> None:
        self._least_kw = USED_UP * limits_kw
        self._pieces = np.zeros((_STATION + 1, 0))
        self._done_min = 0.0
        self._minutes = np.zeros(len(limits_kw))
        self.any = bool(np.isfinite(limits_kw).any())

    def add(
        self,
        segments: Floats,
        batteries: Floats,
        curves: Floats,
        station: Ints,
        per_kwh: Floats,
        *,
        until_min: float = math.inf,
    ) -> None:
        """Add charging segments, a column each; no more are to come that begin before ``until_min``.

        Arguments as for ``charging.power.metering.meter``; ``station`` is the row of each segment.
        """
        here = np.isfinite(self._least_kw)[station]
        added = _metered_pieces(segments[:, here], batteries, curves, station[here], per_kwh[here])
        self._pieces = np.concatenate([self._pieces, added], axis=1)
        self._count(until_min)

    def minutes(self) -> Floats:
        """Return the minutes by number of the station, after all has been added."""
        self._count(math.inf)
        return self._minutes

    def _count(self, until_min: float) -> None:
        """Count up to a time, and forget what is over by then."""
        # "no more" may come from a moment at which nobody charges: it holds for what is here, not for what comes
        until_min = min(until_min, float(np.max(self._pieces[Piece.END_MIN], initial=0.0)))
        if until_min <= self._done_min:
            return
        order = np.lexsort((self._pieces[Piece.START_MIN], self._pieces[_STATION]))
        pieces = np.ascontiguousarray(self._pieces[:, order])
        edges = np.flatnonzero(np.diff(pieces[_STATION], prepend=-1.0, append=-1.0))
        for first, last in itertools.pairwise(edges):
            station = int(pieces[_STATION, first])
            here = np.ascontiguousarray(pieces[:_STATION, first:last])
            self._minutes[station] += minutes_above(here, self._least_kw[station], self._done_min, until_min)
        self._pieces = pieces[:, pieces[Piece.END_MIN] > until_min]
        self._done_min = until_min


@compiled
def _metered_pieces(segments: Floats, batteries: Floats, curves: Floats, station: Ints, per_kwh: Floats) -> Floats:
    """Return the pieces of segments, a column each, with power at the meter."""
    most = 2 * curves.shape[2]
    pieces = np.empty((_STATION, most))
    result = np.empty((_STATION + 1, 4 * segments.shape[1] + most))
    used = 0
    for number in range(segments.shape[1]):
        start_soc, end_soc = segments[ChargingSegment.START_SOC, number], segments[ChargingSegment.END_SOC, number]
        cap_kw = segments[ChargingSegment.CAP_KW, number]
        if cap_kw <= 0.0 or end_soc <= start_soc:
            continue
        battery = batteries[int(segments[ChargingSegment.REQUEST, number])]
        start_min = segments[ChargingSegment.START_MIN, number]
        count = pieces_of(battery, curves, cap_kw, start_soc, end_soc, start_min, pieces)
        pieces[Piece.END_MIN, count - 1] = segments[ChargingSegment.END_MIN, number]
        if used + count > result.shape[1]:
            grown = np.empty((_STATION + 1, 2 * result.shape[1] + count))
            grown[:, :used] = result[:, :used]
            result = grown
        for piece in range(count):
            result[Piece.START_MIN, used] = pieces[Piece.START_MIN, piece]
            result[Piece.END_MIN, used] = pieces[Piece.END_MIN, piece]
            result[Piece.START_KW, used] = pieces[Piece.START_KW, piece] * per_kwh[number]
            result[Piece.END_KW, used] = pieces[Piece.END_KW, piece] * per_kwh[number]
            result[_STATION, used] = station[number]
            used += 1
    return result[:, :used]


@compiled
def minutes_above(pieces: Floats, least_kw: float, from_min: float, until_min: float) -> float:
    """Return the minutes between two times in which pieces together draw at least a power.

    ``pieces``: columns by start, rows as :class:`~charging.power.metering.Piece`.
    """
    count = pieces.shape[1]
    ends = np.argsort(pieces[Piece.END_MIN])
    # the pieces of now, and a bound of what they draw together: most stretches of time need no closer look
    now_there, there = np.empty(count, dtype=np.int64), 0
    begun, over = 0, 0
    most_kw, minutes, now = 0.0, 0.0, -math.inf
    while over < count:
        following = pieces[Piece.END_MIN, ends[over]]
        if begun < count:
            following = min(following, pieces[Piece.START_MIN, begun])
        start, stop = max(now, from_min), min(following, until_min)
        if stop > start and most_kw >= least_kw:
            middle = 0.5 * (start + stop)
            minutes += _stretch_above(pieces, now_there[:there], least_kw, start, middle)
            minutes += _stretch_above(pieces, now_there[:there], least_kw, middle, stop)
        now = following
        if now >= until_min:
            break
        while begun < count and pieces[Piece.START_MIN, begun] <= now:
            now_there[there] = begun
            there += 1
            begun += 1
        while over < count and pieces[Piece.END_MIN, ends[over]] <= now:
            over += 1
        kept, most_kw = 0, 0.0
        for place in range(there):
            piece = now_there[place]
            if pieces[Piece.END_MIN, piece] > now:
                now_there[kept] = piece
                kept += 1
                most_kw += max(pieces[Piece.START_KW, piece], pieces[Piece.END_KW, piece])
        there = kept
    return minutes


@inner
def _stretch_above(pieces: Floats, there: Ints, least_kw: float, start: float, stop: float) -> float:
    """Return the minutes of a stretch of time, with the same pieces throughout, in which they draw at least a power."""
    first, last = _draw_kw(pieces, there, start) >= least_kw, _draw_kw(pieces, there, stop) >= least_kw
    if first == last:
        return stop - start if first else 0.0
    low, high = start, stop
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if (_draw_kw(pieces, there, middle) >= least_kw) == first:
            low = middle
        else:
            high = middle
    return low - start if first else stop - low


@inner
def _draw_kw(pieces: Floats, there: Ints, now: float) -> float:
    """Return what pieces draw together at a time, kW."""
    total = 0.0
    for piece in there:
        start, end = pieces[Piece.START_MIN, piece], pieces[Piece.END_MIN, piece]
        power = pieces[Piece.START_KW, piece]
        rate = decay_rate(power, pieces[Piece.END_KW, piece], end - start)
        total += power * math.exp(rate * (now - start))
    return total
