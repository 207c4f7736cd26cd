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


class VisitEnd(StrEnum):
    """How a visit to a charging station ends: a request makes one visit to each station that it tries."""

    PLUGGED = "plugged"
    """Plugged in, at once or after a wait."""
    BALKED = "balked"
    """Drove on at once: the queue was too long."""
    RENEGED = "reneged"
    """Left the queue: patience ran out."""
    CLOSED = "closed"
    """Found the station closed, at the door or while waiting."""
    UNFINISHED = "unfinished"
    """Still waited when the simulated time ended."""


SESSION_OUTCOMES: Final = (
    Outcome.SERVED,
    Outcome.BALKED,
    Outcome.RENEGED,
    Outcome.UNSERVED,
    Outcome.UNFINISHED,
)
"""Outcomes of charging requests."""
STATION_OUTCOMES: Final = (Outcome.SERVED, Outcome.UNSERVED, Outcome.UNFINISHED)
"""Outcomes that sessions count at the station where they ended; visits count the others where they happened."""
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

LEFT: Final = (Outcome.BALKED, Outcome.RENEGED)
"""Outcomes of those who left because of the queue."""

TURNED_AWAY: Final = (pl.col("balked").sum() + pl.col("reneged").sum()) / pl.col("arrivals").sum()
"""Of rows of the run table `stations`: share of those who come to a station and leave it without a charge."""

LATE_MIN: Final = "charging.los_wait_min"
"""Figure of the county: the longest wait that is in time, min."""


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


def late_share(limit_min: float | None, wait: pl.Expr = WAIT_MIN) -> pl.Expr:
    """Return the share of waits above a limit; null without waits, or without a limit.

    Parameters
    ----------
    limit_min : float or None
        The longest wait that is in time: a criterion of the county (its figure `LATE_MIN`), min.
    wait : polars.Expr
        Waits; those of the served in min where not given.
    """
    return is_late(limit_min, wait).mean()


def is_late(limit_min: float | None, wait: pl.Expr = WAIT_MIN) -> pl.Expr:
    """Return which waits are above a limit; as of `late_share`."""
    return wait > pl.lit(limit_min, pl.Float64)


def not_in_time(limit_min: float | None) -> pl.Expr:
    """Return which requests are not served, or served later than a limit: they do not get what they ask for.

    Parameters
    ----------
    limit_min : float or None
        The longest wait that is in time, min; None: who is served is in time.
    """
    return ~SERVED | is_late(limit_min, pl.col("wait_min")).fill_null(value=False)


def late_min(limit_min: float, wait: pl.Expr = WAIT_MIN) -> pl.Expr:
    """Return by how much each wait exceeds a limit, min; 0 where it is in time.

    Parameters
    ----------
    limit_min : float
        The longest wait that is in time, min.
    wait : polars.Expr
        Waits; those of the served in min where not given.
    """
    return (wait - limit_min).clip(0.0)
