"""Functions on numbers and arrays that numba compiles: the rules of power, free of any simulator.

They are plain Python: with ``NUMBA_DISABLE_JIT=1`` the same functions run uncompiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the machine code on disk where that is possible."""
    try:
        return cast("Function", numba.njit(cache=True)(function))
    except RuntimeError:  # no folder for the cache: neither beside the module nor in the user's home
        return cast("Function", numba.njit(function))
