"""How the liking of new energy has grown: a damped trend of the logit, estimated from observed sales shares.

The logit of a share is what costs of ownership explain (nested logit, sensitivity theta) plus a level that moves by a
step a year; the step shrinks by a damping factor and is disturbed by chance. Figures of the county state the priors,
the observed series decide between them: prior draws are weighted by the likelihood of all series together (a Kalman
filter each) and resampled.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy

from charging.power.compiled import compiled
from data.errors import DataError
from data.memory.remembering import remembered
from data.streams import stream, triangular
from fleet.vehicles.choice_costs import CostUtilities
from fleet.vehicles.level_filter import Filtered, LevelFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.arrays import Floats, Ints
    from data.county import County

DRAWS: Final = 512
"""Draws that a fit keeps: the error of a 5 % quantile is then about a tenth of the spread."""
BAND: Final = (0.05, 0.95)
"""Ends of the 90 % band."""
_PRIOR_DRAWS: Final = 8192  # of which the data leave some thousands
_LEAST_LEFT: Final = 50.0  # effective draws below which quantiles of a fit mean little
_NODES: Final = 24  # of an interpolation: log-sums of costs are known to 1e-14 by 20 of them
_LAST_TERMS, _SMALL_TERM = 3, 1e-13  # of its polynomial, logits
_APART: Final = 1e-9  # by which weights decide: 100 times what an interpolation adds to their sum
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
    drawn, first_step = _Draws.of(priors), _first_step(priors)
    utilities = CostUtilities.of(county)
    seen = _observed(county, until)

    def exact(draws: _Draws) -> dict[str, Filtered]:
        return _filtered(
            seen, draws, first_step, lambda name, years: _costs(county, utilities, name, years, draws.theta)
        )

    def nearly(name: str, years: Sequence[int]) -> Floats:
        return interpolated(lambda thetas: _costs(county, utilities, name, years, thetas), drawn.theta)

    # which draws are kept hangs on the weights alone, and only of those that are kept all digits are asked for
    weights = _weights(_filtered(seen, drawn, first_step, nearly))
    kept = _resampled(weights, apart=_APART)
    if kept is None:
        weights = _weights(exact(drawn))
        kept = _resampled(weights)
    effective = float(1.0 / (weights**2).sum())
    if effective < _LEAST_LEFT or kept is None:
        raise DataError(
            f"adoption_observed: the series leave {effective:.0f} of {len(weights)} prior draws; "
            "widen the ranges of the figures adoption.trend_* and adoption.observation_sd_logit."
        )
    left = drawn.only(kept)
    fits = exact(left)
    ends = {name: fit.ends(_state_scores(name)) for name, fit in fits.items()}
    return AdoptionTrend(
        left.theta,
        left.damping,
        left.chance_sd,
        left.lasting,
        {name: fit.last_year for name, fit in fits.items()},
        {name: level for name, (level, _) in ends.items()},
        {name: step for name, (_, step) in ends.items()},
        effective,
    )


@dataclass(frozen=True, slots=True)
class _Draws:
    """Parameters of a trend, one value per draw; see `TrendPriors`."""

    theta: Floats
    damping: Floats
    chance_sd: Floats
    lasting: Floats
    observation_sd: Floats

    @classmethod
    def of(cls, priors: TrendPriors) -> _Draws:
        """Return draws of the priors."""
        scores = stream(_SEED, "fleet", "adoption", "priors").random((5, _PRIOR_DRAWS))
        ranges = (
            *(priors.cost_sensitivity, priors.damping),
            *(priors.chance_sd, priors.lasting_share, priors.observation_sd),
        )
        return cls(*(triangular(*known, score) for known, score in zip(ranges, scores, strict=True)))

    def only(self, rows: Ints) -> _Draws:
        """Return some of the draws."""
        return _Draws(*(getattr(self, item.name)[rows] for item in fields(self)))


def _observed(county: County, until: int | None) -> dict[str, tuple[list[int], Floats]]:
    """Return the observed years of each series that classes follow, and the logits of its shares."""
    found = {}
    # sorted: likelihoods are added up in this order
    for name, rows in sorted(county.rows_by("adoption_observed", "series").items()):
        shares = {row["year"]: row["share"] for row in rows if until is None or row["year"] <= until}
        if shares and name in county.rows_by("adoption_series", "series"):
            years = sorted(shares)
            found[name] = years, scipy.special.logit(np.array([shares[year] for year in years], dtype=np.float64))
    return found


def _filtered(
    seen: Mapping[str, tuple[list[int], Floats]],
    draws: _Draws,
    first_step: tuple[float, float],
    costs: Callable[[str, Sequence[int]], Floats],
) -> dict[str, Filtered]:
    """Return each series after the filter; `costs` are what they add to its logit, draws by years."""
    kalman = LevelFilter((draws.damping, draws.chance_sd, draws.lasting), draws.observation_sd, first_step)
    # what costs explain is taken out: the level is the rest
    return {name: kalman.run(years, logits - costs(name, years)) for name, (years, logits) in seen.items()}


def _weights(fits: Mapping[str, Filtered]) -> Floats:
    """Return the weight of each prior draw by all series together."""
    likelihood = sum((fit.log_likelihood for fit in fits.values()), np.zeros(_PRIOR_DRAWS))
    weights = np.exp(_less_top(likelihood))
    return np.asarray(weights / weights.sum())


def interpolated(function: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Return a smooth function at many places, from its values at `_NODES` of them; rows are places.

    A polynomial through the nodes of Chebyshev, which is as good as its last terms are small (Trefethen, Approximation
    Theory and Approximation Practice, 2013). Where they are not, the function itself is asked for all places.
    """
    middle, half = (at.max() + at.min()) / 2.0, (at.max() - at.min()) / 2.0
    angles = np.pi * (np.arange(_NODES) + 0.5) / _NODES
    values = function(middle + half * np.cos(angles))
    terms = np.cos(np.outer(np.arange(_NODES), angles)) @ values * (2.0 / _NODES)
    terms[0] /= 2.0
    if np.abs(terms[-_LAST_TERMS:]).max() > _SMALL_TERM:
        return function(at)
    return _polynomial((at - middle) / (half or 1.0), terms)


