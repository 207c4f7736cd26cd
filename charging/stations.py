"""Stations as the simulation sees them: piles with guns, queues, and the choice of a gun."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from charging.curves import Curve, Piece, log_mean, power_at
from charging.rules import gun_limit_kw, newcomer_kw

CURRENTS = ("dc", "ac")


@dataclass(slots=True, eq=False)
class Charge:
    """A vehicle at a gun. Times in minutes, power in kW; SOC runs from 0 to 1 of ``battery_kwh``."""

    index: int
    battery_kwh: float
    vehicle_kw: float
    soc: float
    end_soc: float
    curve: Curve | None
    voltage_v: float | None
    ac_kw: float
    now_kw: float
    limit_kw: float = 0.0
    nominal_kw: float = 0.0
    efficiency: float = 1.0
    cap_kw: float = 0.0
    since_min: float = 0.0
    plan: list[Piece] = field(default_factory=list)
    version: int = 0
    active: bool = False
    pile: Pile | None = None
    gun: int = -1

    def soc_at(self, now_min: float) -> float:
        """Return the SOC at a time since the last change, without logging anything."""
        soc, start = self.soc, self.since_min
        for piece in self.plan:
            end = start + piece.minutes
            if end > now_min:
                done = (now_min - start) / piece.minutes
                kw = log_mean(piece.start_kw, power_at(piece, done))
                return soc + kw * (now_min - start) / 60.0 / self.battery_kwh
            soc, start = piece.end_soc, end
        return soc

    def wish_kw(self, soc: float | None = None) -> tuple[float, float]:
        """Return the largest power until the next breakpoint of the curve, and the SOC of that breakpoint."""
        if self.curve is None:
            return min(self.vehicle_kw, self.limit_kw), self.end_soc
        part, stop = self.curve.segment_peak(self.soc if soc is None else soc, self.end_soc)
        return min(self.vehicle_kw * part, self.limit_kw), stop

    def remaining_peak_kw(self) -> float:
        """Return the largest power that the vehicle may still want."""
        if self.curve is None:
            return min(self.vehicle_kw, self.limit_kw)
        return min(self.vehicle_kw * self.curve.remaining_peak(self.soc, self.end_soc), self.limit_kw)


@dataclass(slots=True, eq=False)
class Pile:
    """A metered power unit with one or more guns; ``guns`` holds the vehicle at each gun or None."""

    group: Group
    number: int
    guns: list[Charge | None]
    order: list[Charge] = field(default_factory=list)
    breaks: int = 0

    def active(self) -> list[Charge]:
        """Return the vehicles that charge here, first come first."""
        return [charge for charge in self.order if charge.active]


@dataclass(slots=True, eq=False)
class Group:
    """Equal piles of a station. ``idle`` and ``partly`` are heaps of pile numbers (with stale entries)."""

    station: Station
    group_id: str
    current: str
    pile_kw: float
    sharing: str
    gun_amps: float | None
    piles: list[Pile] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    partly: set[int] = field(default_factory=set)
    guns_per_pile: int = 1

    def limit_kw(self, charge: Charge) -> float:
        """Return what gun cable and on-board charger let through for this vehicle, kW."""
        limit = gun_limit_kw(self.gun_amps, charge.voltage_v)
        return min(limit, charge.ac_kw) if self.current == "ac" else limit

    def best_free(self, charge: Charge, now_min: float) -> tuple[float, int]:
        """Return the most power a free gun offers this vehicle now (kW) and its pile's number, or (-1, -1)."""
        wish = min(charge.now_kw, self.limit_kw(charge))
        if self.idle:
            return min(wish, self.pile_kw), self.idle[0]
        best = (-1.0, -1)
        for number in sorted(self.partly):
            others = [other.wish_kw(other.soc_at(now_min))[0] for other in self.piles[number].active()]
            offer = newcomer_kw(self.pile_kw, self.sharing, others, wish)
            if offer > best[0]:
                best = (offer, number)
        return best

    def take(self, number: int, charge: Charge) -> None:
        """Put the vehicle at the first free gun of a pile."""
        pile = self.piles[number]
        gun = pile.guns.index(None)
        if not pile.order:
            heapq.heappop(self.idle)
        pile.guns[gun] = charge
        pile.order.append(charge)
        charge.pile, charge.gun = pile, gun
        if None in pile.guns and self.sharing != "exclusive":
            self.partly.add(number)
        else:
            self.partly.discard(number)

    def release(self, charge: Charge) -> None:
        """Take the vehicle off its gun."""
        pile = charge.pile
        assert pile is not None  # noqa: S101 - a vehicle that leaves stood at a gun
        pile.guns[charge.gun] = None
        pile.order.remove(charge)
        if pile.order:
            self.partly.add(pile.number)
        else:
            self.partly.discard(pile.number)
            heapq.heappush(self.idle, pile.number)


