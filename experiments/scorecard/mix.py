"""What the fleet turns into, from the stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.tables.roles import SERVED, classes_of
from experiments.scorecard.answer import Answer, Fact
from experiments.scorecard.registry import answer_of, answers
from experiments.statistics.estimates import Estimate, drawn_interval

if TYPE_CHECKING:
    from experiments.scorecard.evidence import Evidence, Target

_STOCK_TABLES = ("fleet_stock", "stock_growth", "survival", "flow_shares")


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


def peak_year(petroleum: pl.DataFrame) -> int:
    """Return the first year in which petroleum of land transport is highest."""
    return int(petroleum.sort(pl.col("petroleum_t"), -pl.col("year"), descending=True)["year"][0])


@answers("petroleum_peak_year")
def petroleum_peak(evidence: Evidence, target: Target) -> Answer:
    """Answer with the year in which petrol and diesel of land transport are highest."""
    table = evidence.tables["petroleum"].sort("year")
    peak = table.filter(year=peak_year(table)).row(0, named=True)
    last = table.row(-1, named=True)
    oil = evidence.tables["outlook"].filter(pl.col("metric") == "petroleum_t")
    years = {
        path: int(rows.sort("value", "year", descending=[True, False])["year"][0])
        for (path,), rows in oil.group_by("path", maintain_order=True)
    }
    found = float(peak["year"])
    drawn = evidence.drawn(target, target.metric or "")
    # without draws the slow and the fast path have to do
    ends = (found, *years.values()) if drawn is None else (found, *drawn_interval(drawn.values))
    estimate = Estimate(found, float(min(ends)), float(max(ends)), assumed=True)
    facts = (
        Fact("peak_petroleum_t", peak["petroleum_t"], "t", str(peak["year"])),
        Fact("last_petroleum_t", last["petroleum_t"], "t", str(last["year"])),
        *(Fact("peak_year", year, "year", path) for path, year in years.items()),
    )
    rests_on = evidence.assumed(tables=(*_STOCK_TABLES, "energy_use", "vehicle_classes"))
    return answer_of(target, estimate, facts, rests_on)
