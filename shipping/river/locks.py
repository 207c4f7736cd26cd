"""Locks with several chambers on SimPy's clock: two queues, priority, doors, levelling, both directions, closures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.engine.clock import FIRST, LAST, NORMAL, Clock
from data.errors import DataError
from shipping.river.chambers import EVEN_M, Chamber, Filling, LockRules, smallest_sizes
from shipping.river.closures import OpenTime

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from charging.engine.clock import Call

    OnLockage = Callable[["Transit"], None]

UP, DOWN = "up", "down"
_OTHER: Final = {UP: DOWN, DOWN: UP}
ARRIVAL: Final = attrgetter("arrive_min", "known_min")
"""The order of vessels at a lock."""


@dataclass(slots=True)
class Transit:
    """A vessel at a lock: what it is, and what happens to it; times in minutes, NaN while they are not known.

    It asks at ``arrive_min`` and stands ready at ``ready_min``, when the plan has called it up. When it leaves is known
    as soon as its lockage begins: ``on_lockage`` is called then. Those that ask at one minute, as all do whom fog held
    up before the lock, are in the order of ``known_min``, since when it is known that they come.
    """

    number: int
    side: str
    length_m: float
    beam_m: float
    draught_m: float
    priority: int = 0
    on_lockage: OnLockage | None = None
    known_min: float = 0.0
    arrive_min: float = math.nan
    ready_min: float = math.nan
    start_min: float = math.nan
    leave_min: float = math.nan
    chamber: str | None = None
    lockage: int | None = None


@dataclass(slots=True)
class ClosedTime:
    """Closures, merged, and a pointer that walks along them with the clock."""

    spans: tuple[tuple[float, float], ...]
    following: int = 0

    @classmethod
    def from_spans(cls, spans: tuple[tuple[float, float], ...]) -> ClosedTime:
        """Return closures that may overlap, merged."""
        return cls(OpenTime.from_closures(spans).closed)

    def until(self, now_min: float) -> float | None:
        """Return the end of the closure that lasts now; None where all is open. Time must not go back."""
        spans = self.spans
        if not spans:
            return None
        while self.following < len(spans) and spans[self.following][1] <= now_min:
            self.following += 1
        if self.following == len(spans) or now_min < spans[self.following][0]:
            return None
        return spans[self.following][1]


@dataclass(slots=True)
class Bay:
    """A chamber at work: the side on which it is open, when it rests, and what it did."""

    chamber: Chamber
    side: str = UP
    busy: bool = False
    lockages: int = 0
    empty_turns: int = 0
    busy_min: float = 0.0
    vessels: int = 0
    area_m2: float = field(init=False)
    rests: ClosedTime = field(init=False)
    _sill_m: float = field(init=False, default=0.0)
    _sill_until: float = field(init=False, default=-math.inf)

    def __post_init__(self) -> None:
        """Merge the times in which the chamber rests."""
        self.area_m2 = self.chamber.area_m2
        self.rests = ClosedTime.from_spans(self.chamber.closed)

    def sill_m(self, now_min: float) -> float:
        """Return the water over the sill now, which changes by the month. Time must not go back."""
        if now_min >= self._sill_until:
            self._sill_m = self.chamber.sill_at(now_min)
            self._sill_until = min((since for since, _ in self.chamber.levels if since > now_min), default=math.inf)
        return self._sill_m


@dataclass(eq=False)
class Lock:
    """A lock: two queues, and chambers that fetch from them.

    A vessel that arrives asks, and joins its queue when the plan has called it up (`LockRules`). A chamber that is idle
    takes what fits from the side on which it is open; where no vessel waits there, it turns empty to those on the other
    side. All chambers begin open to vessels that go up. While the lock is ``closed``, or the chamber rests, it does not
    begin to fill or turn; what has begun is finished.

    ``sizes`` are the lengths and beams of the vessels that use the lock: a chamber in which none of them would find
    room is full. Those that arrive are added.
    """

    clock: Clock
    chambers: Sequence[Chamber]
    rules: LockRules
    closed: tuple[tuple[float, float], ...] = ()
    sizes: set[tuple[float, float]] = field(default_factory=set)
    bays: list[Bay] = field(init=False)
    queues: dict[str, list[Transit]] = field(init=False)
    lockages: int = field(init=False, default=0)
    _closed: ClosedTime = field(init=False)
    _called: dict[float, list[Transit]] = field(init=False, default_factory=dict)
    _smallest: list[tuple[float, float]] = field(init=False, default_factory=list)
    _compared: int = field(init=False, default=0)
    _looks: set[float] = field(init=False, default_factory=set)
    _looking: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Make the bays, the largest first."""
        self._closed = ClosedTime.from_spans(self.closed)
        self.bays = sorted((Bay(chamber) for chamber in self.chambers), key=lambda bay: -bay.area_m2)
        self.queues = {UP: [], DOWN: []}
        # more water over a sill may let a vessel through that waits for it
        for time_min in sorted({since for chamber in self.chambers for since, _ in chamber.levels if since > 0.0}):
            self._look_at(time_min)

    def arrive(self, vessel: Transit) -> None:
        """Let a vessel ask now; it joins the queue when it stands ready."""
        self.sizes.add((vessel.length_m, vessel.beam_m))
        self.expect(vessel, self.clock.minute)

    def expect(self, vessel: Transit, arrive_min: float) -> None:
        """Let a vessel of a known size ask at a time, not before now, and join the queue when it stands ready."""
        vessel.arrive_min = arrive_min
        self.expect_all((vessel,))

    def expect_all(self, vessels: Sequence[Transit]) -> None:
        """Let vessels ask at the times at which they arrive, as `expect` does one by one."""
        now, called, ready_min = self.clock.minute, self._called, self.rules.ready_min
        for vessel in vessels:
            ready = vessel.ready_min = ready_min(vessel.arrive_min)
            if ready <= now:
                self._queue((vessel,))
            elif ready in called:
                called[ready].append(vessel)
            else:
                # one call for all whom a plan calls up: they are dozens
                called[ready] = [vessel]
                self.clock.call_at(ready, NORMAL, self._join, ready)

    def _join(self, call: Call) -> None:
        """Queue the vessels that stand ready, in the order in which they have asked."""
        vessels = self._called.pop(call.load)
        # stable: of one minute in the order in which they were expected
        self._queue(sorted(vessels, key=ARRIVAL) if len(vessels) > 1 else vessels)

    def _queue(self, vessels: Sequence[Transit]) -> None:
        """Queue vessels, each behind those of the same or higher priority, and let chambers look."""
        for vessel in vessels:
            queue = self.queues[vessel.side]
            position = len(queue)
            while position and queue[position - 1].priority < vessel.priority:
                position -= 1
            queue.insert(position, vessel)
        self._look()

    def _look(self) -> None:
        """Let the chambers look when all of this instant has happened: who comes together goes together."""
        if not self._looking:
            self._looking = True
            self.clock.call_at(self.clock.minute, LAST, self._look_now, None)

    def _look_now(self, _: Call) -> None:
        """Look at the end of an instant."""
        self._looking = False
        self._dispatch()

    def _dispatch(self) -> None:
        """Start every idle chamber that has something to do: those open on the right side first."""
        if not (self.queues[UP] or self.queues[DOWN]) or all(bay.busy for bay in self.bays):
            return
        opens = self._closed.until(self.clock.minute)
        if opens is not None:
            self._look_at(opens)
            return
        working = [bay for bay in self.bays if not bay.rests.spans or self._works(bay)]
        if not working:
            return
        # sorted by size, so the first that works is the largest
        largest = working[0]
        idle = [bay for bay in working if not bay.busy]
        for bay in idle:  # full turns before empty ones: a chamber on the right side serves at once
            self._fill(bay, largest)
        for bay in idle:
            if not bay.busy and self._ready(bay, _OTHER[bay.side], largest):
                bay.empty_turns += 1
                self._turn(bay, [], 0.0)
                break  # one empty turn at a time: the next look decides whether another is worth it

    def _works(self, bay: Bay) -> bool:
        """Return whether a chamber does not rest now; it looks again when its rest ends."""
        until = bay.rests.until(self.clock.minute)
        if until is not None:
            self._look_at(until)
        return until is None

    def _look_at(self, time_min: float) -> None:
        """Let the chambers look again at a time."""
        # once for each time: a rest of months would be looked forward to at every lockage
        if time_min not in self._looks:
            self._looks.add(time_min)
            self.clock.call_at(time_min, NORMAL, self._look_due, time_min)

    def _look_due(self, call: Call) -> None:
        """Look at a time that was looked forward to."""
        self._looks.discard(call.load)
        self._look()

    def _filling(self, bay: Bay, side: str, without: Collection[int]) -> tuple[list[int], Filling]:
        """Return the positions in a queue of the vessels that would fill a chamber now, and how full it is then."""
        rules, chamber = self.rules, bay.chamber
        deepest = bay.sill_m(self.clock.minute) - rules.keel_m + EVEN_M
        filling = Filling(chamber.length_m, chamber.width_m, rules.gap_m, rules.side_m)
        return filling.fill(self.queues[side], rules.lookahead, deepest, without), filling

    def _ready(self, bay: Bay, side: str, largest: Bay) -> list[int]:
        """Return the positions in the queue that fill a chamber now; none while it may still wait for others."""
        queue = self.queues[side]
        if not queue:
            return []
        kept: Collection[int] = ()
        if self.rules.small_last and bay.area_m2 < largest.area_m2:
            load, _ = self._filling(largest, side, kept)
            if len(load) == len(queue):
                return []
            kept = set(load)
        positions, filling = self._filling(bay, side, kept)
        if not positions or self.rules.hold_min <= 0.0 or self._is_full(filling):
            return positions
        due = min(queue[position].ready_min for position in positions) + self.rules.hold_min
        if due <= self.clock.minute:
            return positions
        self._look_at(due)
        return []

    def _is_full(self, filling: Filling) -> bool:
        """Return whether a chamber takes no more: one that waits found no room, or no vessel of the river would."""
        if filling.passed > 0:
            return True
        if self._compared != len(self.sizes):  # sizes are added, never taken away
            self._compared = len(self.sizes)
            self._smallest = smallest_sizes(self.sizes)
        return not any(filling.has_room(*size) for size in self._smallest)

    def _fill(self, bay: Bay, largest: Bay) -> None:
        """Let vessels into an idle chamber from the side on which it is open."""
        positions = self._ready(bay, bay.side, largest)
        if not positions:
            return
        queue = self.queues[bay.side]
        chosen = [queue[position] for position in positions]
        for position in reversed(positions):  # from behind, so that the other positions stay true
            del queue[position]
        now = self.clock.minute
        for vessel in chosen:
            vessel.start_min = now
            vessel.chamber = bay.chamber.name
            vessel.lockage = self.lockages
        self.lockages += 1
        bay.lockages += 1
        bay.vessels += len(chosen)
        self._turn(bay, chosen, self.rules.entry_min * len(chosen))

    def _turn(self, bay: Bay, chosen: list[Transit], entering_min: float) -> None:
        """Close, level, open on the other side, and let out."""
        bay.busy = True
        now = self.clock.minute
        # Doors move twice: they close behind the vessels, and open before them after levelling.
        opened = now + entering_min + 2.0 * bay.chamber.door_min + bay.chamber.fill_min
        for order, vessel in enumerate(chosen, 1):
            vessel.leave_min = opened + self.rules.exit_min * order
            if vessel.on_lockage is not None:
                vessel.on_lockage(vessel)
        end = opened + self.rules.exit_min * len(chosen)
        bay.busy_min += end - now
        # Before vessels that arrive at the same instant: they find the chamber free, on its new side.
        self.clock.call_at(end, FIRST, self._free, bay)

    def _free(self, call: Call) -> None:
        """Free a chamber on its new side."""
        bay: Bay = call.load
        bay.side = _OTHER[bay.side]
        bay.busy = False
        self._look()


