"""Utilities of costs: the sum over forms to the last bit as SciPy has it."""

import numpy as np
import pytest
import scipy.special

from fleet.vehicles.choice_costs import inclusive_values, log_sum_exp


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_log_sum_exp_is_scipy_s_to_the_last_bit(number):
    drawn = np.random.default_rng(number).normal(-30.0, 200.0, (500, number))
    # two that are equally large, and all of them
    drawn[:100, 0] = drawn[:100, number - 1] = 7.0
    drawn[100:110] = -3.0
    assert (log_sum_exp(list(drawn.T)) == scipy.special.logsumexp(drawn, axis=1)).all()


def test_inclusive_values_are_those_of_a_nested_logit():
    theta, costs = np.array([0.5, 2.0, 9.0]), [[1.0], [0.9, 1.2], [1.1, 1.1, 0.4]]
    found = inclusive_values(costs, theta, 0.6)
    plain = [[0.6 * np.log(sum(np.exp(-each * cost / 0.6) for cost in forms)) for forms in costs] for each in theta]
    assert found == pytest.approx(np.array(plain))
