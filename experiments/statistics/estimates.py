"""Estimates over replications: means with Student's t intervals, quantiles with order-statistic intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats

    Bools = NDArray[np.bool_]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval.

    Attributes
    ----------
    value : float or None
        The estimate; None where nothing was observed.
    low, high : float or None
        Interval; None where there are too few replications for one.
    exact : bool
        Whether the value follows from the inputs without chance: it needs no interval.
    assumed : bool
        Whether the interval is the range of assumptions, not that of chance between replications.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    exact: bool = False
    assumed: bool = False


def mean_estimate(
    values: Sequence[float | None],
    *,
    confidence: float = CONFIDENCE,
    floor: float = -math.inf,
    ceiling: float = math.inf,
) -> Estimate:
    """Return the mean over replications with Student's t interval.

    Parameters
    ----------
    values : sequence of float or None
        One value per replication; None and NaN (nothing observed) do not count.
    confidence : float
        Probability that the interval covers the mean.
    floor, ceiling : float
        Values that the figure cannot leave; the interval is cut there.

    Returns
    -------
    Estimate
        Mean; no interval for a single value.

    Examples
    --------
    Student's t for two degrees of freedom is 4.303:

    >>> found = mean_estimate([1.0, 2.0, 3.0])
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (2.0, -0.48, 4.48)
    """
    kept = _observed(values)
    if not kept.size:
        return Estimate(None)
    mean = float(kept.mean())
    if kept.size == 1:
        return Estimate(mean)
    # ddof=1: the mean is estimated from the same values
    spread = float(kept.std(ddof=1)) / math.sqrt(kept.size)
    # two-sided: half of the error above, half below
    half = float(scipy.special.stdtrit(kept.size - 1, 0.5 + confidence / 2.0)) * spread
    # normal theory knows no bounds: a share below 0 would be shown otherwise
    return Estimate(mean, max(floor, mean - half), min(ceiling, mean + half))


def quantile_estimate(
    values: Sequence[float | None], *, quantile: float = 0.5, confidence: float = CONFIDENCE
) -> Estimate:
    """Return a quantile over replications with its order-statistic interval.

    The interval lies between the r-th and s-th smallest value, chosen from the binomial distribution with at most
    half of the allowed error on each side (David & Nagaraja, Order Statistics, 2003, 7.1). It assumes nothing
    about the distribution.

    Parameters
    ----------
    values : sequence of float or None
        One value per replication; None and NaN do not count.
    quantile : float
        Which quantile of the replications' values; 0.5 is the median.
    confidence : float
        Probability that the interval covers the quantile, at least.

    Returns
    -------
    Estimate
        Quantile; no interval where the values are too few for one (less than 6 for the median at 95 %).
    """
    kept = np.sort(_observed(values))
    if not kept.size:
        return Estimate(None)
    value = float(np.quantile(kept, quantile))
    error = (1.0 - confidence) / 2.0
    count = int(kept.size)
    # binomial distribution function: how many values lie below the quantile
    chance = scipy.special.bdtr(np.arange(count + 1), count, quantile)
    # the largest rank whose chance to lie above the quantile is at most the error of that side
    below, above = np.searchsorted(chance, [error, 1.0 - error]).tolist()
    rank_low = below if chance[below] > error else below + 1
    rank_high = above + 1
    # too few values: even the smallest and the largest do not cover with that confidence
    if rank_low < 1 or rank_high > count:
        return Estimate(value)
    return Estimate(value, float(kept[rank_low - 1]), float(kept[rank_high - 1]))


def drawn_interval(values: Floats, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval that holds a share of the draws of assumptions.

    Parameters
    ----------
    values : numpy.ndarray
        One value per draw, none missing.
    confidence : float
        Share that the interval holds: as much is left out below as above.

    Returns
    -------
    tuple of float
        Quantiles of Weibull's plotting position r / (n + 1) (Hyndman and Fan's type 6): a further draw lies between
        the r-th and s-th of n with probability (s - r) / (n + 1), so that few draws do not make the interval narrow.
    """
    error = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [error, 1.0 - error], method="weibull").tolist()
    return low, high


def keeps_limit(values: Floats, comparator: str, limit: float) -> Bools:
    """Return which values keep a limit; one that is just at it does.

    Raises
    ------
    ValueError
        A comparator other than ``>=``, ``<=`` and ``==``.
    """
    slack = _slack(limit)
    if comparator == "<=":
        return np.asarray(values <= limit + slack)
    if comparator == ">=":
        return np.asarray(values >= limit - slack)
    if comparator == "==":
        return np.asarray(np.abs(values - limit) <= slack)
    raise ValueError(f"keeps_limit: comparator {comparator}; expected >=, <= or ==.")


def _slack(limit: float) -> float:
    """Return what rounding of sums may be off: a value just at its limit keeps it."""
    return 1e-9 * max(1.0, abs(limit))


def _observed(values: Sequence[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the values that are there."""
    array = np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
    return array[~np.isnan(array)]


def decide(estimate: Estimate, comparator: str, target: float | None) -> bool | None:
    """Return whether a target is met; None where the run does not decide.

    Parameters
    ----------
    estimate : Estimate
        The value. Where it is not exact, its whole interval must lie on one side of the target.
    comparator : str
        ``>=``, ``<=``, ``==`` or ``none``.
    target : float or None
        The target.

    Returns
    -------
    bool or None
        True: met. False: missed.
    """
    if target is None or estimate.value is None or comparator not in ("<=", ">=", "=="):
        return None
    low = estimate.value if estimate.exact else estimate.low
    high = estimate.value if estimate.exact else estimate.high
    if low is None or high is None:
        return None
    slack = _slack(target)
    if comparator == "==":
        if low >= target - slack and high <= target + slack:
            return True
        # an interval that holds the target decides nothing
        return None if low <= target <= high else False
    # mirrored, so that one comparison serves both signs
    if comparator == ">=":
        low, high, target = -high, -low, -target
    if high <= target + slack:
        return True
    return False if low > target + slack else None
