"""One replication: demand is drawn, chargers and river are simulated, tables come out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

import charging
import fleet
import shipping
from charging.grid.managed import managed_ways
from charging.queueing.preview import preview_prepared
from charging.results.intervals import by_interval, common_step
from charging.simulation import Prepared, simulate_prepared
from data.schemas.base import open_in
from experiments.pathways.modal_shift import river_with_freight
from experiments.runs.energy.county_load import DEMAND, county_load, grid_alone
from experiments.runs.tables import REPLICATED, RUN_TABLES
from experiments.scenario.given import within_days
from fleet.ebikes.simulation import ebike_carbon, ebike_totals
from fleet.ebikes.system import EbikeSystem
from fleet.ebikes.trips import county_trips
from shipping.ports.battery_trips import electric_calls
from shipping.ports.berths import terminal_result
from shipping.ports.shore_charging import charging_against_swapping
from shipping.ports.terminals import open_terminals, simulate_terminals, terminal_calls
from shipping.river.waterway import reaches_with_locks
from shipping.simulation import simulate_calls
from shipping.traffic.added_freight import with_freight
from shipping.traffic.local_voyages import lock_passages, share_from_above

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from experiments.runs.case import Case
    from shipping.river.reaches import Reaches


Simulated = TypeVar("Simulated")
THROUGH = "through/"
"""What the vehicle class of cars on the expressway starts with."""
_RIVER = ("calls", "tanks", "vessels", "river_counts", "terminals", "ship_power")
"""Tables of the river, empty where the scenario leaves it out."""


def child_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication: a hash of the run's seed and its number, the same for every scenario."""
    digest = hashlib.blake2b(f"{seed}/{replication}".encode(), digest_size=8).digest()
    # 63 bits, so that the seed fits an Int64
    return int.from_bytes(digest, "big") >> 1


def simulate_once(case: Case, replication: int) -> dict[str, pl.DataFrame]:
    """Simulate one replication.

    Parameters
    ----------
    case : Case
        What to simulate, with all that replications share.
    replication : int
        Number of the replication, from 0.

    Returns
    -------
    dict of str to polars.DataFrame
        Tables of `REPLICATED`, each in its order with the column ``replication`` in front.
    """
    seed = child_seed(case.scenario.seed, replication)
    return ordered_tables(
        {**charging_tables(case, seed), **simulate_shipping(case, seed), "ebikes": ebikes(case, seed)}, replication
    )


def ordered_tables(tables: Mapping[str, pl.DataFrame], replication: int) -> dict[str, pl.DataFrame]:
    """Return tables of a replication, each in its order with the column ``replication`` in front."""
    return {name: RUN_TABLES[name].of_replication(tables[name], replication) for name in REPLICATED if name in tables}


def demand(case: Case, *, seed: int) -> pl.DataFrame:
    """Draw the charging requests of a replication: those of the traffic that the scenario asks for.

    Vehicles that come back follow their last charge. Requests that the scenario gives replace all that would be drawn.
    """
    given = _given(case)
    return _demand(case, seed).requests if given is None else given


def _given(case: Case) -> pl.DataFrame | None:
    """Return the requests that the scenario gives; None where they are drawn."""
    return within_days(case.given["requests"], case.scenario.days) if "requests" in case.given else None


@dataclass(frozen=True, slots=True)
class _Demand:
    """Requests of a replication, the same at the times that were drawn, swaps, and the vehicle days behind them.

    In the second nobody follows a charge before. Requests that are given come from no vehicle day.
    """

    requests: pl.DataFrame
    as_drawn: pl.DataFrame
    swaps: pl.DataFrame
    days: fleet.VehicleDays
    given: bool = False

    def visitors(self, case: Case) -> pl.DataFrame:
        """Return what visitors charge; no rows where none come, or where requests are given."""
        come = case.scenario.fleet.towns and not self.given
        return self.days.visitors if come else RUN_TABLES["visitor_charging"].empty()


def _demand(case: Case, seed: int, *, fills: bool = False) -> _Demand:
    """Draw the vehicle days of a replication and their requests, or take those that are given."""
    scenario = case.scenario
    days = fleet.vehicle_days(
        case.county,
        case.stock,
        year=scenario.year,
        start=scenario.start,
        days=scenario.days,
        seed=seed,
        fills=fills,
        visitors=scenario.fleet.visitors,
        operated=case.operated,
        pull=case.pull,
    )
    given = _given(case)
    if given is not None:
        return _Demand(given, given, given.clear(), days, given=True)
    asked, drawn, swaps = (_asked_for(case, table) for table in (days.chained(), days.requests, days.swaps))
    return _Demand(asked, drawn, swaps, days)


