"""How many replications are enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from experiments.statistics.estimates import CONFIDENCE, mean_estimate

if TYPE_CHECKING:
    from collections.abc import Sequence


def enough(values: Sequence[float | None], *, precision: float, confidence: float = CONFIDENCE, tests: int = 1) -> bool:
    """Return whether the mean's interval is narrow enough.

    Parameters
    ----------
    values : sequence of float or None
        One value per replication.
    precision : float
        Largest half width over the mean's size, as 0.05.
    confidence : float
        Probability that all intervals of the family cover their means.
    tests : int
        Intervals that are read together (Bonferroni).

    Returns
    -------
    bool
        True also where all values are the same. The relative half width is held against precision / (1 + precision),
        so that the relative error is at most the precision (Law, section 9.4.1).

    Examples
    --------
    >>> enough([10.0, 10.1, 9.9], precision=0.05), enough([10.0, 12.0, 8.0], precision=0.05)
    (True, False)
    """
    estimate = mean_estimate(values, confidence=1.0 - (1.0 - confidence) / tests)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return False
    half = 0.5 * (estimate.high - estimate.low)
    # no division: a mean of 0 is precise only where its interval has no width
    return half <= precision / (1.0 + precision) * abs(estimate.value)


def replications_needed(values: Sequence[float | None], *, precision: float, tests: int = 1) -> int:
    """Return about how many replications the precision takes, from those that are there (at least one more)."""
    estimate = mean_estimate(values, confidence=1.0 - (1.0 - CONFIDENCE) / tests)
    count = len(values)
    if estimate.value is None or estimate.low is None or estimate.high is None or estimate.value == 0.0:
        # nothing to reckon with yet: double, and look again
        return 2 * count
    half = 0.5 * (estimate.high - estimate.low)
    wanted = precision / (1.0 + precision) * abs(estimate.value)
    # half widths shrink with the square root of the replications
    return max(count + 1, math.ceil(count * (half / wanted) ** 2))
