"""A vehicle that charges at a gun, between two events: its SOC, what it requests, and when it is full.

Functions on the matrix of ``charging.power.records``. Between events a vehicle draws the lesser of its curve and its
share, so all of these have a closed form (``charging.power.curves``) and nothing is stepped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.power.compiled import inner
from charging.power.curves import least_between, minutes_between, peak_from, peak_to_breakpoint, soc_after
from charging.power.records import HEADER, ChargingSegment, Gun, Header

if TYPE_CHECKING:
    from data.arrays import Floats

_HAIR_SOC = 1e-9
"""Far above the rounding of a SOC, far below what a charge gains in a second."""


@inner
def observe(rows: Floats, curves: Floats, start: int, stop: int, now: float) -> None:
    """Note the SOC of the vehicles that charge at some guns, and what they request until the next breakpoint."""
    for gun in range(start, stop):
        if rows[gun, Gun.ACTIVE] > 0.0:
            soc = soc_at(rows, curves, gun, now)
            part, stop_soc = peak_to_breakpoint(curves, int(rows[gun, Gun.CURVE]), soc)
            rows[gun, Gun.NOW_SOC], rows[gun, Gun.SEEN_MIN] = soc, now
            rows[gun, Gun.REQUESTED_KW] = min(rows[gun, Gun.ACCEPT_KW] * part, rows[gun, Gun.MOST_KW])
            rows[gun, Gun.STOP_SOC] = min(stop_soc, rows[gun, Gun.TARGET_SOC])


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
def peak_kw(rows: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return the largest power that a vehicle may still request."""
    peak = rows[gun, Gun.ACCEPT_KW] * peak_from(curves, int(rows[gun, Gun.CURVE]), soc)
    return float(min(peak, rows[gun, Gun.MOST_KW]))


@inner
def least_requested_kw(rows: Floats, curves: Floats, gun: int, now: float) -> float:
    """Return a power below which the request of a vehicle now is not, kW: cheaper to say than what it is."""
    # since it was last looked at its share has not changed: each change looks at it
    soc, cap_kw = rows[gun, Gun.NOW_SOC], rows[gun, Gun.CAP_KW]
    most_soc = soc
    if cap_kw > 0.0:
        # as if its curve had not held it back; a hair more, so that rounding does not matter
        battery_kwmin = 60.0 * rows[gun, Gun.SCALE_MIN] * rows[gun, Gun.ACCEPT_KW]
        most_soc += (now - rows[gun, Gun.SEEN_MIN]) * cap_kw / battery_kwmin + _HAIR_SOC
    share = least_between(curves, int(rows[gun, Gun.CURVE]), soc, min(most_soc, rows[gun, Gun.TARGET_SOC]))
    return float(min(rows[gun, Gun.ACCEPT_KW] * share, rows[gun, Gun.MOST_KW]))


@inner
def set_cap(rows: Floats, curves: Floats, gun: int, cap_kw: float, now: float) -> None:
    """Give a vehicle another share from now on, and foresee when it is full."""
    cap = min(cap_kw, rows[gun, Gun.MOST_KW])
    # an equal share starts no new segment: its foreseen times stay exact, and the log stays short
    if cap == rows[gun, Gun.CAP_KW]:
        return
    end_segment(rows, gun, rows[gun, Gun.NOW_SOC], now)
    rows[gun, Gun.START_SOC] = rows[gun, Gun.NOW_SOC]
    rows[gun, Gun.SINCE_MIN] = now
    rows[gun, Gun.CAP_KW] = cap
    rows[gun, Gun.BREAK_MIN] = rows[gun, Gun.BREAK_SOC] = math.inf
    rows[gun, Gun.FULL_MIN] = min(time_of(rows, curves, gun, rows[gun, Gun.TARGET_SOC]), rows[gun, Gun.LEAVE_MIN])


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
        row = int(rows[HEADER, Header.LOG_ROW] + rows[HEADER, Header.SEGMENTS])
        rows[HEADER, Header.SEGMENTS] += 1.0
        rows[row, ChargingSegment.REQUEST] = rows[gun, Gun.REQUEST]
        rows[row, ChargingSegment.START_MIN] = rows[gun, Gun.SINCE_MIN]
        rows[row, ChargingSegment.END_MIN] = now
        rows[row, ChargingSegment.START_SOC] = rows[gun, Gun.START_SOC]
        rows[row, ChargingSegment.END_SOC] = soc
        rows[row, ChargingSegment.CAP_KW] = rows[gun, Gun.CAP_KW]


@inner
def foresee_breakpoint(rows: Floats, curves: Floats, gun: int, now: float) -> None:
    """Foresee when a vehicle reaches its next breakpoint, at which the power is divided anew."""
    stop = rows[gun, Gun.STOP_SOC]
    if stop >= rows[gun, Gun.TARGET_SOC] or rows[gun, Gun.CAP_KW] <= 0.0:
        rows[gun, Gun.BREAK_MIN] = rows[gun, Gun.BREAK_SOC] = math.inf
    elif stop != rows[gun, Gun.BREAK_SOC]:
        rows[gun, Gun.BREAK_SOC] = stop
        # rounding may put the breakpoint a hair before now, and events do not go back
        rows[gun, Gun.BREAK_MIN] = max(time_of(rows, curves, gun, stop), now)
