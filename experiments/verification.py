"""``xijiang verify``: all rooms against theory and published cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import charging.queueing.verification
import experiments.statistics.known_answers
import fleet.verification
import shipping.verification
from data.verification import check_table

if TYPE_CHECKING:
    import polars as pl

ROOMS = (
    charging.queueing.verification.checks,
    fleet.verification.checks,
    shipping.verification.checks,
    experiments.statistics.known_answers.checks,
)
"""Each yields the checks of a room."""


def verify() -> pl.DataFrame:
    """Run the checks of all rooms.

    Returns
    -------
    polars.DataFrame
        ``room, check, source, expected, got, difference, tolerance, holds``.
    """
    return check_table(check for room in ROOMS for check in room())
