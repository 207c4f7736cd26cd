"""Charges at constant power as load by interval, to the exact kWh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from data.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows and intervals of a load.

    Attributes
    ----------
    rows, steps : int
        Number of rows, such as towns, and of intervals from minute 0 on.
    interval_min : float
        Length of an interval.
    """

    rows: int
    steps: int
    interval_min: float

    @property
    def start_min(self) -> Floats:
        """Return when the intervals begin."""
        return self.interval_min * np.arange(self.steps, dtype=np.float64)


def mean_kw(begin_min: Floats, end_min: Floats, kw: Floats, row: Ints, cells: Cells) -> Floats:
    """Return the mean power of charges by row and interval.

    Parameters
    ----------
    begin_min, end_min, kw : numpy.ndarray
        When each charge runs, and its power. What lies before minute 0 or after the last interval is left out.
    row : numpy.ndarray of int
        Row to which it belongs, such as the number of a town.
    cells : Cells
        Rows and intervals.

    Returns
    -------
    numpy.ndarray
        Rows by steps, kW: each kWh of a charge stands in the interval in which it is drawn.
    """
    rows, steps, interval_min = cells.rows, cells.steps, cells.interval_min
    last = steps * interval_min
    begin, end = np.clip(begin_min, 0.0, last), np.clip(end_min, 0.0, last)
    first = np.minimum((begin // interval_min).astype(np.int64), steps - 1)
    final = np.minimum((end // interval_min).astype(np.int64), steps - 1)
    whole = first < final

    def added(cell: Ints, weights: Floats) -> Floats:
        # of no charge at all bincount counts in whole numbers
        return np.bincount(row * steps + cell, weights=weights, minlength=rows * steps).astype(np.float64)

    # the intervals in which it begins and ends are taken in part, those between in full
    at_first = np.where(whole, (first + 1) * interval_min - begin, end - begin)
    total = added(first, kw * at_first) + added(final, np.where(whole, kw * (end - final * interval_min), 0.0))
    # powers that are switched on and off: one sum over time instead of one addition per charge and interval
    on = np.where(whole, kw, 0.0)
    switched = added(np.minimum(first + 1, steps - 1), np.where(first + 1 < final, on, 0.0))
    switched -= added(final, np.where(first + 1 < final, on, 0.0))
    # what is switched off again leaves rounding behind, never a power below 0
    running = np.maximum(np.cumsum(switched.reshape(rows, steps), axis=1), 0.0)
    return np.asarray(total.reshape(rows, steps) / interval_min + running)
