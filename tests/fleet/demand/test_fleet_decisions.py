"""Draws of decisions: quantiles of Poisson laws."""

import numpy as np
from scipy import stats

from fleet.demand.decisions import poisson_quantile


def test_quantiles_of_poisson_laws_are_those_of_scipy():
    draw = np.random.default_rng(2)
    lot, mean = draw.random(3000), draw.uniform(0.0, 300.0, 3000)
    assert poisson_quantile(lot, mean).tolist() == stats.poisson.ppf(lot, mean).astype(int).tolist()


def test_nothing_is_expected_where_the_mean_is_0():
    assert poisson_quantile(np.array([0.0, 0.5, 0.999]), np.zeros(3)).tolist() == [0, 0, 0]
