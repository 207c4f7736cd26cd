"""Power over time in pieces, integrated from the caps that a simulation set.

A simulation logs only *stretches*: from when, at which SOC and under which cap a vehicle charged. Here they become
pieces on which power is constant or, because it is linear in SOC, decays exponentially with time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from charging.compiled import compiled
from charging.ramps import POWER, SOC, linear_minutes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PowerPieces:
    """Pieces of power as arrays: request (position), start and end (min), power at both (kW, battery side).

    In the order of the stretches.
    """

    request: Numbers
    start_min: Floats
    end_min: Floats
    start_kw: Floats
    end_kw: Floats


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of charging under one cap.

    Attributes
    ----------
    request
        Position of the request.
    start_min, end_min
        From when until when.
    start_soc, end_soc
        State of charge at both.
    cap_kw
        Power that was left to the vehicle, kW; 0 where it had to pause.
    """

    request: Numbers
    start_min: Floats
    end_min: Floats
    start_soc: Floats
    end_soc: Floats
    cap_kw: Floats


def integrate(stretches: Stretches, batteries: Floats, curves: Floats) -> PowerPieces:
    """Return the pieces of power of all stretches.

    Parameters
    ----------
    stretches
        Where vehicles charged under which cap.
    batteries
        A row a request, as in ``charging.demand``.
    curves
        Curves as in ``charging.ramps``.

    Returns
    -------
    PowerPieces
        In the order of the stretches; each stretch ends exactly where it was logged to end.
    """
    columns = (stretches.start_min, stretches.start_soc, stretches.end_soc, stretches.cap_kw)
    counts = np.zeros(len(stretches.request), dtype=np.int64)
    _count(stretches.request, *columns, batteries, curves, counts)
    rows = np.empty((4, int(counts.sum())))
    owner = np.repeat(stretches.request, counts)
    _fill(stretches.request, *columns, batteries, curves, counts, stretches.end_min, rows)
    return PowerPieces(owner, *rows)


@compiled
def _count(
    request: Numbers,
    start_min: Floats,
    start_soc: Floats,
    end_soc: Floats,
    cap_kw: Floats,
    batteries: Floats,
    curves: Floats,
    counts: Numbers,
) -> None:
    """Write how many pieces each stretch has."""
    rows = np.empty((4, 2 * curves.shape[2]))
    for at in range(len(request)):
        if cap_kw[at] > 0.0 and end_soc[at] > start_soc[at]:
            counts[at] = _pieces_of(
                batteries[request[at]], curves, cap_kw[at], start_soc[at], end_soc[at], start_min[at], rows
            )


@compiled
def _fill(
    request: Numbers,
    start_min: Floats,
    start_soc: Floats,
    end_soc: Floats,
    cap_kw: Floats,
    batteries: Floats,
    curves: Floats,
    counts: Numbers,
    end_min: Floats,
    rows: Floats,
) -> None:
    """Write the pieces of all stretches one after the other."""
    used = 0
    for at in range(len(request)):
        if counts[at] > 0:
            own = rows[:, used : used + counts[at]]
            _pieces_of(batteries[request[at]], curves, cap_kw[at], start_soc[at], end_soc[at], start_min[at], own)
            used += counts[at]
            rows[1, used - 1] = end_min[at]


@compiled
def _pieces_of(
    battery: Floats, curves: Floats, cap_kw: float, start_soc: float, end_soc: float, now: float, rows: Floats
) -> int:
    """Write the pieces of a stretch (start, end, power at both) into columns of ``rows``; return how many there are.

    A segment that crosses the cap is cut there; neighbours of the same constant power are joined.
    """
    accept_kw, scale_min = battery[1], battery[2]
    knots, shares = curves[int(battery[0]), SOC], curves[int(battery[0]), POWER]
    cap = cap_kw / accept_kw
    used = 0
    for at in range(len(knots) - 1):
        low, high = max(start_soc, knots[at]), min(end_soc, knots[at + 1])
        if high <= low:
            continue
        slope = (shares[at + 1] - shares[at]) / (knots[at + 1] - knots[at])
        first, last = shares[at] + slope * (low - knots[at]), shares[at] + slope * (high - knots[at])
        middle = high
        if first > cap > last or first < cap < last:
            middle = min(max(low + (cap - first) / slope, low), high)
        for left, right in ((low, middle), (middle, high)):
            if right > left:
                begin = min(shares[at] + slope * (left - knots[at]), cap)
                close = min(shares[at] + slope * (right - knots[at]), cap)
                minutes = scale_min * linear_minutes(begin, close, right - left)
                flat = begin == close
                if flat and used > 0 and rows[2, used - 1] == rows[3, used - 1] == begin * accept_kw:
                    rows[1, used - 1] = now + minutes
                else:
                    rows[0, used], rows[1, used] = now, now + minutes
                    rows[2, used], rows[3, used] = begin * accept_kw, close * accept_kw
                    used += 1
                now += minutes
    return used


@compiled
def add_peaks(request: Numbers, start_kw: Floats, end_kw: Floats, peak_kw: Floats) -> None:
    """Raise the largest power of each request to that of its pieces, kW."""
    for at in range(len(request)):
        peak_kw[request[at]] = max(peak_kw[request[at]], start_kw[at], end_kw[at])
