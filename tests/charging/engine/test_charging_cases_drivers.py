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


@pytest.mark.parametrize(("opens", "closes"), [(0.0, 1440.0), (0.0, 0.0), (360.0, 360.0), (None, None)])
def test_c04_c05_w8_open_all_day_throws_nobody_out_at_midnight(opens, closes):
    ask = requests({"arrive_min": 1430.0, "energy_kwh": 60.0}, {"arrive_min": 1435.0, "energy_kwh": 10.0})
    group = {} if opens is None else {"opens_min": opens, "closes_min": closes}
    found = charging.simulate(layout(group), ask)
    assert only(found.sessions, "outcome") == ["served", "served"]
    assert only(found.sessions, "plug_min") == [1430.0, 1490.0]
    assert found.sessions["wait_min"][1] == 55.0


def test_w7_a_closed_station_is_no_alternative():
    ask = requests({"energy_kwh": 60.0, "origin": "o"}, {"arrive_min": 1.0, "origin": "o", "energy_kwh": 10.0})
    ways = roads(("o", "a", 0.0, 0.0), ("o", "b", 2.0, 1.0), ("a", "b", 2.0, 1.0), ("b", "a", 2.0, 1.0))
    stations = layout(
        {"station_id": "a"}, {"station_id": "b", "group_id": "h", "opens_min": 600.0, "closes_min": 1200.0}
    )
    found = charging.simulate(stations, ask, ways, behaviour={"information": "arrival"})
    assert only(found.sessions, "outcome") == ["served", "served"]
    assert found.sessions["wait_min"][1] == 59.0


@pytest.mark.parametrize(
    ("group", "pile", "end", "plug"),
    [({"piles": 2}, 1, 1000.0, 60.0), ({"piles": 1}, 0, 100.0, 100.0),
     ({"piles": 2, "guns_per_pile": 2, "sharing": "dynamic"}, 1, 1000.0, 60.0)],
)  # fmt: skip
def test_c03_a_reservation_ends_when_its_pile_fails(group, pile, end, plug):
    found = charging.simulate(
        layout(group),
        requests({"origin": "far", "energy_kwh": 10.0}),
        roads(("far", "S", 60.0, 50.0)),
        behaviour={"queue_rule": "reservation"},
        outages=outages(("S", "g", 0, 10.0, end)),
    )
    assert only(found.sessions, "pile") == [pile]
    assert only(found.sessions, "plug_min") == [plug]


def test_w9_who_booked_a_pile_that_failed_takes_another():
    found = charging.simulate(
        layout({"piles": 2}),
        requests({"origin": "far", "energy_kwh": 10.0}),
        roads(("far", "S", 20.0, 20.0)),
        behaviour={"queue_rule": "reservation"},
        outages=outages(("S", "g", 0, 5.0, 500.0)),
    )
    assert only(found.sessions, "pile") == [1]
    assert only(found.sessions, "plug_min") == [20.0]


def test_w11_patience_that_ends_as_another_arrives_is_the_same_in_both_engines():
    ask = requests(
        {"arrive_min": 0.0, "energy_kwh": 60.0},
        {"arrive_min": 10.0, "energy_kwh": 60.0, "patience_min": 20.0},
        {"arrive_min": 30.0, "energy_kwh": 60.0, "max_queue": 1},
    )
    rows = [charging.simulate(layout({}), ask, engine=engine).sessions for engine in ("simpy", "compiled")]
    assert only(rows[0], "outcome") == only(rows[1], "outcome")
    assert rows[0]["leave_min"].to_list() == pytest.approx(rows[1]["leave_min"].to_list())


def test_w12_a_driver_expects_the_wait_that_the_gun_makes():
    """A 240 kW car at a busy 60 kW pile expects an hour, not a quarter: it drives the 30 min to the free pile."""
    ask = requests(
        {"energy_kwh": 60.0, "origin": "o", "accept_kw": 240.0},
        {"arrive_min": 1.0, "energy_kwh": 60.0, "origin": "o", "accept_kw": 240.0},
    )
    ways = roads(("o", "a", 0.0, 0.0), ("o", "b", 30.0, 20.0), ("a", "b", 30.0, 20.0), ("b", "a", 30.0, 20.0))
    stations = layout({"station_id": "a"}, {"station_id": "b", "group_id": "h"})
    found = charging.simulate(stations, ask, ways, behaviour={"information": "arrival"})
    assert only(found.sessions, "station_id") == ["a", "b"]
