"""Slow and fast paths: what targets of 2030 come to when assumptions lie at the ends of their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import fleet
import shipping
from data.memory.remembering import remembered
from data.schemas.base import NEW_ENERGY
from experiments.pathways.modal_shift import stock_left
from experiments.scenario.counterfactual import ship_share_keys
from fleet.emissions.accounts import HEADLINE_GRID
from fleet.vehicles.turnover import with_growth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.scenario.model import Scenario

PATHS = ("slow", "fast")
SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("path", "metric", "boundary", "series"), pl.String),
        "year": pl.Int64,
        "value": pl.Float64,
    }
)


def outlook(county: County, *, years: Sequence[int], scenario: Scenario | None = None) -> pl.DataFrame:
    """Compute petroleum and carbon intensity on a slow and a fast path of electrification.

    Slow: after the base year, flow shares of new energy at the low end of their range and growth of the stock at the
    high end; shares of LNG and electricity in the energy of ships at the low end. Fast: the other ends.

    Parameters
    ----------
    county : data.County
        Its tables ``flow_shares`` and ``stock_growth``, and figures ``river.<carrier>_energy_share_<year>``.
    years : sequence of int
        Years of the intensities; the base year is on the central path.
    scenario : Scenario, optional
        Whose freight leaves the road on both paths; None moves none.

    Returns
    -------
    polars.DataFrame
        ``path, metric, boundary, series, year, value``: metric ``petroleum_t`` (boundary ``land``, all years, no
        series), ``vehicle_intensity`` (``narrow``) and ``ship_intensity`` (``ships``) in g per t km, with the grid of
        the base year.
    """
    # what of the scenario decides which trucks are left
    moved = (0.0, 0.0) if scenario is None else (scenario.fleet.to_water_share, scenario.fleet.to_rail_share)
    return remembered(county, ("outlook", tuple(years), moved), lambda watched: _paths(watched, years, scenario))


def _paths(county: County, years: Sequence[int], scenario: Scenario | None) -> pl.DataFrame:
    """Return petroleum and carbon intensity on both paths, computed anew."""
    base = round(county.figure("carbon.baseline_year"))
    later = [year for year in years if year > base]
    frames = [pl.DataFrame(schema=SCHEMA)]
    for path in PATHS:
        variant = electrified(county, path, after=base)
        stock = fleet.stock(variant)
        stock = stock if scenario is None else stock_left(scenario, variant, stock)
        oil = fleet.petroleum(variant, stock).select("year", pl.col("petroleum_t").alias("value"))
        of_land = oil.with_columns(boundary=pl.lit("land"), series=pl.lit(None, dtype=pl.String))
        frames.append(_rows(of_land, path, "petroleum_t"))
        if later:
            road = fleet.carbon(variant, stock, years=later, grid=(HEADLINE_GRID,)).filter(
                pl.col("boundary") == "narrow"
            )
            ship = shipping.carbon(fuelled(county, path, after=base), years=later, grid=(HEADLINE_GRID,))
            for metric, account in (("vehicle_intensity", road), ("ship_intensity", ship)):
                intensity = account.select("boundary", "series", "year", pl.col("intensity_g_per_tkm").alias("value"))
                frames.append(_rows(intensity, path, metric))
    return pl.concat(frames).sort("path", "metric", "series", "year")


def electrified(county: County, path: str, *, after: int) -> County:
    """Return the county with the flow shares and stock growth of a path after a year, and the stocks that follow."""
    bound, growth_bound = ("low", "high") if path == "slow" else ("high", "low")
    keys = ["vehicle_class", "year"]
    new = pl.col("power").is_in(list(NEW_ENERGY))
    wanted = pl.when(pl.col("year") > after).then(pl.coalesce(bound, "share")).otherwise("share")
    asked = wanted.filter(new).sum().over(keys).clip(0.0, 1.0)
    was, rest = pl.col("share").filter(new).sum().over(keys), pl.col("share").filter(~new).sum().over(keys)
    scaled = (
        pl.when(new)
        .then(wanted * asked / wanted.filter(new).sum().over(keys))
        .otherwise(pl.col("share") * (1.0 - asked) / rest)
    )
    possible = (was > 0.0) & (rest > 0.0)
    shares = county.flow_shares.with_columns(
        share=pl.when(possible & (pl.col("year") > after)).then(scaled).otherwise("share")
    )
    grown = pl.when(pl.col("to_year") > after).then(pl.coalesce(growth_bound, "growth_share_per_year"))
    growth = county.stock_growth.with_columns(growth_share_per_year=grown.otherwise("growth_share_per_year"))
    return with_growth(county.with_table("flow_shares", shares), growth, after=after)


def fuelled(county: County, path: str, *, after: int) -> County:
    """Return the county with the shares of LNG and electricity in the energy of ships of a path after a year."""
    changes = {}
    for key in ship_share_keys(county):
        if int(key.rpartition("_")[2]) > after:
            low, _central, high = county.figure_range(key)
            changes[key] = low if path == "slow" else high
    return county.with_figures(changes)


def _rows(frame: pl.DataFrame, path: str, metric: str) -> pl.DataFrame:
    """Return rows of the outlook."""
    named = frame.with_columns(path=pl.lit(path), metric=pl.lit(metric))
    return named.select(SCHEMA.names()).cast(SCHEMA)
