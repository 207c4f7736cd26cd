"""A ledger that adds up what sessions show at once, and what stations show when it is asked for."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.engine.columns import view
from charging.engine.ledger import AT_ONCE, Accounts, EnergyLedger
from charging.engine.shared_piles import order_of_ends
from charging.power.compiled import allocating, compiled, inner
from charging.power.curves import CONSTANT, POWER, SLOPE, SOC
from charging.power.metering import PIECE_ROWS, bill_segment
from charging.power.records import Battery, ChargingSegment, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from charging.engine.demand import Demand
    from charging.engine.ledger import Guns
    from charging.engine.log import SessionLog
    from charging.engine.stations import Station
    from charging.inputs.behaviour import Behaviour
    from data.arrays import Floats, Ints

_SEGMENT_COLUMNS: Final = len(ChargingSegment)


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
        self._ended_later = False

    def add(self, rows: Floats, until_min: float = math.inf) -> None:
        """Add charging segments, a row each; the order of calls does not matter here."""
        del until_min
        self._limited.append(rows)
        self._add(rows.T)

    def _add(self, segments: Floats) -> None:
        """Add charging segments, a column each."""
        rows = np.ascontiguousarray(segments.T)
        self._kept.append(rows)
        demand = self._demand
        settle(rows, demand.batteries, demand.curves, *self._steps, self._cost, self._peak_kw, self._energy_kwh)
        self._add_stepped_fees(segments)

    def add_ended(self) -> None:
        """Add the charges at piles that share with nobody, of which is written down when they would be full."""
        if self._demand.leave_by_min is not None or any(fees.energy.steps for fees in self._fees):
            super().add_ended()
            return
        # what is written down of them says all: their segments are made when the load is asked for
        self._ended_later = True
        guns, demand, log = self._guns, self._demand, self._log
        settle_ended(
            self._gun,
            guns.shared,
            guns.group,
            guns.terms,
            view(log.plug),
            view(log.end),
            demand.batteries,
            demand.curves,
            *self._steps,
            self._cost,
            self._peak_kw,
            self._energy_kwh,
        )

    def _accounts(self) -> Callable[[], Accounts]:
        """Return what makes the accounts of the stations."""

        def accounts() -> Accounts:
            none = np.empty(0)
            peak_kw = np.zeros(self._demand.size)
            kept = chain.from_iterable(map(_by_end, self._kept))
            for segments in chain(kept, self._ended() if self._ended_later else ()):
                self._meter(segments, none, none, none, peak_kw)
            if self._limit.any:
                for rows in self._limited:
                    self._add_limit(rows.T.take(order_of_ends(rows), axis=1), math.inf)
            return Accounts(self._load, self._limit.minutes())

        return accounts


def _by_end(rows: Floats) -> Iterator[Floats]:
    """Yield charging segments of one or more stations, a row each, in the order in which they end, a column each."""
    order = order_of_ends(rows)
    for first in range(0, len(order), AT_ONCE):
        yield rows[order[first : first + AT_ONCE]].T.copy()


@compiled
def settle(
    rows: Floats,
    batteries: Floats,
    curves: Floats,
    edges_min: Floats,
    prices: Floats,
    cost: Floats,
    peak_kw: Floats,
    energy_kwh: Floats,
) -> None:
    """Add charging segments, a row each, to what the sessions show; the arguments are those of ``meter``.

    Written by request: ``cost`` (battery kWh times the price), ``peak_kw``, ``energy_kwh`` (the battery's).
    """
    room = _room(curves, edges_min)
    step = 0
    for number in range(len(rows)):
        step = _settle_one(
            int(rows[number, ChargingSegment.REQUEST]),
            rows[number, ChargingSegment.START_MIN],
            rows[number, ChargingSegment.END_MIN],
            rows[number, ChargingSegment.START_SOC],
            rows[number, ChargingSegment.END_SOC],
            rows[number, ChargingSegment.CAP_KW],
            batteries,
            curves,
            edges_min,
            prices,
            step,
            room,
            cost,
            peak_kw,
            energy_kwh,
        )


@compiled
def settle_ended(
    gun: Ints,
    shared: int,
    group: Ints,
    terms: Floats,
    plug: Floats,
    full: Floats,
    batteries: Floats,
    curves: Floats,
    edges_min: Floats,
    prices: Floats,
    cost: Floats,
    peak_kw: Floats,
    energy_kwh: Floats,
) -> None:
    """Do the same with the charges at guns after the ``shared`` ones, from what is written down by request."""
    room = _room(curves, edges_min)
    step = 0
    for request in range(len(gun)):
        if gun[request] <= shared:
            continue
        most_kw = terms[group[gun[request]], int(batteries[request, Battery.MODEL]), Terms.MOST_KW]
        step = _settle_one(
            request,
            plug[request],
            full[request],
            batteries[request, Battery.START_SOC],
            batteries[request, Battery.TARGET_SOC],
            min(most_kw, batteries[request, Battery.MOST_KW]),
            batteries,
            curves,
            edges_min,
            prices,
            step,
            room,
            cost,
            peak_kw,
            energy_kwh,
        )


@allocating
def _room(curves: Floats, edges_min: Floats) -> tuple[Floats, Floats, Floats]:
    """Return room to work in for a segment that spans price steps: itself, its pieces and their parts."""
    return np.empty(_SEGMENT_COLUMNS), np.empty((PIECE_ROWS, 2 * curves.shape[2])), np.empty(len(edges_min))


@inner
def _settle_one(
    request: int,
    start_min: float,
    end_min: float,
    start_soc: float,
    end_soc: float,
    cap_kw: float,
    batteries: Floats,
    curves: Floats,
    edges_min: Floats,
    prices: Floats,
    step: int,
    room: tuple[Floats, Floats, Floats],
    cost: Floats,
    peak_kw: Floats,
    energy_kwh: Floats,
) -> int:
    """Add one charging segment; return the price step in which it begins."""
    # by SOC: what a vehicle asked for comes out to the last digit
    kwh = batteries[request, Battery.CAPACITY_KWH] * (end_soc - start_soc)
    energy_kwh[request] += kwh
    if cap_kw > 0.0 and end_soc > start_soc:
        _note_peak(request, start_soc, end_soc, cap_kw, batteries, curves, peak_kw)
    if len(prices) == 0:
        return step
    # most segments lie within a step, and then the price needs no integral
    while edges_min[step] > start_min:
        step -= 1
    while edges_min[step + 1] <= start_min:
        step += 1
    if end_min <= edges_min[step + 1]:
        cost[request] += prices[step] * kwh
    else:
        segment, pieces, parts = room
        segment[ChargingSegment.REQUEST], segment[ChargingSegment.CAP_KW] = request, cap_kw
        segment[ChargingSegment.START_MIN], segment[ChargingSegment.END_MIN] = start_min, end_min
        segment[ChargingSegment.START_SOC], segment[ChargingSegment.END_SOC] = start_soc, end_soc
        bill_segment(segment, batteries, curves, edges_min, prices, pieces, parts, cost)
    return step


@inner
def _note_peak(
    request: int, start_soc: float, end_soc: float, cap_kw: float, batteries: Floats, curves: Floats, peak_kw: Floats
) -> None:
    """Write the largest power of a charging segment into ``peak_kw``, by request."""
    accept_kw = batteries[request, Battery.ACCEPT_KW]
    curve = int(batteries[request, Battery.CURVE])
    most, cap = 0.0, cap_kw / accept_kw
    if curve == CONSTANT:
        peak_kw[request] = max(peak_kw[request], min(1.0, cap) * accept_kw)
        return
    for knot in range(curves.shape[2] - 1):
        left = curves[curve, SOC, knot]
        low, high = max(start_soc, left), min(end_soc, curves[curve, SOC, knot + 1])
        # power is linear between breakpoints: the largest is at an end
        if high > low:
            first, slope = curves[curve, POWER, knot], curves[curve, SLOPE, knot]
            most = max(most, first + slope * (low - left), first + slope * (high - left))
            if most >= cap:
                break
    peak_kw[request] = max(peak_kw[request], min(most, cap) * accept_kw)
