"""Columns of numbers for event loops: quick to read one by one, seen by numpy on the same memory.

Each has memory of its own that the system gets back at once when it is let go of, and that takes no room before it is
written: a year's simulation is as large as its tables.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def numbers(size: int) -> memoryview[float]:
    """Return a column of ``size`` zeros, double precision."""
    return memoryview(mmap.mmap(-1, 8 * max(size, 1))).cast("d")[:size]


def counts(size: int) -> memoryview[int]:
    """Return a column of ``size`` zeros, whole numbers of 32 bits."""
    return memoryview(mmap.mmap(-1, 4 * max(size, 1))).cast("i")[:size]


def view(values: memoryview[Any]) -> NDArray[Any]:
    """Return a column as an array of numpy on the same memory."""
    kind = np.dtype(values.format)
    return np.frombuffer(values, dtype=kind) if len(values) else np.zeros(0, dtype=kind)


def numbers_of(values: NDArray[Any]) -> memoryview[float]:
    """Return a copy of an array of numbers as a column."""
    result = numbers(len(values))
    view(result)[:] = values
    return result


def counts_of(values: NDArray[Any]) -> memoryview[int]:
    """Return a copy of an array of whole numbers as a column."""
    result = counts(len(values))
    view(result)[:] = values
    return result


def block(rows: int, columns: int) -> NDArray[np.float64]:
    """Return zeros of two dimensions in memory of their own."""
    return np.asarray(view(numbers(rows * columns)).reshape(rows, columns))
