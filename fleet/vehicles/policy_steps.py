"""What moves the share of new energy where the purchase tax or the trade-in scheme changes: policy, or all the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from fleet.vehicles.choice import chosen_shares
from fleet.vehicles.choice_costs import priced, yearly
from fleet.vehicles.cost_inputs import CostInputs, Levers
from fleet.vehicles.costs import NEW_ENERGY_TAX
from fleet.vehicles.turnover import flow_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

POLICY_STEPS: Final = {
    "year": pl.Int64(),
    **dict.fromkeys(("share", "change", "tax", "trade_in", "rest"), pl.Float64()),
}
"""Columns of the steps of policy; all but `share` are differences of shares."""


def policy_steps(
    county: County,
    stock: pl.DataFrame,
    powers: Sequence[str],
    *,
    classes: Sequence[str],
    years: Sequence[int],
    levers: Levers | None = None,
) -> pl.DataFrame:
    """Return what the steps of policy do to the share of some powers among new vehicles, by the estimated choice.

    The share of a year is held against that with the purchase tax, or with the trade-in scheme, of the year before, on
    the same draws. What else moves it (prices, the trend of the market) is the rest of its change.

    Parameters
    ----------
    county
        Costs and observed series, as for :func:`fleet.chosen_shares`.
    stock
        Table of :func:`fleet.stock`: how many vehicles of each class are new, and the shares up to the base year.
    powers, classes
        What counts, among the new vehicles of which classes.
    years
        Years to look at; those up to ``adoption.base_year``, and those in which policy is that of the year before, have
        no row.
    levers
        Policy of the county's own.

    Returns
    -------
    polars.DataFrame
        ``year, share, change`` (against the year before) ``, tax, trade_in, rest``, by year; no rows where the county
        has no observed series, or no price of a vehicle that is bought.
    """
    if not county.adoption_series.height or not priced(county, classes):
        return pl.DataFrame(schema=POLICY_STEPS)
    policy = levers or Levers()
    base = round(county.figure("adoption.base_year"))
    new = stock.group_by("year", "vehicle_class").agg(pl.col("new_vehicles").sum())
    counts = {(year, name): float(vehicles) for year, name, vehicles in new.iter_rows()}
    known = dict(flow_share(stock, powers, classes=classes).iter_rows())

    def mean_share(year: int, policy: Levers) -> float:
        if year <= base:
            return float(known[year])
        weights = [counts.get((year, name), 0.0) for name in classes]
        shares = [
            float(chosen_shares(county, name, years=[year], levers=policy).of(powers).mean()) if weight else 0.0
            for name, weight in zip(classes, weights, strict=True)
        ]
        return float(np.average(shares, weights=weights))

    rows = []
    for year in _steps(county, [year for year in years if year > base], policy):
        share, before = mean_share(year, policy), mean_share(year - 1, policy)
        tax = share - mean_share(year, replace(policy, tax_as_of=year - 1))
        trade_in = share - mean_share(year, replace(policy, trade_in_as_of=year - 1))
        rows.append((year, share, share - before, tax, trade_in, share - before - tax - trade_in))
    return pl.DataFrame(rows, schema=POLICY_STEPS, orient="row")


def _steps(county: County, years: Sequence[int], levers: Levers) -> list[int]:
    """Return the years in which tax or trade-in scheme are not those of the year before."""
    taxed = CostInputs.from_county(county).tax_rows
    begun = {row["from_year"] for group in NEW_ENERGY_TAX for row in taxed.get(group, ())}
    return [
        year
        for year in sorted(years)
        if year in begun or yearly(county, levers, year) != yearly(county, levers, year - 1)
    ]
