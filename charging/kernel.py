"""Who gets how much power when: piles share among guns, connections among piles; exact between events.

Compiled functions on arrays, free of any simulator. Guns are rows of ``guns``, piles rows of ``piles``, connections
rows of ``sites``, each with the columns named below; a pile's guns and a connection's piles stand next to each other.

Shares are set when a vehicle plugs in or gets full, and where a curve's breakpoint changes the division. Between such
events each vehicle draws the lesser of its curve and its share (``charging.ramps``). Each time a vehicle's share
changes, a row is added to ``log``: request, time (min), SOC and cap (kW) from then on; ``log[0, 0]`` counts the rows,
``log[0, 1]`` the vehicles.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.compiled import compiled
from charging.power import DYNAMIC, divide, water_level
from charging.ramps import falls_below, minutes_between, peak_from, power_at, soc_after, wish
from charging.rules import newcomer_kw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# columns of guns: who stands there and charges, since when, and what comes next
TAKEN, ACTIVE, ORDER, REQUEST, CURVE, ACCEPT_KW, SCALE_MIN, FROM_SOC, END_SOC = range(9)
MOST_KW, EFFICIENCY, CAP_KW, SINCE_MIN, END_MIN, BREAK_SOC, BREAK_MIN, CLAIM_KW = range(9, 17)
# what a gun's vehicle is at and wishes for at an event; the pile of the gun
NOW_SOC, WISH_KW, STOP_SOC, SHARE_KW, PILE = range(17, 22)
GUN_COLUMNS = 22
# columns of piles
FIRST_GUN, GUNS, PILE_KW, POLICY, MODULE_KW, SITE, DOWN, CHARGING, TIGHT, PILE_CLAIM_KW, NEXT_MIN = range(11)
PILE_COLUMNS = 11
# columns of sites (connections)
FIRST_PILE, PILES, LIMIT_KW, SITE_CLAIM_KW, BOUND = range(5)
SITE_COLUMNS = 5

_SLACK_KW = 1e-9


@compiled
def best_pile(
    guns: Floats,
    piles: Floats,
    curves: Floats,
    batteries: Floats,
    first: int,
    count: int,
    request: int,
    most_kw: float,
    now: float,
) -> tuple[float, int]:
    """Return the most power that a free gun of some piles offers a vehicle now (kW), and that gun; -1 if none is free.

    ``batteries`` holds the columns ``CURVE`` to ``END_SOC`` of vehicles, by request.
    """
    curve, accept_kw, _, soc, _ = batteries[request]
    wish_kw = min(accept_kw * power_at(curves, int(curve), soc), most_kw)
    for pile in range(first, first + count):
        if piles[pile, DOWN] == 0.0 and _free(guns, piles, pile) == int(piles[pile, GUNS]):
            return min(wish_kw, piles[pile, PILE_KW]), int(piles[pile, FIRST_GUN])
    best, chosen = -1.0, -1
    for pile in range(first, first + count):
        if piles[pile, DOWN] > 0.0 or _free(guns, piles, pile) == 0:
            continue
        start = int(piles[pile, FIRST_GUN])
        stop = start + int(piles[pile, GUNS])
        gun = start
        while guns[gun, TAKEN] > 0.0:
            gun += 1
        _look(guns, curves, start, stop, now)
        guns[gun, WISH_KW] = wish_kw
        others = int(piles[pile, CHARGING])
        power = newcomer_kw(piles[pile, PILE_KW], int(piles[pile, POLICY]), others, guns[start:stop, WISH_KW], wish_kw)
        guns[gun, WISH_KW] = 0.0
        if power > best:
            best, chosen = power, gun
            if power >= wish_kw:
                break
    return best, chosen


@compiled
def _free(guns: Floats, piles: Floats, pile: int) -> int:
    """Return how many guns of a pile are free."""
    free = 0
    start = int(piles[pile, FIRST_GUN])
    for gun in range(start, start + int(piles[pile, GUNS])):
        free += guns[gun, TAKEN] == 0.0
    return free


@compiled
def plug_best(
    guns: Floats,
    piles: Floats,
    sites: Floats,
    curves: Floats,
    log: Floats,
    batteries: Floats,
    first: int,
    count: int,
    request: int,
    most_kw: float,
    efficiency: float,
    now: float,
) -> tuple[int, float]:
    """Do ``best_pile`` and ``plug`` in one; return the gun, and when the next thing happens."""
    _, gun = best_pile(guns, piles, curves, batteries, first, count, request, most_kw, now)
    return gun, plug(guns, piles, sites, curves, log, batteries, gun, request, most_kw, efficiency, now)


@compiled
def plug(
    guns: Floats,
    piles: Floats,
    sites: Floats,
    curves: Floats,
    log: Floats,
    batteries: Floats,
    gun: int,
    request: int,
    most_kw: float,
    efficiency: float,
    now: float,
) -> float:
    """Let a vehicle charge at a gun; return when the next thing happens at its pile or connection."""
    pile = int(guns[gun, PILE])
    guns[gun, TAKEN] = 1.0
    log[0, 1] += 1.0
    guns[gun, ORDER] = log[0, 1]
    guns[gun, REQUEST] = request
    for column in range(batteries.shape[1]):
        guns[gun, CURVE + column] = batteries[request, column]
    guns[gun, MOST_KW] = most_kw
    guns[gun, EFFICIENCY] = efficiency
    guns[gun, ACTIVE] = 1.0
    guns[gun, CAP_KW] = -1.0
    guns[gun, SINCE_MIN] = now
    guns[gun, END_MIN] = guns[gun, BREAK_MIN] = math.inf
    piles[pile, CHARGING] += 1.0
    site = int(piles[pile, SITE])
    if site < 0:
        return _share_pile(guns, piles, curves, log, pile, now)
    guns[gun, CLAIM_KW] = _peak_kw(guns, curves, gun, guns[gun, FROM_SOC])
    _claim(guns, piles, sites, pile)
    if sites[site, BOUND] == 0.0 and sites[site, SITE_CLAIM_KW] > sites[site, LIMIT_KW] + _SLACK_KW:
        _claim_anew(guns, piles, sites, curves, site, now)
    return _share_site(guns, piles, sites, curves, log, site, pile, now)


@compiled
def advance_pile(
    guns: Floats, piles: Floats, curves: Floats, log: Floats, pile: int, now: float, done: Floats
) -> tuple[int, float]:
    """Take who is full at a pile off the power, divide again; return how many (guns in ``done``) and what is next."""
    count = _finish(guns, piles, pile, now, done, 0)
    return count, _share_pile(guns, piles, curves, log, pile, now)


@compiled
def advance_site(
    guns: Floats, piles: Floats, sites: Floats, curves: Floats, log: Floats, site: int, now: float, done: Floats
) -> tuple[int, float]:
    """Do the same behind a connection."""
    first = int(sites[site, FIRST_PILE])
    count = 0
    soonest = math.inf
    for pile in range(first, first + int(sites[site, PILES])):
        if piles[pile, NEXT_MIN] <= now:
            before = count
            count = _finish(guns, piles, pile, now, done, count)
            if count > before:
                _claim(guns, piles, sites, pile)
            soonest = _share_site(guns, piles, sites, curves, log, site, pile, now)
    if soonest == math.inf:
        soonest = _next_at_site(piles, sites, site)
    return count, soonest


# piles ------------------------------------------------------------------------------------------------------


@compiled
def _share_pile(guns: Floats, piles: Floats, curves: Floats, log: Floats, pile: int, now: float) -> float:
    """Divide a pile's power among its vehicles; return when one gets full or changes the division."""
    _pile_shares(guns, piles, curves, pile, now)
    soonest = math.inf
    start = int(piles[pile, FIRST_GUN])
    for gun in range(start, start + int(piles[pile, GUNS])):
        if guns[gun, ACTIVE] > 0.0:
            _set_cap(guns, curves, log, gun, guns[gun, SHARE_KW], now)
            soonest = min(soonest, guns[gun, END_MIN])
            if piles[pile, TIGHT] > 0.0:
                _watch(guns, curves, gun, guns[gun, SHARE_KW], piles[pile, MODULE_KW] > 0.0, now)
                soonest = min(soonest, guns[gun, BREAK_MIN])
    piles[pile, NEXT_MIN] = soonest
    return soonest


