"""Stands of e-bikes, compiled, against the same rules with lists and Python's own heap."""

import math
from bisect import insort
from heapq import heappop, heappush
from pathlib import Path

import numba
import numpy as np
import pytest

from charging.power import machine_code
from fleet.ebikes import rides
from fleet.ebikes.rides import LOAD, SWAP, UNLOAD
from fleet.ebikes.stands import Stands, Work
from fleet.ebikes.trips import NO_BIKE, NO_CHARGE, SERVED

BIKES = (3, 0, 6, 1)
LOWEST, LEAST = 0.2, 0.3
POINTS = range(len(BIKES))


def plainly(trips: np.ndarray) -> tuple[list[int], list[list[float]]]:
    """Return what becomes of trips, and the bikes of each point when all have ended."""
    stands = [[LOWEST + (1.0 - LOWEST) * (bike + 0.5) / number for bike in range(number)] for number in BIKES]
    rides, outcome = [], []
    for row, (departs, origin, destination, use, minutes) in enumerate(trips.T.tolist()):
        while rides and rides[0][0] <= departs:
            *_, point, soc = heappop(rides)
            insort(stands[int(point)], soc)
        here = stands[int(origin)]
        if not here:
            outcome.append(NO_BIKE)
        elif here[-1] < LEAST or here[-1] < use:
            outcome.append(NO_CHARGE)
        else:
            outcome.append(SERVED)
            heappush(rides, (departs + minutes, row, destination, here.pop() - use))
    while rides:
        *_, point, soc = heappop(rides)
        insort(stands[int(point)], soc)
    return outcome, stands


@pytest.mark.parametrize("seed", range(5))
def test_customers_ride_as_by_lists(seed):
    rng = np.random.default_rng(seed)
    number = 400
    # whole minutes, so that bikes come back and leave at the same time
    trips = np.array(
        [
            np.sort(rng.integers(0, 600, number)),
            rng.integers(0, len(BIKES), number),
            rng.integers(0, len(BIKES), number),
            rng.uniform(0.0, 0.05, number),
            rng.integers(1, 30, number),
        ],
        dtype=np.float64,
    )
    stands = Stands(BIKES, LOWEST, LEAST)
    stands.expect(trips)
    for until in (*range(0, 700, 7), math.inf):
        stands.ride(float(until))
        assert stands.following_min > until or stands.following_min == math.inf
        assert stands.all_bikes == sum(BIKES)
    outcome, left = plainly(trips)
    assert {SERVED, NO_BIKE, NO_CHARGE} == set(outcome)
    assert stands.outcome.tolist() == outcome
    assert [stands.standing(point).tolist() for point in POINTS] == left


def test_a_point_takes_more_bikes_than_its_row_had_room_for():
    stands = Stands((40, 0), LOWEST, LEAST, workers=1, most=40)
    before = stands.standing(0).tolist()
    assert stands.begin(0, Work(LOAD, 0, 1.0, 40), 5.0, 0)
    assert stands.work(math.inf, math.inf, 1) == (0, 45.0, 1.0)
    assert stands.done(0) == before[::-1]
    assert (stands.bikes(0), stands.all_bikes) == (0, 40)
    assert stands.begin(0, Work(UNLOAD, 1, 1.0, 40), 45.0, 2)
    assert stands.working_min == 46.0
    assert stands.work(60.0, math.inf, 3) is None
    assert stands.work(math.inf, math.inf, 4) == (0, 85.0, 4.0)
    assert stands.working_min == math.inf
    assert (stands.bikes(0), stands.bikes(1)) == (0, 40)
    assert stands.standing(1).tolist() == sorted(stands.standing(1).tolist())


def test_all_bikes_ride_to_one_point():
    number = 40
    stands = Stands((number, 0), 0.5, LEAST)
    rows = np.zeros(number)
    stands.expect(np.array([rows, rows, rows + 1.0, rows, np.arange(1.0, number + 1.0)]))
    stands.ride(0.0)
    assert stands.following_min == 1.0
    assert (stands.bikes(0), stands.all_bikes) == (0, number)
    stands.ride(math.inf)
    assert stands.following_min == math.inf
    assert stands.bikes(1) == number


def test_time_in_which_a_bike_can_be_rented_is_told_by_hour():
    stands = Stands((1, 0), LEAST, LEAST)
    for minute, work in ((90.0, Work(LOAD, 0, 30.0, 1)), (120.0, Work(UNLOAD, 1, 30.0, 1))):
        assert stands.begin(0, work, minute, 0)
        assert stands.work(math.inf, math.inf, 1) == (0, minute + 30.0, 0.0)
    stands.close(200.0)
    expected = np.zeros((2, 24))
    expected[0, :2] = 60.0, 30.0
    expected[1, 2:4] = 30.0, 20.0
    np.testing.assert_array_equal(stands.open_min, expected)


