"""T07 to T09 and T13: what the fleet turns into, from the stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import fleet
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from experiments.scenario.county import CARS
from experiments.scorecard.evidence import Answer, Evidence, Target, percent, plain_answer
from experiments.statistics.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

BY_CLASS = ("private_car", "taxi", "ride_hailing", "official_car", "bus", "sanitation", "micro_van", "light_truck")
_STOCK_TABLES = ("fleet_stock", "stock_growth", "survival", "flow_shares")


def clean_flow(evidence: Evidence, target: Target) -> Answer:
    """Answer T07: share of new-energy and gas vehicles in what is newly added, without two-wheelers."""
    kinds = evidence.county.vehicle_classes
    classes = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    estimate = _flow(evidence, target, CLEAN_ENERGY, classes)
    electric = _flow(evidence, target, NEW_ENERGY, classes)
    text = (
        f"Table stock, new vehicles of {target.year} without two-wheelers; gas counts as clean: "
        f"{_crossing(evidence, target, CLEAN_ENERGY, classes)}. Without gas {percent(electric.value)}. "
        f"{_source_of_range(estimate)}"
    )
    return plain_answer(target, estimate, text, evidence.assumed(tables=_STOCK_TABLES))


def electric_cars(evidence: Evidence, target: Target) -> Answer:
    """Answer T08: share of battery, plug-in and fuel-cell cars in the new passenger cars, and when it crosses."""
    estimate = _flow(evidence, target, NEW_ENERGY, CARS)
    battery = _flow(evidence, target, ("bev",), CARS)
    text = (
        f"Table stock, new passenger cars of {target.year}, plug-in hybrids included: "
        f"{_crossing(evidence, target, NEW_ENERGY, CARS)}. Battery-electric alone {percent(battery.value)}. "
        f"{_source_of_range(estimate)}"
    )
    return plain_answer(target, estimate, text, evidence.assumed(tables=_STOCK_TABLES))


def by_class(evidence: Evidence, target: Target) -> Answer:
    """Answer T09: share of battery-electric vehicles in the stock of the classes that the plan names."""
    table = evidence.tables["stock"].filter(
        (pl.col("year") == target.year) & pl.col("vehicle_class").is_in(list(BY_CLASS))
    )
    electric = pl.col("vehicles").filter(pl.col("power") == "bev").sum() / pl.col("vehicles").sum()
    shares = dict(table.group_by("vehicle_class").agg(electric.alias("share")).iter_rows())
    listed = ", ".join(f"{name} {percent(shares[name])}" for name in BY_CLASS if name in shares)
    total = table.select(electric.alias("share")).item() if table.height else None
    text = f"Table stock, battery-electric share of {target.year}: {listed}. The plan names no figure."
    return plain_answer(target, Estimate(total, exact=True), text, evidence.assumed(tables=_STOCK_TABLES))


def petroleum_peak(evidence: Evidence, target: Target) -> Answer:
    """Answer T13: the year in which petrol and diesel of land transport are highest."""
    table = evidence.tables["petroleum"].sort("year")
    peak = table.row(int(table["petroleum_t"].arg_max() or 0), named=True)
    last = table.row(-1, named=True)
    oil = evidence.tables["outlook"].filter(pl.col("metric") == "petroleum_t")
    years = {
        path: int(rows.sort("value", "year", descending=[True, False])["year"][0])
        for (path,), rows in oil.group_by("path", maintain_order=True)
    }
    listed = ", ".join(f"{year} on the {path} path" for path, year in years.items())
    text = (
        f"Tables petroleum and outlook: {peak['petroleum_t']:,.0f} t in {peak['year']}, {last['petroleum_t']:,.0f} t "
        f"in {last['year']}. The peak is in {listed} of new energy and growth; `xijiang carbon` adds the other ranges."
    )
    if last["year"] in (peak["year"], *years.values()):
        text += f" A peak in {last['year']}, the last year computed, means that there is none yet."
    ends = (peak["year"], *years.values())
    estimate = Estimate(float(peak["year"]), float(min(ends)), float(max(ends)))
    assumptions = evidence.assumed(tables=(*_STOCK_TABLES, "energy_use", "vehicle_classes"))
    return plain_answer(target, estimate, text, assumptions)


def _crossing(evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str]) -> str:
    """Return when a share of the flow crosses its target for good."""
    if target.value is None:
        return "no target to cross"
    year = fleet.crossing_year(fleet.flow_share(evidence.tables["stock"], powers, classes=classes), target.value)
    return f"above {percent(target.value)} from {year} on" if year else f"never above {percent(target.value)}"


def _source_of_range(estimate: Estimate) -> str:
    """Return what the range means."""
    return "" if estimate.low is None else "The range is that of the flow shares in the tables, all low or all high."


def _flow(evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str]) -> Estimate:
    """Return the share of some powers in the new vehicles of the target's year, with the range of the tables."""
    year = target.year
    shares = fleet.flow_share(evidence.tables["stock"], powers, classes=classes)
    found = shares.filter(pl.col("year") == year)["share"]
    if year is None or not len(found):
        return Estimate(None)
    rows = evidence.tables["stock"].filter(pl.col("year") == year)
    new = dict(rows.group_by("vehicle_class").agg(pl.col("new_vehicles").sum()).iter_rows())
    counted = [name for name in classes if new.get(name)]
    total = sum(new[name] for name in counted)
    low = sum(new[name] * _bound(evidence, name, powers, year, "low") for name in counted) / total
    high = sum(new[name] * _bound(evidence, name, powers, year, "high") for name in counted) / total
    value = float(found[0])
    return Estimate(value, min(low, value), max(high, value))


def _bound(evidence: Evidence, vehicle_class: str, powers: Sequence[str], year: int, column: str) -> float:
    """Return the low or high of a class's flow share of some powers in a year, between 0 and 1."""
    table = evidence.county.flow_shares.filter(
        (pl.col("vehicle_class") == vehicle_class) & pl.col("power").is_in(list(powers))
    ).sort("year")
    total = 0.0
    for _power, rows in table.group_by("power", maintain_order=True):
        bound = rows.select(pl.coalesce(column, "share")).to_series()
        total += float(np.interp(year, rows["year"].to_numpy(), bound.to_numpy()))
    return min(1.0, total)