@compiled
def _pile_shares(guns: Floats, piles: Floats, curves: Floats, pile: int, now: float) -> None:
    """Work out what each vehicle of a pile may draw (``SHARE_KW``), and whether breakpoints change that (``TIGHT``)."""
    start = int(piles[pile, FIRST_GUN])
    stop = start + int(piles[pile, GUNS])
    capacity = piles[pile, PILE_KW]
    _look(guns, curves, start, stop, now)
    piles[pile, TIGHT] = 0.0
    if piles[pile, POLICY] == DYNAMIC:
        wanted = 0.0
        if piles[pile, CHARGING] > 1.0:
            for gun in range(start, stop):
                if guns[gun, ACTIVE] > 0.0:
                    wanted += _peak_kw(guns, curves, gun, guns[gun, NOW_SOC])
        if wanted <= capacity:
            guns[start:stop, SHARE_KW] = capacity
            return
        piles[pile, TIGHT] = 1.0
        if piles[pile, MODULE_KW] == 0.0:
            level = water_level(capacity, guns[start:stop, WISH_KW])
            for gun in range(start, stop):
                guns[gun, SHARE_KW] = capacity if guns[gun, WISH_KW] <= level else level
            return
    _shares_in_order(guns, piles, pile)


@compiled
def _shares_in_order(guns: Floats, piles: Floats, pile: int) -> None:
    """Divide by a policy for which it matters who came first."""
    start = int(piles[pile, FIRST_GUN])
    count = int(piles[pile, CHARGING])
    dynamic = piles[pile, POLICY] == DYNAMIC
    order = np.empty(count, dtype=np.int64)
    wishes, parts = np.empty(count), np.empty(count)
    last = -1.0
    for at in range(count):
        first = -1
        for gun in range(start, start + int(piles[pile, GUNS])):
            if (
                guns[gun, ACTIVE] > 0.0
                and guns[gun, ORDER] > last
                and (first < 0 or guns[gun, ORDER] < guns[first, ORDER])
            ):
                first = gun
        order[at] = first
        last = guns[first, ORDER]
        wishes[at] = guns[first, WISH_KW] if dynamic else piles[pile, PILE_KW]
    divide(int(piles[pile, POLICY]), piles[pile, PILE_KW], wishes, piles[pile, MODULE_KW], parts)
    for at in range(count):
        gun = order[at]
        whole = dynamic and parts[at] >= guns[gun, WISH_KW]
        guns[gun, SHARE_KW] = piles[pile, PILE_KW] if whole else parts[at]


