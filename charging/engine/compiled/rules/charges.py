"""Charges on arrays: a vehicle plugs in, time goes on at shared piles, a charge ends, the log is kept short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.engine.compiled.rules.guns import limit_kw, occupy
from charging.engine.compiled.rules.prices import overstay_min
from charging.engine.compiled.state.events import (
    BEGIN,
    FIRST,
    NORMAL,
    OVERSTAY_END,
    PILE_LEFT,
    POWER_DUE,
    plan,
)
from charging.engine.compiled.state.tables import DUE_MIN, Group, Gun, Marks, Times
from charging.engine.compiled.state.world import SEGMENTS, Counter, Note, Rule, enlarge
from charging.engine.demand import one_charge_min
from charging.power import changes
from charging.power.compiled import inner
from charging.power.records import FIRST_GUN_ROW, HEADER, SEGMENTS_IN_ROW, Battery, Header, Pile
from charging.power.records import Gun as PowerGun

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World


@inner
def plug(world: World, request: int, gun: int, now: float) -> None:
    """Start charging at a gun that was taken."""
    world.times[request, Times.PLUG] = now
    world.marks[request, Marks.GUN] = gun
    if world.groups[world.guns[gun, Gun.GROUP], Group.DC] > 0:
        # who could have taken another current overstays as drivers do at this one
        minutes = world.times[request, Times.OVERSTAY_DC_MIN]
        world.times[request, Times.OVERSTAY_MIN] = world.batteries[request, Battery.OVERSTAY_MIN] = minutes
    if world.groups[world.guns[gun, Gun.GROUP], Group.ALONE] > 0:
        _start_alone(world, request, gun, now)
        return
    _make_room(world)
    following = changes.plug(world.rows, world.curves, world.batteries, gun, request, now)
    if world.rules[Rule.STANDING] > 0.0:
        occupy(world, gun)
    # piles behind a connection change together
    pile = int(world.rows[gun, PowerGun.PILE])
    connection = int(world.rows[pile, Pile.CONNECTION])
    row = pile if connection < 0 else connection
    if world.rows[row, DUE_MIN] != following:
        world.rows[row, DUE_MIN] = following
        plan(world, following, FIRST, POWER_DUE, row, int(connection < 0))


@inner
def _start_alone(world: World, request: int, gun: int, now: float) -> None:
    """Start charging at a pile that shares with nobody: when the vehicle leaves is known at once."""
    group = world.guns[gun, Gun.GROUP]
    minutes = one_charge_min(world.curves, world.batteries, request, limit_kw(world, group, request))
    if world.rules[Rule.STANDING] > 0.0:
        occupy(world, gun)
        mind_fee(world, request, world.groups[group, Group.STATION], now + minutes)
    world.times[request, Times.END] = now + minutes
    leave = now + minutes + world.times[request, Times.OVERSTAY_MIN]
    leave = min(leave, world.times[request, Times.LEAVE_BY_MIN])
    plan(world, leave, FIRST, PILE_LEFT, gun, 0)
    call_followers(world, request, leave)


@inner
def mind_fee(world: World, request: int, station: int, full_min: float) -> None:
    """Let a driver stay less long after the charge where that costs a fee."""
    if world.rules[Rule.IDLE_FEES] > 0.0:
        wished = world.times[request, Times.OVERSTAY_MIN]
        world.times[request, Times.OVERSTAY_MIN] = overstay_min(world, station, wished, full_min)


@inner
def call_followers(world: World, request: int, end_min: float) -> None:
    """Let the requests that follow one begin some time after its end."""
    follower = world.marks[request, Marks.FIRST_FOLLOWER]
    while follower >= 0:
        world.times[follower, Times.BASE_MIN] = end_min
        plan(world, end_min + world.times[follower, Times.SETS_OUT_MIN], NORMAL, BEGIN, follower, 0)
        follower = world.marks[follower, Marks.NEXT_FOLLOWER]


@inner
def advance(world: World, row: int, is_pile: int, now: float) -> int:
    """Let time go on at a shared pile or connection; note the requests that are full, and their guns.

    Return how many there are. Nothing happens where the division was changed since the event was planned.
    """
    if world.rows[row, DUE_MIN] != now:
        return 0
    _make_room(world)
    if is_pile > 0:
        gun, following = changes.advance_pile(world.rows, world.curves, row, now)
    else:
        gun, following = changes.advance_connection(world.rows, world.curves, row, now)
    world.rows[row, DUE_MIN] = following
    plan(world, following, FIRST, POWER_DUE, row, is_pile)
    # a gun, -1 for none, or minus their number
    full = 1 if gun > 0 else -gun if gun < -1 else 0
    for place in range(full):
        full_gun = int(world.rows[FIRST_GUN_ROW + place, PowerGun.FULL_LIST])
        # noted before anybody plugs in again at one of them
        world.notes[place, Note.REQUEST] = world.rows[full_gun, PowerGun.REQUEST]
        world.notes[place, Note.GUN] = full_gun
    return full


@inner
def end_shared(world: World, request: int, gun: int, now: float) -> bool:
    """End a charge at a pile that is shared; return whether the vehicle leaves at once, not after an overstay."""
    world.times[request, Times.END] = now
    if world.rules[Rule.STANDING] > 0.0:
        mind_fee(world, request, world.groups[world.guns[gun, Gun.GROUP], Group.STATION], now)
    # the power went to the others already; what an overstay keeps is the gun
    overstay, leave_by = world.times[request, Times.OVERSTAY_MIN], world.times[request, Times.LEAVE_BY_MIN]
    leave = min(now + overstay, leave_by)
    call_followers(world, request, leave)
    if overstay > 0.0 and leave_by > now:
        plan(world, leave, FIRST, OVERSTAY_END, gun, 0)
        return False
    return True


@inner
def _make_room(world: World) -> None:
    """Keep room in the power kernel's log for what one event adds."""
    room = SEGMENTS_IN_ROW * (len(world.rows) - int(world.rows[HEADER, Header.LOG_ROW]))
    if world.rows[HEADER, Header.SEGMENTS] + world.rows[HEADER, Header.ROOM] > room:
        keep_log(world)


@inner
def keep_log(world: World) -> None:
    """Move the charging segments in the power kernel's log to the others."""
    first, count = int(world.rows[HEADER, Header.LOG_ROW]), int(world.rows[HEADER, Header.SEGMENTS])
    before = world.counters[Counter.SEGMENTS]
    if before + count > len(world.segments):
        enlarge(world, SEGMENTS, count)
    kept = world.segments
    columns = kept.shape[1]
    for number in range(count):
        row, place = first + number // SEGMENTS_IN_ROW, columns * (number % SEGMENTS_IN_ROW)
        for column in range(columns):
            kept[before + number, column] = world.rows[row, place + column]
    world.counters[Counter.SEGMENTS] += count
    world.rows[HEADER, Header.SEGMENTS] = 0.0
