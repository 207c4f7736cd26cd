"""Speed of the river model on four workloads, each beside bare SimPy that does the same work in the same run.

Run: python benchmarks/shipping_speed.py
W1 free fairway: K nodes, N vessels both ways, every edge logs a start and a stop row. W2 the same with a power set:
speed from power by hull, depth and squat, energy of every edge. W3 a lock with doors and levelling between two edges,
sailing included. W4 a bunkering queue, M/M/3. All go through `shipping.simulate`; the time is that of the call and of
writing the log, not of making the inputs, in seconds of the processor: other work on the machine moves it less. W2 also
without the checks and tables around the run, whose fixed 10 ms is most of the time of 20 vessels. Last the year
of the Xijiang, and its week as a run simulates it.
"""

import datetime as dt
import gc
import heapq
import itertools
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator

import networkx as nx
import numpy as np
import polars as pl
import simpy

import shipping
from charging.queueing.formulas import wait_mmc
from data import load_county
from data.schemas.shipping import Voyages
from data.streams import stream
from data.tables.validate import validate
from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_shipping
from experiments.scenario.model import Scenario
from shipping.engine.network import River
from shipping.result import RiverResult
from shipping.results.passages import passage_events, passage_table
from shipping.river.chambers import Chamber, LockRules
from shipping.river.reaches import Reaches
from shipping.river.waterway import geodesic_waterway
from shipping.schemas import Fleet, Supply
from shipping.ships.ship_classes import vessel_designs
from shipping.simulation import simulate

SPEED_KM_H = 14.4
EMPTY = Supply.create_empty()


def fairway(nodes: int) -> nx.DiGraph:
    """Return K nodes on the parallel 23.1 N, 0.01 degrees apart: edges of 1,024.47 m."""
    rows = {
        "node": [str(at) for at in range(nodes)],
        "lon": 111.5 + 0.01 * np.arange(nodes),
        "lat": np.full(nodes, 23.1),
    }
    return geodesic_waterway(pl.DataFrame(rows))


def traffic(vessels: int, length_km: float, gap_min: float = 10.0) -> pl.DataFrame:
    """Return one voyage per vessel: every second one sails up."""
    at = np.arange(vessels)
    down = at % 2 == 0
    return pl.DataFrame(
        {
            "voyage_id": at,
            "vessel_id": [f"v{number}" for number in at],
            "vessel_class": ["bench"] * vessels,
            "depart_min": gap_min * at,
            "from_km": np.where(down, 0.0, length_km),
            "to_km": np.where(down, length_km, 0.0),
            "cargo_t": np.full(vessels, 1000.0),
            "load_share": np.ones(vessels),
            "kind": ["through"] * vessels,
        }
    )


def fleet(vessels: int, **columns: float | None) -> pl.DataFrame:
    """Return a vessel a voyage, all alike."""
    row = {
        "vessel_class": "bench",
        "fuel": "diesel",
        "kind": "through",
        "dwt_t": 1000.0,
        "hotel_kw": 0.0,
        "port_hotel_share": 1.0,
        "sfc_kg_kwh": 0.2,
        **columns,
    }
    return pl.DataFrame({"vessel_id": [f"v{number}" for number in range(vessels)]}).with_columns(
        pl.lit(value).alias(name) for name, value in row.items()
    )


REFERENCE = {
    "reference_kw": 400.0,
    "reference_speed_km_h": SPEED_KM_H,
    "empty_power_share": 1.0,
    "water_speed_km_h": SPEED_KM_H,
}
HULL = {"length_m": 110.0, "beam_m": 11.4, "draught_m": 3.0, "set_kw": 400.0}


def timed(graph: nx.DiGraph, voyages: pl.DataFrame, vessels: pl.DataFrame) -> tuple[float, RiverResult, pl.DataFrame]:
    """Return seconds of a run with its log of start and stop rows, the result and the log."""
    gc.collect()
    began = time.process_time()
    result = simulate(graph, voyages, EMPTY, vessels=vessels, passages=True)
    events = passage_events(result.passages)
    return time.process_time() - began, result, events


