"""How many vessels are on their way, and at the locks, at each quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, present

if TYPE_CHECKING:
    from data.arrays import Floats
    from shipping.result import RiverResult

STEP_MIN: Final = 15.0
RIVER_COUNTS: Final = pl.Schema(
    {"time_min": pl.Float64(), **dict.fromkeys(("under_way", "lock_waiting", "lock_passing"), pl.Int64())}
)
"""Schema of the counts."""


def river_counts(result: RiverResult, *, days: float) -> pl.DataFrame:
    """Return the vessels on the river at each quarter of an hour.

    Parameters
    ----------
    result : RiverResult
        Of a simulation; its voyages and locks.
    days : float
        Days that are counted, from minute 0 on.

    Returns
    -------
    polars.DataFrame
        Columns of `RIVER_COUNTS`, one row per quarter of an hour: voyages that have begun and not ended, vessels that
        wait before a lock, and vessels inside one; all locks together. Who arrives at that very minute is counted.
    """
    times: Floats = STEP_MIN * np.arange(round(days * DAY_MIN / STEP_MIN), dtype=np.float64)

    return pl.DataFrame(
        {
            "time_min": times,
            "under_way": present(result.voyages, "depart_min", "arrive_min", times),
            "lock_waiting": present(result.locks, "arrive_min", "start_min", times),
            "lock_passing": present(result.locks, "start_min", "leave_min", times),
        },
        schema=RIVER_COUNTS,
    )
