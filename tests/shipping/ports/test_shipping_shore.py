"""Battery vessels: a swap station that runs out of boxes by hand; sizing of chargers and boxes; trucks of a station."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import charging
import shipping
from data import load_county
from data.errors import ScenarioError
from data.goals import Goal, Service, Shown
from experiments import Scenario, size
from shipping import check_mass_balance, simulate
from shipping.ports.shore_charging import box_station, electric_calls, shore_layout
from shipping.sizing.shore import BOX_STEP, size_shore


def arrivals(*minutes):
    """Return calls of battery vessels of 1 540 kWh that have used 1 200 kWh."""
    count = len(minutes)
    return pl.DataFrame(
        {
            "request_id": range(count),
            "arrive_min": [float(at) for at in minutes],
            "origin": pl.Series([None] * count, dtype=pl.String),
            "current": ["dc"] * count,
            "energy_kwh": [1200.0] * count,
            "accept_kw": [600.0] * count,
            "vehicle_class": ["barge"] * count,
            "battery_kwh": [1540.0] * count,
            "soc_start": [1.0 - 1200.0 / 1540.0] * count,
        }
    )


def test_a_swap_station_that_runs_out_of_boxes_by_hand():
    county = load_county("deqing").with_figures({"river.electric_chargers": 1.0, "charging.efficiency_dc": 1.0})
    calls = arrivals(0, 5, 10)
    station = box_station(county, calls, spares=2)
    assert station.select("batteries", "chargers", "charger_kw", "swap_min").row(0) == (2, 1, 600.0, 20.0)
    done = charging.simulate_swaps(station, calls)
    # two full boxes: the first swaps 0 to 20, the second waits for the crane to 20 and swaps to 40. The box handed in
    # at 20 needs 1 200 kWh at 600 kW: full at 140. The third stands at the crane from 40, gets it then, leaves at 160.
    assert done.swaps["leave_min"].to_list() == pytest.approx([20.0, 40.0, 160.0])
    assert done.stations["short_min"].item() == pytest.approx(100.0)


def test_the_transformer_bounds_both_ways():
    county = load_county("deqing")
    calls = electric_calls(county, year=2030, days=21, seed=4)
    limit = county.figure("river.electric_transformer_kw")
    loads = {
        "charging": charging.simulate(shore_layout(county, chargers=6), calls).load,
        "swapping": charging.simulate_swaps(box_station(county, calls, spares=12), calls).load,
    }
    for load in loads.values():
        assert load["mean_kw"].max() <= limit * (1.0 + 1e-9)
        assert (load["start_min"] % 15.0 == 0.0).all()


def evaluate(way, chargers, boxes, _):
    wait = 120.0 / chargers if way == "charging" else 100.0 / chargers + 200.0 / boxes
    return Service({"p95_wait_min": Shown(wait, 0.9 * wait, 1.1 * wait)})


def test_the_fewest_chargers_and_boxes_are_found():
    found = size_shore(evaluate, [Goal("p95_wait_min", "<=", 66.0)])
    assert found.feasible
    assert found.answer.rows() == [("charging", 2, 0), ("swapping", 4, 6)]
    assert "charging with a charger less: p95_wait_min 120 (108 to 132)" in found.binds[0]
    assert any(f"swapping with {BOX_STEP} boxes less" in line for line in found.binds)
    assert {"p95_wait_min_low", "p95_wait_min_high", "meets"} <= set(found.frontier.columns)
    tight = size_shore(evaluate, [Goal("p95_wait_min", "<=", 66.0)], budget={"chargers": 1, "boxes": 4})
    assert not tight.feasible
    assert "no size that was tried meets p95_wait_min<=66" in tight.binds[0]
    assert (
        "the budget leaves nothing to try"
        in size_shore(evaluate, [Goal("p95_wait_min", "<=", 1.0)], budget={"boxes": 0}).binds[1]
    )
    with pytest.raises(ScenarioError, match="no target"):
        size_shore(evaluate, [])


def test_size_electric_of_the_county():
    scenario = Scenario.load("deqing-2030", sets=["days=5", "replications=2"])
    found = size("electric", scenario, target="p95_wait_min<=240")
    assert found.feasible
    assert set(found.answer["way"]) <= {"charging", "swapping"}
    with pytest.raises(ScenarioError, match="no measure 'p95_wait'"):
        size("electric", scenario, target="p95_wait<=240")


def test_a_station_orders_no_more_trucks_than_it_has(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=8.0)])
    for trucks, ends in ((1, [450.0]), (2, [450.0, 480.0]), (None, [450.0, 480.0, 510.0])):
        supply = pl.DataFrame([supply_row(tank_start_m3=30.0, reorder_share=0.3, truck_lead_h=7.0, trucks=trucks)])
        done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), supply, vessels=fleet)
        # 30 m3 at the reorder level: three trucks of 20 m3 are wanted; each needs 420 min and 30 to unload
        first = done.trucks.filter(order_min=0.0)
        assert first["end_min"].to_list() == ends
        check_mass_balance(done)


def test_vessels_that_cycle_pass_the_lock_once():
    county = load_county("deqing")
    voyages = shipping.voyages(county, year=2025, start=dt.date(2025, 3, 1), days=30, seed=2)
    own = shipping.without_double(county, voyages)
    through = own.filter(kind="through")
    assert not through["vessel_class"].str.starts_with("lng").any()
    assert own.filter(kind="cycling").equals(voyages.filter(kind="cycling"))
    lock = (
        through.height
        + own.filter((pl.col("kind") == "cycling") & (pl.min_horizontal("from_km", "to_km") < 0.0)).height
    )
    assert lock == pytest.approx(voyages.filter(kind="through").height, rel=0.05)
    assert (
        shipping.without_double(county, voyages.filter(kind="through")).height == voyages.filter(kind="through").height
    )
