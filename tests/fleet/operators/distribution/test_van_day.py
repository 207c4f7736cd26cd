"""Simulated days of vans: without chance they are the routes; traffic, cold, guns that are taken, and slack."""

from dataclasses import replace

import polars as pl
import pytest

from fleet.operators.consumption import Climate, Consumption
from fleet.operators.day_chance import COMPLETED, DUTY_ENDS, EMPTY, LATE, DayChance
from fleet.operators.distribution.routing import ROUTES
from fleet.operators.distribution.van_day import VanDay, simulated_van_days
from fleet.operators.distribution.vans import Van

STILL = DayChance(traffic_cv=0.0, trip_cv=0.0, temperature_sd_k=0.0, late_min=5.0)
VAN = Van(
    parcels=100.0,
    payload_kg=500.0,
    usable_kwh=30.0,
    reserve_kwh=5.0,
    kwh_per_km=0.5,
    charge_kw=20.0,
    start_min=420.0,
    shift_min=240.0,
    load_min=30.0,
    drop_min=10.0,
    parcel_min=0.0,
    cny_day=100.0,
    cny_km=0.5,
    cny_h=30.0,
)
MILD = Climate(20.0, 0.0, 35.0, 16.0, 24.0, heating_kw_per_k=0.3, cooling_kw_per_k=0.3)
DAY = VanDay(VAN, Consumption(0.5, 1.5, 0.5, 0.5, 0.85, 0.6, MILD), guns=1, slack_share=0.0)
# two tours of 20 km each way, 20 min each; the second one needs what is charged while loading
ROUTE = [
    ("depot", 420.0, 450.0, 0.0, 0.0, None, None, 0, 0.0, 0.0, 30.0),
    ("a", 480.0, 490.0, 20.0, 30.0, 470.0, 490.0, 90, 90.0, 0.0, 20.0),
    ("depot", 520.0, 550.0, 20.0, 30.0, None, None, 0, 0.0, 10.0, 20.0),
    ("b", 560.0, 570.0, 10.0, 10.0, 540.0, 600.0, 90, 90.0, 0.0, 15.0),
    ("depot", 580.0, 580.0, 10.0, 10.0, None, None, 0, 0.0, 0.0, 10.0),
]


def routes(vans=1):
    rows = [(van, stop, *row) for van in range(vans) for stop, row in enumerate(ROUTE)]
    return pl.DataFrame(rows, schema=ROUTES, orient="row")


def run(day=DAY, chance=STILL, *, vans=1, days=1, temperature_c=20.0):
    found = simulated_van_days(routes(vans), day, chance, temperature_c=temperature_c, days=days)
    assert found.schema == DUTY_ENDS
    return found


def test_without_chance_the_day_is_the_route():
    found = run().row(0, named=True)
    assert found["outcome"] == COMPLETED
    assert found["late_min"] == 0.0
    assert found["least_kwh"] == pytest.approx(10.0)


def test_a_van_that_is_late_at_a_window_or_its_shift_s_end_is_late():
    # the ways of the first tour take 25 % longer: 7.5 min after the plan, within the window of 10
    slow = replace(DAY, slack_share=-0.2)
    assert run(slow).row(0, named=True)["outcome"] == COMPLETED
    slower = replace(DAY, slack_share=-0.4)  # 50 min instead of 30: 10 min after the window
    found = run(slower).row(0, named=True)
    assert (found["outcome"], found["late_min"]) == (LATE, pytest.approx(10.0))
    short = replace(DAY, van=replace(VAN, shift_min=150.0))
    assert run(short).row(0, named=True)["late_min"] == pytest.approx(10.0)


def test_cold_takes_energy_and_a_van_may_stop_on_its_way():
    # the heater takes 4.8 kW at 0 degrees: 1.3 h of driving
    cold = run(temperature_c=0.0).row(0, named=True)
    assert cold["outcome"] == COMPLETED
    assert cold["least_kwh"] < 10.0
    weak = replace(DAY, van=replace(VAN, usable_kwh=9.0))
    assert run(weak).row(0, named=True)["outcome"] == EMPTY


def test_guns_that_are_taken_make_the_next_van_wait_for_what_it_needs():
    both = run(vans=2)
    # each needs 10 kWh at 20 kW: half an hour, one after the other
    assert both["late_min"].to_list() == [0.0, 0.0]
    late = replace(DAY, van=replace(VAN, shift_min=165.0))
    assert run(late, vans=2)["outcome"].to_list() == [COMPLETED, LATE]
    assert run(replace(late, guns=2), vans=2)["outcome"].to_list() == [COMPLETED, COMPLETED]


def test_traffic_is_drawn_by_day_and_slack_takes_it_up():
    jam = replace(STILL, traffic_cv=0.5)
    days = run(chance=jam, days=40)
    late = days.filter(outcome=LATE).height
    assert 0 < late < 40
    assert days.equals(run(chance=jam, days=40))
    assert run(replace(DAY, slack_share=0.5), jam, days=40).filter(outcome=LATE).height < late
