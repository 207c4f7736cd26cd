"""Energy of charging segments: exact kWh in any intervals, bills and largest powers.

A simulation logs only *charging segments*: from when to when, between which SOC and under which share a vehicle
charged. Here each is cut into pieces on which power is constant or, because it is linear in SOC, decays exponentially
with time.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from charging.power.curves import POWER, SLOPE, SOC, WHOLE_MIN, linear_minutes
from charging.power.records import Battery, ChargingSegment

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

_FLAT: Final = 1e-12
"""Relative change of power below which it counts as constant: the quotient of the closed form would be 0 / 0."""


class Piece(IntEnum):
    """Rows of the table of pieces of a segment, a column each."""

    START_MIN = 0
    END_MIN = 1
    START_KW = 2
    END_KW = 3


PIECE_ROWS: Final = len(Piece)


@compiled
def meter(
    segments: Floats,
    batteries: Floats,
    curves: Floats,
    row: Ints,
    per_kwh: Floats,
    edges_min: Floats,
    energy: Floats,
    metered: Floats,
    price_edges_min: Floats,
    prices: Floats,
    cost: Floats,
    peak_kw: Floats,
) -> None:
    """Meter charging segments: add to the load, the bills and the largest powers.

    Parameters
    ----------
    segments
        A column each, rows as ``charging.power.records.ChargingSegment``. Each ends exactly when it says.
    batteries, curves
        As in ``charging.engine.demand`` and ``charging.power.curves``.
    row, per_kwh
        By segment: row of the load, and meter kWh per battery kWh.
    edges_min, energy, metered
        Edges of the intervals of the load, and its kWh on the battery's and on the meter's side: rows, intervals.
        Without edges no load is made.
    price_edges_min, prices, cost
        Edges of the price steps (they enclose all), their prices, and by request the battery kWh times the price.
        Without steps nothing is billed.
    peak_kw
        By request.
    """
    # a segment of the curve that crosses the cap makes two pieces
    pieces = np.empty((PIECE_ROWS, 2 * curves.shape[2]))
    parts = np.empty(len(edges_min) + len(price_edges_min))
    interval, step = 0, 0
    for number in range(segments.shape[1]):
        request = int(segments[ChargingSegment.REQUEST, number])
        start_soc, end_soc = segments[ChargingSegment.START_SOC, number], segments[ChargingSegment.END_SOC, number]
        cap_kw = segments[ChargingSegment.CAP_KW, number]
        if cap_kw <= 0.0 or end_soc <= start_soc:
            continue
        start_min = segments[ChargingSegment.START_MIN, number]
        count = pieces_of(batteries[request], curves, cap_kw, start_soc, end_soc, start_min, pieces)
        # the simulation knows the end to the last digit; the sum of the pieces may differ by rounding
        pieces[Piece.END_MIN, count - 1] = segments[ChargingSegment.END_MIN, number]
        for piece in range(count):
            begin, end = pieces[Piece.START_MIN, piece], pieces[Piece.END_MIN, piece]
            start_kw, end_kw = pieces[Piece.START_KW, piece], pieces[Piece.END_KW, piece]
            peak_kw[request] = max(peak_kw[request], start_kw, end_kw)
            if len(edges_min) > 0:
                interval = interval_at(edges_min, begin, interval)
                for part in range(cut(begin, end, start_kw, end_kw, edges_min, interval, parts)):
                    energy[row[number], interval + part] += parts[part]
                    metered[row[number], interval + part] += parts[part] * per_kwh[number]
            if len(prices) > 0:
                step = interval_at(price_edges_min, begin, step)
                for part in range(cut(begin, end, start_kw, end_kw, price_edges_min, step, parts)):
                    cost[request] += parts[part] * prices[step + part]


@compiled
def bill(
    segments: Floats, batteries: Floats, curves: Floats, price_edges_min: Floats, prices: Floats, cost: Floats
) -> None:
    """Add the battery kWh of charging segments times their prices to the bills of the requests, as ``meter`` does."""
    pieces = np.empty((PIECE_ROWS, 2 * curves.shape[2]))
    parts = np.empty(len(price_edges_min))
    for number in range(segments.shape[1]):
        bill_segment(segments[:, number], batteries, curves, price_edges_min, prices, pieces, parts, cost)


@inner
def bill_segment(
    segment: Floats,
    batteries: Floats,
    curves: Floats,
    price_edges_min: Floats,
    prices: Floats,
    pieces: Floats,
    parts: Floats,
    cost: Floats,
) -> None:
    """Add one charging segment to the bill of its request; ``pieces`` and ``parts`` are room to work in."""
    request = int(segment[ChargingSegment.REQUEST])
    start_soc, end_soc = segment[ChargingSegment.START_SOC], segment[ChargingSegment.END_SOC]
    cap_kw = segment[ChargingSegment.CAP_KW]
    if cap_kw <= 0.0 or end_soc <= start_soc:
        return
    start_min = segment[ChargingSegment.START_MIN]
    count = pieces_of(batteries[request], curves, cap_kw, start_soc, end_soc, start_min, pieces)
    pieces[Piece.END_MIN, count - 1] = segment[ChargingSegment.END_MIN]
    # those of a segment follow each other, and so the steps in which they begin
    step = max(0, int(np.searchsorted(price_edges_min, start_min, side="right")) - 1)
    for piece in range(count):
        begin, end = pieces[Piece.START_MIN, piece], pieces[Piece.END_MIN, piece]
        start_kw, end_kw = pieces[Piece.START_KW, piece], pieces[Piece.END_KW, piece]
        step = interval_at(price_edges_min, begin, step)
        for part in range(cut(begin, end, start_kw, end_kw, price_edges_min, step, parts)):
            cost[request] += parts[part] * prices[step + part]


@inner
def interval_at(edges_min: Floats, at_min: float, near: int) -> int:
    """Return the interval between edges in which a time lies, which they enclose; one that is ``near`` is known.

    What is metered comes nearly in order of time: the next piece begins where the one before ends, or not far off.
    """
    while near > 0 and edges_min[near] > at_min:
        near -= 1
    while near + 2 < len(edges_min) and edges_min[near + 1] <= at_min:
        near += 1
    return near


@inner
def cut(
    start_min: float, end_min: float, start_kw: float, end_kw: float, edges_min: Floats, first: int, parts: Floats
) -> int:
    """Cut the energy of a piece at edges of intervals, kWh into ``parts``, from the ``first`` on; return how many."""
    power = start_kw
    # power that is linear in SOC decays exponentially in time: one rate holds over the whole piece
    rate = decay_rate(start_kw, end_kw, end_min - start_min)
    used = 0
    while start_min < end_min:
        stop = min(end_min, edges_min[first + used + 1])
        parts[used] = energy_kwh(power, rate, stop - start_min)
        # most pieces end here, and many powers are constant: exponentials are dear
        if stop < end_min and rate != 0.0:
            power *= math.exp(rate * (stop - start_min))
        start_min = stop
        used += 1
    return used


@inner
def decay_rate(start_kw: float, end_kw: float, minutes: float) -> float:
    """Return the rate per minute at which power goes exponentially from start to end; 0 where it is constant."""
    if minutes <= 0.0 or start_kw == end_kw:
        return 0.0
    return math.log(end_kw / start_kw) / minutes


@inner
def energy_kwh(power_kw: float, rate: float, minutes: float) -> float:
    """Return the energy over some minutes of a power that changes at a rate per minute."""
    if abs(rate * minutes) < _FLAT:
        return power_kw * minutes / 60.0
    return power_kw * math.expm1(rate * minutes) / rate / 60.0


@inner
def pieces_of(
    battery: Floats, curves: Floats, cap_kw: float, start_soc: float, end_soc: float, now: float, pieces: Floats
) -> int:
    """Write the pieces of a segment into columns of ``pieces``; return how many there are.

    A part of the curve that crosses the cap is cut there; neighbours of the same constant power are joined.
    """
    accept_kw = battery[Battery.ACCEPT_KW]
    scale_min = battery[Battery.CAPACITY_KWH] / accept_kw
    number = int(battery[Battery.CURVE])
    cap = cap_kw / accept_kw
    used = 0
    for knot in range(curves.shape[2] - 1):
        knot_soc, share = curves[number, SOC, knot], curves[number, POWER, knot]
        low, high = max(start_soc, knot_soc), min(end_soc, curves[number, SOC, knot + 1])
        if high <= low:
            if knot_soc >= end_soc:
                break
            continue
        slope = curves[number, SLOPE, knot]
        first, last = share + slope * (low - knot_soc), share + slope * (high - knot_soc)
        middle = high
        if first > cap > last or first < cap < last:
            middle = min(max(low + (cap - first) / slope, low), high)
        for left, right in ((low, middle), (middle, high)):
            if right > left:
                begin = min(share + slope * (left - knot_soc), cap)
                close = min(share + slope * (right - knot_soc), cap)
                # a charge that no cap disturbs passes most of its curve that way
                whole = left == knot_soc and right == curves[number, SOC, knot + 1] and cap > begin and cap > close
                passed_min = curves[number, WHOLE_MIN, knot] if whole else linear_minutes(begin, close, right - left)
                minutes = scale_min * passed_min
                before = used - 1
                same = begin * accept_kw
                flat = begin == close and used > 0
                if flat and pieces[Piece.START_KW, before] == pieces[Piece.END_KW, before] == same:
                    pieces[Piece.END_MIN, before] = now + minutes
                else:
                    pieces[Piece.START_MIN, used], pieces[Piece.END_MIN, used] = now, now + minutes
                    pieces[Piece.START_KW, used], pieces[Piece.END_KW, used] = same, close * accept_kw
                    used += 1
                now += minutes
    return used
