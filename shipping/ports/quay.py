"""The berths of a cargo terminal in the simulation of the river: first come, first served."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from charging.engine.clock import NORMAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from charging.engine.clock import Call, Clock


@dataclass(slots=True)
class QuayCall:
    """A vessel at a terminal: its voyage, cargo and handling; times in minutes, NaN while they lie ahead."""

    call_id: int
    vessel_id: str
    terminal: str
    cargo_t: float
    stay_min: float
    on_leave: Callable[[], object]
    arrive_min: float = math.nan
    start_min: float = math.nan
    leave_min: float = math.nan


@dataclass(eq=False)
class Quay:
    """Berths of a terminal on the clock of the river; ``calls`` takes every vessel that arrives."""

    clock: Clock
    terminal: str
    berths: int
    calls: list[QuayCall]
    taken: int = field(init=False, default=0)
    waiting: deque[QuayCall] = field(init=False, default_factory=deque)

    def arrive(self, call: QuayCall) -> None:
        """Moor a vessel, or let it wait for a berth."""
        call.arrive_min = self.clock.now
        self.calls.append(call)
        if self.taken < self.berths:
            self.taken += 1
            self._moor(call)
        else:
            self.waiting.append(call)

    def _moor(self, call: QuayCall) -> None:
        """Handle a vessel."""
        call.start_min = self.clock.now
        call.leave_min = call.start_min + call.stay_min
        self.clock.call_at(call.leave_min, NORMAL, self._leave, call)

    def _leave(self, event: Call) -> None:
        """Let a vessel go, and the next one moor."""
        call: QuayCall = event.load
        if self.waiting:
            self._moor(self.waiting.popleft())
        else:
            self.taken -= 1
        call.on_leave()


@dataclass(eq=False)
class RecordedQuay(Quay):
    """Berths at which a vessel stays as long as on a voyage that was recorded, whoever else is there.

    For runs that repeat the vessels that bunker alone, without those that bunker nothing and take berths from them.
    """

    _seen: dict[int, tuple[float, float]] = field(init=False, default_factory=dict)

    def record(self, calls: Iterable[QuayCall]) -> None:
        """Take over the calls of a run; who had not moored by its end never does."""
        self._seen = {call.call_id: (call.arrive_min, call.leave_min) for call in calls}

    def arrive(self, call: QuayCall) -> None:
        """Let a vessel stay as the recorded one did."""
        arrive, leave = self._seen.get(call.call_id, _NEVER)
        call.arrive_min = self.clock.now
        # a vessel that comes when the recorded one came leaves to the bit as that one did
        leaves = leave + (call.arrive_min - arrive)
        if not math.isnan(leaves):
            call.leave_min = leaves
            self.clock.call_at(leaves, NORMAL, _go, call)


def _go(event: Call) -> None:
    """Let a vessel go."""
    event.load.on_leave()


_NEVER: Final = (math.nan, math.nan)
