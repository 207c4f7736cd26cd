"""Cases from public trackers and from a hostile reading, each with its right value; named as they are known there."""

import math

import numpy as np
import polars as pl
import pytest

import charging
from data.errors import DataError


def only(frame, column):
    return frame[column].to_list()


@pytest.mark.parametrize(("opens", "closes"), [(0.0, 1440.0), (0.0, 0.0), (360.0, 360.0), (None, None)])
def test_c04_c05_w8_open_all_day_throws_nobody_out_at_midnight(case, opens, closes):
    ask = case.requests({"arrive_min": 1430.0, "energy_kwh": 60.0}, {"arrive_min": 1435.0, "energy_kwh": 10.0})
    group = {} if opens is None else {"opens_min": opens, "closes_min": closes}
    found = charging.simulate(case.layout(group), ask)
    assert only(found.sessions, "outcome") == ["served", "served"]
    assert only(found.sessions, "plug_min") == [1430.0, 1490.0]
    assert found.sessions["wait_min"][1] == 55.0


def test_w7_a_closed_station_is_no_alternative(case):
    ask = case.requests({"energy_kwh": 60.0, "origin": "o"}, {"arrive_min": 1.0, "origin": "o", "energy_kwh": 10.0})
    ways = case.roads(("o", "a", 0.0, 0.0), ("o", "b", 2.0, 1.0), ("a", "b", 2.0, 1.0), ("b", "a", 2.0, 1.0))
    stations = case.layout(
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
def test_c03_a_reservation_ends_when_its_pile_fails(case, group, pile, end, plug):
    found = charging.simulate(
        case.layout(group),
        case.requests({"origin": "far", "energy_kwh": 10.0}),
        case.roads(("far", "S", 60.0, 50.0)),
        behaviour={"queue_rule": "reservation"},
        outages=case.outages(("S", "g", 0, 10.0, end)),
    )
    assert only(found.sessions, "pile") == [pile]
    assert only(found.sessions, "plug_min") == [plug]


def test_w9_who_booked_a_pile_that_failed_takes_another(case):
    found = charging.simulate(
        case.layout({"piles": 2}),
        case.requests({"origin": "far", "energy_kwh": 10.0}),
        case.roads(("far", "S", 20.0, 20.0)),
        behaviour={"queue_rule": "reservation"},
        outages=case.outages(("S", "g", 0, 5.0, 500.0)),
    )
    assert only(found.sessions, "pile") == [1]
    assert only(found.sessions, "plug_min") == [20.0]


def test_w11_patience_that_ends_as_another_arrives_is_the_same_in_both_engines(case):
    ask = case.requests(
        {"arrive_min": 0.0, "energy_kwh": 60.0},
        {"arrive_min": 10.0, "energy_kwh": 60.0, "patience_min": 20.0},
        {"arrive_min": 30.0, "energy_kwh": 60.0, "max_queue": 1},
    )
    rows = [charging.simulate(case.layout({}), ask, engine=engine).sessions for engine in ("simpy", "compiled")]
    assert only(rows[0], "outcome") == only(rows[1], "outcome")
    assert rows[0]["leave_min"].to_list() == pytest.approx(rows[1]["leave_min"].to_list())


def test_w12_a_driver_expects_the_wait_that_the_gun_makes(case):
    """A 240 kW car at a busy 60 kW pile expects an hour, not a quarter: it drives the 30 min to the free pile."""
    ask = case.requests(
        {"energy_kwh": 60.0, "origin": "o", "accept_kw": 240.0},
        {"arrive_min": 1.0, "energy_kwh": 60.0, "origin": "o", "accept_kw": 240.0},
    )
    ways = case.roads(("o", "a", 0.0, 0.0), ("o", "b", 30.0, 20.0), ("a", "b", 30.0, 20.0), ("b", "a", 30.0, 20.0))
    stations = case.layout({"station_id": "a"}, {"station_id": "b", "group_id": "h"})
    found = charging.simulate(stations, ask, ways, behaviour={"information": "arrival"})
    assert only(found.sessions, "station_id") == ["a", "b"]


@pytest.mark.whole
def test_w11_at_piles_that_share_too(case):
    shared = {"guns_per_pile": 2, "sharing": "dynamic"}
    ask = case.requests(
        {"energy_kwh": 60.0},
        {"energy_kwh": 60.0},
        {"arrive_min": 10.0, "energy_kwh": 60.0, "patience_min": 20.0},
        {"arrive_min": 30.0, "energy_kwh": 60.0, "max_queue": 1},
    )
    rows = [charging.simulate(case.layout(shared), ask, engine=engine).sessions for engine in ("simpy", "compiled")]
    assert only(rows[0], "outcome") == only(rows[1], "outcome") == ["served", "served", "reneged", "balked"]


def test_w11_random_whole_minutes_are_the_same_in_both_engines(case):
    rng = np.random.default_rng(7)
    for _ in range(40):
        rows = [
            {
                "arrive_min": float(rng.integers(0, 200)),
                "energy_kwh": float(rng.integers(5, 60)),
                "patience_min": float(rng.integers(0, 60)),
                "max_queue": int(rng.integers(0, 5)),
                "overstay_min": float(rng.integers(0, 10)),
            }
            for _ in range(40)
        ]
        group = {"piles": 2} if rng.random() < 0.5 else {"guns_per_pile": 2, "sharing": "dynamic"}
        first, second = (
            charging.simulate(case.layout(group), case.requests(*rows), engine=engine).sessions
            for engine in ("simpy", "compiled")
        )
        assert only(first, "outcome") == only(second, "outcome")
        assert only(first, "leave_min") == pytest.approx(only(second, "leave_min"))


def test_w12_on_ac_too_the_gun_decides(case):
    """A car of 11 kW at a busy 7 kW pile: an hour, not 38 minutes, so that it drives the 45 min to the free pile."""
    car = {"current": "ac", "energy_kwh": 7.0, "origin": "o", "accept_kw": 11.0}
    ways = case.roads(("o", "a", 0.0, 0.0), ("o", "b", 45.0, 20.0), ("a", "b", 45.0, 20.0), ("b", "a", 45.0, 20.0))
    group = {"current": "ac", "pile_kw": 7.0}
    stations = case.layout({"station_id": "a", **group}, {"station_id": "b", "group_id": "h", **group})
    ask = case.requests(car, {"arrive_min": 1.0, **car})
    assert only(charging.simulate(stations, ask, ways).sessions, "station_id") == ["a", "b"]


# hours by weekday --------------------------------------------------------------------------------------------


def test_c25_hours_by_weekday(case):
    """Minute 0 is a Friday: closed at 22:00, open on Saturday from 8:00, not at all on Sunday."""
    week = case.layout({"hours": "Mo-Fr 06:00-22:00; Sa 08:00-20:00"})
    at = [300.0, 400.0, 1440.0 + 400.0, 1440.0 + 480.0, 2 * 1440.0 + 600.0, 3 * 1440.0 + 360.0]
    ask = case.requests(*[{"arrive_min": minute, "energy_kwh": 1.0} for minute in at])
    found = charging.simulate(week, ask, behaviour={"first_weekday": 4}).sessions
    assert only(found, "outcome") == ["unserved", "served", "unserved", "served", "unserved", "served"]


def test_hours_past_midnight_and_past_the_end_of_the_week(case):
    night = case.layout({"hours": "Su 22:00-02:00"})
    at = [60.0, 150.0, 6 * 1440.0 + 1330.0, 7 * 1440.0 + 119.0, 7 * 1440.0 + 121.0, 8 * 1440.0 + 60.0]
    ask = case.requests(*[{"arrive_min": minute, "energy_kwh": 0.5} for minute in at])
    found = charging.simulate(night, ask).sessions
    assert only(found, "outcome") == ["served", "unserved", "served", "served", "unserved", "unserved"]


def test_who_waits_at_closing_time_on_friday_leaves_and_at_midnight_of_two_open_days_stays(case):
    week = case.layout({"hours": "Mo-Fr 00:00-24:00; Sa,Su off"})
    ask = case.requests(
        {"arrive_min": 1430.0, "energy_kwh": 60.0},
        {"arrive_min": 1435.0, "energy_kwh": 10.0},
        {"arrive_min": 5 * 1440.0 - 10.0, "energy_kwh": 60.0},
        {"arrive_min": 5 * 1440.0 - 5.0, "energy_kwh": 60.0},
    )
    found = charging.simulate(week, ask).sessions
    assert only(found, "outcome") == ["served", "served", "served", "reneged"]
    assert found["leave_min"][3] == 5 * 1440.0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"hours": "Mo-Fr 6-22"}, "row 1, column 'hours': got 'Mo-Fr 6-22'; '6' is no time"),
        ({"hours": "Mo-Xx 06:00-22:00"}, "'Mo-Xx' is no day"),
        ({"hours": "PH off"}, "names no day"),
        ({"hours": "24/7", "opens_min": 0.0, "closes_min": 60.0}, "no opens_min beside it"),
        ({"fee_hours": "daily"}, "row 1, column 'fee_hours': got 'daily'"),
    ],
)
def test_hours_that_cannot_be_read_are_named(case, row, words):
    with pytest.raises(DataError, match=words):
        charging.simulate(case.layout({}, {"station_id": "b", "group_id": "h", **row}), case.requests({}))


