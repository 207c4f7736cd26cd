"""Differences of two systems that were simulated on the same random numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from experiments.statistics.estimates import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_DIFFERENCE = "no clear difference"
"""Zero lies inside the interval."""
SAME = "same"
"""All pairs are equal: what differs between the systems does not touch the measure."""
UNDECIDED = "not decided"
"""Fewer than two pairs: one difference has no interval, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference of the means of two systems, other minus reference.

    Attributes
    ----------
    reference, other : float or None
        Means; None where nothing was observed.
    difference : float or None
        Other minus reference.
    low, high : float or None
        Interval of the difference from its pairs; None for less than two pairs.
    pairs : int
        Replications in which both were observed.
    variance_ratio : float or None
        Variance that independent seeds would have (sum of both variances) over the variance of the paired difference:
        how many times more replications independent seeds need for the same interval. None where both never vary.
    """

    reference: float | None
    other: float | None
    difference: float | None
    low: float | None
    high: float | None
    pairs: int
    variance_ratio: float | None

    @property
    def verdict(self) -> str:
        """Return ``higher``, ``lower``, `NO_DIFFERENCE`, `SAME` or `UNDECIDED`."""
        if self.low is None or self.high is None:
            return UNDECIDED
        if self.low == self.high == 0.0:
            return SAME
        if self.low > 0.0:
            return "higher"
        return "lower" if self.high < 0.0 else NO_DIFFERENCE


def paired_difference(
    reference: Sequence[float | None], other: Sequence[float | None], *, confidence: float = CONFIDENCE, tests: int = 1
) -> Difference:
    """Return the difference of two systems from replications with common random numbers.

    Parameters
    ----------
    reference, other : sequence of float or None
        One value per replication, in the same order; None and NaN (nothing observed) drop the pair.
    confidence : float
        Probability that all intervals of the family cover.
    tests : int
        Intervals that are read together; each gets the error divided by it (Bonferroni).

    Returns
    -------
    Difference
        Paired Student's t interval (Law, Simulation Modeling and Analysis, 5th ed., section 10.2.1).

    Raises
    ------
    ValueError
        Different numbers of replications.
    """
    if len(reference) != len(other):
        raise ValueError(
            f"paired_difference: {len(reference)} and {len(other)} replications; expected as many of both."
        )
    first, second = (
        np.array([np.nan if v is None else v for v in values], dtype=float) for values in (reference, other)
    )
    # a pair counts whole or not at all, or the numbers would no longer be common
    seen = ~(np.isnan(first) | np.isnan(second))
    first, second = first[seen], second[seen]
    if not first.size:
        return Difference(None, None, None, None, None, 0, None)
    change = second - first
    mean = float(change.mean())
    means = (float(first.mean()), float(second.mean()), mean)
    if change.size == 1:
        return Difference(*means, None, None, 1, None)
    # of the differences, not of the two series: what both share cancels out
    spread = float(change.var(ddof=1))
    apart = float(first.var(ddof=1) + second.var(ddof=1))
    # each interval gets its part of the error, so that all hold together (Bonferroni)
    error = (1.0 - confidence) / tests
    half = float(scipy.special.stdtrit(change.size - 1, 1.0 - error / 2.0)) * math.sqrt(spread / change.size)
    # infinite where pairing took out all the spread there was
    ratio = apart / spread if spread > 0.0 else (None if apart == 0.0 else math.inf)
    return Difference(*means, mean - half, mean + half, int(change.size), ratio)
