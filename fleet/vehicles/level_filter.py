"""Kalman filter of a level that moves by a damped step, for many draws of its parameters at once; compiled.

A fit has thousands of draws with matrices of 2 by 2: 0.1 ms a year instead of 3 ms by stacked matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats

_WIDE: Final = 3.0  # sd of the first level, logits: from 5 to 95 % of a market, so that the data alone set it


@dataclass(frozen=True, slots=True)
class Filtered:
    """Level and step of a series in its last year by prior draw: means, covariance, and the likelihood."""

    last_year: int
    level: Floats
    step: Floats
    covariance: Floats
    log_likelihood: Floats

    def ends(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return draws of level and step of the last year, by two rows of normal scores."""
        covariance = self.covariance
        sd = np.sqrt(covariance[:, 0, 0])
        # Cholesky of 2 by 2, by hand: rounding may leave a variance of -1e-18
        slope = covariance[:, 0, 1] / sd
        rest = np.sqrt(np.maximum(covariance[:, 1, 1] - slope**2, 0.0))
        return self.level + sd * scores[0], self.step + slope * scores[0] + rest * scores[1]


@dataclass(frozen=True, slots=True)
class _Update:
    """What an observation does by prior draw.

    Attributes
    ----------
    variance, log_variance : numpy.ndarray
        Of its error.
    gain : tuple of numpy.ndarray
        Of level and step.
    covariance : numpy.ndarray
        After it.
    """

    variance: Floats
    log_variance: Floats
    gain: tuple[Floats, Floats]
    covariance: Floats

    @classmethod
    def of(cls, covariance: Floats, observation_sd: Floats) -> _Update:
        """Return the update of a covariance before an observation."""
        variance, level, step, after = _observed(covariance, observation_sd)
        return cls(variance, np.log(variance), (level, step), after)


class LevelFilter:
    """Kalman filter of level and step for all prior draws at once.

    Variances and gains rest on the parameters and on when something is observed, not on what is: series that begin
    with the same gaps between their years share them.

    Parameters
    ----------
    motion
        Damping, standard deviation of chance, and its part that lasts, by draw.
    observation_sd
        Error of an observation, by draw.
    first_step
        Most likely first step, and its standard deviation.
    """

    def __init__(
        self, motion: tuple[Floats, Floats, Floats], observation_sd: Floats, first_step: tuple[float, float]
    ) -> None:
        self._motion, self._observation_sd = motion, observation_sd
        self._first_step, step_sd = first_step
        first = np.zeros((len(observation_sd), 2, 2))
        first[:, 0, 0], first[:, 1, 1] = _WIDE**2, step_sd**2
        self._known: dict[tuple[int, ...], _Update] = {(): _Update.of(first, observation_sd)}

    def run(self, years: Sequence[int], net: Floats) -> Filtered:
        """Return the state of a series in its last year; `net` is draws by years."""
        damping, _, _ = self._motion
        level, step = net[:, 0], np.full(len(net), self._first_step)
        likelihood = np.zeros(len(net))
        update = self._known[()]
        for index in range(len(years)):
            gaps = tuple(int(gap) for gap in np.diff(years[: index + 1]))
            for _ in range(gaps[-1] if gaps else 0):
                # a year on: a damped step
                level, step = level + damping * step, damping * step
            update = self._update(gaps)
            gap = net[:, index] - level
            # the first observation sets the level, whatever the parameters: it says nothing of them
            likelihood += 0.0 if index == 0 else -0.5 * (gap**2 / update.variance + update.log_variance)
            level, step = level + update.gain[0] * gap, step + update.gain[1] * gap
        return Filtered(years[-1], level, step, update.covariance, likelihood)

    def _update(self, gaps: tuple[int, ...]) -> _Update:
        """Return the update after some gaps between years of observations."""
        known = self._known.get(gaps)
        if known is None:
            covariance = _years_on(self._update(gaps[:-1]).covariance, *self._motion, gaps[-1])
            known = self._known[gaps] = _Update.of(covariance, self._observation_sd)
        return known


@compiled
def _years_on(covariance: Floats, damping: Floats, chance_sd: Floats, lasting: Floats, years: int) -> Floats:
    """Return the covariance of level and step some years later: M P M' + C, with M = [[1, d], [0, d]], by draw."""
    later = covariance.copy()
    for draw in range(len(later)):
        damped, state = damping[draw], later[draw]
        # one chance moves both: the level by the whole of it, the step by the part that lasts
        level_sd, step_sd = chance_sd[draw], chance_sd[draw] * lasting[draw]
        for _ in range(years):
            level, both = state[0, 0] + damped * state[1, 0], state[0, 1] + damped * state[1, 1]
            back, step = damped * state[1, 0], damped * state[1, 1]
            state[0, 0] = level + both * damped + level_sd * level_sd
            state[0, 1] = both * damped + level_sd * step_sd
            state[1, 0] = back + step * damped + step_sd * level_sd
            state[1, 1] = step * damped + step_sd * step_sd
    return later


@compiled
def _observed(covariance: Floats, observation_sd: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return variance of an observation's error, gain of level and of step, and the covariance after it, by draw."""
    number = len(observation_sd)
    variance, of_level, of_step = np.empty(number), np.empty(number), np.empty(number)
    after = np.empty_like(covariance)
    for draw in range(number):
        before = covariance[draw]
        variance[draw] = before[0, 0] + observation_sd[draw] * observation_sd[draw]
        of_level[draw], of_step[draw] = before[0, 0] / variance[draw], before[1, 0] / variance[draw]
        for column in range(2):
            after[draw, 0, column] = before[0, column] - of_level[draw] * before[0, column]
            after[draw, 1, column] = before[1, column] - of_step[draw] * before[0, column]
    return variance, of_level, of_step, after
