"""The division of a station's grid connection among its piles, at an event.

Functions on the matrix of ``charging.power.records``. Each pile claims at its connection the most that its vehicles may
still draw; only while the claims exceed the limit is the connection divided at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.power.allocation import SLACK_KW, water_level
from charging.power.compiled import allocating, inner
from charging.power.pile_sharing import foresee_half, share_ahead, share_pile, work_out_shares
from charging.power.records import Connection, Gun, Pile
from charging.power.vehicle_state import foresee_breakpoint, observe, set_cap

if TYPE_CHECKING:
    from data.arrays import Floats


@inner
def exceeded(rows: Floats, connection: int) -> bool:
    """Return whether the claims at a connection exceed its limit."""
    return bool(rows[connection, Connection.CLAIM_KW] > rows[connection, Connection.LIMIT_KW] + SLACK_KW)


@inner
def share_connection(rows: Floats, curves: Floats, connection: int, pile: int, now: float) -> float:
    """Divide again after a change at a pile behind a connection; return when something is next at any of its piles.

    While the vehicles could together exceed the connection, it is shared max-min fair over the guns, on top of the
    shares of the piles. The connection is metered: a vehicle's draw behind it is its power over its efficiency.
    """
    if rows[connection, Connection.ENOUGH] > 0.0:
        share_ahead(rows, curves, pile, now)
        note_next(rows, connection, pile)
        return float(rows[connection, Connection.NEXT_MIN])
    first = int(rows[connection, Connection.FIRST_PILE])
    last = first + int(rows[connection, Connection.PILES])
    if rows[connection, Connection.BOUND] > 0.0:
        claim_anew(rows, curves, connection, now)
    binds = exceeded(rows, connection)
    if binds:
        _share_scarce(rows, curves, connection, now)
    elif rows[connection, Connection.BOUND] > 0.0:
        # it binds no more: every pile gets its own shares back
        for each in range(first, last):
            if rows[each, Pile.CHARGING] > 0.0:
                share_pile(rows, curves, each, now)
    if not binds:
        share_pile(rows, curves, pile, now)
    if binds or rows[connection, Connection.BOUND] > 0.0:
        find_next(rows, connection)
    else:
        note_next(rows, connection, pile)
    rows[connection, Connection.BOUND] = 1.0 if binds else 0.0
    return float(rows[connection, Connection.NEXT_MIN])


@allocating
def _share_scarce(rows: Floats, curves: Floats, connection: int, now: float) -> None:
    """Share a connection that may bind."""
    first = int(rows[connection, Connection.FIRST_PILE])
    last = first + int(rows[connection, Connection.PILES])
    start = int(rows[first, Pile.FIRST_GUN])
    stop = int(rows[last - 1, Pile.FIRST_GUN] + rows[last - 1, Pile.GUNS])
    metered = np.zeros(stop - start)
    for pile in range(first, last):
        rows[pile, Pile.NEXT_MIN] = math.inf
        if rows[pile, Pile.CHARGING] > 0.0:
            work_out_shares(rows, curves, pile, now)
            first_gun = int(rows[pile, Pile.FIRST_GUN])
            for gun in range(first_gun, first_gun + int(rows[pile, Pile.GUNS])):
                if rows[gun, Gun.ACTIVE] > 0.0:
                    draw = min(rows[gun, Gun.SHARE_KW], rows[gun, Gun.REQUESTED_KW])
                    metered[gun - start] = draw / rows[gun, Gun.EFFICIENCY]
    level = water_level(rows[connection, Connection.LIMIT_KW], metered)
    for pile in range(first, last):
        first_gun = int(rows[pile, Pile.FIRST_GUN])
        for gun in range(first_gun, first_gun + int(rows[pile, Pile.GUNS])):
            if rows[gun, Gun.ACTIVE] > 0.0:
                fits = metered[gun - start] <= level
                cap = rows[gun, Gun.SHARE_KW] if fits else level * rows[gun, Gun.EFFICIENCY]
                set_cap(rows, curves, gun, cap, now)
                # behind a connection that binds, every breakpoint leaves power to others
                foresee_breakpoint(rows, curves, gun, now)
                rows[pile, Pile.NEXT_MIN] = min(
                    rows[pile, Pile.NEXT_MIN], rows[gun, Gun.FULL_MIN], rows[gun, Gun.BREAK_MIN]
                )
        foresee_half(rows, curves, pile)


@inner
def note_next(rows: Floats, connection: int, pile: int) -> None:
    """Note at which pile behind a connection something happens next, after a change at one that moved no power."""
    next_pile, soonest = int(rows[connection, Connection.NEXT_PILE]), rows[connection, Connection.NEXT_MIN]
    due = rows[pile, Pile.NEXT_MIN]
    if due < soonest or (due == soonest and pile <= next_pile):
        rows[connection, Connection.NEXT_PILE], rows[connection, Connection.NEXT_MIN] = pile, due
    elif pile == next_pile:
        find_next(rows, connection)


@inner
def find_next(rows: Floats, connection: int) -> None:
    """Find at which pile behind a connection something happens next, the first of equals."""
    pile = int(rows[connection, Connection.FIRST_PILE])
    soonest = rows[pile, Pile.NEXT_MIN]
    for other in range(pile + 1, pile + int(rows[connection, Connection.PILES])):
        due = rows[other, Pile.NEXT_MIN]
        if due < soonest:
            pile, soonest = other, due
    rows[connection, Connection.NEXT_PILE], rows[connection, Connection.NEXT_MIN] = pile, soonest


@inner
def claim(rows: Floats, pile: int) -> None:
    """Claim at the connection the most that a pile's vehicles may still draw together, kW at the meter."""
    connection = int(rows[pile, Pile.CONNECTION])
    start = int(rows[pile, Pile.FIRST_GUN])
    wanted, onwards = 0.0, 1.0
    for gun in range(start, start + int(rows[pile, Pile.GUNS])):
        if rows[gun, Gun.ACTIVE] > 0.0:
            wanted += rows[gun, Gun.CLAIM_KW] / rows[gun, Gun.PER_RATED]
            # from the side where the pile is rated to the meter: an AC pile is rated there
            onwards = min(onwards, rows[gun, Gun.EFFICIENCY] / rows[gun, Gun.PER_RATED])
    # an upper bound is enough: a claim that is too high costs a division, one too low would break the limit
    most = min(wanted, rows[pile, Pile.POWER_KW]) / onwards
    rows[connection, Connection.CLAIM_KW] += most - rows[pile, Pile.CLAIM_KW]
    rows[pile, Pile.CLAIM_KW] = most


@inner
def claim_anew(rows: Floats, curves: Floats, connection: int, now: float) -> None:
    """Claim with the SOC of now: curves fall, so old claims are too high."""
    # summed from zero, so that rounding of the running sum does not pile up over a year
    rows[connection, Connection.CLAIM_KW] = 0.0
    first = int(rows[connection, Connection.FIRST_PILE])
    for pile in range(first, first + int(rows[connection, Connection.PILES])):
        rows[pile, Pile.CLAIM_KW] = 0.0
        if rows[pile, Pile.CHARGING] > 0.0:
            start = int(rows[pile, Pile.FIRST_GUN])
            observe(rows, curves, start, start + int(rows[pile, Pile.GUNS]), now)
            for gun in range(start, start + int(rows[pile, Pile.GUNS])):
                if rows[gun, Gun.ACTIVE] > 0.0:
                    rows[gun, Gun.CLAIM_KW] = rows[gun, Gun.PEAK_KW]
            claim(rows, pile)
