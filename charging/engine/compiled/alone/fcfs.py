"""First come, first served at one group of piles, compiled: the order of events without an event list.

The functions are on arrays and free of any simulator. ``serve_shared`` drives the rules of ``charging.power.changes``.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

from charging.engine.log import BALKED, RENEGED
from charging.power.changes import advance_pile, plug_best
from charging.power.compiled import allocating, compiled, inner
from charging.power.records import FIRST_GUN_ROW, HEADER, SEGMENTS_IN_ROW, Group, Gun, Header, Pile

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
    first_gun: int,
    plug: Floats,
    gun: Ints,
    outcome: Ints,
    end: Floats,
) -> int:
    """Serve requests at piles that share with nobody: the recursion of Kiefer and Wolfowitz with patience.

    ``order`` are the requests by time of arrival; the other arrays are by request, and ``leave_by`` may be one number
    for all. Of idle piles the one that became idle last is taken. Written: of those served ``plug`` (min), ``gun``,
    counted from ``first_gun`` on, and ``end``, when they would be full (min); of the others ``outcome`` and ``end``,
    when they leave. Return how many are not served.
    """
    idle, top = np.arange(piles - 1, -1, -1), piles
    # when piles become free, a binary heap; ties go by the order in which they were taken
    free_min, turns, pile_at = np.empty(piles), np.empty(piles, dtype=np.int64), np.empty(piles, dtype=np.int64)
    busy = refused = 0
    counted = np.min(max_queue) < math.inf if len(max_queue) > 0 else False
    # when those who wait stop waiting: the queue is counted without looking at all of it. Those who will be served do
    # so in the order in which they came; of the others the first to lose patience is on top
    starts, head, tail = np.empty(len(order) if counted else 0), 0, 0
    losses = [0.0]
    losses.pop()
    at_leave = min(1, len(leave_by) - 1)
    for number in range(len(order)):
        request = order[number]
        now = arrive[request]
        while busy > 0 and free_min[0] <= now:
            idle[top] = pile_at[0]
            top += 1
            busy -= 1
            _sift_down(free_min, turns, pile_at, busy, free_min[busy], turns[busy], pile_at[busy])
        if top > 0:
            top -= 1
            start, pile = now, idle[top]
            leave = min(start + minutes[request] + overstay[request], leave_by[request * at_leave])
            _sift_up(free_min, turns, pile_at, busy, leave, number, pile)
            busy += 1
        else:
            last = min(now + patience[request], leave_by[request * at_leave])
            # served in order, so the next gun to be free is this vehicle's; it waits for that or for its patience
            start, pile = free_min[0], pile_at[0]
            if counted:
                while head < tail and starts[head] <= now:
                    head += 1
                while len(losses) > 0 and losses[0] <= now:
                    heapq.heappop(losses)
                if tail - head + len(losses) >= max_queue[request]:
                    outcome[request], end[request] = BALKED, now
                    refused += 1
                    continue
                if start <= last:
                    starts[tail] = start
                    tail += 1
                else:
                    # whose patience ends as another arrives is still seen in the queue, as on the clock
                    heapq.heappush(losses, np.nextafter(last, math.inf))
            if start > now + patience[request] or start >= leave_by[request * at_leave]:
                outcome[request], end[request] = RENEGED, last
                refused += 1
                continue
            leave = min(start + minutes[request] + overstay[request], leave_by[request * at_leave])
            _sift_down(free_min, turns, pile_at, busy, leave, number, pile)
        plug[request], gun[request], end[request] = start, first_gun + pile, start + minutes[request]
    return refused


@inner
def _sift_up(free_min: Floats, turns: Ints, pile_at: Ints, size: int, time_min: float, turn: int, pile: int) -> None:
    """Put an entry into a heap of a size."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        if free_min[parent] < time_min or (free_min[parent] == time_min and turns[parent] < turn):
            break
        free_min[place], turns[place], pile_at[place] = free_min[parent], turns[parent], pile_at[parent]
        place = parent
    free_min[place], turns[place], pile_at[place] = time_min, turn, pile


@inner
def _sift_down(free_min: Floats, turns: Ints, pile_at: Ints, size: int, time_min: float, turn: int, pile: int) -> None:
    """Put an entry in place of the first one of a heap of a size."""
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        other = child + 1
        if other < size and (
            free_min[other] < free_min[child] or (free_min[other] == free_min[child] and turns[other] < turns[child])
        ):
            child = other
        if time_min < free_min[child] or (time_min == free_min[child] and turn < turns[child]):
            break
        free_min[place], turns[place], pile_at[place] = free_min[child], turns[child], pile_at[child]
        place = child
    free_min[place], turns[place], pile_at[place] = time_min, turn, pile


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
    end: Floats,
    gun_of: Ints,
    outcome: Ints,
) -> tuple[Floats, int]:
    """Serve requests at piles whose guns share power; return the rows, whose log may have grown.

    The first three as in ``charging.power.kernel``, ``group`` is the group's row; the rest as for ``serve_alone``.
    Return how many are not served, too.
    """
    refused = 0
    at_leave = min(1, len(leave_by) - 1)
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
            freed = _end_charges(rows, curves, pile, now, end, standing)
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
                    outcome[request], end[request] = BALKED, now
                    refused += 1
                else:
                    heapq.heappush(leaving, (min(now + patience[request], leave_by[request * at_leave]), tail))
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
                last_min = min(arrive[caller] + patience[caller], leave_by[caller * at_leave])
                if arrive[caller] + patience[caller] < now or leave_by[caller * at_leave] <= now:
                    outcome[caller], end[caller] = RENEGED, last_min
                    refused += 1
                    freed += 1
                    caller = -1
                    continue
            free -= 1
            gun, _ = plug_best(rows, curves, batteries, group, caller, now)
            plug[caller], gun_of[caller] = now, gun
            caller = -1
    # no gun was freed any more: those that still wait lose patience
    for waiting in range(head, tail):
        request = queue[waiting]
        outcome[request] = RENEGED
        end[request] = min(arrive[request] + patience[request], leave_by[request * at_leave])
    return rows, refused + tail - head


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
    if rows[HEADER, Header.SEGMENTS] + room < SEGMENTS_IN_ROW * (len(rows) - rows[HEADER, Header.LOG_ROW]):
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
