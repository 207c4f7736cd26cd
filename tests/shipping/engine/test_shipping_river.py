"""Locks, months, depth and closures in the voyages: timelines by hand, both kinds of vessel, faults."""

from __future__ import annotations

import datetime as dt

import networkx as nx
import numpy as np
import polars as pl
import pytest

from data import DataError, load_county
from shipping import check_mass_balance, simulate, waterway
from shipping.river.chambers import Chamber, LockRules
from shipping.river.closures import OpenTime
from shipping.river.reaches import Reaches
from shipping.schemas import Supply
from shipping.ships import sailing
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull
from shipping.ships.propulsion import ShipDesign
from shipping.ships.shallow_water import top_speed_km_h

NO_STATIONS = Supply.create_empty()
SIZE = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0}


@pytest.fixture
def ship(fleet_row):
    """Return a function that makes a through vessel of 78 x 15.6 m that sails 10 km/h with 60 kW of hotel load."""

    def make(name="s", **changes):
        return fleet_row(name, **{"kind": "through", "tank_m3": None, "hotel_kw": 60.0, **SIZE, **changes})

    return make


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_two_vessels_meet_at_a_lock_from_both_sides(locked, ship, trips, kind):
    fleet = pl.DataFrame([ship("a", kind=kind), ship("b", kind=kind)])
    plan = trips(("a", 0.0, 20.0, 0.0), ("b", 1.0, 0.0, 20.0), kind=kind)
    done = simulate(locked, plan, NO_STATIONS, vessels=fleet, passages=True)
    # both sail 10 km in 60 min. a goes up: enters 3, doors 4, levelling 12, doors 4, leaves 2: at 85.
    # The chamber is then open on b's side: b has come at 61, enters at 85, leaves at 110. Both sail 60 min more.
    assert done.locks.select("vessel_id", "direction", "arrive_min", "start_min", "leave_min", "wait_min").rows() == [
        ("a", "up", 60.0, 60.0, 85.0, 0.0),
        ("b", "down", 61.0, 85.0, 110.0, 24.0),
    ]
    voyages = done.voyages.sort("vessel_id")
    assert voyages["arrive_min"].to_list() == [145.0, 170.0]
    assert voyages["waiting_h"].to_list() == pytest.approx([25.0 / 60.0, 49.0 / 60.0])
    assert voyages["waiting_kwh"].to_list() == pytest.approx([25.0, 49.0])
    power = float(brake_kw(Hull(**SIZE), 10.0, depth_m=np.inf))
    assert voyages["energy_kwh"].to_list() == pytest.approx([2.0 * (power + 60.0) + own for own in (25.0, 49.0)])
    log = done.passages.sort("voyage_id", "start_min")
    assert log.select("from_node", "to_node", "start_min", "stop_min").rows() == [
        ("km20", "km10", 0.0, 60.0),
        ("km10", "km0", 85.0, 145.0),
        ("km0", "km10", 1.0, 61.0),
        ("km10", "km20", 110.0, 170.0),
    ]
    chamber = done.chambers.row(0, named=True)
    assert (chamber["lock"], chamber["lockages"], chamber["empty_turns"], chamber["vessels"]) == ("km10", 2, 0, 2)


def test_priority_of_the_fleet_goes_first(locked, ship, trips):
    fleet = pl.DataFrame([ship("a"), ship("b"), ship("c"), ship("d"), ship("ferry", lock_priority=5)])
    rows = [(name, float(at), 20.0, 0.0) for at, name in enumerate(["a", "b", "c", "d", "ferry"])]
    done = simulate(locked, trips(*rows, kind="through"), NO_STATIONS, vessels=fleet)
    order = done.locks.sort("start_min", "leave_min")["vessel_id"].to_list()
    assert order == ["a", "ferry", "b", "c", "d"]


def test_several_locks_hold_a_vessel_one_after_the_other(line, ship, trips):
    graph = line([0.0, 10.0, 20.0, 30.0])
    for node in ("km10", "km20"):
        graph.nodes[node].update(chambers=(Chamber("c", 80.0, 16.0, 5.0, 12.0, 4.0),), rules=LockRules(3.0, 2.0))
    for kind in ("through", "cycling"):
        plan = trips(("s", 0.0, 30.0, 0.0), kind=kind)
        done = simulate(graph, plan, NO_STATIONS, vessels=pl.DataFrame([ship(kind=kind)]))
        assert done.locks["arrive_min"].to_list() == [60.0, 145.0]
        assert done.voyages["arrive_min"].item() == 230.0
        assert done.voyages["waiting_kwh"].item() == pytest.approx(50.0)


