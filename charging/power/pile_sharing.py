"""The division of a pile's power among the vehicles at its guns, at an event.

Functions on the matrix of ``charging.power.records``. Shares change only when a vehicle plugs in or gets full, and
where a curve's breakpoint changes the division.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.allocation import DYNAMIC, MODULE_SLACK, SLACK_KW, divide, newcomer_kw, water_level
from charging.power.compiled import allocating, inner
from charging.power.records import FIRST_GUN_ROW, HEADER, SEGMENTS_IN_ROW, Group, Gun, Header, Pile
from charging.power.vehicle_state import (
    end_segment,
    foresee_breakpoint,
    last_soc,
    observe,
    requests_at_least,
    requests_until,
    set_cap,
)

if TYPE_CHECKING:
    from data.arrays import Floats, Ints


_SURELY: Final = 1.0 - 1e-12
"""What was noted of a vehicle earlier may be less than what would be noted now, by rounding."""


@inner
def free_guns(rows: Floats, pile: int) -> int:
    """Return how many guns of a pile are free."""
    free = 0
    start = int(rows[pile, Pile.FIRST_GUN])
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        free += rows[gun, Gun.TAKEN] == 0.0
    return free


@allocating
def offer_kw(rows: Floats, pile: int, requested_kw: float, per_rated: float) -> float:
    """Return what one more vehicle would get now at a pile, kW; the others have been observed.

    ``per_rated`` is the newcomer's :attr:`charging.power.records.Terms.PER_RATED`.
    """
    others = int(rows[pile, Pile.CHARGING])
    policy, module_kw = int(rows[pile, Pile.POLICY]), rows[pile, Pile.MODULE_KW]
    own_kw = requested_kw / per_rated
    if others == 1:
        # most piles have two guns, and a pair of numbers costs no memory
        gun = _first_active(rows, pile)
        power_kw = newcomer_kw(rows[pile, Pile.POWER_KW], policy, (rated_kw(rows, gun), own_kw), module_kw)
    else:
        order = np.empty(others, dtype=np.int64)
        in_order(rows, pile, order)
        requested = np.empty(others + 1)
        for turn in range(others):
            requested[turn] = rated_kw(rows, order[turn])
        requested[others] = own_kw
        power_kw = newcomer_kw(rows[pile, Pile.POWER_KW], policy, requested, module_kw)
    # what it requested comes back as it was: dividing and multiplying again would differ by rounding
    return requested_kw if power_kw == own_kw else power_kw * per_rated


@inner
def offers_no_more(rows: Floats, pile: int, per_rated: float, best_kw: float, now: float) -> bool:
    """Return whether a pile surely offers one more vehicle no more than ``best_kw``, without working out how much.

    Where two guns share continuously, a newcomer gets half or what the other leaves. What the other requests is known
    without its SOC: no less than the least between its SOC of before and the one that it had at full share.
    """
    # half of the slack is left for rounding
    best_rated_kw = (best_kw + 0.5 * SLACK_KW) / per_rated
    if 0.5 * rows[pile, Pile.POWER_KW] > best_rated_kw:
        return False
    if now < rows[pile, Pile.HALF_MIN]:
        return True
    if not _is_shared_with_one(rows, pile):
        return False
    gun = _first_active(rows, pile)
    enough_kw = (rows[pile, Pile.POWER_KW] - best_rated_kw) * rows[gun, Gun.PER_RATED]
    return bool(requests_at_least(rows, gun, enough_kw, now))


@inner
def foresee_half(rows: Floats, curves: Floats, pile: int) -> None:
    """Note until when one more vehicle would surely get half of a pile's power, after a division of it."""
    until_min = -math.inf
    if _is_shared_with_one(rows, pile):
        gun = _first_active(rows, pile)
        until_min = requests_until(rows, curves, gun, 0.5 * rows[pile, Pile.POWER_KW] * rows[gun, Gun.PER_RATED])
    rows[pile, Pile.HALF_MIN] = until_min


@inner
def _is_shared_with_one(rows: Floats, pile: int) -> bool:
    """Return whether a newcomer would share a pile continuously with one other."""
    return bool(
        rows[pile, Pile.CHARGING] == 1.0 and rows[pile, Pile.POLICY] == DYNAMIC and rows[pile, Pile.MODULE_KW] == 0.0
    )


@inner
def _first_active(rows: Floats, pile: int) -> int:
    """Return the first gun of a pile at which a vehicle charges; there is one."""
    gun = int(rows[pile, Pile.FIRST_GUN])
    while rows[gun, Gun.ACTIVE] == 0.0:
        gun += 1
    return gun


@inner
def rated_kw(rows: Floats, gun: int) -> float:
    """Return what a vehicle requests at the side where its pile is rated, kW."""
    return float(rows[gun, Gun.REQUESTED_KW] / rows[gun, Gun.PER_RATED])


