"""The books of a simulation: energy, peak power and bill of each request, and the load of stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from charging.engine.columns import numbers, view
from charging.engine.load import Load
from charging.inputs.tariff import price_steps
from charging.power.allocation import DYNAMIC, POLICIES, whole_modules_kw
from charging.power.metering import meter
from charging.power.records import FIRST_GUN_ROW, Battery, ChargingSegment, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from charging.engine.demand import Demand
    from charging.engine.log import Log
    from charging.engine.stations import Group, Station
    from charging.inputs.behaviour import Behaviour
    from data.arrays import Floats, Ints


_AT_ONCE = 65_536


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
        Shape (groups, models, 2): the most power (kW) and the efficiency of a vehicle model at a group's guns.
    shared
        How many guns belong to piles that share.
    """

    group: Ints
    station: Ints
    pile: Ints
    gun: Ints
    terms: Floats
    shared: int

    @classmethod
    def of(cls, stations: Sequence[Station], demand: Demand, behaviour: Behaviour) -> Guns:
        """Return the guns of stations, and tell each group its first."""
        groups = sorted((group for at in stations for group in at.groups["any"]), key=lambda group: group.alone)
        rows: list[tuple[int, int, int, int]] = [(-1, -1, -1, -1)] * FIRST_GUN_ROW
        for group in groups:
            group.first_gun = len(rows)
            own = group.number, group.station.number
            rows += [(*own, pile, gun) for pile in range(group.piles) for gun in range(group.guns_per_pile)]
        terms = np.zeros((len(groups), len(demand.models), len(Terms)))
        for group in groups:
            modules = behaviour.module_kw if group.sharing == POLICIES[DYNAMIC] and group.current == "dc" else None
            pile_kw = whole_modules_kw(group.pile_kw, modules)
            terms[group.number, :, Terms.MOST_KW] = demand.limits_kw(group.current, group.gun_amps, pile_kw)
            terms[group.number, :, Terms.EFFICIENCY] = [
                model.efficiency(group.current, behaviour) for model in demand.models
            ]
        group_of, station, pile, gun = np.array(rows, dtype=np.int64).reshape(-1, 4).T.copy()
        return cls(
            group_of,
            station,
            pile,
            gun,
            terms,
            sum(group.piles * group.guns_per_pile for group in groups if not group.alone),
        )


class Books:
    """Adds up what is charged, some charging segments at a time: those of a year at once would take most of its memory.

    Parameters
    ----------
    guns, demand, log
        Guns, requests and what is written down of them.
    names
        Station ids by number.
    fees_cny_kwh
        Fees of the stations on top of the tariff, by number.
    tariff
        Price steps; None costs nothing.
    interval_min
        Length of the intervals of the load.
    """

    def __init__(
        self,
        guns: Guns,
        demand: Demand,
        log: Log,
        names: Sequence[str],
        *,
        fees_cny_kwh: Floats,
        tariff: pl.DataFrame | None,
        interval_min: float,
    ) -> None:
        self._guns = guns
        self._demand = demand
        self._log = log
        self._gun = view(log.gun)
        self._model = demand.model()
        self._fees = fees_cny_kwh
        self._steps = price_steps(tariff)
        self._cost = view(numbers(demand.size))
        self.load = Load.until(demand.arrive_min[-1] if demand.size else 0.0, list(names), interval_min)
        self.energy_kwh = view(numbers(demand.size))
        self.peak_kw = view(numbers(demand.size))

    def add(self, rows: Floats) -> None:
        """Add charging segments, a row each."""
        self._add(np.ascontiguousarray(rows.T))

    def add_alone(self, groups: Sequence[Group]) -> None:
        """Add the charges at piles that share with nobody, and write down when they are full."""
        number = {group.number: group for group in groups}
        at = np.flatnonzero(self._gun > self._guns.shared)
        group_of = self._guns.group[self._gun[at]]
        plug, full = view(self._log.plug), view(self._log.end)
        for each in np.unique(group_of):
            own = at[group_of == each]
            minutes = number[int(each)].minutes
            if minutes is not None:
                full[own] = plug[own] + view(minutes)[own]
        batteries = self._demand.batteries
        for first in range(0, len(at), _AT_ONCE):
            some = at[first : first + _AT_ONCE]
            cap = self._guns.terms[group_of[first : first + _AT_ONCE], self._model[some], Terms.MOST_KW]
            soc = batteries[some, Battery.START_SOC], batteries[some, Battery.TARGET_SOC]
            self._add(np.array([some, plug[some], full[some], *soc, cap]))

    def _add(self, segments: Floats) -> None:
        """Add charging segments, a column each."""
        request = segments[ChargingSegment.REQUEST].astype(np.int64)
        load = self.load
        load.reach(float(np.max(segments[ChargingSegment.END_MIN], initial=0.0)))
        station, per_kwh = self._guns.station[self._gun[request]], 1.0 / self._efficiency(request)
        whole = (self._demand.batteries, self._demand.curves, station, per_kwh)
        meter(
            segments,
            *whole,
            load.edges_min,
            load.energy_kwh,
            load.meter_kwh,
            *self._steps,
            self._cost,
            self.peak_kw,
        )
        kwh = self._demand.batteries[request, Battery.CAPACITY_KWH]
        np.add.at(
            self.energy_kwh, request, kwh * (segments[ChargingSegment.END_SOC] - segments[ChargingSegment.START_SOC])
        )

    def _efficiency(self, request: Ints) -> Floats:
        """Return battery kWh per meter kWh of requests; 1 for those without a gun."""
        gun = self._gun[request]
        found = self._guns.terms[self._guns.group[gun], self._model[request], Terms.EFFICIENCY]
        return np.where(gun > 0, found, 1.0)

    def metered(self) -> tuple[Floats, Floats]:
        """Return the energy at the meter (kWh) and the bill (CNY) of each request."""
        efficiency = self._efficiency(np.arange(self._demand.size))
        metered = self.energy_kwh / efficiency
        fees = np.append(self._fees, 0.0)[self.station()] if self._fees.any() else 0.0
        return metered, self._cost / efficiency + metered * fees

    def close(self) -> None:
        """Give back the memory of what is needed to add more."""
        self._demand.forget()
        self._model, self._cost = np.empty(0, dtype=np.int64), np.empty(0)

    def station(self) -> Ints:
        """Return the station of each request: that of its gun, or the last one it reached; -1 for none."""
        return np.where(self._gun > 0, self._guns.station[self._gun], view(self._log.station))

    def group(self) -> Ints:
        """Return the group of each request; -1 for none."""
        return self._guns.group[self._gun]

    def pile(self) -> Ints:
        """Return the number of each request's pile in its group; -1 for none."""
        return self._guns.pile[self._gun]

    def gun(self) -> Ints:
        """Return the number of each request's gun at its pile; -1 for none."""
        return self._guns.gun[self._gun]
