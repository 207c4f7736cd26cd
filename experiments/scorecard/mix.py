"""What the fleet turns into, what leasing and battery separation add to it, and what joining operators does."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from data.schemas.costs import FORMS
from data.tables.roles import FREIGHT, SERVED, classes_of
from experiments.scenario.county import HORIZON, levers
from experiments.scorecard.adoption import drawn_share
from experiments.scorecard.answer import Answer, Fact, Reason
from experiments.scorecard.registry import answer_of, answers, open_answer
from experiments.statistics.estimates import Estimate, drawn_interval
from fleet.operators.acquisition import FleetToBuy, acquisition
from fleet.operators.consumption import ELECTRIC
from fleet.operators.networks import (
    AS_GIVEN,
    FLEET_PLAN,
    JOINT,
    ROUTE_FIGURES,
    SEPARATE,
    cost_share,
    network_figure,
)
from fleet.operators.operated_fleets import stands_for_many
from fleet.operators.operator_costs import chargers_cost, connection_kw, usual_power
from fleet.operators.operator_vehicles import battery_kwh, with_spares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.scorecard.evidence import Evidence, Target

_STOCK_TABLES = ("fleet_stock", "stock_growth", "survival", "flow_shares")
_COST_TABLES = ("vehicle_costs", "energy_prices", "acquisition", "energy_use", "vehicle_classes", "charging_access")
_COST_FIGURES = ("adoption.", "cost.")
_SPARE = "operators.spare_share"
_FORM_FIGURES = ("operators.battery_cny_kwh", "operators.battery_residual_share", "operators.service_days", _SPARE)
"""Figures of what fleets of operators cost by form of acquisition."""


@answers("bev_stock_share_by_class")
def by_class(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of battery-electric vehicles in the stock of the classes that the plan names."""
    classes = classes_of(evidence.county.vehicle_classes, *SERVED)
    table = evidence.tables["stock"].filter(
        (pl.col("year") == pl.lit(target.year, pl.Int64)) & pl.col("vehicle_class").is_in(classes)
    )
    electric = pl.col("vehicles").filter(pl.col("power") == "bev").sum() / pl.col("vehicles").sum()
    facts = []
    if evidence.facts:
        shares = dict(table.group_by("vehicle_class").agg(electric.alias("share")).iter_rows())
        facts = [Fact("battery_electric_share", shares[name], "share", name) for name in classes if name in shares]
        facts += _by_operator(evidence, classes)
    total = table.select(electric.alias("share")).item() if table.height else None
    drawn = evidence.drawn(target, target.metric or "")
    estimate = Estimate(total, exact=True)
    if drawn is not None and total is not None:
        ends = drawn_interval(drawn.about(total))
        estimate = Estimate(total, max(0.0, min(total, ends[0])), min(1.0, max(total, ends[1])), assumed=True)
    # which vehicles are an operator's rests on more than how many there are
    figures, tables = [_SPARE], [*_STOCK_TABLES, "operators"]
    if evidence.scenario.fleet.adoption == "choice":
        figures += _COST_FIGURES
        tables += _COST_TABLES
    return answer_of(target, estimate, facts, evidence.assumed(figures=figures, tables=tables))


def _by_operator(evidence: Evidence, classes: Sequence[str]) -> list[Fact]:
    """Return electric and all vehicles of each operator of some classes in the year of the run, and that year."""
    if "operator_fleets" not in evidence.tables:
        return []
    # rows without a number of vehicles of their own that stand for many hauliers are the class itself
    many = [row["operator"] for row in evidence.county.operators.iter_rows(named=True) if stands_for_many(row)]
    mine = pl.col("vehicle_class").is_in(classes) & ~pl.col("operator").is_in(many)
    rows = evidence.tables["operator_fleets"].filter(mine).drop_nulls("vehicles")
    names = {"operator_electric": "electric_vehicles", "operator_vehicles": "vehicles"}
    found = [
        Fact(name, row[of], "vehicles", row["operator"])
        for row in rows.iter_rows(named=True)
        for name, of in names.items()
    ]
    return [*found, Fact("operators_year", evidence.scenario.year, "year")] if found else []


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


@answers("lease_share")
def leasing(evidence: Evidence, target: Target) -> Answer:
    """Answer with what leasing adds to the battery-electric share of new logistics vehicles."""
    year = target.year
    # all that have a price have costs of ownership
    sold = evidence.county.rows_by("vehicle_costs")
    classes = [name for name in classes_of(evidence.county.vehicle_classes, *FREIGHT) if name in sold]
    # no such vehicles in this county, or a year outside the horizon of the stock
    if not classes or year is None or year not in HORIZON:
        return open_answer(target, Reason.NO_DATA)
    policy = levers(evidence.scenario, evidence.county, evidence.tables["layout"])
    # the same policy without the forms: the difference is theirs alone
    only = None if year <= round(evidence.county.figure("adoption.base_year")) else year
    offered, bought = (
        drawn_share(evidence, ("bev",), classes, only=only, policy=one)
        for one in (policy, replace(policy, forms=FORMS[:1]))
    )
    if offered is None or bought is None:
        return open_answer(target, Reason.NO_DATA)
    shares = [float(one.of(year).mean()) for one in (offered, bought)]
    facts = (
        Fact("battery_electric_share", shares[0], "share", "all_forms"),
        Fact("battery_electric_share", shares[1], "share", FORMS[0]),
        Fact("cost_year", evidence.scenario.year, "year"),
        *(_costs(evidence.tables["ownership"], classes) if evidence.facts else ()),
        *(_operators_forms(evidence) if evidence.facts else ()),
    )
    rests_on = evidence.assumed(figures=(*_COST_FIGURES, *_FORM_FIGURES), tables=(*_COST_TABLES, "operators"))
    return answer_of(target, evidence.with_draws(target, shares[0] - shares[1]), facts, rests_on)


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


