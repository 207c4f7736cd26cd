"""Who gets how much power when: piles share among guns, connections among piles; exact between events.

Compiled functions on arrays, free of any simulator. Guns, piles, connections (sites), groups of piles, their terms for
vehicle models, and a log are rows of one array, each kind with the columns named below; they name each other by row. A
pile's guns, a group's piles and a connection's piles stand next to each other.

Shares are set when a vehicle plugs in or gets full, and where a curve's breakpoint changes the division. Between such
events each vehicle draws the lesser of its curve and its share (``charging.power.curves``). Each time that a vehicle's
share changes or it gets full, a row is added to the log: request, start and end (min), SOC at both and the cap (kW) in
between.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.power.allocation import DYNAMIC, divide, newcomer_kw, water_level
from charging.power.compiled import compiled
from charging.power.curves import minutes_between, peak_from, power_at, soc_after, wish

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats


# columns of guns: who stands there and charges, since when, and what comes next
TAKEN, ACTIVE, ORDER, REQUEST, CURVE, ACCEPT_KW, SCALE_MIN, FROM_SOC, END_SOC, OVERSTAY_MIN, MODEL = range(11)
MOST_KW, EFFICIENCY, CAP_KW, SINCE_MIN, END_MIN, BREAK_SOC, BREAK_MIN, CLAIM_KW = range(11, 19)
# what a gun's vehicle is at and wishes for at an event; the pile of the gun
NOW_SOC, WISH_KW, STOP_SOC, SHARE_KW, PILE = range(19, 24)
# where the guns are listed whose vehicles got full: in the first rows
DONE = 24
# what the first row counts: the vehicles, the stretches in the log and the row where the log begins
VEHICLES, LOGGED, LOG = range(25, 28)
COLUMNS = 28
# columns of piles
FIRST_GUN, GUNS, PILE_KW, POLICY, MODULE_KW, SITE, DOWN, CHARGING, TIGHT, PILE_CLAIM_KW, NEXT_MIN, GROUP = range(12)
# columns of groups (the first two, and where their terms begin) and of sites, which are connections
FIRST_PILE, PILES, LIMIT_KW, SITE_CLAIM_KW, BOUND, TERMS = range(6)
# columns of terms: the most power and the efficiency of a vehicle model at a group's guns
TERM_KW, TERM_EFFICIENCY = range(2)
# columns of the log
STRETCH = 6

_SLACK_KW = 1e-9


@compiled
def best_gun(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[float, int]:
    """Return the most power that a free gun of a group offers a vehicle now (kW), and that gun; -1 if none is free.

    ``batteries`` as in ``charging.engine.demand``.
    """
    curve, accept_kw, _, soc, _, _, model = batteries[request]
    first = int(rows[group, FIRST_PILE])
    last = first + int(rows[group, PILES])
    most_kw = rows[int(rows[group, TERMS]) + int(model), TERM_KW]
    wish_kw = min(accept_kw * power_at(curves, int(curve), soc), most_kw)
    for pile in range(first, last):
        if rows[pile, DOWN] == 0.0 and _free(rows, pile) == int(rows[pile, GUNS]):
            return _offer(rows, pile, wish_kw), int(rows[pile, FIRST_GUN])
    best, chosen = -1.0, -1
    for pile in range(first, last):
        if rows[pile, DOWN] > 0.0 or _free(rows, pile) == 0:
            continue
        start = int(rows[pile, FIRST_GUN])
        gun = start
        while rows[gun, TAKEN] > 0.0:
            gun += 1
        _look(rows, curves, start, start + int(rows[pile, GUNS]), now)
        power = _offer(rows, pile, wish_kw)
        if power > best + _SLACK_KW:
            best, chosen = power, gun
            if power >= wish_kw:
                break
    return best, chosen


@compiled
def _free(rows: Floats, pile: int) -> int:
    """Return how many guns of a pile are free."""
    free = 0
    start = int(rows[pile, FIRST_GUN])
    for gun in range(start, start + int(rows[pile, GUNS])):
        free += rows[gun, TAKEN] == 0.0
    return free


@compiled
def _offer(rows: Floats, pile: int, wish_kw: float) -> float:
    """Return what a vehicle would get now at a free gun of a pile, kW."""
    others = int(rows[pile, CHARGING])
    order = np.empty(others, dtype=np.int64)
    _in_order(rows, pile, order)
    wishes = np.empty(others + 1)
    for at in range(others):
        wishes[at] = rows[order[at], WISH_KW]
    wishes[others] = wish_kw
    return newcomer_kw(rows[pile, PILE_KW], int(rows[pile, POLICY]), wishes, rows[pile, MODULE_KW])


@compiled
def plug_best(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[int, float]:
    """Do ``best_gun`` and ``plug`` in one; return the gun, and when the next thing happens."""
    _, gun = best_gun(rows, curves, batteries, group, request, now)
    return gun, plug(rows, curves, batteries, gun, request, now)


@compiled
def plug(rows: Floats, curves: Floats, batteries: Floats, gun: int, request: int, now: float) -> float:
    """Let a vehicle charge at a gun; return when the next thing happens at its pile or connection."""
    pile = int(rows[gun, PILE])
    rows[gun, TAKEN] = 1.0
    rows[0, VEHICLES] += 1.0
    rows[gun, ORDER] = rows[0, VEHICLES]
    rows[gun, REQUEST] = request
    for column in range(batteries.shape[1]):
        rows[gun, CURVE + column] = batteries[request, column]
    rows[gun, SCALE_MIN] /= rows[gun, ACCEPT_KW]  # as kWh per kW
    terms = int(rows[int(rows[pile, GROUP]), TERMS] + rows[gun, MODEL])
    rows[gun, MOST_KW] = rows[terms, TERM_KW]
    rows[gun, EFFICIENCY] = rows[terms, TERM_EFFICIENCY]
    rows[gun, ACTIVE] = 1.0
    rows[gun, CAP_KW] = -1.0
    rows[gun, SINCE_MIN] = now
    rows[gun, END_MIN] = rows[gun, BREAK_MIN] = math.inf
    rows[pile, CHARGING] += 1.0
    site = int(rows[pile, SITE])
    if site < 0:
        return _share_pile(rows, curves, pile, now)
    rows[gun, CLAIM_KW] = _peak_kw(rows, curves, gun, rows[gun, FROM_SOC])
    _claim(rows, pile)
    if rows[site, BOUND] == 0.0 and rows[site, SITE_CLAIM_KW] > rows[site, LIMIT_KW] + _SLACK_KW:
        _claim_anew(rows, curves, site, now)
    return _share_site(rows, curves, site, pile, now)


@compiled
def advance_pile(rows: Floats, curves: Floats, pile: int, now: float) -> tuple[int, float]:
    """Take who is full at a pile off the power and divide again; return who is full and when the next thing happens.

    The first is the gun, -1 for nobody, or minus the number of guns, which are then listed in the column ``DONE``.
    """
    count = _finish(rows, pile, now, 0)
    return _who(rows, count), _share_pile(rows, curves, pile, now)


@compiled
def advance_site(rows: Floats, curves: Floats, site: int, now: float) -> tuple[int, float]:
    """Do the same behind a connection."""
    first = int(rows[site, FIRST_PILE])
    count = 0
    soonest = math.inf
    for pile in range(first, first + int(rows[site, PILES])):
        if rows[pile, NEXT_MIN] <= now:
            before = count
            count = _finish(rows, pile, now, count)
            if count > before:
                _claim(rows, pile)
            soonest = _share_site(rows, curves, site, pile, now)
    if soonest == math.inf:
        soonest = _next_at_site(rows, site)
    return _who(rows, count), soonest


@compiled
def _who(rows: Floats, count: int) -> int:
    """Return the gun that is done, -1 for none, or minus their number."""
    return int(rows[0, DONE]) if count == 1 else -max(count, 1)


# piles ------------------------------------------------------------------------------------------------------


@compiled
def _share_pile(rows: Floats, curves: Floats, pile: int, now: float) -> float:
    """Divide a pile's power among its vehicles; return when one gets full or changes the division."""
    _pile_shares(rows, curves, pile, now)
    soonest = math.inf
    start = int(rows[pile, FIRST_GUN])
    for gun in range(start, start + int(rows[pile, GUNS])):
        if rows[gun, ACTIVE] > 0.0:
            _set_cap(rows, curves, gun, rows[gun, SHARE_KW], now)
            soonest = min(soonest, rows[gun, END_MIN])
            if rows[pile, TIGHT] > 0.0:
                _watch(rows, curves, gun, now)
                soonest = min(soonest, rows[gun, BREAK_MIN])
    rows[pile, NEXT_MIN] = soonest
    return soonest


