"""First come, first served at one group of piles, compiled: the order of events without an event list.

The functions are on arrays and free of any simulator. ``serve_shared`` drives the rules of ``charging.power.changes``.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

from charging.engine.log import BALKED, RENEGED, SERVED
from charging.power.changes import advance_pile, plug_best
from charging.power.compiled import allocating, compiled, inner
from charging.power.records import FIRST_GUN_ROW, HEADER, Group, Gun, Header, Pile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints


@compiled
def serve_alone(
    order: Ints,
    arrive: Floats,
    minutes: Floats,
    overstay: Floats,
    patience: Floats,
    max_queue: Floats,
    leave_by: Floats,
    piles: int,
    plug: Floats,
    pile_of: Ints,
    outcome: Ints,
    leave: Floats,
) -> None:
    """Serve requests at piles that share with nobody: the recursion of Kiefer and Wolfowitz with patience.

    ``order`` are the requests by time of arrival; the other arrays are by request. Of idle piles the one that became
    idle last is taken. Written: ``plug`` (min), ``pile_of``, ``outcome``, and of drivers who are not
    served ``leave`` (min).
    """
    idle = np.arange(piles - 1, -1, -1)
    top = piles
    busy = [(0.0, 0, 0)]  # numba infers the type of a list from an element
    busy.pop()
    # when those who wait stop waiting, the first to do so on top: the queue is counted without looking at all of it
    ends = [0.0]
    ends.pop()
    for number in range(len(order)):
        request = order[number]
        now = arrive[request]
        while len(busy) > 0 and busy[0][0] <= now:
            idle[top] = heapq.heappop(busy)[2]
            top += 1
        start = now
        if top > 0:
            top -= 1
            pile = idle[top]
        else:
            while len(ends) > 0 and ends[0] <= now:
                heapq.heappop(ends)
            if len(ends) >= max_queue[request]:
                outcome[request] = BALKED
                leave[request] = now
                continue
            # served in order, so the next gun to be free is this vehicle's; it waits for that or for its patience
            start = busy[0][0]
            # whose patience ends as another arrives is still seen in the queue, as on the clock
            left = np.nextafter(min(now + patience[request], leave_by[request]), math.inf)
            heapq.heappush(ends, min(start, left))
            if start > now + patience[request] or start >= leave_by[request]:
                outcome[request] = RENEGED
                leave[request] = min(now + patience[request], leave_by[request])
                continue
            pile = heapq.heappop(busy)[2]
        plug[request] = start
        pile_of[request] = pile
        outcome[request] = SERVED
        heapq.heappush(busy, (min(start + minutes[request] + overstay[request], leave_by[request]), number, pile))


@compiled
def serve_shared(
    rows: Floats,
    curves: Floats,
    batteries: Floats,
    group: int,
    order: Ints,
    arrive: Floats,
    patience: Floats,
    max_queue: Floats,
    leave_by: Floats,
    plug: Floats,
    full: Floats,
    gun_of: Ints,
    outcome: Ints,
    leave: Floats,
) -> Floats:
    """Serve requests at piles whose guns share power; return the rows, whose log may have grown.

    The first three as in ``charging.power.kernel``, ``group`` is the group's row; arrays as for ``serve_alone``.
    Written: ``plug``, ``full`` (min), ``gun_of``, ``outcome``, ``leave``.
    """
    first = int(rows[group, Group.FIRST_PILE])
    count = int(rows[group, Group.PILES])
    free = int(rows[first, Pile.GUNS]) * count
    room = free + 1
    queue = np.empty(len(order), dtype=np.int64)
    head = tail = turn = 0
    standing = [(0.0, 0)]
    standing.pop()
    # who left the queue before a gun came free: noticed in order of leaving, counted until the turn comes
    leaving = [(0.0, 0)]
    leaving.pop()
    gone, has_left = 0, np.zeros(len(order), dtype=np.bool_)
    while True:
        pile = _next_pile(rows, first, count)
        pile_min = rows[pile, Pile.NEXT_MIN]
        stand_min = standing[0][0] if len(standing) > 0 else math.inf
        arrive_min = arrive[order[turn]] if turn < len(order) else math.inf
        now = min(pile_min, stand_min, arrive_min)
        if now == math.inf:
            break
        rows = _with_room(rows, room)
        freed = 0
        caller = -1
        # as on the clock: guns are freed before a vehicle that arrives at the same instant looks for one
        if pile_min == now:
            freed = _end_charges(rows, curves, pile, now, full, standing)
        elif stand_min == now:
            rows[heapq.heappop(standing)[1], Gun.TAKEN] = 0.0
            freed = 1
        else:
            request = order[turn]
            turn += 1
            if free > 0:
                caller = request
            else:
                gone += _note_left(leaving, has_left, head, now)
                if tail - head - gone >= max_queue[request]:
                    outcome[request], leave[request] = BALKED, now
                else:
                    heapq.heappush(leaving, (min(now + patience[request], leave_by[request]), tail))
                    queue[tail] = request
                    tail += 1
        free += freed
        while caller >= 0 or (freed > 0 and head < tail):
            if caller < 0:
                caller = queue[head]
                gone -= has_left[head]
                head += 1
                freed -= 1
                # left before a gun came: noticed only now, because nothing hinges on it earlier
                if arrive[caller] + patience[caller] < now or leave_by[caller] <= now:
                    outcome[caller], leave[caller] = RENEGED, min(arrive[caller] + patience[caller], leave_by[caller])
                    freed += 1
                    caller = -1
                    continue
            free -= 1
            gun, _ = plug_best(rows, curves, batteries, group, caller, now)
            plug[caller], gun_of[caller], outcome[caller] = now, gun, SERVED
            caller = -1
    # no gun was freed any more: those that still wait lose patience
    for waiting in range(head, tail):
        request = queue[waiting]
        outcome[request], leave[request] = RENEGED, min(arrive[request] + patience[request], leave_by[request])
    return rows


@inner
def _next_pile(rows: Floats, first: int, count: int) -> int:
    """Return the pile at which something happens next."""
    chosen = first
    for pile in range(first, first + count):
        if rows[pile, Pile.NEXT_MIN] < rows[chosen, Pile.NEXT_MIN]:
            chosen = pile
    return chosen


@allocating
def _with_room(rows: Floats, room: int) -> Floats:
    """Return the rows with room for `room` more charging segments in the log."""
    if rows[HEADER, Header.LOG_ROW] + rows[HEADER, Header.SEGMENTS] + room < len(rows):
        return rows
    # the log is at the end: the other rows keep their numbers
    grown = np.zeros((2 * len(rows) + room, rows.shape[1]))
    grown[: len(rows)] = rows
    return grown


@allocating
def _note_left(leaving: list[tuple[float, int]], has_left: NDArray[np.bool_], head: int, now: float) -> int:
    """Note who left the queue by now, in order of leaving; return how many of them no gun has passed yet."""
    gone = 0
    while len(leaving) > 0 and leaving[0][0] < now:
        place = heapq.heappop(leaving)[1]
        has_left[place] = True
        gone += place >= head
    return gone


@allocating
def _end_charges(
    rows: Floats, curves: Floats, pile: int, now: float, full: Floats, standing: list[tuple[float, int]]
) -> int:
    """End the charges at a pile that are full and divide its power again; return how many guns became free."""
    freed = 0
    done, _ = advance_pile(rows, curves, pile, now)
    # a gun, -1 for none, or minus their number
    for entry in range(1 if done >= 0 else -done if done < -1 else 0):
        gun = int(rows[FIRST_GUN_ROW + entry, Gun.FULL_LIST])
        full[int(rows[gun, Gun.REQUEST])] = now
        if rows[gun, Gun.OVERSTAY_MIN] > 0.0 and rows[gun, Gun.LEAVE_MIN] > now:
            heapq.heappush(standing, (min(now + rows[gun, Gun.OVERSTAY_MIN], rows[gun, Gun.LEAVE_MIN]), gun))
        else:
            freed += 1
    return freed
