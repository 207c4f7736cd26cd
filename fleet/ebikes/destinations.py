"""Where trips with shared e-bikes begin and end, and how long they are: compiled, because all of it is trip by trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner
from data.arrays import HOURS

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

NOON: Final = 13
"""Hour from which the trips of the morning go back."""
MINUTE, ORIGIN, DESTINATION, OTHER, ERRAND = range(5)
"""Lots of a trip: its minute within the hour, its ends, where it ends instead of where it starts, and its errand."""
WEIGHT, PICKED, EDGE, TOTAL = range(4)
"""Of the points: weights, their distribution function, their running sum, and their sum at each of them."""
DEPART_MIN, KM = range(2)
"""Rows of the trips that are numbers with a fraction."""
STARTS, ENDS = range(2)
"""Kinds of weights, and rows of the trips that are points: as in the morning."""


@inner
def _place(weights: Floats, kind: int, lot: float) -> int:
    """Return the point that a lot falls on."""
    point = 0
    # points of a town are few
    while point < weights.shape[2] - 1 and weights[PICKED, kind, point] < lot:
        point += 1
    return point


@inner
def _elsewhere(weights: Floats, kind: int, start: int, lot: float) -> int:
    """Return another point than where a trip starts, by the weights of the others; the same where none has one."""
    own = weights[WEIGHT, kind, start]
    if own >= weights[TOTAL, kind, start]:
        return start
    last = weights.shape[2] - 1
    reached = lot * (weights[EDGE, kind, last] - own)
    # beyond the own interval everything lies further by its length
    if reached >= weights[EDGE, kind, start] - own:
        reached += own
    point = 0
    while point < last and weights[EDGE, kind, point] <= reached:
        point += 1
    return point


@compiled
def draw_town(
    counts: Ints,
    lots: Floats,
    weights: Floats,
    way_km: Floats,
    lengths_km: tuple[float, float],
    into: tuple[Ints, int, Floats, Ints],
) -> None:
    """Write the trips of a town.

    Parameters
    ----------
    counts
        Trips by hour.
    lots
        By kind, hour and number within the hour.
    weights
        Of the points as starts and ends in the morning, from `weights_of`; in the evening trips go back.
    way_km
        Between points.
    lengths_km
        Mean errand, and where errands are cut.
    into
        Points among those of all towns; the first trip that is written; and the trips in columns, as numbers with a
        fraction and as points.
    """
    rows, first, numbers, points = into
    errand_km, most_km = lengths_km
    trip = first
    for hour in range(len(counts)):
        late = hour % HOURS >= NOON
        starts, ends = (ENDS, STARTS) if late else (STARTS, ENDS)
        for number in range(counts[hour]):
            # one lot for either half, so that a trip that moves past 13:00 keeps its place in the weights
            start = _place(weights, starts, lots[ORIGIN, hour, number])
            end = _place(weights, ends, lots[DESTINATION, hour, number])
            if start == end:
                # by the law of the weights of the other points, which leaves all other trips as they were
                end = _elsewhere(weights, ends, start, lots[OTHER, hour, number])
            way = way_km[start, end]
            # uniform within the hour: arrivals of a Poisson process are, given their number
            numbers[DEPART_MIN, trip] = 60.0 * (hour + lots[MINUTE, hour, number])
            # cut: the exponential law has no end, a ride has; but it gets where it goes
            numbers[KM, trip] = max(way, min(way + errand_km * lots[ERRAND, hour, number], most_km))
            points[STARTS, trip], points[ENDS, trip] = rows[start], rows[end]
            trip += 1


def weights_of(origin: Floats, destination: Floats) -> Floats:
    """Return the weights of a town's points as `draw_town` wants them."""
    weights = np.array([origin, destination])
    edges = np.cumsum(weights, axis=1)
    totals = np.array([[origin.sum()], [destination.sum()]])
    return np.array([weights, edges / totals, edges, np.broadcast_to(totals, edges.shape)])
