"""Compiled functions for each other."""

import numba
import numpy as np

from charging.power.compiled import inner


@inner
def _add_one(array):
    array[0] += 1.0
    return array[0]


@numba.njit
def _twice(array):
    return _add_one(array) + _add_one(array)


def test_inner_functions_act_on_the_memory_of_their_caller():
    array = np.zeros(2)
    assert _twice(array) == 3.0
    assert array.tolist() == [2.0, 0.0]