# bookings ----------------------------------------------------------------------------------------------------


def booked(case, stations, *rows, **settings):
    ways = case.roads(("far", "S", 60.0, 50.0), ("near", "S", 1.0, 1.0))
    return charging.simulate(stations, case.requests(*rows), ways, behaviour={"queue_rule": "reservation", **settings})


def test_a_booking_expires(case):
    far, near = {"origin": "far", "energy_kwh": 10.0}, {"arrive_min": 20.0, "origin": "near", "energy_kwh": 60.0}
    kept = booked(case, case.layout({}), far, near)
    assert only(kept.sessions, "plug_min") == [60.0, 70.0]
    expired = booked(case, case.layout({}), far, near, booking_min=30.0)
    # the gun goes to the one who waits since 21; the other comes to an occupied pile
    assert only(expired.sessions, "plug_min") == [90.0, 30.0]
    assert only(expired.sessions, "wait_min") == [30.0, 9.0]
    with pytest.raises(DataError, match="booking_min: got 0"):
        booked(case, case.layout({}), far, booking_min=0.0)


def test_a_booking_that_is_lost_with_its_pile_is_for_the_one_who_waits_no_more(case):
    """The pile of the first fails at 10; the other pile is taken, so the first queues on arrival."""
    ways = case.roads(("far", "S", 60.0, 50.0), ("near", "S", 1.0, 1.0))
    ask = case.requests({"origin": "far", "energy_kwh": 10.0}, {"origin": "near", "energy_kwh": 90.0})
    found = charging.simulate(
        case.layout({"piles": 2}),
        ask,
        ways,
        behaviour={"queue_rule": "reservation"},
        outages=case.outages(("S", "g", 0, 10.0, 1000.0)),
    )
    assert only(found.sessions, "pile") == [1, 1]
    assert only(found.sessions, "plug_min") == [91.0, 1.0]


