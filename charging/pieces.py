"""Power over time in pieces, integrated from the caps that a simulation set.

A simulation logs only *stretches*: from when, at which SOC and under which cap a vehicle charged. Here they become
pieces on which power is constant or, because it is linear in SOC, decays exponentially with time.
"""

from __future__ import annotations

import math
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

    Sorted by request and time.
    """

    request: Numbers
    start_min: Floats
    end_min: Floats
    start_kw: Floats
    end_kw: Floats

    def energy_kwh(self) -> Floats:
        """Return the energy of each piece, kWh."""
        return energy_between(self.start_kw, self.end_kw, (self.end_min - self.start_min) / 60.0)

    def peak_kw(self, size: int) -> Floats:
        """Return the largest power of each of ``size`` requests, kW; 0 where it never charged."""
        peak = np.zeros(size)
        if len(self.request):
            first = np.flatnonzero(np.diff(self.request, prepend=-1))
            peak[self.request[first]] = np.maximum.reduceat(np.maximum(self.start_kw, self.end_kw), first)
        return peak


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of charging under one cap, sorted by request and time.

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


def energy_between(start_kw: Floats, end_kw: Floats, hours: Floats) -> Floats:
    """Return the energy of powers that decay exponentially from start to end: logarithmic mean times hours."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(end_kw / start_kw)
        mean = np.where(np.abs(ratio) < 1e-9, 0.5 * (start_kw + end_kw), (end_kw - start_kw) / ratio)
    return np.asarray(mean * hours, dtype=np.float64)


def integrate(stretches: Stretches, batteries: Floats, curves: Floats) -> PowerPieces:
    """Return the pieces of power of all stretches.

    Parameters
    ----------
    stretches
        Where vehicles charged under which cap.
    batteries
        A row a request: number of the curve, largest power (kW), kWh of the battery over that, and two SOC.
    curves
        Curves as in ``charging.ramps``.

    Returns
    -------
    PowerPieces
        Sorted by request and time; each stretch ends exactly where it was logged to end.
    """
    rows = np.empty((2 * len(stretches.request) + 64, 4))
    owner = np.empty(len(rows), dtype=np.int64)
    done, used = 0, 0
    while done < len(stretches.request):
        done, used = _fill(
            done,
            used,
            stretches.request,
            stretches.start_min,
            stretches.end_min,
            stretches.start_soc,
            stretches.end_soc,
            stretches.cap_kw,
            batteries,
            curves,
            owner,
            rows,
        )
        if done < len(stretches.request):
            rows = np.concatenate([rows, np.empty_like(rows)])
            owner = np.concatenate([owner, np.empty_like(owner)])
    start, end, start_kw, end_kw = np.ascontiguousarray(rows[:used].T)
    return PowerPieces(owner[:used], start, end, start_kw, end_kw)


@compiled
def _fill(
    done: int,
    used: int,
    request: Numbers,
    start_min: Floats,
    end_min: Floats,
    start_soc: Floats,
    end_soc: Floats,
    cap_kw: Floats,
    batteries: Floats,
    curves: Floats,
    owner: Numbers,
    rows: Floats,
) -> tuple[int, int]:
    """Write the pieces of the stretches from ``done`` on until ``rows`` is full; return how far it came."""
    most = 2 * curves.shape[2]
    while done < len(request):
        if used + most > len(rows):
            return done, used
        if cap_kw[done] > 0.0 and end_soc[done] > start_soc[done]:
            last = _stretch_pieces(
                batteries[request[done]],
                curves,
                cap_kw[done],
                start_soc[done],
                end_soc[done],
                start_min[done],
                rows,
                used,
            )
            owner[used:last] = request[done]
            used = last
            rows[used - 1, 1] = end_min[done]
        done += 1
    return done, used


@compiled
def _stretch_pieces(
    battery: Floats,
    curves: Floats,
    cap_kw: float,
    start_soc: float,
    end_soc: float,
    now: float,
    rows: Floats,
    used: int,
) -> int:
    """Write the pieces of a stretch into rows from ``used`` on; return the row after them.

    A segment that crosses the cap is cut there; neighbours of the same constant power are joined.
    """
    accept_kw, scale_min = battery[1], battery[2]
    knots, shares = curves[int(battery[0]), SOC], curves[int(battery[0]), POWER]
    cap = cap_kw / accept_kw
    first_row = used
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
                if flat and used > first_row and rows[used - 1, 2] == rows[used - 1, 3] == begin * accept_kw:
                    rows[used - 1, 1] = now + minutes
                else:
                    rows[used, 0], rows[used, 1] = now, now + minutes
                    rows[used, 2], rows[used, 3] = begin * accept_kw, close * accept_kw
                    used += 1
                now += minutes
    return used


def bin_energy(pieces: PowerPieces, cell: Numbers, interval_min: float, width: int) -> Floats:
    """Return the energy of pieces by interval, kWh.

    Parameters
    ----------
    pieces
        Pieces of power from minute 0 on.
    cell
        Row of the result to which each piece belongs.
    interval_min, width
        Length and number of the intervals.

    Returns
    -------
    numpy.ndarray
        Shape (rows, width).
    """
    result = np.zeros((int(cell.max()) + 1 if len(cell) else 0, width))
    _bin(pieces.start_min, pieces.end_min, pieces.start_kw, pieces.end_kw, cell, interval_min, result)
    return result


@compiled
def _bin(
    start_min: Floats,
    end_min: Floats,
    start_kw: Floats,
    end_kw: Floats,
    cell: Numbers,
    interval_min: float,
    result: Floats,
) -> None:
    """Add the energy of pieces to their intervals, in their order."""
    for piece in range(len(cell)):
        start, end = start_min[piece], end_min[piece]
        power = start_kw[piece]
        rate = 0.0
        if end > start and start_kw[piece] != end_kw[piece]:
            rate = math.log(end_kw[piece] / start_kw[piece]) / (end - start)
        at = int(start // interval_min)
        while start < end:
            stop = min(end, (at + 1) * interval_min)
            energy = power * (stop - start) / 60.0
            if rate != 0.0:
                energy = power * math.expm1(rate * (stop - start)) / rate / 60.0
                power *= math.exp(rate * (stop - start))
            result[cell[piece], at] += energy
            start = stop
            at += 1
