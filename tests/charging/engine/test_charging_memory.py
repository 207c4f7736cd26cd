"""Memory of a simulation: its tables and little more, and when it is over it is freed at once."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import charging
from charging.engine.clock import FIRST, NORMAL, Call, Clock
from charging.engine.columns import numbers_in_parts, view
from charging.engine.demand import build_demand
from charging.engine.load import Load
from charging.engine.network import Network, Outage
from charging.inputs.behaviour import Behaviour
from charging.results.summary import station_summary
from charging.simulation import build_stations
from data.schemas.charging import Layout, Requests
from data.tables.validate import validate


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize(
    "group",
    [
        {},
        {"guns_per_pile": 2, "sharing": "dynamic", "pile_kw": 120.0},
        {"guns_per_pile": 2, "sharing": "dynamic", "transformer_kw": 70.0},
    ],
)
def test_a_network_is_freed_when_its_caller_lets_go(make_layout, make_requests, group):
    layout = validate(make_layout({"piles": 2, **group}), Layout, table="layout")
    rows = [{"arrive_min": float(at), "energy_kwh": 30.0, "overstay_min": at % 3.0} for at in range(9)]
    requests = validate(make_requests(*rows), Requests, table="requests")
    _network(layout, requests).run()  # what is compiled on the first call keeps its arguments for a while
    network = _network(layout, requests)
    gone = weakref.ref(network)
    run = network.run()
    assert gone() is network
    del network
    assert gone() is None
    assert len(run.columns["plug"]) == 9


def _network(layout, requests):
    stations = build_stations(layout)
    outage = Outage(3.0, 50.0, stations[0].groups["any"][0], 0)
    return Network(stations, build_demand(requests, None, None, stations), Behaviour(), [outage])


def test_a_stopped_clock_calls_nobody():
    clock, called = Clock(), []
    kept = Call(called.append, None)
    clock.keep(kept)
    clock.call_at(1.0, NORMAL, called.append, None)
    clock.put(2.0, FIRST, kept)
    clock.stop()
    clock.run_with([3.0], called.append)
    assert called == [0]  # the time that run_with was given
    kept.action(kept)
    assert called == [0]


def test_what_nobody_writes_to_is_read_where_the_requests_are(make_requests):
    rows = [{"arrive_min": float(at), "patience_min": 5.0, "max_queue": 2, "overstay_min": 1.0} for at in range(4)]
    requests = validate(make_requests(*rows), Requests, table="requests")
    demand = build_demand(requests, None, None, [])
    for name in ("arrive_min", "patience_min"):
        column = view(getattr(demand, name))
        assert np.shares_memory(column, requests[name].to_numpy()), name
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0
    assert view(demand.max_queue).tolist() == [2.0] * 4
    view(demand.overstay_min)[0] = 9.0  # an idle fee shortens it
    assert requests["overstay_min"].to_list() == [1.0] * 4


def test_nulls_of_long_columns_are_filled_part_by_part(make_requests, monkeypatch):
    monkeypatch.setattr("charging.engine.demand._AT_ONCE", 3)
    patience = [4.0, None, 2.0, None, 7.0]
    rows = [{"arrive_min": float(at), "patience_min": value} for at, value in enumerate(patience)]
    requests = validate(make_requests(*rows), Requests, table="requests")
    demand = build_demand(requests, None, None, [])
    assert view(demand.patience_min).tolist() == [4.0, np.inf, 2.0, np.inf, 7.0]
    assert view(numbers_in_parts(3, iter([np.array([1, 2]), np.array([0.5])]))).tolist() == [1.0, 2.0, 0.5]


def test_a_load_gives_its_memory_to_its_table():
    load = Load.until(30.0, ["a", "b"], 15.0)
    load.reach(1e5)
    load.energy_kwh[0, 3] = load.energy_kwh[2, 3] = 1.0
    load.meter_kwh[0, 3], load.meter_kwh[2, 3], load.meter_kwh[3, 6000] = 1.5, 2.0, 4.0
    table = load.into_table()
    assert table.select("station_id", "start_min", "energy_kwh", "meter_kwh", "mean_kw", "ac_kwh").rows() == [
        ("a", 45.0, 2.0, 3.5, 14.0, 2.0),
        ("b", 90_000.0, 0.0, 4.0, 16.0, 4.0),
    ]
    assert load.energy_kwh.size == load.meter_kwh.size == 0


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_load_and_stations_are_made_once_when_they_are_asked_for(make_layout, make_requests, engine, monkeypatch):
    made = []
    monkeypatch.setattr(
        "charging.simulation.station_summary", lambda *args, **more: made.append(1) or station_summary(*args, **more)
    )
    result = charging.simulate(make_layout({}), make_requests({}, {"max_queue": 0}), engine=engine)
    assert result.sessions.height == 2
    assert result.visits.height == 2
    assert not made
    assert result.stations["arrivals"].item() == 2
    assert result.load["meter_kwh"].sum() == pytest.approx(result.sessions["meter_kwh"].sum())
    assert made == [1]


STATUS = Path("/proc/self/status")
MOST_KB = 0.25
GROWTH = """
import ctypes, gc
from pathlib import Path
import numpy as np, polars as pl
import charging

def held_kb(which):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))

def tables(number):
    draw = np.random.default_rng(1)
    layout = pl.DataFrame({"station_id": ["s"], "group_id": ["g"], "current": ["dc"], "pile_kw": [60.0], "piles": [10],
        "guns_per_pile": [1], "sharing": ["exclusive"]})
    requests = pl.DataFrame({"request_id": np.arange(number), "arrive_min": np.cumsum(draw.exponential(3.5, number)),
        "current": ["dc"] * number, "energy_kwh": draw.exponential(30.0, number), "accept_kw": np.full(number, 60.0)})
    return layout, requests

charging.simulate(*tables(1000)).stations
layout, requests = tables(400_000)
gc.collect()
ctypes.CDLL(None).malloc_trim(0)
Path("/proc/self/clear_refs").write_text("5")
before = held_kb("VmRSS:")
result = charging.simulate(layout, requests)
print((held_kb("VmHWM:") - before) / requests.height)
"""


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="the system does not say how much memory a process took")
def test_a_session_takes_a_quarter_of_a_kilobyte():
    done = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= MOST_KB
