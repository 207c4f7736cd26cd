"""How the liking of new energy has grown: a damped trend of the logit, estimated from observed sales shares.

The logit of a share is what costs of ownership explain (nested logit, sensitivity theta) plus a level that moves by a
step a year; the step shrinks by a damping factor and is disturbed by chance. Figures of the county state the priors,
the observed series decide between them: prior draws are weighted by the likelihood of all series together (a Kalman
filter each) and resampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy

from data.errors import DataError
from data.memory.remembering import remembered
from data.streams import stream, triangular
from fleet.vehicles.choice_costs import CostUtilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats, Ints
    from data.county import County

DRAWS: Final = 512
"""Draws that a fit keeps: the error of a 5 % quantile is then about a tenth of the spread."""
BAND: Final = (0.05, 0.95)
"""Ends of the 90 % band."""
_PRIOR_DRAWS: Final = 8192  # of which the data leave some thousands
_LEAST_LEFT: Final = 50.0  # effective draws below which quantiles of a fit mean little
_WIDE: Final = 3.0  # sd of the first level, logits: from 5 to 95 % of a market, so that the data alone set it
_LEAST_SEEN: Final = 2  # observations before the one that is held out
_SEED: Final = 20251231  # the fit is a property of the tables, not of a run: every run sees the same draws


@dataclass(frozen=True, slots=True)
class TrendPriors:
    """What is taken for possible before the observed series are seen: low, most likely and high of each parameter.

    Attributes
    ----------
    cost_sensitivity : tuple of float
        Theta of the nested logit, per reference cost.
    damping : tuple of float
        Step of a year over that of the year before.
    first_step : tuple of float
        Step of the first year of a series, logits; the range is taken for 90 % of a normal law.
    chance_sd : tuple of float
        Standard deviation by which chance moves the level in a year, logits.
    lasting_share : tuple of float
        Part of such a move by which the steps of later years change too.
    observation_sd : tuple of float
        Error of an observed share, logits: definitions of series differ, and sales are pulled forward.
    """

    cost_sensitivity: tuple[float, float, float]
    damping: tuple[float, float, float]
    first_step: tuple[float, float, float]
    chance_sd: tuple[float, float, float]
    lasting_share: tuple[float, float, float]
    observation_sd: tuple[float, float, float]

    @classmethod
    def from_county(cls, county: County) -> TrendPriors:
        """Return the figures ``adoption.*`` of a county with their ranges."""
        known = county.figure_range
        return cls(
            known("adoption.cost_sensitivity"),
            known("adoption.trend_damping"),
            known("adoption.trend_first_step_logit"),
            known("adoption.trend_chance_sd_logit"),
            known("adoption.trend_lasting_share"),
            known("adoption.observation_sd_logit"),
        )


@dataclass(frozen=True, slots=True)
class AdoptionTrend:
    """Draws of the parameters and of each series' level and step in its last observed year.

    Attributes
    ----------
    cost_sensitivity, damping, chance_sd, lasting_share : numpy.ndarray
        Parameters, one value per draw.
    last_year : mapping of str to int
        Last observed year by series.
    level, step : mapping of str to numpy.ndarray
        Logit net of costs, and its step, in the last observed year, by series and draw.
    effective_draws : float
        Prior draws that the data leave, of those weighted: 1 over the sum of the squared weights.
    """

    cost_sensitivity: Floats
    damping: Floats
    chance_sd: Floats
    lasting_share: Floats
    last_year: Mapping[str, int]
    level: Mapping[str, Floats]
    step: Mapping[str, Floats]
    effective_draws: float

    def levels(self, series: str, years: Sequence[int]) -> Floats:
        """Return the level of a series in years from its last observed one on, draws by years, logits.

        Raises
        ------
        DataError
            A series without observations, or a year before its last observed one.
        """
        if series not in self.last_year:
            raise DataError(f"adoption_observed: no row for series {series!r}; add its shares.")
        first = self.last_year[series]
        if min(years) < first:
            raise DataError(f"adoption trend of {series!r} begins in {first}; got the year {min(years)}.")
        ahead = max(years) - first
        # a row per year: a longer horizon leaves the years before it as they are
        chance = stream(_SEED, "fleet", "adoption", series, "steps").standard_normal((ahead, len(self.damping)))
        level, step = self.level[series], self.step[series]
        path = [level]
        for year in range(ahead):
            move = self.chance_sd * chance[year]
            # as in `LevelFilter.run`, draw by draw
            step = self.damping * step + self.lasting_share * move
            level = level + step + (1.0 - self.lasting_share) * move
            path.append(level)
        return np.column_stack([path[year - first] for year in years])


def adoption_trend(county: County, *, until: int | None = None) -> AdoptionTrend:
    """Return the trend of new energy that the observed series of a county show; computed once.

    Parameters
    ----------
    county
        Its tables ``adoption_observed`` and ``adoption_series``, figures ``adoption.*``, and costs where it has them.
    until
        Last year of the observations that are used; all of them where not given. Earlier ones are for a held-out test.

    Raises
    ------
    DataError
        Priors whose bounds are in the wrong order, or observations that none of the priors comes near to.

    Notes
    -----
    Damped local trend: Gardner and McKenzie (1985), Management Science 31:1237-1246; its filter: Harvey (1989),
    Forecasting, Structural Time Series Models and the Kalman Filter. Sampling importance resampling: Rubin (1988).
    """
    return remembered(county, ("adoption_trend", until), lambda watched: _fitted(watched, until))


def predicted_share(county: County, trend: AdoptionTrend, series: str, years: Sequence[int]) -> Floats:
    """Return the predicted share of new energy in a series, draws by years."""
    utilities = CostUtilities.of(county)
    costs = _costs(county, utilities, series, years, trend.cost_sensitivity)
    return np.asarray(scipy.special.expit(trend.levels(series, years) + costs))


def held_out(county: County, *, every_year: bool = False) -> pl.DataFrame:
    """Return what a fit without the last observed year says of it, beside what was observed.

    Parameters
    ----------
    county
        Its observed series, as for :func:`adoption_trend`.
    every_year
        Also each earlier year from the third observation of a series on, from the years before it.

    Returns
    -------
    polars.DataFrame
        One row per series with at least three observations, and year: ``series, year, observed, predicted, low, high``
        (median and 90 % band), ``error`` and ``naive_error`` (of the year before plus the mean step), shares.
    """
    rows = []
    followed = county.adoption_series["series"].unique().to_list()
    for (name,), group in county.adoption_observed.sort("series", "year").group_by("series", maintain_order=True):
        if name not in followed:
            continue
        years, shares = group["year"].to_list(), group["share"].to_list()
        # two points are a step, and a step alone cannot be checked
        first = _LEAST_SEEN if every_year else max(_LEAST_SEEN, group.height - 1)
        for last in range(first, group.height):
            fit = adoption_trend(county, until=years[last - 1])
            drawn = predicted_share(county, fit, str(name), [years[last]])[:, 0]
            (low, high), middle = (float(end) for end in band(drawn)), float(np.median(drawn))
            mean_step = (shares[last - 1] - shares[0]) / (years[last - 1] - years[0])
            naive = shares[last - 1] + mean_step * (years[last] - years[last - 1])
            seen = shares[last]
            rows.append((name, years[last], seen, middle, low, high, abs(middle - seen), abs(naive - seen)))
    return pl.DataFrame(rows, schema=HELD_OUT, orient="row")


HELD_OUT: Final = {
    "series": pl.String(),
    "year": pl.Int64(),
    **dict.fromkeys(("observed", "predicted", "low", "high", "error", "naive_error"), pl.Float64()),
}
"""Columns of the held-out comparison."""


def band(drawn: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the 90 % band of draws, along their first axis."""
    low, high = np.quantile(drawn, BAND, axis=0)
    return np.asarray(low), np.asarray(high)