def passages(nodes: int, vessels: int, *, energy: bool = False) -> float:
    """Return edge passages per second with start and stop rows; with `energy` from a power set (W2)."""
    graph = fairway(nodes)
    if energy:
        nx.set_edge_attributes(graph, {edge: {"depth_m": 6.0, "width_m": 150.0} for edge in graph.edges})
    length = max(at for _, at in graph.nodes(data="chainage_km"))
    seconds, result, events = timed(graph, traffic(vessels, length), fleet(vessels, **(HULL if energy else REFERENCE)))
    expected = vessels * (nodes - 1)
    hours = ((result.passages["stop_min"] - result.passages["start_min"]) / 60.0).to_numpy()
    balance = result.passages["energy_kwh"].to_numpy() / hours
    if events.height != 2 * expected or not np.allclose(balance, 400.0, rtol=1e-9):
        raise RuntimeError(f"{events.height} rows of {2 * expected}, or energy other than the power times the time")
    return expected / seconds


def sailing(nodes: int, vessels: int) -> float:
    """Return edges per second of W2 without the checks of the inputs and the tables of vessels: run call and log."""
    graph = fairway(nodes)
    nx.set_edge_attributes(graph, {edge: {"depth_m": 6.0, "width_m": 150.0} for edge in graph.edges})
    length = max(at for _, at in graph.nodes(data="chainage_km"))
    voyages = validate(traffic(vessels, length), Voyages, table="voyages")
    reaches = Reaches.from_graph(graph)
    river = River(reaches, EMPTY, 0, {}, log=True)
    hulls = validate(fleet(vessels, **HULL), Fleet, table="vessels")
    river.add_through(voyages, vessel_designs(hulls), dict.fromkeys(hulls["vessel_id"]))
    gc.collect()
    began = time.process_time()
    _, log = river.sailed(river.run(None))
    events = passage_events(passage_table(reaches, [(voyages["voyage_id"].to_numpy(), log)]))
    return events.height / 2 / (time.process_time() - began)


def floor_passages(nodes: int, vessels: int) -> float:
    """Return edge passages per second of bare SimPy with a start and a stop row per edge."""
    env = simpy.Environment()
    log = []
    minutes = 60.0 * 1.02447 / SPEED_KM_H

    def sail(number: int) -> Iterator[simpy.Event]:
        yield env.timeout(10.0 * number)
        for at in range(nodes - 1):
            log.append((env.now, number, at, "start"))
            yield env.timeout(minutes)
            log.append((env.now, number, at, "stop"))

    for number in range(vessels):
        env.process(sail(number))
    began = time.process_time()
    env.run()
    return len(log) / 2 / (time.process_time() - began)


