"""Speed of the compiled engine against the one in SimPy: processor time from tables to ``.sessions``, medians.

Cases: one station; a county's week; 4 and 16 times as many vehicles on its guns; a queue of 200 and of 200,000; a
county's year; a city's day of the public size of Shenzhen (1,706 stations, 22,872 piles, 150,000 requests: Li et al.,
ST-EVCDP data set). The tables beside the sessions are timed apart, and so is what compiling takes on a machine that has
no machine code yet.

Run: python benchmarks/compiled_speed.py [case ...]
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

import charging_speed
import numpy as np
import polars as pl

import charging
import fleet
from data import load_county
from data.roads.travel_times import travel_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    Tables = dict[str, Any]

SEED = 20260101
REPEATS = 3
CITY = {"stations": 1_706, "piles": 22_872, "requests": 150_000}
COLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
import compiled_speed
tables = compiled_speed.one_station(100)
start = time.process_time()
compiled_speed.charging.simulate(**tables).sessions
simpy = time.process_time()
tables["behaviour"] = {"queue_rule": "priority"}
compiled_speed.charging.simulate(**tables, engine="compiled").sessions
print(f"{simpy - start:.0f} s for the power kernel, which both engines use; {time.process_time() - simpy:.0f} s more")
"""


def one_station(number: int = 1_000_000) -> Tables:
    """Return one station of 10 guns at load 0.85."""
    rng = np.random.default_rng(SEED)
    return {
        "layout": charging_speed.layout_of([("s", 10, 60.0, 1, "exclusive", None)]),
        "requests": charging_speed.requests_of(
            np.cumsum(rng.exponential(30.0 / 8.5, number)), rng.exponential(30.0, number), accept_kw=60.0
        ),
    }


