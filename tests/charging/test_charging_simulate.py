"""Stations, queues, sharing and drivers in hand-solved cases."""

import polars as pl
import pytest

from charging import Behaviour, check_accounts, simulate
from charging.power.curves import Curve, charge_minutes
from data.errors import DataError

DUAL = {"pile_kw": 120.0, "guns_per_pile": 2, "sharing": "dynamic"}
CURVE = Curve((0.0, 0.1, 0.3, 0.5, 0.8, 1.0), (0.6, 1.0, 1.0, 0.95, 0.5, 0.05))


def column(result, name):
    return result.sessions[name].to_list()


def travel_of(rows):
    return pl.DataFrame(rows, schema=["origin", "station_id", "minutes", "km"], orient="row").cast(
        {"minutes": pl.Float64, "km": pl.Float64}
    )


def test_two_cars_on_a_dual_gun_pile(make_layout, make_requests):
    # A alone at 90 kW for 10 min (15 kWh); both at 60 kW until A has 40 kWh: 25 min; then B takes its 70 kW.
    requests = make_requests(
        {"arrive_min": 0, "energy_kwh": 40, "accept_kw": 90},
        {"arrive_min": 10, "energy_kwh": 60, "accept_kw": 70},
    )
    result = simulate(make_layout(DUAL), requests)
    assert column(result, "full_min") == pytest.approx([35, 35 + 35 / 70 * 60])
    assert column(result, "wait_min") == [0, 0]
    assert column(result, "peak_kw") == pytest.approx([90, 70])
    assert check_accounts(result, requests)["holds"].all()


@pytest.mark.parametrize(
    ("sharing", "full"),
    [
        ("equal", [10 + 25 / 60 * 60, 35 + 35 / 70 * 60]),
        ("sequential", [40 / 90 * 60, 40 / 90 * 60 + 60 / 70 * 60]),
        ("exclusive", [40 / 90 * 60, 40 / 90 * 60 + 60 / 70 * 60]),
    ],
)
def test_other_ways_of_sharing(make_layout, make_requests, sharing, full):
    requests = make_requests(
        {"arrive_min": 0, "energy_kwh": 40, "accept_kw": 90},
        {"arrive_min": 10, "energy_kwh": 60, "accept_kw": 70},
    )
    result = simulate(make_layout({**DUAL, "sharing": sharing}), requests)
    assert column(result, "full_min") == pytest.approx(full)
    waits = {"exclusive": 40 / 90 * 60 - 10}.get(sharing, 0.0)
    assert column(result, "wait_min")[1] == pytest.approx(waits)


def test_a_station_limit_that_binds(make_layout, make_requests):
    # 100 kW for three cars of 60 kW: 60; 50+50; 33.3 each; then they leave one by one.
    layout = make_layout({"piles": 3, "transformer_kw": 100.0})
    requests = make_requests(*({"arrive_min": 6.0 * number, "energy_kwh": 20} for number in range(3)))
    result = simulate(layout, requests)
    # 0-6: A 6; 6-12: A, B 5 each; then 33.3 kW each: A needs 9 more: 16.2 min -> 28.2
    assert column(result, "full_min")[0] == pytest.approx(28.2)
    # B has 5 + 9 = 14 at 28.2, needs 6 at 50 kW: 7.2 -> 35.4; C has 9 + 6 = 15, needs 5 at 60 kW: 5 -> 40.4
    assert column(result, "full_min")[1:] == pytest.approx([35.4, 40.4])
    assert result.load["mean_kw"].max() <= 100 + 1e-9
    assert check_accounts(result, requests)["holds"].all()


def vehicles_frame():
    return pl.DataFrame(
        {
            "vehicle_class": ["car/A"],
            "pack_voltage_v": [360.0],
            "ac_kw": [6.6],
            "curve_soc": [list(CURVE.soc)],
            "curve_share": [list(CURVE.power_share)],
            "efficiency_dc": [0.92],
            "efficiency_ac": [0.89],
        }
    )


def car(arrive, start, end, **changes):
    return {
        "arrive_min": arrive,
        "energy_kwh": 55 * (end - start),
        "battery_kwh": 55.0,
        "soc_start": start,
        "accept_kw": 90.0,
        "vehicle_class": "car/A",
        **changes,
    }