def _fitted(county: County, until: int | None) -> AdoptionTrend:
    """Return the trend, computed anew."""
    priors = TrendPriors.from_county(county)
    scores = stream(_SEED, "fleet", "adoption", "priors").random((5, _PRIOR_DRAWS))
    theta = triangular(*priors.cost_sensitivity, scores[0])
    damping = triangular(*priors.damping, scores[1])
    chance_sd, lasting = triangular(*priors.chance_sd, scores[2]), triangular(*priors.lasting_share, scores[3])
    observation_sd = triangular(*priors.observation_sd, scores[4])
    utilities = CostUtilities.of(county)
    table = county.adoption_observed.filter(pl.col("series").is_in(county.adoption_series["series"].unique().to_list()))
    table = table if until is None else table.filter(pl.col("year") <= until)
    fits: dict[str, Filtered] = {}
    kalman = LevelFilter((damping, chance_sd, lasting), observation_sd, priors.first_step)
    for (name,), rows in table.sort("series", "year").group_by("series", maintain_order=True):
        years = rows["year"].to_list()
        # what costs explain is taken out: the level is the rest
        costs = _costs(county, utilities, str(name), years, theta)
        net = scipy.special.logit(rows["share"].to_numpy()) - costs
        fits[str(name)] = kalman.run(years, net)
    weights = np.exp(_less_top(sum((fit.log_likelihood for fit in fits.values()), np.zeros(len(theta)))))
    weights /= weights.sum()
    effective = float(1.0 / (weights**2).sum())
    if effective < _LEAST_LEFT:
        raise DataError(
            f"adoption_observed: the series leave {effective:.0f} of {len(weights)} prior draws; "
            "widen the ranges of the figures adoption.trend_* and adoption.observation_sd_logit."
        )
    kept = _resampled(weights)
    last = {name: fit.last_year for name, fit in fits.items()}
    ends = {name: fit.ends(name, kept) for name, fit in fits.items()}
    level = {name: pair[0] for name, pair in ends.items()}
    step = {name: pair[1] for name, pair in ends.items()}
    return AdoptionTrend(theta[kept], damping[kept], chance_sd[kept], lasting[kept], last, level, step, effective)