def bytes_a_passage(nodes: int, vessels: int) -> float:
    """Return traced bytes a passage that are held after a run, and the largest amount on the way."""
    graph = fairway(nodes)
    length = max(at for _, at in graph.nodes(data="chainage_km"))
    voyages, vessels_table = traffic(vessels, length), fleet(vessels, **REFERENCE)
    tracemalloc.start()
    result = simulate(graph, voyages, EMPTY, vessels=vessels_table, passages=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return max(peak, result.passages.estimated_size()) / result.passages.height


def lock_line() -> nx.DiGraph:
    """Return nodes at -15, -5, 5 and 15 km with a lock of one chamber of 400 x 50 m in the middle."""
    graph = nx.DiGraph()
    marks = [0.0, 10.0, 15.0, 20.0, 30.0]
    for at in marks:
        graph.add_node(f"km{at:g}", chainage_km=at)
    for upper, lower in itertools.pairwise(marks):
        for tail, head in ((upper, lower), (lower, upper)):
            graph.add_edge(f"km{tail:g}", f"km{head:g}", length_km=lower - upper, current_km_h=0.0)
    chamber = Chamber("c", 400.0, 50.0, 5.0, fill_min=5.0, door_min=5.0)
    rules = LockRules(entry_min=5.0, exit_min=2.0, gap_m=0.0, side_m=0.0)
    graph.nodes["km15"].update(chambers=(chamber,), rules=rules)
    return graph


def lock(vessels: int, gap_min: float) -> tuple[float, float, int]:
    """Return vessels per second through a lock and 30 km of fairway, their mean wait in minutes and the lockages."""
    table = fleet(vessels, **REFERENCE, length_m=100.0, beam_m=20.0, draught_m=3.0)
    seconds, result, events = timed(lock_line(), traffic(vessels, 30.0, gap_min), table)
    if result.locks["leave_min"].null_count() or events.height != 8 * vessels:
        raise RuntimeError("a vessel did not get through")
    return vessels / seconds, result.locks["wait_min"].mean(), result.chambers["lockages"].sum()


def floor_lock(vessels: int, gap_min: float) -> float:
    """Return vessels per second of a bare SimPy lock that takes eight at a time, with the same times."""
    env = simpy.Environment()
    waiting: dict[str, list[simpy.Event]] = {"up": [], "down": []}
    bell = [env.event()]

    def sail(number: int) -> Iterator[simpy.Event]:
        yield env.timeout(gap_min * number)
        yield env.timeout(62.5)
        done = env.event()
        waiting["up" if number % 2 else "down"].append(done)
        if not bell[0].triggered:
            bell[0].succeed()
        yield done
        yield env.timeout(62.5)

    def chamber() -> Iterator[simpy.Event]:
        side = "up"
        while True:
            other = "down" if side == "up" else "up"
            if not waiting[side] and not waiting[other]:
                bell[0] = env.event()
                yield bell[0]
            taken = waiting[side][:8]
            del waiting[side][:8]
            yield env.timeout(5.0 * len(taken) + 15.0)
            for done in taken:
                yield env.timeout(2.0)
                done.succeed()
            side = other

    sailing = [env.process(sail(number)) for number in range(vessels)]
    env.process(chamber())
    began = time.process_time()
    env.run(until=env.all_of(sailing))
    return vessels / (time.process_time() - began)


def queue(ships: int, seed: int) -> tuple[float, float]:
    """Return microseconds a ship and mean wait in hours of three berths: 2 ships an hour, 1.25 h at the berth each."""
    depart = np.cumsum(stream(seed, "bench", "gaps").exponential(30.0, ships))
    stay = stream(seed, "bench", "stays").exponential(75.0, ships)
    voyages = traffic(ships, 10.0).with_columns(
        depart_min=depart, from_km=pl.lit(0.0), to_km=pl.lit(10.0), kind=pl.lit("cycling")
    )
    tank = {"tank_start_m3": 0.0, "density_t_m3": 0.43, "fill_max_share": 1.0, "reserve_share": 0.0, "may_share": 1.0}
    vessels = fleet(ships, **REFERENCE, **tank).with_columns(
        tank_m3=stay, kind=pl.lit("cycling"), fuel=pl.lit("lng"), sfc_kg_kwh=0.0
    )
    station = {
        "station": "quay",
        "chainage_km": 5.0,
        "berths": 3,
        "pump_m3_h": 60.0,
        "open_h": 0.0,
        "close_h": 24.0,
        "tank_m3": 1e9,
        "tank_start_m3": 1e9,
        "fill_max_share": 1.0,
        "truck_m3": 20.0,
        "unload_alone": False,
        "density_t_m3": 0.43,
        **dict.fromkeys(("mooring_min", "precool_min", "purge_min", "heel_share", "reorder_share"), 0.0),
        **dict.fromkeys(("truck_lead_h", "truck_lead_cv", "truck_unload_min", "boil_off_share_per_day"), 0.0),
    }
    graph = geodesic_waterway(pl.DataFrame({"node": ["a", "b"], "lon": [111.5, 111.6], "lat": [23.1, 23.1]}))
    gc.collect()
    began = time.process_time()
    calls = simulate(graph, voyages, pl.DataFrame([station]), vessels=vessels).calls
    micro = 1e6 * (time.process_time() - began) / ships
    free = [0.0] * 3
    for arrive, taken, wait in zip(depart, stay, calls["wait_min"], strict=True):
        due = max(arrive, heapq.heappop(free))
        heapq.heappush(free, due + taken)
        if abs(due - arrive - wait) > 1e-6:
            raise RuntimeError(f"a wait of {wait} min; the recursion of Kiefer and Wolfowitz gives {due - arrive}")
    return micro, calls["wait_min"].mean() / 60.0


def floor_queue(ships: int, seed: int) -> float:
    """Return microseconds a ship of the same queue in bare SimPy."""
    depart = np.cumsum(stream(seed, "bench", "gaps").exponential(30.0, ships))
    stay = stream(seed, "bench", "stays").exponential(75.0, ships)
    env = simpy.Environment()
    berths = simpy.Resource(env, 3)
    waits = []

    def ship(number: int) -> Iterator[simpy.Event]:
        yield env.timeout(depart[number])
        arrive = env.now
        with berths.request() as berth:
            yield berth
            waits.append(env.now - arrive)
            yield env.timeout(stay[number])

    for number in range(ships):
        env.process(ship(number))
    began = time.process_time()
    env.run()
    return 1e6 * (time.process_time() - began) / ships


def year() -> str:
    """Return what a simulated 2025 of the Xijiang takes and shows: voyages, lock, stations, closures."""
    county, start = load_county("deqing"), dt.date(2025, 1, 1)
    gc.collect()
    began = time.process_time()
    drawn = shipping.voyages(county, year=2025, start=start, days=365, seed=1)
    stations = shipping.stations(county, year=2025)
    shut = shipping.draw_closures(county, [*stations["station"], shipping.FAIRWAY], start=start, days=365, seed=1)
    result = simulate(
        shipping.waterway(county, start=start, days=365, locks=True),
        shipping.without_double(county, drawn),
        stations,
        vessels=shipping.vessels(county, year=2025, seed=1),
        days=365.0,
        closures=shut,
    )
    seconds = time.process_time() - began
    through = drawn.filter(pl.col("kind") == "through")
    sold = shipping.station_summary(result, stations).select("station", "mass_t_per_year").rows()
    return (
        f"{seconds:.1f} s; {through.height:,} passages drawn, {through['cargo_t'].sum() / 1e6:.1f} Mt; at the lock "
        f"{result.locks.height:,} vessels wait {result.locks['wait_min'].mean() / 60.0:.1f} h; "
        + ", ".join(f"{name} {mass:,.0f} t" for name, mass in sold)
    )


def week_in_a_run(name: str, repeats: int = 9) -> list[float]:
    """Return the sorted CPU seconds of the river's part of replications: a week as `xijiang run` simulates it."""
    case = prepare(Scenario.load(name)).case
    simulate_shipping(case, 0)  # what all replications share
    seconds = []
    for number in range(1, repeats + 1):
        gc.collect()
        gc.freeze()  # as in a run, whose collector looks past what was there before a replication
        began = time.process_time()
        simulate_shipping(case, number)
        seconds.append(time.process_time() - began)
        gc.unfreeze()
    return sorted(seconds)


def import_seconds() -> float:
    """Return the seconds that ``import shipping`` takes in a fresh interpreter, the simulation included."""
    code = "import time; t = time.perf_counter(); import shipping; shipping.simulate; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    passages(10, 10, energy=True)  # first use of what is compiled or cached
    for nodes, vessels in ((10, 1000), (10, 11_000), (50, 500), (100, 100), (100, 1000)):
        own, floor = passages(nodes, vessels), floor_passages(nodes, vessels)
        print(f"W1 K={nodes}, N={vessels:,}: {own:,.0f} passages/s; bare SimPy {floor:,.0f}; {own / floor:.1f} times")
    print(f"W1 memory K=100, N=500: {bytes_a_passage(100, 500):.0f} B a passage at the peak")
    for vessels in (20, 1000):
        whole, run_only = passages(10, vessels, energy=True), sailing(10, vessels)
        print(f"W2 K=10, N={vessels:,}: {run_only:,.0f} edges/s, speed from power; {whole:,.0f} with checks and tables")
    for vessels, gap in ((1000, 30.0), (20_000, 10.0)):
        own, wait, lockages = lock(vessels, gap)
        floor = floor_lock(vessels, gap)
        print(f"W3 N={vessels:,}, every {gap:g} min: {own:,.0f} vessels/s; bare SimPy {floor:,.0f}", end="; ")
        print(f"mean wait {wait:.0f} min, {lockages:,} lockages")
    runs = [queue(5000, seed) for seed in range(20)]
    waits = np.array([wait for _, wait in runs])
    half = 2.09 * waits.std(ddof=1) / np.sqrt(waits.size)
    exact = wait_mmc(3, 2.5, service_min=75.0) / 60.0
    micro, floor = np.mean([spent for spent, _ in runs]), floor_queue(5000, 0)
    print(f"W4 M/M/3: {micro:.0f} us a ship; bare SimPy {floor:.0f}", end="; ")
    print(f"mean wait {waits.mean():.3f} +- {half:.3f} h over 20 runs of 5,000 ships, exact {exact:.3f}")
    print(f"Xijiang 2025: {year()}")
    for name in ("deqing-2025", "deqing-2030"):
        spent = week_in_a_run(name)
        middle, *ends = (f"{spent[at]:.2f}" for at in (len(spent) // 2, 0, -1))
        print(f"a week of the river in a run of {name}: median {middle} s CPU, {ends[0]} to {ends[1]}")
    print(f"import shipping and simulate: {import_seconds():.2f} s")


if __name__ == "__main__":
    main()
