"""A vehicle that charges at a gun, between two events: its SOC, what it requests, and when it is full.

Functions on the matrix of ``charging.power.records``. Between events a vehicle draws the lesser of its curve and its
share, so all of these have a closed form (``charging.power.curves``) and nothing is stepped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from charging.power.compiled import inner
from charging.power.curves import POWER, SOC, minutes_between, minutes_by_way_of, outlook, soc_after
from charging.power.records import HEADER, SEGMENTS_IN_ROW, ChargingSegment, Gun, Header

if TYPE_CHECKING:
    from data.arrays import Floats

_SEGMENT_COLUMNS: Final = len(ChargingSegment)
_HAIR_SOC = 1e-9
"""Far above the rounding of a SOC, far below what a charge gains in a second."""


@inner
def observe(rows: Floats, curves: Floats, start: int, stop: int, now: float) -> None:
    """Note the SOC of the vehicles that charge at some guns, and what they request until the next breakpoint."""
    for gun in range(start, stop):
        # twice in an instant they are the same; but at a breakpoint the SOC may be a hair behind what was foreseen
        if rows[gun, Gun.ACTIVE] > 0.0 and (rows[gun, Gun.SEEN_MIN] != now or rows[gun, Gun.BREAK_MIN] == now):
            soc = soc_at(rows, curves, gun, now)
            stop_soc, here, there, peak = outlook(curves, int(rows[gun, Gun.CURVE]), soc)
            accept_kw, most_kw = rows[gun, Gun.ACCEPT_KW], rows[gun, Gun.MOST_KW]
            rows[gun, Gun.NOW_SOC], rows[gun, Gun.SEEN_MIN] = soc, now
            rows[gun, Gun.NOW_KW] = min(accept_kw * here, most_kw)
            rows[gun, Gun.REQUESTED_KW] = min(accept_kw * max(here, there), most_kw)
            rows[gun, Gun.PEAK_KW] = min(accept_kw * peak, most_kw)
            rows[gun, Gun.STOP_SOC] = stop_soc
            if rows[gun, Gun.TARGET_SOC] < stop_soc:
                there = here + (there - here) * (rows[gun, Gun.TARGET_SOC] - soc) / (stop_soc - soc)
                rows[gun, Gun.STOP_SOC] = rows[gun, Gun.TARGET_SOC]
            rows[gun, Gun.LEAST_KW] = min(accept_kw * min(here, there), most_kw)


@inner
def soc_at(rows: Floats, curves: Floats, gun: int, now: float) -> float:
    """Return the SOC of a vehicle now."""
    # at a foreseen breakpoint the SOC is known exactly; the inverse of the time to it would differ by rounding, and
    # the vehicle could seem to stand just below the breakpoint for ever
    if now == rows[gun, Gun.BREAK_MIN]:
        return float(rows[gun, Gun.BREAK_SOC])
    if now == rows[gun, Gun.SINCE_MIN] or rows[gun, Gun.CAP_KW] <= 0.0:
        return float(rows[gun, Gun.START_SOC])
    soc = soc_after(
        curves,
        int(rows[gun, Gun.CURVE]),
        rows[gun, Gun.CAP_KW] / rows[gun, Gun.ACCEPT_KW],
        rows[gun, Gun.START_SOC],
        (now - rows[gun, Gun.SINCE_MIN]) / rows[gun, Gun.SCALE_MIN],
    )
    return min(soc, float(rows[gun, Gun.TARGET_SOC]))


@inner
def time_of(rows: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return when a vehicle reaches a SOC if nothing changes, minutes; never while it pauses."""
    if rows[gun, Gun.START_SOC] >= soc:
        return float(rows[gun, Gun.SINCE_MIN])
    if rows[gun, Gun.CAP_KW] <= 0.0:
        return math.inf
    cap = rows[gun, Gun.CAP_KW] / rows[gun, Gun.ACCEPT_KW]
    minutes = minutes_between(curves, int(rows[gun, Gun.CURVE]), cap, rows[gun, Gun.START_SOC], soc)
    return float(rows[gun, Gun.SINCE_MIN] + minutes * rows[gun, Gun.SCALE_MIN])


@inner
def requests_at_least(rows: Floats, gun: int, kw: float, now: float) -> bool:
    """Return whether a vehicle surely requests a power now, or more: cheaper to say than what it requests."""
    begin_min = rows[gun, Gun.SEEN_MIN]
    stop_min = surely_before(rows, gun, rows[gun, Gun.STOP_SOC])
    if now >= stop_min or rows[gun, Gun.NOW_KW] < kw:
        return False
    # it falls along a line over SOC, and no SOC is reached before the one that grows evenly until `stop_min`
    fallen_kw = (rows[gun, Gun.NOW_KW] - rows[gun, Gun.LEAST_KW]) * (now - begin_min) / (stop_min - begin_min)
    return bool(rows[gun, Gun.NOW_KW] - fallen_kw >= kw)


@inner
def requests_until(rows: Floats, curves: Floats, gun: int, kw: float) -> float:
    """Return a time until which a vehicle surely requests a power, or more; in the past where it is not sure of that.

    It has just been observed, and has the share that it will have until it is observed again.
    """
    soc, power_kw = rows[gun, Gun.NOW_SOC], rows[gun, Gun.NOW_KW]
    if power_kw < kw:
        return -math.inf
    curve, accept_kw = int(rows[gun, Gun.CURVE]), rows[gun, Gun.ACCEPT_KW]
    for knot in range(1, curves.shape[2]):
        if curves[curve, SOC, knot] > soc:
            stop_soc, stop_kw = curves[curve, SOC, knot], accept_kw * curves[curve, POWER, knot]
            if stop_kw < kw:
                soc += (stop_soc - soc) * (power_kw - kw) / (power_kw - stop_kw)
                break
            soc, power_kw = stop_soc, stop_kw
    return surely_before(rows, gun, min(soc, rows[gun, Gun.TARGET_SOC]))


