"""What a driver knows and prefers, on arrays: the choice of :class:`charging.engine.preferences.Preferences`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.engine.compiled.rules.guns import has_free_gun, limit_kw
from charging.engine.compiled.rules.prices import expected_cny, is_open
from charging.engine.compiled.rules.shared import expected_wait_min, in_turn, joint_charge_min, travel_cost_min
from charging.engine.compiled.state import lines
from charging.engine.compiled.state.tables import MEMBER, Fit, Group, Kind, Marks, Station, Times, Visit, Way
from charging.engine.compiled.state.world import Counter, Note, Rule
from charging.power.compiled import inner
from charging.power.records import Battery

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World
    from data.arrays import Floats


@inner
def fit_of(world: World, request: int, station: int) -> int:
    """Return the row of the book of a station for a request."""
    first = world.book[world.marks[request, Marks.KIND], Kind.FIRST_FIT]
    return int(first + station * world.counters[Counter.WISHES])


@inner
def was_tried(world: World, request: int, station: int) -> bool:
    """Return whether a driver has been at a station in vain."""
    visit = world.marks[request, Marks.LAST_VISIT]
    while visit >= 0:
        if int(world.visits[visit, Visit.STATION]) == station:
            return True
        visit = int(world.visits[visit, Visit.BEFORE])
    return False


@inner
def next_way(world: World, request: int, ways: Floats, place: int, last: int, now: float) -> int:
    """Return the first way from ``place`` on to a station that was not tried and is open on arrival in time.

    ``last`` where there is none.
    """
    leave_by, tried = world.times[request, Times.LEAVE_BY_MIN], world.marks[request, Marks.LAST_VISIT] >= 0
    while place < last:
        station, minutes = int(ways[place, Way.STATION]), ways[place, Way.MINUTES]
        if (
            now + minutes < leave_by
            and not (world.rules[Rule.HOURS] > 0.0 and not is_open(world, station, now + minutes))
            and not (tried and was_tried(world, request, station))
        ):
            return place
        place += 1
    return place


@inner
def choose(world: World, request: int, ways: Floats, first: int, last: int, now: float) -> int:
    """Return the way with the least generalised cost as a driver sees it (the first of equals); -1 if none is left."""
    nearest = next_way(world, request, ways, first, last, now)
    if nearest == last:
        return -1
    place = next_way(world, request, ways, nearest + 1, last, now)
    if place == last or world.rules[Rule.BY_TRAVEL] > 0.0:
        return nearest
    margin = world.rules[Rule.INDIFFERENCE_MIN]
    # where fees do not count, no other can be as good as a free gun that is clearly nearest
    if (
        not world.rules[Rule.FEES] > 0.0
        and ways[nearest, Way.MINUTES] + margin < ways[place, Way.MINUTES]
        and has_free_gun(world, fit_of(world, request, int(ways[nearest, Way.STATION])))
    ):
        return nearest
    best, chosen, seen = math.inf, nearest, 0
    notes = world.notes
    place = nearest
    # waits and fees only add to the way: farther stations cannot be as good any more
    while place < last and ways[place, Way.MINUTES] <= best + margin:
        station = int(ways[place, Way.STATION])
        wait_min = wait_seen(world, request, station) if world.rules[Rule.LIVE] > 0.0 else 0.0
        cost = cost_min(world, request, station, ways[place, Way.MINUTES], wait_min, now)
        if cost < best:
            best, chosen = cost, place
        notes[seen, Note.COST_MIN], notes[seen, Note.WAY] = cost, place
        seen += 1
        place = next_way(world, request, ways, place + 1, last, now)
    return chosen if margin == 0.0 else _one_in_turn(world, request, ways, seen, best + margin)


@inner
def _one_in_turn(world: World, request: int, ways: Floats, seen: int, most_min: float) -> int:
    """Return the way, among those noted that cost little more than the best, whose turn it is."""
    good = 0
    notes = world.notes
    for place in range(seen):
        if notes[place, Note.COST_MIN] <= most_min:
            notes[good, Note.WAY] = notes[place, Note.WAY]
            good += 1
    if good == 1:
        return int(notes[0, Note.WAY])
    for place in range(good):
        station = int(ways[int(notes[place, Note.WAY]), Way.STATION])
        notes[place, Note.COST_MIN] = world.book[fit_of(world, request, station), Fit.GUNS]
    turn = in_turn(world.times[request, Times.REQUEST_ID], notes[:good, Note.COST_MIN])
    return int(notes[turn, Note.WAY])


@inner
def prefers_other(world: World, request: int, station: int, ways: Floats, first: int, last: int, now: float) -> bool:
    """Return whether a driver who sees the queue of a station finds another cheaper; the ways are those from here."""
    kind = world.marks[request, Marks.KIND]
    if world.book[kind, Kind.LAST_WAY] - world.book[kind, Kind.FIRST_WAY] == 1:
        return False
    if world.marks[request, Marks.TRIES] >= world.rules[Rule.MAX_TRIES]:
        return False
    here = cost_min(world, request, station, 0.0, wait_seen(world, request, station), now)
    for place in range(first, last):
        other, minutes = int(ways[place, Way.STATION]), ways[place, Way.MINUTES]
        if was_tried(world, request, other) or not is_open(world, other, now + minutes):
            continue
        if minutes >= here:
            return False
        # on the way to others their queues are not seen, so they cost the way and the fee
        if cost_min(world, request, other, minutes, 0.0, now) < here:
            return True
    return False


@inner
def cost_min(world: World, request: int, station: int, minutes: float, wait_min: float, now: float) -> float:
    """Return the generalised cost of a station to a driver, minutes of travel."""
    fee_cny = 0.0
    if world.rules[Rule.FEES] > 0.0 and world.book[station, Station.STAY_FEES] >= 0:
        charge_min = _shortest_charge(world, request, fit_of(world, request, station))
        fee_cny = expected_cny(world, station, asked_kwh(world, request), now + minutes + wait_min, charge_min)
    return travel_cost_min(minutes, wait_min, fee_cny, world.rules[Rule.WAIT_WEIGHT], world.rules[Rule.PRICE_WEIGHT])


@inner
def wait_seen(world: World, request: int, station: int) -> float:
    """Return the wait that a driver expects who sees a station now, minutes."""
    fit = fit_of(world, request, station)
    # who asks for nothing takes no charging time as typical, and expects the queue to be as quick
    if has_free_gun(world, fit) or asked_kwh(world, request) == 0.0:
        return 0.0
    guns, charge_min = _charge_of_all(world, request, fit)
    return expected_wait_min(lines.waiting(world, fit), guns, charge_min)


@inner
def asked_kwh(world: World, request: int) -> float:
    """Return the energy that a request asks for, kWh."""
    gained = world.batteries[request, Battery.TARGET_SOC] - world.batteries[request, Battery.START_SOC]
    return float(world.batteries[request, Battery.CAPACITY_KWH] * gained)


@inner
def _charge_min(world: World, request: int, group: int) -> float:
    """Return how long a driver expects to charge at a group's guns, minutes: at full power."""
    accept_kw = min(world.batteries[request, Battery.ACCEPT_KW], world.batteries[request, Battery.MOST_KW])
    return float(60.0 * asked_kwh(world, request) / min(accept_kw, limit_kw(world, group, request)))


