"""Locks with several chambers on SimPy's clock: two queues, priority, doors, levelling, both directions, closures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.engine.clock import FIRST, NORMAL, Clock
from data.errors import DataError
from shipping.river.chambers import Chamber, LockRules, pack
from shipping.river.closures import OpenTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from charging.engine.clock import Call

UP, DOWN = "up", "down"
_OTHER: Final = {UP: DOWN, DOWN: UP}


@dataclass(slots=True)
class Transit:
    """A vessel at a lock: what it is, and what happens to it; times in minutes, NaN while they lie ahead."""

    number: int
    side: str
    length_m: float
    beam_m: float
    draught_m: float
    priority: int = 0
    on_leave: Callable[[Transit], None] | None = None
    arrive_min: float = math.nan
    start_min: float = math.nan
    leave_min: float = math.nan
    chamber: str | None = None
    lockage: int | None = None


@dataclass(slots=True)
class Bay:
    """A chamber at work: the side on which it is open, and what it did."""

    chamber: Chamber
    side: str = UP
    busy: bool = False
    lockages: int = 0
    empty_turns: int = 0
    busy_min: float = 0.0
    vessels: int = 0


@dataclass(eq=False)
class Lock:
    """A lock: two queues, and chambers that fetch from them.

    A chamber that is idle takes what fits from the side on which it is open; where nobody waits there, it turns empty
    to who waits on the other side. All chambers begin open to vessels that go up. While the lock is ``closed`` no
    chamber begins to fill or turn; what has begun is finished.
    """

    clock: Clock
    chambers: Sequence[Chamber]
    rules: LockRules
    closed: tuple[tuple[float, float], ...] = ()
    bays: list[Bay] = field(init=False)
    queues: dict[str, list[Transit]] = field(init=False)
    lockages: int = field(init=False, default=0)
    _looks_at: float = field(init=False, default=-1.0)
    _next_closed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Make the bays."""
        self.closed = OpenTime.from_closures(self.closed).closed
        self.bays = [Bay(chamber) for chamber in self.chambers]
        self.queues = {UP: [], DOWN: []}

    def arrive(self, vessel: Transit) -> None:
        """Queue a vessel, behind those of the same or higher priority, and let chambers look."""
        vessel.arrive_min = self.clock.now
        queue = self.queues[vessel.side]
        at = len(queue)
        while at and queue[at - 1].priority < vessel.priority:
            at -= 1
        queue.insert(at, vessel)
        self._dispatch()

    def _dispatch(self) -> None:
        """Start every idle chamber that has something to do: those open on the right side first."""
        idle = [bay for bay in self.bays if not bay.busy]
        if not idle or self._is_closed():
            return
        for bay in idle:
            self._fill(bay)
        for bay in idle:
            other = _OTHER[bay.side]
            if not bay.busy and self._ready(bay, other):
                bay.empty_turns += 1
                self._turn(bay, [], 0.0)
                break  # one empty turn at a time: the next look decides whether another is worth it

    def _is_closed(self) -> bool:
        """Return whether the lock is closed now; the chambers then look again when it opens."""
        now = self.clock.now
        while self._next_closed < len(self.closed) and self.closed[self._next_closed][1] <= now:
            self._next_closed += 1
        if self._next_closed == len(self.closed) or now < self.closed[self._next_closed][0]:
            return False
        self._look_at(self.closed[self._next_closed][1])
        return True

    def _look_at(self, time_min: float) -> None:
        """Let the chambers look again at a time."""
        if not self.clock.now < self._looks_at <= time_min:
            self._looks_at = time_min
            self.clock.call_at(time_min, NORMAL, lambda _: self._dispatch(), None)

    def _fitting(self, bay: Bay, side: str) -> list[int]:
        """Return the positions in a queue of the vessels that would fill a chamber now."""
        queue = self.queues[side]
        if not queue:
            return []
        chamber = bay.chamber
        afloat: list[int] = []  # positions in the queue of the vessels that float over the sill

        def sizes() -> Iterator[tuple[float, float]]:
            for position, vessel in enumerate(queue):
                if vessel.draught_m <= chamber.sill_m:
                    afloat.append(position)
                    yield vessel.length_m, vessel.beam_m

        # The packing stops reading by itself, so that a queue of hundreds costs no more than its first vessels.
        taken = pack(sizes(), length_m=chamber.length_m, width_m=chamber.width_m, rules=self.rules)
        return [afloat[number] for number in taken]

    def _ready(self, bay: Bay, side: str) -> list[int]:
        """Return who fills a chamber now; nobody while it is not full and may still wait for others."""
        places = self._fitting(bay, side)
        if not places or self.rules.hold_min <= 0.0:
            return places
        queue = self.queues[side]
        if len(queue) > len(places):
            return places
        due = min(queue[at].arrive_min for at in places) + self.rules.hold_min
        if due <= self.clock.now:
            return places
        self._look_at(due)
        return []

    def _fill(self, bay: Bay) -> None:
        """Let vessels into an idle chamber from the side on which it is open."""
        places = self._ready(bay, bay.side)
        if not places:
            return
        queue = self.queues[bay.side]
        chosen = [queue[at] for at in places]
        for at in reversed(places):
            del queue[at]
        now = self.clock.now
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
        now = self.clock.now
        opened = now + entering_min + 2.0 * bay.chamber.door_min + bay.chamber.fill_min
        for place, vessel in enumerate(chosen, 1):
            vessel.leave_min = opened + self.rules.exit_min * place
            if vessel.on_leave is not None:
                self.clock.call_at(vessel.leave_min, NORMAL, _leave, vessel)
        end = opened + self.rules.exit_min * len(chosen)
        bay.busy_min += end - now
        self.clock.call_at(end, FIRST, self._free, bay)

    def _free(self, call: Call) -> None:
        """Free a chamber on its new side."""
        bay: Bay = call.load
        bay.side = _OTHER[bay.side]
        bay.busy = False
        self._dispatch()


def _leave(call: Call) -> None:
    """Tell a vessel that it has left the lock."""
    vessel: Transit = call.load
    if vessel.on_leave is not None:
        vessel.on_leave(vessel)


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


def check_fits(vessels: Sequence[tuple[str, Transit]], chambers: Sequence[Chamber], *, lock: str = "") -> None:
    """Raise DataError with the first vessel that fits no chamber."""
    fits: dict[tuple[float, float, float], bool] = {}
    for name, one in vessels:
        size = (one.length_m, one.beam_m, one.draught_m)
        if size not in fits:
            fits[size] = any(
                one.length_m <= chamber.length_m and one.beam_m <= chamber.width_m and one.draught_m <= chamber.sill_m
                for chamber in chambers
            )
        if not fits[size]:
            raise DataError(
                f"vessels: {name!r} ({one.length_m:g} x {one.beam_m:g} x {one.draught_m:g} m) "
                f"fits no chamber of the lock{f' {lock!r}' if lock else ''}."
            )
