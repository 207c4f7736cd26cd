"""Ends and lengths of trips with e-bikes, compiled, against the same rules with numpy's searches."""

import numpy as np
import pytest

from fleet.ebikes.destinations import DESTINATION, ERRAND, MINUTE, NOON, ORIGIN, OTHER, draw_town, weights_of

HOURS = 30


def plainly(hour, lots, weights, way_km, errand_km, most_km):
    late = hour % 24 >= NOON
    start, end = (
        np.where(late, *(np.searchsorted(np.cumsum(one) / one.sum(), lots[kind]) for one in either))
        for kind, either in ((ORIGIN, weights[::-1]), (DESTINATION, weights))
    )
    for half, law in ((late, weights[0]), (~late, weights[1])):
        for trip in np.flatnonzero(half & (start == end)):
            own, edges = law[start[trip]], np.cumsum(law)
            if own < law.sum():
                reached = lots[OTHER, trip] * (edges[-1] - own)
                reached += own if reached >= edges[start[trip]] - own else 0.0
                end[trip] = min(np.searchsorted(edges, reached, side="right"), len(law) - 1)
    way = way_km[start, end]
    return (
        60.0 * (hour + lots[MINUTE]),
        np.maximum(way, np.minimum(way + errand_km * lots[ERRAND], most_km)),
        start,
        end,
    )


@pytest.mark.parametrize("points", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_trips_of_a_town_begin_and_end_as_by_searches(points, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 40, HOURS)
    # some points have no weight, and some lots fall on an edge
    weights = rng.choice([0.0, 1.0, 2.0], (2, points))
    weights[:, seed % points] = 1.0
    lots = rng.choice([rng.random((5, HOURS, 40)), rng.integers(1, 8, (5, HOURS, 40)) / 8.0])
    way_km = rng.random((points, points))
    rows = 10 + rng.permutation(points)
    total = int(counts.sum())
    numbers, found = np.zeros((2, total + 3)), np.zeros((2, total + 3), dtype=np.int64)
    draw_town(counts, lots, weights_of(*weights), way_km, (0.7, 1.5), (rows, 3, numbers, found))
    hour = np.repeat(np.arange(HOURS), counts)
    of_trip = lots[:, hour, np.concatenate([np.arange(count) for count in counts])]
    depart, km, start, end = plainly(hour, of_trip, weights, way_km, 0.7, 1.5)
    np.testing.assert_array_equal(numbers[:, 3:], [depart, km])
    np.testing.assert_array_equal(found[:, 3:], [rows[start], rows[end]])
    assert not numbers[:, :3].any()
