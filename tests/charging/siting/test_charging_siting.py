"""Siting: against all combinations on random matrices, by hand, and on the county's roads."""

import itertools

import numpy as np
import pytest

from charging.siting import cover, fair_median, max_cover, p_center, p_median
from data import DataError, InfeasibleError, load_county
from data.roads.graph import build_graph
from data.roads.travel_times import shortest_minutes

INF = float("inf")


def random(seed, places=8, sites=6):
    rng = np.random.default_rng(seed)
    return rng.uniform(1.0, 40.0, (places, sites)), rng.uniform(1.0, 9.0, places)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_of_all_combinations(seed):
    times, weight = random(seed)
    for count in (1, 2, 3):
        pairs = list(itertools.combinations(range(6), count))
        best = min(float(weight @ times[:, list(pair)].min(axis=1)) for pair in pairs)
        assert p_median(times, weight, count).objective == pytest.approx(best)
        most = max(float(weight[(times[:, list(pair)] <= 15.0).any(axis=1)].sum()) for pair in pairs)
        assert max_cover(times, weight, count, 15.0).objective == pytest.approx(most)
    reach = float(times.min(axis=1).max())
    least = min(
        count
        for count in range(1, 7)
        for pair in itertools.combinations(range(6), count)
        if (times[:, list(pair)] <= reach).any(axis=1).all()
    )
    assert cover(times, reach).objective == least


def test_covering_by_hand_and_by_cost():
    times = [[1.0, 9.0, 1.0], [9.0, 1.0, 1.0]]
    sites, objective = cover(times, 5.0)
    assert (sites, objective) == ([2], 1.0)
    assert cover(times, 5.0, cost=[1.0, 1.0, 3.0]).sites == [0, 1]


def test_no_way_is_no_way():
    times = [[1.0, INF], [INF, 1.0]]
    assert p_median(times, [1.0, 1.0], 2).objective == 2.0
    with pytest.raises(InfeasibleError, match="no choice of so many sites"):
        p_median(times, [1.0, 1.0], 1)
    with pytest.raises(InfeasibleError, match="place 1 is farther than 5 min"):
        cover([[1.0], [9.0]], 5.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cover([1.0, 2.0], 5.0), "expected \\(places, sites\\)"),
        (lambda: cover([[-1.0]], 5.0), "missing or negative"),
        (lambda: p_median([[1.0]], [1.0, 2.0], 1), "weights: expected 1"),
        (lambda: max_cover([[1.0]], [1.0], 2, 5.0), "expected 1 to 1 sites"),
        (lambda: cover([[1.0]], 5.0, cost=[-1.0]), "cost: expected 1"),
        (lambda: cover([[1.0]], 5.0, fixed=[1]), "fixed: got site 1; expected 0 to 0"),
        (lambda: cover([[1.0]], 5.0, fixed=[0.5]), "fixed: expected numbers of sites"),
        (lambda: p_median([[1.0, 2.0]], [1.0], 1, fixed=[0], forbidden=[0]), "site 0 is in both"),
        (lambda: p_center([[1.0, 2.0]], 1, fixed=[0, 1]), "expected at least the 2 fixed sites"),
        (lambda: max_cover([[1.0, 2.0]], [1.0], 2, 5.0, forbidden=[0]), "expected 1 to 1 sites"),
        (lambda: p_median([[1.0]], [1.0], 1, time_limit_s=0.0), "time_limit_s: got 0.0; expected more than 0"),
        (lambda: fair_median([[1.0]], [1.0], 1, worst_share=1.5), "worst_share: got 1.5"),
        (lambda: fair_median([[1.0]], [0.0], 1), "weights: got 0 in sum"),
    ],
)
def test_faults_are_named(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_the_towns_of_the_county():
    county = load_county("deqing")
    towns = county.towns["town"].to_list()
    table = shortest_minutes(build_graph(county, year=2025), towns, towns)
    number = {name: at for at, name in enumerate(towns)}
    times = np.full((13, 13), INF)
    for origin, end, minutes in table.select("origin", "destination", "minutes").iter_rows():
        times[number[origin], number[end]] = minutes
    people = county.towns["residents"].to_numpy()
    one = p_median(times, people, 1)
    assert towns[one.sites[0]] in {"decheng", "jiushi", "guanxu", "maxu", "xinxu"}
    costs = [p_median(times, people, count).objective for count in (1, 2, 3, 13)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 0.0
    assert cover(times, 0.0).objective == 13.0
