"""Signals: published formulas by hand, the best cycle is the best, above capacity, bounds, and faults."""

import polars as pl
import pytest

from data import DataError, load_county
from fleet.roads.signals import control_delay_s, junction_delays, timing, webster_cycle_s


def test_the_cycle_by_hand():
    assert webster_cycle_s(10.0, [0.3, 0.3]) == pytest.approx(50.0)
    with pytest.raises(DataError, match="no cycle carries the traffic"):
        webster_cycle_s(10.0, [0.5, 0.5])


def test_the_delay_by_hand():
    cycle, green, flow, saturation = 60.0, 30.0, 600.0, 1800.0
    x = 2 / 3
    expected = 60 * 0.25 / (2 * (1 - 0.5 * x)) + 225 * (x - 1 + ((x - 1) ** 2 + 4 * x / (900 * 0.25)) ** 0.5)
    assert control_delay_s(cycle, green, flow, saturation, peak_h=0.25) == pytest.approx(expected)
    assert control_delay_s(cycle, green, 0.0, saturation) == 0.0
    with pytest.raises(DataError, match="does not fit a cycle"):
        control_delay_s(60.0, 60.0, flow, saturation)


def test_below_saturation_a_long_peak_has_the_delay_of_webster():
    for flow in (200.0, 600.0, 850.0):
        x, q = flow / 900.0, flow / 3600.0
        webster = 60 * 0.25 / (2 * (1 - 0.5 * x)) + x**2 / (2 * q * (1 - x))
        assert control_delay_s(60.0, 30.0, flow, 1800.0, peak_h=1e5) == pytest.approx(webster, rel=1e-4)
        # a peak that ends leaves less
        assert control_delay_s(60.0, 30.0, flow, 1800.0) < webster


def test_above_saturation_the_queue_grows_with_the_peak():
    # 1,080 arrive and 900 pass in an hour: 180 wait at its end, who came last waits 0.2 h, and half of that on the mean
    just = control_delay_s(60.0, 30.0, 899.9, 1800.0)
    over = control_delay_s(60.0, 30.0, 1080.0, 1800.0)
    # 4 x / (c T) under the root is what chance adds: 15 s of red, 6 min of queue, and a few s
    assert 15.0 + 360.0 < over < 15.0 + 360.0 + 25.0
    assert just < over < control_delay_s(60.0, 30.0, 1080.0, 1800.0, peak_h=2.0)
    # 2,013 s by Webster's formula
    assert 60.0 < control_delay_s(60.0, 30.0, 0.999 * 900.0, 1800.0) < 100.0
    # continuous where Webster's formula is infinite
    assert control_delay_s(60.0, 30.0, 900.0, 1800.0) == pytest.approx(just, rel=1e-2)


def test_the_best_cycle_is_near_the_least_delay():
    ratios = [0.35, 0.3]
    best = webster_cycle_s(10.0, ratios)

    def delay(cycle):
        return sum(control_delay_s(cycle, (cycle - 10.0) * r / sum(ratios), 1800 * r, 1800.0) * r for r in ratios)

    assert all(delay(best) < 1.02 * delay(best * factor) for factor in (0.8, 0.9, 1.1, 1.3, 2.0))


def test_the_county_junctions_gain_by_webster():
    county = load_county("deqing")
    table = junction_delays(county)
    assert table.height == 2 * county.junctions["junction"].n_unique()
    now, best = (table.filter(timing=name) for name in ("now", "webster"))
    assert (best["delay_s"] < now["delay_s"]).all()
    # two groups of walkers and the lost time
    assert best["cycle_s"].is_between(2 * 22.0 + 8.0, 150.0).all()
    saved = 1.0 - best["fuel_l_year"].sum() / now["fuel_l_year"].sum()
    assert 0.05 < saved < 0.5
    half = junction_delays(county, electric_share=0.5)
    assert half["fuel_l_year"].sum() == pytest.approx(table["fuel_l_year"].sum() / 2)
    assert half["electricity_kwh_year"].sum() > 0.0


def test_greens_share_the_cycle():
    rows = load_county("deqing").junctions.filter(junction="J1")
    cycle, greens = timing(rows, least_cycle_s=80.0, most_cycle_s=100.0)
    assert cycle == 80.0
    assert sum(greens.values()) == pytest.approx(80.0 - 8.0)
    # walkers hold the side street open, and lengthen the cycle where both need more than there is
    _, held = timing(rows, least_cycle_s=80.0, most_cycle_s=100.0, least_green_s=36.0)
    assert held == {1: 36.0, 2: 36.0}
    cycle, wide = timing(rows, least_cycle_s=40.0, most_cycle_s=60.0, least_green_s=30.0)
    assert (cycle, wide) == (68.0, {1: 30.0, 2: 30.0})
    none = timing(rows.with_columns(flow_veh_h=0.0), least_cycle_s=40.0, most_cycle_s=60.0)
    assert none == (40.0, {1: 16.0, 2: 16.0})


def test_counts_of_trucks_are_an_input():
    county = load_county("deqing")
    fuel = []
    for share in (None, 0.0, 0.25):
        counted = county.junctions.with_columns(heavy_share=pl.lit(share, pl.Float64))
        fuel.append(junction_delays(county.with_table("junctions", counted))["fuel_l_year"].sum())
    assert fuel[1] < fuel[0] < fuel[2]


def test_a_junction_above_capacity_has_a_finite_delay():
    county = load_county("deqing")
    busy = pl.when(pl.col("junction") == "J2").then(pl.col("flow_veh_h") * 2.6).otherwise("flow_veh_h")
    full = county.with_table("junctions", county.junctions.with_columns(flow_veh_h=busy))
    over, before = (junction_delays(which).filter(junction="J2") for which in (full, county))
    # no cycle carries it: the longest one is the best there is
    assert over.filter(timing="webster")["cycle_s"].item() == 150.0
    assert (over["saturation_most"] > 1.0).all()
    assert (over["delay_s"] > 4.0 * before["delay_s"]).all()
    assert over["delay_s"].max() < 3600.0
    assert over["flow_veh_h"].to_list() == pytest.approx((2.6 * before["flow_veh_h"]).to_list())


def test_a_green_longer_than_its_cycle_is_named():
    county = load_county("deqing")
    wrong = pl.when(pl.col("junction") == "J3").then(120.0).otherwise("green_now_s")
    with pytest.raises(DataError, match=r"junctions: J3, timing now: signals: green 120.0 s does not fit a cycle"):
        junction_delays(county.with_table("junctions", county.junctions.with_columns(green_now_s=wrong)))


def test_delay_and_idling_of_a_junction_by_hand():
    county = load_county("deqing")
    now = junction_delays(county).filter(junction="J3", timing="now").row(0, named=True)
    total = flow = 0.0
    for row in county.junctions.filter(junction="J3").iter_rows(named=True):
        c, g = 100.0, 46.0 / 100.0
        # 15 % trucks that count as 2.5 cars
        capacity = row["saturation_veh_h"] / (1 + 0.15 * 1.5) * g
        x = row["flow_veh_h"] / capacity
        delay = c * (1 - g) ** 2 / (2 * (1 - g * x)) + 900 * (x - 1 + ((x - 1) ** 2 + 4 * x / capacity) ** 0.5)
        total, flow = total + delay * row["flow_veh_h"], flow + row["flow_veh_h"]
    assert now["delay_s"] == pytest.approx(total / flow)
    assert now["vehicle_hours_year"] == pytest.approx(total / 3600 * 5 * 330)
    assert now["fuel_l_year"] == pytest.approx(total / 3600 * 5 * 330 * 0.9)