def long_queue(waiting: int, number: int = 200_000, *, shared: bool = False) -> Tables:
    """Return one station at which about ``waiting`` vehicles wait in the end: they come faster than they are served."""
    guns = 10
    served = number - min(waiting, number - guns)
    # all come within the time in which `served` of them are served
    arrivals = np.linspace(0.0, served * 30.0 / guns, number)
    layout = [("s", guns // 2, 120.0, 2, "dynamic", None)] if shared else [("s", guns, 60.0, 1, "exclusive", None)]
    requests = charging_speed.requests_of(arrivals, np.full(number, 30.0), accept_kw=60.0)
    return {
        "layout": charging_speed.layout_of(layout),
        "requests": requests.with_columns(max_queue=pl.lit(10 * number, dtype=pl.Int64)),
    }


def county_week(number: int = 80_000) -> Tables:
    """Return the week of a number of sessions with curves, sharing, connections, choice of station and patience."""
    found: Tables = {}

    def keep(layout: pl.DataFrame, requests: pl.DataFrame, travel: pl.DataFrame, **more: object) -> None:
        found.update(layout=layout, requests=requests, travel=travel, **more)

    real, charging_speed.simulate = charging_speed.simulate, keep
    charging_speed.county_week(number)[1]["simpy"]()
    charging_speed.simulate = real
    return found


def county_year(year: int = 2030) -> Tables:
    """Return the year of Deqing, requests drawn."""
    county, start = load_county("deqing"), dt.date(year, 1, 1)
    layout = county.layout("plan-2025")
    return {
        "layout": layout,
        "requests": fleet.requests(county, fleet.stock(county), year=year, start=start, days=365, seed=1),
        "travel": travel_matrix(county, layout, year=year),
        "behaviour": charging.behaviour_of(county),
        "vehicles": charging.vehicles_table(county),
        "tariff": charging.tariff_of(county, start, days=365),
    }


def city_day(zones: int = 500, reach_km: float = 8.0) -> Tables:
    """Return a city's day: stations of geometric size at random places, drivers of zones who see all queues.

    Ways lead from each zone and station to the stations within ``reach_km``, at 24 km/h.
    """
    rng = np.random.default_rng(SEED)
    stations, requests = CITY["stations"], CITY["requests"]
    piles = 1 + rng.multinomial(CITY["piles"] - stations, rng.dirichlet(np.full(stations, 0.6)))
    places = rng.uniform((0.0, 0.0), (60.0, 30.0), (stations, 2))
    centres = rng.uniform((0.0, 0.0), (60.0, 30.0), (zones, 2))
    names = [f"s{number}" for number in range(stations)]
    layout = charging_speed.layout_of(
        [(name, int(count), 60.0, 1, "exclusive", None) for name, count in zip(names, piles, strict=True)]
    )
    frames = []
    for labels, points in (([f"z{number}" for number in range(zones)], centres), (names, places)):
        km = np.hypot(*(points[:, None, :] - places[None, :, :]).transpose(2, 0, 1)) * 1.3
        for row, label in enumerate(labels):
            near = np.flatnonzero(km[row] <= max(reach_km, np.partition(km[row], 5)[5]))
            frames.append((label, near, km[row][near]))
    travel = pl.concat(
        pl.DataFrame({"origin": [label] * len(near), "station_id": [names[k] for k in near], "km": km})
        for label, near, km in frames
    )
    at = np.sort(rng.beta(2.0, 1.6, requests) * 1440.0)
    table = charging_speed.requests_of(at, rng.gamma(4.0, 9.0, requests), accept_kw=60.0).with_columns(
        origin=pl.Series(rng.integers(0, zones, requests)).map_elements(
            lambda zone: f"z{zone}", return_dtype=pl.String
        ),
        patience_min=pl.Series(rng.exponential(20.0, requests)),
        max_queue=pl.lit(4, dtype=pl.Int64),
    )
    travel = travel.select("origin", "station_id", (pl.col("km") * 2.5).alias("minutes"), "km")
    return {"layout": layout, "requests": table, "travel": travel, "behaviour": {"information": "live"}}


def seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call, seconds."""
    start = time.process_time()
    call()
    return time.process_time() - start


def measure(name: str, tables: Tables, *, engines: tuple[str, ...] = ("simpy", "compiled")) -> None:
    """Print the processor time of the engines on the same tables, in turn, and of the tables beside the sessions."""
    number = tables["requests"].height
    runs = {engine: functools.partial(charging.simulate, **tables, engine=engine) for engine in engines}
    results = {engine: run() for engine, run in runs.items()}
    # in turn: what else the machine does meanwhile is the same for both
    rounds = [{engine: seconds(run) for engine, run in runs.items()} for _ in range(REPEATS)]
    for engine in engines:
        spent = statistics.median(each[engine] for each in rounds)
        print(f"{name:24} {engine:9} {spent:7.3f} s {number / spent:12,.0f} sessions/s", flush=True)
    print(f"{'':24} the other tables {seconds(lambda: results['compiled'].stations):7.3f} s")
    if len(engines) > 1:
        ratio = statistics.median(each["simpy"] / each["compiled"] for each in rounds)
        print(f"{name:24} {ratio:.1f} x SimPy", flush=True)


def grow() -> None:
    """Print what 4 and 16 times as many vehicles take on the guns of the county's week."""
    few = 5_000
    for engine in ("simpy", "compiled"):
        runs = {
            times: functools.partial(charging.simulate, **county_week(times * few), engine=engine)
            for times in (1, 4, 16)
        }
        rounds = [{times: seconds(run) for times, run in runs.items()} for _ in range(REPEATS + 1)][1:]
        for times in (4, 16):
            ratio = statistics.median(each[times] / each[1] for each in rounds)
            print(f"{times:2} x {few:,} vehicles      {engine:9} {ratio:.1f} x the time", flush=True)


def wait() -> None:
    """Print what a session takes in a queue of 200,000 compared with one of 200, by engine.

    In turn, because half of it is checks and tables, which what else the machine does slows by more than they differ.
    """
    for shared in (False, True):
        name = "at shared piles" if shared else "at single guns"
        for engine in ("simpy", "compiled"):
            runs = [
                functools.partial(charging.simulate, **long_queue(waiting, shared=shared), engine=engine)
                for waiting in (200, 200_000)
            ]
            rounds = [[seconds(run) for run in runs] for _ in range(REPEATS + 1)][1:]
            ratio = statistics.median(many / few for few, many in rounds)
            print(f"200,000 against 200      {engine:9} {ratio:.2f} x the time of a session, {name}", flush=True)


def cold() -> None:
    """Print what compiling takes where no machine code is kept."""
    with tempfile.TemporaryDirectory() as folder:
        here = sys.path[0]
        run = [sys.executable, "-c", COLD, here]
        env = {**os.environ, "NUMBA_CACHE_DIR": folder}
        # a fixed command of our own: nothing of a user stands in it
        made = subprocess.run(run, env=env, capture_output=True, text=True, check=True)
        print("compiling for the first time:", made.stdout.strip())


CASES: dict[str, Callable[[], None]] = {
    "station": lambda: measure("one station", one_station(), engines=("compiled",)),
    "week": lambda: measure("county week", county_week()),
    "queue": lambda: [
        measure(f"{waiting:,} waiting{' shared' if shared else ''}", long_queue(waiting, shared=shared))
        for shared in (False, True)
        for waiting in (200, 200_000)
    ],
    "year": lambda: measure("county year 2030", county_year()),
    "city": lambda: measure("city day", city_day()),
    "wait": wait,
    "growth": grow,
    "cold": cold,
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
