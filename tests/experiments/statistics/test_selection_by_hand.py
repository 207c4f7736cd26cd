"""When procedure KN drops a system, and how many replications are enough, to the very replication."""

import math

import numpy as np
import pytest
from scipy.special import stdtr

from experiments.statistics.selection import best_chances, select_best
from experiments.statistics.sequential import enough, replications_needed

ZONE = 1.0


def alternating(mean, spread):
    """Return a function that gives replications of two systems whose difference alternates around its mean."""
    signs = np.where(np.arange(4000) % 2 == 0, 1.0, -1.0)
    return lambda at, n: (mean + spread * signs)[:n] if at else np.zeros(n)


@pytest.mark.parametrize(("mean", "spread"), [(0.5, 3.0), (0.2, 2.0), (1.5, 5.0), (4.0, 1.0)])
def test_a_system_is_dropped_where_the_triangle_says(mean, spread):
    first = 10
    # 2 eta (n0 - 1) for two systems at 95 %, and the variance of ten alternating values
    h2 = (math.pow(0.1, -2.0 / 9.0) - 1.0) * 9.0
    variance = spread**2 * 10.0 / 9.0
    count = first
    while True:
        total = mean * count + (spread if count % 2 else 0.0)
        if total > max(0.0, ZONE / 2.0 * (h2 * variance / ZONE**2 - count)):
            break
        count += 1
    found = select_best(alternating(mean, spread), 2, zone=ZONE, first=first, most=4000)
    assert (found.best, found.certain, found.replications) == (0, True, (count, count))
    # where the largest mean is the best, the other one is dropped, by its total of the other sign
    most = select_best(alternating(-mean, -spread), 2, zone=ZONE, first=first, most=4000, least=False)
    assert (most.best, most.replications) == (0, (count, count))


def test_equal_systems_without_variance_end_at_the_first():
    found = select_best(lambda _at, n: np.ones(n), 3, zone=ZONE, first=5, most=4000)
    assert (found.best, found.left, found.replications) == (0, (0,), (5, 5, 5))


def test_the_most_replications_end_a_selection_that_is_not_certain():
    found = select_best(alternating(0.0, 2.0), 2, zone=0.01, first=10, most=23)
    assert (found.certain, found.replications, found.left) == (False, (23, 23), (0, 1))


@pytest.mark.parametrize(
    ("values", "needed"),
    [([1.0], 2), ([None, None], 4), ([0.0, 0.0, 0.0], 6), ([-1.0, 1.0, -1.0, 1.0], 8), ([2.0, None], 4)],
)
def test_without_an_interval_or_a_mean_twice_as_many_are_asked_for(values, needed):
    assert replications_needed(values, precision=0.05) == needed


def test_half_widths_are_held_against_the_precision_of_the_true_mean():
    # mean 10, standard deviation 1, nine values: t 2.306 / 3 = 0.7687 on each side
    values = [10.0 + step * 1.0 for step in (-1.0, 1.0) * 4] + [10.0]
    half = 2.306004 * 1.0 / 3.0
    edge = (half / 10.0) / (1.0 - half / 10.0)
    assert enough(values, precision=edge + 1e-6)
    assert not enough(values, precision=edge - 1e-6)
    assert replications_needed(values, precision=0.02) == math.ceil(9.0 * (half / (10.0 * 0.02 / 1.02)) ** 2)
    assert replications_needed(values, precision=0.5) == 10
    # a mean below 0 is as precise as one above it
    below = [-value for value in values]
    assert enough(below, precision=edge + 1e-6)
    assert replications_needed(below, precision=0.02) == replications_needed(values, precision=0.02)
    # values that are all the same are enough, and so are these for a mean of 0
    assert enough([3.0, 3.0], precision=0.01)
    assert enough([0.0, 0.0], precision=0.01)
    assert not enough([-1.0, 1.0], precision=0.9)
    assert not enough([3.0], precision=0.9)


@pytest.mark.parametrize("spread", [0.4, 0.8, 2.0])
def test_the_chance_to_be_the_best_is_students(spread):
    # a mean difference of 1 of three replications: t with two degrees of freedom
    values = np.array([[0.0, 0.0, 0.0], [1.0 - spread, 1.0, 1.0 + spread]])
    expected = float(stdtr(2, math.sqrt(3.0) / spread))
    assert best_chances(values, 1) == pytest.approx([expected, 1.0 - expected], abs=0.01)