@compiled
def _pile_shares(rows: Floats, curves: Floats, pile: int, now: float) -> None:
    """Work out what each vehicle of a pile may draw (``SHARE_KW``), and whether breakpoints change that (``TIGHT``)."""
    start = int(rows[pile, FIRST_GUN])
    stop = start + int(rows[pile, GUNS])
    capacity = rows[pile, PILE_KW]
    _look(rows, curves, start, stop, now)
    rows[pile, TIGHT] = 0.0
    if rows[pile, POLICY] == DYNAMIC:
        module_kw = rows[pile, MODULE_KW]
        if module_kw == 0.0 and rows[pile, CHARGING] <= 1.0:
            rows[start:stop, SHARE_KW] = capacity
            return
        wanted = 0.0
        for gun in range(start, stop):
            if rows[gun, ACTIVE] > 0.0:
                peak_kw = _peak_kw(rows, curves, gun, rows[gun, NOW_SOC])
                wanted += peak_kw if module_kw == 0.0 else module_kw * math.ceil(peak_kw / module_kw - 1e-9)
        if wanted <= capacity:
            rows[start:stop, SHARE_KW] = capacity
            return
        rows[pile, TIGHT] = 1.0
        if module_kw == 0.0:
            level = water_level(capacity, rows[start:stop, WISH_KW])
            for gun in range(start, stop):
                rows[gun, SHARE_KW] = capacity if rows[gun, WISH_KW] <= level else level
            return
    _shares_in_order(rows, pile)


