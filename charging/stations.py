"""Stations as the simulation sees them: piles with guns, queues, and the choice of a gun."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from charging.rules import is_open, newcomer_kw

if TYPE_CHECKING:
    from charging.ramps import Ramp, Table

CURRENTS: Final = ("dc", "ac")


@dataclass(slots=True, eq=False)
class Charge:
    """A vehicle at a gun of a pile whose power may be shared. Minutes, kW; SOC from 0 to 1 of the battery.

    ``base`` is the charge when nobody shares, ``most_kw`` its cap; ``ramp`` the charge as it is, None while it pauses.
    ``scale_min`` is the battery's kWh over the vehicle's kW. What it wishes until ``seen_until_min`` is ``seen_kw``.
    """

    index: int
    pile: Pile
    gun: int
    table: Table
    base: Ramp
    scale_min: float
    accept_kw: float
    most_kw: float
    efficiency: float
    soc: float
    end_soc: float
    ramp: Ramp | None = None
    since_min: float = 0.0
    ramp_min: float = 0.0
    end_min: float = math.inf
    break_soc: float = math.inf
    break_min: float = math.inf
    claim_kw: float = 0.0
    seen_kw: float = 0.0
    seen_until_min: float = -math.inf

    def soc_at(self, now_min: float) -> float:
        """Return the SOC at a time since the last change, without logging anything."""
        if now_min == self.break_min:
            return self.break_soc
        if self.ramp is None or now_min == self.since_min:
            return self.soc
        return min(self.ramp.soc_at(self.ramp_min + (now_min - self.since_min) / self.scale_min), self.end_soc)

    def time_of(self, soc: float) -> float:
        """Return when the charge reaches a SOC if nothing changes, minutes; never while it pauses."""
        if self.ramp is None:
            return math.inf
        return self.since_min + (self.ramp.minutes_at(soc) - self.ramp_min) * self.scale_min

    def wish_kw(self, soc: float) -> tuple[float, float]:
        """Return the largest power until the next breakpoint of the curve, and the SOC of that breakpoint."""
        part, stop = self.table.wish(soc)
        return min(self.accept_kw * part, self.most_kw), min(stop, self.end_soc)

    def peak_kw(self, soc: float) -> float:
        """Return the largest power that the vehicle may still want."""
        return min(self.accept_kw * self.table.peak_from(soc), self.most_kw)

    def wish_now_kw(self, now_min: float) -> float:
        """Return the largest power until the next breakpoint, worked out anew only where it may have changed."""
        if now_min >= self.seen_until_min:
            self.seen_kw, stop = self.wish_kw(self.soc_at(now_min))
            self.seen_until_min = self.time_of(stop)
        return self.seen_kw


@dataclass(slots=True, eq=False)
class Pile:
    """A metered power unit with one or more guns; ``guns`` tells which are taken, ``charges`` who charges, in order."""

    group: Group
    number: int
    guns: list[bool]
    taken: int = 0
    charges: list[Charge] = field(default_factory=list)
    plan: int = 0
    claim_kw: float = 0.0
    down: bool = False


@dataclass(slots=True, eq=False)
class Group:
    """Equal piles of a station; ``idle`` and ``partly`` hold the numbers of piles with free guns, in order."""

    station: Station
    number: int
    group_id: str
    current: str
    pile_kw: float
    sharing: str
    gun_amps: float | None
    guns_per_pile: int
    piles: list[Pile] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    partly: list[int] = field(default_factory=list)
    alone: bool = True

    def offer(self, wish_kw: float, now_min: float) -> tuple[float, int]:
        """Return the most power a free gun offers a vehicle now (kW) and its pile's number, or (-1, -1)."""
        if self.idle:
            return min(wish_kw, self.pile_kw), self.idle[0]
        if self.guns_per_pile == 2 and self.sharing == "dynamic":
            return self._least_used(wish_kw, now_min)
        best, chosen = -1.0, -1
        for number in self.partly:
            others = [other.wish_now_kw(now_min) for other in self.piles[number].charges]
            power = newcomer_kw(self.pile_kw, self.sharing, others, wish_kw)
            if power > best:
                best, chosen = power, number
                if power >= wish_kw:
                    break
        return best, chosen

    def _least_used(self, wish_kw: float, now_min: float) -> tuple[float, int]:
        """Return the same for dynamic piles of two guns: the less the other vehicle wishes, the more is left."""
        spare = self.pile_kw - wish_kw
        least, chosen = math.inf, -1
        for number in self.partly:
            charges = self.piles[number].charges
            other = charges[0].wish_now_kw(now_min) if charges else 0.0
            if other < least:
                least, chosen = other, number
                if other <= spare:
                    break
        if chosen < 0:
            return -1.0, -1
        return newcomer_kw(self.pile_kw, self.sharing, [least], wish_kw), chosen

    def take(self, number: int) -> tuple[Pile, int]:
        """Take the first free gun of a pile."""
        pile = self.piles[number]
        if pile.taken == 0:
            _drop(self.idle, number)
        else:
            _drop(self.partly, number)
        gun = pile.guns.index(False)
        pile.guns[gun] = True
        pile.taken += 1
        self._offer(pile)
        return pile, gun

    def release(self, pile: Pile, gun: int) -> None:
        """Free a gun."""
        if not pile.down and pile.taken < len(pile.guns) and self.sharing != "exclusive":
            _drop(self.partly, pile.number)
        pile.guns[gun] = False
        pile.taken -= 1
        self._offer(pile)

    def switch(self, pile: Pile, *, down: bool) -> None:
        """Put a pile out of service (who charges there may finish), or back."""
        if not pile.down:
            _drop(self.idle if pile.taken == 0 else self.partly, pile.number)
        pile.down = down
        self._offer(pile)

    def _offer(self, pile: Pile) -> None:
        """Offer a pile's free guns, if it has any to offer."""
        if pile.down:
            return
        if pile.taken == 0:
            insort(self.idle, pile.number)
        elif pile.taken < len(pile.guns) and self.sharing != "exclusive":
            insort(self.partly, pile.number)


