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
    from collections.abc import Sequence

    from data.county import County

_ROUNDING: Final = 1e-12  # of a change: a target that is just met is met
QUANTILES: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Spread:
    """What a Monte Carlo run shows.

    Attributes
    ----------
    intensity : polars.DataFrame
        ``year, boundary, series, grid, mean_g_per_tkm, p05, p50, p95`` in g per t km.
    change : polars.DataFrame
        ``year, boundary, series, grid, p05, p50, p95, met_share``: change against the base year (0.1 is +10 %), and
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
    draws = draw_factors(county, samples=samples, seed=seed)
    base = round(county.figure("carbon.baseline_year"))
    wanted = sorted({base, *years})
    ensemble = StockEnsemble(county, draws)
    intensity, change = [], []
    column = {year: number for number, year in enumerate(wanted)}
    bias = applied(county, draws, "base")
    for boundary, series, grid in _keys():
        values = ensemble.intensity(boundary, series, grid, wanted)
        # an error of the base year moves every change, but no later intensity
        first = values[:, column[base]] * (1.0 + bias)
        for year in years:
            shown = first if year == base else values[:, column[year]]
            low, middle, high = (float(part) for part in np.quantile(shown, QUANTILES))
            intensity.append((year, boundary, series, grid, float(shown.mean()), low, middle, high))
            # draw by draw: what errs alike in both years cancels out
            ratio = shown / first - 1.0
            low, middle, high = (float(part) for part in np.quantile(ratio, QUANTILES))
            change.append((year, boundary, series, grid, low, middle, high, float((ratio <= target_change).mean())))
    oil = ensemble.petroleum()
    # argmax takes the first of equal maxima
    peaks = np.bincount(np.argmax(oil, axis=1), minlength=oil.shape[1]) / samples
    keys = {"year": pl.Int64, **dict.fromkeys(("boundary", "series", "grid"), pl.String)}
    names = ("p05", "p50", "p95")
    return Spread(
        _nulls(
            pl.DataFrame(intensity, schema=keys | dict.fromkeys(("mean_g_per_tkm", *names), pl.Float64), orient="row")
        ),
        _nulls(pl.DataFrame(change, schema=keys | dict.fromkeys((*names, "met_share"), pl.Float64), orient="row")),
        pl.DataFrame({"year": ensemble.years, "share": peaks}),
        draws,
    )


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
