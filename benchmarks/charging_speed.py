"""Speed of the charging model against the plain SimPy pattern, as ratios inside one run.

CPU time counts, not that of the clock. The plain pattern is a process a session with ``Resource.request`` and
``timeout`` that keeps the waits only. Ours builds its tables: one row a session with energy and power, load by 15
minutes, station figures. Three cases: one station on the same sessions; piles with two guns that share power; 13
stations and 450 guns in a week with curves, sharing, station limits, choice of station and patience.
"""

from __future__ import annotations

import functools
import gc
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import simpy

from charging import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Case = tuple[Callable[[], object], dict[str, Callable[[], object]], int]

SEED = 20260101
GUNS_BY_STATION = (100, 60, 50, 45, 35, 30, 25, 25, 20, 20, 15, 15, 10)
REPEATS = 5


def plain_simpy(arrivals: list[list[float]], services: list[list[float]], servers: list[int]) -> list[float]:
    """Return the waits of independent stations by the pattern of SimPy's tutorial."""
    env = simpy.Environment()
    waits: list[float] = []

    def session(resource: simpy.Resource, service: float) -> Generator[simpy.Event, None, None]:
        came = env.now
        with resource.request() as request:
            yield request
            waits.append(env.now - came)
            yield env.timeout(service)

    def source(
        resource: simpy.Resource, times: list[float], lengths: list[float]
    ) -> Generator[simpy.Event, None, None]:
        for at, length in zip(times, lengths, strict=True):
            yield env.timeout(at - env.now)
            env.process(session(resource, length))

    for times, lengths, count in zip(arrivals, services, servers, strict=True):
        env.process(source(simpy.Resource(env, count), times, lengths))
    env.run()
    return waits


def one_station(number: int = 100_000) -> Case:
    """Return plain and ours for one station: 10 guns, load 0.85, exponential service of 30 minutes."""
    rng = np.random.default_rng(SEED)
    arrivals = np.cumsum(rng.exponential(30.0 / 8.5, number))
    service = rng.exponential(30.0, number)
    layout = layout_of([("s", 10, 60.0, 1, "exclusive", None)])
    requests = requests_of(arrivals, service, accept_kw=60.0)
    return (
        lambda: plain_simpy([arrivals.tolist()], [service.tolist()], [10]),
        {engine: functools.partial(simulate, layout, requests, engine=engine) for engine in ("simpy", "compiled")},
        number,
    )


def dual_guns(number: int = 50_000) -> Case:
    """Return plain on 10 guns, ours on 5 piles of 120 kW with two guns that share, vehicles of 90 kW."""
    rng = np.random.default_rng(SEED)
    arrivals = np.cumsum(rng.exponential(30.0 / 7.0, number))
    service = rng.exponential(30.0, number)
    layout = layout_of([("s", 5, 120.0, 2, "dynamic", None)])
    requests = requests_of(arrivals, service, accept_kw=90.0)
    return (
        lambda: plain_simpy([arrivals.tolist()], [service.tolist()], [10]),
        {engine: functools.partial(simulate, layout, requests, engine=engine) for engine in ("simpy", "compiled")},
        number,
    )


def county_week(number: int = 80_000) -> Case:
    """Return plain on 13 queues, ours on 13 stations with all features on the same number of sessions."""
    rng = np.random.default_rng(SEED)
    share = np.array(GUNS_BY_STATION) / sum(GUNS_BY_STATION)
    home = rng.choice(len(share), number, p=share)
    at = np.sort(rng.uniform(0.0, 7 * 1440.0, number))
    lengths = rng.exponential(45.0, number)
    times = [at[home == place].tolist() for place in range(len(share))]
    services = [lengths[home == place].tolist() for place in range(len(share))]
    names = [f"t{place}" for place in range(len(share))]
    layout = layout_of(
        [(name, guns // 2, 120.0, 2, "dynamic", 60.0 * guns) for name, guns in zip(names, GUNS_BY_STATION, strict=True)]
    )
    soc = rng.uniform(0.15, 0.5, number)
    requests = pl.DataFrame(
        {
            "request_id": np.arange(number),
            "arrive_min": at,
            "origin": np.array(names)[home],
            "current": ["dc"] * number,
            "energy_kwh": 57.0 * (0.86 - soc),
            "accept_kw": np.full(number, 85.0),
            "vehicle_class": ["car"] * number,
            "battery_kwh": np.full(number, 57.0),
            "soc_start": soc,
            "patience_min": rng.exponential(25.0, number),
            "max_queue": np.full(number, 3),
        }
    )
    minutes = 6.0 + 5.0 * np.abs(np.subtract.outer(np.arange(13), np.arange(13)))
    travel = pl.DataFrame(
        [
            (one, two, 0.0 if one == two else float(minutes[i, j]), float(minutes[i, j]))
            for i, one in enumerate(names)
            for j, two in enumerate(names)
        ],
        schema=["origin", "station_id", "minutes", "km"],
        orient="row",
    )
    vehicles = pl.DataFrame(
        {
            "vehicle_class": ["car"],
            "curve_soc": [[0.0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0]],
            "curve_share": [[0.6, 0.85, 1.0, 1.0, 0.95, 0.85, 0.7, 0.5, 0.28, 0.18, 0.05]],
        }
    )
    return (
        lambda: plain_simpy(times, services, list(GUNS_BY_STATION)),
        {"simpy": lambda: simulate(layout, requests, travel, vehicles=vehicles, behaviour={"information": "live"})},
        number,
    )


def layout_of(groups: list[tuple[str, int, float, int, str, float | None]]) -> pl.DataFrame:
    """Return a layout of one pile group a station."""
    return pl.DataFrame(
        [(name, "g", "dc", *rest) for name, *rest in groups],
        schema={
            "station_id": pl.String,
            "group_id": pl.String,
            "current": pl.String,
            "piles": pl.Int64,
            "pile_kw": pl.Float64,
            "guns_per_pile": pl.Int64,
            "sharing": pl.String,
            "transformer_kw": pl.Float64,
        },
        orient="row",
    )


def requests_of(arrivals: np.ndarray, service_min: np.ndarray, *, accept_kw: float) -> pl.DataFrame:
    """Return requests whose charge takes the service time at 60 kW."""
    return pl.DataFrame(
        {
            "request_id": np.arange(len(arrivals)),
            "arrive_min": arrivals,
            "current": ["dc"] * len(arrivals),
            "energy_kwh": service_min,
            "accept_kw": np.full(len(arrivals), accept_kw),
        }
    )


def _seconds(call: Callable[[], object]) -> float:
    """Return the seconds of a call, garbage collected before."""
    gc.collect()
    start = time.process_time()
    call()
    return time.process_time() - start


def main() -> None:
    """Print the median ratio of each case."""
    for case in (one_station, dual_guns, county_week):
        plain, engines, number = case()
        for engine, ours in engines.items():
            ours()
            pairs = [(_seconds(plain), _seconds(ours)) for _ in range(REPEATS)]
            ratio = statistics.median(first / second for first, second in pairs)
            rate = number / statistics.median(second for _, second in pairs)
            print(f"{case.__name__:12} {engine:9} {ratio:5.2f} x plain SimPy, {rate:9,.0f} sessions/s of {number:,}")


if __name__ == "__main__":
    main()
