"""Cases of AC piles, curves and input from public trackers and a hostile reading, named as they are known there."""

import polars as pl
import pytest

import charging
from data.errors import DataError

FLOATS = (
    "gun_amps", "transformer_kw", "opens_min", "closes_min", "pile_kw", "volts",
    "arrive_min", "energy_kwh", "accept_kw", "battery_kwh", "soc_start", "patience_min", "overstay_min", "leave_by_min",
)  # fmt: skip
TEXTS = ("town", "origin", "vehicle_class")
WHOLE = ("max_queue", "phases", "follows")


def table(rows, base):
    rows = [{**base, **row} for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    types = dict.fromkeys(FLOATS, pl.Float64) | dict.fromkeys(TEXTS, pl.String) | dict.fromkeys(WHOLE, pl.Int64)
    return pl.DataFrame(
        [{name: row.get(name) for name in names} for row in rows],
        schema_overrides={name: kind for name, kind in types.items() if name in names},
    )


def layout(*rows):
    base = {
        "station_id": "S", "group_id": "g", "town": None, "current": "dc", "pile_kw": 60.0, "piles": 1,
        "guns_per_pile": 1, "sharing": "exclusive", "gun_amps": None, "transformer_kw": None,
    }  # fmt: skip
    return table(rows or [{}], base)


def requests(*rows):
    base = {
        "arrive_min": 0.0, "origin": None, "current": "dc", "energy_kwh": 20.0, "accept_kw": 60.0,
        "vehicle_class": None, "battery_kwh": None, "soc_start": None, "patience_min": None, "max_queue": None,
        "overstay_min": None,
    }  # fmt: skip
    return table([{"request_id": number, **row} for number, row in enumerate(rows)], base)


def vehicle(**values):
    base = {
        "vehicle_class": "car", "pack_voltage_v": 350.0, "ac_kw": None, "curve_soc": None, "curve_share": None,
        "efficiency_dc": 1.0, "efficiency_ac": 1.0,
    }  # fmt: skip
    kinds = {"curve_soc": pl.List(pl.Float64), "curve_share": pl.List(pl.Float64), "ac_kw": pl.Float64}
    return pl.DataFrame([{**base, **values}], schema_overrides=kinds)


def roads(*rows):
    return pl.DataFrame(rows, schema=["origin", "station_id", "minutes", "km"], orient="row")


def outages(*rows):
    return pl.DataFrame(rows, schema=["station_id", "group_id", "pile", "start_min", "end_min"], orient="row")


def only(frame, column):
    return frame[column].to_list()


def test_c01_an_ac_pile_draws_its_rating_at_the_meter():
    found = charging.simulate(
        layout({"current": "ac", "pile_kw": 7.0}),
        requests({"current": "ac", "accept_kw": 7.0, "energy_kwh": 7.0}),
        behaviour={"efficiency_ac": 0.9},
    )
    session = found.sessions.row(0, named=True)
    assert session["full_min"] == pytest.approx(66.0 + 2.0 / 3.0)
    assert session["meter_kwh"] == pytest.approx(7.0 / 0.9)
    assert session["peak_kw"] == pytest.approx(7.0)


@pytest.mark.parametrize(("volts", "minutes"), [(230.0, 60.0), (220.0, 62.5)])
def test_c02_three_phases_of_ac_are_amps_by_volts_of_the_layout(volts, minutes):
    group = {"current": "ac", "pile_kw": 22.0, "gun_amps": 32.0, "phases": 3, "volts": volts}
    ask = requests({"current": "ac", "accept_kw": 22.0, "energy_kwh": 22.0, "vehicle_class": "car"})
    found = charging.simulate(layout(group), ask, vehicles=vehicle(ac_kw=22.0))
    assert only(found.sessions, "full_min") == pytest.approx([minutes], rel=1e-9)


def test_c02_a_single_phase_gun_of_16_a_gives_3_7_kw():
    group = {"current": "ac", "pile_kw": 7.0, "gun_amps": 16.0, "phases": 1, "volts": 230.0}
    ask = requests({"current": "ac", "accept_kw": 7.0, "energy_kwh": 3.68, "vehicle_class": "car"})
    found = charging.simulate(layout(group), ask, vehicles=vehicle(ac_kw=7.0))
    assert only(found.sessions, "full_min") == pytest.approx([60.0])


def test_c02_amps_count_for_nothing_on_ac_where_phases_and_volts_are_not_known():
    ask = requests({"current": "ac", "accept_kw": 22.0, "energy_kwh": 22.0, "vehicle_class": "car"})
    found = charging.simulate(
        layout({"current": "ac", "pile_kw": 22.0, "gun_amps": 32.0}), ask, vehicles=vehicle(ac_kw=22.0)
    )
    assert only(found.sessions, "full_min") == pytest.approx([60.0])


@pytest.mark.parametrize(("efficiency", "hours"), [(0.89, 39.9 / (7.0 * 0.89)), (1.0, 39.9 / 6.6)])
def test_w1_the_curve_bounds_dc_power_and_ac_is_the_least_of_board_pile_and_that(efficiency, hours):
    curve = {"curve_soc": [0.0, 0.5, 0.8, 1.0], "curve_share": [1.0, 1.0, 0.5, 0.2]}  # 84 kW DC: 42 kW at 80 %
    cars = vehicle(ac_kw=6.6, efficiency_ac=efficiency, **curve).with_columns(dc_kw=84.0)
    ask = requests(
        {"current": "ac", "energy_kwh": 39.9, "accept_kw": 6.6, "battery_kwh": 57.0, "soc_start": 0.2,
         "vehicle_class": "car"}
    )  # fmt: skip
    found = charging.simulate(layout({"current": "ac", "pile_kw": 7.0}), ask, vehicles=cars)
    assert only(found.sessions, "full_min") == pytest.approx([60.0 * hours])
    assert hours == pytest.approx({0.89: 6.40, 1.0: 6.05}[efficiency], abs=0.005)


def test_w6_a_pile_that_is_always_in_use_has_an_energy_utilisation_of_one():
    ask = requests({"current": "ac", "accept_kw": 11.0, "energy_kwh": 7.0 * 24.0 * 0.89})
    found = charging.simulate(layout({"current": "ac", "pile_kw": 7.0}), ask, behaviour={"efficiency_ac": 0.89})
    assert only(found.stations, "energy_utilisation_share") == pytest.approx([1.0])


@pytest.mark.parametrize(("start", "end", "minutes"), [(0.2, 0.8, 34.575), (0.1, 0.9, 49.558), (0.1, 1.0, 62.344)])
def test_c13_the_curve_of_a_real_car_may_end_high(start, end, minutes):
    """Leaf 40: 38 kWh, 41, 45, 36 and 15 kW at SOC 0, 0.62, 0.65 and 1."""
    cars = vehicle(curve_soc=[0.0, 0.62, 0.65, 1.0], curve_share=[41 / 45, 1.0, 36 / 45, 15 / 45])
    ask = requests(
        {"energy_kwh": 38.0 * (end - start), "accept_kw": 45.0, "battery_kwh": 38.0, "soc_start": start,
         "vehicle_class": "car"}
    )  # fmt: skip
    found = charging.simulate(layout({"pile_kw": 400.0}), ask, vehicles=cars)
    assert only(found.sessions, "full_min") == pytest.approx([minutes], abs=1e-3)


def test_c11_no_stations_serve_nobody():
    found = charging.simulate(layout({}).clear(), requests({}, {"arrive_min": 5.0}))
    assert only(found.sessions, "outcome") == ["unserved", "unserved"]


@pytest.mark.parametrize("arrive", [1.74e12, 2.9e7])
def test_c12_minutes_since_1970_are_no_minutes_since_the_start(arrive):
    with pytest.raises(DataError, match="arrive_min.*minutes since the start"):
        charging.simulate(layout({}), requests({"arrive_min": arrive}))