def test_a_crew_swaps_what_is_due_and_no_more_than_it_holds():
    stands = Stands((7, 1), LOWEST, LEAST, workers=2, most=5)
    due = [soc for soc in stands.standing(0).tolist() if soc < 0.5]
    assert len(due) == 3
    assert stands.begin(0, Work(SWAP, 0, 2.0, 5, limit=0.5, battery_kwh=0.6), 0.0, 0)
    # the bike in hand stands nowhere, and it is the emptiest
    assert stands.standing(0).tolist()[0] == due[1]
    assert stands.work(math.inf, math.inf, 1) == (0, 6.0, 1.0)
    assert stands.done(0) == due
    assert stands.swapped_kwh == pytest.approx(sum(1.0 - soc for soc in due) * 0.6)
    assert stands.standing(0).tolist()[-3:] == [1.0] * 3
    assert not stands.begin(0, Work(SWAP, 0, 2.0, 5, limit=0.5), 6.0, 2)
    assert stands.done(0) == []
    assert stands.begin(1, Work(SWAP, 0, 2.0, 1, limit=0.99), 6.0, 3)
    assert stands.work(math.inf, math.inf, 4) == (1, 8.0, 3.0)


def test_work_of_one_minute_is_done_in_order():
    stands = Stands((6, 6), LOWEST, LEAST, workers=3, most=1)
    for worker, order in enumerate((7, 3, 5)):
        assert stands.begin(worker, Work(LOAD, 0, 1.0, 1), 0.0, order)
    assert stands.work(1.0, 3.0, 8) is None
    assert stands.work(1.0, 4.0, 9) == (1, 1.0, 3.0)
    assert [stands.work(2.0, 0.0, new) for new in (10, 11, 12)] == [(2, 1.0, 5.0), (0, 1.0, 7.0), None]


def test_a_van_moves_from_the_last_largest_surplus_to_the_first_largest_lack():
    stands = Stands((7, 7, 1, 1, 9, 0), LOWEST, LEAST)
    target, town = np.array([4, 4, 4, 4, 8, 1]), np.array([0, 0, 0, 0, 1, 1])
    nobody = np.zeros(6, dtype=np.bool_)
    assert stands.largest_move(target, town, nobody, most=9, least=2) == (1, 2)
    # as many as are worth it, and no more than fit
    assert stands.largest_move(target, town, nobody, most=9, least=3) is None
    assert stands.largest_move(target, town, nobody, most=2, least=2) is None
    claimed = np.array([False, True, True, False, False, False])
    assert stands.largest_move(target, town, claimed, most=9, least=2) == (0, 3)


def test_a_crew_goes_where_most_batteries_are_due_for_the_time_that_they_take():
    stands = Stands((7, 7, 1, 1, 9, 0), LOWEST, LEAST)
    places = np.array([[0.0, 0.0], [3.0, 4.0], [0.3, 0.4], [1.0, 1.0], [6.0, 8.0], [0.0, 0.1]])
    due = [int((stands.standing(point) < 0.5).sum()) for point in range(6)]
    assert due == [3, 3, 0, 0, 3, 0]
    nobody = np.zeros(6, dtype=np.bool_)
    detour, km_h, swap_min, park_min = rates = (1.3, 20.0, 2.0, 1.0)

    def worth(point, here):
        minutes = 60.0 * detour * math.dist(places[point], here) / km_h
        return due[point] / (minutes + due[point] * swap_min + park_min)

    for here in places:
        best = max(range(6), key=lambda point: worth(point, here))
        assert stands.most_due(0.5, nobody, places, tuple(here), rates) == best
    claimed = np.array([True, False, False, False, True, False])
    assert stands.most_due(0.5, claimed, places, (0.0, 0.0), rates) == 1
    assert stands.most_due(LOWEST, nobody, places, (0.0, 0.0), rates) is None


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="asks about machine code, and rules run uncompiled")
def test_machine_code_counts_as_long_as_no_module_beside_it_changes():
    stamp = rides.ride_until._cache._cache_file._source_stamp
    beside = Path(rides.__file__).parent
    assert stamp[1:] == (machine_code._sources(machine_code._PACKAGE), machine_code._sources(beside))
