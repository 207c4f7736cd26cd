"""Tables of a run that are the same in all replications: access, carbon and petroleum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import charging
import fleet
from experiments.pathways.modal_shift import carbon_accounts, stock_left
from experiments.pathways.outlook import outlook
from experiments.scenario.county import INTENSITY, levers
from fleet.roads.projects import compare_projects
from fleet.roads.signals import JUNCTIONS, junction_delays
from fleet.vehicles.costs import TABLE as TCO

if TYPE_CHECKING:
    from data.county import County
    from experiments.runs.replicate import Inputs
    from experiments.scenario.model import Scenario


def accounts(scenario: Scenario, county: County, inputs: Inputs) -> dict[str, pl.DataFrame]:
    """Compute access of residents, carbon of road and ships, and petroleum by year.

    Parameters
    ----------
    scenario : Scenario
        What is simulated; its year is one of the years of the carbon accounts.
    county : data.County
        Its county.
    inputs : Inputs
        Layout, travel and stock of the run.

    Returns
    -------
    dict of str to polars.DataFrame
        ``access``, ``carbon`` (`data.schemas.accounts.Carbon`), ``petroleum``, ``outlook``, ``ownership``,
        ``projects`` and ``signals``.
    """
    years = carbon_years(scenario, county)
    carbon = carbon_accounts(scenario, county, inputs.stock, years=years)
    return {
        "access": charging.access(county, inputs.layout, inputs.travel),
        "carbon": carbon.sort("mode", "boundary", "series", "grid", "year"),
        "petroleum": fleet.petroleum(county, stock_left(scenario, county, inputs.stock)).sort("year"),
        "outlook": outlook(county, years=years),
        "ownership": ownership(scenario, county),
        "projects": compare_projects(county),
        "signals": signals(scenario, county, inputs.stock),
    }


def signals(scenario: Scenario, county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return delays at the junctions with the electric cars of the scenario's year; no rows without junctions."""
    if not county.junctions.height:
        return pl.DataFrame(schema=JUNCTIONS)
    cars = stock.filter((pl.col("year") == scenario.year) & (pl.col("vehicle_class") == "private_car"))
    total = float(cars["vehicles"].sum())
    electric = float(cars.filter(pl.col("power") == "bev")["vehicles"].sum()) / total if total > 0.0 else 0.0
    return junction_delays(county, electric_share=electric)


def ownership(scenario: Scenario, county: County) -> pl.DataFrame:
    """Return the cost of ownership of the scenario's year under its policy; no rows where the county has no costs."""
    if not county.vehicle_costs.height:
        return pl.DataFrame(schema=TCO)
    return fleet.tco(county, year=scenario.year, levers=levers(scenario))


def carbon_years(scenario: Scenario, county: County) -> list[int]:
    """Return the years of the carbon accounts: base year, years of the targets, and the scenario's."""
    targets = county.targets.filter(pl.col("metric").is_in(list(INTENSITY.values())))["year"].drop_nulls().to_list()
    return sorted({round(county.figure("carbon.baseline_year")), *targets, scenario.year})