@pytest.mark.parametrize(("pile_kw", "amps", "cap"), [(120.0, None, 120), (120.0, 200.0, 72), (30.0, 250.0, 30)])
def test_a_curve_under_gun_and_pile_limits(make_layout, make_requests, pile_kw, amps, cap):
    layout = make_layout({"pile_kw": pile_kw, "gun_amps": amps})
    result = simulate(layout, make_requests(car(5, 0.2, 0.9)), vehicles=vehicles_frame())
    minutes = charge_minutes(CURVE, battery_kwh=55, vehicle_kw=90, gun_kw=cap, soc=0.2, end_soc=0.9)
    assert column(result, "full_min") == pytest.approx([5 + minutes], abs=1e-9)
    assert column(result, "energy_kwh") == pytest.approx([38.5], abs=1e-9)
    assert column(result, "meter_kwh") == pytest.approx([38.5 / 0.92], abs=1e-9)


def test_undisturbed_by_others_with_room_for_all(make_layout, make_requests):
    rows = [car(3.7 * number, 0.05 + 0.1 * number, 0.95) for number in range(5)]
    layout = make_layout({**DUAL, "pile_kw": 500.0, "guns_per_pile": 5, "transformer_kw": 1000.0})
    result = simulate(layout, make_requests(*rows), vehicles=vehicles_frame())
    for row, full in zip(rows, column(result, "full_min"), strict=True):
        minutes = charge_minutes(CURVE, battery_kwh=55, vehicle_kw=90, gun_kw=1000, soc=row["soc_start"], end_soc=0.95)
        assert full == pytest.approx(row["arrive_min"] + minutes, abs=1e-7)


def test_slow_charging_goes_by_the_on_board_charger(make_layout, make_requests):
    layout = make_layout({"current": "ac", "pile_kw": 7.0})
    result = simulate(layout, make_requests(car(0, 0.2, 0.5, current="any")), vehicles=vehicles_frame())
    # the pile's 7 kW are at its meter, and 89 % of them reach the battery: less than the 6.6 kW on board
    assert column(result, "full_min") == pytest.approx([16.5 / (7.0 * 0.89) * 60])
    assert column(result, "meter_kwh") == pytest.approx([16.5 / 0.89])


def test_the_free_gun_with_most_power_is_taken(make_layout, make_requests):
    layout = make_layout({"pile_kw": 30.0}, DUAL)
    requests = make_requests(*({"arrive_min": number, "energy_kwh": 50, "accept_kw": 70} for number in range(3)))
    assert column(simulate(layout, requests), "group_id") == ["g1", "g1", "g0"]


def test_overstay_blocks_the_gun_and_patience_ends(make_layout, make_requests):
    requests = make_requests(
        {"arrive_min": 0, "energy_kwh": 60, "overstay_min": 30},
        {"arrive_min": 10, "energy_kwh": 60, "patience_min": 20},
        {"arrive_min": 20, "energy_kwh": 60, "patience_min": 200},
        {"arrive_min": 25, "energy_kwh": 60, "max_queue": 2},
    )
    result = simulate(make_layout(), requests)
    assert column(result, "outcome") == ["served", "reneged", "served", "balked"]
    assert column(result, "wait_min") == pytest.approx([0, 20, 70, 0])
    assert column(result, "leave_min") == pytest.approx([90, 30, 150, 25])


def test_a_driver_goes_on_to_the_next_station(make_layout, make_requests):
    layout = make_layout({"station_id": "a"}, {"station_id": "b"}, {"station_id": "c"})
    travel = travel_of(
        [
            ("t", "a", 5, 3),
            ("t", "b", 9, 6),
            ("t", "c", 20, 15),
            ("a", "b", 6, 4),
            ("a", "c", 30, 20),
            ("b", "c", 7, 5),
        ]
    )
    rows = [{"arrive_min": 0, "energy_kwh": 60, "origin": "t", "max_queue": 0} for _ in range(4)]
    result = simulate(layout, make_requests(*rows), travel, behaviour={"information": "nearest", "max_tries": 3})
    assert column(result, "station_id") == ["a", "b", "c", "c"]
    assert column(result, "outcome") == ["served", "served", "served", "unserved"]
    assert column(result, "tries") == [1, 2, 3, 3]
    assert column(result, "travel_min") == [5, 11, 18, 18]
    assert column(result, "travel_km") == [3, 7, 12, 12]
    two = simulate(layout, make_requests(*rows), travel, behaviour={"information": "nearest", "max_tries": 2})
    assert column(two, "outcome") == ["served", "served", "unserved", "unserved"]


def test_information_decides_where_to_go(make_layout, make_requests):
    layout = make_layout({"station_id": "a"}, {"station_id": "b"})
    travel = travel_of([("t", "a", 5, 3), ("t", "b", 9, 6), ("a", "b", 6, 4), ("b", "a", 6, 4)])
    requests = make_requests(*({"arrive_min": 10 * n, "energy_kwh": 60, "origin": "t"} for n in range(2)))
    for information, station, minutes in [("nearest", "a", 5), ("arrival", "b", 11), ("live", "b", 9)]:
        result = simulate(layout, requests, travel, behaviour=Behaviour(information=information))
        assert column(result, "station_id")[1] == station, information
        assert column(result, "travel_min")[1] == minutes
        assert column(result, "outcome") == ["served", "served"]


