"""Battery vessels: a swap station that runs out of boxes by hand; sizing of chargers and boxes; trucks of a station."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

import charging
import shipping
from data import load_county
from data.errors import DataError, ScenarioError
from data.goals import Goal, Service, Shown
from experiments import Scenario, size
from shipping import check_mass_balance, simulate
from shipping.parameters.port_parameters import ShoreParameters
from shipping.ports.battery_trips import battery_trips, electric_calls
from shipping.ports.box_swaps import boxes_of, simulate_box_swaps
from shipping.ports.shore_charging import box_swaps, shore_layout
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


def test_a_quay_that_runs_out_of_boxes_by_hand():
    shore = ShoreParameters(1, 600.0, 1250.0, 1.0, 1540.0, 2, 20.0)
    done = simulate_box_swaps(shore, arrivals(0, 5, 10))
    # two full boxes: the first swaps 0 to 20, the second waits for the crane to 20 and swaps to 40. The box handed in
    # at 20 needs 1 200 kWh at 600 kW: full at 140. The third stands at the crane from 40, gets it then, leaves at 160.
    assert done.swaps["leave_min"].to_list() == pytest.approx([20.0, 40.0, 160.0])
    assert done.swaps["wait_min"].to_list() == pytest.approx([0.0, 15.0, 130.0])
    assert done.stations["short_min"].item() == pytest.approx(100.0)
    with pytest.raises(DataError, match="got 0 ashore"):
        simulate_box_swaps(replace(shore, box_spares=0), arrivals(0))


def test_boxes_are_boxes():
    shore = ShoreParameters(2, 600.0, 1250.0, 0.92, 1540.0, 4, 7.0)
    assert [boxes_of(battery, 1540.0) for battery in (1000.0, 1540.0, 2400.0, 4620.0)] == [1, 1, 2, 3]
    large = arrivals(0).with_columns(battery_kwh=pl.lit(2400.0), energy_kwh=pl.lit(2000.0))
    done = simulate_box_swaps(shore, large)
    # four boxes of 1 540 kWh, whatever the vessels carry; two of them go on board, 7 min each
    assert done.stations["stock_kwh"].item() == 6160.0
    assert done.swaps.select("boxes", "leave_min", "wait_min").row(0) == (2, 14.0, 0.0)
    # what was used is given back, once: each box has lost half of it
    assert done.swaps["energy_kwh"].item() == 2000.0
    assert done.load["energy_kwh"].sum() == pytest.approx(2000.0)
    assert done.load["meter_kwh"].sum() == pytest.approx(2000.0 / 0.92)


def test_one_box_ashore_is_enough_for_a_vessel_of_two():
    shore = ShoreParameters(1, 600.0, 1250.0, 1.0, 1540.0, 1, 7.0)
    large = arrivals(0).with_columns(battery_kwh=pl.lit(2400.0), energy_kwh=pl.lit(2000.0))
    # the first box swaps to 7, its empty one takes 1 000 kWh at 600 kW to 107, and is on board at 114
    assert simulate_box_swaps(shore, large).swaps["leave_min"].item() == pytest.approx(114.0)


def test_the_meter_gives_the_shaft_over_the_chain_once(county_of_electric):
    county = county_of_electric
    trips = battery_trips(county, year=2030).filter("can_sail")
    calls = electric_calls(county, year=2030, days=20, seed=3)
    shaft = {round(row["battery_kwh"], 6): row["shaft_kwh"] for row in trips.iter_rows(named=True)}
    charged = charging.simulate(shore_layout(county), calls, behaviour={"efficiency_dc": 0.92}).sessions
    assert charged.height == calls.height > 20
    expected = [shaft[round(energy, 6)] / 0.85 for energy in calls["energy_kwh"]]
    assert charged["meter_kwh"].to_list() == pytest.approx(expected, rel=1e-9)
    swapped = box_swaps(county, calls, spares=12, chargers=8).swaps
    assert swapped["meter_kwh"].to_list() == pytest.approx(expected, rel=1e-9)
    assert set(calls["accept_kw"]) == {583.0, 1200.0}
    wrong = county.with_figures({"river.electric_efficiency": 0.95})
    with pytest.raises(DataError, match=r"electric_efficiency: got 0\.95, shaft over shore meter"):
        battery_trips(wrong, year=2030)


@pytest.fixture(scope="module")
def county_of_electric():
    return load_county("deqing")


def test_a_trip_up_in_june_that_cannot_be_made_is_an_outcome(county_of_electric):
    trips = battery_trips(county_of_electric, year=2030)
    assert trips.height == 2 * 2 * 12
    assert trips["month"].unique().sort().to_list() == list(range(1, 13))
    june = trips.filter(vessel_class="electric_1000", month=6)
    up, down = (june.filter(direction=way).row(0, named=True) for way in ("up", "down"))
    assert not up["can_sail"]
    assert up["battery_kwh"] > up["usable_kwh"] == pytest.approx(0.85 * 1458.0)
    assert down["can_sail"]
    assert down["shaft_kwh"] < up["shaft_kwh"]
    january = trips.filter(vessel_class="electric_1000", month=1, direction="up").row(0, named=True)
    assert january["shaft_kwh"] < up["shaft_kwh"]
    # such trips give no call
    calls = electric_calls(county_of_electric, year=2030, days=30, seed=1, start=dt.date(2030, 6, 1))
    small = calls.filter(vehicle_class="electric_1000")
    assert small["energy_kwh"].n_unique() == 1
    assert small["energy_kwh"][0] == pytest.approx(down["battery_kwh"])
    far = county_of_electric.with_figures({"river.electric_from_km": 450.0})
    with pytest.raises(DataError, match=r"a trip ends at 510 km; expected -266\.5 to 461 km"):
        battery_trips(far, year=2030)


def test_battery_vessels_wait_at_locks_on_their_way(county_of_electric):
    near = county_of_electric.with_figures({"river.electric_from_km": -30.0})
    longer = near.with_figures({"river.lock_wait_h_2030": near.figure("river.lock_wait_h_2030") + 10.0})
    one, other = (battery_trips(county, year=2030) for county in (near, longer))
    assert (other["shaft_kwh"] - one["shaft_kwh"]).to_list() == pytest.approx([150.0] * one.height)


def test_the_transformer_bounds_both_ways():
    county = load_county("deqing")
    calls = electric_calls(county, year=2030, days=21, seed=4)
    limit = county.figure("river.electric_transformer_kw")
    loads = {
        "charging": charging.simulate(shore_layout(county, chargers=6), calls).load,
        "swapping": box_swaps(county, calls, spares=12).load,
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
    less = found.binds[0]
    assert (less.key, less.figures["way"].key, less.figures["step"].key) == ("way_less", "way_charging", "step_charger")
    assert less.figures["value"] == Shown(120.0, 108.0, 132.0)
    assert any(one.figures["step"].figures.get("boxes") == BOX_STEP for one in found.binds)
    assert {"p95_wait_min_low", "p95_wait_min_high", "meets"} <= set(found.frontier.columns)
    tight = size_shore(evaluate, [Goal("p95_wait_min", "<=", 66.0)], budget={"chargers": 1, "boxes": 4})
    assert not tight.feasible
    assert (tight.binds[0].key, str(tight.binds[0].figures["goal"])) == ("way_misses", "p95_wait_min<=66")
    without = size_shore(evaluate, [Goal("p95_wait_min", "<=", 1.0)], budget={"boxes": 0})
    assert without.binds[1].key == "way_nothing_to_try"
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
