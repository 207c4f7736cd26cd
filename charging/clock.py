"""SimPy's environment with call-backs at exact times: cheaper than a process where nothing needs to be waited for."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING, Any, Final

import simpy
from simpy.events import EventPriority

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST: Final = EventPriority(0)
"""Guns are freed before vehicles that arrive at the same instant look for one."""
NORMAL: Final = EventPriority(1)


class Call(simpy.Event):
    """An event that calls ``action`` with itself; ``load`` is what it carries."""

    def __init__(self, action: Callable[[Any], None], load: Any) -> None:  # noqa: ANN401 - whatever the action needs
        self.callbacks = [action]
        self.load = load
        self._ok = True
        self._value = None


class Clock(simpy.Environment):
    """An environment that calls back at a given time, not after a delay: no rounding on the way."""

    def call_at(self, time_min: float, priority: EventPriority, action: Callable[[Any], None], load: object) -> None:
        """Call ``action`` with a :class:`Call` at a time that is not before now, minutes."""
        heappush(self._queue, (time_min, priority, next(self._eid), Call(action, load)))
