"""Guns that come free are handed over to who waits, and piles fail and come back, as in ``charging.engine.network``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.engine.compiled.rules import guns
from charging.engine.compiled.rules.choosing import fit_of
from charging.engine.compiled.rules.drivers import plugs, renege
from charging.engine.compiled.rules.prices import is_open
from charging.engine.compiled.rules.reserving import book, end_booking, first_booked
from charging.engine.compiled.state import lines
from charging.engine.compiled.state.tables import Group, Gun, Marks, Outage, Times
from charging.engine.compiled.state.world import Counter, Note, Rule
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World


@inner
def give_back(world: World, gun: int, now: float) -> None:
    """Free a gun, and call the next vehicle."""
    guns.give(world, gun)
    call_next(world, gun, now)


@inner
def call_next(world: World, gun: int, now: float) -> None:
    """Call vehicles to a gun that became free, and to those that its charger could not give until now."""
    group = world.guns[gun, Gun.GROUP]
    if world.groups[group, Group.OTHERS] == 0:
        free(world, group, now)
        return
    back = guns.vacate(world, gun)
    if back == 0:
        free(world, group, now)
        return
    notes = world.notes
    # who waits longest goes first, whatever the kind of gun; of equals the gun that became free
    for place in range(back + 1):
        each = group if place == 0 else int(notes[place, Note.GROUP])
        request = lines.first_of(world, each)
        first, second = math.inf, math.inf
        if request >= 0:
            first = -float(world.marks[request, Marks.PRIORITY]) if world.rules[Rule.BY_PRIORITY] > 0.0 else 0.0
            second = world.times[request, Times.ARRIVE]
        before = place
        while before > 0 and (
            notes[before - 1, Note.PRIORITY] > first
            or (notes[before - 1, Note.PRIORITY] == first and notes[before - 1, Note.ARRIVE_MIN] > second)
        ):
            notes[before, Note.GROUP] = notes[before - 1, Note.GROUP]
            notes[before, Note.PRIORITY] = notes[before - 1, Note.PRIORITY]
            notes[before, Note.ARRIVE_MIN] = notes[before - 1, Note.ARRIVE_MIN]
            before -= 1
        notes[before, Note.GROUP], notes[before, Note.PRIORITY], notes[before, Note.ARRIVE_MIN] = each, first, second
    for place in range(back + 1):
        free(world, int(notes[place, Note.GROUP]), now)


@inner
def free(world: World, group: int, now: float) -> None:
    """Call the next vehicle in the queue to a gun that has become free, if it may be used."""
    station = world.groups[group, Group.STATION]
    if world.rules[Rule.HOURS] > 0.0 and not is_open(world, station, now):
        return
    request = lines.first_of(world, group)
    # a gun that comes free in the instant in which a driver has to leave is for the next one
    while request >= 0 and world.times[request, Times.LEAVE_BY_MIN] <= now:
        renege(world, request, now)
        request = lines.first_of(world, group)
    if request >= 0:
        fit = fit_of(world, request, station)
        if plugs(world, request, fit, now):
            lines.leave(world, fit, request)


@inner
def fail(world: World, outage: int, now: float) -> None:
    """Put a pile out of service; drivers who booked a gun there book another that is free now."""
    group, pile = int(world.reals[outage, Outage.GROUP]), int(world.reals[outage, Outage.PILE])
    guns.take_out(world, group, pile)
    first_gun = world.groups[group, Group.FIRST_GUN] + pile * world.groups[group, Group.GUNS_PER_PILE]
    last_gun = first_gun + world.groups[group, Group.GUNS_PER_PILE]
    made = world.counters[Counter.BOOKINGS]
    request = first_booked(world, first_gun, last_gun, 0)
    while request >= 0 and world.marks[request, Marks.BOOKING] <= made:
        number = world.marks[request, Marks.BOOKING]
        gun = end_booking(world, request)
        give_back(world, gun, now)
        book(world, request, world.groups[group, Group.STATION], now, world.times[request, Times.BOOKED_FOR_MIN])
        request = first_booked(world, first_gun, last_gun, number)


@inner
def bring_back(world: World, outage: int, now: float) -> None:
    """Put a pile back into service; each of its guns may serve one vehicle of the queue."""
    group, pile = int(world.reals[outage, Outage.GROUP]), int(world.reals[outage, Outage.PILE])
    if guns.bring_back(world, group, pile):
        for _ in range(world.groups[group, Group.GUNS_PER_PILE]):
            free(world, group, now)