@compiled
def _shares_in_order(rows: Floats, pile: int) -> None:
    """Divide by a policy for which it matters who came first."""
    count = int(rows[pile, CHARGING])
    dynamic = rows[pile, POLICY] == DYNAMIC
    order = np.empty(count, dtype=np.int64)
    _in_order(rows, pile, order)
    wishes, parts = np.empty(count), np.empty(count)
    for at in range(count):
        wishes[at] = rows[order[at], WISH_KW] if dynamic else rows[pile, PILE_KW]
    divide(int(rows[pile, POLICY]), rows[pile, PILE_KW], wishes, rows[pile, MODULE_KW], parts)
    for at in range(count):
        gun = order[at]
        whole = dynamic and parts[at] >= rows[gun, WISH_KW]
        rows[gun, SHARE_KW] = rows[pile, PILE_KW] if whole else parts[at]


@compiled
def _in_order(rows: Floats, pile: int, order: NDArray[np.int64]) -> None:
    """Write the guns at which vehicles charge into ``order``, first come first."""
    start = int(rows[pile, FIRST_GUN])
    last = -1.0
    for at in range(len(order)):
        first = -1
        for gun in range(start, start + int(rows[pile, GUNS])):
            if (
                rows[gun, ACTIVE] > 0.0
                and rows[gun, ORDER] > last
                and (first < 0 or rows[gun, ORDER] < rows[first, ORDER])
            ):
                first = gun
        order[at] = first
        last = rows[first, ORDER]


@compiled
def _finish(rows: Floats, pile: int, now: float, count: int) -> int:
    """Take the vehicles of a pile that are full off the power; who does not overstay leaves at once."""
    start = int(rows[pile, FIRST_GUN])
    for gun in range(start, start + int(rows[pile, GUNS])):
        if rows[gun, ACTIVE] > 0.0 and rows[gun, END_MIN] <= now:
            _note(rows, gun, rows[gun, END_SOC], now)
            rows[gun, ACTIVE] = 0.0
            rows[gun, WISH_KW] = 0.0
            if rows[gun, OVERSTAY_MIN] == 0.0:
                rows[gun, TAKEN] = 0.0
            rows[pile, CHARGING] -= 1.0
            rows[count, DONE] = gun
            count += 1
    return count


# connections ------------------------------------------------------------------------------------------------


