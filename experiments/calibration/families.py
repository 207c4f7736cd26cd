"""Distributions with two parameters fitted by maximum likelihood, with intervals from the observed information.

Candidates are the lognormal, gamma and Weibull distributions; the one with the least AIC is taken (Akaike 1974).
Intervals are those of the normal approximation of the log-likelihood (Wald) on a scale on which it is good: the mean of
the logarithm, and logarithms of the other parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import stats

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.arrays import Floats

Z95: Final = 1.959963984540054
"""Quantile 0.975 of the normal distribution."""
FEWEST: Final = 20
"""Values below which no distribution is fitted: its intervals would say nothing."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions: its parameters, which are logarithms in the fit, its distribution, its best fit."""

    parameters: tuple[str, str]
    logged: tuple[bool, bool]
    freeze: Callable[[Floats], Any]  # scipy's frozen distributions have no common public type
    start: Callable[[Floats], Floats]


def _start_lognormal(values: Floats) -> Floats:
    """Return the maximum of the likelihood, which is known in closed form."""
    logs = np.log(values)
    return np.array([logs.mean(), np.log(max(logs.std(), 1e-9))])


def _start_gamma(values: Floats) -> Floats:
    """Return the maximum of the likelihood, by scipy."""
    shape, _, scale = stats.gamma.fit(values, floc=0.0)
    return np.log([shape, scale])


def _start_weibull(values: Floats) -> Floats:
    """Return the maximum of the likelihood, by scipy."""
    shape, _, scale = stats.weibull_min.fit(values, floc=0.0)
    return np.log([shape, scale])


FAMILIES: Final[dict[str, Family]] = {
    "lognormal": Family(
        ("log_mean", "log_sd"),
        (False, True),
        lambda theta: stats.lognorm(s=np.exp(theta[1]), scale=np.exp(theta[0])),
        _start_lognormal,
    ),
    "gamma": Family(
        ("shape", "scale"),
        (True, True),
        lambda theta: stats.gamma(a=np.exp(theta[0]), scale=np.exp(theta[1])),
        _start_gamma,
    ),
    "weibull": Family(
        ("shape", "scale"),
        (True, True),
        lambda theta: stats.weibull_min(c=np.exp(theta[0]), scale=np.exp(theta[1])),
        _start_weibull,
    ),
}


@dataclass(frozen=True)
class Fitted:
    """A fitted distribution.

    Attributes
    ----------
    family : str
        One of `FAMILIES`.
    theta : numpy.ndarray
        Parameters on the scale of the fit, shape (2,).
    covariance : numpy.ndarray
        Their covariance, shape (2, 2).
    count : int
        Values that were fitted.
    aic : float
        Akaike's criterion.
    """

    family: str
    theta: Floats
    covariance: Floats
    count: int
    aic: float

    def parameters(self) -> dict[str, tuple[float, float, float]]:
        """Return value, low and high (95 %) of each parameter."""
        found = {}
        kind = FAMILIES[self.family]
        for order, (name, logged) in enumerate(zip(kind.parameters, kind.logged, strict=True)):
            error = Z95 * float(np.sqrt(self.covariance[order, order]))
            ends = np.array([0.0, -error, error]) + self.theta[order]
            value, low, high = (np.exp(ends) if logged else ends).tolist()
            found[name] = (value, low, high)
        return found

    def draw(self, lots: Floats, theta: Floats | None = None) -> Floats:
        """Return values at lots between 0 and 1: the inverse of the distribution function."""
        return np.asarray(FAMILIES[self.family].freeze(self.theta if theta is None else theta).ppf(lots))

    def mean(self) -> float:
        """Return the mean of the fitted distribution."""
        return float(FAMILIES[self.family].freeze(self.theta).mean())

    def distance(self, values: Floats) -> float:
        """Return the Kolmogorov-Smirnov distance between the fitted distribution and values."""
        return float(stats.kstest(values, FAMILIES[self.family].freeze(self.theta).cdf).statistic)


def fit(values: Floats, *, what: str, families: tuple[str, ...] = tuple(FAMILIES)) -> Fitted:
    """Return the best of some families for values above 0.

    Parameters
    ----------
    values
        Shape (n,); values that are not above 0 are left out.
    what
        What they are, for the message.
    families
        Names of the candidates.

    Raises
    ------
    DataError
        Fewer than `FEWEST` different values.
    """
    used = values[values > 0.0]
    if len(np.unique(used)) < FEWEST:
        raise DataError(f"{what}: got {len(np.unique(used))} different values above 0; expected {FEWEST} or more.")
    return min((_fit_one(name, used) for name in families), key=lambda found: found.aic)


def _fit_one(name: str, values: Floats) -> Fitted:
    """Return one family fitted to values."""
    family = FAMILIES[name]
    theta = family.start(values)

    def likelihood(point: Floats) -> float:
        return float(np.sum(family.freeze(point).logpdf(values)))

    covariance = np.asarray(np.linalg.inv(-_hessian(likelihood, theta)), dtype=np.float64)
    return Fitted(name, theta, covariance, len(values), 2.0 * len(theta) - 2.0 * likelihood(theta))


def _hessian(function: Callable[[Floats], float], point: Floats) -> Floats:
    """Return the second derivatives of a function by central differences."""
    # the fourth root of the rounding error, at which cutting and rounding errors of a second difference are equal
    step = np.finfo(np.float64).eps ** 0.25 * np.maximum(1.0, np.abs(point))
    size = len(point)
    result = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            ends = []
            for a, b in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)):
                moved = point.copy()
                moved[i] += a * step[i]
                moved[j] += b * step[j]
                ends.append(a * b * function(moved))
            result[i, j] = sum(ends) / (4.0 * step[i] * step[j])
    return result


@dataclass(frozen=True, slots=True)
class FittedMean:
    """The mean of an exponential distribution, with its 95 % interval; `events` ended, the others were cut off."""

    mean: float
    low: float
    high: float
    events: int
    count: int


def fit_exponential(ended: Floats, cut_off: Floats) -> FittedMean | None:
    """Return the mean of an exponential distribution from times that ended and times that were cut off.

    The likelihood is largest at the total time over the number of ends; twice the total time over the mean is
    chi-squared with twice the number of ends as degrees of freedom (Epstein and Sobel 1953).

    Returns
    -------
    FittedMean or None
        None where nothing ended: then the mean can be anything above what was seen.
    """
    events = len(ended)
    if not events:
        return None
    total = float(ended.sum() + cut_off.sum())
    low, high = (2.0 * total / float(stats.chi2.ppf(level, 2 * events)) for level in (0.975, 0.025))
    return FittedMean(total / events, low, high, events, events + len(cut_off))
