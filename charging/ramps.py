"""Charging over time along a curve, under a cap: both ways between state of charge and minutes, in closed form.

Everything is per unit: power as a share of the vehicle's largest power, time in minutes for a battery of 1 kWh
charged by 1 kW. A charge of B kWh by at most P kW takes ``B / P`` times as long. Where the accepted share is linear in
the state of charge s with slope m, ds/dt = p(s) gives the time (1/m) ln(p1/p0); where a cap c binds, (s1 - s0) / c.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.curves import Curve

_SOC_EPS: Final = 1e-12
_KNOWN_CAPS: Final = 4096


class Table:
    """A curve with the minutes from SOC 0 to each of its breakpoints.

    Parameters
    ----------
    soc
        Breakpoints, increasing from 0 to 1.
    power
        Accepted share at the breakpoints, above 0 below SOC 1.
    """

    __slots__ = ("_caps", "minutes", "peaks", "power", "slopes", "soc", "top", "uncapped")

    def __init__(self, soc: Sequence[float], power: Sequence[float]) -> None:
        self.soc = list(soc)
        self.power = list(power)
        self.slopes = [
            (high - low) / (right - left)
            for (left, right), (low, high) in zip(pairwise(self.soc), pairwise(self.power), strict=True)
        ]
        self.peaks = [max(low, high) for low, high in pairwise(self.power)]
        self.top = max(self.power)
        self.minutes = [0.0]
        for left, right in pairwise(self.soc):
            self.minutes.append(self.minutes[-1] + self._within(len(self.minutes) - 1, right - left))
        self._caps: dict[float, Ramp] = {}
        self.uncapped = Ramp(self, math.inf, 2.0, 2.0)

    @classmethod
    def of(cls, curve: Curve) -> Table:
        """Return the table of a curve."""
        return cls(curve.soc, curve.power_share)

    def _within(self, segment: int, width: float) -> float:
        """Return the minutes from the start of a segment over a width of SOC."""
        power, slope = self.power[segment], self.slopes[segment]
        change = slope * width / power
        if change == 0.0:
            return 60.0 * width / power
        if change <= -1.0:
            return math.inf
        return 60.0 * math.log1p(change) / slope

    def segment(self, soc: float) -> int:
        """Return the segment that starts at or contains ``soc``."""
        return min(bisect_right(self.soc, soc + _SOC_EPS), len(self.slopes)) - 1

    def minutes_at(self, soc: float) -> float:
        """Return the minutes from SOC 0 to ``soc`` without a cap."""
        at = min(bisect_right(self.soc, soc), len(self.slopes)) - 1
        width = soc - self.soc[at]
        power = self.power[at]
        slope = self.slopes[at]
        if slope == 0.0:
            return self.minutes[at] + 60.0 * width / power
        change = slope * width / power
        if change <= -1.0:
            return math.inf
        return self.minutes[at] + 60.0 * math.log1p(change) / slope

    def soc_at(self, minutes: float) -> float:
        """Return the SOC after ``minutes`` from SOC 0 without a cap."""
        at = min(bisect_right(self.minutes, minutes), len(self.slopes)) - 1
        hours = (minutes - self.minutes[at]) / 60.0
        slope = self.slopes[at]
        if slope == 0.0:
            return self.soc[at] + self.power[at] * hours
        return self.soc[at] + self.power[at] / slope * math.expm1(slope * hours)

    def power_at(self, soc: float) -> float:
        """Return the accepted share at ``soc``."""
        at = self.segment(soc)
        return self.power[at] + self.slopes[at] * (soc - self.soc[at])

    def peak_from(self, soc: float) -> float:
        """Return the largest share that is accepted from ``soc`` on."""
        at = self.segment(soc)
        return max(self.power_at(soc), *self.power[at + 1 :])

    def wish(self, soc: float) -> tuple[float, float]:
        """Return the largest share until the next breakpoint, and the SOC of that breakpoint."""
        at = self.segment(soc)
        power = self.power[at] + self.slopes[at] * (soc - self.soc[at])
        return max(power, self.power[at + 1]), self.soc[at + 1]

    def falls_below(self, soc: float, level: float) -> float:
        """Return the next breakpoint after ``soc`` that starts a segment in which less than ``level`` is accepted."""
        at = self.segment(soc) + 1
        last = len(self.slopes)
        while at < last and self.peaks[at] >= level:
            at += 1
        return self.soc[at]

    def capped(self, cap: float) -> Ramp:
        """Return the charge under a cap (share of the vehicle's largest power, above 0)."""
        if cap >= self.top:
            return self.uncapped
        ramp = self._caps.get(cap)
        if ramp is None:
            if len(self._caps) >= _KNOWN_CAPS:
                self._caps.clear()
            ramp = self._caps[cap] = self._cut(cap)
        return ramp

    def _cut(self, cap: float) -> Ramp:
        """Return the charge under a cap that binds somewhere."""
        above = [index for index, power in enumerate(self.power) if power > cap]
        first, last = above[0], above[-1]
        if last - first + 1 != len(above):
            return Table(*self._clipped(cap)).uncapped
        low = self.soc[first] if first == 0 else self._crossing(first - 1, cap)
        high = self.soc[last] if last == len(self.slopes) else self._crossing(last, cap)
        return Ramp(self, cap, low, high)

    def _crossing(self, segment: int, cap: float) -> float:
        """Return the SOC at which a segment crosses a cap."""
        return self.soc[segment] + (cap - self.power[segment]) / self.slopes[segment]

    def _clipped(self, cap: float) -> tuple[list[float], list[float]]:
        """Return the breakpoints of the curve cut off at a cap that it crosses more than twice."""
        soc, power = [self.soc[0]], [min(self.power[0], cap)]
        for at, (low, high) in enumerate(pairwise(self.power)):
            if min(low, high) < cap < max(low, high):
                soc.append(self._crossing(at, cap))
                power.append(cap)
            soc.append(self.soc[at + 1])
            power.append(min(high, cap))
        return soc, power


class Ramp:
    """A charge under a cap that binds between two states of charge, ``low`` and ``high``.

    Parameters
    ----------
    table
        The curve.
    cap
        Share of the vehicle's largest power that flows where the cap binds.
    low, high
        SOC from which and up to which it binds; both above 1 where it never does.
    """

    __slots__ = ("_flat", "_late", "_rate", "_shift", "cap", "high", "low", "table")

    def __init__(self, table: Table, cap: float, low: float, high: float) -> None:
        self.table = table
        self.cap = cap
        self.low = low
        self.high = high
        self._rate = 60.0 / cap
        self._flat = table.minutes_at(low) if low <= 1.0 else math.inf
        self._late = self._flat + self._rate * (high - low)
        self._shift = 0.0 if low > 1.0 or high >= 1.0 else self._late - table.minutes_at(high)

    def minutes_at(self, soc: float) -> float:
        """Return the minutes from SOC 0 to ``soc``."""
        if soc <= self.low:
            return self.table.minutes_at(soc)
        if soc <= self.high:
            return self._flat + self._rate * (soc - self.low)
        return self.table.minutes_at(soc) + self._shift

    def soc_at(self, minutes: float) -> float:
        """Return the SOC after ``minutes`` from SOC 0."""
        if minutes <= self._flat:
            return self.table.soc_at(minutes)
        if minutes <= self._late:
            return self.low + (minutes - self._flat) / self._rate
        return self.table.soc_at(minutes - self._shift)


CONSTANT: Final = Table((0.0, 1.0), (1.0, 1.0))
"""The curve of a request without battery and SOC: constant power from 0 to all of the energy."""