@inner
def share_pile(rows: Floats, curves: Floats, pile: int, now: float) -> float:
    """Divide a pile's power among its vehicles; return when one gets full or changes the division."""
    if not _share_plenty(rows, curves, pile, now):
        work_out_shares(rows, curves, pile, now)
    soonest = math.inf
    start = int(rows[pile, Pile.FIRST_GUN])
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        if rows[gun, Gun.ACTIVE] > 0.0:
            set_cap(rows, curves, gun, rows[gun, Gun.SHARE_KW], now)
            soonest = min(soonest, rows[gun, Gun.FULL_MIN])
            # where there is enough for all, a breakpoint moves no power to others: no event is spent on it
            if rows[pile, Pile.TIGHT] > 0.0:
                foresee_breakpoint(rows, curves, gun, now)
                soonest = min(soonest, rows[gun, Gun.BREAK_MIN])
    rows[pile, Pile.NEXT_MIN] = soonest
    foresee_half(rows, curves, pile)
    return soonest


@inner
def share_ahead(rows: Floats, curves: Floats, pile: int, now: float) -> float:
    """Divide a pile's power as ``share_pile`` does, and where its guns are all taken at the breakpoints ahead too.

    Nobody can join before a vehicle there is full or leaves, so that what happens until then is known; not for piles
    behind a connection that may have to be divided. Return when that is. The charging segments on the way are logged at
    once.
    """
    soonest = share_pile(rows, curves, pile, now)
    if rows[pile, Pile.CHARGING] == rows[pile, Pile.GUNS]:
        most = SEGMENTS_IN_ROW * (len(rows) - rows[HEADER, Header.LOG_ROW]) - rows[HEADER, Header.ROOM]
        # what finds no room in the log is left to an event at the breakpoint
        while _goes_on(rows, pile, soonest) and rows[HEADER, Header.SEGMENTS] + rows[pile, Pile.GUNS] <= most:
            soonest = share_pile(rows, curves, pile, soonest)
    return soonest


@inner
def _goes_on(rows: Floats, pile: int, at_min: float) -> bool:
    """Return whether something happens at a pile at a time, but no vehicle is full then or leaves."""
    start = int(rows[pile, Pile.FIRST_GUN])
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        if rows[gun, Gun.FULL_MIN] <= at_min:
            return False
    return at_min < math.inf


@inner
def _share_plenty(rows: Floats, curves: Floats, pile: int, now: float) -> bool:
    """Do what ``work_out_shares`` does where what a pile's vehicles may request is surely there; return whether it is.

    What they may still request was noted when they were last observed, and only falls: who keeps his share need not be
    observed.
    """
    if rows[pile, Pile.POLICY] != DYNAMIC or rows[pile, Pile.MODULE_KW] > 0.0:
        return False
    start = int(rows[pile, Pile.FIRST_GUN])
    stop = start + int(rows[pile, Pile.GUNS])
    capacity = rows[pile, Pile.POWER_KW]
    if rows[pile, Pile.CHARGING] > 1.0:
        for gun in range(start, stop):
            if rows[gun, Gun.SEEN_MIN] == -math.inf:
                observe(rows, curves, gun, gun + 1, now)
        if _most_wanted(rows, pile) > _SURELY * capacity:
            return False
    rows[pile, Pile.TIGHT] = 0.0
    rows[start:stop, Gun.SHARE_KW] = capacity
    return True


@inner
def work_out_shares(rows: Floats, curves: Floats, pile: int, now: float) -> None:
    """Work out what each vehicle of a pile may draw (``SHARE_KW``), and whether breakpoints change that (``TIGHT``)."""
    start = int(rows[pile, Pile.FIRST_GUN])
    stop = start + int(rows[pile, Pile.GUNS])
    capacity = rows[pile, Pile.POWER_KW]
    observe(rows, curves, start, stop, now)
    rows[pile, Pile.TIGHT] = 0.0
    if rows[pile, Pile.POLICY] == DYNAMIC:
        module_kw = rows[pile, Pile.MODULE_KW]
        if module_kw == 0.0 and rows[pile, Pile.CHARGING] <= 1.0:
            rows[start:stop, Gun.SHARE_KW] = capacity
            return
        if _most_wanted(rows, pile) <= capacity:
            rows[start:stop, Gun.SHARE_KW] = capacity
            return
        rows[pile, Pile.TIGHT] = 1.0
        if module_kw == 0.0:
            _share_by_level(rows, start, stop, capacity)
            return
    _shares_in_order(rows, pile)