@compiled
def _polynomial(at: Floats, terms: Floats) -> Floats:
    """Return sums of Chebyshev's polynomials at places from -1 to 1, places by columns of the terms."""
    degrees, columns = terms.shape
    values = np.zeros((len(at), columns))
    for place in range(len(at)):
        now, later, row = 1.0, at[place], values[place]
        for degree in range(degrees):
            for column in range(columns):
                row[column] += now * terms[degree, column]
            now, later = later, 2.0 * at[place] * later - now
    return values


def _costs(county: County, utilities: CostUtilities, series: str, years: Sequence[int], theta: Floats) -> Floats:
    """Return what costs add to the logit of a series, thetas by years: the mean of the classes that follow it."""
    classes = [row["vehicle_class"] for row in county.rows_by("adoption_series", "series").get(series, ())]
    return np.asarray(np.mean([utilities.logits_of(name, years, theta) for name in classes], axis=0))


def _first_step(priors: TrendPriors) -> tuple[float, float]:
    """Return the most likely first step and its standard deviation."""
    low, value, high = priors.first_step
    # a range of 90 % of a normal law is 3.29 standard deviations wide
    return value, (high - low) / (2.0 * float(scipy.special.ndtri(BAND[1])))


def _state_scores(series: str) -> Floats:
    """Return the normal scores of level and step of a series in its last observed year, by draw that is kept."""
    return stream(_SEED, "fleet", "adoption", series, "state").standard_normal((2, DRAWS))


def _less_top(values: Floats) -> Floats:
    """Return values less the largest, so that exp() of them cannot overflow."""
    return np.asarray(values - values.max())


def _resampled(weights: Floats, *, apart: float = 0.0) -> Ints | None:
    """Return draws in proportion to their weights, by systematic resampling; None where weights are not exact enough.

    That is where a draw is kept, or not, by no more than `apart`.
    """
    # the middle of each of equal parts: no lot is needed, and the same tables give the same draws
    at = (np.arange(DRAWS) + 0.5) / DRAWS
    # the draws come in no order that matters, so systematic picks are as good as random ones
    ends = np.cumsum(weights)
    found = np.searchsorted(ends, at)
    if apart and not np.array_equal(np.searchsorted(ends, at - apart), np.searchsorted(ends, at + apart)):
        return None
    return np.asarray(np.minimum(found, len(weights) - 1), dtype=np.int64)
