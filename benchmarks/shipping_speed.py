"""Speed of the river model on four workloads, each beside bare SimPy in the same run.

Run: python benchmarks/shipping_speed.py
W1 free fairway: vessels over K nodes, one event an edge; W2 edges with energy; W3 a lock; W4 a bunkering queue (M/M/3).
"""

import time
from collections.abc import Iterator

import networkx as nx
import numpy as np
import polars as pl
import simpy

from charging import simulate
from charging.queueing import wait_mmc
from charging.theory import SERVICE_MIN, poisson_requests, queue_layout
from shipping.fairway import Reaches
from shipping.hulls import Hull, PowerCurve
from shipping.locks import Chamber, LockRules, simulate_lock

EDGE_KM = 1.02447
SPEED_KM_H = 14.4


def line(nodes: int) -> nx.DiGraph:
    """Return a fairway of K nodes in a row."""
    graph = nx.DiGraph()
    for at in range(nodes):
        graph.add_node(str(at), chainage_km=EDGE_KM * at)
    for at in range(nodes - 1):
        for one, other, sign in ((at, at + 1, 1.0), (at + 1, at, -1.0)):
            graph.add_edge(str(one), str(other), length_km=EDGE_KM, current_km_h=0.0 * sign)
    return graph


def passages(nodes: int, vessels: int) -> float:
    """Return edge passages per second of the model's closed forms: times at every node for every vessel."""
    reaches = Reaches.of(line(nodes))
    marks = np.array(reaches.chainage_km)
    began = time.perf_counter()
    done = 0
    for number in range(vessels):
        ends = marks if number % 2 == 0 else marks[::-1]
        hours = reaches.hours(ends[:-1], ends[1:], SPEED_KM_H)
        times = 600.0 * number + 3600.0 * np.cumsum(hours)
        done += len(times)
    return done / (time.perf_counter() - began)


def floor_passages(nodes: int, vessels: int) -> float:
    """Return edge passages per second of bare SimPy."""
    env = simpy.Environment()
    log = []

    def sail(number: int) -> Iterator[simpy.Event]:
        yield env.timeout(600.0 * number)
        for at in range(nodes - 1):
            log.append((env.now, number, at))
            yield env.timeout(3600.0 * EDGE_KM / SPEED_KM_H)

    for number in range(vessels):
        env.process(sail(number))
    began = time.perf_counter()
    env.run()
    return len(log) / (time.perf_counter() - began)


def energy_edges(edges: int) -> float:
    """Return edges per second with speed from power and energy, the curve of the hull included."""
    began = time.perf_counter()
    curve = PowerCurve.of(Hull(110.0, 11.4, 3.0), depth_m=6.0)
    speeds = curve.speed(np.full(edges, 400.0))
    hours = EDGE_KM / speeds
    energy = curve.power(speeds) * hours
    if not np.all(energy > 0.0):
        raise RuntimeError("an edge took no energy")
    return edges / (time.perf_counter() - began)


def lock(vessels: int) -> float:
    """Return vessels per second through a lock."""
    table = pl.DataFrame(
        {
            "vessel_id": [str(at) for at in range(vessels)],
            "arrive_min": 10.0 * np.arange(vessels),
            "direction": ["up" if at % 2 else "down" for at in range(vessels)],
            "length_m": 100.0,
            "beam_m": 20.0,
            "draught_m": 3.0,
        }
    )
    began = time.perf_counter()
    simulate_lock(table, [Chamber("c", 400.0, 50.0, 5.0, 5.0, 5.0)], rules=LockRules(5.0, 2.0, 0.0, 0.0))
    return vessels / (time.perf_counter() - began)


def queue(ships: int) -> tuple[float, float]:
    """Return microseconds a ship of an M/M/3 queue and the error of the mean wait over 20 replications, in per cent."""
    waits, spent = [], 0.0
    simulate(queue_layout(3), poisson_requests(0, 100, 2.5, "exponential"))
    for seed in range(20):
        requests = poisson_requests(seed, ships // 20, 2.5, "exponential")
        began = time.perf_counter()
        sessions = simulate(queue_layout(3), requests).sessions
        spent += time.perf_counter() - began
        waits.append(sessions["wait_min"].mean())
    expected = wait_mmc(3, 2.5, service_min=SERVICE_MIN)
    return 1e6 * spent / ships, 100.0 * (np.mean(waits) / expected - 1.0)


def main() -> None:
    """Measure and print."""
    few, many = passages(10, 1000), passages(100, 1000)
    print(f"W1 passages/s: K=10 {few:,.0f}, K=100 {many:,.0f}; bare SimPy {floor_passages(100, 200):,.0f}")
    print(f"W2 edges/s with energy: {energy_edges(100_000):,.0f}")
    print(f"W3 vessels/s through a lock: {lock(20_000):,.0f}")
    micro, error = queue(40_000)
    print(f"W4 M/M/3: {micro:.1f} us a ship; mean wait {error:+.1f} % of Erlang C over 20 replications")


if __name__ == "__main__":
    main()
