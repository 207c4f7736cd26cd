"""A ledger that adds up what sessions show at once, and what stations show when it is asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.engine.ledger import Accounts, EnergyLedger
from charging.power.compiled import compiled
from charging.power.curves import POWER, SOC
from charging.power.metering import bill
from charging.power.records import Battery, ChargingSegment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from charging.engine.demand import Demand
    from charging.engine.ledger import Guns
    from charging.engine.log import SessionLog
    from charging.engine.stations import Station
    from charging.inputs.behaviour import Behaviour
    from data.arrays import Floats


class DeferredLedger(EnergyLedger):
    """Keeps the charging segments (48 bytes each) until the load and the minutes at the limit are asked for."""

    def __init__(
        self,
        stations: Sequence[Station],
        guns: Guns,
        demand: Demand,
        log: SessionLog,
        behaviour: Behaviour,
        tariff: pl.DataFrame | None,
    ) -> None:
        super().__init__(stations, guns, demand, log, behaviour, tariff)
        self._kept: list[Floats] = []
        self._limited: list[Floats] = []

    def add(self, rows: Floats, until_min: float = math.inf) -> None:
        """Add charging segments, a row each; the order of calls does not matter here."""
        del until_min
        segments = np.ascontiguousarray(rows.T)
        self._limited.append(segments)
        self._add(segments)

    def _add(self, segments: Floats) -> None:
        """Add charging segments, a column each."""
        self._kept.append(segments)
        note_peaks(segments, self._demand.batteries, self._demand.curves, self._peak_kw)
        edges_min, prices = self._steps
        if len(prices):
            bill(segments, self._demand.batteries, self._demand.curves, edges_min, prices, self._cost)
        self._settle(segments)

    def _accounts(self) -> Callable[[], Accounts]:
        """Return what makes the accounts of the stations."""

        def accounts() -> Accounts:
            none = np.empty(0)
            peak_kw = np.zeros(self._demand.size)
            for segments in self._kept:
                self._meter(segments, none, none, none, peak_kw)
            if self._limit.any:
                for segments in self._limited:
                    self._add_limit(segments, math.inf)
            return Accounts(self._load, self._limit.minutes())

        return accounts


@compiled
def note_peaks(segments: Floats, batteries: Floats, curves: Floats, peak_kw: Floats) -> None:
    """Write the largest powers of charging segments into ``peak_kw``, by request; arguments as for ``meter``."""
    for number in range(segments.shape[1]):
        request = int(segments[ChargingSegment.REQUEST, number])
        start_soc, end_soc = segments[ChargingSegment.START_SOC, number], segments[ChargingSegment.END_SOC, number]
        cap_kw = segments[ChargingSegment.CAP_KW, number]
        if cap_kw <= 0.0 or end_soc <= start_soc:
            continue
        accept_kw = batteries[request, Battery.ACCEPT_KW]
        curve = int(batteries[request, Battery.CURVE])
        most, cap = 0.0, cap_kw / accept_kw
        for knot in range(curves.shape[2] - 1):
            left, right = curves[curve, SOC, knot], curves[curve, SOC, knot + 1]
            low, high = max(start_soc, left), min(end_soc, right)
            # power is linear between breakpoints: the largest is at an end
            if high > low:
                first = curves[curve, POWER, knot]
                slope = (curves[curve, POWER, knot + 1] - first) / (right - left)
                most = max(most, first + slope * (low - left), first + slope * (high - left))
                if most >= cap:
                    break
        peak_kw[request] = max(peak_kw[request], min(most, cap) * accept_kw)