def _operators_forms(evidence: Evidence) -> list[Fact]:
    """Return what the fleets of van operators cost in a year by form of acquisition, all of their duties electric.

    Keys are ``operator/form``; that of purchase on fuel is ``operator/fuel``.
    """
    county, scenario = evidence.county, evidence.scenario
    if "operator_fleets" not in evidence.tables:
        return []
    facts = []
    for row in evidence.tables["operator_fleets"].filter(kind="vans").drop_nulls("duties").iter_rows(named=True):
        name = row["vehicle_class"]
        vans = with_spares(county, row["duties"])
        km = row["duties"] * row["duty_km"] * county.figure("operators.service_days")
        power = usual_power(county, name)
        chargers = math.ceil(row["managed_kw"] / row["charger_kw"])
        connection = connection_kw(row["managed_kw"], row["charger_kw"])
        depot = chargers_cost(county, [("depot", chargers, row["charger_kw"], connection)]).investment_cny
        bought = FleetToBuy(name, power, scenario.year, vans, vans, battery_kwh(county, name), km, km, depot)
        for form, of, cny in acquisition(county, bought).forms.select("form", "power", "cny_per_year").iter_rows():
            key = form if of == ELECTRIC else "fuel"
            facts.append(Fact("operator_form_cny", cny, "CNY", f"{row['operator']}/{key}"))
    return facts


_NETWORK_FACTS: Final = {
    "network_vans": ("vans", "vans"),
    "network_km": ("km_per_day", "km"),
    "network_kwh": ("energy_units_per_day", "kWh"),
    "network_cny": ("cny_per_day", "CNY"),
    "network_cny_parcel": ("cny_per_parcel", "CNY"),
    "network_gco2_parcel": ("gco2_per_parcel", "g"),
}
"""Facts of each network with electric vans, by name: column of the run table, and unit."""
_NETWORK_TABLES: Final = (
    *("operators", "towns", "villages", "deliveries", "road_links", "weather_months", "vehicle_classes"),
    *("vehicle_costs", "purchase_tax", "acquisition", "charging_access", "energy_prices", "energy_use"),
    *("grid_factors", "fuel_factors"),
)
_NETWORK_FIGURES: Final = (
    *ROUTE_FIGURES,
    *("operators.joint_overhead_share", "cost.", "people.", "charging.efficiency_", "fleet.public_ac_share"),
)
"""All that the cost and the CO2 of delivery networks rest on."""


@answers(FLEET_PLAN)
def joint_network(evidence: Evidence, target: Target) -> Answer:
    """Answer with the cost of one joint network over that of separate operators with the same electric vans, less 1.

    The range is that of the draws of all that it rests on; without draws, that of the figures which move it most, each
    at the ends of its own.
    """
    table = evidence.tables["distribution"]
    if not table.height:
        return open_answer(target, Reason.NO_DATA)
    cases = {str(name): rows for (name,), rows in table.group_by("case", maintain_order=True)}
    shares = [cost_share(rows) for rows in cases.values()]
    given = cases[AS_GIVEN]
    share = cost_share(given)
    drawn = evidence.drawn(target, target.metric or "")
    ends = (share, min(shares), max(shares)) if drawn is None else (share, *drawn_interval(drawn.about(share)))
    estimate = Estimate(share, min(ends), max(ends), assumed=True)
    facts = [*_network_facts(cases), *_public_fleets(evidence)] if evidence.facts else []
    return answer_of(target, estimate, facts, evidence.assumed(figures=_NETWORK_FIGURES, tables=_NETWORK_TABLES))


_BUS_FACTS: Final = {
    "bus_vehicles": ("vehicles", "vehicles"),
    "bus_electric": ("electric_vehicles", "vehicles"),
    "bus_duties": ("duties", "vehicles"),
    "bus_at_once_kw": ("at_once_kw", "kW"),
    "bus_managed_kw": ("managed_kw", "kW"),
}
"""Facts of each bus operator with a plan, by name: column of the run table, and unit."""


def _public_fleets(evidence: Evidence) -> list[Fact]:
    """Return what the plans of bus operators come to in the year of the run; none without plans."""
    if "operator_fleets" not in evidence.tables:
        return []
    rows = evidence.tables["operator_fleets"].filter(kind="bus").drop_nulls(["duties", "managed_kw"])
    return [
        Fact(name, row[column], unit, row["operator"])
        for row in rows.iter_rows(named=True)
        for name, (column, unit) in _BUS_FACTS.items()
    ]


def _network_facts(cases: dict[str, pl.DataFrame]) -> list[Fact]:
    """Return what separate operators and one network need, with electric vans and as they drive today."""
    given = cases[AS_GIVEN]
    facts = [_network_fact(cases, name, network) for name in _NETWORK_FACTS for network in (SEPARATE, JOINT)]
    # today's way: each for itself, on fuel
    facts += [
        Fact(name, network_figure(given, SEPARATE, column, electric=False), unit, "separate_fuel")
        for name, (column, unit) in _NETWORK_FACTS.items()
        if name != "network_kwh"
    ]
    parcels = network_figure(given, JOINT, "parcels_per_day")
    return [*facts, Fact("network_parcels", parcels, "parcels", str(given["year"][0]))]


def _network_fact(cases: dict[str, pl.DataFrame], name: str, network: str) -> Fact:
    """Return a figure of a network with the range over the cases."""
    column, unit = _NETWORK_FACTS[name]
    values = [network_figure(rows, network, column) for rows in cases.values()]
    return Fact(name, network_figure(cases[AS_GIVEN], network, column), unit, network, min(values), max(values))