@compiled
def _finish(guns: Floats, piles: Floats, pile: int, now: float, done: Floats, count: int) -> int:
    """Take the vehicles of a pile that are full off the power."""
    start = int(piles[pile, FIRST_GUN])
    for gun in range(start, start + int(piles[pile, GUNS])):
        if guns[gun, ACTIVE] > 0.0 and guns[gun, END_MIN] <= now:
            guns[gun, ACTIVE] = 0.0
            guns[gun, WISH_KW] = 0.0
            piles[pile, CHARGING] -= 1.0
            done[count] = gun
            count += 1
    return count


# connections ------------------------------------------------------------------------------------------------


@compiled
def _share_site(
    guns: Floats, piles: Floats, sites: Floats, curves: Floats, log: Floats, site: int, pile: int, now: float
) -> float:
    """Divide again after a change at a pile behind a connection; return what is next at all its piles.

    While the vehicles could together exceed the connection, it is shared max-min fair over the guns, on top of the
    shares of the piles. The connection is metered: a vehicle's draw behind it is its power over its efficiency.
    """
    first = int(sites[site, FIRST_PILE])
    last = first + int(sites[site, PILES])
    if sites[site, BOUND] > 0.0:
        _claim_anew(guns, piles, sites, curves, site, now)
    binds = sites[site, SITE_CLAIM_KW] > sites[site, LIMIT_KW] + _SLACK_KW
    if binds:
        _share_connection(guns, piles, sites, curves, log, site, now)
    elif sites[site, BOUND] > 0.0:
        for each in range(first, last):
            if piles[each, CHARGING] > 0.0:
                _share_pile(guns, piles, curves, log, each, now)
    if not binds:
        _share_pile(guns, piles, curves, log, pile, now)
    sites[site, BOUND] = 1.0 if binds else 0.0
    return _next_at_site(piles, sites, site)