def test_the_lock_empties_the_tank_too(locked, ship, trips):
    tank = {"tank_m3": 100.0, "tank_start_m3": 50.0, "density_t_m3": 0.43, "fill_max_share": 0.9}
    fleet = pl.DataFrame([ship("a", kind="cycling", **tank), ship("b", kind="cycling", **tank)])
    done = simulate(locked, trips(("a", 0.0, 20.0, 0.0), ("b", 1.0, 0.0, 20.0)), NO_STATIONS, vessels=fleet)
    left = 50.0 - done.vessels["fuel_t"] / 0.43
    assert done.vessels["tank_end_m3"].to_list() == pytest.approx(left.to_list(), rel=1e-12)
    assert done.vessels["fuel_t"].to_list() == pytest.approx((4.3e-3 * done.vessels["energy_kwh"]).to_list())


def test_a_closed_lock_and_a_closed_fairway_hold_vessels_up(locked, ship, trips):
    plan = trips(("s", 0.0, 20.0, 0.0), kind="through")
    closed = pl.DataFrame({"station": ["km10"], "start_min": [50.0], "end_min": [100.0]})
    done = simulate(locked, plan, NO_STATIONS, vessels=pl.DataFrame([ship()]), closures=closed)
    assert done.locks.select("start_min", "leave_min").row(0) == (100.0, 125.0)
    for kind in ("through", "cycling"):
        plan = trips(("s", 0.0, 20.0, 0.0), kind=kind)
        closed = pl.DataFrame({"station": ["fairway"] * 2, "start_min": [30.0, 120.0], "end_min": [50.0, 125.0]})
        done = simulate(locked, plan, NO_STATIONS, vessels=pl.DataFrame([ship(kind=kind)]), closures=closed)
        # lies still from 30 to 50, at the lock from 80 to 105, lies still again from 120 to 125
        assert done.locks["arrive_min"].item() == 80.0
        row = done.voyages.row(0, named=True)
        assert row["arrive_min"] == 170.0
        assert row["waiting_h"] == pytest.approx(50.0 / 60.0)
        assert row["waiting_kwh"] == pytest.approx(50.0)
        assert row["sailing_h"] == pytest.approx(2.0)
    with pytest.raises(DataError, match=r"no station 'km11'\. Did you mean 'km10'"):
        simulate(
            locked,
            plan,
            NO_STATIONS,
            vessels=pl.DataFrame([ship()]),
            closures=closed.with_columns(station=pl.lit("km11")),
        )


def test_open_time_against_a_walk_minute_by_minute():
    spans = [(10.0, 20.0), (15.0, 30.0), (50.0, 60.0)]
    time = OpenTime.from_closures(spans)
    shut = [any(start <= minute < end for start, end in spans) for minute in range(200)]
    for start in range(70):
        for taken in (1, 7, 25, 60):
            at, left = start, taken
            while left:
                left -= not shut[at]
                at += 1
            assert float(time.after(float(start), float(taken))) == at
    assert time.after([5.0], [0.0]).tolist() == [5.0]


def test_currents_change_with_the_months_at_the_reach_that_is_entered(line, fleet_row, trips):
    graph = line([0.0, 10.0, 20.0, 30.0])
    graph.graph["period_start_min"] = (0.0, 100.0)
    for tail, head in graph.edges:
        down = graph.nodes[head]["chainage_km"] > graph.nodes[tail]["chainage_km"]
        graph[tail][head]["current_km_h"] = (2.0, 5.0) if down else (-2.0, -5.0)
    for kind in ("through", "cycling"):
        fleet = pl.DataFrame([fleet_row("v", kind=kind, tank_m3=None)])
        done = simulate(
            graph, trips(("v", 0.0, 0.0, 30.0), ("v", 1000.0, 30.0, 0.0), kind=kind), NO_STATIONS, vessels=fleet
        )
        # down: 10 km at 12 km/h to 50 and to 100 min, then at 15 km/h to 140; up: all at 5 km/h
        assert done.voyages["arrive_min"].to_list() == pytest.approx([140.0, 1360.0])
        assert done.voyages["energy_kwh"].to_list() == pytest.approx([100.0 * 140.0 / 60.0, 600.0])
    graph["km0"]["km10"]["current_km_h"] = (1.0, 2.0, 3.0)
    with pytest.raises(DataError, match="current_km_h has 3 values; expected 1 or 2"):
        Reaches.from_graph(graph)
    graph.graph["period_start_min"] = (10.0, 0.0)
    with pytest.raises(DataError, match="expected minutes that rise"):
        Reaches.from_graph(graph)


