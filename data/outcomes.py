"""How a request or call can end, and what a late wait and a quantile of waits are; each stated once."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import polars as pl


class Outcome(StrEnum):
    """How a charging request, a swap or a bunkering call ends."""

    SERVED = "served"
    """Plugged in and left with its energy, swapped, or bunkered."""
    BALKED = "balked"
    """Left on arrival: the queue was too long."""
    RENEGED = "reneged"
    """Left the queue: patience ran out."""
    UNSERVED = "unserved"
    """Found no station at all, or none that was open, after all tries."""
    STOCKOUT = "stockout"
    """Left because the tank of the station was empty."""
    PASSED = "passed"
    """Sailed past, because the tank lasts to the next station."""
    UNFINISHED = "unfinished"
    """The simulated time ended first."""


SESSION_OUTCOMES: Final = (
    Outcome.SERVED,
    Outcome.BALKED,
    Outcome.RENEGED,
    Outcome.UNSERVED,
    Outcome.UNFINISHED,
)
"""Outcomes of charging requests."""
CALL_OUTCOMES: Final = (
    Outcome.SERVED,
    Outcome.PASSED,
    Outcome.BALKED,
    Outcome.RENEGED,
    Outcome.STOCKOUT,
    Outcome.UNFINISHED,
)
"""Outcomes of bunkering calls."""

SERVED: Final = pl.col("outcome") == Outcome.SERVED
"""Rows that were served."""
WAIT_MIN: Final = pl.col("wait_min").filter(SERVED)
"""Waits of the served, min."""


def wait_quantile(share: float, wait: pl.Expr = WAIT_MIN) -> pl.Expr:
    """Return a quantile of waits, linear between order statistics (Hyndman and Fan's type 7).

    Parameters
    ----------
    share : float
        0.95 for P95.
    wait : polars.Expr
        Waits; those of the served in min where not given.
    """
    return wait.quantile(share, interpolation="linear")


def late_share(limit_min: float, wait: pl.Expr = WAIT_MIN) -> pl.Expr:
    """Return the share of waits above a limit; null without any.

    Parameters
    ----------
    limit_min : float
        The longest wait that is in time: a criterion of the county, min.
    wait : polars.Expr
        Waits; those of the served in min where not given.
    """
    return (wait > limit_min).mean()
