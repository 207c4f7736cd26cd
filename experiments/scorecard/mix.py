"""What the fleet turns into, from the stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import fleet
from data.roles import CARS, SERVED, classes_of
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from experiments.scorecard.answer import Answer, Fact
from experiments.scorecard.registry import answer_of, answers
from experiments.statistics.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.scorecard.evidence import Evidence, Target

_STOCK_TABLES = ("fleet_stock", "stock_growth", "survival", "flow_shares")


@answers("clean_flow_share")
def clean_flow(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of new-energy and gas vehicles in what is newly added, without two-wheelers."""
    kinds = evidence.county.vehicle_classes
    classes = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    electric = _flow(evidence, target, NEW_ENERGY, classes)
    facts = (
        *_crossing(evidence, target, CLEAN_ENERGY, classes),
        Fact("without_gas_share", electric.value, "share", None, electric.low, electric.high),
    )
    rests_on = evidence.assumed(tables=_STOCK_TABLES)
    return answer_of(target, _flow(evidence, target, CLEAN_ENERGY, classes), facts, rests_on)


@answers("new_energy_car_flow_share")
def electric_cars(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of battery, plug-in and fuel-cell cars in the new passenger cars, and when it crosses."""
    cars = classes_of(evidence.county.vehicle_classes, *CARS)
    battery = _flow(evidence, target, ("bev",), cars)
    facts = (
        *_crossing(evidence, target, NEW_ENERGY, cars),
        Fact("battery_electric_share", battery.value, "share", None, battery.low, battery.high),
    )
    rests_on = evidence.assumed(tables=_STOCK_TABLES)
    return answer_of(target, _flow(evidence, target, NEW_ENERGY, cars), facts, rests_on)


@answers("bev_stock_share_by_class")
def by_class(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of battery-electric vehicles in the stock of the classes that the plan names."""
    classes = classes_of(evidence.county.vehicle_classes, *SERVED)
    table = evidence.tables["stock"].filter(
        (pl.col("year") == pl.lit(target.year, pl.Int64)) & pl.col("vehicle_class").is_in(classes)
    )
    electric = pl.col("vehicles").filter(pl.col("power") == "bev").sum() / pl.col("vehicles").sum()
    shares = dict(table.group_by("vehicle_class").agg(electric.alias("share")).iter_rows())
    facts = [Fact("battery_electric_share", shares[name], "share", name) for name in classes if name in shares]
    total = table.select(electric.alias("share")).item() if table.height else None
    return answer_of(target, Estimate(total, exact=True), facts, evidence.assumed(tables=_STOCK_TABLES))


@answers("petroleum_peak_year")
def petroleum_peak(evidence: Evidence, target: Target) -> Answer:
    """Answer with the year in which petrol and diesel of land transport are highest."""
    table = evidence.tables["petroleum"].sort("year")
    peak = table.row(int(table["petroleum_t"].arg_max() or 0), named=True)
    last = table.row(-1, named=True)
    oil = evidence.tables["outlook"].filter(pl.col("metric") == "petroleum_t")
    years = {
        path: int(rows.sort("value", "year", descending=[True, False])["year"][0])
        for (path,), rows in oil.group_by("path", maintain_order=True)
    }
    ends = (peak["year"], *years.values())
    estimate = Estimate(float(peak["year"]), float(min(ends)), float(max(ends)), assumed=True)
    facts = (
        Fact("peak_petroleum_t", peak["petroleum_t"], "t", str(peak["year"])),
        Fact("last_petroleum_t", last["petroleum_t"], "t", str(last["year"])),
        *(Fact("peak_year", year, "year", path) for path, year in years.items()),
    )
    rests_on = evidence.assumed(tables=(*_STOCK_TABLES, "energy_use", "vehicle_classes"))
    return answer_of(target, estimate, facts, rests_on)


def _crossing(evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str]) -> list[Fact]:
    """Return when a share of the flow crosses its target for good: null for never, nothing without a target."""
    if target.value is None:
        return []
    year = fleet.crossing_year(fleet.flow_share(evidence.tables["stock"], powers, classes=classes), target.value)
    return [Fact("crossing_year", year or None, "year")]


def _flow(evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str]) -> Estimate:
    """Return the share of some powers in the new vehicles of the target's year, with the range of the tables."""
    year = target.year
    shares = fleet.flow_share(evidence.tables["stock"], powers, classes=classes)
    found = shares.filter(pl.col("year") == pl.lit(year, pl.Int64))["share"]
    if year is None or not len(found):
        return Estimate(None)
    # bounds are by class: weighted by what each class newly adds
    rows = evidence.tables["stock"].filter(pl.col("year") == year)
    new = dict(rows.group_by("vehicle_class").agg(pl.col("new_vehicles").sum()).iter_rows())
    counted = [name for name in classes if new.get(name)]
    total = sum(new[name] for name in counted)
    low = sum(new[name] * _bound(evidence, name, powers, year, "low") for name in counted) / total
    high = sum(new[name] * _bound(evidence, name, powers, year, "high") for name in counted) / total
    value = float(found[0])
    # the table's ends may lie on one side of a path that the scenario moved
    return Estimate(value, min(low, value), max(high, value), assumed=True)


def _bound(evidence: Evidence, vehicle_class: str, powers: Sequence[str], year: int, column: str) -> float:
    """Return the low or high of a class's flow share of some powers in a year, between 0 and 1."""
    table = evidence.county.flow_shares.filter(
        (pl.col("vehicle_class") == vehicle_class) & pl.col("power").is_in(list(powers))
    ).sort("year")
    total = 0.0
    for _power, rows in table.group_by("power", maintain_order=True):
        bound = rows.select(pl.coalesce(column, "share")).to_series()
        total += float(np.interp(year, rows["year"].to_numpy(), bound.to_numpy()))
    # highs of several powers may sum above 1
    return min(1.0, total)
