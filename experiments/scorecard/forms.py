"""What leasing and battery separation do for logistics vehicles, from cost of ownership and choice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

import fleet
from data.schemas.costs import FORMS
from data.tables.roles import FREIGHT, classes_of
from experiments.scenario.county import HORIZON, levers
from experiments.scorecard.answer import Answer, Fact, Reason
from experiments.scorecard.registry import answer_of, answers, open_answer
from experiments.statistics.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.scorecard.evidence import Evidence, Target

_TABLES = ("vehicle_costs", "energy_prices", "acquisition", "energy_use", "vehicle_classes", "charging_access")
_FIGURES = ("adoption.", "cost.")


@answers("lease_share")
def leasing(evidence: Evidence, target: Target) -> Answer:
    """Answer with what leasing adds to the battery-electric share of new logistics vehicles."""
    year = target.year
    table = evidence.tables["ownership"]
    classes = [name for name in classes_of(evidence.county.vehicle_classes, *FREIGHT) if name in table["vehicle_class"]]
    # no such vehicles in this county, or a year outside the horizon of the stock
    if not classes or year is None or year not in HORIZON:
        return open_answer(target, Reason.NO_DATA)
    policy = levers(evidence.scenario, evidence.county, evidence.tables["layout"])
    offered = _electric_share(evidence, year, policy)
    # the same policy without the forms: the difference is theirs alone
    bought = _electric_share(evidence, year, replace(policy, forms=FORMS[:1]))
    facts = (
        Fact("battery_electric_share", offered, "share", "all_forms"),
        Fact("battery_electric_share", bought, "share", FORMS[0]),
        Fact("cost_year", evidence.scenario.year, "year"),
        *_costs(table, classes),
    )
    rests_on = evidence.assumed(figures=_FIGURES, tables=_TABLES)
    return answer_of(target, Estimate(offered - bought, exact=True), facts, rests_on)


def _electric_share(evidence: Evidence, year: int, policy: fleet.Levers) -> float:
    """Return the share of battery-electric in the new logistics vehicles of a year by the choice model."""
    flow = fleet.choice_flow(evidence.county, years=HORIZON, levers=policy)
    stock = fleet.stock(evidence.county.with_table("flow_shares", flow))
    logistics = classes_of(evidence.county.vehicle_classes, *FREIGHT)
    known = [name for name in logistics if name in stock["vehicle_class"]]
    shares = fleet.flow_share(stock, ("bev",), classes=known)
    return float(shares.filter(pl.col("year") == year)["share"].item())


def _costs(table: pl.DataFrame, classes: Sequence[str]) -> list[Fact]:
    """Return the costs of battery-electric logistics vehicles by form beside the purchase of the usual vehicle.

    Keys are ``class/power/form``.
    """
    facts = []
    for name in classes:
        rows = table.filter(pl.col("vehicle_class") == name)
        usual = rows.filter(pl.col("power").is_in(["petrol", "diesel"]) & (pl.col("form") == FORMS[0])).head(1)
        electric = rows.filter(pl.col("power") == "bev")
        if usual.height and electric.height:
            both = pl.concat([usual, electric]).select("power", "form", "cny_per_km")
            facts += [
                Fact("cost_cny_km", cost, "CNY/km", f"{name}/{power}/{form}") for power, form, cost in both.iter_rows()
            ]
    return facts
