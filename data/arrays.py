"""Types of arrays, lengths of time, and how a scalar leaves a frame; each stated once for all packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
"""Real numbers."""
Ints = NDArray[np.int64]
"""Whole numbers: counts, rows, codes."""

DAY_MIN: Final = 1440.0
"""Minutes of a day."""
HOURS: Final = 24
"""Hours of a day."""
YEAR_DAYS: Final = 365.0
"""Days of a year, as the accounts count."""


def scalar(frame: pl.DataFrame, expression: pl.Expr, *, default: float | None = None) -> float:
    """Return one number from a frame.

    Parameters
    ----------
    frame : polars.DataFrame
        Where it is read.
    expression : polars.Expr
        An aggregation: one row, one column, numeric.
    default : float, optional
        Instead of a null, as the sum of no rows may be; None raises.

    Raises
    ------
    DataError
        If the result is null and there is no `default`.
    """
    value = frame.select(expression).item()
    if value is None:
        if default is None:
            raise DataError(f"no value of {expression} in a table of {frame.height} rows.")
        return default
    return float(value)


def present(frame: pl.DataFrame, begin: str, end: str, times: Floats) -> Ints:
    """Return how many rows have begun and not ended at each time; what has no end goes on.

    Parameters
    ----------
    frame : polars.DataFrame
        Its columns `begin` and `end` in the unit of `times`; a row that has not begun is null in both.
    begin, end : str
        Names of the columns.
    times : numpy.ndarray
        Rising; who begins at that very time counts, who ends at it does not.
    """
    begun, ended = (np.sort(frame[name].drop_nulls().to_numpy()) for name in (begin, end))
    return np.searchsorted(begun, times, side="right") - np.searchsorted(ended, times, side="right")