# fees --------------------------------------------------------------------------------------------------------

FEES = {"fee_cny_kwh": 0.5, "start_fee_cny": 1.0, "time_fee_cny_h": 6.0, "idle_fee_cny_h": 60.0, "idle_free_min": 15.0}


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("sharing", [{}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_c25_the_bill_has_start_time_energy_and_idle_fees(case, engine, sharing):
    """20 min of charging 20 kWh and 60 min of standing: 1 + 8 + 10 + 45 CNY, and the tariff."""
    tariff = pl.DataFrame({"start_min": [0.0], "cny_per_kwh": [0.7]})
    ask = case.requests({"overstay_min": 60.0})
    found = charging.simulate(case.layout(FEES | sharing), ask, tariff=tariff, engine=engine)
    assert only(found.sessions, "cost_cny") == pytest.approx([64.0 + 14.0])


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("sharing", [{}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_c25_an_idle_fee_shortens_the_overstay(case, engine, sharing):
    ask = case.requests({"overstay_min": 60.0}, {"arrive_min": 1.0}, {"arrive_min": 2.0, "overstay_min": 10.0})
    group = FEES | {"pile_kw": 60.0} | sharing
    found = charging.simulate(case.layout(group), ask, behaviour={"idle_response_h_cny": 0.02}, engine=engine).sessions
    over = (found["leave_min"] - found["full_min"]).to_list()
    assert over == pytest.approx([15.0 + 45.0 * math.exp(-1.2), 0.0, 10.0])
    if not sharing:
        assert found["plug_min"][1] == found["leave_min"][0]


def test_c25_fees_of_the_day_are_not_asked_at_night(case):
    """An idle fee from 8 to 22: who is full at 21:40 pays 5 of the 60 min after the free ones."""
    group = FEES | {"fee_hours": "08:00-22:00", "time_fee_cny_h": 0.0, "start_fee_cny": 0.0}
    ask = case.requests({"arrive_min": 1280.0, "overstay_min": 75.0})
    found = charging.simulate(case.layout(group), ask)
    assert only(found.sessions, "cost_cny") == pytest.approx([10.0 + 5.0])


def test_c25_fees_count_in_the_choice_of_a_station(case):
    """A start fee of 10 CNY at 2 min of travel per CNY is worth the 15 min to the other station, 5 CNY are not."""
    ways = case.roads(("o", "a", 0.0, 0.0), ("o", "b", 15.0, 12.0))
    for fee, station in ((10.0, "b"), (5.0, "a")):
        rows = ({"station_id": "a", "start_fee_cny": fee}, {"station_id": "b", "group_id": "h", "start_fee_cny": 0.0})
        found = charging.simulate(
            case.layout(*rows), case.requests({"origin": "o"}), ways, behaviour={"price_weight": 2.0}
        )
        assert only(found.sessions, "station_id") == [station]


def test_fees_that_differ_within_a_station_are_named(case):
    with pytest.raises(DataError, match=r"start_fee_cny.*in all rows of a station"):
        charging.simulate(
            case.layout({"idle_fee_cny_h": 1.0}, {"group_id": "h", "idle_fee_cny_h": 2.0}), case.requests({})
        )


def test_who_asks_for_nothing_expects_no_wait_of_the_queue(case):
    """Guns of two kinds are busy: a car that only wants to stand there queues, and drives on where that is shorter."""
    rows = ({"station_id": "a"}, {"station_id": "a", "group_id": "h", "pile_kw": 120.0}, {"station_id": "b"})
    ways = case.roads(("o", "a", 0.0, 0.0), ("o", "b", 5.0, 3.0))
    nothing = {"arrive_min": 1.0, "energy_kwh": 0.0, "overstay_min": 30.0}
    ask = case.requests({"origin": "o"}, {"origin": "o"}, nothing | {"origin": "o"})
    found = charging.simulate(case.layout(*rows), ask, ways, behaviour={"information": "arrival"})
    assert only(found.sessions, "station_id") == ["a", "a", "a"]
    assert only(found.sessions, "plug_min") == [0.0, 0.0, 20.0]


# plugs and chargers ------------------------------------------------------------------------------------------


def test_c26_only_guns_with_the_plug_suit(case):
    stations = case.layout({"plug": "CCS2"}, {"group_id": "h", "plug": "GB/T|CHAdeMO"})
    plugs = ["GB/T", "GB/T", "CCS2", None, "NACS"]
    ask = case.requests(*[{"arrive_min": float(number), "plug": plug} for number, plug in enumerate(plugs)])
    found = charging.simulate(stations, ask).sessions
    assert only(found, "group_id") == ["h", "h", "g", "g", None]
    assert only(found, "plug_min") == [0.0, 20.0, 2.0, 22.0, None]
    assert only(found, "outcome")[-1] == "unserved"
    # guns whose plug is not stated suit all
    assert only(charging.simulate(case.layout({}), ask).sessions, "outcome") == ["served"] * 5


@pytest.mark.parametrize("limit", [None, 1000.0])
def test_c26_a_charger_with_dc_and_ac_guns_serves_one_vehicle_at_a_time(case, limit):
    """AC until 60; then those who wait in the order in which they came, whatever the gun."""
    rows = ({"charger_id": "x"}, {"group_id": "h", "current": "ac", "pile_kw": 7.0, "charger_id": "x"})
    ask = case.requests(
        {"current": "ac", "accept_kw": 7.0, "energy_kwh": 7.0},
        {"arrive_min": 10.0},
        {"arrive_min": 5.0, "current": "any", "energy_kwh": 10.0},
        {"arrive_min": 8.0, "current": "ac", "accept_kw": 7.0, "energy_kwh": 3.5},
    )
    found = charging.simulate(case.layout(*({**row, "transformer_kw": limit} for row in rows)), ask)
    assert only(found.sessions, "group_id") == ["h", "g", "g", "h"]
    assert only(found.sessions, "plug_min") == pytest.approx([0.0, 100.0, 60.0, 70.0])
    assert only(found.stations, "guns") == [2]
    assert only(found.stations, "usable_guns") == [1]
    assert only(found.stations, "gun_utilisation_share") == pytest.approx([120.0 / 1440.0])


def test_c26_a_booking_or_a_failure_keeps_the_other_gun_too(case):
    rows = ({"charger_id": "x"}, {"group_id": "h", "current": "ac", "pile_kw": 7.0, "charger_id": "x"})
    slow = {"current": "ac", "accept_kw": 7.0, "energy_kwh": 7.0, "origin": "near"}
    found = booked(case, case.layout(*rows), {"origin": "far", "energy_kwh": 10.0}, {"arrive_min": 10.0, **slow})
    assert only(found.sessions, "plug_min") == [60.0, 70.0]
    # a failure of the DC gun while the AC gun is used: both reasons must end
    ask = case.requests({**slow, "origin": None}, {"arrive_min": 10.0, "energy_kwh": 10.0})
    failed = charging.simulate(case.layout(*rows), ask, outages=case.outages(("S", "g", 0, 30.0, 90.0)))
    assert only(failed.sessions, "plug_min") == [0.0, 90.0]


def test_groups_of_a_charger_have_as_many_piles(case):
    rows = ({"charger_id": "x"}, {"group_id": "h", "current": "ac", "charger_id": "x", "piles": 2})
    with pytest.raises(DataError, match="charger_id"):
        charging.simulate(case.layout(*rows), case.requests({}))


def test_an_exclusive_pile_with_two_guns_is_full_with_one_vehicle(case):
    found = charging.simulate(case.layout({"guns_per_pile": 2}), case.requests({"energy_kwh": 60.0 * 24.0}))
    assert only(found.stations, "guns") == [2]
    assert only(found.stations, "gun_utilisation_share") == pytest.approx([1.0])