@compiled
def _share_site(rows: Floats, curves: Floats, site: int, pile: int, now: float) -> float:
    """Divide again after a change at a pile behind a connection; return what is next at all its piles.

    While the vehicles could together exceed the connection, it is shared max-min fair over the guns, on top of the
    shares of the piles. The connection is metered: a vehicle's draw behind it is its power over its efficiency.
    """
    first = int(rows[site, FIRST_PILE])
    last = first + int(rows[site, PILES])
    if rows[site, BOUND] > 0.0:
        _claim_anew(rows, curves, site, now)
    binds = rows[site, SITE_CLAIM_KW] > rows[site, LIMIT_KW] + _SLACK_KW
    if binds:
        _share_connection(rows, curves, site, now)
    elif rows[site, BOUND] > 0.0:
        for each in range(first, last):
            if rows[each, CHARGING] > 0.0:
                _share_pile(rows, curves, each, now)
    if not binds:
        _share_pile(rows, curves, pile, now)
    rows[site, BOUND] = 1.0 if binds else 0.0
    return _next_at_site(rows, site)


@compiled
def _share_connection(rows: Floats, curves: Floats, site: int, now: float) -> None:
    """Share a connection that may bind."""
    first = int(rows[site, FIRST_PILE])
    last = first + int(rows[site, PILES])
    start = int(rows[first, FIRST_GUN])
    stop = int(rows[last - 1, FIRST_GUN] + rows[last - 1, GUNS])
    metered = np.zeros(stop - start)
    for pile in range(first, last):
        rows[pile, NEXT_MIN] = math.inf
        if rows[pile, CHARGING] > 0.0:
            _pile_shares(rows, curves, pile, now)
            gun = int(rows[pile, FIRST_GUN])
            for at in range(gun, gun + int(rows[pile, GUNS])):
                if rows[at, ACTIVE] > 0.0:
                    metered[at - start] = min(rows[at, SHARE_KW], rows[at, WISH_KW]) / rows[at, EFFICIENCY]
    level = water_level(rows[site, LIMIT_KW], metered)
    for pile in range(first, last):
        gun = int(rows[pile, FIRST_GUN])
        for at in range(gun, gun + int(rows[pile, GUNS])):
            if rows[at, ACTIVE] > 0.0:
                fits = metered[at - start] <= level
                cap = rows[at, SHARE_KW] if fits else level * rows[at, EFFICIENCY]
                _set_cap(rows, curves, at, cap, now)
                _watch(rows, curves, at, now)
                rows[pile, NEXT_MIN] = min(rows[pile, NEXT_MIN], rows[at, END_MIN], rows[at, BREAK_MIN])


@compiled
def _next_at_site(rows: Floats, site: int) -> float:
    """Return when the next thing happens at the piles behind a connection."""
    soonest = math.inf
    first = int(rows[site, FIRST_PILE])
    for pile in range(first, first + int(rows[site, PILES])):
        if rows[pile, CHARGING] > 0.0:
            soonest = min(soonest, rows[pile, NEXT_MIN])
    return soonest


@compiled
def _claim(rows: Floats, pile: int) -> None:
    """Claim at the connection the most that a pile's vehicles may still draw together, metered kW."""
    site = int(rows[pile, SITE])
    start = int(rows[pile, FIRST_GUN])
    wanted, efficiency = 0.0, 1.0
    for gun in range(start, start + int(rows[pile, GUNS])):
        if rows[gun, ACTIVE] > 0.0:
            wanted += rows[gun, CLAIM_KW]
            efficiency = min(efficiency, rows[gun, EFFICIENCY])
    claim = min(wanted, rows[pile, PILE_KW]) / efficiency
    rows[site, SITE_CLAIM_KW] += claim - rows[pile, PILE_CLAIM_KW]
    rows[pile, PILE_CLAIM_KW] = claim


@compiled
def _claim_anew(rows: Floats, curves: Floats, site: int, now: float) -> None:
    """Claim with the SOC of now: curves fall, so old claims are too high."""
    rows[site, SITE_CLAIM_KW] = 0.0
    first = int(rows[site, FIRST_PILE])
    for pile in range(first, first + int(rows[site, PILES])):
        rows[pile, PILE_CLAIM_KW] = 0.0
        if rows[pile, CHARGING] > 0.0:
            start = int(rows[pile, FIRST_GUN])
            for gun in range(start, start + int(rows[pile, GUNS])):
                if rows[gun, ACTIVE] > 0.0:
                    rows[gun, CLAIM_KW] = _peak_kw(rows, curves, gun, _soc_at(rows, curves, gun, now))
            _claim(rows, pile)


# vehicles ---------------------------------------------------------------------------------------------------


