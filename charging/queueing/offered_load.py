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

from data.arrays import HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats

_PER_HOUR: Final = 4
"""Steps of an hour in which arrivals are spread over the hours after them."""
STEP_MIN: Final = 60.0 / _PER_HOUR


def hourly_counts(minute: Floats, days: int) -> Floats:
    """Return the arrivals of each hour, a row a day."""
    hour = np.floor_divide(minute, 60.0).astype(np.int64)
    return np.bincount(hour, minlength=HOURS * days).reshape(days, HOURS).astype(np.float64)


def smooth_rates(counts: Sequence[Floats]) -> list[Floats]:
    """Return arrivals a minute in each hour of several stations, with the noise of counting taken out.

    A station has a profile over the hours of the day, the same every day, and busier and quieter days. Both are taken
    to be those of all stations together, as far as the counts do not say otherwise; those of all to be even.

    Parameters
    ----------
    counts
        By station: arrivals from :func:`hourly_counts`.
    """
    total = np.sum(counts, axis=0) if counts else np.zeros((1, HOURS))
    of_hour, of_day = (_shares(total.sum(axis=axis)) for axis in (0, 1))
    rates = []
    for count in counts:
        hours, days = smooth_profile(count.sum(axis=0), of_hour), smooth_profile(count.sum(axis=1), of_day)
        rates.append(np.outer(days, hours).ravel() / (60.0 * max(1.0, count.sum())))
    return rates


def smooth_profile(counts: Floats, expected: Floats) -> Floats:
    """Return counts with the noise of counting taken out.

    Parameters
    ----------
    counts
        Arrivals at one station, by hour of the day or by day.
    expected
        Shares of the hours or days that are taken for likely.

    Returns
    -------
    numpy.ndarray
        The sum of ``counts``, divided between both: where the counts differ from the expected ones no more than Poisson
        counts do, as expected; the more they differ, the more as counted (positive-part James-Stein weights on
        Pearson's chi-square).
    """
    likely = counts.sum() * expected
    known = likely > 0.0
    # shares that say nothing comes where some came cannot be the likely ones
    if counts[~known].any():
        return counts
    distance = float(((counts - likely)[known] ** 2 / likely[known]).sum())
    own = max(0.0, 1.0 - (len(counts) - 1) / distance) if distance > 0.0 else 0.0
    smooth: Floats = own * counts + (1.0 - own) * likely
    return smooth


def _shares(counts: Floats) -> Floats:
    """Return the shares of several stations together; equal ones as far as their counts are noise."""
    even = np.full(len(counts), 1.0 / len(counts))
    return smooth_profile(counts, even) / counts.sum() if counts.any() else even


def modified_load(rate_per_min: Floats, stay_min: Floats) -> Floats:
    """Return the modified offered load of each hour, Erlang.

    Parameters
    ----------
    rate_per_min
        Arrivals a minute in each hour of some days, after which the same days come again.
    stay_min
        Stays at a gun, minutes: a sample of S.
    """
    steps = len(rate_per_min) * _PER_HOUR
    left = _still_there_min(stay_min)
    # stays longer than all the days meet the same hour again
    rounds = math.ceil(len(left) / steps)
    there = np.zeros(rounds * steps)
    there[: len(left)] = left
    left = there if rounds == 1 else there.reshape(rounds, steps).sum(axis=0)
    # who has stood there for j to j + 1 steps came, on average over a step, half of them a step earlier
    rates = np.repeat(rate_per_min, _PER_HOUR)
    rates = 0.5 * (rates + np.concatenate([rates[-1:], rates[:-1]]))
    there = np.fft.irfft(np.fft.rfft(rates) * np.fft.rfft(left), steps)
    # rounding of the transform can leave less than nothing where nobody comes
    load: Floats = np.maximum(there, 0.0).reshape(-1, _PER_HOUR).mean(axis=1)
    return load


def _still_there_min(stay_min: Floats) -> Floats:
    """Return the integral of P(S > u) over each step of time u since the arrival, minutes."""
    stays = np.sort(stay_min)
    edges = STEP_MIN * np.arange(math.ceil(float(stays[-1]) / STEP_MIN) + 1)
    shorter = np.searchsorted(stays, edges)
    below = np.concatenate([[0.0], np.cumsum(stays)])[shorter]
    return np.diff((below + edges * (len(stays) - shorter)) / len(stays))
