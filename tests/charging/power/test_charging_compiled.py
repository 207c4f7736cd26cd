"""Compiled functions for each other."""

import subprocess
import sys

import numba
import numpy as np
import pytest

from charging.power import allocation
from charging.power.compiled import Marked, allocating, inner


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


FRESH = """
import sys
from charging.power import allocation, pile_sharing
from charging.power.compiled import Marked, compiled
early = allocation.divide
print(all(type(rule) is Marked for rule in (early, pile_sharing.water_level)), "numba" in sys.modules)
print(allocation.share(120.0, [20.0, 90.0, 90.0]), "numba" in sys.modules)
print(any(isinstance(value, Marked) for module in (allocation, pile_sharing) for value in vars(module).values()))
print(pile_sharing.divide is allocation.divide is early.machine, early.__name__, early.__doc__[:5])
print(type(compiled(lambda number: number)) is Marked)
"""


def test_numba_is_loaded_by_the_first_call_which_leaves_no_mark_behind():
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "True False",
        "[20.0, 50.0, 50.0] True",
        "False",
        "True divide Write",
        "False",
    ]


def test_a_mark_that_was_taken_before_the_first_call_does_what_the_rule_does():
    early = Marked(allocation.share, "compiled")
    early.compile = lambda: setattr(early, "_machine", allocation.share)
    early.compile()
    assert early(120.0, [20.0, 90.0, 90.0]) == [20.0, 50.0, 50.0]
    with pytest.raises(AttributeError, match="__nothing__"):
        _ = early.__nothing__


NAMESAKES = """
import numba
import numpy as np
from charging.power import machine_code

@machine_code.inner
def rule(array, first, second, third):
    total = 0.0
    for repeated in range(2):
        for one in range(len(array)):
            for other in range(len(array)):
                if array[other] > first:
                    total += array[one] * second
                elif array[other] < third:
                    total -= array[one] / 3.0
                else:
                    total += array[one] % 2.0 + third * second
            total = total % 7.0 + total * total / (total + first + 1e-3)
    return total

# both always say the same of some arguments, but not of the same ones
@numba.njit(error_model="numpy", pipeline_class=machine_code._WholeCompiler)
def whole(array):
    return rule(array, 1.0, 2.0, 3.0) + rule(array, 1.0, 2.5, 3.0) + rule(array, 1.0, 2.6, 3.0)

@numba.njit(error_model="numpy")
def usual(array, more):
    return rule(array, more, 7.0, more + 4.0) + rule(array, 2.0, 2.5, 3.0) - rule(array, more, 0.0, 3.0)

array = np.arange(5.0)
found = whole(array), usual(array, 4.0)
rule = rule.py_func
print(found == (whole.py_func(array), usual.py_func(array, 4.0)))
shared = [line for line in next(iter(whole.inspect_llvm().values())).splitlines() if "define linkonce_odr" in line]
print(all("@NRT_" in line for line in shared))
"""


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="asks about machine code, and rules run uncompiled")
def test_what_a_function_calls_is_its_own_and_found_by_no_other():
    # in a process of its own: code that is found by others, and does not suit them, ends it
    done = subprocess.run([sys.executable, "-c", NAMESAKES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["True", "True"]), done.stderr
