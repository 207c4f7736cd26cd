"""What happens at the stands of shared e-bikes, rides between them, and work at them: compiled.

Memory map. ``stands`` has a row per point: how many bikes stand there; the minute since which one of them can be
rented, NaN where none can; such times added up by hour of the day; and the states of charge of its bikes, rising. Its
last row is the tally of what all of these count together. Rides are a heap in the rows of ``rides`` (arrival, row of
the trip, destination, SOC then), the next one to end on top. ``trips`` has the trips in columns, with what became of
them. ``work`` has a row per crew and van: what it does at a point, bike by bike, and the SOC of the bikes that it took.
Four arrays for all of it, because each costs 200 to 300 ns in a call, and many calls do less than that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from data.arrays import HOURS
from fleet.ebikes.trips import NO_BIKE, NO_CHARGE, SERVED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints

COUNT, SINCE, OPEN = range(3)
"""Columns of a point: its bikes, since when one can be rented, and the first of the hours in which one could."""
BIKES: Final = OPEN + HOURS
"""First of the columns with the SOC of its bikes."""
TALLY: Final = -1
"""Row of the tally among the points."""
UNDER_WAY, NEXT, AWAY_BIKES, AWAY_SOC, LEAST_SOC, SWAPPED_KWH, TURNS = range(7)
"""Columns of the tally: rides, next trip, bikes that stand nowhere and the sum of their SOC, SOC that can be rented,
energy that crews brought, and bikes that crews and vans went on with."""
ARRIVE, ROW, POINT, SOC = range(4)
"""Columns of a ride."""
DEPART, ORIGIN, DESTINATION, USE, MINUTES, OUTCOME = range(6)
"""Rows of the trips: when and from where to where, the SOC that they use, how long they take, what became of them."""
EMPTIEST, BEST = range(2)
"""Which bike of a point is taken."""
SWAP, LOAD, UNLOAD = range(3)
"""Work: a crew gives bikes charged batteries, a van takes bikes, a van leaves bikes."""
AT, ORDER, TURN, KIND, PLACE, BIKE_MIN, MOST, LIMIT, BATTERY_KWH, DONE = range(10)
"""Columns of work: when the next bike is done, infinite without work; in which order of those of one minute, and which
turn of one order; work and point; minutes per bike; how many bikes at most; the SOC from which a battery is not due, or
how many bikes are to stay; size of a battery; how many bikes are done."""
HELD: Final = DONE + 1
"""First of the columns with the SOC of the bikes that were taken."""
FULL: Final = -1
"""Answer where a bike comes to a stand whose row has no room left."""
NOBODY: Final = -2
"""Answer of `work_until` where no work ends."""


@inner
def _can_rent(stands: Floats, point: int) -> bool:
    """Return whether a bike can be rented at a point."""
    bikes = int(stands[point, COUNT])
    return bool(bikes > 0 and stands[point, BIKES + bikes - 1] >= stands[TALLY, LEAST_SOC])


@inner
def _add_open(stands: Floats, point: int, start: float, end: float) -> None:
    """Add a span of time to the hours of the day."""
    while start < end:
        hour = int(start // 60.0)
        # hour by hour: availability is asked for by hour of the day
        until = min(end, 60.0 * (hour + 1))
        stands[point, OPEN + hour % HOURS] += until - start
        start = until


@inner
def _taken(stands: Floats, point: int, which: int, minute: float) -> float:
    """Take a bike (`EMPTIEST` or `BEST`) away from a point; return its SOC."""
    left = int(stands[point, COUNT]) - 1
    stands[point, COUNT] = left
    if which == BEST:
        bike = stands[point, BIKES + left]
    else:
        bike = stands[point, BIKES]
        for place in range(BIKES, BIKES + left):
            stands[point, place] = stands[point, place + 1]
    stands[TALLY, AWAY_BIKES] += 1.0
    stands[TALLY, AWAY_SOC] += bike
    if not math.isnan(stands[point, SINCE]) and not _can_rent(stands, point):
        _add_open(stands, point, stands[point, SINCE], minute)
        stands[point, SINCE] = np.nan
    return float(bike)


@inner
def _left(stands: Floats, point: int, left_with: float, now_with: float, minute: float) -> None:
    """Put a bike that was taken away with a SOC to a point, now with another; its row has room."""
    place = BIKES + int(stands[point, COUNT])
    while place > BIKES and stands[point, place - 1] > now_with:
        stands[point, place] = stands[point, place - 1]
        place -= 1
    stands[point, place] = now_with
    stands[point, COUNT] += 1.0
    stands[TALLY, AWAY_BIKES] -= 1.0
    stands[TALLY, AWAY_SOC] -= left_with
    if now_with >= stands[TALLY, LEAST_SOC] and math.isnan(stands[point, SINCE]):
        stands[point, SINCE] = minute


@inner
def _before(rides: Floats, one: int, other: int) -> bool:
    """Return whether a ride ends before another; those of one minute in the order of their trips."""
    if rides[one, ARRIVE] != rides[other, ARRIVE]:
        return bool(rides[one, ARRIVE] < rides[other, ARRIVE])
    return bool(rides[one, ROW] < rides[other, ROW])


@inner
def _swapped(rides: Floats, one: int, other: int) -> None:
    """Swap two rides of the heap."""
    for column in range(rides.shape[1]):
        kept = rides[one, column]
        rides[one, column] = rides[other, column]
        rides[other, column] = kept


@inner
def _push(stands: Floats, rides: Floats, arrive: float, row: int, point: float, soc: float) -> None:
    """Add a ride to the heap."""
    here = int(stands[TALLY, UNDER_WAY])
    rides[here, ARRIVE], rides[here, ROW], rides[here, POINT], rides[here, SOC] = arrive, row, point, soc
    stands[TALLY, UNDER_WAY] += 1.0
    while here > 0 and _before(rides, here, (here - 1) // 2):
        _swapped(rides, here, (here - 1) // 2)
        here = (here - 1) // 2


@inner
def _pop(stands: Floats, rides: Floats) -> None:
    """Take the first ride off the heap."""
    last = int(stands[TALLY, UNDER_WAY]) - 1
    stands[TALLY, UNDER_WAY] = last
    _swapped(rides, 0, last)
    here = 0
    while 2 * here + 1 < last:
        child = 2 * here + 1
        if child + 1 < last and _before(rides, child + 1, child):
            child += 1
        if not _before(rides, child, here):
            break
        _swapped(rides, here, child)
        here = child


@inner
def _ridden(stands: Floats, rides: Floats, trips: Floats, until: float) -> float:
    """Let customers ride as `ride_until` does."""
    number, room = trips.shape[1], stands.shape[1] - BIKES
    while True:
        row = int(stands[TALLY, NEXT])
        departs = trips[DEPART, row] if row < number else np.inf
        arrives = rides[0, ARRIVE] if stands[TALLY, UNDER_WAY] > 0.0 else np.inf
        first = min(departs, arrives)
        if first > until or first == np.inf:
            return float(first)
        if arrives <= departs:
            point, left = int(rides[0, POINT]), rides[0, SOC]
            if stands[point, COUNT] == room:
                return FULL
            _pop(stands, rides)
            _left(stands, point, left, left, arrives)
            continue
        stands[TALLY, NEXT] += 1.0
        point = int(trips[ORIGIN, row])
        bikes = int(stands[point, COUNT])
        if bikes == 0:
            trips[OUTCOME, row] = NO_BIKE
            continue
        best = stands[point, BIKES + bikes - 1]
        left = best - trips[USE, row]
        if best < stands[TALLY, LEAST_SOC] or left < 0.0:
            trips[OUTCOME, row] = NO_CHARGE
            continue
        _taken(stands, point, BEST, departs)
        # what the ride uses leaves at once, so that energy closes at every minute of it
        stands[TALLY, AWAY_SOC] += left - best
        trips[OUTCOME, row] = SERVED
        _push(stands, rides, departs + trips[MINUTES, row], row, trips[DESTINATION, row], left)


@compiled
def ride_until(stands: Floats, rides: Floats, trips: Floats, until: float) -> float:
    """Let customers take bikes and bring them back up to a minute; return when the next one does, or `FULL`.

    Of one minute a bike that comes back goes before a customer. Compiled, because a week of a county has 35,000 trips:
    3 ms instead of 60 ms.
    """
    return _ridden(stands, rides, trips, until)


@inner
def _goes_on(stands: Floats, work: Floats, worker: int, minute: float) -> bool:
    """Let a crew or van begin with its next bike; return whether there is one."""
    point, kind, done = int(work[worker, PLACE]), work[worker, KIND], int(work[worker, DONE])
    goes = done < work[worker, MOST]
    if goes and kind == SWAP:
        goes = stands[point, COUNT] > 0.0 and stands[point, BIKES] < work[worker, LIMIT]
        if goes:
            work[worker, HELD + done] = _taken(stands, point, EMPTIEST, minute)
    elif goes and kind == LOAD:
        goes = stands[point, COUNT] > work[worker, LIMIT]
        if goes:
            work[worker, HELD + done] = _taken(stands, point, BEST, minute)
    work[worker, AT] = minute + work[worker, BIKE_MIN] if goes else np.inf
    return bool(goes)


@inner
def _finished(stands: Floats, work: Floats, worker: int, minute: float) -> None:
    """Let a crew or van be done with a bike; the row of its point has room for it."""
    point, done = int(work[worker, PLACE]), int(work[worker, DONE])
    soc = work[worker, HELD + done]
    # put back bike by bike: customers need not wait until the crew leaves
    if work[worker, KIND] == SWAP:
        _left(stands, point, soc, 1.0, minute)
        stands[TALLY, SWAPPED_KWH] += (1.0 - soc) * work[worker, BATTERY_KWH]
    elif work[worker, KIND] == UNLOAD:
        _left(stands, point, soc, soc, minute)
    work[worker, DONE] += 1.0


@inner
def _first(work: Floats) -> int:
    """Return who is done with a bike next."""
    first = 0
    for worker in range(1, len(work)):
        # column by column: minute, order, turn
        for column in range(KIND):
            if work[worker, column] != work[first, column]:
                if work[worker, column] < work[first, column]:
                    first = worker
                break
    return first


@compiled
def begin_work(stands: Floats, work: Floats, worker: int, minute: float) -> bool:
    """Let a crew or van begin with the work in its row; return whether there is any; customers rode up to now."""
    return _goes_on(stands, work, worker, minute)


@compiled
def work_until(
    stands: Floats, rides: Floats, trips: Floats, work: Floats, before: tuple[float, float, float]
) -> tuple[int, float, float, float, float]:
    """Let crews and vans work up to a time, or up to the first who has nothing left to do at its point.

    Of one minute customers go before crews and vans, and these as their orders say.

    ``before``: the time, and the order from which what happens at that minute waits; and the order of what begins from
    here on. Return who ended its work, `NOBODY` or `FULL`, when and in which order of that minute; when the next bike
    is done; and when the next customer takes or brings a bike.
    """
    until, order, new = before
    room = stands.shape[1] - BIKES
    following = -np.inf
    while True:
        worker = _first(work)
        minute, own_order = work[worker, AT], work[worker, ORDER]
        if not (minute < until or (minute == until and own_order < order)) or minute == np.inf:
            return NOBODY, minute, own_order, minute, following
        following = _ridden(stands, rides, trips, minute)
        if following == FULL or (work[worker, KIND] != LOAD and stands[int(work[worker, PLACE]), COUNT] == room):
            return FULL, minute, own_order, minute, following
        _finished(stands, work, worker, minute)
        stands[TALLY, TURNS] += 1.0
        work[worker, ORDER], work[worker, TURN] = new, stands[TALLY, TURNS]
        if not _goes_on(stands, work, worker, minute):
            return worker, minute, own_order, work[_first(work), AT], following


@compiled
def largest_move(
    stands: Floats, target: Ints, town: Ints, claimed: NDArray[np.bool_], most: int, least: float
) -> tuple[int, int]:
    """Return the points of one town with the largest surplus and lack; -1 where no van would move more than the least.

    Towns in the order of their points that are not claimed; of points alike the last has the surplus, the first the
    lack. Compiled, because vans that wait ask for it every few minutes.
    """
    towns = int(town.max()) + 1
    # by town: place in the order, source and sink; -1 for none
    found = np.full((3, towns), -1)
    seen = 0
    for point in range(len(target)):
        if claimed[point]:
            continue
        here, gap = town[point], stands[point, COUNT] - target[point]
        if found[1, here] < 0:
            found[0, seen] = here
            seen += 1
            found[1, here] = found[2, here] = point
            continue
        source, sink = found[1, here], found[2, here]
        if gap >= stands[source, COUNT] - target[source]:
            found[1, here] = point
        if gap < stands[sink, COUNT] - target[sink]:
            found[2, here] = point
    best_source, best_sink, best = -1, -1, least
    for place in range(seen):
        source, sink = found[1, found[0, place]], found[2, found[0, place]]
        moved = min(stands[source, COUNT] - target[source], target[sink] - stands[sink, COUNT], float(most))
        if moved > best:
            best_source, best_sink, best = source, sink, moved
    return best_source, best_sink


@compiled
def count_to_end(stands: Floats, end_min: float) -> None:
    """Add up what stands open at the end."""
    for point in range(len(stands) - 1):
        since = stands[point, SINCE]
        if not math.isnan(since):
            _add_open(stands, point, since, max(since, end_min))


@compiled
def most_due(
    stands: Floats,
    claimed: NDArray[np.bool_],
    places: Floats,
    swap_soc: float,
    here: tuple[float, float],
    rates: tuple[float, float, float, float],
) -> int:
    """Return the point at which most batteries are due for the time that they take from here; -1 where none is due.

    ``rates``: road over straight line, km/h of the drive, minutes per battery and to park. The first of points alike;
    those that are claimed do not count.
    """
    detour, km_h, swap_min, park_min = rates
    best, value = -1, 0.0
    for point in range(len(claimed)):
        due = 0
        while not claimed[point] and due < stands[point, COUNT] and stands[point, BIKES + due] < swap_soc:
            due += 1
        km = detour * math.hypot(places[point, 0] - here[0], places[point, 1] - here[1])
        # batteries per minute: a far point pays when enough is due there
        worth = due / (60.0 * km / km_h + due * swap_min + park_min)
        if worth > value:
            best, value = point, worth
    return best