def chamber_table(lock: Lock, span_min: float) -> pl.DataFrame:
    """Return what the chambers of a lock did in a span of time; see `LockResult`."""
    rows = [
        (
            bay.chamber.name,
            bay.lockages,
            bay.empty_turns,
            bay.vessels,
            bay.vessels / bay.lockages if bay.lockages else 0.0,
            bay.busy_min / span_min,
        )
        for bay in lock.bays
    ]
    return pl.DataFrame(rows, schema=CHAMBERS, orient="row")


CHAMBERS: Final = {
    "chamber": pl.String,
    **dict.fromkeys(("lockages", "empty_turns", "vessels"), pl.Int64),
    **dict.fromkeys(("vessels_per_lockage", "utilisation_share"), pl.Float64),
}
"""Schema of the table of chambers."""


def check_fits(
    vessels: Sequence[tuple[str, Transit]], chambers: Sequence[Chamber], rules: LockRules, *, lock: str = ""
) -> None:
    """Raise DataError with the first vessel that fits no chamber."""
    fits: dict[tuple[float, float, float], bool] = {}
    for name, vessel in vessels:
        size = (vessel.length_m, vessel.beam_m, vessel.draught_m)
        if size not in fits:
            fits[size] = any(chamber.takes(*size, keel_m=rules.keel_m) for chamber in chambers)
        if not fits[size]:
            keel = f" with {rules.keel_m:g} m under the keel" if rules.keel_m > 0.0 else ""
            raise DataError(
                f"vessels: {name!r} ({size[0]:g} x {size[1]:g} x {size[2]:g} m) "
                f"fits no chamber of the lock{f' {lock!r}' if lock else ''}{keel}."
            )
