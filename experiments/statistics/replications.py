"""How many replications would decide what some replications left open."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import scipy

from experiments.statistics.estimates import CONFIDENCE

FIRST: Final = 10
"""Replications that give every estimate of a run its interval; the median needs 6 for one at 95 %."""
MOST: Final = 1000
"""Replications beyond which a difference counts as too small to be decided by more of them."""


def replications_to_decide(
    distance: float, half: float, replications: int, *, confidence: float = CONFIDENCE, tests: int = 1, most: int = MOST
) -> int | None:
    """Return how many replications would bring the end of an interval to a limit.

    Parameters
    ----------
    distance : float
        From the estimate to the limit; its sign does not matter.
    half : float
        From the estimate to the end of its interval on the side of the limit, above 0.
    replications : int
        Replications that gave it, at least 2.
    confidence, tests : float, int
        Of the interval, as in `experiments.statistics.paired.paired_difference`.
    most : int
        Where more than this are needed there is no answer.

    Returns
    -------
    int or None
        Least number whose half-width, at the spread seen so far, is below the distance: t(n - 1) s / sqrt(n) (Law,
        Simulation Modeling and Analysis, 5th ed., section 9.4.1). None where no number up to `most` is enough. It is
        an estimate itself: with more replications mean and spread move.

    Raises
    ------
    ValueError
        Fewer than 2 replications: they have no spread.
    """
    if replications < 2:
        raise ValueError(f"replications_to_decide: {replications} replications; expected at least 2.")
    upper = 1.0 - (1.0 - confidence) / tests / 2.0
    spread = half * math.sqrt(replications) / float(scipy.special.stdtrit(replications - 1, upper))
    # fewer than there are left it open, whatever the formula says
    counts = np.arange(replications + 1, most + 1)
    enough = np.flatnonzero(scipy.special.stdtrit(counts - 1, upper) * spread / np.sqrt(counts) < abs(distance))
    return int(counts[enough[0]]) if enough.size else None
