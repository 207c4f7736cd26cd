"""What a scenario is held against: the same county without its measures, and what stays as it was in the base year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import ScenarioError
from experiments.scenario.files import find
from experiments.scenario.model import Scenario
from fleet.vehicles.turnover import flow_path, flow_table

if TYPE_CHECKING:
    from data.county import County

SHIP_CARRIERS: Final = ("lng", "electric")
"""Carriers of the ships whose shares are measures; diesel is the rest."""


def without_measures(scenario: Scenario) -> Scenario | None:
    """Return the counterfactual of a scenario on the scenario's own county, year and days; None where it names none.

    Fleet and river are those of the counterfactual. What the scenario sets of figures and tables holds in both, unless
    the counterfactual sets it too: assumptions about the world are no measures.

    Raises
    ------
    ScenarioError
        The counterfactual has faults of its own.
    """
    if scenario.counterfactual is None:
        return None
    other = Scenario.load(scenario.counterfactual)
    return scenario.with_(
        counterfactual=None,
        points=0,
        fleet=other.fleet.model_dump(),
        # a county without a river leaves it out on both sides
        shipping={**other.shipping.model_dump(), "enabled": scenario.shipping.enabled},
        figures={**scenario.figures, **other.figures},
        tables={**scenario.tables, **other.tables},
    )


def counterfactual_faults(scenario: Scenario) -> list[str]:
    """Return what is wrong with the name of a counterfactual."""
    if scenario.counterfactual is None:
        return []
    if scenario.counterfactual == scenario.name:
        return [f"counterfactual: got '{scenario.name}', the scenario itself; expected another scenario, or none."]
    try:
        find(scenario.counterfactual)
    except ScenarioError as error:
        return [f"counterfactual: {error}"]
    return []


def frozen_flow(county: County) -> pl.DataFrame:
    """Return the flow shares of a county with new vehicles after the base year of its carbon targets as in that year.

    Raises
    ------
    DataError
        A class whose shares do not cover the base year.
    """
    base = round(county.figure("carbon.baseline_year"))
    table = county.flow_shares
    last = int(table.select(pl.col("year").max()).item())
    rows = []
    for name in table["vehicle_class"].unique(maintain_order=True):
        first = int(table.filter(vehicle_class=name).select(pl.col("year").min()).item())
        years = [*sorted(set(table.filter(pl.col("year") < base, vehicle_class=name)["year"])), base]
        powers, shares = flow_path(county, name, [max(first, year) for year in years])
        # from the base year on level, to the end of the table
        for year, at in [*zip(years, shares, strict=True), *([(last, shares[-1])] if last > base else [])]:
            rows += [(name, power, year, float(share)) for power, share in zip(powers, at, strict=True)]
    return flow_table(rows)


def ship_share_keys(county: County) -> list[str]:
    """Return the figures of a county that are shares of LNG and electricity in the energy of ships, of any year."""
    heads = {f"river.{carrier}_energy_share" for carrier in SHIP_CARRIERS}
    return [key for key in county.figure_keys if key.rpartition("_")[0] in heads]


def with_frozen_carriers(county: County) -> County:
    """Return the county with the shares of LNG and electricity in the ships' energy as in the base year."""
    base = round(county.figure("carbon.baseline_year"))
    changes = {}
    for key in ship_share_keys(county):
        head, _, year = key.rpartition("_")
        if int(year) > base and f"{head}_{base}" in county.figure_keys:
            changes[key] = county.figure(f"{head}_{base}")
    return county.with_figures(changes)
