"""Power over time in pieces, from the caps that a simulation set: exact energy in any intervals.

A simulation logs only *stretches*: from when, at which SOC and under which cap a vehicle charged. Here they become
pieces on which power is constant or, because it is linear in SOC, decays exponentially with time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.power.compiled import compiled
from charging.power.curves import POWER, SOC, linear_minutes

if TYPE_CHECKING:
    from data.arrays import Floats, Ints


@compiled
def meter(
    stretches: Floats,
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
    """Meter stretches of charging: add to the load, the bills and the largest powers.

    Parameters
    ----------
    stretches
        Shape (6, stretches): position of the request, start and end (min), SOC at both, and the cap in between (kW).
        Each stretch ends exactly when it says.
    batteries, curves
        As in ``charging.engine.demand`` and ``charging.power.curves``.
    row, per_kwh
        By stretch: row of the load, and meter kWh per battery kWh.
    edges_min, energy, metered
        Edges of the intervals of the load, and its kWh on the battery's and on the meter's side: rows, intervals.
    price_edges_min, prices, cost
        Edges of the price steps (they enclose all), their prices, and by request the battery kWh times the price.
        Without steps nothing is billed.
    peak_kw
        By request.
    """
    pieces = np.empty((4, 2 * curves.shape[2]))
    parts = np.empty(len(edges_min) + len(price_edges_min))
    for at in range(stretches.shape[1]):
        _, start_min, end_min, start_soc, end_soc, cap_kw = stretches[:, at]
        request = int(stretches[0, at])
        if cap_kw <= 0.0 or end_soc <= start_soc:
            continue
        count = _pieces_of(batteries[request], curves, cap_kw, start_soc, end_soc, start_min, pieces)
        pieces[1, count - 1] = end_min
        for piece in range(count):
            begin, end, first_kw, last_kw = pieces[:, piece]
            peak_kw[request] = max(peak_kw[request], first_kw, last_kw)
            first, used = cut(begin, end, first_kw, last_kw, edges_min, parts)
            for part in range(used):
                energy[row[at], first + part] += parts[part]
                metered[row[at], first + part] += parts[part] * per_kwh[at]
            if len(prices) > 0:
                first, used = cut(begin, end, first_kw, last_kw, price_edges_min, parts)
                for part in range(used):
                    cost[request] += parts[part] * prices[first + part]


@compiled
def cut(
    start_min: float, end_min: float, start_kw: float, end_kw: float, edges_min: Floats, parts: Floats
) -> tuple[int, int]:
    """Cut the energy of a piece at edges of intervals, kWh into ``parts``; return the first interval and how many."""
    first = int(np.searchsorted(edges_min, start_min, side="right")) - 1
    power = start_kw
    rate = decay_rate(start_kw, end_kw, end_min - start_min)
    used = 0
    while start_min < end_min:
        stop = min(end_min, edges_min[first + used + 1])
        parts[used] = energy_kwh(power, rate, stop - start_min)
        power *= math.exp(rate * (stop - start_min))
        start_min = stop
        used += 1
    return first, used


@compiled
def decay_rate(start_kw: float, end_kw: float, minutes: float) -> float:
    """Return the rate per minute at which power goes exponentially from start to end; 0 where it is constant."""
    if minutes <= 0.0 or start_kw == end_kw:
        return 0.0
    return math.log(end_kw / start_kw) / minutes


@compiled
def energy_kwh(power_kw: float, rate: float, minutes: float) -> float:
    """Return the energy over some minutes of a power that changes at a rate per minute."""
    if abs(rate * minutes) < 1e-12:
        return power_kw * minutes / 60.0
    return power_kw * math.expm1(rate * minutes) / rate / 60.0


@compiled
def _pieces_of(
    battery: Floats, curves: Floats, cap_kw: float, start_soc: float, end_soc: float, now: float, rows: Floats
) -> int:
    """Write the pieces of a stretch (start, end, power at both) into columns of ``rows``; return how many there are.

    A segment that crosses the cap is cut there; neighbours of the same constant power are joined.
    """
    accept_kw = battery[1]
    scale_min = battery[2] / accept_kw
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
