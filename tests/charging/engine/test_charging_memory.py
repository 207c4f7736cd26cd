"""A simulation that is over is freed at once: nothing points back at it, and no collector needs to look for it."""

import gc
import weakref

import pytest

from charging.engine.clock import FIRST, NORMAL, Call, Clock
from charging.engine.demand import build_demand
from charging.engine.network import Network, Outage
from charging.inputs.behaviour import Behaviour
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
    stations = build_stations(layout)
    demand = build_demand(requests, None, None, stations)
    outage = Outage(3.0, 50.0, stations[0].groups["any"][0], 0)
    network = Network(stations, demand, Behaviour(), [outage])
    gone = weakref.ref(network)
    run = network.run()
    assert gone() is network
    del network
    assert gone() is None
    assert len(run.columns["plug"]) == 9


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
