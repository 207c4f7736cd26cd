"""How many replications decide: against the interval that as many replications would have."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from data.streams import stream
from experiments.statistics.estimates import mean_estimate
from experiments.statistics.paired import paired_difference
from experiments.statistics.replications import replications_to_decide


def like(count, spread):
    """Return values with mean 0 and exactly this standard deviation."""
    values = np.resize([1.0, -1.0], count) - np.resize([1.0, -1.0], count).mean()
    return values * spread / values.std(ddof=1)


@pytest.mark.parametrize(("distance", "tests"), [(0.5, 1), (-0.5, 1), (0.2, 8)])
def test_the_number_is_the_first_whose_interval_ends_before_the_limit(distance, tests):
    few = like(4, 1.0)
    seen = paired_difference([0.0] * 4, list(few), tests=tests)
    number = replications_to_decide(distance, seen.high - seen.difference, 4, tests=tests)
    for count, inside in ((number, True), (number - 1, False)):
        made = paired_difference([0.0] * count, list(like(count, 1.0)), tests=tests)
        assert (made.high - made.difference < abs(distance)) is inside


def test_a_value_at_the_limit_is_never_decided():
    half = mean_estimate(list(like(5, 1.0))).high
    assert replications_to_decide(0.0, half, 5) is None
    assert replications_to_decide(0.01, half, 5) is None
    assert replications_to_decide(0.1, half, 5, most=10_000) > 300
    # one interval is read alone unless the caller says otherwise
    assert replications_to_decide(0.5, half, 5) == replications_to_decide(0.5, half, 5, tests=1)
    assert replications_to_decide(0.5, half, 5) != replications_to_decide(0.5, half, 5, tests=2)


@pytest.mark.parametrize("power", [0.5, 0.9])
def test_as_many_decide_as_often_as_they_are_said_to(power):
    number = replications_to_decide(0.5, mean_estimate(list(like(10, 1.0))).high, 10, power=power)
    values = stream(1, "test", "power").normal(size=(4000, number))
    ends = values.mean(axis=1) + stdtrit(number - 1, 0.975) * values.std(axis=1, ddof=1) / math.sqrt(number)
    # the spread moves too, which costs a little
    assert (ends < 0.5).mean() == pytest.approx(power, abs=0.03)


def test_more_are_needed_than_left_it_open():
    # an interval of order statistics can leave open what that of Student would decide
    assert replications_to_decide(2.0, 1.0, 6) == 7


def test_one_replication_has_no_spread():
    with pytest.raises(ValueError, match="1 replications; expected at least 2"):
        replications_to_decide(1.0, 1.0, 1)
