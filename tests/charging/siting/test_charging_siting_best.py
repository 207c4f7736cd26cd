"""Siting with fixed and forbidden sites, capacities and a fair share: against all choices on random matrices."""

import itertools

import numpy as np
import pytest

from charging.siting import UnreachableError, cover, fair_median, max_cover, p_center, p_median
from charging.siting.equity import worst_mean
from data import InfeasibleError

INF = float("inf")
PLACES, SITES = 9, 7


def drawn(seed):
    """Return times (some without a way), weights, a fixed and a forbidden site."""
    rng = np.random.default_rng(seed)
    times = rng.integers(1, 30, (PLACES, SITES)).astype(float)
    times[rng.random(times.shape) < 0.2] = INF
    weights = rng.integers(0, 9, PLACES) + np.eye(PLACES)[0]
    fixed = int(rng.integers(SITES))
    return times, weights, fixed, (fixed + 1) % SITES


def choices(count, fixed, forbidden):
    allowed = [site for site in range(SITES) if site != forbidden]
    return [list(chosen) for chosen in itertools.combinations(allowed, count) if fixed in chosen]


def checked(call, best, fixed):
    """Hold the answer against the best of all choices; None says that there is none."""
    if best is None:
        with pytest.raises(InfeasibleError):
            call()
        return
    found = call()
    assert found.objective == pytest.approx(best)
    assert found.proved
    assert found.bound == pytest.approx(best)
    assert fixed in found.sites


@pytest.mark.parametrize("seed", range(50))
def test_with_fixed_and_forbidden_sites_the_best_of_the_restricted_problem(seed):
    times, weights, fixed, forbidden = drawn(seed)
    sites = {"fixed": [fixed], "forbidden": [forbidden]}
    count = 2 + seed % 3
    near = [times[:, chosen].min(axis=1) for chosen in choices(count, fixed, forbidden)]
    served = [minutes for minutes in near if np.isfinite(minutes).all()]
    median = min((float(weights @ minutes) for minutes in served), default=None)
    checked(lambda: p_median(times, weights, count, **sites), median, fixed)
    checked(lambda: p_center(times, count, **sites), min((float(one.max()) for one in served), default=None), fixed)
    fair = min((worst_mean(minutes, weights, 0.3) for minutes in served), default=None)
    checked(lambda: fair_median(times, weights, count, worst_share=0.3, **sites), fair, fixed)
    most = max(float(weights[minutes <= 12.0].sum()) for minutes in near)
    checked(lambda: max_cover(times, weights, count, 12.0, **sites), most, fixed)
    cost = np.arange(1.0, SITES + 1.0)
    every = [chosen for number in range(1, SITES) for chosen in choices(number, fixed, forbidden)]
    covers = [chosen for chosen in every if (times[:, chosen] <= 20.0).any(axis=1).all()]
    cheapest = min((float(cost[chosen].sum()) for chosen in covers), default=None)
    checked(lambda: cover(times, 20.0, cost=cost, **sites), cheapest, fixed)


def assigned(times, weights, capacity, chosen):
    """Return all ways to serve four places from these sites within their capacities, as minutes by place."""
    for sites in itertools.product(chosen, repeat=4):
        minutes = times[range(4), sites]
        load = np.bincount(sites, weights, SITES)
        if np.isfinite(minutes).all() and (load <= capacity).all():
            yield minutes


@pytest.mark.parametrize("seed", range(12))
def test_with_capacities_the_best_of_all_assignments(seed):
    times, weights, fixed, forbidden = drawn(seed)
    times, weights = times[:4], weights[:4]
    capacity = np.random.default_rng(seed).uniform(0.3, 0.8, SITES) * weights.sum()
    limits = {"fixed": [fixed], "forbidden": [forbidden], "capacity": capacity}
    ways = [way for chosen in choices(3, fixed, forbidden) for way in assigned(times, weights, capacity, chosen)]
    median = min((float(weights @ way) for way in ways), default=None)
    checked(lambda: p_median(times, weights, 3, **limits), median, fixed)
    centre = min((float(way.max()) for way in ways), default=None)
    checked(lambda: p_center(times, 3, weights=weights, **limits), centre, fixed)
    fewest = next(
        (
            number
            for number in range(1, SITES)
            for chosen in choices(number, fixed, forbidden)
            if any((way <= 20.0).all() for way in assigned(times, weights, capacity, chosen))
        ),
        None,
    )
    checked(lambda: cover(times, 20.0, weights=weights, **limits), fewest, fixed)


