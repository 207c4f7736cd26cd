"""Compiled functions for Python and for each other."""

import numba
import numpy as np

from charging.power.compiled import borrowed, inner


@inner
def _add_one(array):
    array[0] += 1.0
    return array[0]


@numba.njit
def _twice(array):
    mine = borrowed(array)
    return _add_one(mine) + _add_one(mine)


def test_a_borrowed_array_is_the_same_memory():
    array = np.zeros(2)
    assert _twice(array) == 3.0
    assert array.tolist() == [2.0, 0.0]
    assert borrowed(array) is array  # uncompiled too
