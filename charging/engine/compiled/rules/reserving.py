"""Guns that are booked for drivers on their way, on arrays, as in ``charging.engine.operation.bookings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.engine.compiled.rules import guns
from charging.engine.compiled.rules.choosing import fit_of
from charging.engine.compiled.rules.prices import is_open
from charging.engine.compiled.state.events import BOOKING_END, FIRST, plan
from charging.engine.compiled.state.tables import Gun, Marks, Times
from charging.engine.compiled.state.world import Counter, Rule
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World


@inner
def book(world: World, request: int, station: int, now: float, arrive_min: float) -> None:
    """Book a free gun of a station that will be open on arrival, if there is one, until the booking ends."""
    gun = guns.best_gun(world, fit_of(world, request, station), request, now)
    if gun < 0 or not is_open(world, station, arrive_min):
        return
    guns.take(world, gun)
    guns.occupy(world, gun)
    world.counters[Counter.BOOKINGS] += 1
    world.marks[request, Marks.BOOKING] = world.counters[Counter.BOOKINGS]
    world.marks[request, Marks.BOOKED_GUN] = gun
    world.times[request, Times.BOOKED_FOR_MIN] = arrive_min
    world.guns[gun, Gun.BOOKED_BY] = request
    end_min = now + world.rules[Rule.BOOKING_MIN]
    if end_min < arrive_min:
        plan(world, end_min, FIRST, BOOKING_END, request, world.counters[Counter.BOOKINGS])


@inner
def end_booking(world: World, request: int) -> int:
    """Forget a driver's booking; return the gun that was kept, 0 for none."""
    gun = world.marks[request, Marks.BOOKED_GUN]
    if gun > 0:
        world.marks[request, Marks.BOOKED_GUN] = 0
        world.guns[gun, Gun.BOOKED_BY] = -1
    return int(gun)


@inner
def first_booked(world: World, first_gun: int, last_gun: int, after: int) -> int:
    """Return the request whose booking at some guns was made first of those made after another; -1 for none."""
    chosen, number = -1, 0
    for gun in range(first_gun, last_gun):
        request = world.guns[gun, Gun.BOOKED_BY]
        if request >= 0:
            booking = world.marks[request, Marks.BOOKING]
            if booking > after and (chosen < 0 or booking < number):
                chosen, number = request, booking
    return int(chosen)
