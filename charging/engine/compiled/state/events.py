"""What is still to come, as a binary heap on an array: the order of events of ``charging.engine.clock``.

Events go by time; at one instant by priority, and of one priority by the order in which they were planned. Requests
that begin on their own stand in a table that is in order already: they go between ``FIRST`` and the other priorities.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from charging.engine.compiled.state.tables import Event
from charging.engine.compiled.state.world import EVENTS, Counter, enlarge
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World

FIRST, NORMAL, LAST = range(3)
"""Priorities, as in ``charging.engine.clock``."""
ARRIVAL, BEGIN, WAIT_END, BOOKING_END, PILE_LEFT, OVERSTAY_END, POWER_DUE, PILE_FAILS, PILE_BACK = range(9)
"""What happens: to a request, at a gun, at a pile or connection of the power kernel, by an outage."""
_TURNS: Final = 2.0**50
"""Events of one priority: a double holds whole numbers up to 2**53, so priority and turn fit one column."""
FIRST_OF_NORMAL: Final = NORMAL * _TURNS
_COLUMNS: Final = len(Event)


@inner
def plan(world: World, time_min: float, priority: int, what: int, subject: int, number: int) -> None:
    """Let something happen at a time that is not before now; never where that is infinite."""
    if time_min == math.inf:
        return
    place = world.counters[Counter.EVENTS]
    if place == len(world.events):
        enlarge(world, EVENTS, 0)
    heap = world.events
    world.counters[Counter.EVENTS] += 1
    turn = priority * _TURNS + world.counters[Counter.PLANNED]
    world.counters[Counter.PLANNED] += 1
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent, Event.TIME_MIN] < time_min or (
            heap[parent, Event.TIME_MIN] == time_min and heap[parent, Event.TURN] < turn
        ):
            break
        for column in range(_COLUMNS):
            heap[place, column] = heap[parent, column]
        place = parent
    heap[place, Event.TIME_MIN] = time_min
    heap[place, Event.TURN] = turn
    heap[place, Event.WHAT] = what
    heap[place, Event.SUBJECT] = subject
    heap[place, Event.NUMBER] = number


@inner
def drop_first(world: World) -> None:
    """Take the first event out of the heap, which holds at least one."""
    heap = world.events
    last = world.counters[Counter.EVENTS] - 1
    world.counters[Counter.EVENTS] = last
    time_min, turn = heap[last, Event.TIME_MIN], heap[last, Event.TURN]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= last:
            break
        other = child + 1
        if other < last and (
            heap[other, Event.TIME_MIN] < heap[child, Event.TIME_MIN]
            or (
                heap[other, Event.TIME_MIN] == heap[child, Event.TIME_MIN]
                and heap[other, Event.TURN] < heap[child, Event.TURN]
            )
        ):
            child = other
        if time_min < heap[child, Event.TIME_MIN] or (
            time_min == heap[child, Event.TIME_MIN] and turn < heap[child, Event.TURN]
        ):
            break
        for column in range(_COLUMNS):
            heap[place, column] = heap[child, column]
        place = child
    for column in range(_COLUMNS):
        heap[place, column] = heap[last, column]
