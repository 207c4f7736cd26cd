"""Factors that several rooms read from the county's tables in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
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
    regions = county.grid_factors["region"].unique(maintain_order=True).to_list()
    if not regions:
        raise DataError(f"{county.name}/grid_factors.csv: no rows.")
    if region is None:
        region = county.about.region or regions[0]
    rows = county.grid_factors.filter(pl.col("region") == region).sort("year")
    if not rows.height:
        raise DataError(f"grid_factors: no row for region {region!r}.{nearest(region, regions)}")
    first, last = rows["year"][0], rows["year"][-1]
    if not first <= year <= last:
        raise DataError(f"grid_factors: {region} covers {first} to {last}; got the year {year}.")
    return float(np.interp(year, rows["year"].to_numpy(), rows["kgco2_per_kwh"].to_numpy()))


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
