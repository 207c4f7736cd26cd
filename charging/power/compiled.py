"""Functions on numbers and arrays that numba compiles: the rules of power, free of any simulator.

They are plain Python: with ``NUMBA_DISABLE_JIT=1`` the same functions run uncompiled.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])


@functools.cache
def _sources() -> str:
    """Return a hash of this package's sources: machine code holds what it calls in other modules."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the machine code on disk where that is possible.

    Machine code on disk counts as long as no module of this package changes; numba itself looks at the function's own
    file only, and would go on with old rules that were compiled into their callers.
    """
    try:
        result = numba.njit(cache=True)(function)
    except RuntimeError:  # no folder for the cache: neither beside the module nor in the user's home
        return cast("Function", numba.njit(function))
    cache = getattr(getattr(result, "_cache", None), "_cache_file", None)
    if cache is not None:
        cache._source_stamp = (cache._source_stamp, _sources())  # noqa: SLF001 - numba offers no other way
    return cast("Function", result)


def inner(function: Function) -> Function:
    """Compile a function for those that call it, which are compiled themselves; Python cannot call it.

    What Python needs for a call is a large part of what numba compiles, and is left out. There is nothing to keep on
    disk: the machine code of the callers holds it.
    """
    # numba's stub lists the common options only
    compile_within = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
    return cast("Function", compile_within(function))