def test_ways_sailed_at_once_are_those_reach_by_reach(line, ship, monkeypatch):
    monkeypatch.setattr(sailing, "_AT_ONCE", 7)
    graph = line([0.0, 10.0, 25.0, 26.5, 60.0], current_km_h=1.7)
    nx.set_edge_attributes(graph, {("km10", "km25"): 4.2, ("km25", "km10"): 4.2}, "depth_m")
    reaches = Reaches.from_graph(graph)
    rng = np.random.default_rng(3)
    start, end = rng.uniform(0.0, 60.0, (2, 50))
    start[:9], end[:9] = [0.0, 10.0, 25.0] * 3, np.repeat([0.0, 26.5, 60.0], 3)
    depart = rng.uniform(0.0, 3_000.0, 50)
    designs = [ShipDesign.from_row(ship(speed_depth_m=4.5, water_speed_km_h=speed)) for speed in (9.0, 11.0)]
    known = sailing.Sailing.on(reaches)
    points = np.array([known.table.number(design, load) for design in designs for load in (0.0, 1.0)])[
        np.arange(50) % 4
    ]
    # what is logged is sailed reach by reach
    one_by_one = known.many(points, start, end, depart, log=[])
    for at_once, asked in zip(known.many(points, start, end, depart), one_by_one, strict=True):
        assert at_once.tolist() == asked.tolist()
    assert known.arrivals(points, start, end, depart).tolist() == one_by_one.arrive_min.tolist()


def test_a_run_that_ends_shows_what_has_begun_of_one_that_goes_on(locked, ship, trips):
    rng = np.random.default_rng(5)
    down = [("s", float(at), 0.0, 20.0) for at in np.sort(rng.uniform(0.0, 2_000.0, 40))]
    # each goes back after a stay, and comes again
    back = [("s", float(stay), 20.0, 0.0) for stay in rng.gamma(2.0, 120.0, 40)]
    again = [("s", float(stay), 0.0, 20.0) for stay in rng.gamma(2.0, 120.0, 40)]
    before = [None] * 40 + list(range(80))
    plan = trips(*down, *back, *again, kind="through").with_columns(follows=pl.Series(before, dtype=pl.Int64))
    ask = {"vessels": pl.DataFrame([ship()])}
    whole = simulate(locked, plan, NO_STATIONS, **ask)
    for days in (0.4, 0.9, 1.3):
        cut, end = simulate(locked, plan, NO_STATIONS, days=days, **ask), 1440.0 * days
        assert (
            cut.voyages["voyage_id"].to_list()
            == whole.voyages.filter((pl.col("depart_min") <= end) | (pl.col("voyage_id") < 40))["voyage_id"].to_list()
        )
        asked = ["voyage_id", "arrive_min", "start_min"]
        known = whole.locks.filter(pl.col("arrive_min") < end).with_columns(
            start_min=pl.when(pl.col("start_min") < end).then("start_min")
        )
        assert cut.locks.select(asked).equals(known.select(asked))


def test_a_year_of_the_county_takes_each_month_and_reach():
    county = load_county("deqing")
    graph = waterway(county, start=dt.date(2025, 1, 1), days=365, locks=True)
    months = county.river_months.sort("month")
    assert len(graph.graph["period_start_min"]) == 12
    assert graph["jieshou"]["fengkai"]["current_km_h"] == tuple(months["current_km_h"])
    assert graph["guigang"]["changzhou"]["current_km_h"] == tuple(0.5 * months["current_km_h"])
    assert graph["jieshou"]["fengkai"]["depth_m"] == tuple(months["depth_m"] + 0.9)
    assert len(graph.nodes["changzhou"]["chambers"]) == 3
    assert "chambers" not in waterway(county).nodes["changzhou"]


def test_shallow_water_slows_and_costs(line, ship, trips):
    energy, hours = {}, {}
    for depth in (3.15, 4.0, 12.0):
        graph = line([0.0, 10.0])
        nx.set_edge_attributes(graph, depth, "depth_m")
        nx.set_edge_attributes(graph, 150.0, "width_m")
        done = simulate(
            graph, trips(("s", 0.0, 0.0, 10.0), kind="through"), NO_STATIONS, vessels=pl.DataFrame([ship()])
        )
        energy[depth], hours[depth] = done.voyages["energy_kwh"].item(), done.voyages["sailing_h"].item()
    assert hours[12.0] == hours[4.0] == pytest.approx(1.0)
    assert energy[4.0] > 1.02 * energy[12.0]
    slow = float(top_speed_km_h(Hull(**SIZE), depth_m=3.15, width_m=150.0))
    assert hours[3.15] == pytest.approx(10.0 / slow)
    assert slow < 10.0


