"""The stated limits of the river models hold, and what is no longer one is not stated."""

import datetime as dt

import polars as pl
import pytest

import shipping
from data import load_county
from shipping import LIMITS, simulate, waterway
from shipping.river.chambers import Chamber, LockRules
from shipping.schemas import Supply

DEEP = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0, "empty_draught_m": 1.4}
SLOW_LOCK = Chamber("c", 80.0, 34.0, 5.0, fill_min=600.0, door_min=0.0)
HELD = {}


def holds(key):
    """Register the test of a limit."""

    def register(function):
        HELD[key] = function
        return function

    return register


def one(frame):
    return frame.row(0, named=True)


@pytest.fixture
def through(fleet_row):
    return lambda name="v1", **changes: fleet_row(name, kind="through", tank_m3=None, **changes)


@holds("no_meeting_under_way")
def test_a_vessel_sails_as_fast_among_others_as_alone(line, trips, through):
    graph, fleet = line([0.0, 100.0]), pl.DataFrame([through()])
    alone = simulate(graph, trips(("v1", 0.0, 0.0, 100.0), kind="through"), Supply.create_empty(), vessels=fleet)
    many = trips(*(("v1", 0.0, *ends) for ends in [(0.0, 100.0), (100.0, 0.0)] * 20), kind="through")
    crowd = simulate(graph, many, Supply.create_empty(), vessels=fleet)
    assert set(crowd.voyages["arrive_min"]) == set(alone.voyages["arrive_min"]) == {600.0}


@holds("speed_not_chosen")
def test_a_vessel_does_not_slow_down_for_a_lock_that_is_closed(locked, trips, through):
    shut = pl.DataFrame({"station": ["km10"], "start_min": [0.0], "end_min": [500.0]})
    plan, fleet = trips(("v1", 0.0, 0.0, 20.0), kind="through"), pl.DataFrame([through(**DEEP)])
    graph = locked
    for edge in graph.edges:
        graph.edges[edge]["depth_m"] = 6.0
    free, closed = (
        simulate(graph, plan, Supply.create_empty(), vessels=fleet, closures=closures) for closures in (None, shut)
    )
    assert one(closed.locks)["arrive_min"] == one(free.locks)["arrive_min"]
    assert one(closed.locks)["start_min"] >= 500.0


@holds("through_never_bunkers")
def test_through_vessels_pass_every_station(line, trips, fleet_row, supply_row):
    fleet = pl.DataFrame([fleet_row(kind="through", tank_start_m3=5.0)])
    plan = trips(("v1", 0.0, 0.0, 100.0), kind="through")
    done = simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply_row()]), vessels=fleet)
    assert done.calls.is_empty()
    assert one(done.voyages)["arrive_min"] == 600.0


@holds("months_not_days")
def test_the_river_changes_only_with_the_month(county):
    graph = waterway(county, start=dt.date(2025, 6, 1), days=30)
    assert "period_start_min" not in graph.graph
    assert waterway(county, start=dt.date(2025, 6, 1), days=31).graph["period_start_min"] == (0.0, 30 * 1440.0)


@holds("master_sees_no_queue_at_locks")
@holds("stranded_stays")
def test_a_wait_at_a_lock_that_nobody_reckoned_with_strands_a_vessel(line, trips, fleet_row, supply_row):
    graph = line([0.0, 60.0, 100.0])
    plan, stations = trips(("v1", 0.0, 0.0, 100.0)), pl.DataFrame([supply_row()])
    endless = fleet_row(hotel_kw=100.0, tank_m3=None, **DEEP)
    fuel_t = one(simulate(graph, plan, stations, vessels=pl.DataFrame([endless])).voyages)["fuel_t"]
    level = 1.05 * fuel_t / 0.43
    row = endless | {"tank_m3": 2.0 * level, "tank_start_m3": level, "reserve_share": 0.0, "may_share": 0.0}
    free = simulate(graph, plan, stations, vessels=pl.DataFrame([row]))
    graph.nodes["km60"].update(chambers=(SLOW_LOCK,), rules=LockRules(0.0, 0.0, 0.0, 0.0))
    held = simulate(graph, plan, stations, vessels=pl.DataFrame([row]), days=30.0)
    assert not one(free.vessels)["stranded"]
    assert one(held.vessels)["stranded"]
    assert held.calls.is_empty()
    assert one(held.voyages)["arrive_min"] is None


@holds("trucks_always_loaded")
def test_every_truck_that_is_ordered_comes(line, trips, fleet_row, supply_row):
    stations = pl.DataFrame([supply_row(truck_lead_cv=2.0, reorder_share=0.85)])
    plan = trips(*(("v1", 1440.0 * day, 0.0, 100.0) for day in range(4)))
    done = simulate(line([0.0, 100.0]), plan, stations, vessels=pl.DataFrame([fleet_row()]), days=60.0)
    assert done.trucks.height > 0
    assert done.trucks["end_min"].null_count() == 0


@holds("chambers_do_not_fail")
def test_a_chamber_has_no_faults_of_its_own():
    # nothing is drawn of a chamber: it has its size, its times, its calendar and the water over its sill
    own = {"name", "length_m", "width_m", "sill_m", "fill_min", "door_min", "closed", "levels"}
    assert set(Chamber.__dataclass_fields__) == own


@holds("locals_sail_once")
def test_no_vessel_with_a_tank_calls_twice_at_a_terminal():
    drawn = shipping.local_traffic(load_county("deqing"), year=2030, days=60, seed=1)
    calls = drawn.voyages.filter(pl.col("terminal").is_not_null() & (pl.col("kind") == "cycling"))
    assert calls.height > 20
    assert calls["vessel_id"].is_unique().all()


@holds("account_takes_given_waits")
def test_the_yearly_account_follows_the_given_hours(county):
    longer = county.with_figures({"river.through_lock_h": 60.0})
    first, second = (shipping.carbon(own, years=(2025,), grid=("moving",))["emissions_t"] for own in (county, longer))
    assert (second > first).all()


def test_every_limit_is_held_against_the_code():
    assert set(HELD) == set(LIMITS)
    assert all(text.endswith(".") and len(text) < 130 for text in LIMITS.values())


def test_depth_changes_the_power_of_a_voyage(line, trips, through):
    graph, plan = line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0), kind="through")
    energy = []
    for depth in (4.0, 12.0):
        for edge in graph.edges:
            graph.edges[edge]["depth_m"] = depth
        done = simulate(graph, plan, Supply.create_empty(), vessels=pl.DataFrame([through(**DEEP)]))
        energy.append(one(done.voyages)["energy_kwh"])
    assert energy[0] > 1.05 * energy[1]


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_a_wait_at_a_lock_delays_the_voyage(locked, trips, fleet_row, kind):
    graph = locked
    for edge in graph.edges:
        graph.edges[edge]["depth_m"] = 6.0
    fleet = pl.DataFrame([fleet_row(kind=kind, tank_m3=None, **DEEP)])
    plan = trips(("v1", 0.0, 0.0, 20.0), kind=kind)
    free = simulate(graph, plan, Supply.create_empty(), vessels=fleet)
    shut = pl.DataFrame({"station": ["km10"], "start_min": [0.0], "end_min": [500.0]})
    late = simulate(graph, plan, Supply.create_empty(), vessels=fleet, closures=shut)
    waited = one(late.locks)["wait_min"] - one(free.locks)["wait_min"]
    assert waited > 300.0
    assert one(late.voyages)["arrive_min"] - one(free.voyages)["arrive_min"] == pytest.approx(waited)