@compiled
def _share_connection(
    guns: Floats, piles: Floats, sites: Floats, curves: Floats, log: Floats, site: int, now: float
) -> None:
    """Share a connection that may bind."""
    first = int(sites[site, FIRST_PILE])
    last = first + int(sites[site, PILES])
    start = int(piles[first, FIRST_GUN])
    stop = int(piles[last - 1, FIRST_GUN] + piles[last - 1, GUNS])
    metered = np.zeros(stop - start)
    for pile in range(first, last):
        piles[pile, NEXT_MIN] = math.inf
        if piles[pile, CHARGING] > 0.0:
            _pile_shares(guns, piles, curves, pile, now)
            gun = int(piles[pile, FIRST_GUN])
            for at in range(gun, gun + int(piles[pile, GUNS])):
                if guns[at, ACTIVE] > 0.0:
                    metered[at - start] = min(guns[at, SHARE_KW], guns[at, WISH_KW]) / guns[at, EFFICIENCY]
    level = water_level(sites[site, LIMIT_KW], metered)
    for pile in range(first, last):
        gun = int(piles[pile, FIRST_GUN])
        for at in range(gun, gun + int(piles[pile, GUNS])):
            if guns[at, ACTIVE] > 0.0:
                fits = metered[at - start] <= level
                cap = guns[at, SHARE_KW] if fits else level * guns[at, EFFICIENCY]
                _set_cap(guns, curves, log, at, cap, now)
                _watch(guns, curves, at, cap, piles[pile, MODULE_KW] > 0.0, now)
                piles[pile, NEXT_MIN] = min(piles[pile, NEXT_MIN], guns[at, END_MIN], guns[at, BREAK_MIN])


@compiled
def _next_at_site(piles: Floats, sites: Floats, site: int) -> float:
    """Return when the next thing happens at the piles behind a connection."""
    soonest = math.inf
    first = int(sites[site, FIRST_PILE])
    for pile in range(first, first + int(sites[site, PILES])):
        if piles[pile, CHARGING] > 0.0:
            soonest = min(soonest, piles[pile, NEXT_MIN])
    return soonest


@compiled
def _claim(guns: Floats, piles: Floats, sites: Floats, pile: int) -> None:
    """Claim at the connection the most that a pile's vehicles may still draw together, metered kW."""
    site = int(piles[pile, SITE])
    start = int(piles[pile, FIRST_GUN])
    wanted, efficiency = 0.0, 1.0
    for gun in range(start, start + int(piles[pile, GUNS])):
        if guns[gun, ACTIVE] > 0.0:
            wanted += guns[gun, CLAIM_KW]
            efficiency = min(efficiency, guns[gun, EFFICIENCY])
    claim = min(wanted, piles[pile, PILE_KW]) / efficiency
    sites[site, SITE_CLAIM_KW] += claim - piles[pile, PILE_CLAIM_KW]
    piles[pile, PILE_CLAIM_KW] = claim


@compiled
def _claim_anew(guns: Floats, piles: Floats, sites: Floats, curves: Floats, site: int, now: float) -> None:
    """Claim with the SOC of now: curves fall, so old claims are too high."""
    sites[site, SITE_CLAIM_KW] = 0.0
    first = int(sites[site, FIRST_PILE])
    for pile in range(first, first + int(sites[site, PILES])):
        piles[pile, PILE_CLAIM_KW] = 0.0
        if piles[pile, CHARGING] > 0.0:
            start = int(piles[pile, FIRST_GUN])
            for gun in range(start, start + int(piles[pile, GUNS])):
                if guns[gun, ACTIVE] > 0.0:
                    guns[gun, CLAIM_KW] = _peak_kw(guns, curves, gun, _soc_at(guns, curves, gun, now))
            _claim(guns, piles, sites, pile)


# vehicles ---------------------------------------------------------------------------------------------------


