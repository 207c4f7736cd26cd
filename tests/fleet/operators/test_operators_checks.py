"""The independent checks of buses and vans on plans by hand: each fault has its line, and a right plan has none."""

import numpy as np
import polars as pl
import pytest

from fleet.operators.buses.activities import ACTIVITIES
from fleet.operators.buses.battery_blocks import BusBattery
from fleet.operators.buses.block_check import check_blocks
from fleet.operators.distribution.deliveries import DROPS
from fleet.operators.distribution.route_check import check_routes
from fleet.operators.distribution.routing import ROUTES
from fleet.operators.distribution.vans import Van
from fleet.operators.ways import Ways

BATTERY = BusBattery(usable_kwh=100.0, reserve_kwh=20.0, depot_kw=60.0, plug_min=10.0, least_depot_min=30.0)
TRIPS = pl.DataFrame({"trip": ["t0", "t1"], "start_min": [400.0, 500.0], "end_min": [430.0, 530.0]}).with_columns(
    from_stop=pl.lit("a"), to_stop=pl.lit("a"), km=pl.lit(10.0)
)
DAY = (
    # activity, trip, from, to, places, km, used, charged, left
    (0, "pull_out", None, 390.0, 400.0, "depot", "a", 5.0, 5.0, 0.0, 95.0),
    (0, "trip", "t0", 400.0, 430.0, "a", "a", 10.0, 10.0, 0.0, 85.0),
    (0, "trip", "t1", 500.0, 530.0, "a", "a", 10.0, 10.0, 0.0, 75.0),
    (0, "pull_in", None, 530.0, 540.0, "a", "depot", 5.0, 5.0, 0.0, 70.0),
)


def bus_faults(row=None, column=None, value=None, battery=BATTERY, trips=TRIPS):
    """Return the faults of the day with a value in place of another."""
    rows = [list(one) for one in DAY]
    if row is not None:
        rows[row][list(ACTIVITIES).index(column)] = value
    return check_blocks(pl.DataFrame(rows, schema=ACTIVITIES, orient="row"), trips, battery, layover_min=5.0)


def test_a_day_by_hand_is_right():
    assert bus_faults() == []


@pytest.mark.parametrize(
    ("row", "column", "value", "fault"),
    [
        (1, "trip", "t7", "trip t7 is in no timetable"),
        (1, "trip", "t7", "trip t0 is not driven once"),
        (0, "activity", "deadhead", "bus 0: does not begin and end in the depot"),
        (0, "charged_kwh", 20.0, "bus 0: charges 120.0 kW in the depot"),
        (2, "end_min", 499.0, "bus 0: trip ends before it starts"),
        (3, "start_min", 520.0, "bus 0: pull_in at 520.0 begins before 530.0"),
        (3, "from_place", "b", "bus 0: is in a and goes on from b"),
    ],
)
def test_each_fault_of_a_bus_has_its_line(row, column, value, fault):
    assert fault in bus_faults(row, column, value)


def test_a_night_that_is_too_short_for_the_battery_is_said():
    # 30 kWh are missing, and there are 21.33 h less 10 min
    slow = BusBattery(usable_kwh=100.0, reserve_kwh=20.0, depot_kw=1.0, plug_min=10.0, least_depot_min=30.0)
    assert bus_faults(battery=slow) == ["bus 0: misses 8.7 kWh in the morning"]


def test_a_reserve_that_is_touched_is_said():
    deep = BusBattery(usable_kwh=100.0, reserve_kwh=72.0, depot_kw=60.0, plug_min=10.0, least_depot_min=30.0)
    assert bus_faults(battery=deep) == ["bus 0: 70.000 kWh in the battery at 540.0 min"]


VAN = Van(
    parcels=50.0,
    payload_kg=500.0,
    usable_kwh=40.0,
    reserve_kwh=8.0,
    kwh_per_km=0.5,
    charge_kw=20.0,
    start_min=420.0,
    shift_min=300.0,
    load_min=30.0,
    drop_min=5.0,
    parcel_min=0.5,
    cny_day=100.0,
    cny_km=0.5,
    cny_h=30.0,
)
DROP = pl.DataFrame([("p", "t", 0.0, 0.0, 20, 60.0, 480.0, 1020.0)], schema=DROPS, orient="row")
WAYS = Ways(("depot", "p"), np.array([[0.0, 12.0], [12.0, 0.0]]), np.array([[0.0, 10.0], [10.0, 0.0]]))


def van_faults(row=None, column=None, value=None):
    """Return the faults of a tour to one place and back, with a value in place of another."""
    named = {
        "van": [0, 0, 0],
        "stop": [0, 1, 2],
        "place": ["depot", "p", "depot"],
        "arrive_min": [450.0, 480.0, 507.0],
        "leave_min": [468.0, 495.0, 507.0],
        "parcels": [0, 20, 0],
        "kg": [0.0, 60.0, 0.0],
        "km": [0.0, 10.0, 10.0],
        "charged_kwh": [0.0, 0.0, 0.0],
        "battery_kwh": [40.0, 35.0, 30.0],
    }
    if row is not None:
        named[column][row] = value
    return check_routes(pl.DataFrame(named, schema_overrides=ROUTES), DROP, WAYS, VAN)


def test_a_tour_by_hand_is_right():
    assert van_faults() == []


@pytest.mark.parametrize(
    ("row", "column", "value", "fault"),
    [
        (1, "parcels", 19, "p gets 19 parcels, expected 20"),
        (2, "place", "p", "van 0: does not begin and end in the depot"),
        (2, "leave_min", 751.0, "van 0: is away for 301.0 min"),
        (1, "km", 9.0, "van 0: drives 9.0 km to p, the way has 10.0"),
        (2, "arrive_min", 500.0, "van 0: is in depot before the way is over"),
        (1, "arrive_min", 479.0, "van 0: is in p at 479.0 min, outside 480 to 1020"),
        (1, "leave_min", 490.0, "van 0: stays too short a time in p"),
        (1, "parcels", 51, "van 0: carries 51 parcels with 60.0 kg to p"),
        (1, "kg", 501.0, "van 0: carries 20 parcels with 501.0 kg to p"),
        (1, "battery_kwh", 36.0, "van 0: has 36.0 kWh at p, expected 35.0"),
        (2, "battery_kwh", 7.0, "van 0: has 7.00 kWh at depot"),
        (0, "charged_kwh", 7.0, "van 0: charges 7.00 kWh in its stop at depot"),
        (1, "charged_kwh", 1.0, "van 0: charges at p"),
        (1, "place", "depot", "p gets 0 parcels, expected 20"),
    ],
)
def test_each_fault_of_a_van_has_its_line(row, column, value, fault):
    assert fault in van_faults(row, column, value)