def test_the_direction_of_the_road_is_kept(make_layout, make_requests):
    layout = make_layout({"station_id": "east"}, {"station_id": "west"})
    travel = travel_of([("s8-east", "east", 1, 1), ("east", "west", 2, 2), ("west", "east", 2, 2)])
    rows = [{"arrive_min": n, "energy_kwh": 60, "origin": "s8-east", "max_queue": 0} for n in range(2)]
    assert column(simulate(layout, make_requests(*rows), travel), "outcome") == ["served", "balked"]


def test_no_station_for_this_current(make_layout, make_requests):
    result = simulate(make_layout(), make_requests({"arrive_min": 0, "energy_kwh": 6, "current": "ac"}))
    assert column(result, "outcome") == ["unserved"]
    assert column(result, "tries") == [0]


def test_time_of_use_bill(make_layout, make_requests):
    tariff = pl.DataFrame({"start_min": [0.0, 60.0], "cny_per_kwh": [0.5, 1.0]})
    requests = make_requests({"arrive_min": 30, "energy_kwh": 60})
    result = simulate(make_layout(), requests, tariff=tariff, behaviour={"efficiency_dc": 0.9})
    assert column(result, "cost_cny") == pytest.approx([(30 * 0.5 + 30 * 1.0) / 0.9])


def test_waits_do_not_depend_on_the_interval_of_the_load(make_layout, make_requests):
    rows = [{"arrive_min": 7.3 * n, "energy_kwh": 15 + n % 7} for n in range(60)]
    results = [
        simulate(make_layout({"piles": 2}), make_requests(*rows), behaviour={"interval_min": step})
        for step in (1.0, 5.0, 15.0)
    ]
    assert results[0].sessions.equals(results[1].sessions)
    assert results[0].sessions.equals(results[2].sessions)
    totals = [result.load["meter_kwh"].sum() for result in results]
    assert totals == pytest.approx([totals[0]] * 3)


def test_an_empty_table_of_requests(make_layout, make_requests):
    requests = make_requests({"arrive_min": 0, "energy_kwh": 1}).clear()
    result = simulate(make_layout(), requests)
    assert result.sessions.height == 0
    assert result.load.height == 0
    assert result.stations["arrivals"].to_list() == [0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda lay, req: simulate(lay, req, engine="simpi"), "Did you mean 'simpy'"),
        (lambda lay, req: simulate(lay, req, behaviour={"max_trys": 2}), "Did you mean 'max_tries'"),
        (lambda lay, req: simulate(lay, req, behaviour={"max_tries": 0}), "max_tries: got 0"),
        (lambda lay, req: simulate(lay, req, behaviour={"information": "nearst"}), "Did you mean 'nearest'"),
        (lambda lay, req: simulate(lay, req, behaviour={"efficiency_ac": 1.2}), "efficiency_ac: got 1.2"),
        (lambda lay, req: simulate(lay, req, behaviour={"wait_weight": -1}), "wait_weight: got -1"),
        (lambda lay, req: simulate(lay, req, behaviour={"interval_min": 0}), "interval_min: got 0"),
        (lambda lay, req: simulate(lay.with_columns(pile_kw=-1.0), req), "pile_kw"),
        (lambda lay, req: simulate(lay.with_columns(sharing=pl.lit("fair")), req), "sharing"),
        (lambda lay, req: simulate(lay.drop("piles"), req), "piles"),
        (lambda lay, req: simulate(lay, req.with_columns(energy_kwh=-1.0)), "energy_kwh"),
        (lambda lay, req: simulate(lay, pl.concat([req, req])), "request_id"),
        (
            lambda lay, req: simulate(lay, req.with_columns(origin=pl.lit("x")), travel_of([("t", "s", 1, 1)])),
            "origin, request_id 0: got 'x'",
        ),
        (
            lambda lay, req: simulate(lay, req.with_columns(vehicle_class=pl.lit("car/B")), vehicles=vehicles_frame()),
            "Did you mean 'car/A'",
        ),
        (
            lambda lay, req: simulate(lay, req, tariff=pl.DataFrame({"start_min": [60.0], "cny_per_kwh": [1.0]})),
            "start_min must start at 0",
        ),
    ],
)
def test_bad_input_is_named(make_layout, make_requests, call, message):
    with pytest.raises(DataError, match=message):
        call(make_layout(), make_requests({"arrive_min": 0, "energy_kwh": 6}))