@compiled
def _look(rows: Floats, curves: Floats, start: int, stop: int, now: float) -> None:
    """Note the SOC and the wish until the next breakpoint of the vehicles that charge at some guns."""
    for gun in range(start, stop):
        if rows[gun, ACTIVE] > 0.0:
            soc = _soc_at(rows, curves, gun, now)
            part, stop_soc = wish(curves, int(rows[gun, CURVE]), soc)
            rows[gun, NOW_SOC] = soc
            rows[gun, WISH_KW] = min(rows[gun, ACCEPT_KW] * part, rows[gun, MOST_KW])
            rows[gun, STOP_SOC] = min(stop_soc, rows[gun, END_SOC])


@compiled
def _soc_at(rows: Floats, curves: Floats, gun: int, now: float) -> float:
    """Return the SOC of a vehicle now."""
    if now == rows[gun, BREAK_MIN]:
        return float(rows[gun, BREAK_SOC])
    if now == rows[gun, SINCE_MIN] or rows[gun, CAP_KW] <= 0.0:
        return float(rows[gun, FROM_SOC])
    soc = soc_after(
        curves,
        int(rows[gun, CURVE]),
        rows[gun, CAP_KW] / rows[gun, ACCEPT_KW],
        rows[gun, FROM_SOC],
        (now - rows[gun, SINCE_MIN]) / rows[gun, SCALE_MIN],
    )
    return min(soc, float(rows[gun, END_SOC]))


@compiled
def _time_of(rows: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return when a vehicle reaches a SOC if nothing changes, minutes; never while it pauses."""
    if rows[gun, CAP_KW] <= 0.0:
        return math.inf
    cap = rows[gun, CAP_KW] / rows[gun, ACCEPT_KW]
    minutes = minutes_between(curves, int(rows[gun, CURVE]), cap, rows[gun, FROM_SOC], soc)
    return float(rows[gun, SINCE_MIN] + minutes * rows[gun, SCALE_MIN])


@compiled
def _peak_kw(rows: Floats, curves: Floats, gun: int, soc: float) -> float:
    """Return the largest power that a vehicle may still want."""
    return float(min(rows[gun, ACCEPT_KW] * peak_from(curves, int(rows[gun, CURVE]), soc), rows[gun, MOST_KW]))


@compiled
def _set_cap(rows: Floats, curves: Floats, gun: int, cap_kw: float, now: float) -> None:
    """Give a vehicle another cap from now on and foresee when it is full."""
    cap = min(cap_kw, rows[gun, MOST_KW])
    if cap == rows[gun, CAP_KW]:
        return
    _note(rows, gun, rows[gun, NOW_SOC], now)
    rows[gun, FROM_SOC] = rows[gun, NOW_SOC]
    rows[gun, SINCE_MIN] = now
    rows[gun, CAP_KW] = cap
    rows[gun, BREAK_MIN] = rows[gun, BREAK_SOC] = math.inf
    rows[gun, END_MIN] = _time_of(rows, curves, gun, rows[gun, END_SOC])


@compiled
def _note(rows: Floats, gun: int, soc: float, now: float) -> None:
    """Write down how a vehicle charged under the cap that it had until now."""
    if rows[gun, CAP_KW] > 0.0 and soc > rows[gun, FROM_SOC]:
        row = int(rows[0, LOG] + rows[0, LOGGED])
        rows[0, LOGGED] += 1.0
        rows[row, 0] = rows[gun, REQUEST]
        rows[row, 1] = rows[gun, SINCE_MIN]
        rows[row, 2] = now
        rows[row, 3] = rows[gun, FROM_SOC]
        rows[row, 4] = soc
        rows[row, 5] = rows[gun, CAP_KW]


@compiled
def _watch(rows: Floats, curves: Floats, gun: int, now: float) -> None:
    """Foresee when a vehicle reaches its next breakpoint, at which the power is divided anew (``BREAK_MIN``)."""
    stop = rows[gun, STOP_SOC]
    if stop >= rows[gun, END_SOC] or rows[gun, CAP_KW] <= 0.0:
        rows[gun, BREAK_MIN] = rows[gun, BREAK_SOC] = math.inf
    elif stop != rows[gun, BREAK_SOC]:
        rows[gun, BREAK_SOC] = stop
        rows[gun, BREAK_MIN] = max(_time_of(rows, curves, gun, stop), now)
