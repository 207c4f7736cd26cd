"""Tables of a run that are the same in all replications: access, carbon, petroleum, costs, road projects, signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

import charging
import fleet
import shipping
from data.errors import InfeasibleError, warn_of
from data.memory.remembering import remembered
from data.tables.roles import HOUSEHOLD_CAR, classes_of
from experiments.pathways.carbon_draws import CarbonDraws, draw_tables
from experiments.pathways.modal_shift import carbon_accounts, freight_table, shifts
from experiments.pathways.outlook import outlook
from experiments.pathways.savings import Worlds, savings
from experiments.pathways.target_paths import Side, target_paths
from experiments.runs.energy.duties import operator_tables, operators_fleets
from experiments.runs.stored.stored_by_reading import stored_by_reading
from experiments.runs.stored.stored_draws import stored_draws
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.counterfactual import without_measures
from experiments.scenario.county import HORIZON, INTENSITY, edited_county, levers
from fleet.operators.networks import FLEET_PLAN
from fleet.roads.projects import compare_projects
from fleet.roads.signals import junction_delays
from shipping.emissions.ship_change import NO_SHIPS
from shipping.emissions.ship_fleets import ship_fleets

if TYPE_CHECKING:
    from data.county import County
    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario


_DELIVERIES: Final = "deliveries"
"""Kind of what is stored."""


def accounts(case: Case, *, draws: bool = True) -> dict[str, pl.DataFrame]:
    """Compute access of residents, their homes, carbon of road and ships, and petroleum by year.

    Parameters
    ----------
    case : Case
        Scenario, county, layout, travel and stock; the scenario's year is one of the years of the carbon accounts.
    draws : bool
        Whether the carbon accounts are drawn over the ranges of their assumptions.

    Returns
    -------
    dict of str to polars.DataFrame
        ``access``, ``homes``, ``carbon`` (`data.schemas.accounts.Carbon`), ``ship_change``, ``ship_fleets``,
        ``battery_trips``, ``petroleum``, ``outlook``, ``freight``, ``savings``, ``target_paths``, ``ownership``,
        ``distribution``, ``depot_loads``, ``operator_fleets``, ``projects``, ``signals``, ``answer_draws`` and
        ``assumption_draws``.
    """
    scenario, county, stock, before = case.scenario, case.county, case.stock, case.stock_before
    years = carbon_years(scenario, county)
    # points of a design move what they ask for, and look at no other world
    empty = {name: RUN_TABLES[name].empty() for name in ("savings", "target_paths")}
    loads = operator_tables(scenario)["depot_loads"]
    drawn = stored_draws(scenario, county) if draws else CarbonDraws(None, NO_SHIPS)
    tables = empty | {
        "access": charging.access(county, case.layout, case.travel),
        "homes": charging.homes_table(case.home_ways, case.layout),
        "carbon": carbon_accounts(scenario, county, before, years=years),
        **ship_tables(county, drawn, years=years),
        "battery_trips": battery_trips(scenario, county),
        "petroleum": remembered(county, "petroleum", lambda known: fleet.petroleum(known, stock), of=(stock,)),
        "outlook": outlook(county, years=years, scenario=scenario),
        "freight": freight(scenario, county, before),
        "ownership": ownership(scenario, county, case.layout),
        "distribution": deliveries(scenario, county, ranges=draws),
        "depot_loads": loads,
        "operator_fleets": operators_fleets(scenario, county, stock, {"duties": case.duties, "depot_loads": loads}),
        "projects": compare_projects(county),
        "signals": signals(scenario, county, stock),
    }
    tables |= with_without(case, drawn, tables["ownership"]) if draws else {}
    tables |= draw_tables(county, drawn, tables["carbon"], tables["petroleum"])
    return {name: _ordered(county, name, table) for name, table in tables.items()}


def _ordered(county: County, name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its rows in order: the same object for the same table, so that answers know it again."""
    return remembered(county, ("ordered", name), lambda _: RUN_TABLES[name].ordered(table), of=(table,))


def ship_tables(county: County, drawn: CarbonDraws, *, years: list[int]) -> dict[str, pl.DataFrame]:
    """Return ``ship_change`` and ``ship_fleets``, which points of a design that change demand do not compute again."""
    ships = drawn.ships

    def change(known: County) -> pl.DataFrame:
        return shipping.ship_change(known, years=years, drawn=ships)

    return {
        "ship_change": remembered(county, ("ship_change", *years), change, of=(ships,)),
        "ship_fleets": remembered(county, ("ship_fleets", *years), lambda known: ship_fleets(known, years=years)),
    }


