"""Factors that several rooms read in the same way, and the attribution of a change to the factors of a product."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County


def grid_factor(county: County, year: int, *, region: str | None = None) -> float:
    """Return CO2 of a kWh at the meter in a year, kg; linear between the table's years.

    Parameters
    ----------
    county : data.County
        Its table ``grid_factors``.
    year : int
        Year of the factor.
    region : str, optional
        Region of the grid; where not given the one that ``county.toml`` names, otherwise that of the first row.

    Raises
    ------
    DataError
        A region without rows, or a year outside its rows.
    """
    regions = county.rows_by("grid_factors", "region")
    if not regions:
        raise DataError(f"{county.name}/grid_factors.csv: no rows.")
    if region is None:
        region = county.about.region or next(iter(regions))
    if region not in regions:
        raise DataError(f"grid_factors: no row for region {region!r}.{nearest(region, list(regions))}")
    years, factors = zip(*sorted((row["year"], row["kgco2_per_kwh"]) for row in regions[region]), strict=True)
    if not years[0] <= year <= years[-1]:
        raise DataError(f"grid_factors: {region} covers {years[0]} to {years[-1]}; got the year {year}.")
    return float(np.interp(year, years, factors))


def electricity_factor(county: County, year: int, series: str) -> float:
    """Return what a kWh at the meter emits in a year in a series of the accounts, kg.

    a: none, the account ends at the vehicle; b: its CO2 (`grid_factor`); c: CO2e with what the making and moving of
    fuels, CH4, N2O and the building of plants add, ``carbon.electricity_upstream_share`` of that CO2.

    Raises
    ------
    DataError
        As for `grid_factor`.
    """
    if series == "a":
        return 0.0
    more = county.figure("carbon.electricity_upstream_share") if series == "c" else 0.0
    return grid_factor(county, year) * (1.0 + more)


def lmdi(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> list[float]:
    """Return the additive LMDI-I contribution of each factor to the change of a sum of products.

    Parameters
    ----------
    before, after
        For each sub-fleet its factors, such as share of turnover, energy per t km, emission per energy; above 0.

    Returns
    -------
    list of float
        One term per factor; they sum to the change, without residual.

    Raises
    ------
    DataError
        A factor that is not above 0, or tables of different shape.

    Notes
    -----
    Ang (2005), Energy Policy 33:867-871: sum over fleets of L(I1, I0) ln(x1/x0), L the logarithmic mean.
    """
    if len(before) != len(after) or any(len(old) != len(new) for old, new in zip(before, after, strict=True)):
        raise DataError("lmdi: both years need the same sub-fleets and factors.")
    if any(not value > 0.0 for table in (before, after) for row in table for value in row):
        raise DataError("lmdi: factors must be above 0; give a vanishing share a small positive value.")
    terms = [0.0] * len(before[0])
    for first, second in zip(before, after, strict=True):
        # of all means only the logarithmic one leaves no residual
        weight = _log_mean(math.prod(second), math.prod(first))
        for index, (old, new) in enumerate(zip(first, second, strict=True)):
            terms[index] += weight * math.log(new / old)
    return terms


def _log_mean(first: float, second: float) -> float:
    """Return the logarithmic mean."""
    if math.isclose(first, second, rel_tol=1e-12):  # 0 / 0 otherwise; the limit is the value itself
        return first
    return (first - second) / math.log(first / second)