def _asked_for(case: Case, table: pl.DataFrame) -> pl.DataFrame:
    """Return the requests of the traffic that the scenario asks for."""
    scenario = case.scenario
    # a request without a class is one of the towns
    passing = pl.col("vehicle_class").str.starts_with(THROUGH).fill_null(value=False)
    if not scenario.fleet.towns:
        table = table.filter(passing)
    if not scenario.fleet.through:
        table = table.filter(~passing)
    return table


def simulate_charging(
    case: Case, requests: pl.DataFrame, *, seed: int, engine: str | None = None
) -> charging.ChargingResult:
    """Simulate the stations with requests that are drawn already; ``engine`` None takes the scenario's.

    The load is by the scenario's interval; the peak of a station is its demand, whatever that interval.
    """
    result = _in_steps(case, requests, seed=seed, engine=engine)
    return by_interval(result, case.behaviour.interval_min, demand_min=case.county.figure(DEMAND))


def _step_min(case: Case) -> float:
    """Return the interval in which the stations are simulated: that of the load and that of demand consist of it."""
    return common_step(case.behaviour.interval_min, case.county.figure(DEMAND))


def _in_steps(
    case: Case,
    requests: pl.DataFrame,
    *,
    seed: int,
    engine: str | None = None,
    ready: Prepared | None = None,
) -> charging.ChargingResult:
    """Simulate the stations with the load in intervals of `_step_min`; `ready` is `_prepared`, where it is at hand."""
    return simulate_prepared(
        ready or _prepared(case, requests),
        behaviour=replace(case.behaviour, interval_min=_step_min(case)),
        tariff=case.tariff,
        # what all replications share is drawn once
        outages=case.outages(seed) if seed else case.same_outages,
        engine=engine or case.scenario.charging.engine,
    )


def _prepared(case: Case, requests: pl.DataFrame) -> Prepared:
    """Return stations and requests as a simulation takes them, which formulas may read before it does."""
    return Prepared.of(case.layout, requests, case.travel, behaviour=case.behaviour, vehicles=case.vehicles)


def stations_alone(case: Case, seed: int, asked: Collection[str]) -> dict[str, pl.DataFrame]:
    """Return some tables of the stations alone: of ``sessions``, ``load``, ``stations`` and ``grid`` what is asked."""
    grid = "grid" in asked
    drawn = _demand(case, seed, fills=grid)
    in_steps = _in_steps(case, drawn.requests, seed=seed)
    tables = {"sessions": _with_carbon(case, in_steps.sessions)}
    if {"load", "stations"} & set(asked):
        # the ledger of power behind both takes as long as the queues do
        result = by_interval(in_steps, case.behaviour.interval_min, demand_min=case.county.figure(DEMAND))
        tables |= {"load": result.load, "stations": result.stations}
    if grid:
        swaps = _swaps(case, drawn.swaps)
        tables |= grid_alone(case, drawn.days, in_steps, load_min=_step_min(case), seed=seed, swaps=swaps)
    return tables


def _with_carbon(case: Case, sessions: pl.DataFrame) -> pl.DataFrame:
    """Return sessions with the carbon of their energy at the meter."""
    factor = fleet.grid_factor(case.county, case.scenario.year)
    return sessions.with_columns(kgco2=pl.col("meter_kwh") * factor)


def charging_tables(case: Case, seed: int) -> dict[str, pl.DataFrame]:
    """Draw the requests and simulate the stations."""
    demand = _demand(case, seed, fills=True)
    requests = demand.requests
    ready = _prepared(case, requests)
    formulas = preview_prepared(ready, behaviour=case.behaviour)
    in_steps = _in_steps(case, requests, seed=seed, ready=ready)
    result = by_interval(in_steps, case.behaviour.interval_min, demand_min=case.county.figure(DEMAND))
    own = None if demand.given else demand.as_drawn
    return {
        "sessions": _with_carbon(case, result.sessions),
        "visits": result.visits,
        "load": result.load,
        "stations": result.stations,
        "preview": charging.preview_against(formulas, result.stations),
        "checks": charging.check_accounts(result, requests),
        # a swap is over in minutes: its vehicles come when they were drawn to, whatever a charge would have taken
        "swapping": swapping(case, pl.concat([demand.as_drawn, demand.swaps])),
        "reach": in_reach(case, result),
        "visitor_charging": demand.visitors(case),
        "managed": managed(case, result),
        **county_load(
            case, demand.days, own, in_steps, load_min=_step_min(case), seed=seed, swaps=_swaps(case, demand.swaps)
        ),
    }


def in_reach(case: Case, result: charging.ChargingResult) -> pl.DataFrame:
    """Return which part of the people reach a charger within the county's limits, and one that is free."""
    near, mid, far = (case.county.figure(f"charging.reach_{key}_min") for key in ("near", "mid", "far"))
    return charging.reach(
        case.home_ways, case.layout, result.sessions, days=case.scenario.days, within_min=(near, mid, far)
    )


