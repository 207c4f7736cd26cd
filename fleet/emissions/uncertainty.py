"""Monte Carlo over the ranges of the tables: intensity, its change, and the year of the petroleum peak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from fleet.emissions.accounts import BOUNDARIES, SERIES
from fleet.emissions.draws import applied, draw_factors
from fleet.emissions.ensemble import StockEnsemble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.arrays import Floats
    from data.county import County

_ROUNDING: Final = 1e-12  # of a change: a target that is just met is met
QUANTILES: Final = (0.025, 0.5, 0.975)
"""Ends of an interval of 95 % of the draws, and the middle."""
ENDS: Final = ("low", "p50", "high")
"""Columns of `QUANTILES`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What a Monte Carlo run shows.

    Attributes
    ----------
    intensity : polars.DataFrame
        ``year, boundary, series, grid, mean_g_per_tkm, low, p50, high`` in g per t km.
    change : polars.DataFrame
        ``year, boundary, series, grid, low, p50, high, met_share``: change against the base year (0.1 is +10 %), and
        share of the draws in which it is at most the target's.
    peak : polars.DataFrame
        ``year, share``: share of the draws in which petroleum of land transport is highest in a year.
    draws : polars.DataFrame
        The factors drawn, one row per draw.
    """

    intensity: pl.DataFrame
    change: pl.DataFrame
    peak: pl.DataFrame
    draws: pl.DataFrame


@dataclass(frozen=True, eq=False, slots=True)
class RoadDraws:
    """Road carbon in every draw.

    Attributes
    ----------
    factors : polars.DataFrame
        The factors drawn, one row per draw and one column per parameter.
    years : tuple of int
        Years of the intensities, the base year among them.
    intensity : dict
        Draws by ``years``, g per t km, by boundary, series and grid; that of the base year with its error.
    change : dict
        Change against the base year, draws by ``years``, by the same keys.
    peak_year : numpy.ndarray
        Year in which petroleum of land transport is highest, one per draw.
    peak_years : tuple of int
        Years among which it is.
    petroleum : numpy.ndarray
        Petroleum of land transport, t, draws by ``peak_years``.
    """

    factors: pl.DataFrame
    years: tuple[int, ...]
    intensity: dict[tuple[str, str, str], Floats]
    change: dict[tuple[str, str, str], Floats]
    peak_year: Floats
    peak_years: tuple[int, ...]
    petroleum: Floats


def road_draws(
    county: County,
    *,
    years: Sequence[int],
    samples: int,
    seed: int,
    left: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> RoadDraws:
    """Return road carbon in every draw over the ranges of the tables.

    Parameters
    ----------
    county, years, samples, seed
        As for `monte_carlo`.
    left
        What becomes of a stock before it drives; see `fleet.emissions.ensemble.StockEnsemble`.

    Raises
    ------
    DataError
        As for :func:`fleet.emissions.draws.draw_factors`.
    """
    draws = draw_factors(county, samples=samples, seed=seed)
    base = round(county.figure("carbon.baseline_year"))
    wanted = sorted({base, *years})
    ensemble = StockEnsemble(county, draws, left)
    bias = applied(county, draws, "base")
    intensity, change = {}, {}
    for key in _keys():
        values = ensemble.intensity(*key, wanted)
        # an error of the base year moves every change, but no later intensity
        values[:, wanted.index(base)] *= 1.0 + bias
        intensity[key] = values
        # draw by draw: what errs alike in both years cancels out
        change[key] = values / values[:, [wanted.index(base)]] - 1.0
    # argmax takes the first of equal maxima
    burnt = ensemble.petroleum()
    peak = np.array(ensemble.years, dtype=np.float64)[np.argmax(burnt, axis=1)]
    return RoadDraws(draws, tuple(wanted), intensity, change, peak, tuple(ensemble.years), burnt)


def monte_carlo(
    county: County, *, years: Sequence[int], samples: int = 500, seed: int = 1, target_change: float = -0.1
) -> Spread:
    """Return the spread of road carbon over the ranges of the tables.

    Parameters
    ----------
    county
        Its tables, with ``uncertainties``.
    years
        Years of the intensities.
    samples
        Draws.
    seed
        Seed of the draws.
    target_change
        Target of the change against the base year.

    Raises
    ------
    DataError
        As for :func:`fleet.emissions.draws.draw_factors`.
    """
    return spread_of(road_draws(county, years=years, samples=samples, seed=seed), years, target_change=target_change)


def spread_of(drawn: RoadDraws, years: Sequence[int], *, target_change: float) -> Spread:
    """Return means, quantiles and shares of draws of road carbon in some years."""
    intensity, change = [], []
    for (boundary, series, grid), values in drawn.intensity.items():
        changes = drawn.change[boundary, series, grid]
        for year in years:
            column = drawn.years.index(year)
            shown, ratio = values[:, column], changes[:, column]
            intensity.append((year, boundary, series, grid, float(shown.mean()), *quantiles(shown)))
            change.append((year, boundary, series, grid, *quantiles(ratio), met_share(ratio, target_change)))
    shares = [float((drawn.peak_year == year).mean()) for year in drawn.peak_years]
    keys = {"year": pl.Int64, **dict.fromkeys(("boundary", "series", "grid"), pl.String)}
    return Spread(
        _nulls(
            pl.DataFrame(intensity, schema=keys | dict.fromkeys(("mean_g_per_tkm", *ENDS), pl.Float64), orient="row")
        ),
        _nulls(pl.DataFrame(change, schema=keys | dict.fromkeys((*ENDS, "met_share"), pl.Float64), orient="row")),
        pl.DataFrame({"year": list(drawn.peak_years), "share": shares}),
        drawn.factors,
    )


def quantiles(values: Floats) -> tuple[float, float, float]:
    """Return the ends of the interval that holds 95 % of draws, and the middle, in the order of `ENDS`."""
    # at r / (n + 1): a further draw lies within as often as it says
    low, middle, high = np.quantile(values, QUANTILES, method="weibull").tolist()
    return low, middle, high


def met_share(changes: Floats, target_change: float) -> float:
    """Return the share of draws whose change is at most that of a target."""
    return float((changes <= target_change + _ROUNDING).mean())


def _nulls(spread: pl.DataFrame) -> pl.DataFrame:
    """Return a table with nulls where a boundary has no turnover, so that nothing can be said of it."""
    known = pl.col("p50").is_not_nan()
    return spread.with_columns(pl.when(known).then(pl.col(pl.Float64)))


def _keys() -> list[tuple[str, str, str]]:
    """Return boundaries, series and treatments of the grid."""
    return [(boundary, series, grid) for boundary in BOUNDARIES for series in SERIES for grid in ("frozen", "moving")]


def baseline_test(
    county: County, table: pl.DataFrame, *, target_change: float, biases: Sequence[float]
) -> pl.DataFrame:
    """Return whether a target still holds when the base year's intensity was other than computed.

    Parameters
    ----------
    county
        Gives the base year.
    table
        Carbon account with the base year.
    target_change
        Target of the change, such as -0.1.
    biases
        Relative errors of the base year, such as -0.05, 0, 0.05.

    Returns
    -------
    polars.DataFrame
        ``year, boundary, series, grid, bias, change, met``.
    """
    base = round(county.figure("carbon.baseline_year"))
    keys = ["mode", "boundary", "series", "grid"]
    first = table.filter(pl.col("year") == base).select(*keys, first="intensity_g_per_tkm")
    later = table.filter(pl.col("year") > base).join(first, on=keys)
    frames = [
        later.select(
            "year",
            *keys,
            pl.lit(float(bias)).alias("bias"),
            # the account is a point: only its base year is shifted, as if statistics had erred by so much
            change=pl.col("intensity_g_per_tkm") / (pl.col("first") * (1.0 + bias)) - 1.0,
        )
        for bias in biases
    ]
    return pl.concat(frames).with_columns(met=pl.col("change") <= target_change + _ROUNDING)