def _costs(county: County, utilities: CostUtilities, series: str, years: Sequence[int], theta: Floats) -> Floats:
    """Return what costs add to the logit of a series, thetas by years: the mean of the classes that follow it."""
    classes = county.adoption_series.filter(pl.col("series") == series)["vehicle_class"].to_list()
    return np.asarray(np.mean([utilities.logits_of(name, years, theta) for name in classes], axis=0))


@dataclass(frozen=True, slots=True)
class Filtered:
    """Level and step of a series in its last year by prior draw: means, covariance, and the likelihood."""

    last_year: int
    level: Floats
    step: Floats
    covariance: Floats
    log_likelihood: Floats

    def ends(self, name: str, kept: Ints) -> tuple[Floats, Floats]:
        """Return draws of level and step of the last year for the draws that are kept."""
        score = stream(_SEED, "fleet", "adoption", name, "state").standard_normal((2, len(kept)))
        covariance = self.covariance[kept]
        sd = np.sqrt(covariance[:, 0, 0])
        # Cholesky of 2 by 2, by hand: rounding may leave a variance of -1e-18
        slope = covariance[:, 0, 1] / sd
        rest = np.sqrt(np.maximum(covariance[:, 1, 1] - slope**2, 0.0))
        return self.level[kept] + sd * score[0], self.step[kept] + slope * score[0] + rest * score[1]


@dataclass(frozen=True, slots=True)
class _Update:
    """What an observation does by prior draw: variance of its error, gain of level and step, covariance after it."""

    variance: Floats
    gain: tuple[Floats, Floats]
    covariance: Floats

    @classmethod
    def of(cls, covariance: Floats, observation_sd: Floats) -> _Update:
        """Return the update of a covariance before an observation."""
        variance = covariance[:, 0, 0] + observation_sd**2
        gain = covariance[:, :, 0] / variance[:, None]
        after = covariance - gain[:, :, None] * covariance[:, None, 0, :]
        return cls(variance, (gain[:, 0].copy(), gain[:, 1].copy()), after)


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
        Low, most likely and high of the first step.
    """

    def __init__(
        self,
        motion: tuple[Floats, Floats, Floats],
        observation_sd: Floats,
        first_step: tuple[float, float, float],
    ) -> None:
        damping, chance_sd, lasting = motion
        low, self._first_step, high = first_step
        self._damping, self._observation_sd = damping, observation_sd
        count = len(damping)
        self._move = np.zeros((count, 2, 2))
        self._move[:, 0, 0], self._move[:, 0, 1], self._move[:, 1, 1] = 1.0, damping, damping
        # one chance moves both: the level by the whole of it, the step by the part that lasts
        spread = chance_sd[:, None] * np.column_stack([np.ones_like(lasting), lasting])
        self._chance = spread[:, :, None] * spread[:, None, :]
        first = np.zeros((count, 2, 2))
        # a range of 90 % of a normal law is 3.29 standard deviations wide
        step_var = ((high - low) / (2.0 * float(scipy.special.ndtri(BAND[1])))) ** 2
        first[:, 0, 0], first[:, 1, 1] = _WIDE**2, step_var
        self._known: dict[tuple[int, ...], _Update] = {(): _Update.of(first, observation_sd)}

    def run(self, years: Sequence[int], net: Floats) -> Filtered:
        """Return the state of a series in its last year; `net` is draws by years."""
        level, step = net[:, 0], np.full(len(net), self._first_step)
        likelihood = np.zeros(len(net))
        update = self._known[()]
        for index in range(len(years)):
            gaps = tuple(int(gap) for gap in np.diff(years[: index + 1]))
            for _ in range(gaps[-1] if gaps else 0):
                # a year on: a damped step
                level, step = level + self._damping * step, self._damping * step
            update = self._update(gaps)
            gap = net[:, index] - level
            # the first observation sets the level, whatever the parameters: it says nothing of them
            likelihood += 0.0 if index == 0 else -0.5 * (gap**2 / update.variance + np.log(update.variance))
            level, step = level + update.gain[0] * gap, step + update.gain[1] * gap
        return Filtered(years[-1], level, step, update.covariance, likelihood)

    def _update(self, gaps: tuple[int, ...]) -> _Update:
        """Return the update after some gaps between years of observations."""
        known = self._known.get(gaps)
        if known is None:
            covariance = self._update(gaps[:-1]).covariance
            for _ in range(gaps[-1]):
                # chance moves the level and in part the step
                covariance = self._move @ covariance @ self._move.transpose(0, 2, 1) + self._chance
            known = self._known[gaps] = _Update.of(covariance, self._observation_sd)
        return known


def _less_top(values: Floats) -> Floats:
    """Return values less the largest, so that exp() of them cannot overflow."""
    return np.asarray(values - values.max())


def _resampled(weights: Floats) -> Ints:
    """Return draws in proportion to their weights, by systematic resampling."""
    # the middle of each of equal parts: no lot is needed, and the same tables give the same draws
    at = (np.arange(DRAWS) + 0.5) / DRAWS
    # the draws come in no order that matters, so systematic picks are as good as random ones
    found = np.searchsorted(np.cumsum(weights), at)
    return np.asarray(np.minimum(found, len(weights) - 1), dtype=np.int64)
