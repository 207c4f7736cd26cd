"""First come, first served at one group of piles, compiled: the order of events without an event list.

The functions are on arrays and free of any simulator. ``serve_shared`` drives the rules of ``charging.kernel``.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

from charging.compiled import compiled
from charging.kernel import NEXT_MIN, PILE, REQUEST, TAKEN, advance_pile, plug_best
from charging.ramps import minutes_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

SERVED, BALKED, RENEGED = 1, 2, 3
"""What happened to a request, as in ``charging.log``."""


@compiled
def charge_minutes(curves: Floats, batteries: Floats, energy_kwh: Floats, most_kw: Floats, minutes: Floats) -> None:
    """Work out the minutes of charges that nobody disturbs; ``batteries`` as in ``charging.demand``."""
    for at in range(len(energy_kwh)):
        curve, accept_kw, scale_min, soc, end_soc = batteries[at]
        if curve < 0.0:
            minutes[at] = 60.0 * energy_kwh[at] / min(accept_kw, most_kw[at])
        else:
            cap = most_kw[at] / accept_kw
            minutes[at] = scale_min * minutes_between(curves, int(curve), cap, soc, end_soc)


@compiled
def serve_alone(
    order: Numbers,
    arrive: Floats,
    minutes: Floats,
    overstay: Floats,
    patience: Floats,
    max_queue: Floats,
    piles: int,
    plug: Floats,
    pile_of: Numbers,
    outcome: Numbers,
    leave: Floats,
) -> None:
    """Serve requests at piles that share with nobody: the recursion of Kiefer and Wolfowitz with patience.

    ``order`` are the requests by time of arrival; the other arrays are by request. Of idle piles the one that became
    idle last is taken. Written: ``plug`` (min), ``pile_of``, ``outcome``, ``leave`` (min, of those who are not served).
    """
    idle = np.arange(piles - 1, -1, -1)
    top = piles
    busy = [(0.0, 0, 0)]
    busy.pop()
    ends = np.empty(len(order))
    head = tail = 0
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
            while head < tail and ends[head] <= now:
                head += 1
            waiting = 0
            for place in range(head, tail):
                waiting += ends[place] > now
            if waiting >= max_queue[request]:
                outcome[request] = BALKED
                leave[request] = now
                continue
            start = busy[0][0]
            ends[tail] = min(start, now + patience[request])
            tail += 1
            if start > now + patience[request]:
                outcome[request] = RENEGED
                leave[request] = now + patience[request]
                continue
            pile = heapq.heappop(busy)[2]
        plug[request] = start
        pile_of[request] = pile
        outcome[request] = SERVED
        heapq.heappush(busy, (start + minutes[request] + overstay[request], number, pile))


@compiled
def serve_shared(
    guns: Floats,
    piles: Floats,
    sites: Floats,
    curves: Floats,
    log: Floats,
    batteries: Floats,
    first: int,
    count: int,
    order: Numbers,
    arrive: Floats,
    most_kw: Floats,
    efficiency: Floats,
    overstay: Floats,
    patience: Floats,
    max_queue: Floats,
    plug: Floats,
    full: Floats,
    gun_of: Numbers,
    outcome: Numbers,
    leave: Floats,
) -> Floats:
    """Serve requests at piles whose guns share power; return the log, which may have grown.

    ``first`` and ``count`` are the group's piles; arrays as for ``serve_alone``. Written: ``plug``, ``full`` (min),
    ``gun_of`` (from 1 on), ``outcome``, ``leave``.
    """
    free = _count(guns, first, count)
    room = free + 1
    done = np.zeros(room)
    queue = np.empty(len(order), dtype=np.int64)
    head = tail = at = 0
    standing = [(0.0, 0)]
    standing.pop()
    while True:
        pile = _next_pile(piles, first, count)
        pile_min = piles[pile, NEXT_MIN]
        stand_min = standing[0][0] if len(standing) > 0 else math.inf
        arrive_min = arrive[order[at]] if at < len(order) else math.inf
        now = min(pile_min, stand_min, arrive_min)
        if now == math.inf:
            break
        log = _with_room(log, room)
        freed = 0
        caller = -1
        if pile_min == now:
            freed = _end_charges(guns, piles, curves, log, pile, now, done, overstay, full, standing)
        elif stand_min == now:
            guns[heapq.heappop(standing)[1], TAKEN] = 0.0
            freed = 1
        else:
            request = order[at]
            at += 1
            if free > 0:
                caller = request
            elif _waiting(queue, head, tail, arrive, patience, now) >= max_queue[request]:
                outcome[request], leave[request] = BALKED, now
            else:
                queue[tail] = request
                tail += 1
        free += freed
        while caller >= 0 or (freed > 0 and head < tail):
            if caller < 0:
                caller = queue[head]
                head += 1
                freed -= 1
                if arrive[caller] + patience[caller] < now:
                    outcome[caller], leave[caller] = RENEGED, arrive[caller] + patience[caller]
                    freed += 1
                    caller = -1
                    continue
            free -= 1
            terms = (first, count, caller, most_kw[caller], efficiency[caller], now)
            gun, _ = plug_best(guns, piles, sites, curves, log, batteries, *terms)
            plug[caller], gun_of[caller], outcome[caller] = now, gun + 1, SERVED
            caller = -1
    for place in range(head, tail):
        request = queue[place]
        outcome[request], leave[request] = RENEGED, arrive[request] + patience[request]
    return log


@compiled
def _count(guns: Floats, first: int, count: int) -> int:
    """Return how many guns some piles have."""
    found = 0
    for gun in range(len(guns)):
        found += first <= int(guns[gun, PILE]) < first + count
    return found


@compiled
def _next_pile(piles: Floats, first: int, count: int) -> int:
    """Return the pile at which something happens next."""
    chosen = first
    for pile in range(first, first + count):
        if piles[pile, NEXT_MIN] < piles[chosen, NEXT_MIN]:
            chosen = pile
    return chosen


@compiled
def _with_room(log: Floats, room: int) -> Floats:
    """Return the log with room for so many more rows."""
    if log[0, 0] + room < len(log):
        return log
    grown = np.zeros((2 * len(log) + room, log.shape[1]))
    grown[: len(log)] = log
    return grown


@compiled
def _waiting(queue: Numbers, head: int, tail: int, arrive: Floats, patience: Floats, now: float) -> int:
    """Return how many of a queue still wait."""
    waiting = 0
    for place in range(head, tail):
        waiting += arrive[queue[place]] + patience[queue[place]] > now
    return waiting


@compiled
def _end_charges(
    guns: Floats,
    piles: Floats,
    curves: Floats,
    log: Floats,
    pile: int,
    now: float,
    done: Floats,
    overstay: Floats,
    full: Floats,
    standing: list[tuple[float, int]],
) -> int:
    """End the charges at a pile that are full and divide its power again; return how many guns became free."""
    freed = 0
    ended, _ = advance_pile(guns, piles, curves, log, pile, now, done)
    for place in range(ended):
        gun = int(done[place])
        request = int(guns[gun, REQUEST])
        full[request] = now
        if overstay[request] > 0.0:
            heapq.heappush(standing, (now + overstay[request], gun))
        else:
            guns[gun, TAKEN] = 0.0
            freed += 1
    return freed
