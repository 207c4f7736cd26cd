"""The event loop of the compiled engine: what ``charging.engine.network`` does on SimPy's clock, on arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.engine.compiled.rules import guns
from charging.engine.compiled.rules.charges import advance, end_shared, keep_log, plug
from charging.engine.compiled.rules.choosing import fit_of
from charging.engine.compiled.rules.drivers import arrive, note_visit, renege, set_out
from charging.engine.compiled.rules.handover import bring_back, call_next, fail, give_back
from charging.engine.compiled.rules.reserving import end_booking
from charging.engine.compiled.state import lines
from charging.engine.compiled.state.events import (
    ARRIVAL,
    BEGIN,
    FIRST,
    FIRST_OF_NORMAL,
    OVERSTAY_END,
    PILE_BACK,
    PILE_FAILS,
    PILE_LEFT,
    POWER_DUE,
    WAIT_END,
    drop_first,
    plan,
)
from charging.engine.compiled.state.pointer import with_boxes
from charging.engine.compiled.state.tables import Entry, Event, Marks, Outage, Times, Visit, Way
from charging.engine.compiled.state.world import SEGMENTS, VISITS, Counter, Note, World
from charging.engine.ends.reasons import NO_GUNS
from charging.engine.log import UNFINISHED
from charging.power.compiled import compiled, inner
from charging.power.records import Battery, ChargingSegment

if TYPE_CHECKING:
    from data.arrays import Floats

_ROOM: Final = 1024
"""Rows of a box at the start; it grows where they do not do."""
_EVENT_COLUMNS: Final = len(Event)
_ENTRY_COLUMNS: Final = len(Entry)
_VISIT_COLUMNS: Final = len(Visit)
_WAY_COLUMNS: Final = len(Way)
_SEGMENT_COLUMNS: Final = len(ChargingSegment)


@compiled
def run(state: World, roots: int) -> tuple[float, Floats, Floats]:
    """Simulate until nothing is left; return the time of the last event, the visits in vain and the charging segments.

    The arrays of the state are written to. ``roots`` requests begin on their own, the others follow them. At equal
    times events with ``FIRST`` go before those that begin, others after.
    """
    # boxes are made here: what grows in a list that Python made would not come back to it; memory that is not written
    # to costs nothing, and most charges leave one or two segments
    boxes = [
        np.empty((_ROOM, _EVENT_COLUMNS)),
        np.empty((_ROOM, _ENTRY_COLUMNS)),
        np.empty((_ROOM, _VISIT_COLUMNS)),
        np.empty((_ROOM, _WAY_COLUMNS)),
        np.empty((_ROOM + 2 * len(state.times), _SEGMENT_COLUMNS)),
    ]
    world = with_boxes(state, boxes)
    now = _run(world, roots)
    keep_log(world)
    end_waits(world, now)
    visits, segments = world.counters[Counter.VISITS], world.counters[Counter.SEGMENTS]
    return now, boxes[VISITS][:visits], boxes[SEGMENTS][:segments]


@inner
def _run(world: World, roots: int) -> float:
    """Let all events happen, one after the other; return the time of the last one."""
    for outage in range(world.counters[Counter.FIRST_OUTAGE], world.counters[Counter.LAST_OUTAGE]):
        plan(world, world.reals[outage, Outage.START_MIN], FIRST, PILE_FAILS, outage, 0)
        plan(world, world.reals[outage, Outage.END_MIN], FIRST, PILE_BACK, outage, 0)
    now, request = 0.0, 0
    while True:
        due = world.times[request, Times.SETS_OUT_MIN] if request < roots else math.inf
        if world.counters[Counter.EVENTS] > 0:
            events = world.events
            time_min = events[0, Event.TIME_MIN]
            if time_min < due or (time_min == due and events[0, Event.TURN] < FIRST_OF_NORMAL):
                what, subject = int(events[0, Event.WHAT]), int(events[0, Event.SUBJECT])
                number = int(events[0, Event.NUMBER])
                now = time_min
                drop_first(world)
                happen(world, what, subject, number, now)
                continue
        if request == roots:
            break
        now = due
        set_out(world, request, now)
        request += 1
    return now


@inner
def happen(world: World, what: int, subject: int, number: int, now: float) -> None:
    """Let an event happen at guns; the others are to drivers."""
    if what == POWER_DUE:
        notes = world.notes
        for place in range(advance(world, subject, number, now)):
            _end_charge(world, int(notes[place, Note.REQUEST]), int(notes[place, Note.GUN]), now)
    elif what in (PILE_LEFT, OVERSTAY_END):
        give_back(world, subject, now)
    elif what == PILE_FAILS:
        fail(world, subject, now)
    elif what == PILE_BACK:
        bring_back(world, subject, now)
    else:
        _happen_to(world, what, subject, number, now)


@inner
def _happen_to(world: World, what: int, request: int, number: int, now: float) -> None:
    """Let an event happen to a driver."""
    if what == ARRIVAL:
        _arrive_after_drive(world, request, now)
    elif what == BEGIN:
        _begin(world, request, now)
    elif what == WAIT_END:
        # an earlier wait may have left an event: the tries tell them apart
        if world.marks[request, Marks.WAITS_AT] >= 0 and world.marks[request, Marks.TRIES] == number:
            renege(world, request, now)
    elif world.marks[request, Marks.BOOKING] == number:
        gun = end_booking(world, request)
        if gun > 0:
            give_back(world, gun, now)


@inner
def _end_charge(world: World, request: int, gun: int, now: float) -> None:
    """End a charge at a pile that is shared."""
    if end_shared(world, request, gun, now):
        guns.release(world, gun)
        call_next(world, gun, now)


@inner
def _arrive_after_drive(world: World, request: int, now: float) -> None:
    """Reach a station after a drive."""
    world.times[request, Times.ARRIVE] = now
    gun = end_booking(world, request)
    if gun > 0:
        guns.vacate(world, gun)  # until the driver plugs in, in this instant
        plug(world, request, gun, now)
    else:
        arrive(world, request, world.marks[request, Marks.HEADING], now)


@inner
def _begin(world: World, request: int, now: float) -> None:
    """Start a driver who comes back."""
    world.times[request, Times.BEGIN] = world.times[request, Times.ARRIVE] = now
    if world.batteries.shape[1] > Battery.LEAVE_MIN:
        world.times[request, Times.LEAVE_BY_MIN] += world.times[request, Times.BASE_MIN]
        world.batteries[request, Battery.LEAVE_MIN] = world.times[request, Times.LEAVE_BY_MIN]
    set_out(world, request, now)


@inner
def end_waits(world: World, now: float) -> None:
    """End the waits of those who still stand in a queue when nothing happens any more: the guns never came back."""
    for request in range(len(world.marks)):
        station = world.marks[request, Marks.WAITS_AT]
        if station >= 0:
            lines.leave(world, fit_of(world, request, station), request)
            world.times[request, Times.LOST_MIN] += now - world.times[request, Times.ARRIVE]
            world.marks[request, Marks.STATION] = station
            world.marks[request, Marks.OUTCOME], world.marks[request, Marks.REASON] = UNFINISHED, NO_GUNS
            note_visit(world, request, station, UNFINISHED, now)
