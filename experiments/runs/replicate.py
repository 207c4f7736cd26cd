"""One replication: demand is drawn, chargers and river are simulated, tables come out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

import charging
import fleet
import shipping
from charging.grid.managed import WAYS, managed_ways
from charging.grid.towns import TOWNS, town_grids
from charging.swapping import COMPARISON
from data.roads.osm import load_roads
from data.roads.travel_times import travel_matrix
from data.schemas.shipping import Calls, Tanks, Vessels
from experiments.runs.tables import ROW_ORDER
from experiments.scenario.county import lng_stations
from fleet.ebikes.simulation import EBIKES, ebike_carbon, simulate_ebikes
from fleet.ebikes.system import ebike_system
from fleet.ebikes.trips import ebike_trips
from shipping.ports.shore_charging import charging_against_swapping, electric_calls
from shipping.ports.terminals import TERMINALS, open_terminals, simulate_terminals, terminal_calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from experiments.scenario.model import Scenario


THROUGH = "through/"
"""What the vehicle class of cars on the expressway starts with."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Tables that all replications of a run share.

    Attributes
    ----------
    layout : polars.DataFrame
        Charging layout.
    travel : polars.DataFrame
        Ways to its stations.
    stock : polars.DataFrame
        Vehicles by year, class and power.
    """

    layout: pl.DataFrame
    travel: pl.DataFrame
    stock: pl.DataFrame


def child_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication: a hash of the run's seed and its number, the same for every scenario."""
    digest = hashlib.blake2b(f"{seed}/{replication}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def shared_inputs(scenario: Scenario, county: County, layout: pl.DataFrame) -> Inputs:
    """Compute what is the same in all replications.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    county : data.County
        Its county, with the scenario's figures.
    layout : polars.DataFrame
        Its charging layout.
    """
    graph = None if scenario.roads is None else load_roads(scenario.roads)
    travel = travel_matrix(county, layout, year=scenario.year, graph=graph)
    return Inputs(layout, travel, fleet.stock(county))


def simulate_once(
    scenario: Scenario, county: County, *, seed: int, replication: int, inputs: Inputs | None = None
) -> dict[str, pl.DataFrame]:
    """Simulate one replication.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    county : data.County
        Its county, with the scenario's figures.
    seed : int
        Seed of the run.
    replication : int
        Number of the replication, from 0.
    inputs : Inputs, optional
        What all replications share; computed where not given (the layout must be one of the county's).

    Returns
    -------
    dict of str to polars.DataFrame
        Tables of `ROW_ORDER`, each in its order with the column ``replication`` in front.
    """
    inputs = inputs or shared_inputs(scenario, county, county.layout(scenario.charging.layout))
    child = child_seed(seed, replication)
    tables = _charging(scenario, county, inputs, child) | _shipping(scenario, county, child)
    tables["ebikes"] = ebikes(scenario, county, child)
    return {name: _ordered(tables[name], order, replication) for name, order in ROW_ORDER.items()}


def demand(scenario: Scenario, county: County, stock: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Draw the charging requests of a replication: those of the traffic that the scenario asks for."""
    table = fleet.requests(county, stock, year=scenario.year, start=scenario.start, days=scenario.days, seed=seed)
    passing = pl.col("vehicle_class").str.starts_with(THROUGH).fill_null(value=False)
    if not scenario.fleet.towns:
        table = table.filter(passing)
    if not scenario.fleet.through:
        table = table.filter(~passing)
    return table


def behaviour(scenario: Scenario, county: County) -> charging.Behaviour:
    """Return the drivers' behaviour: the county's figures with the scenario's values on top."""
    chosen = scenario.charging.model_dump(exclude={"layout", "outages"}, exclude_none=True)
    return charging.behaviour_of(county, **chosen)


def simulate_charging(
    scenario: Scenario, county: County, inputs: Inputs, requests: pl.DataFrame, *, seed: int
) -> charging.ChargingResult:
    """Simulate the stations with requests that are drawn already."""
    failures = charging.outages_of(county, inputs.layout, days=scenario.days, seed=seed)
    return charging.simulate(
        inputs.layout,
        requests,
        inputs.travel,
        behaviour=behaviour(scenario, county),
        vehicles=charging.vehicles_table(county),
        tariff=charging.tariff_of(county, scenario.start, days=scenario.days),
        outages=failures if scenario.charging.outages else None,
        seed=seed,
    )


def _charging(scenario: Scenario, county: County, inputs: Inputs, seed: int) -> dict[str, pl.DataFrame]:
    """Draw the requests and simulate the stations."""
    requests = demand(scenario, county, inputs.stock, seed=seed)
    result = simulate_charging(scenario, county, inputs, requests, seed=seed)
    factor = fleet.grid_factor(county, scenario.year)
    return {
        "sessions": result.sessions.with_columns(kgco2=pl.col("meter_kwh") * factor),
        "load": result.load,
        "stations": result.stations,
        "preview": charging.preview_against(preview(scenario, county, inputs, requests), result.stations),
        "checks": charging.check_accounts(result, requests),
        "swapping": swapping(scenario, county, inputs, requests),
        "grid": grid(scenario, county, inputs, result),
        "managed": managed(scenario, county, inputs, result),
    }


def grid(scenario: Scenario, county: County, inputs: Inputs, result: charging.ChargingResult) -> pl.DataFrame:
    """Return the load of the towns against their grids; no rows where the county does not know them."""
    if not (county.town_grid.height and county.pv_months.height):
        return pl.DataFrame(schema=TOWNS)
    return town_grids(
        county,
        inputs.layout,
        result.load,
        charging.tariff_of(county, scenario.start, days=scenario.days),
        month=scenario.start.month,
        days=scenario.days,
        interval_min=scenario.charging.interval_min,
    )


def managed(scenario: Scenario, county: County, inputs: Inputs, result: charging.ChargingResult) -> pl.DataFrame:
    """Return peak and cost of the AC sessions in each way of charging them."""
    slow = inputs.layout.filter(pl.col("current") == "ac")["pile_kw"]
    if not len(slow):
        return pl.DataFrame(schema=WAYS)
    interval, power = scenario.charging.interval_min, float(slow.to_numpy().max())
    tariff = charging.tariff_of(county, scenario.start, days=scenario.days)
    return managed_ways(result.sessions, tariff, interval_min=interval, ac_kw=power)


def swapping(scenario: Scenario, county: County, inputs: Inputs, requests: pl.DataFrame) -> pl.DataFrame:
    """Return what swap stations and fast chargers do for the same vehicles: those whose class can swap.

    No rows where the county has no swap stations that are open in the scenario's year, or no such requests.
    """
    opened = pl.col("opened_year").is_null() | (pl.col("opened_year") <= scenario.year)
    stations = county.swap_stations.filter(opened)
    classes = {name for text in stations["vehicle_classes"].drop_nulls() for name in text.split("|")}
    kind = pl.col("vehicle_class").str.split("/").list.first()
    wanted = requests.filter(kind.is_in(sorted(classes)) & (pl.col("current") != "ac"))
    if not stations.height or not wanted.height:
        return pl.DataFrame(schema=COMPARISON)
    places = pl.DataFrame({"station_id": stations["station_id"], "group_id": "swap", "town": stations["town"]})
    places = places.with_columns(
        stations.select("lon", "lat"),
        current=pl.lit("dc"),
        pile_kw=1.0,
        piles=1,
        guns_per_pile=1,
        sharing=pl.lit("exclusive"),
    )
    ways = travel_matrix(county, places, year=scenario.year)
    charged = simulate_charging(scenario, county, inputs, wanted, seed=0)
    return charging.compare_swapping(charging.simulate_swaps(stations, wanted, ways), charged.sessions, charged.load)


def preview(scenario: Scenario, county: County, inputs: Inputs, requests: pl.DataFrame) -> pl.DataFrame:
    """Return what queueing formulas say of the layout with these requests."""
    return charging.preview(
        inputs.layout,
        requests,
        inputs.travel,
        behaviour=behaviour(scenario, county),
        vehicles=charging.vehicles_table(county),
    )


def ebikes(scenario: Scenario, county: County, seed: int) -> pl.DataFrame:
    """Simulate the shared e-bikes and return their totals in a row; none where there are no points or no wish."""
    if not (scenario.fleet.ebikes and county.ebike_points.height):
        return pl.DataFrame(schema=dict.fromkeys(EBIKES, pl.Float64))
    trips = ebike_trips(county, days=scenario.days, seed=seed)
    system = ebike_system(county)
    totals = simulate_ebikes(county.ebike_points, trips, system, days=float(scenario.days)).totals
    return pl.DataFrame(
        [totals | ebike_carbon(county, totals, year=scenario.year)], schema=dict.fromkeys(EBIKES, pl.Float64)
    )


def _shipping(scenario: Scenario, county: County, seed: int) -> dict[str, pl.DataFrame]:
    """Draw the voyages and simulate the river; empty tables where the scenario leaves it out."""
    if not scenario.shipping.enabled:
        return {
            "calls": Calls.create_empty(),
            "tanks": Tanks.create_empty(),
            "vessels": Vessels.create_empty(),
            "terminals": pl.DataFrame(schema=TERMINALS),
            "ship_power": pl.DataFrame(schema=COMPARISON),
        }
    year = scenario.year
    voyages = shipping.voyages(county, year=year, start=scenario.start, days=scenario.days, seed=seed)
    result = shipping.simulate(
        shipping.waterway(county, start=scenario.start, days=scenario.days, locks=True),
        shipping.without_double(county, voyages),
        lng_stations(scenario, county),
        vessels=shipping.vessels(county, year=year, seed=seed),
        seed=seed,
        days=float(scenario.days),
        closures=closures(scenario, county, seed),
    )
    return {
        "calls": result.calls,
        "tanks": result.tanks,
        "vessels": result.vessels,
        "terminals": terminals(scenario, county, seed),
        "ship_power": ship_power(scenario, county, seed),
    }


def closures(scenario: Scenario, county: County, seed: int) -> pl.DataFrame | None:
    """Draw when fog or flood closes the fairway and the LNG stations; None where scenario or county leave it out."""
    if not (scenario.shipping.closures and _has(county, "river.closure_h")):
        return None
    names = [*lng_stations(scenario, county)["station"], shipping.FAIRWAY]
    return shipping.draw_closures(county, names, start=scenario.start, days=scenario.days, seed=seed)


def terminals(scenario: Scenario, county: County, seed: int) -> pl.DataFrame:
    """Simulate the cargo terminals of the county; no rows where the figures about them are missing or none is open."""
    places = open_terminals(county, year=scenario.year)
    if not places.height or not _has(county, "river.terminal_"):
        return pl.DataFrame(schema=TERMINALS)
    calls = terminal_calls(county, year=scenario.year, days=scenario.days, seed=seed)
    after = county.figure("river.shore_power_after_h")
    return simulate_terminals(places, calls, days=float(scenario.days), shore_after_h=after).terminals


def ship_power(scenario: Scenario, county: County, seed: int) -> pl.DataFrame:
    """Return shore charging beside swapping of boxes for the battery vessels; no rows without such vessels."""
    if not _has(county, "river.electric_vessels_"):
        return pl.DataFrame(schema=COMPARISON)
    calls = electric_calls(county, year=scenario.year, days=scenario.days, seed=seed)
    if not calls.height:
        return pl.DataFrame(schema=COMPARISON)
    return charging_against_swapping(county, calls)


def _has(county: County, start: str) -> bool:
    """Tell whether the county has figures whose keys begin so."""
    return bool(county.figures["key"].str.starts_with(start).any())


def _ordered(frame: pl.DataFrame, order: tuple[str, ...], replication: int) -> pl.DataFrame:
    """Return a table with its replication in front, rows in order."""
    numbered = frame.select(pl.lit(replication, dtype=pl.Int64).alias("replication"), pl.all())
    return numbered.sort(order, maintain_order=True)


def counts(tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Return what a replication simulated, for progress: sessions, bunkering calls."""
    return {"sessions": tables["sessions"].height, "calls": tables["calls"].height}