@dataclass(slots=True, eq=False)
class Waiter:
    """A vehicle in a queue; ``alive`` turns False when it is served or gives up."""

    charge: Charge
    current: str
    since_min: float
    order: int
    alive: bool = True


@dataclass(slots=True, eq=False)
class Station:
    """A site: groups by current, one FIFO queue a current (a vehicle that takes any stands in both)."""

    number: int
    station_id: str
    limit_kw: float | None
    groups: dict[str, list[Group]] = field(default_factory=lambda: {"dc": [], "ac": []})
    queues: dict[str, deque[Waiter]] = field(default_factory=lambda: {"dc": deque(), "ac": deque()})
    waiting: dict[str, int] = field(default_factory=lambda: {"dc": 0, "ac": 0})
    gun_count: dict[str, int] = field(default_factory=lambda: {"dc": 0, "ac": 0})
    charging: list[Charge] = field(default_factory=list)
    nominal_kw: float = 0.0
    bound: bool = False
    breaks: int = 0

    def currents(self, wanted: str) -> tuple[str, ...]:
        """Return the kinds of current here that suit a request."""
        kinds = CURRENTS if wanted == "any" else (wanted,)
        return tuple(kind for kind in kinds if self.groups[kind])

    def free_gun(self, charge: Charge, wanted: str, now_min: float) -> tuple[Group, int] | None:
        """Return group and pile of the free gun with the most power now for this vehicle, or None."""
        best: tuple[Group, int] | None = None
        best_kw = -1.0
        for kind in self.currents(wanted):
            for group in self.groups[kind]:
                if not group.idle and not group.partly:
                    continue
                offer, number = group.best_free(charge, now_min)
                if offer > best_kw:
                    best, best_kw = (group, number), offer
        return best

    def has_free_gun(self, wanted: str) -> bool:
        """Tell whether any gun that suits the request is free."""
        return any(group.idle or group.partly for kind in self.currents(wanted) for group in self.groups[kind])

    def queue_length(self, wanted: str) -> int:
        """Return how many vehicles wait for the current that suits (the shorter queue for any)."""
        return min(self.waiting[kind] for kind in self.currents(wanted))

    def guns(self, wanted: str) -> int:
        """Return how many guns suit the request."""
        return sum(self.gun_count[kind] for kind in self.currents(wanted))

    def join(self, waiter: Waiter) -> None:
        """Put a vehicle at the end of the queue(s)."""
        for kind in self.currents(waiter.current):
            self.queues[kind].append(waiter)
            self.waiting[kind] += 1

    def quit(self, waiter: Waiter) -> None:
        """Take a vehicle out of the queue(s); its entries are skipped later."""
        waiter.alive = False
        for kind in self.currents(waiter.current):
            self.waiting[kind] -= 1

    def first_waiting(self, kind: str) -> Waiter | None:
        """Return the vehicle that is next for a gun of this current, or None."""
        queue = self.queues[kind]
        while queue and not queue[0].alive:
            queue.popleft()
        return queue[0] if queue else None
