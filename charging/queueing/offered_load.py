"""The load that a day of requests puts on guns: arrivals by the hour without their noise, and what stays of them.

The modified offered load m(t) = E[S] E[lambda(t - S_e)] is the number of vehicles that would stand at guns at time t
if there were always one free; S_e is the stay that an observer at a random time finds behind him. It follows the
arrivals late and smoothly: a long stay spreads the busy hour over the hours after it (Jennings, Mandelbaum, Massey
and Whitt 1996; Green, Kolesar and Whitt 2007).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from data.arrays import DAY_MIN, HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats

_PER_HOUR: Final = 4
"""Steps of an hour in which arrivals are spread over the hours after them."""
STEP_MIN: Final = 60.0 / _PER_HOUR


def hourly_counts(minute: Floats) -> Floats:
    """Return the arrivals of each hour of the day, all days together."""
    return np.bincount((minute % DAY_MIN // 60.0).astype(np.int64), minlength=HOURS).astype(np.float64)


def smooth_profile(counts: Floats, expected: Floats) -> Floats:
    """Return arrivals by hour of the day with the noise of counting taken out.

    Parameters
    ----------
    counts
        Arrivals by hour of the day at one station.
    expected
        Shares of the hours that are taken for likely: those of all stations, or equal ones.

    Returns
    -------
    numpy.ndarray
        The sum of ``counts``, divided over the hours between both: where the counts differ from the expected ones no
        more than Poisson counts do, as expected; the more they differ, the more as counted (positive-part
        James-Stein weights on Pearson's chi-square).
    """
    likely = counts.sum() * expected
    known = likely > 0.0
    # a profile without arrivals in an hour where some came cannot be the likely one
    if counts[~known].any():
        return counts
    distance = float(((counts - likely)[known] ** 2 / likely[known]).sum())
    own = max(0.0, 1.0 - (HOURS - 1) / distance) if distance > 0.0 else 0.0
    smooth: Floats = own * counts + (1.0 - own) * likely
    return smooth


def common_profile(counts: Sequence[Floats]) -> Floats:
    """Return the shares of the hours over several stations together; equal ones as far as their counts are noise."""
    even = np.full(HOURS, 1.0 / HOURS)
    total = np.sum(counts, axis=0) if counts else np.zeros(HOURS)
    return smooth_profile(total, even) / total.sum() if total.any() else even


def modified_load(rate_per_min: Floats, stay_min: Floats) -> Floats:
    """Return the modified offered load of each hour of the day, Erlang.

    Parameters
    ----------
    rate_per_min
        Arrivals a minute in each hour of the day, the same every day.
    stay_min
        Stays at a gun, minutes: a sample of S.
    """
    steps = HOURS * _PER_HOUR
    left = _still_there_min(stay_min)
    # stays of more than a day meet the same hour again
    days = math.ceil(len(left) / steps)
    left = np.pad(left, (0, days * steps - len(left))).reshape(days, steps).sum(axis=0)
    # who has stood there for j to j + 1 steps came, on average over a step, half of them a step earlier
    rates = np.repeat(rate_per_min, _PER_HOUR)
    rates = 0.5 * (rates + np.roll(rates, 1))
    ago = (np.arange(steps)[:, None] - np.arange(steps)[None, :]) % steps
    load: Floats = (rates[ago] @ left).reshape(HOURS, _PER_HOUR).mean(axis=1)
    return load


def _still_there_min(stay_min: Floats) -> Floats:
    """Return the integral of P(S > u) over each step of time u since the arrival, minutes."""
    stays = np.sort(stay_min)
    edges = STEP_MIN * np.arange(math.ceil(float(stays[-1]) / STEP_MIN) + 1)
    shorter = np.searchsorted(stays, edges)
    below = np.concatenate([[0.0], np.cumsum(stays)])[shorter]
    return np.diff((below + edges * (len(stays) - shorter)) / len(stays))
