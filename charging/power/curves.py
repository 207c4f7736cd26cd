"""Charging over time along a curve, under a cap: both ways between state of charge and minutes, in closed form.

Curves are rows of an array of shape (curves, rows, breakpoints): states of charge, accepted power shares, and what is
known of them beforehand; shorter curves repeat their last breakpoint. Everything is per unit: power as a share of the
vehicle's largest power, time in minutes for a battery of 1 kWh charged by 1 kW; a charge of B kWh by at most P kW takes
``B / P`` times as long. Where the accepted share p is linear in the state of charge s with slope m, ds/dt = p(s) gives
the time (1/m) ln(p1/p0); where a cap c binds, (s1 - s0) / c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Curves = NDArray[np.float64]

SOC, POWER, PEAK, SLOPE, WHOLE_MIN, PASSED_MIN = range(6)
"""Rows of a curve: SOC and power at its breakpoints; the largest power from there on; and from there to the next
breakpoint the slope, and the minutes where no cap binds, as :func:`minutes_between` and as :func:`soc_after` work them
out (they may differ in the last digit). A charge that nobody disturbs passes most of its curve that way, and logarithms
and divisions are dear."""
_ROWS: Final = 6
CONSTANT: Final = 0
"""Number of the curve of a request without battery and SOC: constant power from 0 to all of the energy."""
_SAME_SOC = 1e-12
"""A SOC this close below a breakpoint stands on it: rounding must not leave a segment of no width before it."""
_FLAT = 1e-12
"""Relative change of power below which it counts as constant: the quotient of the closed form would be 0 / 0."""


def curve_array(curves: Sequence[Curve]) -> Curves:
    """Return constant power (number 0) and the curves (from number 1 on) as an array."""
    most = max([2, *(len(curve.soc) for curve in curves)])
    result = np.ones((len(curves) + 1, _ROWS, most))
    result[CONSTANT, SOC, 0] = 0.0
    for number, curve in enumerate(curves, start=1):
        count = len(curve.soc)
        result[number, [SOC, POWER], :count] = (curve.soc, curve.power_share)
        result[number, POWER, count:] = curve.power_share[-1]
    know_beforehand(result)
    return result


@compiled
def know_beforehand(curves: Curves) -> None:
    """Write the rows of curves that follow from the first two."""
    last = curves.shape[2] - 1
    for number in range(len(curves)):
        curves[number, PEAK, last] = curves[number, POWER, last]
        for knot in range(last - 1, -1, -1):
            begin, end = curves[number, POWER, knot], curves[number, POWER, knot + 1]
            curves[number, PEAK, knot] = max(begin, curves[number, PEAK, knot + 1])
            width = curves[number, SOC, knot + 1] - curves[number, SOC, knot]
            if width > 0.0:
                slope = curves[number, SLOPE, knot] = (end - begin) / width
                curves[number, WHOLE_MIN, knot] = linear_minutes(begin, begin + slope * width, width)
                curves[number, PASSED_MIN, knot] = linear_minutes(begin, end, width)


@compiled
def minutes_between(curves: Curves, number: int, cap: float, soc: float, end_soc: float) -> float:
    """Return the minutes of a charge under a cap (share of full power, above 0) per kWh and kW."""
    return minutes_by_way_of(curves, number, cap, soc, math.inf, end_soc)[1]


@inner
def minutes_by_way_of(
    curves: Curves, number: int, cap: float, soc: float, stop_soc: float, end_soc: float
) -> tuple[float, float]:
    """Return the minutes of a charge to a breakpoint on the way (infinite where it passes none), and to its end."""
    to_stop, total = math.inf, 0.0
    for knot in range(passed(curves, number, soc), curves.shape[2] - 1):
        # single values, not rows: numba counts references to each row that it looks at
        left, right = curves[number, SOC, knot], curves[number, SOC, knot + 1]
        low, high = max(soc, left), min(end_soc, right)
        if high > low:
            begin, slope = curves[number, POWER, knot], curves[number, SLOPE, knot]
            first, last = begin + slope * (low - left), begin + slope * (high - left)
            if cap >= first and cap >= last and low == left and high == right:
                total += curves[number, WHOLE_MIN, knot]
            # where the curve crosses the cap, one side is capped and the other follows the curve
            elif first > cap > last or first < cap < last:
                cross = min(max(low + (cap - first) / slope, low), high)
                total += linear_minutes(min(first, cap), cap, cross - low)
                total += linear_minutes(cap, min(last, cap), high - cross)
            else:
                total += linear_minutes(min(first, cap), min(last, cap), high - low)
            if right == stop_soc:
                to_stop = total
        elif left >= end_soc:
            break
    return to_stop, total


@inner
def linear_minutes(first: float, last: float, width: float) -> float:
    """Return the minutes over a width of SOC in which power goes linearly from first to last."""
    if last <= 0.0:
        return math.inf if width > 0.0 else 0.0
    if first == last:
        return 60.0 * width / first
    # ln(last / first) by log1p: exact for the small changes that short segments bring
    change = (last - first) / first
    if abs(change) < _FLAT:
        return 60.0 * width / first
    return 60.0 * width * math.log1p(change) / (last - first)


@compiled
def soc_after(curves: Curves, number: int, cap: float, soc: float, minutes: float) -> float:
    """Return the SOC after some minutes (per kWh and kW) of a charge under a cap (share of full power)."""
    for knot in range(passed(curves, number, soc), curves.shape[2] - 1):
        # single values, not rows: numba counts references to each row that it looks at
        left, right = curves[number, SOC, knot], curves[number, SOC, knot + 1]
        low, high = max(soc, left), right
        if high > low:
            begin, end = curves[number, POWER, knot], curves[number, POWER, knot + 1]
            slope = curves[number, SLOPE, knot]
            first = begin + slope * (low - left)
            if first > cap > end or first < cap < end:
                cross = min(max(low + (cap - first) / slope, low), high)
                spent = linear_minutes(min(first, cap), cap, cross - low)
                if minutes < spent:
                    return float(low + _linear_width(min(first, cap), 0.0 if first > cap else slope, minutes))
                minutes -= spent
                low, first = cross, cap
                slope = slope if end < cap else 0.0
                spent = linear_minutes(cap, min(end, cap), high - cross)
            elif cap >= first and cap >= end and low == left:
                spent = curves[number, PASSED_MIN, knot]
            else:
                slope = 0.0 if first >= cap and end >= cap else slope
                first = min(first, cap)
                spent = linear_minutes(first, min(end, cap), high - low)
            if minutes < spent:
                return float(low + _linear_width(first, slope, minutes))
            minutes -= spent
    return 1.0


@inner
def _linear_width(first: float, slope: float, minutes: float) -> float:
    """Return the SOC gained in some minutes where power starts at first and has a slope over SOC."""
    hours = minutes / 60.0
    if abs(slope) * hours < _FLAT:
        return first * hours
    return first / slope * math.expm1(slope * hours)  # expm1: exact for short times


@inner
def segment(curves: Curves, number: int, soc: float) -> int:
    """Return the linear segment that starts at or contains ``soc`` (the last one at the end)."""
    # counted, not searched: where a search ends no processor foresees, and that costs more than to look at all
    knot = 0
    for following in range(1, curves.shape[2] - 1):
        here = curves[number, SOC, following]
        knot += (here <= soc + _SAME_SOC) & (here < 1.0)
    return knot


@inner
def passed(curves: Curves, number: int, soc: float) -> int:
    """Return the first linear segment that ends above ``soc``."""
    knot = 0
    for following in range(1, curves.shape[2]):
        knot += curves[number, SOC, following] <= soc
    return knot


@compiled
def power_at(curves: Curves, number: int, soc: float) -> float:
    """Return the accepted share at ``soc``."""
    return power_in(curves, number, segment(curves, number, soc), soc)


@inner
def power_in(curves: Curves, number: int, knot: int, soc: float) -> float:
    """Return the accepted share at ``soc``, which lies in a segment."""
    left, right = curves[number, SOC, knot], curves[number, SOC, knot + 1]
    low, high = curves[number, POWER, knot], curves[number, POWER, knot + 1]
    return float(low + (high - low) * (soc - left) / (right - left))


@inner
def outlook(curves: Curves, number: int, soc: float) -> tuple[float, float, float, float]:
    """Return the SOC of the next breakpoint, the shares accepted at ``soc`` and there, and the largest from now on."""
    knot = segment(curves, number, soc)
    here, there = power_in(curves, number, knot, soc), curves[number, POWER, knot + 1]
    return curves[number, SOC, knot + 1], here, there, max(here, curves[number, PEAK, knot + 1])


@dataclass(frozen=True, slots=True)
class Curve:
    """Accepted power over state of charge, piecewise linear.

    Attributes
    ----------
    soc
        Breakpoints, increasing from 0 to 1.
    power_share
        Power at the breakpoints as a share of the vehicle's largest power; above 0 below SOC 1.
    """

    soc: tuple[float, ...]
    power_share: tuple[float, ...]

    def __post_init__(self) -> None:
        """Validate that the curve can be integrated.

        Raises
        ------
        DataError
            Lengths differ, SOC does not increase from 0 to 1, or power is not above 0 below SOC 1.
        """
        if len(self.soc) != len(self.power_share) or len(self.soc) < 2:
            raise DataError("charge curve: soc and power_share need the same length of at least 2.")
        rising = all(low < high for low, high in zip(self.soc, self.soc[1:], strict=False))
        if not rising or self.soc[0] != 0.0 or self.soc[-1] != 1.0:
            raise DataError(f"charge curve: soc must increase from 0 to 1, got {list(self.soc)}.")
        if any(part <= 0.0 for part in self.power_share[:-1]) or self.power_share[-1] < 0.0:
            raise DataError("charge curve: power_share must be above 0 below SOC 1, and not negative at SOC 1.")


def charge_minutes(
    curve: Curve, *, battery_kwh: float, vehicle_kw: float, gun_kw: float, soc: float, end_soc: float
) -> float:
    """Return the minutes of an undisturbed charge.

    Parameters
    ----------
    curve
        Accepted power over SOC.
    battery_kwh, vehicle_kw, gun_kw
        Battery capacity (kWh), the vehicle's largest power and the gun's power (kW).
    soc, end_soc
        State of charge at the start and at the end.

    Returns
    -------
    float
        Minutes.

    Raises
    ------
    DataError
        The curve accepts no power at the end.
    """
    table = curve_array([curve])
    per_unit = minutes_between(table, 1, gun_kw / vehicle_kw, soc, end_soc)
    if not math.isfinite(per_unit):
        raise DataError(f"a charge to SOC {end_soc} never ends: the curve accepts no power there.")
    return per_unit * battery_kwh / vehicle_kw
