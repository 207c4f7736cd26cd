"""What happens at the stands of shared e-bikes, and rides between them: compiled.

Memory map. Bikes of a point are their states of charge, rising, in a row of ``soc``; ``count`` says how many there are.
``since`` is the minute since which a bike can be rented there, NaN where none can; ``open_min`` adds such times up by
hour of the day. Rides are a heap in the rows of ``rides`` (arrival, row of the trip, destination, SOC then), the next
one to end on top. ``tally`` has what all of these count together. Few arrays, because each costs 100 ns in a call.
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

ARRIVE, ROW, POINT, SOC = range(4)
"""Columns of a ride."""
UNDER_WAY, NEXT, AWAY_BIKES, AWAY_SOC = range(4)
"""Entries of the tally: rides, next trip, bikes that stand nowhere, and the sum of their SOC."""
DEPART, ORIGIN, DESTINATION, USE, MINUTES = range(5)
"""Rows of the trips: when and from where to where, the SOC that they use, how long they take."""
EMPTIEST, BEST = range(2)
"""Which bike of a point is taken."""
FULL: Final = -1.0
"""Answer of `ride_until` where a bike comes back to a stand whose row has no room left."""


@inner
def _can_rent(soc: Floats, count: Ints, point: int, least_soc: float) -> bool:
    """Return whether a bike can be rented at a point."""
    return bool(count[point] > 0 and soc[point, count[point] - 1] >= least_soc)


@inner
def _add_open(open_min: Floats, point: int, start: float, end: float) -> None:
    """Add a span of time to the hours of the day."""
    while start < end:
        hour = int(start // 60.0)
        # hour by hour: availability is asked for by hour of the day
        until = min(end, 60.0 * (hour + 1))
        open_min[point, hour % HOURS] += until - start
        start = until


@inner
def _taken(
    soc: Floats,
    count: Ints,
    since: Floats,
    open_min: Floats,
    tally: Floats,
    point: int,
    which: int,
    least_soc: float,
    minute: float,
) -> float:
    """Take a bike (`EMPTIEST` or `BEST`) away from a point; return its SOC."""
    count[point] -= 1
    left = count[point]
    if which == BEST:
        bike = soc[point, left]
    else:
        bike = soc[point, 0]
        for place in range(left):
            soc[point, place] = soc[point, place + 1]
    tally[AWAY_BIKES] += 1.0
    tally[AWAY_SOC] += bike
    if not math.isnan(since[point]) and not _can_rent(soc, count, point, least_soc):
        _add_open(open_min, point, since[point], minute)
        since[point] = np.nan
    return float(bike)


@inner
def _left(
    soc: Floats,
    count: Ints,
    since: Floats,
    tally: Floats,
    point: int,
    left_with: float,
    now_with: float,
    least_soc: float,
    minute: float,
) -> None:
    """Put a bike that was taken away with a SOC to a point, now with another; its row has room."""
    place = count[point]
    while place > 0 and soc[point, place - 1] > now_with:
        soc[point, place] = soc[point, place - 1]
        place -= 1
    soc[point, place] = now_with
    count[point] += 1
    tally[AWAY_BIKES] -= 1.0
    tally[AWAY_SOC] -= left_with
    if now_with >= least_soc and math.isnan(since[point]):
        since[point] = minute


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
def _push(rides: Floats, tally: Floats, arrive: float, row: int, point: float, soc: float) -> None:
    """Add a ride to the heap."""
    here = int(tally[UNDER_WAY])
    rides[here, ARRIVE], rides[here, ROW], rides[here, POINT], rides[here, SOC] = arrive, row, point, soc
    tally[UNDER_WAY] += 1.0
    while here > 0 and _before(rides, here, (here - 1) // 2):
        _swapped(rides, here, (here - 1) // 2)
        here = (here - 1) // 2


@inner
def _pop(rides: Floats, tally: Floats) -> None:
    """Take the first ride off the heap."""
    last = int(tally[UNDER_WAY]) - 1
    tally[UNDER_WAY] = last
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


@compiled
def take(
    soc: Floats,
    count: Ints,
    since: Floats,
    open_min: Floats,
    tally: Floats,
    point: int,
    which: int,
    least_soc: float,
    minute: float,
) -> float:
    """Take a bike (`EMPTIEST` or `BEST`) away from a point; return its SOC."""
    return _taken(soc, count, since, open_min, tally, point, which, least_soc, minute)


@compiled
def put(
    soc: Floats,
    count: Ints,
    since: Floats,
    tally: Floats,
    point: int,
    left_with: float,
    now_with: float,
    least_soc: float,
    minute: float,
) -> None:
    """Put a bike that was taken away with a SOC to a point, now with another; its row has room."""
    _left(soc, count, since, tally, point, left_with, now_with, least_soc, minute)


@compiled
def ride_until(
    soc: Floats,
    count: Ints,
    since: Floats,
    open_min: Floats,
    tally: Floats,
    rides: Floats,
    trips: Floats,
    outcome: Ints,
    least_soc: float,
    until: float,
) -> float:
    """Let customers take bikes and bring them back up to a minute; return when the next one does, or `FULL`.

    Of one minute a bike that comes back goes before a customer. Compiled, because a week of a county has 35,000 trips:
    3 ms instead of 60 ms.
    """
    number = trips.shape[1]
    while True:
        row = int(tally[NEXT])
        departs = trips[DEPART, row] if row < number else np.inf
        arrives = rides[0, ARRIVE] if tally[UNDER_WAY] > 0.0 else np.inf
        first = min(departs, arrives)
        if first > until or first == np.inf:
            return float(first)
        if arrives <= departs:
            point, left = int(rides[0, POINT]), rides[0, SOC]
            if count[point] == soc.shape[1]:
                return FULL
            _pop(rides, tally)
            _left(soc, count, since, tally, point, left, left, least_soc, arrives)
            continue
        tally[NEXT] += 1.0
        point = int(trips[ORIGIN, row])
        if count[point] == 0:
            outcome[row] = NO_BIKE
            continue
        best = soc[point, count[point] - 1]
        left = best - trips[USE, row]
        if best < least_soc or left < 0.0:
            outcome[row] = NO_CHARGE
            continue
        _taken(soc, count, since, open_min, tally, point, BEST, least_soc, departs)
        # what the ride uses leaves at once, so that energy closes at every minute of it
        tally[AWAY_SOC] += left - best
        outcome[row] = SERVED
        _push(rides, tally, departs + trips[MINUTES, row], row, trips[DESTINATION, row], left)


@compiled
def largest_move(
    count: Ints, target: Ints, town: Ints, claimed: NDArray[np.bool_], most: int, least: float
) -> tuple[int, int]:
    """Return the points of one town with the largest surplus and lack; -1 where no van would move more than the least.

    Towns in the order of their points that are not claimed; of points alike the last has the surplus, the first the
    lack. Compiled, because vans that wait ask for it every few minutes.
    """
    towns = int(town.max()) + 1
    # by town: place in the order, source and sink; -1 for none
    found = np.full((3, towns), -1)
    seen = 0
    for point in range(len(count)):
        if claimed[point]:
            continue
        here, gap = town[point], count[point] - target[point]
        if found[1, here] < 0:
            found[0, seen] = here
            seen += 1
            found[1, here] = found[2, here] = point
            continue
        source, sink = found[1, here], found[2, here]
        if gap >= count[source] - target[source]:
            found[1, here] = point
        if gap < count[sink] - target[sink]:
            found[2, here] = point
    best_source, best_sink, best = -1, -1, least
    for place in range(seen):
        source, sink = found[1, found[0, place]], found[2, found[0, place]]
        moved = min(count[source] - target[source], target[sink] - count[sink], most)
        if moved > best:
            best_source, best_sink, best = source, sink, float(moved)
    return best_source, best_sink


@compiled
def count_to_end(since: Floats, open_min: Floats, end_min: float) -> None:
    """Add up what stands open at the end."""
    for point in range(len(since)):
        if not math.isnan(since[point]):
            _add_open(open_min, point, since[point], max(since[point], end_min))


@compiled
def most_due(
    soc: Floats,
    count: Ints,
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
    for point in range(len(count)):
        due = 0
        while not claimed[point] and due < count[point] and soc[point, due] < swap_soc:
            due += 1
        km = detour * math.hypot(places[point, 0] - here[0], places[point, 1] - here[1])
        # batteries per minute: a far point pays when enough is due there
        worth = due / (60.0 * km / km_h + due * swap_min + park_min)
        if worth > value:
            best, value = point, worth
    return best
