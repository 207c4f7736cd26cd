"""Cases from public trackers and from a hostile reading, each with its right value; named as they are known there."""

import polars as pl
import pytest

import charging

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


def test_c14_a_driver_leaves_at_a_set_time_full_or_not():
    ask = requests(
        {"energy_kwh": 30.0, "leave_by_min": 30.0},
        {"energy_kwh": 30.0, "leave_by_min": 30.0},
        {"arrive_min": 30.0, "energy_kwh": 10.0},
    )
    found = charging.simulate(layout({"guns_per_pile": 2, "sharing": "dynamic"}), ask).sessions
    assert only(found, "energy_kwh") == pytest.approx([15.0, 15.0, 10.0])
    assert only(found, "unmet_kwh") == pytest.approx([15.0, 15.0, 0.0])
    assert only(found, "outcome") == ["served"] * 3
    assert found["plug_min"][2] == 30.0


def test_c14_at_a_pile_that_stands_alone_too():
    ask = requests({"energy_kwh": 60.0, "leave_by_min": 30.0}, {"arrive_min": 10.0, "energy_kwh": 10.0})
    found = charging.simulate(layout({}), ask).sessions
    assert only(found, "energy_kwh") == pytest.approx([30.0, 10.0])
    assert found["plug_min"][1] == 30.0


def test_c14_who_must_leave_before_a_gun_is_free_reneges():
    ask = requests({"energy_kwh": 60.0}, {"arrive_min": 10.0, "energy_kwh": 10.0, "leave_by_min": 40.0})
    found = charging.simulate(layout({}), ask).sessions
    assert only(found, "outcome") == ["served", "reneged"]
    assert found["leave_min"][1] == 40.0


def test_c22_a_session_without_energy_holds_the_gun():
    ask = requests({"energy_kwh": 0.0, "overstay_min": 45.0}, {"arrive_min": 5.0, "energy_kwh": 10.0})
    found = charging.simulate(layout({}), ask).sessions
    assert only(found, "outcome") == ["served", "served"]
    assert only(found, "plug_min") == [0.0, 45.0]