def managed(case: Case, result: charging.ChargingResult) -> pl.DataFrame:
    """Return peak and cost of the AC sessions in each way of charging them."""
    if not case.layout.filter(pl.col("current") == "ac").height:
        return RUN_TABLES["managed"].empty()
    interval = case.scenario.charging.interval_min
    return managed_ways(result.sessions, case.tariff, interval_min=interval, layout=case.layout, load=result.load)


def swapping(case: Case, requests: pl.DataFrame) -> pl.DataFrame:
    """Return what swap stations and fast chargers do for the same vehicles: those whose class can swap.

    No rows where the county has no swap stations that are open in the scenario's year, or no such requests.
    """
    stations = open_swap_stations(case)
    wanted = _swappable(stations, requests)
    if not stations.height or not wanted.height:
        return RUN_TABLES["swapping"].empty()
    charged = simulate_charging(case, wanted, seed=0)
    swapped = simulate_swaps(case, stations, wanted, interval_min=case.scenario.charging.interval_min)
    return charging.compare_swapping(swapped, charged.sessions, charged.load)


def open_swap_stations(case: Case) -> pl.DataFrame:
    """Return the swap stations that are open in the scenario's year."""
    return case.county.swap_stations.filter(open_in(case.scenario.year))


def swap_demand(case: Case, *, seed: int) -> pl.DataFrame:
    """Draw the vehicles that the county's swap stations could serve: those of the run table ``swapping``."""
    asked = _demand(case, seed)
    return _swappable(open_swap_stations(case), pl.concat([asked.as_drawn, asked.swaps]))


