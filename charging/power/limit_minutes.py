"""Minutes in which a station uses up its grid connection, to the last digit whatever the intervals of the load.

Between two ends of pieces the draw of a station is a sum of powers that each go exponentially, so that the moment at
which it falls below the limit is found by bisection. Segments are added some at a time: those of a year take much
memory. Most are over before their station comes near its limit, and are not cut into pieces at all.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from charging.power.curves import PEAK, passed, power_in
from charging.power.metering import Piece, decay_rate, pieces_of
from charging.power.records import Battery, ChargingSegment

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

USED_UP: Final = 0.999
"""A draw of this share of the connection counts as all of it: sums of powers miss the limit by rounding."""
_HALVINGS: Final = 48
"""Bisections of a stretch of time: to less than a nanosecond in a day."""
_STATION: Final = len(Piece)
"""Row of the station in a table of pieces; the others are as in ``charging.power.metering.Piece``, at the meter."""
_STATION_OF: Final = len(ChargingSegment)
"""Row of the station in a table of segments, and of meter kWh per battery kWh; the others are as in
``charging.power.records.ChargingSegment``."""
_PER_KWH: Final = _STATION_OF + 1
_STEPS: Final = 8
"""Steps of time for each segment of a station: with fewer, segments that only come close to the limit's time count."""
_NEARLY: Final = 1.0 - 1e-6
"""Sums of largest powers may miss the sum of the powers by rounding, far less than by this share."""
_HAIR_MIN: Final = 1e-6
"""Far above the rounding of a time, and too short to matter."""


class LimitMinutes:
    """Adds up how long stations with a limited connection draw all of it.

    Parameters
    ----------
    limits_kw
        By number of the station; infinite where nothing limits it.
    batteries, curves
        As in ``charging.engine.demand`` and ``charging.power.curves``.
    """

    def __init__(self, limits_kw: Floats, batteries: Floats, curves: Floats) -> None:
        self._least_kw = USED_UP * limits_kw
        self._batteries, self._curves = batteries, curves
        self._segments = np.zeros((_PER_KWH + 1, 0))
        self._done_min = 0.0
        self._minutes = np.zeros(len(limits_kw))
        self.any = bool(np.isfinite(limits_kw).any())

    def add(self, segments: Floats, station: Ints, per_kwh: Floats, *, until_min: float = math.inf) -> None:
        """Add charging segments, a column each; no more are to come that begin before ``until_min``.

        Arguments as for ``charging.power.metering.meter``; ``station`` is the row of each segment.
        """
        kept = self._segments
        self._segments = np.empty((_PER_KWH + 1, kept.shape[1] + segments.shape[1]))
        self._segments[:, : kept.shape[1]] = kept
        self._segments[:_STATION_OF, kept.shape[1] :] = segments
        self._segments[_STATION_OF, kept.shape[1] :] = station
        self._segments[_PER_KWH, kept.shape[1] :] = per_kwh
        self._count(until_min)

    def minutes(self) -> Floats:
        """Return the minutes by number of the station, after all has been added."""
        self._count(math.inf)
        return self._minutes

    def _count(self, until_min: float) -> None:
        """Count up to a time, and forget what is over by then."""
        ends = self._segments[ChargingSegment.END_MIN]
        # "no more" may come from a moment at which nobody charges: it holds for what is here, not for what comes
        done_min = min(until_min, float(np.max(ends, initial=0.0)))
        if done_min <= self._done_min:
            return
        near = near_limit(self._segments, self._batteries, self._curves, self._least_kw)
        pieces = _metered_pieces(self._segments, near, self._batteries, self._curves)
        edges = np.flatnonzero(np.diff(pieces[_STATION], prepend=-1.0, append=-1.0))
        for first, last in itertools.pairwise(edges):
            station = int(pieces[_STATION, first])
            here = pieces[:_STATION, first:last]
            by_start = here.take(np.argsort(here[Piece.START_MIN], kind="stable"), axis=1)
            self._minutes[station] += minutes_above(by_start, self._least_kw[station], self._done_min, until_min)
        # in the order in which they came, which is that of sums of equal starts
        self._segments = self._segments.take(np.flatnonzero(ends > done_min), axis=1)
        self._done_min = done_min


@compiled
def near_limit(segments: Floats, batteries: Floats, curves: Floats, least_kw: Floats) -> Ints:
    """Return the segments that overlap a time at which their station may draw ``least_kw``, by station.

    ``least_kw`` is by number of the station; the segments of a station stay in their order. Nothing is sorted by time,
    so that little is lost where all are near the limit all the time: time is cut into ``_STEPS`` times as many steps as
    a station has segments, and a segment counts with its largest power throughout the steps that it touches.
    """
    count, stations = segments.shape[1], len(least_kw)
    ends = np.zeros(stations + 1, dtype=np.int64)
    for segment in range(count):
        ends[int(segments[_STATION_OF, segment]) + 1] += 1
    most = 0
    for station in range(stations):
        most = max(most, ends[station + 1])
        ends[station + 1] += ends[station]
    order = np.empty(count, dtype=np.int64)
    for segment in range(count):
        station = int(segments[_STATION_OF, segment])
        order[ends[station]] = segment
        ends[station] += 1
    # room for what is noted of a station: the first and last step of each segment, and what is summed up by step
    steps = np.empty((2, most), dtype=np.int64)
    changes_kw, before = np.empty(_STEPS * most + 2), np.empty(_STEPS * most + 2, dtype=np.int64)
    first, used = 0, 0
    for station in range(stations):
        # counting has moved each start to the next one's
        last = ends[station]
        if last > first and least_kw[station] < math.inf:
            near_kw = _NEARLY * least_kw[station]
            used = _keep_near(segments, batteries, curves, near_kw, order, first, last, used, steps, changes_kw, before)
        first = last
    return order[:used]


