"""T10: what leasing and battery separation do for logistics vehicles, from cost of ownership and choice."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

import fleet
from data.schemas.costs import FORMS
from experiments.scenario.county import levers
from experiments.scorecard.evidence import Answer, Evidence, Target, percent
from experiments.statistics.estimates import Estimate

LOGISTICS = ("micro_van", "light_truck", "rigid_truck", "tractor")
_TABLES = ("vehicle_costs", "energy_prices", "acquisition", "energy_use", "vehicle_classes", "charging_access")
_FIGURES = ("adoption.", "cost.")


def leasing(evidence: Evidence, target: Target) -> Answer:
    """Answer T10: battery-electric share of new logistics vehicles with and without leasing."""
    year = target.year
    table = evidence.tables["ownership"]
    if not table.height or year is None:
        return Answer(Estimate(None), None, "The county has no table vehicle_costs.")
    policy = levers(evidence.scenario)
    offered = _electric_share(evidence, year, policy)
    bought = _electric_share(evidence, year, replace(policy, forms=FORMS[:1]))
    cheapest = _cheapest(table)
    text = (
        f"Table ownership and choice model: battery-electric among new logistics vehicles of {year} "
        f"{percent(offered)} with leasing and battery separation, {percent(bought)} with purchase only. Cost of "
        f"ownership in {evidence.scenario.year}, CNY/km: {cheapest}. The value is the difference; the plan names no "
        "figure."
    )
    return Answer(
        Estimate(offered - bought, exact=True), None, text, evidence.assumed(figures=_FIGURES, tables=_TABLES)
    )


def _electric_share(evidence: Evidence, year: int, policy: fleet.Levers) -> float:
    """Return the share of battery-electric in the new logistics vehicles of a year by the choice model."""
    flow = fleet.choice_flow(evidence.county, years=range(2015, 2036), levers=policy)
    stock = fleet.stock(evidence.county.with_table("flow_shares", flow))
    known = [name for name in LOGISTICS if name in stock["vehicle_class"]]
    shares = fleet.flow_share(stock, ("bev",), classes=known)
    return float(shares.filter(pl.col("year") == year)["share"].item())


def _cheapest(table: pl.DataFrame) -> str:
    """Return the costs of battery-electric logistics vehicles by form beside the purchase of the usual vehicle."""
    parts = []
    for name in LOGISTICS:
        own = table.filter(pl.col("vehicle_class") == name)
        usual = own.filter(pl.col("power").is_in(["petrol", "diesel"]) & (pl.col("form") == FORMS[0]))
        electric = own.filter(pl.col("power") == "bev")
        if usual.height and electric.height:
            forms = ", ".join(f"{form.replace('_', ' ')} {cost:.2f}" for form, cost in _costs(electric))
            parts.append(f"{name.replace('_', ' ')} {usual['power'][0]} {usual['cny_per_km'][0]:.2f}, electric {forms}")
    return "; ".join(parts)


def _costs(rows: pl.DataFrame) -> list[tuple[str, float]]:
    """Return forms and costs."""
    return list(rows.select("form", "cny_per_km").iter_rows())
