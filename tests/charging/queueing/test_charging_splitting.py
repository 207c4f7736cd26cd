"""Guns over stations: against dynamic programming over all splits, by hand, and where they do not suffice."""

import math

import numpy as np
import pytest

from charging.queueing.formulas import wait_mmc
from charging.queueing.splitting import load_left, split_guns
from data import DataError, InfeasibleError


def queues(load, most):
    return np.array([math.inf] + [wait_mmc(guns, load) * load for guns in range(1, most + 1)])


def best_of_all(loads, guns):
    """Return the least sum of queues by dynamic programming over stations and guns."""
    best = queues(loads[0], guns)
    for load in loads[1:]:
        own = queues(load, guns)
        best = np.array([np.min(best[: total + 1] + own[total::-1]) for total in range(guns + 1)])
    return float(best[guns])


@pytest.mark.parametrize(("seed", "guns"), [(1, 30), (2, 47), (3, 80), (4, 150), (5, 240), (6, 340), (7, 500)])
def test_the_least_sum_of_queues_of_all_splits(seed, guns):
    rng = np.random.default_rng(seed)
    # loads from light to nearly all that the guns can take
    loads = rng.dirichlet(np.ones(9)) * guns * rng.uniform(0.4, 0.85)
    split = split_guns(loads, guns)
    assert sum(split.guns) == guns
    assert split.short == []
    assert split.queue == pytest.approx(best_of_all(loads, guns), rel=1e-9)
    assert split.queue == pytest.approx(sum(wait_mmc(c, a) * a for c, a in zip(split.guns, loads, strict=True)))


def test_by_hand_and_within_limits():
    assert split_guns([2.0, 2.0], 8).guns == [4, 4]
    assert split_guns([2.0, 0.0], 4).guns == [3, 1]
    assert split_guns([2.0, 0.0], 4, least=[0, 0]).guns == [4, 0]
    assert split_guns([2.0, 2.0], 8, most=[3, 9]).guns == [3, 5]
    # no load, or queues too short for numbers: guns are given out all the same, and evenly
    assert split_guns([0.0, 0.0, 0.0], 9).guns == [3, 3, 3]
    assert sum(split_guns([0.1, 0.2], 400).guns) == 400


def test_an_hour_more_counts_as_much_as_it_is_long():
    # the second station is busy in one hour of three only
    split = split_guns([[3.0, 3.0, 3.0], [0.0, 4.0, 0.0]], 11)
    assert split.guns[0] + split.guns[1] == 11
    by_hand = [wait_mmc(guns, 3.0) * 3.0 + wait_mmc(11 - guns, 4.0) * 4.0 / 3.0 for guns in range(4, 7)]
    assert split.guns[0] == 4 + int(np.argmin(by_hand))
    assert split.queue == pytest.approx(min(by_hand))


def test_too_few_guns_go_where_most_load_is_beyond_them():
    split = split_guns([9.0, 1.5], 6)
    assert split.guns == [5, 1]
    assert split.queue == math.inf
    assert split.short == [0, 1]
    assert load_left(9.0, 5) == (pytest.approx(4.0), 0.0)
    assert load_left(1.0, 2) == (0.0, pytest.approx(1.0 / 3.0))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: split_guns([1.0, math.nan], 3), DataError, "expected finite loads"),
        (lambda: split_guns([1.0], 3, least=[-1]), DataError, "expected 1 numbers each"),
        (lambda: split_guns([1.0, 2.0], 3, most=[1]), DataError, "expected 2 numbers each"),
        (lambda: split_guns([1.0, 2.0], 1), InfeasibleError, "got 1 guns; the least of the stations together are 2"),
        (lambda: split_guns([1.0, 2.0], 9, most=[3, 3]), InfeasibleError, "together take at most 6"),
    ],
)
def test_faults_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
