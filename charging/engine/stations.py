"""Stations as the simulation sees them: piles with guns, queues, and the choice of a gun."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from charging.engine.clock import Call
from charging.inputs.fees import Fees

if TYPE_CHECKING:
    from collections.abc import Callable

    from charging.inputs.hours import Hours


FIRST: Final = "/"
"""Between ``any`` and the current that is taken first, in what a request wants: ``any/ac``."""


class Pile(Call):
    """A pile that shares with nobody, and the event that its vehicle leaves; ``gun`` is its number among all guns."""

    __slots__ = ("group", "gun")

    def __init__(self, action: Callable[[Pile], None], group: Group, gun: int) -> None:
        super().__init__(action, None)
        self.group = group
        self.gun = gun


@dataclass(slots=True, eq=False)
class Group:
    """Equal piles of a station.

    Piles that share live in ``charging.engine.shared_piles``; those that do not are objects here.

    Attributes
    ----------
    station, number, group_id, current, pile_kw, sharing, gun_amps, piles, guns_per_pile, phases, volts
        The row of the layout, and its number.
    plugs
        Types of plug that fit; None fits all.
    charger
        Groups of a station with the same name are guns of the same chargers.
    alone
        Whether its piles share with nobody: one vehicle at a time and no limited connection.
    idle, out
        Of piles that are alone: those that are free (a stack), and those out of service where nobody stands.
    down
        Numbers of the piles out of service.
    first_pile, row
        Of piles that share: row of the first pile and of the group in the power kernel's matrix.
    first_gun
        Number of its first gun in the layout.
    free
        Of piles that share: number of free guns.
    queue
        The vehicles that wait for the group's current.
    """

    station: Station
    number: int
    group_id: str
    current: str
    pile_kw: float
    sharing: str
    gun_amps: float | None
    piles: int
    guns_per_pile: int
    alone: bool
    phases: int | None = None
    volts: float | None = None
    plugs: frozenset[str] | None = None
    charger: str | None = None
    idle: list[Pile] = field(default_factory=list)
    down: set[int] = field(default_factory=set)
    out: list[Pile] = field(default_factory=list)
    first_pile: int = 0
    row: int = 0
    first_gun: int = 0
    free: int = 0
    queue: Queue = field(init=False)

    @property
    def kind(self) -> str:
        """Return the kind of its guns: current and types of plug."""
        return self.current if self.plugs is None else f"{self.current} {'|'.join(sorted(self.plugs))}"

    def suits(self, wanted: str) -> bool:
        """Return whether its guns suit a request that wants a current, or a current and a type of plug."""
        wish, _, plug = wanted.partition(" ")
        current, _, _ = wish.partition(FIRST)
        return current in {self.current, "any"} and (not plug or self.plugs is None or plug in self.plugs)

    def open(self, leave: Callable[[Pile], None]) -> list[Pile]:
        """Set up piles that are alone, and return them; ``leave`` is called with a pile when its vehicle leaves."""
        numbers = range(self.first_gun + self.piles - 1, self.first_gun - 1, -1)
        self.idle = [Pile(leave, self, number) for number in numbers]  # a stack: the first pile is on top
        return list(self.idle)

    def vacate(self, pile: Pile) -> None:
        """Free a pile that is alone."""
        (self.out if self.down and pile.gun - self.first_gun in self.down else self.idle).append(pile)

    def switch(self, number: int, *, down: bool) -> None:
        """Put a pile that is alone out of service (a vehicle that charges there may finish), or back."""
        source, target = (self.idle, self.out) if down else (self.out, self.idle)
        if down:
            self.down.add(number)
        else:
            self.down.discard(number)
        for pile in source:
            if pile.gun == self.first_gun + number:
                source.remove(pile)
                target.append(pile)
                break


@dataclass(slots=True, eq=False)
class Queue:
    """The vehicles that wait for a kind of current: first come first served, or by priority and then by time.

    An entry is stale once the request no longer waits at this station; ``waits_at`` says at which each one does.
    """

    station: int
    waits_at: memoryview[int]
    by_priority: bool
    line: deque[int] = field(default_factory=deque)
    heap: list[tuple[int, int, int]] = field(default_factory=list)
    joined: int = 0
    length: int = 0

    def join(self, index: int, priority: int) -> None:
        """Put a request at the end of the line, or where its priority puts it."""
        self.length += 1
        if self.by_priority:
            self.joined += 1  # of equal priority the first come goes first
            heappush(self.heap, (-priority, self.joined, index))
        else:
            self.line.append(index)

    def first(self) -> int:
        """Return the request that is next, -1 if none waits."""
        if self.by_priority:
            while self.heap and self.waits_at[self.heap[0][2]] != self.station:
                heappop(self.heap)
            return self.heap[0][2] if self.heap else -1
        line = self.line
        while line and self.waits_at[line[0]] != self.station:
            line.popleft()
        return line[0] if line else -1


@dataclass(slots=True, eq=False)
class Station:
    """A site: groups by the current that a request wants, and one queue per kind of guns (current and plugs).

    A vehicle that several kinds suit stands in the queue of each.
    ``sole`` is the group of a station that has but one; ``leading`` says how many of the groups that suit are taken
    first while a gun of theirs is free.
    """

    number: int
    station_id: str
    limit_kw: float | None
    hours: Hours | None
    fees: Fees = field(default_factory=Fees)
    groups: dict[str, list[Group]] = field(default_factory=lambda: {"dc": [], "ac": [], "any": []})
    queues: dict[str, Queue] = field(default_factory=dict)
    lines: dict[str, list[Queue]] = field(default_factory=dict)
    guns: dict[str, int] = field(default_factory=lambda: {"dc": 0, "ac": 0, "any": 0})
    leading: dict[str, int] = field(default_factory=lambda: {"dc": 0, "ac": 0, "any": 0})
    usable: dict[int, int] = field(default_factory=dict)
    sole: Group | None = None

    def add(self, group: Group, usable_guns: int) -> None:
        """Add a group of piles with the number of its guns that can be used at once."""
        self.usable[group.number] = usable_guns
        for wanted, groups in self.groups.items():
            if group.suits(wanted):
                groups.append(group)
                self.guns[wanted] = self._guns_of(groups)
        self.sole = group if len(self.groups["any"]) == 1 else None

    def learn(self, wanted: str) -> None:
        """Find the groups that suit requests which want a type of plug too, or take one current first."""
        if wanted not in self.groups:
            first = wanted.partition(" ")[0].partition(FIRST)[2]
            suitable = [group for group in self.groups["any"] if group.suits(wanted)]
            # a stable order: groups of one current stay in that of the layout
            self.groups[wanted] = sorted(suitable, key=lambda group: group.current != first)
            self.leading[wanted] = sum(group.current == first for group in suitable)
            self.guns[wanted] = self._guns_of(self.groups[wanted])

    def expected_groups(self, wanted: str) -> list[Group]:
        """Return the groups at whose guns a driver expects to charge: those that are taken first, or all that suit."""
        return self.groups[wanted][: self.leading[wanted] or None]

    def _guns_of(self, groups: list[Group]) -> int:
        """Return how many guns of groups can be used at once: those of one charger only in turn."""
        chargers: dict[str, int] = {}
        total = 0
        for group in groups:
            if group.charger is None:
                total += self.usable[group.number]
            else:
                chargers[group.charger] = max(chargers.get(group.charger, 0), self.usable[group.number])
        return total + sum(chargers.values())

    def kinds(self, wanted: str) -> list[str]:
        """Return the kinds of guns here that suit a request."""
        return list(dict.fromkeys(group.kind for group in self.groups[wanted]))

    def open_queues(self, waits_at: memoryview[int], *, by_priority: bool) -> None:
        """Set up the queues; ``lines`` are those in which a request stands that wants a current (and a plug)."""
        self.queues = {kind: Queue(self.number, waits_at, by_priority) for kind in self.kinds("any")}
        self.lines = {wanted: [self.queues[kind] for kind in self.kinds(wanted)] for wanted in self.groups}
        for group in self.groups["any"]:
            group.queue = self.queues[group.kind]

    def has_free_gun(self, wanted: str) -> bool:
        """Return whether any gun that suits the request is free."""
        for group in self.groups[wanted]:  # noqa: SIM110 - asked for every driver, and any() is twice as slow
            if group.idle or group.free:
                return True
        return False

    def queue_length(self, wanted: str) -> int:
        """Return how many vehicles wait for the current that suits (the shorter queue for any)."""
        lines = self.lines[wanted]
        return lines[0].length if len(lines) == 1 else min(line.length for line in lines)

    def is_open(self, at_min: float) -> bool:
        """Return whether vehicles may plug in at a time."""
        return self.hours is None or self.hours.is_open(at_min)

    def closes_after(self, now_min: float) -> float:
        """Return the next closing time, minutes; never where vehicles may plug in at any time."""
        return math.inf if self.hours is None else self.hours.closes_after(now_min)