def test_places_that_are_served_where_capacities_are_short():
    # two sites of 5: of 4, 3 and 3 one place of each site stays, the largest among them
    found = max_cover([[1.0, 1.0]] * 3, [4.0, 3.0, 3.0], 2, 5.0, capacity=[5.0, 5.0])
    assert found.objective == 7.0
    assert found.assigned.count(None) == 1
    assert found.unreachable == []
    with pytest.raises(InfeasibleError, match="no choice of so many sites serves every place within the capacities"):
        p_median([[1.0, 1.0]] * 3, [4.0, 3.0, 3.0], 2, capacity=[5.0, 5.0])


def test_every_place_that_cannot_be_reached_is_named():
    times = [[1.0, 9.0], [INF, INF], [8.0, 9.0], [INF, INF]]
    with pytest.raises(
        UnreachableError, match=r"cover: 3 places are farther than 5 min from every site: 1, 2, 3\. Allow"
    ):
        cover(times, 5.0)
    with pytest.raises(UnreachableError, match="2 places are out of reach of every site: 1, 3") as caught:
        p_median(times, np.ones(4), 1)
    assert caught.value.places == [1, 3]
    with pytest.raises(UnreachableError, match="place 0 is out of reach"):
        p_center([[1.0, INF]], 1, forbidden=[0])
    assert max_cover(times, np.ones(4), 1, 5.0).unreachable == [1, 2, 3]
    for found in (
        cover(times, 8.0, leave_out=True),
        p_median(times, np.ones(4), 1, leave_out=True),
        p_center(times, 1, leave_out=True),
        fair_median(times, np.ones(4), 1, leave_out=True),
    ):
        assert found.unreachable == [1, 3]
        assert found.sites == [0]
        assert found.assigned == [0, None, 0, None]
    with pytest.raises(UnreachableError):
        p_median([[INF]], [1.0], 1, leave_out=True)


def test_a_fair_choice_lies_between_median_and_centre():
    rng = np.random.default_rng(3)
    times, weights = rng.uniform(1.0, 60.0, (20, 9)), rng.uniform(1.0, 9.0, 20)
    median, centre = p_median(times, weights, 3), p_center(times, 3)
    alone = fair_median(times, weights, 3, worst_share=1.0)
    assert alone.objective == pytest.approx(median.objective / weights.sum())
    assert fair_median(times, weights, 3, worst_share=1e-3).objective == pytest.approx(centre.objective)
    fair = fair_median(times, weights, 3, worst_share=0.2)
    others = [worst_mean(times[:, chosen.sites].min(axis=1), weights, 0.2) for chosen in (median, centre)]
    assert alone.objective < fair.objective <= min(others)


def test_so_many_sites_as_asked():
    # a site more helps nobody here, and is built all the same
    assert len(p_median([[1.0, 1.0, 1.0]], [1.0], 2).sites) == 2
    sites, objective = p_median([[1.0, 2.0, 1.0]], [2.0], 1, fixed=[False, True, False])
    assert (sites, objective) == ([1], 4.0)


def test_a_short_search_has_a_bound_that_holds(capfd):
    rng = np.random.default_rng(0)
    times, weights = rng.uniform(1.0, 60.0, (60, 25)), rng.uniform(1.0, 9.0, 60)
    short = p_median(times, weights, 6, time_limit_s=0.01)
    assert 0.0 < short.gap < 1.0
    assert not short.proved
    best = p_median(times, weights, 6)
    assert best.proved
    assert short.bound <= best.bound <= best.objective <= short.objective
    # the solver prints nothing of its own
    assert capfd.readouterr().out == ""


def test_a_perfect_code_is_median_and_centre():
    # the 128 words of 7 bits: the 16 of Hamming's code have each other word at distance 1 of just one of them
    words = np.arange(128)
    bits = np.bitwise_count(words[:, None] ^ words[None]).astype(float)
    median = p_median(bits, np.ones(128), 16)
    assert (median.objective, median.proved) == (112.0, True)
    assert bits[np.ix_(median.sites, median.sites)][~np.eye(16, dtype=bool)].min() == 3.0
    centre = p_center(bits, 16, time_limit_s=20.0)
    assert centre.objective == 1.0


@pytest.mark.whole
def test_a_thousand_places_and_two_hundred_sites_are_proved():
    rng = np.random.default_rng(0)
    places, sites = rng.uniform(0.0, 100.0, (1000, 2)), rng.uniform(0.0, 100.0, (200, 2))
    times = np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1))
    found = p_median(times, rng.uniform(1.0, 9.0, 1000), 13, time_limit_s=60.0)
    assert found.proved
    assert len(found.sites) == 13
