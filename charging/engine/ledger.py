"""The ledger of a simulation: energy, peak power and bill of each request, and the load of stations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from charging.engine.columns import numbers_to_write, view
from charging.engine.load import Load
from charging.inputs.tariff import price_steps
from charging.power.compiled import compiled
from charging.power.cut_short import cut_short
from charging.power.limit_minutes import LimitMinutes
from charging.power.metering import bill, meter
from charging.power.records import FIRST_GUN_ROW, Battery, ChargingSegment, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from charging.engine.demand import Demand
    from charging.engine.log import SessionLog
    from charging.engine.stations import Station
    from charging.engine.visits.refused import RefusedVisits
    from charging.inputs.behaviour import Behaviour, Chargers
    from charging.inputs.rates import Rate
    from data.arrays import Floats, Ints


AT_ONCE: Final = 65_536
"""Charging segments that are metered together: enough to forget the cost of a call, few enough to need no memory."""


@dataclass(frozen=True, slots=True)
class Guns:
    """All guns of a layout, numbered from 1: first those of piles that share, then those of piles that stand alone.

    A gun of a pile that shares has its number as its row in the power kernel (``charging.power.records``); number 0 is
    no gun: its group, station, pile and gun are -1.

    Attributes
    ----------
    group, station, pile, gun
        By gun: number of its group, of its station, of its pile in the group and of the gun in the pile.
    terms
        Shape (groups, models, columns as :class:`charging.power.records.Terms`): what a vehicle model gets at a
        group's guns.
    slow
        By group: whether its guns give AC.
    shared
        How many guns belong to piles that share.
    """

    group: Ints
    station: Ints
    pile: Ints
    gun: Ints
    terms: Floats
    slow: NDArray[np.bool_]
    shared: int

    @classmethod
    def from_stations(cls, stations: Sequence[Station], demand: Demand, chargers: Chargers) -> Guns:
        """Return the guns of stations, and tell each group its first."""
        # piles that share come first, so that the kernel's rows are the numbers of their guns
        every = (group for station in stations for group in station.groups["any"])
        groups = sorted(every, key=lambda group: group.alone)
        rows: list[tuple[int, int, int, int]] = [(-1, -1, -1, -1)] * FIRST_GUN_ROW
        for group in groups:
            group.first_gun = len(rows)
            numbers_here = group.number, group.station.number
            rows += [(*numbers_here, pile, gun) for pile in range(group.piles) for gun in range(group.guns_per_pile)]
        # a layout without guns has a row all the same: who has no gun is looked up in the last one
        count = 1 + max((group.number for group in groups), default=0)
        terms = np.zeros((count, len(demand.models), len(Terms)))
        slow = np.zeros(len(terms), dtype=np.bool_)
        efficiencies = {
            current: np.array([model.efficiency(current, chargers) for model in demand.models])
            for current in {group.current for group in groups}
        }
        for group in groups:
            efficiency = efficiencies[group.current]
            slow[group.number] = group.current == "ac"
            terms[group.number, :, Terms.MOST_KW] = demand.limits_kw(group, chargers)
            terms[group.number, :, Terms.EFFICIENCY] = efficiency
            terms[group.number, :, Terms.PER_RATED] = efficiency if group.current == "ac" else 1.0
        group_of, station, pile, gun = np.array(rows, dtype=np.int64).T.copy()
        shared = sum(group.piles * group.guns_per_pile for group in groups if not group.alone)
        return cls(group_of, station, pile, gun, terms, slow, shared)


class ChargeMinutes:
    """How long each request charges at piles that stand alone, by group: known when a vehicle plugs in.

    Groups where vehicles get the same power share a column, because a column of a year is large.

    Attributes
    ----------
    by_group
        By number of the group; None where nobody has plugged in yet.
    """

    def __init__(self, guns: Guns, demand: Demand) -> None:
        self._guns = guns
        self._demand = demand
        self._known: dict[bytes, memoryview[float]] = {}
        self.by_group: list[memoryview[float] | None] = [None] * len(guns.terms)

    def of(self, group: int) -> memoryview[float]:
        """Return the minutes of each request at the guns of a group."""
        minutes = self.by_group[group]
        if minutes is None:
            most_kw = self._guns.terms[group, :, Terms.MOST_KW]
            key = most_kw.tobytes()
            if key not in self._known:
                self._known[key] = self._demand.minutes(most_kw)
            minutes = self.by_group[group] = self._known[key]
        return minutes


class Accounts(NamedTuple):
    """What a simulation says of stations.

    Attributes
    ----------
    load
        Load of the stations.
    limit_min
        By number of the station: minutes in which its connection was used up.
    """

    load: Load
    limit_min: Floats


class Run(NamedTuple):
    """What is left of a simulation: plain tables and arrays that point back at nothing.

    Attributes
    ----------
    names
        Names of the stations by number.
    requests
        The columns of the requests that sessions show.
    columns
        By request: those of ``charging.engine.log.SessionLog``, ``overstay_min, energy_kwh, meter_kwh, cost_cny,
        peak_kw``, and ``leave_by_min`` where anybody has to leave at a set time.
    guns
        The guns behind the numbers in ``gun``.
    accounts
        Makes the accounts of the stations when it is called, once.
    refused
        Visits that ended without a gun.
    """

    names: list[str]
    requests: pl.DataFrame
    columns: dict[str, NDArray[Any]]
    guns: Guns
    accounts: Callable[[], Accounts]
    refused: RefusedVisits


class EnergyLedger:
    """Adds up what is charged, some charging segments at a time: those of a year would take most of its memory.

    Parameters
    ----------
    stations
        Stations by number, for their names and fees on top of the tariff.
    guns, demand, log
        Guns, requests and what is written down of them.
    behaviour
        Interval of the load.
    tariff
        Price steps; None costs nothing.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        guns: Guns,
        demand: Demand,
        log: SessionLog,
        behaviour: Behaviour,
        tariff: pl.DataFrame | None,
    ) -> None:
        self._guns = guns
        self._demand = demand
        self._log = log
        self._gun = view(log.gun)
        self._names = [station.station_id for station in stations]
        self._fees = [station.fees for station in stations]
        self._steps = price_steps(tariff)
        limits = [math.inf if station.limit_kw is None else station.limit_kw for station in stations]
        self._limit = LimitMinutes(np.array(limits, dtype=np.float64), demand.batteries, demand.curves)
        self._cost = view(numbers_to_write(demand.size))
        roots = demand.size if demand.chains is None else demand.chains.roots
        last_min = demand.arrive_min[roots - 1] if roots else 0.0
        self._load = Load.until(last_min, self._names, behaviour.interval_min)
        self._energy_kwh = view(numbers_to_write(demand.size))
        self._peak_kw = view(numbers_to_write(demand.size))

    def add(self, rows: Floats, until_min: float = math.inf) -> None:
        """Add charging segments, a row each; no more are to come that begin before ``until_min``."""
        segments = np.ascontiguousarray(rows.T)
        self._add(segments)
        if self._limit.any:
            self._add_limit(segments, until_min)

    def _add_limit(self, segments: Floats, until_min: float) -> None:
        """Add charging segments to the minutes in which connections are used up."""
        request = segments[ChargingSegment.REQUEST].astype(np.int64)
        station, per_kwh = self._guns.station[self._gun[request]], 1.0 / self._efficiency(request)
        self._limit.add(segments, station, per_kwh, until_min=until_min)

    def add_alone(self, minutes: ChargeMinutes) -> None:
        """Add the charges at piles that share with nobody, and write down when they are full."""
        sessions = self._alone()
        group_of = self._guns.group[self._gun[sessions]]
        plug, full = view(self._log.plug), view(self._log.end)
        # counted, not sorted: there are few groups, and a year of sessions
        for group in np.flatnonzero(np.bincount(group_of)):
            sessions_here = sessions[group_of == group]
            full[sessions_here] = plug[sessions_here] + view(minutes.of(int(group)))[sessions_here]
        self.add_ended()

    def _alone(self) -> Ints:
        """Return the requests that charged at piles that share with nobody."""
        return np.flatnonzero(self._gun > self._guns.shared)

    def add_ended(self) -> None:
        """Add the charges at piles that share with nobody, of which is written down when they would be full."""
        for segments in self._ended():
            self._add(segments)

    def _ended(self) -> Iterator[Floats]:
        """Yield the charging segments of charges at piles that share with nobody, some at a time, a column each."""
        sessions = self._alone()
        plug, full = view(self._log.plug), view(self._log.end)
        needed = full[sessions] if self._demand.leave_by_min is not None else full[:0]
        self._cut(sessions)
        batteries = self._demand.batteries
        for first in range(0, len(sessions), AT_ONCE):
            some = sessions[first : first + AT_ONCE]
            cap = np.minimum(self._term(some, Terms.MOST_KW), batteries[some, Battery.MOST_KW])
            start, target = batteries[some, Battery.START_SOC], batteries[some, Battery.TARGET_SOC]
            if self._demand.leave_by_min is not None:
                needs = needed[first : first + AT_ONCE] - plug[some]
                cut_short(self._demand.curves, batteries, some, cap, full[some] - plug[some], needs, target)
            yield np.array([some, plug[some], full[some], start, target, cap])

    def _cut(self, sessions: Ints) -> None:
        """Let charges at piles that share with nobody end when their vehicles have to leave."""
        if self._demand.leave_by_min is not None:
            full = view(self._log.end)
            full[sessions] = np.minimum(full[sessions], view(self._demand.leave_by_min)[sessions])

    def _add(self, segments: Floats) -> None:
        """Add charging segments, a column each."""
        self._meter(segments, *self._steps, self._cost, self._peak_kw)
        self._settle(segments)

    def _meter(self, segments: Floats, price_edges_min: Floats, prices: Floats, cost: Floats, peak_kw: Floats) -> None:
        """Add charging segments to the load, their battery kWh times the price to ``cost``, and note largest powers."""
        request = segments[ChargingSegment.REQUEST].astype(np.int64)
        load = self._load
        # sessions that overstay the last request run into later intervals
        load.reach(float(np.max(segments[ChargingSegment.END_MIN], initial=0.0)))
        guns, gun = self._guns, self._gun[request]
        row, per_kwh = load.rows_of(guns.station[gun], guns.slow[guns.group[gun]]), 1.0 / self._efficiency(request)
        meter(
            segments,
            self._demand.batteries,
            self._demand.curves,
            row,
            per_kwh,
            load.edges_min,
            load.energy_kwh,
            load.meter_kwh,
            price_edges_min,
            prices,
            cost,
            peak_kw,
        )

    def _settle(self, segments: Floats) -> None:
        """Add charging segments to the energy of the requests, and what stations ask for it by period."""
        self._add_stepped_fees(segments)
        # by SOC instead of the metered sum: what a vehicle asked for comes out to the last digit
        request = segments[ChargingSegment.REQUEST].astype(np.int64)
        kwh = self._demand.batteries[request, Battery.CAPACITY_KWH]
        gained = segments[ChargingSegment.END_SOC] - segments[ChargingSegment.START_SOC]
        np.add.at(self._energy_kwh, request, kwh * gained)

    def _add_stepped_fees(self, segments: Floats) -> None:
        """Add what stations ask for the kWh of charging segments, where that changes through the week."""
        stepped = [(number, fees.energy) for number, fees in enumerate(self._fees) if fees.energy.steps]
        if stepped:
            station = self._guns.station[self._gun[segments[ChargingSegment.REQUEST].astype(np.int64)]]
            for number, energy in stepped:
                self._add_fees(segments[:, station == number], energy)

    def _add_fees(self, segments: Floats, energy: Rate) -> None:
        """Add what a station asks for the kWh of charging segments by period."""
        last_min = float(np.max(segments[ChargingSegment.END_MIN], initial=0.0))
        edges_min, prices = energy.until(last_min)
        bill(np.ascontiguousarray(segments), self._demand.batteries, self._demand.curves, edges_min, prices, self._cost)

    def _efficiency(self, request: Ints) -> Floats:
        """Return battery kWh per meter kWh of requests; 1 for those without a gun."""
        return self._term(request, Terms.EFFICIENCY)

    def _term(self, request: Ints, column: Terms) -> Floats:
        """Return a column of the terms of requests at their guns; 1 for those without a gun."""
        result = np.empty(len(request))
        look_up(request, self._gun, self._guns.group, self._guns.terms, self._demand.batteries, column, result)
        return result

    def close(self, refused: RefusedVisits) -> Run:
        """Return what was written down, with the visits that ended without a gun, after all has been added: once."""
        metered = view(numbers_to_write(self._demand.size))
        guns, last = self._guns, view(self._log.station)
        # fees of the kWh that change through the week were billed segment by segment
        flat = [0.0 if fees.energy.steps else fees.energy.values[0] for fees in self._fees]
        settle_at_meter(
            self._gun,
            guns.group,
            guns.station,
            guns.terms,
            self._demand.batteries,
            np.array([*flat, 0.0]),
            last,
            self._energy_kwh,
            self._cost,
            self._peak_kw,
            metered,
        )
        self._add_stay_fees()
        columns = self._log.arrays() | {
            "overstay_min": view(self._demand.overstay_min),
            "energy_kwh": self._energy_kwh,
            "meter_kwh": metered,
            "cost_cny": self._cost,
            "peak_kw": self._peak_kw,
        }
        if self._demand.leave_by_min is not None:
            columns["leave_by_min"] = view(self._demand.leave_by_min)
        return Run(self._names, self._demand.table, columns, self._guns, self._accounts(), refused)

    def _accounts(self) -> Callable[[], Accounts]:
        """Return what makes the accounts of the stations; it holds no more than they need, and nothing after that."""
        return [Accounts(self._load, self._limit.minutes())].pop

    def _add_stay_fees(self) -> None:
        """Add what stations ask for the stay of requests."""
        asking = [(number, fees) for number, fees in enumerate(self._fees) if fees.stays]
        if not asking:
            return
        station = self._guns.station[self._gun]
        plug, full = view(self._log.plug), view(self._log.end)
        leave = full + view(self._demand.overstay_min)
        if self._demand.leave_by_min is not None:
            leave = np.minimum(leave, view(self._demand.leave_by_min))
        for number, fees in asking:
            here = np.flatnonzero((station == number) & ~np.isnan(plug) & ~np.isnan(full))
            self._cost[here] += fees.stay_cny(plug[here], full[here], leave[here])


