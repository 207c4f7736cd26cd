"""Failures, opening hours and rules of the queue in hand-solved cases."""

import polars as pl
import pytest

from charging import check_accounts, draw_outages, simulate
from charging.rules import is_open
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
    assert is_open(at, opens, closes) is answer


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
