"""A checked emulator: a result as a sum of parabolas of the assumptions, and how well it says what it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from data.arrays import Floats

TRUSTED: Final = 0.9
"""Least Q2 with which an emulator stands in for runs."""
LEAST_POINTS: Final = 3
"""Points below which nothing is fitted."""
_POINTS_PER_TERM: Final = 3  # fewer points per term of the parabolas: straight lines
_ROUNDING: Final = 1e-20  # of a squared value: relative errors of sums are about 1e-16
_RIDGE: Final = 1e-9  # of the scaled terms: an assumption that does not vary has no effect, and no division by 0


@dataclass(frozen=True, eq=False, slots=True)
class Emulator:
    """A result as a function of assumptions.

    Attributes
    ----------
    centre, scale : numpy.ndarray
        Mean and standard deviation of each assumption in the sample.
    constant : float
        Constant term.
    linear, square : numpy.ndarray
        Coefficients of each scaled assumption and of its square (less its mean).
    curvature : numpy.ndarray
        Mean of each scaled assumption's square in the sample.
    q2 : float
        Predictive coefficient: 1 less the squared errors at points left out one by one, over those of the mean. 1 says
        everything, 0 nothing; below 0 it says less than the mean does.
    """

    centre: Floats
    scale: Floats
    constant: float
    linear: Floats
    square: Floats
    curvature: Floats
    q2: float

    @property
    def trusted(self) -> bool:
        """Return whether it may stand in for runs."""
        return self.q2 >= TRUSTED

    def predict(self, points: Floats) -> Floats:
        """Return the result at points, one row each."""
        scaled = (points - self.centre) / self.scale
        return np.asarray(self.constant + scaled @ self.linear + (scaled**2 - self.curvature) @ self.square)

    def shares(self, points: Floats) -> Floats:
        """Return which share of the emulated variance each assumption makes in a sample: they act one by one."""
        scaled = (points - self.centre) / self.scale
        parts = np.var(scaled * self.linear + scaled**2 * self.square, axis=0)
        total = float(parts.sum())
        # what rounding leaves of a constant is no effect
        return np.asarray(parts / total if total > _ROUNDING * (1.0 + self.constant**2) else np.zeros(len(parts)))


def fit(points: Floats, values: Floats) -> Emulator:
    """Return the emulator of values at points.

    Parameters
    ----------
    points : numpy.ndarray
        One row per point, one column per assumption.
    values : numpy.ndarray
        The result at each point, none missing.

    Returns
    -------
    Emulator
        Least squares; with few points per term straight lines instead of parabolas. Q2 from the errors that each point
        would have if it were left out, which least squares give without another fit (PRESS; Allen, Technometrics 16(1),
        1974): error / (1 - leverage).

    Raises
    ------
    ValueError
        Fewer than `LEAST_POINTS`, or no assumption.
    """
    rows, columns = points.shape
    if rows < LEAST_POINTS or columns < 1:
        raise ValueError(f"fit: {rows} points of {columns} assumptions; expected at least {LEAST_POINTS} points of 1.")
    centre, scale = points.mean(axis=0), points.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
    scaled = (points - centre) / scale
    curvature = (scaled**2).mean(axis=0)
    bent = rows >= _POINTS_PER_TERM * (1 + 2 * columns)
    parts = [np.ones((rows, 1)), scaled, *([scaled**2 - curvature] if bent else [])]
    terms = np.hstack(parts)
    # a penalty that only a term without any variation feels
    inverse = np.linalg.pinv(terms.T @ terms + _RIDGE * np.eye(terms.shape[1]))
    found = inverse @ terms.T @ values
    leverage = np.einsum("ij,jk,ik->i", terms, inverse, terms)
    errors = (values - terms @ found) / np.maximum(1.0 - leverage, _RIDGE)
    # the mean too is that of the others
    spread = (values - values.mean()) * rows / (rows - 1)
    total = float((spread**2).sum())
    q2 = 1.0 - float((errors**2).sum()) / total if total > 0.0 else 1.0
    # with hardly more points than terms every point is its own, and nothing can be said of others
    q2 = q2 if rows > terms.shape[1] + 2 else 0.0
    square = found[1 + columns :] if bent else np.zeros(columns)
    return Emulator(centre, scale, float(found[0]), found[1 : 1 + columns], square, curvature, q2)