def test_an_empty_vessel_draws_and_takes_less(line, ship, trips):
    fleet = pl.DataFrame([ship(empty_draught_m=1.5)])
    plan = trips(("s", 0.0, 0.0, 10.0), kind="through")
    full, empty = (
        simulate(line([0.0, 10.0]), plan.with_columns(load_share=pl.lit(load)), NO_STATIONS, vessels=fleet)
        for load in (1.0, 0.0)
    )
    assert 0.5 < empty.voyages["energy_kwh"].item() / full.voyages["energy_kwh"].item() < 0.95


def test_part_load_takes_more_fuel(line, ship, trips):
    plan = trips(("s", 0.0, 0.0, 10.0), kind="through")
    done = simulate(
        line([0.0, 10.0]), plan, NO_STATIONS, vessels=pl.DataFrame([ship(installed_kw=1000.0, sfc_kg_kwh=0.2)])
    )
    power = done.voyages["energy_kwh"].item()
    load = power / 1000.0
    assert done.voyages["fuel_t"].item() == pytest.approx(0.2e-3 * power * (0.455 * load**2 - 0.71 * load + 1.28))


def test_a_margin_adds_to_the_power_or_takes_from_the_speed(line, ship, trips):
    plan = trips(("s", 0.0, 0.0, 10.0), kind="through")

    def sail(**changes):
        fleet = pl.DataFrame([ship(hotel_kw=0.0, **changes)])
        return simulate(line([0.0, 10.0]), plan, NO_STATIONS, vessels=fleet).voyages.row(0, named=True)

    assert sail(margin_share=0.2)["energy_kwh"] == pytest.approx(1.2 * sail()["energy_kwh"])
    slow, fast = (sail(set_kw=240.0, water_speed_km_h=None, margin_share=margin) for margin in (0.2, None))
    assert slow["energy_kwh"] == pytest.approx(240.0 * slow["sailing_h"])
    assert slow["sailing_h"] == pytest.approx(sail(set_kw=200.0, water_speed_km_h=None)["sailing_h"])
    assert slow["sailing_h"] > fast["sailing_h"]


def test_what_is_not_done_by_the_end_is_cut(locked, ship, trips):
    plan = trips(("s", 0.0, 20.0, 0.0), ("s", 30.0, 20.0, 0.0), kind="through")
    done = simulate(locked, plan, NO_STATIONS, vessels=pl.DataFrame([ship()]), days=100.0 / 1440.0)
    assert done.voyages["arrive_min"].to_list() == [145.0, None]
    assert done.voyages["distance_km"].to_list() == [20.0, 10.0]
    # the second came to the lock at 90, when the chamber was on the other side
    assert done.voyages["waiting_h"].to_list() == pytest.approx([25.0 / 60.0, 10.0 / 60.0])
    assert done.locks["leave_min"].to_list() == [85.0, None]
    check_mass_balance(done)


def test_faults_of_hulls_locks_and_depths(locked, line, ship, trips):
    plan = trips(("s", 0.0, 0.0, 20.0), kind="through")

    def sail(graph, **changes):
        simulate(graph, plan, NO_STATIONS, vessels=pl.DataFrame([ship(**changes)]))

    with pytest.raises(DataError, match=r"'s' \(90 x 15.6 x 3 m\) fits no chamber of the lock 'km10'"):
        sail(locked, length_m=90.0)
    with pytest.raises(DataError, match=r"'s': no length_m, beam_m, draught_m; its voyage passes lock 'km10'"):
        sail(locked, length_m=None, beam_m=None, draught_m=None)
    with pytest.raises(DataError, match=r"column 'draught_m': got not all; expected length_m, beam_m, draught_m, or"):
        sail(locked, length_m=None)
    with pytest.raises(DataError, match=r"column 'empty_draught_m': got 4 m; expected at most 3 m"):
        sail(locked, empty_draught_m=4.0)
    with pytest.raises(DataError, match=r"column 'water_speed_km_h': got both; expected either it or set_kw"):
        sail(locked, set_kw=100.0)
    with pytest.raises(DataError, match=r"column 'water_speed_km_h': got nothing"):
        sail(locked, water_speed_km_h=None)
    shallow = line([0.0, 20.0])
    nx.set_edge_attributes(shallow, 2.9, "depth_m")
    with pytest.raises(DataError, match=r"reach 'km0' to 'km20': 2.9 m deep, but vessel class 'test' draws 3 m"):
        sail(shallow)
    bare = nx.DiGraph()
    bare.add_node("a", chainage_km=0.0)
    bare.add_node("b", chainage_km=20.0)
    bare.add_edge("a", "b", curent_km_h=0.0)
    bare.add_edge("b", "a", current_km_h=0.0)
    with pytest.raises(DataError, match=r"reach 'a' to 'b': no current_km_h; .* Did you mean 'curent_km_h'"):
        sail(bare)
