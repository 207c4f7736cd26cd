"""Arrivals by weekday and hour: a rate for each day of the week, and the hours' shares of workdays and weekends.

Counts of a day are Poisson with a dispersion that the days themselves show (quasi-likelihood, McCullagh and Nelder
1989, section 6.2): days of one weekday differ by more than chance where weather or holidays move all drivers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from data.arrays import DAY_MIN, HOURS

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import ArrayLike

    from data.arrays import Floats, Ints

WEEK: Final = 7
DAY_TYPES: Final = ("workday", "weekend")
_SATURDAY: Final = 5


def day_type(weekday: Ints) -> Ints:
    """Return 0 for workdays and 1 for weekends, by number of the weekday (0: Monday)."""
    return (weekday >= _SATURDAY).astype(np.int64)


def weekdays(first_day: dt.date, days: int) -> Ints:
    """Return the weekday of each of some days."""
    return (first_day.weekday() + np.arange(days)) % WEEK


@dataclass(frozen=True)
class Arrivals:
    """Rates of arrival.

    Attributes
    ----------
    counts, days : numpy.ndarray
        Arrivals on each weekday and days of it, shape (7,).
    by_hour : numpy.ndarray
        Arrivals by type of day and hour, shape (2, 24).
    dispersion : float
        Variance over mean of a day's count, at least 1.
    """

    counts: Floats
    days: Floats
    by_hour: Floats
    dispersion: float

    @property
    def per_day(self) -> Floats:
        """Arrivals per day by weekday; a weekday that the log does not have takes the mean of the others."""
        mean = self.counts.sum() / self.days.sum()
        return np.asarray(np.where(self.days > 0.0, self.counts / np.maximum(self.days, 1.0), mean), dtype=np.float64)

    @property
    def shares(self) -> Floats:
        """Share of each hour in the arrivals of a day, by type of day, shape (2, 24)."""
        total = self.by_hour.sum(axis=1, keepdims=True)
        both = self.by_hour.sum(axis=0) / max(1.0, float(self.by_hour.sum()))
        return np.asarray(np.where(total > 0.0, self.by_hour / np.maximum(total, 1.0), both), dtype=np.float64)

    def rates(self) -> Floats:
        """Return arrivals per hour by weekday and hour, shape (7, 24)."""
        return self.per_day[:, None] * self.shares[day_type(np.arange(WEEK))]

    def per_day_range(self) -> tuple[Floats, Floats]:
        """Return the 95 % interval of the arrivals per day by weekday, shape (7,) each."""
        low, high = _poisson_range(self.counts, self.dispersion)
        days = np.maximum(self.days, 1.0)
        return low / days, high / days

    def share_range(self) -> tuple[Floats, Floats]:
        """Return the 95 % interval of the hours' shares, shape (2, 24) each (Clopper and Pearson 1934)."""
        total = self.by_hour.sum(axis=1, keepdims=True)
        low = stats.beta.ppf(0.025, self.by_hour, total - self.by_hour + 1.0)
        high = stats.beta.ppf(0.975, self.by_hour + 1.0, total - self.by_hour)
        return _known(low, 0.0), _known(high, 1.0)


def _poisson_range(counts: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """Return the exact interval of Poisson counts (Garwood 1936), of as many as the dispersion leaves independent."""
    effective = counts / dispersion
    low = 0.5 * stats.chi2.ppf(0.025, 2.0 * effective)
    high = 0.5 * stats.chi2.ppf(0.975, 2.0 * effective + 2.0)
    return _known(low, 0.0) * dispersion, _known(high, 0.0) * dispersion


def _known(values: ArrayLike, otherwise: float) -> Floats:
    """Return ends of intervals; where a distribution has none, because nothing or all was counted, its bound."""
    found = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(found), otherwise, found)


def fit_arrivals(start_min: Floats, first_day: dt.date, days: int) -> Arrivals:
    """Return the rates of arrivals.

    Parameters
    ----------
    start_min
        Minutes from midnight of the first day, shape (n,), all within the days.
    first_day
        Date of minute 0.
    days
        Days that were observed, also those without an arrival.
    """
    weekday = weekdays(first_day, days)
    day = (start_min // DAY_MIN).astype(np.int64)
    hour = (start_min % DAY_MIN // 60.0).astype(np.int64)
    per_day = np.bincount(day, minlength=days).astype(np.float64)
    counts = np.bincount(weekday, weights=per_day, minlength=WEEK).astype(np.float64)
    number = np.bincount(weekday, minlength=WEEK).astype(np.float64)
    by_hour = np.zeros((len(DAY_TYPES), HOURS))
    np.add.at(by_hour, (day_type(weekday)[day], hour), 1.0)
    return Arrivals(counts, number, by_hour, _dispersion(per_day, weekday, counts, number))


def _dispersion(per_day: Floats, weekday: Ints, counts: Floats, number: Floats) -> float:
    """Return Pearson's estimate of the dispersion of the days around their weekday, at least 1."""
    expected = (counts / np.maximum(number, 1.0))[weekday]
    seen = expected > 0.0
    freedom = int(seen.sum()) - int((counts > 0.0).sum())
    if freedom < 1:
        return 1.0
    return max(1.0, float(np.sum((per_day[seen] - expected[seen]) ** 2 / expected[seen])) / freedom)
