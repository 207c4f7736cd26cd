"""Columns of numbers for event loops: quick to read one by one, seen by numpy on the same memory.

A large one has memory of its own that the system gets back at once when it is let go of, and that takes no room before
it is written: a year's simulation is as large as its tables.
"""

from __future__ import annotations

import contextlib
import mmap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


_LARGE: Final = 2_097_152
"""Bytes from which a column has a mapping of its own, in large pages if all of it will be written. Smaller ones lie in
Python's memory, which is at hand: the system hands out a new mapping page by page, and that takes 30 times as long as
to write 30,000 numbers."""
_PRIVATE: Final[dict[str, int]] = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
)
"""Memory of this process alone: what is shared, Python's default, comes in small pages and takes 1.6 times as long to
write to for the first time (Linux 6); with large pages 10 times."""


def numbers(size: int) -> memoryview[float]:
    """Return a column of ``size`` zeros, double precision."""
    # an anonymous mapping: zero without being written, and a memoryview reads single values faster than numpy
    return _zeros(8 * size).cast("d")[:size]


def counts(size: int) -> memoryview[int]:
    """Return a column of ``size`` zeros, whole numbers of 32 bits."""
    return _zeros(4 * size).cast("i")[:size]


def numbers_to_write(size: int) -> memoryview[float]:
    """Return a column of ``size`` zeros, double precision, nearly all of which will be written."""
    return _written(8 * size).cast("d")[:size]


def counts_to_write(size: int) -> memoryview[int]:
    """Return a column of ``size`` zeros, whole numbers of 32 bits, nearly all of which will be written."""
    return _written(4 * size).cast("i")[:size]


def view(values: memoryview[Any]) -> NDArray[Any]:
    """Return a column as an array of numpy on the same memory."""
    kind = np.dtype(values.format)
    return np.frombuffer(values, dtype=kind) if len(values) else np.zeros(0, dtype=kind)


def numbers_alike(size: int, value: float) -> memoryview[float]:
    """Return a column of ``size`` times the same number."""
    if value == 0.0:
        return numbers(size)
    result = numbers_to_write(size)
    view(result).fill(value)
    return result


def numbers_of(values: NDArray[Any]) -> memoryview[float]:
    """Return a copy of an array of numbers as a column."""
    result = numbers_to_write(len(values))
    view(result)[:] = values
    return result


def numbers_in_parts(size: int, parts: Iterable[NDArray[Any]]) -> memoryview[float]:
    """Return arrays, ``size`` numbers together, one behind the other as a column: each is needed for a moment only."""
    result = numbers_to_write(size)
    values, first = view(result), 0
    for part in parts:
        values[first : first + len(part)] = part
        first += len(part)
    return result


def shown(values: NDArray[Any]) -> memoryview[Any]:
    """Return an array as a column on the same memory, which is only to be read."""
    return read_only(values).data


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array that is not to be written to, on the same memory."""
    result = values.view()
    result.setflags(write=False)
    return result


def numbers_by_name(column: pl.Series, number: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the numbers of the names in a column, each of which has one."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    if isinstance(column.dtype, pl.Enum):
        # its rows are numbers already
        known = np.array([number.get(name, -1) for name in column.dtype.categories], dtype=np.int64)
        found = known[column.to_physical().to_numpy()]
        if (known >= 0).all() or (found >= 0).all():
            return np.asarray(found)
    return np.asarray(column.replace_strict(number, return_dtype=pl.Int64).to_numpy())


def counts_of(values: NDArray[Any]) -> memoryview[int]:
    """Return a copy of an array of whole numbers as a column."""
    result = counts_to_write(len(values))
    view(result)[:] = values
    return result


def block(rows: int, columns: int) -> NDArray[np.float64]:
    """Return zeros of two dimensions in memory of their own, all of which will be written."""
    return np.asarray(view(numbers_to_write(rows * columns)).reshape(rows, columns))


def _zeros(size: int) -> memoryview[int]:
    """Return zeros, bytes."""
    return memoryview(bytearray(max(size, 8)) if size < _LARGE else _mapped(size))


def _written(size: int) -> memoryview[int]:
    """Return zeros, bytes, that will all be written: the system hands out large pages 500 times less often."""
    if size < _LARGE:
        return _zeros(size)
    memory = _mapped(size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel built without large pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)


def _mapped(size: int) -> mmap.mmap:
    """Return a mapping of memory for some bytes."""
    return mmap.mmap(-1, size, **_PRIVATE)
