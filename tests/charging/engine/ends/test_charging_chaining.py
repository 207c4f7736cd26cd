"""Requests of the same vehicle as a chain: gaps, overlaps, days, and what a queue makes of them."""

import polars as pl
import pytest

import charging
from charging.engine.ends.chaining import chain_requests
from data import DataError


def columns(table):
    return list(zip(table["arrive_min"].to_list(), table["follows"].to_list(), strict=True))


def test_the_next_one_counts_from_the_end_of_the_one_before(make_requests):
    """20 kWh at 60 kW: 20 min, and 5 of overstay. Another vehicle and one of no fleet keep their times."""
    ask = make_requests(
        {"arrive_min": 100.0, "overstay_min": 5.0},
        {"arrive_min": 300.0},
        {"arrive_min": 310.0},
        {"arrive_min": 130.0},
        {"arrive_min": 900.0},
    )
    found = chain_requests(ask, pl.Series([7, 7, 8, None, 7]))
    assert columns(found) == [(100.0, None), (175.0, 0), (310.0, None), (130.0, None), (580.0, 1)]
    assert found["energy_kwh"].equals(ask["energy_kwh"])


def test_times_that_overlap_come_one_after_the_other(make_requests, make_layout):
    """Drawn at 100, 110 and 115, each takes 20 min: at once after each other, and 200 counts from 160."""
    ask = make_requests(*[{"arrive_min": at} for at in (110.0, 100.0, 115.0, 200.0)])
    found = chain_requests(ask, pl.Series([1, 1, 1, 1]))
    assert columns(found) == [(0.0, 1), (100.0, None), (0.0, 0), (40.0, 2)]
    sessions = charging.simulate(make_layout({"piles": 9}), found).sessions
    assert sessions["plug_min"].to_list() == pytest.approx([120.0, 100.0, 140.0, 200.0])


def test_a_new_day_begins_as_drawn_unless_the_last_charge_is_not_over(make_requests):
    ask = make_requests({"arrive_min": 1400.0}, {"arrive_min": 1500.0}, {"arrive_min": 2870.0}, {"arrive_min": 2885.0})
    found = chain_requests(ask, pl.Series([1, 1, 1, 1]))
    assert columns(found) == [(1400.0, None), (1500.0, None), (1350.0, 1), (0.0, 2)]


def test_a_vehicle_that_waits_asks_for_its_next_charge_later(make_requests, make_layout):
    """One gun, taken until 60: the vehicle of 10 and 50 charges from 60 to 80, and again 20 min later."""
    ask = make_requests({"energy_kwh": 60.0}, {"arrive_min": 10.0}, {"arrive_min": 50.0})
    drawn = charging.simulate(make_layout({}), ask).sessions
    assert drawn["plug_min"].to_list() == [0.0, 60.0, 80.0]
    chained = charging.simulate(make_layout({}), chain_requests(ask, pl.Series([None, 1, 1]))).sessions
    assert chained["plug_min"].to_list() == [0.0, 60.0, 100.0]
    assert chained["wait_min"].to_list() == [0.0, 50.0, 0.0]


def test_a_vehicle_that_leaves_at_a_set_time_keeps_its_stay(make_requests):
    ask = make_requests({"leave_by_min": 15.0}, {"arrive_min": 40.0, "leave_by_min": 90.0})
    found = chain_requests(ask, pl.Series([1, 1]))
    assert columns(found) == [(0.0, None), (25.0, 0)]
    assert found["leave_by_min"].to_list() == [15.0, 75.0]


def test_a_class_without_vehicle_is_named(make_requests):
    known = pl.DataFrame({"vehicle_class": ["car"]}).with_columns(
        pack_voltage_v=None, ac_kw=None, dc_kw=None, efficiency_dc=None, efficiency_ac=None
    )
    curves = dict.fromkeys(("curve_soc", "curve_share"), pl.lit(None, dtype=pl.List(pl.Float64)))
    ask = make_requests({"vehicle_class": "bus"}, {"vehicle_class": "bus", "arrive_min": 5.0})
    with pytest.raises(DataError, match="'bus', which the vehicle table lacks"):
        chain_requests(ask, pl.Series([1, 1]), known.with_columns(**curves))
