"""Photovoltaics: power of the modules by month and time of day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


def pv_kw(county: County, *, month: int, kwp: float | Floats, intervals: int, interval_min: float) -> Floats:
    """Return the power of modules in the intervals of days, kW; of several sites, sites by intervals.

    A mean day of the month: a half sine between sunrise and sunset that yields ``kwh_per_kwp_day``, the same every day.

    Raises
    ------
    DataError
        No row for the month.
    """
    rows = county.pv_months.filter(pl.col("month") == month)
    if not rows.height:
        raise DataError(f"pv_months: no row for month {month}; add it.")
    row = rows.row(0, named=True)
    # integrals at the edges, not powers in the middle: the yield of a day is exact at any interval
    edges = interval_min * np.arange(intervals + 1)
    day, hour = np.divmod(edges / 60.0, HOURS)
    span = row["sunset_h"] - row["sunrise_h"]
    # clipped: before sunrise nothing has been given yet, after sunset all of it
    angle = np.clip((hour - row["sunrise_h"]) / span, 0.0, 1.0) * np.pi
    # integral of the half sine, as a share of the day's yield; whole days before count in full
    given = np.multiply.outer(np.asarray(kwp) * row["kwh_per_kwp_day"], day + (1.0 - np.cos(angle)) / 2.0)
    return np.asarray(np.diff(given) * 60.0 / interval_min)
