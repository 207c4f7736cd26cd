"""Drivers on arrays: they set out, arrive, queue, give up and drive on, as in ``charging.engine.network``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.engine.compiled.rules import guns
from charging.engine.compiled.rules.charges import call_followers, plug
from charging.engine.compiled.rules.choosing import choose, fit_of, prefers_other
from charging.engine.compiled.rules.prices import closes_after, is_open
from charging.engine.compiled.rules.reserving import book
from charging.engine.compiled.rules.shared import balks
from charging.engine.compiled.state import lines
from charging.engine.compiled.state.events import ARRIVAL, LAST, NORMAL, WAIT_END, plan
from charging.engine.compiled.state.tables import Kind, Marks, Times, Visit, Way
from charging.engine.compiled.state.ways import ways_from
from charging.engine.compiled.state.world import VISITS, Counter, Rule, enlarge
from charging.engine.ends.reasons import (
    CLOSED,
    HAD_TO_LEAVE,
    NONE_IN_REACH,
    OUT_OF_PATIENCE,
    QUEUE_TOO_LONG,
)
from charging.engine.log import BALKED, RENEGED, UNSERVED
from charging.engine.visits.refused import CLOSED as CLOSED_VISIT
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World
    from data.arrays import Floats

_NOT_ARRIVED = -1


@inner
def set_out(world: World, request: int, now: float) -> None:
    """Start a driver."""
    kind = world.marks[request, Marks.KIND]
    first, last = world.book[kind, Kind.FIRST_WAY], world.book[kind, Kind.LAST_WAY]
    chosen = choose(world, request, world.reals, first, last, now)
    if chosen < 0:
        _end_unserved(world, request, UNSERVED, now)
        return
    station = _drive(world, request, world.reals, chosen, now)
    if station != _NOT_ARRIVED:
        arrive(world, request, station, now)


@inner
def arrive(world: World, request: int, station: int, now: float) -> None:
    """Take a free gun, queue, or drive on; at no distance the next station is reached at once."""
    while station != _NOT_ARRIVED:
        fit = fit_of(world, request, station)
        if world.rules[Rule.HOURS] > 0.0 and not is_open(world, station, now):
            world.marks[request, Marks.REASON] = CLOSED
        elif plugs(world, request, fit, now):
            return
        elif not _turns_from_queue(world, request, station, fit, now):
            _join(world, request, station, fit, now)
            return
        else:
            world.marks[request, Marks.REASON] = QUEUE_TOO_LONG
        station = turn_away(world, request, station, BALKED, now)


@inner
def plugs(world: World, request: int, fit: int, now: float) -> bool:
    """Plug in at the free gun with the most power now for a vehicle; return whether there was one."""
    gun = guns.best_gun(world, fit, request, now)
    if gun < 0:
        return False
    guns.take(world, gun)
    plug(world, request, gun, now)
    return True


@inner
def _turns_from_queue(world: World, request: int, station: int, fit: int, now: float) -> bool:
    """Return whether a driver who sees a queue drives on."""
    if balks(lines.waiting(world, fit), world.times[request, Times.MAX_QUEUE]):
        return True
    if not world.rules[Rule.SEES_QUEUES] > 0.0:
        return False
    first, last = ways_from(world, request, station)
    return prefers_other(world, request, station, world.onward, first, last, now)


@inner
def _join(world: World, request: int, station: int, fit: int, now: float) -> None:
    """Join the queue of a station, and mind the driver's patience."""
    lines.join(world, fit, request, station)
    # a station that closes sends those in the queue away
    end = min(now + world.times[request, Times.PATIENCE_MIN], world.times[request, Times.LEAVE_BY_MIN])
    if world.rules[Rule.HOURS] > 0.0:
        end = min(end, closes_after(world, station, now))
    plan(world, end, LAST, WAIT_END, request, world.marks[request, Marks.TRIES])


