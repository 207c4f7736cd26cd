"""Freight that moves from heavy trucks to ships and trains, in the accounts of road and ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import fleet
import shipping
from data.memory.remembering import remembered
from data.roles import HEAVY_FREIGHT, classes_of
from fleet.emissions.accounts import turnover
from fleet.emissions.factors import RoadFactors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.scenario.model import Scenario


def carbon_accounts(scenario: Scenario, county: County, stock: pl.DataFrame, *, years: Sequence[int]) -> pl.DataFrame:
    """Return the carbon accounts of road and ships with the freight that the scenario moves.

    After the base year of adoption a share of the heavy trucks' t km leaves the road with its trucks. What moves to
    ships adds to their turnover, and to their emissions at their own intensity: the ships' intensity stays, the road's
    changes by its mix. Trains are outside both accounts; `moved_freight` gives them.

    Parameters
    ----------
    scenario : Scenario
        ``fleet.to_water_share`` and ``fleet.to_rail_share``.
    county, stock
        County and its stock table.
    years : sequence of int
        Years of the accounts.

    Returns
    -------
    polars.DataFrame
        As `data.schemas.accounts.Carbon`.
    """
    water, rail = scenario.fleet.to_water_share, scenario.fleet.to_rail_share
    ships = remembered(county, ("ships", tuple(years)), lambda watched: shipping.carbon(watched, years=years))
    if water + rail == 0.0:
        return pl.concat([_road(county, stock, years), ships])
    left = stock_left(scenario, county, stock)
    moved = moved_freight(scenario, county, stock).select("year", to_water="water_tkm")
    shifted = ships.join(moved, on="year", how="left", maintain_order="left").with_columns(
        pl.col("to_water").fill_null(0.0)
    )
    grown = 1.0 + pl.col("to_water") / pl.col("converted_turnover_tkm")
    shifted = shifted.with_columns(
        (pl.col(name) * grown).alias(name) for name in ("emissions_t", "petroleum_t", "converted_turnover_tkm")
    )
    return pl.concat([fleet.carbon(county, left, years=years), shifted.select(ships.columns)])


def _road(county: County, stock: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    """Return the carbon account of road transport, computed once for a stock and what it looks at in the county."""
    key = ("road", tuple(years))
    return remembered(county, key, lambda watched: fleet.carbon(watched, stock, years=years), of=(stock,))


def stock_left(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the stock that still drives: without the heavy trucks whose freight moves after the base of adoption."""
    left = 1.0 - scenario.fleet.to_water_share - scenario.fleet.to_rail_share
    base = round(county.figure("adoption.base_year"))
    moves = pl.col("vehicle_class").is_in(classes_of(county.vehicle_classes, *HEAVY_FREIGHT)) & (pl.col("year") > base)
    return stock.with_columns(vehicles=pl.when(moves).then(pl.col("vehicles") * left).otherwise("vehicles"))


def moved_freight(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the freight that moves, by year.

    Returns
    -------
    polars.DataFrame
        ``year, water_tkm, rail_tkm, rail_kgco2`` for the years after the base year of adoption.
    """
    base = round(county.figure("adoption.base_year"))
    heavy = turnover(RoadFactors.from_county(county), stock).filter(
        pl.col("vehicle_class").is_in(classes_of(county.vehicle_classes, *HEAVY_FREIGHT)) & (pl.col("year") > base)
    )
    tkm = pl.col("freight_tkm").sort().sum()
    by_year = heavy.group_by("year").agg(tkm.alias("tkm")).sort("year")
    return by_year.select(
        "year",
        water_tkm=pl.col("tkm") * scenario.fleet.to_water_share,
        rail_tkm=pl.col("tkm") * scenario.fleet.to_rail_share,
        rail_kgco2=pl.col("tkm") * scenario.fleet.to_rail_share * county.figure("shift.rail_gco2_per_tkm") / 1000.0,
    )
