"""Managed AC charging against the simulation: whose power, how much energy, what peak."""

import numpy as np
import polars as pl
import pytest

import charging
from charging.grid.managed import MANAGED, managed_load, managed_ways
from data.errors import DataError

INTERVAL_MIN = 15.0
CHEAP_AT_NIGHT = pl.DataFrame({"start_min": [0.0, 240.0, 480.0], "cny_per_kwh": [1.0, 0.4, 1.0]})


def simulated(make_layout, make_requests, *, count=60, current="ac", **group):
    """Return a run of cars of 3.3 to 11 kW that come in the evening and stay for hours."""
    rng = np.random.default_rng(5)
    rows = [
        {
            "current": current,
            "arrive_min": float(rng.uniform(0.0, 200.0)),
            "energy_kwh": float(rng.uniform(5.0, 20.0)),
            "accept_kw": float(rng.choice([3.3, 6.6, 11.0])),
            "overstay_min": float(rng.uniform(200.0, 600.0)),
            "vehicle_class": "car",
            "battery_kwh": 50.0,
            "soc_start": 0.6,
        }
        for _ in range(count)
    ]
    cars = pl.DataFrame(
        {
            "vehicle_class": ["car"],
            "ac_kw": [11.0],
            "dc_kw": [80.0],
            "curve_soc": [[0.0, 0.8, 1.0]],
            "curve_share": [[1.0, 0.2, 0.02]],
            "efficiency_ac": [0.89],
        }
    )
    layout = make_layout({"current": "ac", "pile_kw": 7.0, "piles": count, **group})
    result = charging.simulate(layout, make_requests(*rows), vehicles=cars, behaviour={"interval_min": INTERVAL_MIN})
    return layout, result


def shown(result):
    """Return the AC load of a run by interval, kW."""
    load = result.load.group_by("start_min").agg(pl.col("mean_kw").sum()).sort("start_min")
    return dict(load.iter_rows())


def test_w10_immediate_is_the_simulated_load_of_cars_with_their_own_limits(make_layout, make_requests):
    layout, result = simulated(make_layout, make_requests)
    expected = shown(result)
    for given in ({}, {"load": result.load}):
        curve = managed_load(result.sessions, "immediate", interval_min=INTERVAL_MIN, layout=layout, **given)
        got = {start: kw for start, kw in curve.iter_rows() if kw}
        assert got.keys() == expected.keys()
        worst = max(abs(got[start] - kw) for start, kw in expected.items())
        # without the load a session is a rectangle, which a curve that binds at its end is not
        assert worst * INTERVAL_MIN / 60.0 < (1e-6 if given else 3.0)
        assert curve["mean_kw"].sum() * INTERVAL_MIN / 60.0 == pytest.approx(
            result.sessions["meter_kwh"].sum(), abs=1e-6
        )


@pytest.mark.parametrize("way", MANAGED)
@pytest.mark.parametrize("group", [{}, {"guns_per_pile": 2, "sharing": "dynamic", "piles": 30}])
def test_w10_every_way_gives_all_the_energy_before_the_cars_leave(make_layout, make_requests, way, group):
    layout, result = simulated(make_layout, make_requests, **group)
    curve = managed_load(
        result.sessions, way, interval_min=INTERVAL_MIN, tariff=CHEAP_AT_NIGHT, layout=layout, load=result.load
    )
    given = curve["mean_kw"].sum() * INTERVAL_MIN / 60.0
    assert given == pytest.approx(result.sessions["meter_kwh"].sum(), abs=1e-6)


def test_w10_cars_that_take_any_current_count_where_they_stand_at_ac_guns(make_layout, make_requests):
    layout, result = simulated(make_layout, make_requests, current="any")
    curve = managed_load(result.sessions, "immediate", interval_min=INTERVAL_MIN, layout=layout)
    assert curve["mean_kw"].sum() * INTERVAL_MIN / 60.0 == pytest.approx(result.sessions["meter_kwh"].sum(), abs=1e-6)
    with pytest.raises(DataError, match="give the layout"):
        managed_load(result.sessions, "immediate", interval_min=INTERVAL_MIN)


def test_w10_starts_spread_over_the_valley_and_a_peak_of_its_own_is_said(make_layout, make_requests):
    layout, result = simulated(make_layout, make_requests, count=200)
    ways = managed_ways(result.sessions, CHEAP_AT_NIGHT, interval_min=INTERVAL_MIN, layout=layout, load=result.load)
    at_once, valley, levelled = ways.iter_rows(named=True)
    assert valley["energy_cny"] < at_once["energy_cny"]
    assert levelled["peak_over_immediate"] < 1.0 == at_once["peak_over_immediate"]
    assert valley["peak_over_immediate"] == valley["peak_kw"] / at_once["peak_kw"]
    # all who stay into the cheap hours at 240 would draw this much together if they began at once
    there = result.sessions.filter((pl.col("plug_min") <= 240.0) & (pl.col("leave_min") > 255.0))
    assert valley["peak_kw"] < 0.85 * there["peak_kw"].sum()


def test_the_load_says_how_much_of_it_is_ac(make_layout, make_requests):
    layout = make_layout({"group_id": "fast"}, {"group_id": "slow", "current": "ac", "pile_kw": 7.0})
    asks = make_requests(
        {"arrive_min": 0.0, "energy_kwh": 30.0},
        {"arrive_min": 0.0, "energy_kwh": 3.5, "current": "ac", "accept_kw": 7.0},
    )
    load = charging.simulate(layout, asks, behaviour={"efficiency_ac": 0.5}).load
    assert load["meter_kwh"].sum() == pytest.approx(37.0)
    assert load["ac_kwh"].sum() == pytest.approx(7.0)
