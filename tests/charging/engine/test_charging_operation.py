"""Failures, opening hours and rules of the queue in hand-solved cases."""

import polars as pl
import pytest

from charging import check_accounts, draw_outages, simulate
from charging.inputs.hours import daily
from data.errors import DataError

HOUR = {"energy_kwh": 60}


def column(result, name):
    return result.sessions[name].to_list()


def outage(start, end, *, station="s", group="g0", pile=0):
    return pl.DataFrame(
        {"station_id": [station], "group_id": [group], "pile": [pile], "start_min": [start], "end_min": [end]},
        schema_overrides={"start_min": pl.Float64, "end_min": pl.Float64},
    )


def test_a_failing_pile_finishes_its_charge_and_is_then_out(make_layout, make_requests):
    # the failure at 30 lets the first car finish at 60; the second waits for the repair at 100
    requests = make_requests({"arrive_min": 0, **HOUR}, {"arrive_min": 40, **HOUR})
    result = simulate(make_layout(), requests, outages=outage(30, 100))
    assert column(result, "plug_min") == [0, 100]
    assert column(result, "wait_min") == [0, 60]
    assert check_accounts(result, requests)["holds"].all()


def test_an_idle_pile_that_fails_is_not_taken(make_layout, make_requests):
    requests = make_requests({"arrive_min": 10, **HOUR}, {"arrive_min": 10, **HOUR})
    result = simulate(make_layout({"piles": 2}), requests, outages=outage(5, 50))
    assert column(result, "pile") == [1, 0]
    assert column(result, "plug_min") == [10, 50]


def test_half_a_pile_that_fails_is_not_taken(make_layout, make_requests):
    layout = make_layout({"pile_kw": 120.0, "guns_per_pile": 2, "sharing": "dynamic"})
    requests = make_requests({"arrive_min": 0, **HOUR}, {"arrive_min": 10, **HOUR}, {"arrive_min": 11, **HOUR})
    result = simulate(layout, requests, outages=outage(5, 50))
    assert column(result, "plug_min") == [0, 50, 60]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_shared_pile_that_fails_is_not_offered(make_layout, make_requests, engine):
    layout = make_layout({"piles": 2, "pile_kw": 120.0, "guns_per_pile": 2, "sharing": "dynamic"})
    # the first pile stands idle and broken: it would be taken first
    idle = make_requests({"arrive_min": 10, **HOUR})
    assert column(simulate(layout, idle, outages=outage(5, 50), engine=engine), "pile") == [1]
    # the first pile finishes a slow charge while broken: beside it a newcomer would get 110 kW, on the other 60
    slow = {"arrive_min": 0, "energy_kwh": 60, "accept_kw": 10.0}
    quick = {"energy_kwh": 100, "accept_kw": 120.0}
    requests = make_requests(slow, {"arrive_min": 0, **quick}, {"arrive_min": 10, **quick})
    assert column(simulate(layout, requests, engine=engine), "pile") == [0, 1, 0]
    assert column(simulate(layout, requests, outages=outage(5, 50), engine=engine), "pile") == [0, 1, 1]


def test_outages_are_stationary_and_the_same_for_a_pile_in_any_layout(make_layout):
    layout = make_layout({"piles": 400})
    settings = {"availability": 0.9, "repair_h": 24.0, "days": 60.0, "seed": 3}
    table = draw_outages(layout, **settings)
    end = 60 * 1440.0
    down = table.select((pl.min_horizontal("end_min", pl.lit(end)) - pl.col("start_min")).sum()).item()
    assert down / (400 * end) == pytest.approx(0.1, abs=0.006)
    early = table.filter(pl.col("start_min") == 0.0).height
    assert early / 400 == pytest.approx(0.1, abs=0.045)
    few = draw_outages(make_layout({"piles": 3}), **settings)
    assert few.equals(table.filter(pl.col("pile") < 3))
    assert draw_outages(layout, availability=1.0, repair_h=24.0, days=60.0).height == 0


