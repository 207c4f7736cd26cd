"""Where a simulation that starts empty begins to be typical: one moment for all replications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.outcomes import SERVED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats

BINS: Final = 200
"""Intervals of time that the averaged series has at most: each 0.5 % of the time simulated."""
LEAST: Final = 50
"""Waits of all replications in an interval, on average: with fewer waits there are fewer intervals."""
_MOST_CUT: Final = 0.5  # of the time: what comes after is what the beginning is held against


def warmup_end(times_min: Floats, waits_min: Floats) -> float:
    """Return the moment from which the waits are typical.

    Parameters
    ----------
    times_min, waits_min : numpy.ndarray
        When each was asked for, and its wait, of all replications together, in any order.

    Returns
    -------
    float
        Minute from which on to count. The waits are averaged over replications in intervals of time (Welch, in The
        Computer Performance Modeling Handbook, 1983; Law, Simulation Modeling and Analysis, 5th ed., section 9.5.1);
        the warm-up ends where that series first reaches the mean of its second half. It ends at the end of a day where
        that leaves half of the time, so that each hour of the day counts as often. One moment for all replications:
        a cut that each chose by its own waits would leave out what happened to be high, and so bias the mean.

    Raises
    ------
    ValueError
        No waits.
    """
    if not len(times_min):
        raise ValueError("warmup_end: no waits; expected at least one.")
    end = float(times_min.max())
    bins = int(np.clip(len(times_min) // LEAST, 1, BINS))
    # from minute 0, when the simulation starts empty, not from the first request
    edges = np.linspace(0.0, end, bins + 1)
    middle = _MOST_CUT * end
    late = float(waits_min[times_min >= middle].mean())
    # the last edge belongs to the last interval
    here = np.minimum(np.searchsorted(edges, times_min, side="right") - 1, bins - 1)
    count = np.bincount(here, minlength=bins)
    mean = np.bincount(here, weights=waits_min, minlength=bins) / np.maximum(count, 1)
    # rounding of sums must not hide that a series without a warm-up is at its level from the start
    reached = (count > 0) & (mean >= late - 1e-9 * abs(late))
    first = float(edges[int(np.argmax(reached))]) if reached.any() else middle
    first = min(first, middle)
    day = np.ceil(first / DAY_MIN) * DAY_MIN
    return float(day) if day <= middle else first


def without_warmup(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of a run without the beginning of its replications, for questions without an end.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Tables of a run; ``sessions`` and ``calls`` are cut where `warmup_end` says so by the waits of the served of all
        replications.

    Returns
    -------
    dict of str to polars.DataFrame
        All tables; those in which fewer than `LEAST` were served stay as they are.
    """
    return {**tables, **{name: _typical(tables[name], time) for name, time in _TIMES.items()}}


_TIMES: Final = {"sessions": "request_min", "calls": "arrive_min"}


def _typical(rows: pl.DataFrame, time: str) -> pl.DataFrame:
    """Return the rows from the moment that counts on."""
    served = rows.filter(SERVED & pl.col("wait_min").is_not_null())
    if served.height < LEAST:
        return rows
    first = warmup_end(served[time].to_numpy(), served["wait_min"].to_numpy())
    # by time: those who were not served are cut at the same moment
    return rows.filter(pl.col(time) >= first)