def _drop(numbers: list[int], number: int) -> None:
    """Remove a number from an ordered list, if it is there."""
    at = bisect_left(numbers, number)
    if at < len(numbers) and numbers[at] == number:
        del numbers[at]


@dataclass(slots=True, eq=False)
class Queue:
    """Who waits for a kind of current: first come first served, or by priority and then by time.

    An entry is stale once the request no longer waits at this station; ``places`` says where each request waits.
    """

    station: int
    places: list[int]
    by_priority: bool
    line: deque[int] = field(default_factory=deque)
    heap: list[tuple[int, int, int]] = field(default_factory=list)
    joined: int = 0
    length: int = 0

    def join(self, index: int, priority: int) -> None:
        """Put a request at its place."""
        self.length += 1
        if self.by_priority:
            self.joined += 1
            heappush(self.heap, (-priority, self.joined, index))
        else:
            self.line.append(index)

    def first(self) -> int:
        """Return the request that is next, -1 if none waits."""
        if self.by_priority:
            while self.heap and self.places[self.heap[0][2]] != self.station:
                heappop(self.heap)
            return self.heap[0][2] if self.heap else -1
        line = self.line
        while line and self.places[line[0]] != self.station:
            line.popleft()
        return line[0] if line else -1

    def waiting(self) -> list[int]:
        """Return who waits, next first."""
        entries = [entry[2] for entry in sorted(self.heap)] if self.by_priority else list(self.line)
        return [index for index in entries if self.places[index] == self.station]


@dataclass(slots=True, eq=False)
class Station:
    """A site: groups by the current that a request wants, one queue a current (who takes any stands in both).

    ``live`` are the piles that charge, ``claim_kw`` what they may draw at most, kept for limited stations only;
    ``bound`` while that is more than the connection gives.
    """

    number: int
    station_id: str
    limit_kw: float | None
    hours: tuple[float, float] | None
    groups: dict[str, list[Group]] = field(default_factory=lambda: {"dc": [], "ac": [], "any": []})
    queues: dict[str, Queue] = field(default_factory=dict)
    guns: dict[str, int] = field(default_factory=lambda: {"dc": 0, "ac": 0, "any": 0})
    live: dict[Pile, None] = field(default_factory=dict)
    claim_kw: float = 0.0
    bound: bool = False
    plan: int = 0

    def add(self, group: Group, usable_guns: int) -> None:
        """Add a group of piles with so many guns that can be used at once."""
        for wanted in (group.current, "any"):
            self.groups[wanted].append(group)
            self.guns[wanted] += usable_guns

    def currents(self, wanted: str) -> tuple[str, ...]:
        """Return the kinds of current here that suit a request."""
        kinds = CURRENTS if wanted == "any" else (wanted,)
        return tuple(kind for kind in kinds if self.groups[kind])

    def has_free_gun(self, wanted: str) -> bool:
        """Tell whether any gun that suits the request is free."""
        return any(group.idle or group.partly for group in self.groups[wanted])

    def queue_length(self, wanted: str) -> int:
        """Return how many vehicles wait for the current that suits (the shorter queue for any)."""
        if wanted != "any":
            return self.queues[wanted].length
        return min(self.queues[kind].length for kind in self.currents(wanted))

    def is_open(self, at_min: float) -> bool:
        """Tell whether vehicles may plug in at a time."""
        return self.hours is None or is_open(at_min, *self.hours)

    def closes_after(self, now_min: float) -> float:
        """Return the next closing time, minutes; never where vehicles may plug in at any time."""
        if self.hours is None:
            return math.inf
        close = now_min - now_min % 1440.0 + self.hours[1]
        return close if close > now_min else close + 1440.0