def test_opening_hours(make_layout, make_requests):
    layout = make_layout({"opens_min": 480.0, "closes_min": 600.0})
    requests = make_requests(
        {"arrive_min": 470, **HOUR},  # before opening: not served
        {"arrive_min": 490, **HOUR},
        {"arrive_min": 500, **HOUR},  # waits until 550, finishes after closing
        {"arrive_min": 560, **HOUR},  # waits until closing
        {"arrive_min": 1440 + 480, **HOUR},
    )
    result = simulate(layout, requests)
    assert column(result, "outcome") == ["unserved", "served", "served", "reneged", "served"]
    assert column(result, "full_min")[1:3] == [550, 610]
    assert column(result, "wait_min") == [0, 0, 50, 40, 0]


@pytest.mark.parametrize(
    ("at", "opens", "closes", "answer"),
    [
        (480, 480, 600, True),
        (600, 480, 600, False),
        (2000, 480, 600, True),
        (60, 1320, 360, True),
        (720, 1320, 360, False),
    ],
)
def test_hours_of_the_day(at, opens, closes, answer):
    assert daily(opens, closes).is_open(at) is answer


def test_priority_goes_before_time(make_layout, make_requests):
    rows = [
        {"arrive_min": 0, **HOUR},
        {"arrive_min": 10, **HOUR},
        {"arrive_min": 20, "priority": 1, **HOUR},
        {"arrive_min": 30, "priority": 1, **HOUR},
    ]
    requests = make_requests(*rows)
    result = simulate(make_layout(), requests, behaviour={"queue_rule": "priority"})
    assert column(result, "plug_min") == [0, 180, 60, 120]
    fifo = simulate(make_layout(), requests)
    assert column(fifo, "plug_min") == [0, 60, 120, 180]


def test_a_booked_gun_is_kept_until_the_driver_comes(make_layout, make_requests):
    travel = pl.DataFrame(
        [("far", "s", 30.0, 20.0), ("near", "s", 1.0, 1.0)],
        schema=["origin", "station_id", "minutes", "km"],
        orient="row",
    )
    requests = make_requests({"arrive_min": 0, "origin": "far", **HOUR}, {"arrive_min": 10, "origin": "near", **HOUR})
    free = simulate(make_layout(), requests, travel)
    assert column(free, "plug_min") == [71, 11]
    booked = simulate(make_layout(), requests, travel, behaviour={"queue_rule": "reservation"})
    assert column(booked, "plug_min") == [30, 90]
    assert column(booked, "wait_min") == [0, 79]
    assert check_accounts(booked, requests)["holds"].all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda lay, req: simulate(lay, req, outages=outage(0, 9, pile=1)), "outages: row 0: got pile 1"),
        (lambda lay, req: simulate(lay, req, outages=outage(9, 9)), "end_min"),
        (lambda lay, req: simulate(lay.with_columns(opens_min=pl.lit(9.0)), req), "opens_min"),
        (lambda lay, req: simulate(lay, req, behaviour={"queue_rule": "lifo"}), "queue_rule: got 'lifo'"),
        (lambda lay, _: draw_outages(lay, availability=0.0, repair_h=1.0, days=1.0), "availability: got 0.0"),
        (lambda lay, _: draw_outages(lay, availability=0.5, repair_h=0.0, days=1.0), "repair_h: got 0.0"),
    ],
)
def test_bad_operation_is_named(make_layout, make_requests, call, message):
    with pytest.raises(DataError, match=message):
        call(make_layout(), make_requests({"arrive_min": 0, "energy_kwh": 6}))


def test_modules_of_a_pile_in_the_simulation(make_layout, make_requests):
    # 97 kW in modules of 30: fair parts of 32 and 65 kW are one and two modules; who is alone gets all three
    layout = make_layout({"pile_kw": 97.0, "guns_per_pile": 2, "sharing": "dynamic"})
    rows = [{"arrive_min": 0, "energy_kwh": 32, "accept_kw": 32}, {"arrive_min": 0, "energy_kwh": 75, "accept_kw": 120}]
    full = simulate(layout, make_requests(*rows), behaviour={"module_kw": 30.0}).sessions["full_min"].to_list()
    assert full == pytest.approx([64.0, 64.0 + 11 / 90 * 60])
    ac = make_layout({"current": "ac", "pile_kw": 7.0, "guns_per_pile": 2, "sharing": "dynamic"})
    slow = make_requests({"arrive_min": 0, "energy_kwh": 7, "accept_kw": 7, "current": "ac"})
    assert simulate(ac, slow, behaviour={"module_kw": 30.0}).sessions["full_min"].to_list() == pytest.approx([60.0])


