"""Compiled functions for each other."""

import numba
import numpy as np
import pytest

from charging.power.compiled import allocating, compiled, inner


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


@allocating
def _doubled(array):
    return array + array


@inner
def _plus(number, more):
    return number + more


@numba.njit
def _sum(array, number):
    total = 0.0
    for value in _doubled(array):
        total += value
    # a constant and a variable: for numba two kinds of whole numbers
    return total + _plus(1, 2) + _plus(number, 3)


def test_allocating_functions_make_arrays_for_inner_ones():
    assert _sum(np.ones(4), 5) == 8.0 + 3 + 8


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="asks about machine code, and rules run uncompiled")
def test_a_function_is_compiled_once_whatever_constants_its_callers_write():
    _sum(np.ones(4), 5)
    assert len(_plus.signatures) == 1


@compiled
def _twice_with_more(array, number):
    return _add_one(array) + _add_one(array) + _sum(array, number)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="asks about machine code, and rules run uncompiled")
def test_what_a_function_calls_is_its_own():
    assert _twice_with_more(np.zeros(2), 1) == 1.0 + 2.0 + 4.0 + 3 + 4
    code = next(iter(_twice_with_more.inspect_llvm().values()))
    shared = [line for line in code.splitlines() if line.startswith("define linkonce_odr")]
    assert all("@NRT_" in line for line in shared), shared
