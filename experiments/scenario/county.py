"""The county as a scenario sees it: its figures, and what new vehicles are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import fleet
import shipping
from data.county import figure_faults, load_county
from data.edits import cell_faults, unusual_values, with_cells
from data.errors import ScenarioError, nearest, warn_of
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from data.schemas.catalogue import MODULES
from data.tables.roles import CARS, classes_of
from experiments.scenario.counterfactual import counterfactual_faults, frozen_flow, with_frozen_carriers
from experiments.scenario.files import is_path
from experiments.scenario.layouts import load_layout
from fleet.emissions.freight_loads import with_load_changes
from shipping.ports.open_stations import open_on

if TYPE_CHECKING:
    from data.county import County
    from experiments.scenario.model import Scenario

HORIZON = range(2015, 2036)
CLEAN_FLOW = "clean_flow_share"
"""Metric: new and clean energy among all new vehicles but two-wheelers."""
CAR_FLOW = "new_energy_car_flow_share"
"""Metric: new energy among new cars."""
INTENSITY = {"road": "vehicle_intensity_change_share", "ship": "ship_intensity_change_share"}
"""Metrics of the change of carbon intensity, by mode of the accounts."""


def scenario_county(scenario: Scenario, county: County, layout: pl.DataFrame | None = None) -> County:
    """Return a county with the figures of a scenario and the flow shares of its way of adoption.

    Parameters
    ----------
    scenario : Scenario
        ``figures``, ``tables``, ``fleet.adoption``, ``fleet.policy`` and its loads of freight count.
    county : data.County
        The county as its files say.
    layout : polars.DataFrame, optional
        Rows of the scenario's layout, where they are known; None reads them. Public guns count in the choice.

    Raises
    ------
    ScenarioError
        Layouts, stations, figures, rows of tables or files that do not exist; all are listed.
    DataError
        No costs in the county for the choice.
    InfeasibleError
        No path meets the targets.
    """
    check_names(scenario, county)
    county = with_cells(county.with_figures(scenario.figures), scenario.tables)
    county = with_load_changes(
        county, load_factor=scenario.fleet.load_factor_change, empty_running=scenario.fleet.empty_running_change
    )
    if scenario.shipping.carriers == "frozen":
        county = with_frozen_carriers(county)
    if scenario.fleet.adoption == "frozen":
        return county.with_table("flow_shares", frozen_flow(county))
    if scenario.fleet.adoption == "choice":
        rows = load_layout(county, scenario.charging.layout) if layout is None else layout
        flow = fleet.choice_flow(county, years=HORIZON, levers=levers(scenario, county, rows))
        return county.with_table("flow_shares", flow)
    if scenario.fleet.adoption == "backcast":
        return needed(county)
    return county


def parts_in(scenario: Scenario, county: County) -> frozenset[str]:
    """Return the parts that county and scenario both have, as `data.schemas.catalogue.MODULES` names them."""
    simulated = {
        "river": scenario.shipping.enabled,
        "through_traffic": scenario.fleet.through,
        "ebikes": scenario.fleet.ebikes,
    }
    return frozenset(name for name in MODULES if county.has(name) and simulated.get(name, True))


def check_names(scenario: Scenario, county: County) -> None:
    """Validate that layouts, stations, figures, rows and files that a scenario names exist, and that values can be.

    Raises
    ------
    ScenarioError
        If some do not, or cannot be; all are listed.

    Warns
    -----
    UnusualWarning
        Values outside the ranges that the tables give.
    """
    layouts = [] if is_path(scenario.charging.layout) else [scenario.charging.layout]
    asked = {
        "charging.layout": (layouts, list(county.layouts)),
        "shipping.stations": (scenario.shipping.stations or (), county.lng_stations["station"].to_list()),
        "figures": (list(scenario.figures), county.figures["key"].to_list()),
    }
    faults = []
    for key, (names, known) in asked.items():
        listed = "" if key == "figures" else f" Known: {', '.join(known)}."
        faults += [
            f"{key}: {county.name} has no '{name}'.{nearest(name, known)}{listed}"
            for name in names
            if name not in known
        ]
    faults += figure_faults(county, scenario.figures)
    if scenario.fleet.to_rail_share and not county.has("rail"):
        faults.append(f"fleet.to_rail_share: {county.name} has no railway; expected 0, or 'rail' among its modules.")
    faults += cell_faults(county, scenario.tables)
    faults += counterfactual_faults(scenario)
    if scenario.roads is not None and not Path(scenario.roads).is_file():
        faults.append(f"roads: no file {scenario.roads}. `xijiang roads fetch` writes one.")
    if faults:
        raise ScenarioError(f"scenario {scenario.name}: " + "\n  ".join(faults))
    warn_of(f"scenario {scenario.name}", unusual_values(county, scenario.figures, scenario.tables))


def levers(scenario: Scenario, county: County, layout: pl.DataFrame) -> fleet.Levers:
    """Return the policy of a scenario; without a number of public guns of its own those of a layout count."""
    chosen = scenario.fleet.policy.model_dump()
    if chosen["public_guns_factor"] is None:
        guns = float((layout["piles"] * layout["guns_per_pile"]).sum())
        chosen["public_guns_factor"] = guns / county.figure("adoption.reference_guns")
    return fleet.Levers(**chosen)


def needed(county: County) -> County:
    """Return the county with the least flow shares that meet its targets of the flow, found by their metrics.

    ``clean_flow_share`` is of all classes but two-wheelers, ``new_energy_car_flow_share`` of cars. All classes move by
    the same shift of the logit until the first just holds. Where cars would then miss the second, they move until it
    just holds, and the other classes until the first does.
    """
    kinds = county.vehicle_classes
    everything = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    cars = classes_of(kinds, *CARS)
    others = [name for name in everything if name not in cars]
    mix, electric = target_of(county, CLEAN_FLOW), target_of(county, CAR_FLOW)
    if mix is not None:
        county = _moved(county, mix, everything, CLEAN_ENERGY, everything)
    if electric is not None and (mix is None or _reached(county, electric[1], cars) < electric[0]):
        county = _moved(county, electric, cars, NEW_ENERGY, cars)
        if mix is not None:
            county = _moved(county, mix, everything, CLEAN_ENERGY, others)
    return county


def target_of(county: County, metric: str) -> tuple[float, int] | None:
    """Return value and year of the county's last target of a metric; None where it has none with both.

    Of several targets of that year the strictest counts.
    """
    rows = county.targets.filter(pl.col("metric") == metric).drop_nulls(["value", "year"])
    last = rows.filter(pl.col("year") == pl.col("year").max())
    values: list[float] = last["value"].to_list()
    if not values:
        return None
    strictest = min(values) if "<=" in last["comparator"] else max(values)
    return strictest, int(last["year"][0])


def _moved(
    county: County, goal: tuple[float, int], classes: list[str], powers: tuple[str, ...], moving: list[str]
) -> County:
    """Return the county on the path that meets a goal."""
    share, year = goal
    path = fleet.backcast(county, target_share=share, target_year=year, classes=classes, powers=powers, moving=moving)
    return county.with_table("flow_shares", path)


def _reached(county: County, year: int, cars: list[str]) -> float:
    """Return the share of new energy in the new cars of a year."""
    shares = fleet.flow_share(fleet.stock(county), NEW_ENERGY, classes=cars)
    return float(shares.filter(pl.col("year") == year)["share"].item())


def lng_stations(scenario: Scenario, county: County) -> pl.DataFrame:
    """Return the LNG stations that are open on the scenario's first day; none without a river."""
    only = scenario.shipping.stations if scenario.shipping.enabled else ()
    found = shipping.stations(county, date=scenario.start, only=only)
    if scenario.shipping.tanks == "reported":
        return found
    ends = county.lng_stations.select("station", end=f"tank_{scenario.shipping.tanks}_m3")
    joined = found.join(ends, on="station", how="left", maintain_order="left")
    return joined.with_columns(tank_m3=pl.coalesce("end", "tank_m3")).drop("end")


def open_lng_stations(scenario: Scenario, county: County) -> pl.DataFrame:
    """Return the rows of the county's ``lng_stations`` that take part in a scenario, by chainage."""
    only = scenario.shipping.stations if scenario.shipping.enabled else ()
    return open_on(county.lng_stations, scenario.start, only).sort("chainage_km", "station")


def edited_county(scenario: Scenario, layout: pl.DataFrame | None = None) -> County:
    """Return the county of a scenario as the scenario edits it: the one place where files and edits meet."""
    return scenario_county(scenario, load_county(scenario.county), layout)