def test_a_fee_sends_drivers_further_and_is_paid(make_layout, make_requests):
    layout = pl.concat(
        [
            make_layout({"piles": 5}).with_columns(fee_cny_kwh=pl.lit(0.5)),
            make_layout({"piles": 5, "station_id": "t"}).with_columns(fee_cny_kwh=pl.lit(0.1)),
        ]
    )
    ways = pl.DataFrame({"origin": ["o", "o"], "station_id": ["s", "t"], "minutes": [2.0, 10.0], "km": [0.0, 4.0]})
    # 30 kWh cost 12 CNY more at s: worth the 8 minutes from 8/12 minutes a CNY on
    requests = make_requests({"arrive_min": 0, "energy_kwh": 30, "origin": "o"})
    for weight, station, cost in ((0.0, "s", 15.0), (0.6, "s", 15.0), (0.7, "t", 3.0)):
        for level in ("nearest", "arrival", "live"):
            given = {"price_weight": weight, "information": level}
            row = simulate(layout, requests, ways, behaviour=given).sessions.row(0, named=True)
            assert (row["station_id"], row["cost_cny"]) == (station, pytest.approx(cost))


def test_a_busy_station_is_left_for_another_if_the_fee_is_worth_it(make_layout, make_requests):
    layout = pl.concat(
        [
            make_layout({}).with_columns(fee_cny_kwh=pl.lit(0.0)),
            make_layout({"station_id": "t"}).with_columns(fee_cny_kwh=pl.lit(1.0)),
        ]
    )
    ways = pl.DataFrame(
        [("o", "s", 0.0, 0.0), ("o", "t", 5.0, 3.0), ("s", "t", 5.0, 3.0)],
        schema=["origin", "station_id", "minutes", "km"],
        orient="row",
    )
    rows = [{"arrive_min": at, "energy_kwh": 30, "origin": "o"} for at in (0.0, 1.0)]
    # the second expects 30 minutes at s; t costs 5 minutes and 30 CNY
    for weight, station in ((0.5, "t"), (1.0, "s")):
        result = simulate(layout, make_requests(*rows), ways, behaviour={"price_weight": weight})
        assert result.sessions["station_id"][1] == station


def test_all_rows_of_a_station_name_one_fee(make_layout, make_requests):
    layout = make_layout({}, {}).with_columns(fee_cny_kwh=pl.Series([0.1, 0.2]))
    with pytest.raises(DataError, match=r"row 1, column 'fee_cny_kwh'.*the same value in all rows of a station"):
        simulate(layout, make_requests({"arrive_min": 0, "energy_kwh": 1}))


def test_kilometres_count_where_the_minutes_are_zero(make_layout, make_requests):
    ways = pl.DataFrame({"origin": ["o"], "station_id": ["s"], "minutes": [0.0], "km": [1.5]})
    requests = make_requests({"arrive_min": 0, "energy_kwh": 1, "origin": "o"})
    for engine in ("simpy", "compiled"):
        assert simulate(make_layout(), requests, ways, engine=engine).sessions["travel_km"].to_list() == [1.5]


@pytest.mark.parametrize(
    ("tariff", "words"),
    [
        ({"start_min": [0.0]}, "column 'cny_per_kwh': got no such column"),
        ({"start_min": [0.0, 5.0], "cny_per_kwh": [1.0, None]}, "row 2, column 'cny_per_kwh'"),
        ({"start_min": [5.0], "cny_per_kwh": [1.0]}, "start_min must start at 0"),
        ({"start_min": [0.0, 9.0, 5.0], "cny_per_kwh": [1.0, 1.0, 1.0]}, "increase from row to row"),
    ],
)
def test_bad_tariffs_name_row_and_column(make_layout, make_requests, tariff, words):
    with pytest.raises(DataError, match=words):
        simulate(make_layout(), make_requests({"arrive_min": 0, "energy_kwh": 1}), tariff=pl.DataFrame(tariff))


def test_outages_of_a_pile_that_overlap_are_one(make_layout, make_requests):
    out = pl.DataFrame(
        {"station_id": "s", "group_id": "g0", "pile": 0, "start_min": [5.0, 0.0], "end_min": [20.0, 60.0]}
    )
    result = simulate(make_layout(), make_requests({"arrive_min": 10, "energy_kwh": 60}), outages=out)
    assert column(result, "plug_min") == [60.0]
