"""Utilities of costs."""

import numpy as np
import pytest

from fleet.vehicles.choice_costs import inclusive_values


def test_inclusive_values_are_those_of_a_nested_logit():
    theta, costs = np.array([0.5, 2.0, 9.0]), [[1.0], [0.9, 1.2], [1.1, 1.1, 0.4]]
    found = inclusive_values(costs, theta, 0.6)
    plain = [[0.6 * np.log(sum(np.exp(-each * cost / 0.6) for cost in forms)) for forms in costs] for each in theta]
    assert found == pytest.approx(np.array(plain))
