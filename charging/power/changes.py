"""What happens at shared piles, as four calls: an offer to a vehicle, plugging in, and what is next at a pile.

Compiled functions on the matrix of ``charging.power.records``, free of any simulator and exact between events. Shares
are set when a vehicle plugs in or gets full, and where a curve's breakpoint changes the division. Between such events
each vehicle draws the lesser of its curve and its share (``charging.power.curves``). Each time that a vehicle's share
changes or it gets full, a charging segment is added to the log. Piles whose guns are all taken are run ahead: the
breakpoints until a vehicle is full or leaves need no event, and their segments are logged before they are over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.power.allocation import SLACK_KW
from charging.power.compiled import inner
from charging.power.connection_sharing import claim, claim_anew, exceeded, share_connection
from charging.power.curves import power_at
from charging.power.pile_sharing import finish, free_guns, offer_kw, offers_no_more, share_ahead
from charging.power.records import FIRST_GUN_ROW, HEADER, Battery, Connection, Group, Gun, Header, Pile, Terms
from charging.power.vehicle_state import observe

if TYPE_CHECKING:
    from data.arrays import Floats


@inner
def best_gun(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[float, int]:
    """Return the most power that a free gun of a group offers a vehicle now (kW), and that gun; -1 if none is free.

    ``batteries`` as in ``charging.engine.demand``.
    """
    first = int(rows[group, Group.FIRST_PILE])
    last = first + int(rows[group, Group.PILES])
    terms = int(rows[group, Group.TERMS]) + int(batteries[request, Battery.MODEL])
    per_rated = rows[terms, Terms.PER_RATED]
    requested_kw = min(wanted_kw(curves, batteries, request), rows[terms, Terms.MOST_KW])
    # a pile of one's own is never worse than a shared one
    empty = int(rows[group, Group.FIRST_EMPTY])
    while empty < last and rows[empty, Pile.CHARGING] > 0.0:
        empty += 1
    rows[group, Group.FIRST_EMPTY] = empty
    for pile in range(empty, last):
        # where a vehicle charges, the guns need not be looked at
        if (
            rows[pile, Pile.CHARGING] == 0.0
            and rows[pile, Pile.DOWN] == 0.0
            and free_guns(rows, pile) == int(rows[pile, Pile.GUNS])
        ):
            return offer_kw(rows, pile, requested_kw, per_rated), int(rows[pile, Pile.FIRST_GUN])
    best, chosen = -1.0, -1
    for pile in range(first, last):
        if (
            rows[pile, Pile.CHARGING] == rows[pile, Pile.GUNS]
            or rows[pile, Pile.DOWN] > 0.0
            or (chosen >= 0 and offers_no_more(rows, pile, per_rated, best, now))
            or free_guns(rows, pile) == 0
        ):
            continue
        start = int(rows[pile, Pile.FIRST_GUN])
        gun = start
        while rows[gun, Gun.TAKEN] > 0.0:
            gun += 1
        observe(rows, curves, start, start + int(rows[pile, Pile.GUNS]), now)
        power = offer_kw(rows, pile, requested_kw, per_rated)
        if power > best + SLACK_KW:
            best, chosen = power, gun
            if power >= requested_kw:
                break
    return best, chosen


@inner
def wanted_kw(curves: Floats, batteries: Floats, request: int) -> float:
    """Return the power that a vehicle could take when it plugs in, kW, whatever the gun."""
    share = power_at(curves, int(batteries[request, Battery.CURVE]), batteries[request, Battery.START_SOC])
    return float(min(batteries[request, Battery.ACCEPT_KW] * share, batteries[request, Battery.MOST_KW]))


@inner
def plug_best(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[int, float]:
    """Do ``best_gun`` and ``plug`` in one call; return the gun, and when the next thing happens."""
    _, gun = best_gun(rows, curves, batteries, group, request, now)
    return gun, plug(rows, curves, batteries, gun, request, now)


@inner
def plug(rows: Floats, curves: Floats, batteries: Floats, gun: int, request: int, now: float) -> float:
    """Let a vehicle charge at a gun; return when the next thing happens at its pile or connection."""
    pile = int(rows[gun, Gun.PILE])
    rows[gun, Gun.TAKEN] = 1.0
    rows[HEADER, Header.VEHICLES] += 1.0
    rows[gun, Gun.ORDER] = rows[HEADER, Header.VEHICLES]
    rows[gun, Gun.REQUEST] = request
    rows[gun, Gun.LEAVE_MIN] = math.inf
    for column in range(batteries.shape[1]):
        rows[gun, Gun.CURVE + column] = batteries[request, column]
    rows[gun, Gun.SCALE_MIN] /= rows[gun, Gun.ACCEPT_KW]  # the capacity was copied there
    terms = int(rows[int(rows[pile, Pile.GROUP]), Group.TERMS] + rows[gun, Gun.MODEL])
    rows[gun, Gun.MOST_KW] = min(rows[gun, Gun.MOST_KW], rows[terms, Terms.MOST_KW])
    rows[gun, Gun.PER_RATED] = rows[terms, Terms.PER_RATED]
    rows[gun, Gun.EFFICIENCY] = rows[terms, Terms.EFFICIENCY]
    rows[gun, Gun.ACTIVE] = 1.0
    rows[gun, Gun.CAP_KW] = -1.0
    rows[gun, Gun.SINCE_MIN] = now
    rows[gun, Gun.FULL_MIN] = rows[gun, Gun.BREAK_MIN] = math.inf
    rows[gun, Gun.SEEN_MIN] = -math.inf
    rows[pile, Pile.CHARGING] += 1.0
    connection = int(rows[pile, Pile.CONNECTION])
    if connection < 0:
        return share_ahead(rows, curves, pile, now)
    if rows[connection, Connection.ENOUGH] == 0.0:
        observe(rows, curves, gun, gun + 1, now)
        rows[gun, Gun.CLAIM_KW] = rows[gun, Gun.PEAK_KW]
        claim(rows, pile)
        # before the connection is said to bind, the claims are brought up to date: most have fallen since they were
        # made
        if rows[connection, Connection.BOUND] == 0.0 and exceeded(rows, connection):
            claim_anew(rows, curves, connection, now)
    return share_connection(rows, curves, connection, pile, now)


@inner
def advance_pile(rows: Floats, curves: Floats, pile: int, now: float) -> tuple[int, float]:
    """Take the vehicles at a pile that are full or have to leave off the power, and divide again.

    Return them and when the next thing happens. The first is the gun, -1 for none, or minus the number of guns, which
    are then listed in ``Gun.FULL_LIST``.
    """
    count = finish(rows, curves, pile, now, 0)
    return _full(rows, count), share_ahead(rows, curves, pile, now)


@inner
def advance_connection(rows: Floats, curves: Floats, connection: int, now: float) -> tuple[int, float]:
    """Do the same at the piles behind a connection."""
    last = int(rows[connection, Connection.FIRST_PILE] + rows[connection, Connection.PILES])
    count = 0
    # no pile before that is due: of equals it is the first
    for pile in range(int(rows[connection, Connection.NEXT_PILE]), last):
        if rows[pile, Pile.NEXT_MIN] <= now:
            before = count
            count = finish(rows, curves, pile, now, count)
            if count > before and rows[connection, Connection.ENOUGH] == 0.0:
                claim(rows, pile)
            share_connection(rows, curves, connection, pile, now)
            if rows[connection, Connection.NEXT_MIN] > now:
                break  # nothing is due at those after it
    return _full(rows, count), float(rows[connection, Connection.NEXT_MIN])


@inner
def _full(rows: Floats, count: int) -> int:
    """Return the gun whose vehicle is full, -1 for none, or minus their number."""
    return int(rows[FIRST_GUN_ROW, Gun.FULL_LIST]) if count == 1 else -max(count, 1)
