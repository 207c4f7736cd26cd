"""What measures cost more a year than doing without them, as far as prices are known, with the range of the prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

import fleet
from data.money import Price, bill
from data.schemas.costs import FORMS
from experiments.pathways.modal_shift import freight_table, stock_left
from fleet.emissions.accounts import energy
from fleet.emissions.factors import RoadFactors
from shipping.emissions.energy_costs import energy_bill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.scenario.model import Scenario

HANDLING: Final = "shift.handling_cny_per_t"
"""Figure: handling between truck and ship or train, at both ends."""
RATES: Final = {mode: f"shift.{mode}_cny_per_tkm" for mode in ("road", "water", "rail")}
"""Figures: what a t km costs by mode of freight."""
Side = tuple["Scenario", "County"]
"""A scenario with its county."""


def freight_cost(with_: Side, without: Side, year: int) -> Price | None:
    """Return what freight costs more a year with a shift than without, CNY; None where the county has no rates.

    At what shippers pay for a t km of each mode, the way to terminal and station by road, and handling.
    """
    county = with_[1]
    if not all(county.has_figure(key) for key in (HANDLING, *RATES.values())):
        return None
    mine, theirs = (_freight(side, year) for side in (with_, without))
    prices = {name: Price.of_figure(county, key) for name, key in {**RATES, "handled": HANDLING}.items()}
    return bill((mine[name] - theirs[name], price) for name, price in prices.items())


def _freight(side: Side, year: int) -> Mapping[str, float]:
    """Return t km by mode of the heavy freight of a year, and the tonnes that change from trucks to another mode."""
    scenario, county = side
    table = freight_table(scenario, county, fleet.stock(county), years=[year]).filter(pl.col("part") != "without")
    found = {mode: float(table.filter(mode=mode)["tkm"].sum()) for mode in RATES}
    return {**found, "handled": float(table.filter(pl.col("mode") != "road")["tonnes"].sum())}


def ship_cost(county: County, other: County, year: int) -> Price | None:
    """Return what the energy of the ships costs more a year than in another county; None without a river or prices."""
    items = energy_bill(county, other, year) if county.has("river") else None
    return None if items is None else bill(items)


def vehicle_costs(
    with_: Side, without: Side, groups: Mapping[str, Sequence[str]], ownership: pl.DataFrame
) -> dict[str, Price]:
    """Return what the vehicles of each group cost more a year than without, in the scenario's year, CNY.

    At the cost of ownership of vehicles bought in that year, without a range; groups with a vehicle without a cost are
    left out.

    Parameters
    ----------
    with_, without
        Both sides; the year is that of the first scenario.
    groups
        Vehicle classes of each group.
    ownership
        Costs of vehicles of the year (`fleet.tco`); no rows where the county has none.
    """
    if not ownership.height:
        return {}
    year = with_[0].year
    priced = ownership.filter(form=FORMS[0]).select("vehicle_class", "power", "cny_per_km")
    km = []
    for scenario, county in (with_, without):
        now = stock_left(scenario, county, fleet.stock(county)).filter(year=year)
        used = energy(RoadFactors.from_county(county), now)
        # a hybrid has a row per carrier, each with all its km
        km.append(used.unique(["vehicle_class", "power"], maintain_order=True).select("vehicle_class", "power", "km"))
    both = km[0].join(km[1], on=["vehicle_class", "power"], how="full", coalesce=True, suffix="_without")
    more = both.select("vehicle_class", "power", more=pl.col("km").fill_null(0.0) - pl.col("km_without").fill_null(0.0))
    # what rounding leaves of a km has no cost
    changed = more.filter(pl.col("more").abs() > 1.0).join(priced, on=["vehicle_class", "power"], how="left")
    found = {}
    for name, classes in groups.items():
        rows = changed.filter(pl.col("vehicle_class").is_in(list(classes))).sort("vehicle_class", "power")
        if rows.height and not rows["cny_per_km"].null_count():
            value = float((rows["more"] * rows["cny_per_km"]).sum())
            found[name] = Price(value, value, value)
    return found