def with_without(case: Case, drawn: CarbonDraws, ownership: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return paths to the targets, and what is saved against the counterfactual; nothing saved where it names none."""
    base = round(case.county.figure("carbon.baseline_year"))
    years = [year for year in HORIZON if year >= base]
    here, other = Side(case.scenario, case.county), without_measures(case.scenario)
    if other is None:
        return {"target_paths": target_paths(here, None, drawn, case.layout, years=years)}
    county = edited_county(other, case.layout)
    worlds = Worlds(case.scenario, case.county, other, county, years)
    return {
        "target_paths": target_paths(here, Side(other, county), drawn, case.layout, years=years),
        "savings": savings(worlds, ownership),
    }


def battery_trips(scenario: Scenario, county: County) -> pl.DataFrame:
    """Return the trips of the county's battery vessels; no rows without such vessels, or where ships are left out."""
    known = county.has_figures("river.electric_vessels_")
    if not (known and scenario.shipping.enabled):
        return RUN_TABLES["battery_trips"].empty()
    return shipping.battery_trips(county, year=scenario.year)


def signals(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return delays at the junctions with the electric cars of the scenario's year; no rows without junctions."""
    if not county.junctions.height:
        return RUN_TABLES["signals"].empty()
    households = classes_of(county.vehicle_classes, HOUSEHOLD_CAR)
    cars = stock.filter((pl.col("year") == scenario.year) & pl.col("vehicle_class").is_in(households))
    total = float(cars["vehicles"].sum())
    electric = float(cars.filter(pl.col("power") == "bev")["vehicles"].sum()) / total if total > 0.0 else 0.0
    return junction_delays(county, electric_share=electric)


def freight(scenario: Scenario, county: County, before: pl.DataFrame) -> pl.DataFrame:
    """Return the heavy freight of the scenario's year by mode; none where the county states no hauls."""
    if not (shifts(scenario) or county.has_figures("shift.road_")):
        return RUN_TABLES["freight"].empty()
    year, moved = scenario.year, scenario.fleet

    def build(known: County) -> pl.DataFrame:
        return freight_table(scenario, known, before, years=[year])

    return remembered(county, ("freight", year, moved.to_water_share, moved.to_rail_share), build, of=(before,))


def ownership(scenario: Scenario, county: County, layout: pl.DataFrame) -> pl.DataFrame:
    """Return the cost of ownership of the scenario's year under its policy; no rows where the county has no costs."""
    if not county.vehicle_costs.height:
        return RUN_TABLES["ownership"].empty()
    return fleet.tco(county, year=scenario.year, levers=levers(scenario, county, layout))


def deliveries(scenario: Scenario, county: County, *, ranges: bool, quick: bool = False) -> pl.DataFrame:
    """Return the rural deliveries of the year that a target names, or the scenario's; no rows where no target asks.

    Deliveries that no van can make leave the target without a value, and the run with a warning: not without a result.

    Parameters
    ----------
    scenario, county
        The scenario, and its county as it edits it.
    ranges
        As of `fleet.operators.distribution.joint_network.distribution_table`.
    quick
        Whether it is for a point of a sample: less search, larger batteries where they are needed, no warning.
    """
    asking = county.targets.filter(pl.col("metric") == FLEET_PLAN)
    if not asking.height or not county.has("operators"):
        return RUN_TABLES["distribution"].empty()
    try:
        return _deliveries_in(county, asking["year"][0] or scenario.year, ranges=ranges, quick=quick)
    except InfeasibleError as error:
        if not quick:
            warn_of(county.name, [str(error)])
        return RUN_TABLES["distribution"].empty()


def _deliveries_in(county: County, year: int, *, ranges: bool, quick: bool) -> pl.DataFrame:
    """Return the rural deliveries of a year; with the ends of their ranges they are kept for other scenarios.

    The search for routes takes half of the accounts' time, and few scenarios edit what deliveries rest on.
    """
    # loads the models of operators only where they are asked for
    from fleet.operators.distribution.joint_network import (  # noqa: PLC0415 - as above
        distribution_table,
        quick_distribution,
    )

    if quick:
        return quick_distribution(county, year=year)
    if not ranges:
        return distribution_table(county, year=year, ranges=False)
    known = stored_by_reading(
        _DELIVERIES, str(year), county, lambda watched: {_DELIVERIES: distribution_table(watched, year=year)}
    )
    return known[_DELIVERIES]


def carbon_years(scenario: Scenario, county: County) -> list[int]:
    """Return the years of the carbon accounts: base year, years of the targets, and the scenario's."""
    targets = county.targets.filter(pl.col("metric").is_in(list(INTENSITY.values())))["year"].drop_nulls().to_list()
    # a set: the base year may also be a target's or the scenario's
    return sorted({round(county.figure("carbon.baseline_year")), *targets, scenario.year})
