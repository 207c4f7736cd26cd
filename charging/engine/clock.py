"""SimPy's environment with call-backs at exact times: cheaper than a process where nothing needs to be waited for."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, Protocol

import simpy
from simpy.events import EventPriority

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    Waits = Generator[float | simpy.Event | None, Any, None]

FIRST: Final = EventPriority(0)
"""Guns are freed before vehicles that arrive at the same instant look for one."""
NORMAL: Final = EventPriority(1)
LAST: Final = EventPriority(2)
"""Patience ends after the vehicles that arrive at the same instant have seen the queue."""


class Call:
    """What the clock calls: ``action`` with this call, which carries a ``load``. SimPy takes it for an event.

    A call may stand in the queue again and again; :meth:`Clock.keep` is for those that wait for that outside the queue.
    """

    __slots__ = ("action", "load")
    _ok = True

    def __init__(self, action: Callable[[Any], None], load: Any) -> None:  # noqa: ANN401 - whatever the action needs
        self.action = action
        self.load = load

    @property
    def callbacks(self) -> list[Callable[[Any], None]]:
        """Return the action as SimPy expects it."""
        return [self.action]

    @callbacks.setter
    def callbacks(self, _: None) -> None:
        """Let SimPy mark the event as processed."""


class Task(Call):
    """A generator on the clock, made by :meth:`Clock.start`: a process of SimPy's, but a wait costs one call.

    It yields minutes to wait, events of SimPy's to wait for, or None where others put it on the clock again.
    """

    __slots__ = ("_clock", "_ended", "_generator", "_over")

    def __init__(self, clock: Clock, generator: Waits) -> None:
        super().__init__(self._go_on, None)
        self._clock = clock
        self._generator = generator
        self._ended: simpy.Event | None = None
        self._over = False

    @property
    def ended(self) -> simpy.Event:
        """Return the event that succeeds when the generator has ended; made for those who ask, which few do."""
        if self._ended is None:
            self._ended = self._clock.event()
            if self._over:
                self._ended.succeed()
        return self._ended

    def drop(self) -> None:
        """End the generator where it waits: what it holds and what holds the task no longer point at each other."""
        self._generator.close()
        self.action = _nothing

    def _go_on(self, call: Call | simpy.Event) -> None:
        """Let the generator go on until it waits again."""
        # an event may have others to call after this task, who would then come too late
        alone = call is self
        for wait in self._generator:
            if wait is None:
                return
            if not isinstance(wait, simpy.Event):
                time_min = self._clock.minute + wait
                if alone and self._clock.passes(time_min):
                    continue
                # as a timeout of SimPy's would stand in the queue
                self._clock.put(time_min, NORMAL, self)
                return
            if wait.callbacks is not None:
                wait.callbacks.append(self._go_on)
                return
            # it has happened before: nothing to wait for
        self._over = True
        if self._ended is not None:
            self._ended.succeed()


def _nothing(_: Call) -> None:
    """Do nothing: what a call does on a clock that was stopped."""


class Beside(Protocol):
    """What happens beside the queue of a clock, in the order in which calls would: see :meth:`Clock.run_beside`."""

    @property
    def next_min(self) -> float:
        """Return when the next of it happens; infinite where nothing is to come."""

    def happen(self, until_min: float, order: float, new: int) -> tuple[float, Call] | None:
        """Let happen what comes before a time and order, up to the first that brings a call about.

        Of one minute what has the lower order comes first; what is put off from here on has the order ``new``. Return
        the call with its time; None where there is none.
        """


class Clock(simpy.Environment):
    """An environment that calls back at a given time, not after a delay: no rounding on the way.

    ``minute`` is the time of the call that is being processed, an attribute because it is read often.
    """

    minute: float = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Call] = []
        # before this time nothing comes that does not stand in the queue; outside of a loop nobody knows
        self._queue_alone_min = -math.inf

    def keep(self, call: Call) -> None:
        """Mind a call that is used again and again, so that :meth:`stop` reaches it outside the queue too."""
        self._kept.append(call)

    def start(self, generator: Waits) -> Task:
        """Start a generator that yields what it waits for (`Task`); it begins before anything else now."""
        task = Task(self, generator)
        self.put(self.now, FIRST, task)
        return task

    def succeed_at(self, time_min: float, event: simpy.Event) -> None:
        """Let an event succeed at a time that is not before now, minutes: without the rounding of a delay."""
        event._ok, event._value = True, None  # noqa: SLF001 - as `Event.succeed` does, which knows no time but now
        heappush(self._queue, (time_min, NORMAL, next(self._eid), event))

    def step(self) -> None:
        """Let the next thing happen, as SimPy does."""
        queue = self._queue
        if queue:
            time_min, _, _, event = queue[0]
            self.minute = time_min
            if isinstance(event, Call):
                # as below, without the list of callbacks that SimPy empties
                heappop(queue)
                self._now = time_min
                event.action(event)
                return
        super().step()

    def stop(self) -> None:
        """Drop what is still to come, and let kept calls do nothing.

        Calls point back at the model that they act on; after this the clock does not, and a model of a year's size is
        freed as soon as its caller lets go of it.
        """
        self._queue.clear()
        for call in self._kept:
            call.action = _nothing
        self._kept.clear()

    def call_at(self, time_min: float, priority: EventPriority, action: Callable[[Any], None], load: object) -> None:
        """Call ``action`` with a :class:`Call` at a time that is not before now, minutes."""
        # not by way of `put`: there are tens of thousands a run, and each layer takes a tenth of a microsecond
        heappush(self._queue, (time_min, priority, next(self._eid), Call(action, load)))  # type: ignore[misc] # as `put`

    def put(self, time_min: float, priority: EventPriority, call: Call, *, order: int | None = None) -> None:
        """Let a call happen at a time that is not before now, minutes; the same call may stand in the queue again.

        With an `order` that was asked for it comes as if it had been put on the clock then.
        """
        place = next(self._eid) if order is None else order
        heappush(self._queue, (time_min, priority, place, call))  # type: ignore[misc] # stub: events alone

    def order(self) -> int:
        """Return the order of what is put on the clock now, beside its queue: after all that was put there before."""
        return next(self._eid)

    def mind(self, time_min: float) -> None:
        """Let nobody move on beyond a time without the queue: something happens then beside it."""
        self._queue_alone_min = min(self._queue_alone_min, time_min)

    def passes(self, time_min: float) -> bool:
        """Move on to a time where nothing comes before it; return whether. For the last who acts on a call alone.

        What would be the first of the queue need not go through it.
        """
        if time_min < self._queue_alone_min and not (self._queue and self._queue[0][0] <= time_min):
            self._now = self.minute = time_min
            return True
        return False

    def follow(self, call: Call) -> None:
        """Let a call happen at this minute, after what stands in the queue for it. For the last who acts on a call."""
        if self.passes(self.minute):
            call.action(call)
        else:
            self.put(self.minute, NORMAL, call)

    def run_with(self, times_min: Sequence[float], action: Callable[[int], None]) -> None:
        """Run until nothing is left, and call ``action`` with its number at each of the times on the way.

        The times are known and in order, so they need not stand in the queue. At equal times calls with ``FIRST`` go
        before, others after.
        """
        # SimPy's own loop would cost a generator and an event per request
        for number, due in enumerate(times_min):
            self._run_to(due)
            self._now = self.minute = due
            action(number)
        self._run_to(math.inf)

    def run_before(self, end_min: float) -> None:
        """Run what comes before a time, and put the clock there: as ``run(until=end_min)``, without its loop.

        With an infinite time all is run, and the clock stays where the last call was.
        """
        self._run_to(end_min)
        if end_min < math.inf:
            self._now = self.minute = end_min

    def run_until(self, event: simpy.Event) -> None:
        """Run until an event has happened or nothing is left: as ``run(until=event)``, without its loop."""
        queue = self._queue
        while queue and event.callbacks is not None:
            self.step()

    def run_beside(self, beside: Beside) -> None:
        """Run until nothing is left in the queue nor beside it."""
        queue = self._queue
        try:
            while True:
                next_min, found = beside.next_min, None
                if queue:
                    until_min, priority, order, _ = queue[0]
                elif next_min < math.inf:
                    until_min, priority, order = math.inf, LAST, 0
                else:
                    return
                if next_min <= until_min:
                    rank = order if priority == NORMAL else math.inf * (priority - NORMAL)
                    found = beside.happen(until_min, rank, self.order())
                    next_min = beside.next_min
                self._queue_alone_min = next_min
                if found is not None:
                    self._now = self.minute = found[0]
                    found[1].action(found[1])
                elif queue:
                    self.step()
        finally:
            self._queue_alone_min = -math.inf

    def _run_to(self, due: float) -> None:
        """Run what comes before a time, and at that time what has ``FIRST``."""
        queue = self._queue
        self._queue_alone_min = due
        try:
            while queue:
                entry = queue[0]
                time_min = entry[0]
                if time_min >= due and (time_min > due or entry[1] >= NORMAL):
                    return
                event: Any = entry[3]
                if isinstance(event, Call):
                    heappop(queue)
                    self._now = self.minute = time_min
                    event.action(event)
                else:
                    # an event of SimPy's own: a process or a timeout of another model on the same clock
                    self.step()
        finally:
            self._queue_alone_min = -math.inf