@inner
def _shortest_charge(world: World, request: int, fit: int) -> float:
    """Return how long the charge takes at the fastest guns that suit, minutes."""
    first = world.book[fit, Fit.FIRST_GROUP]
    shortest = math.inf
    for place in range(first, first + world.book[fit, Fit.GROUPS]):
        shortest = min(shortest, _charge_min(world, request, world.book[place, MEMBER]))
    return shortest


@inner
def _charge_of_all(world: World, request: int, fit: int) -> tuple[int, float]:
    """Return how many guns suit, and how long the charge takes at all of them together, minutes.

    Of a charger with guns of several kinds, which serves one vehicle at a time, the faster gun counts.
    """
    first, count = world.book[fit, Fit.FIRST_GROUP], world.book[fit, Fit.GROUPS]
    if count == 1:
        group = world.book[first, MEMBER]
        return int(world.groups[group, Group.USABLE]), _charge_min(world, request, group)
    kinds = _note_kinds(world, request, first, first + count)
    notes = world.notes
    if kinds == 1:
        return int(notes[0, Note.GUNS]), notes[0, Note.CHARGE_MIN]
    total = 0
    for kind in range(kinds):
        total += int(notes[kind, Note.GUNS])
    return total, joint_charge_min(notes[:kinds, Note.GUNS], notes[:kinds, Note.CHARGE_MIN])


@inner
def _note_kinds(world: World, request: int, first: int, last: int) -> int:
    """Note how many guns of each kind suit and how long the charge takes there; return how many kinds there are."""
    notes, kinds = world.notes, 0
    # groups on their own come first, then chargers: sums go in the same order in both engines
    for place in range(first, last):
        group = world.book[place, MEMBER]
        if world.groups[group, Group.CHARGER] < 0:
            notes[kinds, Note.GUNS] = world.groups[group, Group.USABLE]
            notes[kinds, Note.CHARGE_MIN] = _charge_min(world, request, group)
            kinds += 1
    for place in range(first, last):
        charger = world.groups[world.book[place, MEMBER], Group.CHARGER]
        if charger < 0 or _is_listed(world, first, place, charger):
            continue
        notes[kinds, Note.CHARGE_MIN] = math.inf
        for other in range(place, last):
            group = world.book[other, MEMBER]
            minutes = _charge_min(world, request, group)
            if world.groups[group, Group.CHARGER] == charger and minutes < notes[kinds, Note.CHARGE_MIN]:
                notes[kinds, Note.CHARGE_MIN], notes[kinds, Note.GUNS] = minutes, world.groups[group, Group.USABLE]
        kinds += 1
    return kinds


@inner
def _is_listed(world: World, first: int, place: int, charger: int) -> bool:
    """Return whether a group before ``place`` in a list of groups belongs to a charger."""
    for before in range(first, place):  # noqa: SIM110 - numba compiles no any() of a generator
        if world.groups[world.book[before, MEMBER], Group.CHARGER] == charger:
            return True
    return False