@allocating
def _share_by_level(rows: Floats, start: int, stop: int, capacity: float) -> None:
    """Divide a dynamic pile's power continuously, max-min fair at the side where it is rated."""
    if stop - start == 2:
        # most piles have two guns, and a pair of numbers costs no memory
        level = water_level(capacity, (_wanted_kw(rows, start), _wanted_kw(rows, start + 1)))
    else:
        requested = np.empty(stop - start)
        for gun in range(start, stop):
            requested[gun - start] = _wanted_kw(rows, gun)
        level = water_level(capacity, requested)
    for gun in range(start, stop):
        # below the level a vehicle is free up to the pile's power: its own curve holds it back, and its share
        # need not be set again while the curve falls
        part = capacity if _wanted_kw(rows, gun) <= level else level
        rows[gun, Gun.SHARE_KW] = part * rows[gun, Gun.PER_RATED]


@inner
def _wanted_kw(rows: Floats, gun: int) -> float:
    """Return what is requested at a gun at the side where its pile is rated, kW; nothing where nobody charges."""
    return rated_kw(rows, gun) if rows[gun, Gun.ACTIVE] > 0.0 else 0.0


@inner
def _most_wanted(rows: Floats, pile: int) -> float:
    """Return the most that a pile's vehicles may still request together, in whole modules where it has such.

    In kW at the side where the pile is rated.
    """
    module_kw = rows[pile, Pile.MODULE_KW]
    wanted = 0.0
    start = int(rows[pile, Pile.FIRST_GUN])
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        if rows[gun, Gun.ACTIVE] > 0.0:
            peak = rows[gun, Gun.PEAK_KW] / rows[gun, Gun.PER_RATED]
            wanted += peak if module_kw == 0.0 else module_kw * math.ceil(peak / module_kw - MODULE_SLACK)
    return wanted


@allocating
def _shares_in_order(rows: Floats, pile: int) -> None:
    """Divide by a policy for which the order of plugging in matters."""
    count = int(rows[pile, Pile.CHARGING])
    dynamic = rows[pile, Pile.POLICY] == DYNAMIC
    order = np.empty(count, dtype=np.int64)
    in_order(rows, pile, order)
    requested, parts = np.empty(count), np.empty(count)
    for turn in range(count):
        requested[turn] = rated_kw(rows, order[turn]) if dynamic else rows[pile, Pile.POWER_KW]
    divide(int(rows[pile, Pile.POLICY]), rows[pile, Pile.POWER_KW], requested, rows[pile, Pile.MODULE_KW], parts)
    for turn in range(count):
        gun = order[turn]
        whole = dynamic and parts[turn] >= requested[turn]
        rows[gun, Gun.SHARE_KW] = (rows[pile, Pile.POWER_KW] if whole else parts[turn]) * rows[gun, Gun.PER_RATED]


@inner
def in_order(rows: Floats, pile: int, order: Ints) -> None:
    """Write the guns at which vehicles charge into ``order``, first come first."""
    start = int(rows[pile, Pile.FIRST_GUN])
    last = -1.0
    # selection sort: a pile has two or three guns
    for turn in range(len(order)):
        first = -1
        for gun in range(start, start + int(rows[pile, Pile.GUNS])):
            if (
                rows[gun, Gun.ACTIVE] > 0.0
                and rows[gun, Gun.ORDER] > last
                and (first < 0 or rows[gun, Gun.ORDER] < rows[first, Gun.ORDER])
            ):
                first = gun
        order[turn] = first
        last = rows[first, Gun.ORDER]


@inner
def finish(rows: Floats, curves: Floats, pile: int, now: float, count: int) -> int:
    """Take vehicles of a pile that are full, or have to leave, off the power; those that do not overstay leave at once.

    The guns are added to the list of those that got full, which has ``count`` entries; return how many it has then.
    """
    start = int(rows[pile, Pile.FIRST_GUN])
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        if rows[gun, Gun.ACTIVE] > 0.0 and rows[gun, Gun.FULL_MIN] <= now:
            end_segment(rows, gun, last_soc(rows, curves, gun, now), now)
            rows[gun, Gun.ACTIVE] = 0.0
            rows[gun, Gun.REQUESTED_KW] = 0.0
            if rows[gun, Gun.OVERSTAY_MIN] == 0.0 or rows[gun, Gun.LEAVE_MIN] <= now:
                rows[gun, Gun.TAKEN] = 0.0
            rows[pile, Pile.CHARGING] -= 1.0
            if rows[pile, Pile.CHARGING] == 0.0:
                group = int(rows[pile, Pile.GROUP])
                rows[group, Group.FIRST_EMPTY] = min(rows[group, Group.FIRST_EMPTY], float(pile))
            rows[FIRST_GUN_ROW + count, Gun.FULL_LIST] = gun
            count += 1
    return count