@compiled
def _look(guns: Floats, curves: Floats, start: int, stop: int, now: float) -> None:
    """Note the SOC and the wish until the next breakpoint of the vehicles that charge at some guns."""
    for gun in range(start, stop):
        if guns[gun, ACTIVE] > 0.0:
            soc = _soc_at(guns, curves, gun, now)
            part, stop_soc = wish(curves, int(guns[gun, CURVE]), soc)
            guns[gun, NOW_SOC] = soc
            guns[gun, WISH_KW] = min(guns[gun, ACCEPT_KW] * part, guns[gun, MOST_KW])
            guns[gun, STOP_SOC] = min(stop_soc, guns[gun, END_SOC])


@compiled
def _soc_at(guns: Floats, curves: Floats, gun: int, now: float) -> float:
    """Return the SOC of a vehicle now."""
    if now == guns[gun, BREAK_MIN]:
        return float(guns[gun, BREAK_SOC])
    if now == guns[gun, SINCE_MIN] or guns[gun, CAP_KW] <= 0.0:
        return float(guns[gun, FROM_SOC])
    soc = soc_after(
        curves,
        int(guns[gun, CURVE]),
        guns[gun, CAP_KW] / guns[gun, ACCEPT_KW],
        guns[gun, FROM_SOC],
        (now - guns[gun, SINCE_MIN]) / guns[gun, SCALE_MIN],
    )
    return min(soc, float(guns[gun, END_SOC]))


@compiled
def _time_of(guns: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return when a vehicle reaches a SOC if nothing changes, minutes; never while it pauses."""
    if guns[gun, CAP_KW] <= 0.0:
        return math.inf
    cap = guns[gun, CAP_KW] / guns[gun, ACCEPT_KW]
    minutes = minutes_between(curves, int(guns[gun, CURVE]), cap, guns[gun, FROM_SOC], soc)
    return float(guns[gun, SINCE_MIN] + minutes * guns[gun, SCALE_MIN])


@compiled
def _peak_kw(guns: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return the largest power that a vehicle may still want."""
    return float(min(guns[gun, ACCEPT_KW] * peak_from(curves, int(guns[gun, CURVE]), soc), guns[gun, MOST_KW]))


@compiled
def _set_cap(guns: Floats, curves: Floats, log: Floats, gun: int, cap_kw: float, now: float) -> None:
    """Give a vehicle another cap from now on and foresee when it is full."""
    cap = min(cap_kw, guns[gun, MOST_KW])
    if cap == guns[gun, CAP_KW]:
        return
    guns[gun, FROM_SOC] = guns[gun, NOW_SOC]
    guns[gun, SINCE_MIN] = now
    guns[gun, CAP_KW] = cap
    guns[gun, BREAK_MIN] = guns[gun, BREAK_SOC] = math.inf
    guns[gun, END_MIN] = _time_of(guns, curves, gun, guns[gun, END_SOC])
    row = int(log[0, 0]) + 1
    log[0, 0] = row
    log[row, 0] = guns[gun, REQUEST]
    log[row, 1] = now
    log[row, 2] = guns[gun, NOW_SOC]
    log[row, 3] = cap


@compiled
def _watch(guns: Floats, curves: Floats, gun: int, cap_kw: float, modules: bool, now: float) -> None:  # noqa: FBT001
    """Foresee when a vehicle reaches the breakpoint from which its wish changes the division (``BREAK_MIN``).

    Who gets less than wished does not change it until less than that is wished for.
    """
    stop = guns[gun, STOP_SOC]
    if cap_kw < guns[gun, WISH_KW] and not modules:
        below = falls_below(curves, int(guns[gun, CURVE]), guns[gun, NOW_SOC], cap_kw / guns[gun, ACCEPT_KW])
        stop = min(below, guns[gun, END_SOC])
    if stop >= guns[gun, END_SOC] or guns[gun, CAP_KW] <= 0.0:
        guns[gun, BREAK_MIN] = guns[gun, BREAK_SOC] = math.inf
    elif stop != guns[gun, BREAK_SOC]:
        guns[gun, BREAK_SOC] = stop
        guns[gun, BREAK_MIN] = max(_time_of(guns, curves, gun, stop), now)