@inner
def _keep_near(
    segments: Floats,
    batteries: Floats,
    curves: Floats,
    near_kw: float,
    order: Ints,
    first: int,
    last: int,
    used: int,
    steps: Ints,
    changes_kw: Floats,
    before: Ints,
) -> int:
    """Move those near the limit of the segments from ``first`` to ``last`` of ``order`` to its place ``used``.

    Return how many are used then.
    """
    first_min, last_min = math.inf, -math.inf
    for place in range(first, last):
        first_min = min(first_min, segments[ChargingSegment.START_MIN, order[place]])
        last_min = max(last_min, segments[ChargingSegment.END_MIN, order[place]])
    count = _STEPS * (last - first)
    # segments end a hair later here, because their pieces may miss their end by rounding
    per_min = count / (last_min + _HAIR_MIN - first_min)
    changes_kw[: count + 2] = 0.0
    for place in range(first, last):
        segment = order[place]
        most_kw = _most_kw(segments, batteries, curves, segment)
        begun = int((segments[ChargingSegment.START_MIN, segment] - first_min) * per_min)
        over = 1 + int((segments[ChargingSegment.END_MIN, segment] + _HAIR_MIN - first_min) * per_min)
        steps[0, place - first], steps[1, place - first] = begun, over
        changes_kw[begun] += most_kw
        changes_kw[over] -= most_kw
    # by step, how many before it come near the limit
    sum_kw, before[0] = 0.0, 0
    for step in range(count + 1):
        sum_kw += changes_kw[step]
        before[step + 1] = before[step] + (sum_kw >= near_kw)
    for place in range(first, last):
        if before[steps[1, place - first]] > before[steps[0, place - first]]:
            order[used] = order[place]
            used += 1
    return used


@inner
def _most_kw(segments: Floats, batteries: Floats, curves: Floats, segment: int) -> float:
    """Return the largest power of a segment at the meter, or more."""
    request = int(segments[ChargingSegment.REQUEST, segment])
    start_soc = segments[ChargingSegment.START_SOC, segment]
    curve = int(batteries[request, Battery.CURVE])
    knot = passed(curves, curve, start_soc)
    share = max(power_in(curves, curve, knot, start_soc), curves[curve, PEAK, knot + 1])
    kw = min(segments[ChargingSegment.CAP_KW, segment], batteries[request, Battery.ACCEPT_KW] * share)
    return float(kw * segments[_PER_KWH, segment])


@compiled
def _metered_pieces(segments: Floats, chosen: Ints, batteries: Floats, curves: Floats) -> Floats:
    """Return the pieces of chosen segments, a column each, with power at the meter."""
    most = 2 * curves.shape[2]
    pieces = np.empty((_STATION, most))
    result = np.empty((_STATION + 1, 4 * len(chosen) + most))
    used = 0
    for number in chosen:
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
            result[Piece.START_KW, used] = pieces[Piece.START_KW, piece] * segments[_PER_KWH, number]
            result[Piece.END_KW, used] = pieces[Piece.END_KW, piece] * segments[_PER_KWH, number]
            result[_STATION, used] = segments[_STATION_OF, number]
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
    # worked out when they are first needed, as logarithms are dear
    rates = np.full(count, math.nan)
    begun, over = 0, 0
    most_kw, minutes, now = 0.0, 0.0, -math.inf
    while over < count:
        following = pieces[Piece.END_MIN, ends[over]]
        if begun < count:
            following = min(following, pieces[Piece.START_MIN, begun])
        start, stop = max(now, from_min), min(following, until_min)
        if stop > start and most_kw >= least_kw:
            middle = 0.5 * (start + stop)
            minutes += _stretch_above(pieces, rates, now_there[:there], least_kw, start, middle)
            minutes += _stretch_above(pieces, rates, now_there[:there], least_kw, middle, stop)
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
def _stretch_above(pieces: Floats, rates: Floats, there: Ints, least_kw: float, start: float, stop: float) -> float:
    """Return the minutes of a stretch of time, with the same pieces throughout, in which they draw at least a power."""
    for piece in there:
        if math.isnan(rates[piece]):
            minutes = pieces[Piece.END_MIN, piece] - pieces[Piece.START_MIN, piece]
            rates[piece] = decay_rate(pieces[Piece.START_KW, piece], pieces[Piece.END_KW, piece], minutes)
    first = _draw_kw(pieces, rates, there, start) >= least_kw
    last = _draw_kw(pieces, rates, there, stop) >= least_kw
    if first == last:
        return stop - start if first else 0.0
    low, high = start, stop
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if (_draw_kw(pieces, rates, there, middle) >= least_kw) == first:
            low = middle
        else:
            high = middle
    return low - start if first else stop - low


@inner
def _draw_kw(pieces: Floats, rates: Floats, there: Ints, now: float) -> float:
    """Return what pieces draw together at a time, kW."""
    total = 0.0
    for piece in there:
        power, rate = pieces[Piece.START_KW, piece], rates[piece]
        total += power if rate == 0.0 else power * math.exp(rate * (now - pieces[Piece.START_MIN, piece]))
    return total