@inner
def surely_before(rows: Floats, gun: int, soc: float) -> float:
    """Return a time before which a vehicle surely does not reach a SOC: it would at its share, or its curve's peak."""
    most_kw = min(rows[gun, Gun.CAP_KW], rows[gun, Gun.PEAK_KW])
    if most_kw <= 0.0:
        return math.inf
    battery_kwmin = 60.0 * rows[gun, Gun.SCALE_MIN] * rows[gun, Gun.ACCEPT_KW]
    # since it was last looked at its share has not changed, because each change looks at it; a hair for rounding
    gained = soc - rows[gun, Gun.NOW_SOC] - _HAIR_SOC
    return float(rows[gun, Gun.SEEN_MIN] + gained * battery_kwmin / most_kw)


@inner
def set_cap(rows: Floats, curves: Floats, gun: int, cap_kw: float, now: float) -> None:
    """Give a vehicle another share from now on, and foresee when it is full."""
    cap = min(cap_kw, rows[gun, Gun.MOST_KW])
    # an equal share starts no new segment: its foreseen times stay exact, and the log stays short
    if cap == rows[gun, Gun.CAP_KW]:
        return
    observe(rows, curves, gun, gun + 1, now)
    end_segment(rows, gun, rows[gun, Gun.NOW_SOC], now)
    rows[gun, Gun.START_SOC] = rows[gun, Gun.NOW_SOC]
    rows[gun, Gun.SINCE_MIN] = now
    rows[gun, Gun.CAP_KW] = cap
    rows[gun, Gun.BREAK_MIN] = rows[gun, Gun.BREAK_SOC] = math.inf
    rows[gun, Gun.FULL_MIN] = min(_foresee(rows, curves, gun), rows[gun, Gun.LEAVE_MIN])


@inner
def _foresee(rows: Floats, curves: Floats, gun: int) -> float:
    """Return ``time_of`` the target, and note that of the next breakpoint, which is on the way."""
    if rows[gun, Gun.START_SOC] >= rows[gun, Gun.TARGET_SOC] or rows[gun, Gun.CAP_KW] <= 0.0:
        rows[gun, Gun.AHEAD_SOC] = math.inf
        return time_of(rows, curves, gun, rows[gun, Gun.TARGET_SOC])
    rows[gun, Gun.AHEAD_SOC] = rows[gun, Gun.STOP_SOC]
    to_stop, to_target = minutes_by_way_of(
        curves,
        int(rows[gun, Gun.CURVE]),
        rows[gun, Gun.CAP_KW] / rows[gun, Gun.ACCEPT_KW],
        rows[gun, Gun.START_SOC],
        rows[gun, Gun.STOP_SOC],
        rows[gun, Gun.TARGET_SOC],
    )
    rows[gun, Gun.AHEAD_MIN] = rows[gun, Gun.SINCE_MIN] + to_stop * rows[gun, Gun.SCALE_MIN]
    return float(rows[gun, Gun.SINCE_MIN] + to_target * rows[gun, Gun.SCALE_MIN])


@inner
def last_soc(rows: Floats, curves: Floats, gun: int, now: float) -> float:
    """Return the SOC at which a charge ends now: the target, unless the vehicle leaves before it gets there."""
    target = float(rows[gun, Gun.TARGET_SOC])
    # a vehicle that is full in the instant at which it leaves has all it asked for, to the last digit
    if rows[gun, Gun.LEAVE_MIN] > now or time_of(rows, curves, gun, target) <= now:
        return target
    return soc_at(rows, curves, gun, now)


@inner
def end_segment(rows: Floats, gun: int, soc: float, now: float) -> None:
    """Log how a vehicle charged under the share that it had until now."""
    if rows[gun, Gun.CAP_KW] > 0.0 and soc > rows[gun, Gun.START_SOC]:
        number = int(rows[HEADER, Header.SEGMENTS])
        rows[HEADER, Header.SEGMENTS] += 1.0
        row = int(rows[HEADER, Header.LOG_ROW]) + number // SEGMENTS_IN_ROW
        first = _SEGMENT_COLUMNS * (number % SEGMENTS_IN_ROW)
        rows[row, first + ChargingSegment.REQUEST] = rows[gun, Gun.REQUEST]
        rows[row, first + ChargingSegment.START_MIN] = rows[gun, Gun.SINCE_MIN]
        rows[row, first + ChargingSegment.END_MIN] = now
        rows[row, first + ChargingSegment.START_SOC] = rows[gun, Gun.START_SOC]
        rows[row, first + ChargingSegment.END_SOC] = soc
        rows[row, first + ChargingSegment.CAP_KW] = rows[gun, Gun.CAP_KW]


@inner
def foresee_breakpoint(rows: Floats, curves: Floats, gun: int, now: float) -> None:
    """Foresee when a vehicle reaches its next breakpoint, at which the power is divided anew."""
    stop = rows[gun, Gun.STOP_SOC]
    if stop >= rows[gun, Gun.TARGET_SOC] or rows[gun, Gun.CAP_KW] <= 0.0:
        rows[gun, Gun.BREAK_MIN] = rows[gun, Gun.BREAK_SOC] = math.inf
    elif stop != rows[gun, Gun.BREAK_SOC]:
        rows[gun, Gun.BREAK_SOC] = stop
        known = rows[gun, Gun.AHEAD_SOC] == stop
        break_min = rows[gun, Gun.AHEAD_MIN] if known else time_of(rows, curves, gun, stop)
        # rounding may put the breakpoint a hair before now, and events do not go back
        rows[gun, Gun.BREAK_MIN] = max(break_min, now)
