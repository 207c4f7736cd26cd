"""Paths to the targets, year by year: with the scenario, its band, and without the measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

import fleet
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from data.tables.roles import CARS, classes_of
from experiments.pathways.carbon_draws import PEAK
from experiments.pathways.modal_shift import carbon_accounts, stock_left
from experiments.scenario.county import CAR_FLOW, CLEAN_FLOW
from experiments.scorecard.adoption import drawn_share
from experiments.scorecard.carbon import ACCOUNT, SERIES, criterion_of
from experiments.scorecard.evidence import Evidence
from experiments.statistics.estimates import drawn_interval
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.pathways.carbon_draws import CarbonDraws
    from experiments.scenario.model import Scenario

PATHS: Final = {
    "target_id": pl.String,
    "criterion": pl.String,
    "unit": pl.String,
    "year": pl.Int64,
    **dict.fromkeys(("value", "low", "high", "without", "limit"), pl.Float64),
}
"""Columns of the paths: `limit` stands in the year of the target; `without` is the counterfactual.

`low` and `high` hold 95 % of the draws of the assumptions, of shares of new vehicles 90 %; null where nothing was
drawn.
"""
Values = dict[int, float]


class Side:
    """A county with or without the measures, and its stock as the scenario leaves it.

    Parameters
    ----------
    scenario, county
        The scenario, and its county as the scenario edits it.
    """

    def __init__(self, scenario: Scenario, county: County) -> None:
        self.scenario, self.county = scenario, county
        self.before = fleet.stock(county)
        self.stock = stock_left(scenario, county, self.before)

    def changes(self, years: Sequence[int]) -> dict[tuple[str, str], Values]:
        """Return the changes of the intensities against the base year, by metric and series."""
        base = round(self.county.figure("carbon.baseline_year"))
        table = carbon_accounts(self.scenario, self.county, self.before, years=years).filter(grid=HEADLINE_GRID)
        found = {}
        for metric, (mode, boundary) in ACCOUNT.items():
            for series in SERIES:
                rows = table.filter(mode=mode, boundary=boundary, series=series).drop_nulls("intensity_g_per_tkm")
                known = dict(rows.select("year", "intensity_g_per_tkm").iter_rows())
                if known.get(base):
                    found[metric, series] = {year: value / known[base] - 1.0 for year, value in known.items()}
        return found

    def flow(self, metric: str, years: Sequence[int]) -> Values:
        """Return the share of new vehicles of a metric of the flow."""
        powers, classes = _of_flow(self.county)[metric]
        shares = fleet.flow_share(self.stock, powers, classes=classes)
        return {year: share for year, share in shares.select("year", "share").iter_rows() if year in years}

    def petroleum(self, years: Sequence[int]) -> Values:
        """Return the petroleum of land transport, t."""
        table = fleet.petroleum(self.county, self.stock)
        return {year: mass for year, mass in table.select("year", "petroleum_t").iter_rows() if year in years}


def _of_flow(county: County) -> dict[str, tuple[tuple[str, ...], list[str]]]:
    """Return powers and classes of the metrics of the flow."""
    kinds = county.vehicle_classes
    every = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    return {CLEAN_FLOW: (CLEAN_ENERGY, every), CAR_FLOW: (NEW_ENERGY, classes_of(kinds, *CARS))}


def target_paths(
    side: Side, without: Side | None, drawn: CarbonDraws, layout: pl.DataFrame, *, years: Sequence[int]
) -> pl.DataFrame:
    """Return the paths to the county's targets of intensity, new vehicles and petroleum.

    Parameters
    ----------
    side, without : Side
        With the measures, and without; None for no counterfactual.
    drawn : CarbonDraws
        Draws behind the bands of the intensities.
    layout : polars.DataFrame
        Layout of the scenario: public guns count in the choice of vehicles.
    years : sequence of int
        Years of the paths, the base year among them.

    Returns
    -------
    polars.DataFrame
        Columns of `PATHS`, one row per target, criterion and year.
    """
    paths = _paths(side, years)
    others = {} if without is None else _paths(without, years)
    bands = _bands(side, drawn, layout, years)
    rows = []
    targets = side.county.targets.filter(pl.col("metric").is_in(_METRICS))
    for target, metric, value, due in targets.select("target", "metric", "value", "year").iter_rows():
        for criterion, path in paths[metric].items():
            held, band = others.get(metric, {}).get(criterion, {}), bands.get(criterion, {})
            # the year of a peak is no limit of the tonnes
            limit = {} if metric == PEAK else {due: value}
            unit = "t" if metric == PEAK else "share"
            rows += [
                (
                    target,
                    criterion,
                    unit,
                    year,
                    path[year],
                    *band.get(year, (None, None)),
                    held.get(year),
                    limit.get(year),
                )
                for year in years
                if year in path
            ]
    return pl.DataFrame(rows, schema=PATHS, orient="row")


_METRICS: Final = (CLEAN_FLOW, CAR_FLOW, *ACCOUNT, PEAK)


def _paths(side: Side, years: Sequence[int]) -> dict[str, dict[str, Values]]:
    """Return values by year of each criterion, by metric."""
    found: dict[str, dict[str, Values]] = {PEAK: {PEAK: side.petroleum(years)}}
    found |= {metric: {metric: side.flow(metric, years)} for metric in (CLEAN_FLOW, CAR_FLOW)}
    found |= {metric: {} for metric in ACCOUNT}
    for (metric, series), values in side.changes(years).items():
        found[metric][criterion_of(metric, series)] = values
    return found


def _bands(
    side: Side, drawn: CarbonDraws, layout: pl.DataFrame, years: Sequence[int]
) -> Mapping[str, Mapping[int, tuple[float, float]]]:
    """Return the ends of the bands by criterion and year, of years in which something was drawn."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for metric in ACCOUNT:
        for series in SERIES:
            drawn_in = {year: drawn.change(metric, series, year) for year in years}
            found[criterion_of(metric, series)] = {
                year: drawn_interval(values)
                for year, values in drawn_in.items()
                if values is not None and np.isfinite(values).all()
            }
    if drawn.road is not None:
        burnt = dict(zip(drawn.road.peak_years, drawn.road.petroleum.T, strict=True))
        found[PEAK] = {year: drawn_interval(burnt[year]) for year in years if year in burnt}
    evidence = Evidence(side.scenario, side.county, {"stock": side.stock, "layout": layout})
    for metric, (powers, classes) in _of_flow(side.county).items():
        shares = drawn_share(evidence, powers, classes)
        for year in years if shares is not None else ():
            if shares is not None and year in shares.years:
                estimate = shares.estimate(year)
                if estimate.low is not None and estimate.high is not None:
                    found.setdefault(metric, {})[year] = (estimate.low, estimate.high)
    return found