def _swappable(stations: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """Return the requests for fast charging of the classes that some swap stations take."""
    classes = charging.swapped_classes(stations["vehicle_classes"])
    can = pl.lit(value=True)
    if classes is not None:
        # of the few that there are: to take the names of thousands of vehicles apart takes longer than all the rest
        known = requests["vehicle_class"].drop_nulls().unique().sort()
        can = pl.col("vehicle_class").is_in([name for name in known if name.partition("/")[0] in classes])
    return requests.filter(can & (pl.col("current") != "ac"))


def simulate_swaps(
    case: Case, stations: pl.DataFrame, requests: pl.DataFrame, *, interval_min: float
) -> charging.SwapResult:
    """Simulate swap stations with some vehicles."""
    # swap stations stand elsewhere than chargers
    ways = case.ways_to(stations)
    return charging.simulate_swaps(
        stations, requests, ways, interval_min=interval_min, max_tries=case.behaviour.max_tries
    )


def _swaps(case: Case, requests: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return the load of the swap stations with the vehicles that swap, and the stations; None where nobody does."""
    stations = open_swap_stations(case)
    if not requests.height or not stations.height:
        return None
    return simulate_swaps(case, stations, requests, interval_min=_step_min(case)).load, stations


def ebikes(case: Case, seed: int) -> pl.DataFrame:
    """Simulate the shared e-bikes and return their totals in a row; none without points, or where not asked for."""
    county, scenario, table = case.county, case.scenario, RUN_TABLES["ebikes"]
    if not (scenario.fleet.ebikes and county.ebike_points.height):
        return table.empty()
    trips = county_trips(county, days=scenario.days, seed=seed)
    system = EbikeSystem.from_county(county)
    totals = ebike_totals(county.ebike_points, trips, system, days=float(scenario.days))
    return pl.DataFrame([totals | ebike_carbon(county, totals, year=scenario.year)], schema=table.columns)


def simulate_shipping(case: Case, seed: int) -> dict[str, pl.DataFrame]:
    """Draw the voyages and simulate the river; empty tables where the scenario leaves it out."""
    if not case.scenario.shipping.enabled:
        return {name: RUN_TABLES[name].empty() for name in _RIVER}
    traffic = river_traffic(case, seed)
    result = _on_river(shipping.simulate, case, traffic, seed)
    return {
        "calls": result.calls,
        "tanks": result.tanks,
        "vessels": result.vessels,
        "terminals": terminals(case, seed, None if traffic.terminals is None else result.berths),
        "river_counts": shipping.river_counts(result, days=float(case.scenario.days)),
        "ship_power": ship_power(case, seed),
    }


def port_calls(case: Case, seed: int) -> dict[str, pl.DataFrame]:
    """Return ``calls`` and ``terminals`` as `simulate_shipping` does: what the criteria of targets rest on."""
    if not case.scenario.shipping.enabled:
        return {name: RUN_TABLES[name].empty() for name in ("calls", "terminals")}
    traffic = river_traffic(case, seed)
    result = _on_river(simulate_calls, case, traffic, seed)
    berths = None if traffic.terminals is None else result.berths
    return {"calls": result.calls, "terminals": terminals(case, seed, berths)}


def _on_river(simulate: Callable[..., Simulated], case: Case, traffic: RiverTraffic, seed: int) -> Simulated:
    """Simulate what sails in a replication with the stations and closures of a case."""
    return simulate(
        traffic.waterway,
        traffic.voyages,
        case.lng_stations,
        vessels=traffic.vessels,
        seed=seed,
        days=float(case.scenario.days),
        closures=closures(case, seed),
        terminals=traffic.terminals,
    )


@dataclass(frozen=True, slots=True)
class RiverTraffic:
    """What sails in a replication.

    Attributes
    ----------
    waterway : Reaches
        The river with its locks.
    voyages, vessels : polars.DataFrame
        What sails, and with which vessels.
    terminals : polars.DataFrame or None
        ``terminal, berths`` of the terminals to which voyages go; None where their calls do not sail.
    """

    waterway: Reaches
    voyages: pl.DataFrame
    vessels: pl.DataFrame
    terminals: pl.DataFrame | None


def river_traffic(case: Case, seed: int) -> RiverTraffic:
    """Draw what sails in a replication: through traffic, LNG fleet, and the vessels that call at the terminals.

    The fleet and the terminals carry what the scenario puts on the river, too.
    """
    scenario, added = case.scenario, case.added_freight
    year, start, days = scenario.year, scenario.start, scenario.days
    county = river_with_freight(case.county, added, year=year)
    # the calls at the terminals, those of the added freight with them
    local = shipping.local_traffic(
        county,
        year=year,
        days=days,
        seed=seed,
        up_share=None if added is None else share_from_above(case.county, added, year),
    )
    # what the terminals handle anyway is in the counts of the lock; what is added comes on top
    apart = 0.0 if local is None else lock_passages(case.county, year=year)
    voyages = shipping.voyages(
        county, year=year, start=start, days=days, seed=seed, through=scenario.shipping.through, apart=apart
    )
    more = local.voyages if local is not None else None
    if local is None and added is not None:
        more = added.voyages(case.county, year=year, start=start, days=days, seed=seed)
    if more is not None:
        voyages = with_freight(voyages, more)
    vessels = shipping.vessels(county, year=year, seed=seed)
    return RiverTraffic(
        reaches_with_locks(county, start=start, days=days),
        # the vessels that cycle are in the counts of the through traffic too: the lock must see each passage once
        shipping.without_double(county, voyages),
        vessels if local is None else pl.concat([vessels, local.vessels], how="diagonal"),
        None if local is None else local.terminals,
    )


def closures(case: Case, seed: int) -> pl.DataFrame | None:
    """Draw when fog or flood closes the fairway and the LNG stations; None where scenario or county leave it out."""
    county, scenario = case.county, case.scenario
    if not (scenario.shipping.closures and county.has_figures("river.closure_h")):
        return None
    names = [*case.lng_stations["station"], shipping.FAIRWAY]
    return shipping.draw_closures(county, names, start=scenario.start, days=scenario.days, seed=seed)


def terminals(case: Case, seed: int, berths_taken: pl.DataFrame | None) -> pl.DataFrame:
    """Return what the cargo terminals show; no rows where the figures about them are missing or none is open.

    ``berths_taken`` has the vessels that the river brought; without it calls are drawn that never sailed.
    """
    county, scenario = river_with_freight(case.county, case.added_freight, year=case.scenario.year), case.scenario
    berths = open_terminals(county, year=scenario.year)
    if not berths.height or not county.has_figures("river.terminal_"):
        return RUN_TABLES["terminals"].empty()
    after = county.figure("river.shore_power_after_h")
    connect = county.figure("river.shore_connect_min") if county.has_figure("river.shore_connect_min") else 0.0
    days = float(scenario.days)
    if berths_taken is None:
        calls = terminal_calls(county, year=scenario.year, days=scenario.days, seed=seed)
        return simulate_terminals(berths, calls, days=days, shore_after_h=after, connect_min=connect).terminals
    return terminal_result(berths, berths_taken, days=days, shore_after_h=after, connect_min=connect).terminals


def ship_power(case: Case, seed: int) -> pl.DataFrame:
    """Return shore charging beside swapping of boxes for the battery vessels; no rows without such vessels."""
    county, scenario = case.county, case.scenario
    if not county.has_figures("river.electric_vessels_"):
        return RUN_TABLES["ship_power"].empty()
    calls = electric_calls(county, year=scenario.year, days=scenario.days, seed=seed, start=scenario.start)
    if not calls.height:
        return RUN_TABLES["ship_power"].empty()
    return charging_against_swapping(county, calls)


def counts(tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Return what a replication simulated, for progress: sessions, bunkering calls."""
    return {"sessions": tables["sessions"].height, "calls": tables["calls"].height}