@compiled
def look_up(
    requests: Ints, gun: Ints, group: Ints, terms: Floats, batteries: Floats, column: int, result: Floats
) -> None:
    """Write a column of the terms of requests at their guns; 1 for those without a gun."""
    for place in range(len(requests)):
        request = requests[place]
        here = gun[request]
        model = int(batteries[request, Battery.MODEL])
        result[place] = terms[group[here], model, column] if here > 0 else 1.0


@compiled
def settle_at_meter(
    gun: Ints,
    group_of: Ints,
    station_of: Ints,
    terms: Floats,
    batteries: Floats,
    fee_cny_kwh: Floats,
    last: Ints,
    energy_kwh: Floats,
    cost: Floats,
    peak_kw: Floats,
    meter_kwh: Floats,
) -> None:
    """Turn bills and largest powers by request into those at the meter, in place, and write its energy.

    Prices are summed per battery kWh: the efficiency of the gun is known once per session, not per interval. The peak
    is where the pile is rated: of AC at the meter. ``fee_cny_kwh`` is by station, and the last one of none; ``last``
    is the last station of those without a gun.
    """
    for request in range(len(gun)):
        here = gun[request]
        efficiency, per_rated, station = 1.0, 1.0, last[request]
        if here > 0:
            # single values, not the row: numba counts references to each row that it looks at
            group, model, station = group_of[here], int(batteries[request, Battery.MODEL]), station_of[here]
            efficiency, per_rated = terms[group, model, Terms.EFFICIENCY], terms[group, model, Terms.PER_RATED]
        metered = energy_kwh[request] / efficiency
        meter_kwh[request] = metered
        cost[request] = cost[request] / efficiency + metered * fee_cny_kwh[station]
        peak_kw[request] /= per_rated
