"""Load of the whole county in a replication, and what follows from it for the grids of its towns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

import charging
from charging.grid.charge_times import ChargeTimes
from charging.grid.hosting import hosting_capacity
from charging.grid.start_ways import start_ways
from charging.grid.starts import Prices
from charging.grid.storage import StationEquipment
from charging.grid.town_capacity import TownGrids
from charging.grid.town_load import LoadInputs, town_load
from charging.grid.towns import TownCurves, town_grids
from data.arrays import DAY_MIN
from experiments.runs.tables import RUN_TABLES
from fleet.private_charging.balance import charging_growth, energy_balance, vehicles_by_town
from fleet.private_charging.chargers import PrivateChargers
from fleet.private_charging.plug_ins import plug_ins

if TYPE_CHECKING:
    import fleet
    from data.county import County
    from experiments.runs.case import Case

DEMAND = "charging.demand_interval_min"
"""Figure of the interval over which the grid company meters demand."""
COUNTY_LOAD = ("town_load", "grid", "hosting", "start_ways", "energy_balance")
"""Tables of the county's load."""


def county_load(
    case: Case,
    days: fleet.VehicleDays,
    requests: pl.DataFrame | None,
    result: charging.ChargingResult,
    *,
    load_min: float,
    seed: int,
    swaps: tuple[pl.DataFrame, pl.DataFrame] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the load of the towns and the tables that are made of it; no rows without a table of private chargers.

    Parameters
    ----------
    case
        What is simulated.
    days
        Vehicle days, with their charges at chargers of their own.
    requests
        Requests that were drawn; None where the scenario gave others, which no ledger speaks of.
    result
        Simulation of the stations.
    load_min
        Interval of its load.
    seed
        Seed of the replication.
    swaps
        Load of the swap stations, in the same intervals, and the stations; None where nobody swaps.
    """
    county, scenario = case.county, case.scenario
    if not county.private_chargers.height:
        return {name: RUN_TABLES[name].empty() for name in COUNTY_LOAD}
    interval_min, number = county.figure(DEMAND), scenario.days
    stays = _stays(case, days, seed)
    tariff = _tariff(case)
    grids = _grids(county)
    times = ChargeTimes(stays, Prices(tariff), all_rules=True)
    load = _load(case, grids, replace(_inputs(case, stays, result, load_min, tariff, swaps), times=times))
    curves = TownCurves.by_town(load, days=number)
    if requests is not None and scenario.fleet.towns:
        balance = energy_balance(days.ledger, requests, result.sessions)
    else:
        balance = RUN_TABLES["energy_balance"].empty()
    growth = charging_growth(case.stock, days.ledger, year=scenario.year)
    return {
        "town_load": load,
        "grid": town_grids(load, grids, days=number, interval_min=interval_min, curves=curves),
        "hosting": hosting_capacity(load, grids, vehicles_by_town(days.fills), growth, days=number, curves=curves),
        "start_ways": start_ways(
            stays, load, grids, tariff, days=number, interval_min=interval_min, times=times, curves=curves
        ),
        "energy_balance": balance,
    }


def grid_alone(
    case: Case,
    days: fleet.VehicleDays,
    result: charging.ChargingResult,
    *,
    load_min: float,
    seed: int,
    swaps: tuple[pl.DataFrame, pl.DataFrame] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return ``grid`` alone of what `county_load` returns, as there: a sixth of its time."""
    if not case.county.private_chargers.height:
        return {"grid": RUN_TABLES["grid"].empty()}
    grids = _grids(case.county)
    inputs = _inputs(case, _stays(case, days, seed), result, load_min, _tariff(case), swaps)
    demand_min = case.county.figure(DEMAND)
    return {
        "grid": town_grids(_load(case, grids, inputs), grids, days=case.scenario.days, interval_min=demand_min)
    }  # fmt: skip


def _grids(county: County) -> TownGrids:
    """Return the grids of the towns; the same in all replications."""
    return county.once("town_grids", lambda: TownGrids.from_county(county))


def _stays(case: Case, days: fleet.VehicleDays, seed: int) -> pl.DataFrame:
    """Return the stays at chargers of one's own; none where the scenario leaves the towns' vehicles out."""
    fills = days.fills if case.scenario.fleet.towns else ()
    county = case.county
    return plug_ins(fills, county.once("private_chargers", lambda: PrivateChargers.from_county(county)), seed=seed)


def _inputs(
    case: Case,
    stays: pl.DataFrame,
    result: charging.ChargingResult,
    load_min: float,
    tariff: pl.DataFrame,
    swaps: tuple[pl.DataFrame, pl.DataFrame] | None,
) -> LoadInputs:
    """Return what the load of the towns is made of."""
    swap_load, swap_stations = swaps or (None, None)
    return LoadInputs(
        stays,
        case.layout,
        result.load,
        load_min,
        swap_load=swap_load,
        swap_stations=swap_stations,
        tariff=tariff,
    )


def _load(case: Case, grids: TownGrids, inputs: LoadInputs) -> pl.DataFrame:
    """Return the load of the towns over the days of the scenario."""
    county = case.county
    equipment = StationEquipment.from_county(county) if county.pv_months.height else None
    month, days = case.scenario.start.month, case.scenario.days
    return town_load(county, grids, equipment, inputs, month=month, days=days, interval_min=county.figure(DEMAND))


def _tariff(case: Case) -> pl.DataFrame:
    """Return the price steps from the day before the first on: its night belongs to the first day."""
    start = case.scenario.start - timedelta(days=1)
    tariff = charging.tariff_of(case.county, start, days=case.scenario.days + 1)
    return tariff.with_columns(start_min=pl.col("start_min") - DAY_MIN)
