"""Intervals and verdicts."""

import math

import numpy as np
import pytest

from experiments.statistics.estimates import (
    Estimate,
    decide,
    drawn_interval,
    keeps_limit,
    mean_estimate,
    quantile_estimate,
)


def test_the_mean_has_students_interval():
    found = mean_estimate([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * math.sqrt(5.0 / 3.0 / 4.0)
    assert found.value == 2.5
    assert found.high == pytest.approx(2.5 + half, rel=1e-6)
    assert found.low == pytest.approx(2.5 - half, rel=1e-6)


def test_the_interval_stays_where_the_figure_can_be():
    found = mean_estimate([0.0, 0.0, 0.3, 1.0], floor=0.0, ceiling=1.0)
    assert 0.0 == found.low < found.value < found.high <= 1.0


def test_one_value_has_no_interval_and_none_is_nothing():
    assert mean_estimate([3.0, None]) == Estimate(3.0)
    assert mean_estimate([None, float("nan")]) == Estimate(None)
    assert quantile_estimate([]) == Estimate(None)


@pytest.mark.parametrize(("count", "low", "high"), [(5, None, None), (6, 1, 6), (10, 2, 9), (20, 6, 15)])
def test_the_median_lies_between_the_ranks_of_the_tables(count, low, high):
    found = quantile_estimate([float(value) for value in range(1, count + 1)])
    assert (found.low, found.high) == (low, high)


def test_order_statistics_cover_a_quantile_as_often_as_they_say():
    draws = np.random.default_rng(5).exponential(size=(2000, 60))
    true = -math.log(1.0 - 0.8)
    found = [quantile_estimate(row.tolist(), quantile=0.8) for row in draws]
    covered = np.mean([estimate.low <= true <= estimate.high for estimate in found])
    assert 0.94 <= covered <= 0.99


@pytest.mark.parametrize(
    ("estimate", "comparator", "target", "verdict"),
    [
        (Estimate(0.05, 0.04, 0.06), "<=", 0.1, True),
        (Estimate(0.05, 0.04, 0.12), "<=", 0.1, None),
        (Estimate(0.15, 0.12, 0.2), "<=", 0.1, False),
        (Estimate(0.5, 0.45, 0.6), ">=", 0.4, True),
        (Estimate(0.3, 0.2, 0.35), ">=", 0.4, False),
        (Estimate(0.5), ">=", 0.4, None),
        (Estimate(450.0, exact=True), ">=", 450.0, True),
        (Estimate(449.0, exact=True), ">=", 450.0, False),
        (Estimate(2.0, exact=True), "==", 2.0, True),
        (Estimate(2.0, 1.0, 3.0), "==", 2.0, None),
        (Estimate(4.0, 3.0, 5.0), "==", 2.0, False),
        (Estimate(None), ">=", 1.0, None),
        (Estimate(2.0, exact=True), "none", 1.0, None),
        (Estimate(2.0, exact=True), ">=", None, None),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(estimate, comparator, target, verdict):
    assert decide(estimate, comparator, target) is verdict


@pytest.mark.parametrize(
    ("comparator", "kept"),
    [("<=", [True, True, False, False]), (">=", [False, True, True, True]), ("==", [False, True, False, False])],
)
def test_a_value_just_at_its_limit_keeps_it(comparator, kept):
    values = np.array([0.3, 0.1 + 0.2 + 0.1, 0.4 + 1e-6, 0.5])
    assert keeps_limit(values, comparator, 0.4).tolist() == kept
    with pytest.raises(ValueError, match="expected >=, <= or =="):
        keeps_limit(values, "=<", 0.4)


def test_draws_lie_outside_of_their_interval_alike_at_both_ends():
    assert drawn_interval(np.arange(1.0, 40.0)) == pytest.approx((1.0, 39.0))
    assert drawn_interval(np.arange(1.0, 200.0), confidence=0.9) == pytest.approx((10.0, 190.0))


@pytest.mark.parametrize("slack", [1e-12, -1e-12])
def test_rounding_decides_no_target(slack):
    for comparator in ("<=", ">=", "=="):
        assert decide(Estimate(0.1 + slack, exact=True), comparator, 0.1) is True
        assert decide(Estimate(0.1, 0.1 + slack, 0.1 + slack), comparator, 0.1) is True
