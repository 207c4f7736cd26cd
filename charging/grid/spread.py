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
    first, final = (np.minimum(_intervals(minute, interval_min), steps - 1) for minute in (begin, end))
    whole, offset = first < final, row * steps

    def added(cell: Ints, weights: Floats) -> Floats:
        # of no charge at all bincount counts in whole numbers
        return np.bincount(cell, weights=weights, minlength=rows * steps).astype(np.float64)

    # the intervals in which it begins and ends are taken in part, those between in full
    at_first = np.where(whole, (first + 1) * interval_min - begin, end - begin)
    at_final = np.where(whole, kw * (end - final * interval_min), 0.0)
    last_cell = offset + final
    total = added(offset + first, kw * at_first) + added(last_cell, at_final)
    # powers that are switched on and off: one sum over time instead of one addition per charge and interval
    on = np.where(first + 1 < final, kw, 0.0)
    switched = added(offset + np.minimum(first + 1, steps - 1), on) - added(last_cell, on)
    # what is switched off again leaves rounding behind, never a power below 0
    running = np.maximum(np.cumsum(switched.reshape(rows, steps), axis=1), 0.0)
    return np.asarray(total.reshape(rows, steps) / interval_min + running)


def _intervals(minute: Floats, interval_min: float) -> Ints:
    """Return how many whole intervals lie before each minute from 0 on: a fifth of the time of ``//``."""
    count = (minute / interval_min).astype(np.int64)
    # the quotient may have been rounded up to the next whole number
    count -= count * interval_min > minute
    return count
