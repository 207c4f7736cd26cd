"""SimPy actor: an LNG station with berths, a daily window, a storage tank and trucks or barges that fill it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from data.arrays import DAY_MIN
from data.outcomes import Outcome
from shipping.ports.station_spec import UnloadRule

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy as np
    import simpy
    from simpy.events import ProcessGenerator

    from shipping.ports.station_spec import StationSpec

_NOTHING_M3: Final = 1e-9  # what sums of levels may be off: below it a tank is as full, or a volume as covered
_WHOLE_TRUCK: Final = 1e-9  # of a truck: room for exactly a number of trucks must not round down to one less


class Customer(Protocol):
    """A vessel as a station sees it."""

    def wanted_m3(self) -> float:
        """Return the LNG that the vessel would take now."""


@dataclass(slots=True)
class Call:
    """One bunkering call; times in minutes, None while they lie ahead."""

    vessel_id: str
    station: str
    arrive_min: float
    outcome: Outcome = Outcome.UNFINISHED
    start_min: float | None = None
    end_min: float | None = None
    volume_m3: float | None = None
    wait_end_min: float | None = None
    asked_m3: float = 0.0
    short: bool = False


@dataclass(slots=True)
class Truck:
    """One delivery; times in minutes, None while they lie ahead."""

    station: str
    order_min: float
    due_min: float
    unload_min: float | None = None
    end_min: float | None = None
    volume_m3: float = 0.0


@dataclass(slots=True)
class Waiting:
    """A vessel in the queue."""

    call: Call
    customer: Customer
    on_grant: Callable[[], object]


@dataclass(eq=False)
class BunkeringStation:
    """Berths first come first served, a tank with level, and (s, S) supply by truck.

    The level is a plain number with a waiting list of its own: a vessel whose volume the tank cannot cover lets those
    behind it pass that can be served, and a truck that finds no room waits or, where a vessel waits for stock or the
    tank is smaller than the truck, delivers what fits. A vessel waits for stock at the anchorage, not at the berth.
    """

    env: simpy.Environment
    spec: StationSpec
    lead_times: np.random.Generator
    tank_rows: list[tuple[str, float, float, str]]
    trucks: list[Truck]
    level_m3: float = field(init=False)
    reserved_m3: float = field(init=False, default=0.0)
    on_order_m3: float = field(init=False, default=0.0)
    serving: int = field(init=False, default=0)
    moored: int = field(init=False, default=0)
    unloading: bool = field(init=False, default=False)
    waiting: list[Waiting] = field(init=False, default_factory=list)
    arrived_trucks: deque[Truck] = field(init=False, default_factory=deque)
    _opening_at: float = field(init=False, default=-1.0)
    _unloading_at: float = field(init=False, default=-1.0)

    def __post_init__(self) -> None:
        """Record the first level, start boil-off and order what is missing."""
        self.level_m3 = self.spec.tank_start_m3
        self.record("start")
        if self.spec.boil_off_share_per_day > 0.0:
            self.env.process(self._boil_off())
        self._reorder()

    def record(self, event: str) -> None:
        """Add a row of the tank's level."""
        self.tank_rows.append((self.spec.station, float(self.env.now), self.level_m3, event))

    @property
    def available_m3(self) -> float:
        """LNG that can be promised to a vessel now."""
        # the heel keeps the tank cold and is never sold
        level = self.level_m3
        if self.unloading and self.spec.rule is UnloadRule.PER_TANK:
            # the emptiest tank is being filled: the others hold the rest, as far as it fits into them
            level = min(level, self.spec.serving_share * self.spec.full_m3)
        return level - self.reserved_m3 - self.spec.heel_m3

    @property
    def most_m3(self) -> float:
        """Largest volume that a single call can take."""
        return self.spec.full_m3 - self.spec.heel_m3

    def takes(self, dwt_t: float) -> bool:
        """Return whether a vessel of a deadweight may berth here; others sail past."""
        return self.spec.berth_dwt is None or dwt_t <= self.spec.berth_dwt

    def is_open(self) -> bool:
        """Return whether a call may start now."""
        return self.spec.next_opening(self.env.now) <= self.env.now

    def ask(self, call: Call, customer: Customer, on_grant: Callable[[], object]) -> Waiting:
        """Join the queue; ``on_grant`` is called when a berth and the stock are there."""
        entry = Waiting(call, customer, on_grant)
        self.waiting.append(entry)
        self.dispatch()
        return entry

    def leave(self, entry: Waiting) -> None:
        """Leave the queue unserved."""
        self.waiting.remove(entry)
        self.dispatch()

    def serve(self, call: Call) -> Generator[float, object, float]:
        """Moor, test and pre-cool, transfer; return the volume. The berth stays taken until `release`.

        Yields minutes to wait.
        """
        volume = call.asked_m3
        pumping = 60.0 * volume / self.spec.pump_m3_h
        yield self.spec.mooring_min + self.spec.precool_min + pumping
        # at the end of the transfer: until then the volume is reserved, and nobody else is promised it
        self.level_m3 -= volume
        self.reserved_m3 -= volume
        self.serving -= 1
        call.volume_m3 = volume
        self.record("bunkering")
        self._reorder()
        self.dispatch()
        return volume

    def release(self, call: Call) -> None:
        """End a call after purge and papers: the berth is free again."""
        call.end_min = float(self.env.now)
        call.outcome = Outcome.SERVED
        self.moored -= 1
        self.dispatch()

    def dispatch(self) -> None:
        """Start all that can start now: a waiting truck first, then vessels in the order of arrival."""
        self._start_unloading()
        if not self.waiting:
            return
        opening = self.spec.next_opening(self.env.now)
        if opening > self.env.now:
            # one call-back per opening, however many vessels ask before it
            if self._opening_at != opening:
                self._opening_at = opening
                self.env.timeout(opening - self.env.now).callbacks.append(lambda _: self.dispatch())
            return
        while self.waiting and self.moored < self._free_berths():
            entry = self._first_covered()
            if entry is None:
                # A vessel waits for stock: a truck is ordered even above the reorder level, or it would wait for ever.
                if self.on_order_m3 <= 0.0:
                    self._order_truck()
                self._start_unloading()
                return
            self._grant(entry)

    def _first_covered(self) -> Waiting | None:
        """Return the first in the queue whose volume the stock covers, marking those it cannot serve."""
        for entry in self.waiting:
            wanted = min(entry.customer.wanted_m3(), self.most_m3)
            if wanted <= self.available_m3 + _NOTHING_M3:
                entry.call.asked_m3 = wanted
                return entry
            entry.call.short = True
        return None

    def _grant(self, entry: Waiting) -> None:
        """Give a vessel its berth and keep its volume for it."""
        self.waiting.remove(entry)
        self.moored += 1
        self.serving += 1
        self.reserved_m3 += entry.call.asked_m3
        # the wait ends with the berth, before mooring
        entry.call.start_min = entry.call.wait_end_min = float(self.env.now)
        entry.on_grant()

    def _free_berths(self) -> int:
        """Return how many berths may be taken now, with the rule for deliveries that unload or are about to."""
        rule = self.spec.rule
        if rule in (UnloadRule.TOGETHER, UnloadRule.PER_TANK):
            return self.spec.berths
        if not (self.unloading or (self.arrived_trucks and self._has_room() and self._may_unload())):
            return self.spec.berths
        return 0 if rule is UnloadRule.ALONE else self.spec.berths - 1

    def _may_unload(self) -> bool:
        """Return whether hours and weather let a delivery unload now; the station looks again when they do."""
        opens = self.spec.next_unloading(self.env.now)
        if opens <= self.env.now:
            return True
        if self._unloading_at != opens:
            self._unloading_at = opens
            self.env.timeout(opens - self.env.now).callbacks.append(lambda _: self.dispatch())
        return False

    def _has_room(self) -> bool:
        """Return whether the truck in front may unload, as far as the tank is concerned."""
        # A whole truck, or what fits below the reorder level: a tank smaller than its truck is filled too.
        free = self.spec.full_m3 - self.level_m3
        if any(entry.call.short for entry in self.waiting) and free > _NOTHING_M3:
            return True
        above_reorder = self.spec.full_m3 - self.spec.reorder_share * self.spec.tank_m3
        return free + _NOTHING_M3 >= min(self.spec.truck_m3, above_reorder) and free > _NOTHING_M3

    def _start_unloading(self) -> None:
        """Let the truck in front unload if rule and room allow it."""
        if self.unloading or not self.arrived_trucks or not self._has_room() or not self._may_unload():
            return
        # alongside until the purge has ended: the hose is on board up to then
        most = {UnloadRule.ALONE: 0, UnloadRule.PER_BERTH_DISTANCE: self.spec.berths - 1}
        if self.moored > most.get(self.spec.rule, self.spec.berths):
            return
        self.unloading = True
        self.env.process(self._unload(self.arrived_trucks.popleft()))

    def _unload(self, truck: Truck) -> ProcessGenerator:
        """Unload a truck: all of it, or what fits."""
        truck.unload_min = float(self.env.now)
        yield self.env.timeout(self.spec.truck_unload_min)
        truck.volume_m3 = min(self.spec.truck_m3, self.spec.full_m3 - self.level_m3)
        truck.end_min = float(self.env.now)
        self.level_m3 += truck.volume_m3
        # the whole truck is off the order, even if only a part fits
        self.on_order_m3 -= self.spec.truck_m3
        self.unloading = False
        self.record("delivery")
        self._reorder()
        self.dispatch()

    def _reorder(self) -> None:
        """Order trucks up to full when stock and orders together are at the reorder level or below."""
        # The position counts what is promised and what is under way, or every call would order the same truck again.
        position = self.level_m3 - self.reserved_m3 + self.on_order_m3
        if position > self.spec.reorder_share * self.spec.tank_m3:
            return
        wanted = max(1, math.floor((self.spec.full_m3 - position) / self.spec.truck_m3 + _WHOLE_TRUCK))
        if self.spec.trucks is not None:
            wanted = min(wanted, self.spec.trucks - round(self.on_order_m3 / self.spec.truck_m3))
        for _ in range(wanted):
            self._order_truck()

    def _order_truck(self) -> None:
        """Order one truck; its lead time is drawn now."""
        lead = 60.0 * self.spec.truck_lead_h
        if self.spec.truck_lead_cv > 0.0:
            shape = 1.0 / self.spec.truck_lead_cv**2  # of a gamma distribution with this coefficient of variation
            lead *= float(self.lead_times.gamma(shape)) / shape
        now = float(self.env.now)
        truck = Truck(self.spec.station, now, self.spec.due_min(now + lead))
        self.trucks.append(truck)
        self.on_order_m3 += self.spec.truck_m3
        self.env.process(self._drive(truck, truck.due_min - now))

    def _drive(self, truck: Truck, lead_min: float) -> ProcessGenerator:
        """Bring a truck to the station."""
        yield self.env.timeout(lead_min)
        self.arrived_trucks.append(truck)
        self.dispatch()

    def _boil_off(self) -> ProcessGenerator:
        """Lose a share of the level at the end of each day, never what is promised to a vessel."""
        while True:
            yield self.env.timeout(DAY_MIN)
            lost = self.spec.boil_off_share_per_day * self.level_m3
            # what is promised stays: a grant is never taken back
            self.level_m3 -= min(lost, max(0.0, self.level_m3 - self.reserved_m3))
            self.record("boil_off")
            self._reorder()
