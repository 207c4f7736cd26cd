"""Factors drawn from the table ``uncertainties``, correlated where it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy

from data.errors import DataError
from data.streams import latin, triangular

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


OFFSETS: Final = ("base", "growth", "new_energy")
"""What a drawn number is added to; everything else is multiplied by it."""


def draw_factors(county: County, *, samples: int, seed: int) -> pl.DataFrame:
    """Return factors drawn from the table ``uncertainties``, one row per draw and one column per parameter.

    The draws are a Latin hypercube. Within a group they are correlated by a Gaussian copula with one common factor: the
    correlation of two parameters' normal scores is the product of the square roots of their ``correlation``.

    Raises
    ------
    DataError
        The county has no such table, less than one sample, or bounds in the wrong order.
    """
    table = county.uncertainties
    if not table.height:
        raise DataError(f"{county.name}: no table uncertainties; add uncertainties.csv to draw from.")
    if samples < 1:
        raise DataError(f"samples: got {samples}, expected at least 1.")
    common: dict[str, Floats] = {}
    columns = {}
    for row in table.iter_rows(named=True):
        if not row["low"] <= row["mode"] <= row["high"]:
            raise DataError(f"uncertainties: {row['parameter']} must have low <= mode <= high.")
        group = row["group"] or row["parameter"]
        if group not in common:
            # one stream per group and one per parameter: another row of the table leaves the draws of these as they are
            common[group] = scipy.special.ndtri(latin(seed, "fleet", "uncertainty", "group", group, samples=samples))
        alone = scipy.special.ndtri(latin(seed, "fleet", "uncertainty", row["parameter"], samples=samples))
        rho = row["correlation"] if row["group"] else 0.0
        # one common factor per group: any two of its parameters correlate by sqrt(rho_1 rho_2)
        score = scipy.special.ndtr(np.sqrt(rho) * common[group] + np.sqrt(1.0 - rho) * alone)
        # inverses of the distribution functions keep the order of the scores, and so the copula's rank correlation
        if row["law"] == "uniform":
            columns[row["parameter"]] = row["low"] + (row["high"] - row["low"]) * score
        else:
            columns[row["parameter"]] = triangular(row["low"], row["mode"], row["high"], score)
    return pl.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A parameter of ``uncertainties`` and its bounds."""

    parameter: str
    low: float
    high: float


def uncertainty_of(county: County, applies_to: str, name: str) -> Uncertainty | None:
    """Return what applies to something by name: the first row of ``uncertainties`` whose selector holds it."""
    rows = county.uncertainties.filter(pl.col("applies_to") == applies_to)
    # no selector means everything that it applies to
    for parameter, selector, low, high in rows.select("parameter", "selector", "low", "high").iter_rows():
        if not selector or name in selector.split("|"):
            return Uncertainty(parameter, low, high)
    return None


def applied(county: County, draws: pl.DataFrame, applies_to: str, name: str = "") -> Floats:
    """Return the drawn factor that applies to something; 1 (0 for an offset) where none does."""
    row = uncertainty_of(county, applies_to, name)
    if row is None:
        return np.full(draws.height, 0.0 if applies_to in OFFSETS else 1.0)
    return np.asarray(draws[row.parameter].to_numpy())