@inner
def turn_away(world: World, request: int, station: int, refusal: int, now: float) -> int:
    """Send a driver on from a station that was tried in vain; return the next one if it is reached at once, else -1."""
    closed = world.rules[Rule.HOURS] > 0.0 and not is_open(world, station, now)
    note_visit(world, request, station, CLOSED_VISIT if closed else refusal, now)
    world.marks[request, Marks.STATION] = station
    chosen = -1
    if world.marks[request, Marks.TRIES] < world.rules[Rule.MAX_TRIES]:
        first, last = ways_from(world, request, station)
        chosen = choose(world, request, world.onward, first, last, now)
    if chosen < 0:
        _end_unserved(world, request, refusal, now)
        return _NOT_ARRIVED
    world.marks[request, Marks.TRIES] += 1
    following = _drive(world, request, world.onward, chosen, now)
    if following != _NOT_ARRIVED:
        world.times[request, Times.ARRIVE] = now
    return following


@inner
def _drive(world: World, request: int, ways: Floats, way: int, now: float) -> int:
    """Drive to a station; return it if it is reached at once, else -1. Where guns are reserved, book one on the way."""
    station, minutes = int(ways[way, Way.STATION]), ways[way, Way.MINUTES]
    world.times[request, Times.TRAVEL_KM] += ways[way, Way.KM]
    if minutes <= 0.0:
        return station
    world.times[request, Times.TRAVEL_MIN] += minutes
    world.marks[request, Marks.HEADING] = station
    if world.rules[Rule.RESERVATION] > 0.0:
        book(world, request, station, now, now + minutes)
    plan(world, now + minutes, NORMAL, ARRIVAL, request, 0)
    return _NOT_ARRIVED


@inner
def note_visit(world: World, request: int, station: int, end: int, now: float) -> None:
    """Note that a driver leaves a station without having charged."""
    visit = world.counters[Counter.VISITS]
    world.counters[Counter.VISITS] += 1
    if visit == len(world.visits):
        enlarge(world, VISITS, 0)
    visits = world.visits
    visits[visit, Visit.REQUEST], visits[visit, Visit.STATION], visits[visit, Visit.END] = request, station, end
    visits[visit, Visit.TRY] = world.marks[request, Marks.TRIES]
    visits[visit, Visit.BEFORE] = world.marks[request, Marks.LAST_VISIT]
    visits[visit, Visit.ARRIVE_MIN], visits[visit, Visit.LEAVE_MIN] = world.times[request, Times.ARRIVE], now
    world.marks[request, Marks.LAST_VISIT] = visit


@inner
def _end_unserved(world: World, request: int, refusal: int, now: float) -> None:
    """End the story of a request that is not served."""
    tried = world.marks[request, Marks.LAST_VISIT] >= 0
    # a driver who tried one station says why it failed; after several, or none, the request is unserved
    world.marks[request, Marks.OUTCOME] = refusal if world.marks[request, Marks.TRIES] == 1 else UNSERVED
    world.times[request, Times.END] = now
    if not tried:
        world.marks[request, Marks.TRIES] = 0
        world.marks[request, Marks.REASON] = _why_none(world, request, now)
    call_followers(world, request, now)


@inner
def _why_none(world: World, request: int, now: float) -> int:
    """Return the code of the reason why a driver sets out to no station."""
    kind = world.marks[request, Marks.KIND]
    first, last = world.book[kind, Kind.FIRST_WAY], world.book[kind, Kind.LAST_WAY]
    if first == last:
        return NONE_IN_REACH
    # the nearest comes first: who is late there is late everywhere
    late = now + world.reals[first, Way.MINUTES] >= world.times[request, Times.LEAVE_BY_MIN]
    return HAD_TO_LEAVE if late else CLOSED


@inner
def end_wait(world: World, request: int, now: float) -> int:
    """Let a driver give up a queue; return the next station if it is reached at once, else -1."""
    station = world.marks[request, Marks.WAITS_AT]
    lines.leave(world, fit_of(world, request, station), request)
    world.times[request, Times.LOST_MIN] += now - world.times[request, Times.ARRIVE]
    world.marks[request, Marks.STATION] = station
    if world.times[request, Times.LEAVE_BY_MIN] <= now:
        world.marks[request, Marks.REASON] = HAD_TO_LEAVE
    else:
        world.marks[request, Marks.REASON] = OUT_OF_PATIENCE if is_open(world, station, now) else CLOSED
    return turn_away(world, request, station, RENEGED, now)


@inner
def renege(world: World, request: int, now: float) -> None:
    """Let a driver give up a queue, and see what comes of it."""
    following = end_wait(world, request, now)
    if following != _NOT_ARRIVED:
        arrive(world, request, following, now)
