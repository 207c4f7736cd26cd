"""Power over time in pieces, integrated in arrays from the caps that a simulation set.

A simulation logs only *stretches*: from when, at which SOC and under which cap a vehicle charged. Here they become
pieces on which power is constant or, because it is linear in SOC, decays exponentially with time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.ramps import Table

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


class Batteries(NamedTuple):
    """What charges, by request: capacity (kWh), largest power (kW) and number of the curve."""

    battery_kwh: Floats
    accept_kw: Floats
    curve: Numbers


def energy_between(start_kw: Floats, end_kw: Floats, hours: Floats) -> Floats:
    """Return the energy of powers that decay exponentially from start to end: logarithmic mean times hours."""
    return np.asarray(log_mean(start_kw, end_kw) * hours, dtype=np.float64)


def log_mean(first: Floats, second: Floats) -> Floats:
    """Return the logarithmic mean, the time mean of a power that decays exponentially."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(second / first)
        mean = np.where(np.abs(ratio) < 1e-9, 0.5 * (first + second), (second - first) / ratio)
    return np.asarray(mean, dtype=np.float64)


def integrate(stretches: Stretches, batteries: Batteries, tables: Sequence[Table]) -> PowerPieces:
    """Return the pieces of power of all stretches.

    Parameters
    ----------
    stretches
        Where vehicles charged under which cap.
    batteries
        What charged, by request.
    tables
        Curves by number.

    Returns
    -------
    PowerPieces
        Sorted by request and time; each stretch ends exactly where it was logged to end.
    """
    charging = np.flatnonzero((stretches.end_soc > stretches.start_soc) & (stretches.cap_kw > 0.0))
    curve = batteries.curve[stretches.request[charging]]
    parts = [
        _segment_parts(stretches, batteries, table, segment, charging[curve == number])
        for number, table in enumerate(tables)
        if np.any(curve == number)
        for segment in range(len(table.slopes))
    ]
    if not parts:
        empty = np.empty(0)
        return PowerPieces(np.empty(0, dtype=np.int64), empty, empty, empty, empty)
    owner, soc, minutes, start_kw, end_kw = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((soc, owner))
    return _timed(stretches, owner[order], minutes[order], start_kw[order], end_kw[order])


def _segment_parts(
    stretches: Stretches, batteries: Batteries, table: Table, segment: int, chosen: Numbers
) -> tuple[Numbers, Floats, Floats, Floats, Floats]:
    """Return the parts of the chosen stretches in a segment of a curve: owner, SOC, minutes and powers.

    A segment that crosses the cap is cut there.
    """
    left, right = table.soc[segment], table.soc[segment + 1]
    low = np.maximum(stretches.start_soc[chosen], left)
    high = np.minimum(stretches.end_soc[chosen], right)
    inside = high > low
    chosen, low, high = chosen[inside], low[inside], high[inside]
    request = stretches.request[chosen]
    accept, cap = batteries.accept_kw[request], stretches.cap_kw[chosen]
    power, slope = table.power[segment], table.slopes[segment]
    cross = high if slope == 0.0 else np.clip(left + (cap / accept - power) / slope, low, high)
    ends = [
        (start, stop, *(np.minimum(accept * (power + slope * (at - left)), cap) for at in (start, stop)))
        for start, stop in ((low, cross), (cross, high))
    ]
    columns = []
    for start, stop, start_kw, end_kw in ends:
        wide = stop > start
        minutes = (
            60.0 * batteries.battery_kwh[request[wide]] * (stop - start)[wide] / log_mean(start_kw[wide], end_kw[wide])
        )
        columns.append((chosen[wide], start[wide], minutes, start_kw[wide], end_kw[wide]))
    return tuple(np.concatenate(both) for both in zip(*columns, strict=True))  # type: ignore[return-value]


def _timed(stretches: Stretches, owner: Numbers, minutes: Floats, start_kw: Floats, end_kw: Floats) -> PowerPieces:
    """Return parts in order as pieces in time, with neighbours of the same constant power joined."""
    first = np.diff(owner, prepend=-1) != 0
    flat = start_kw == end_kw
    joins = ~first & flat & np.append(False, flat[:-1]) & (start_kw == np.append(0.0, start_kw[:-1]))
    heads = np.flatnonzero(~joins)
    minutes = np.add.reduceat(minutes, heads)
    owner, start_kw, end_kw, first = owner[heads], start_kw[heads], end_kw[heads], first[heads]
    last = np.append(first[1:], True)
    # minutes before each piece within its stretch, restarted at each stretch so that no rounding is carried over
    before = np.concatenate(([0.0], np.cumsum(minutes)[:-1]))
    before -= np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(owner))))
    start = stretches.start_min[owner] + before
    end = np.where(last, stretches.end_min[owner], np.append(start[1:], 0.0))
    return PowerPieces(stretches.request[owner], start, end, start_kw, end_kw)
