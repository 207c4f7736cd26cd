"""Webster: published formula by hand, the best cycle is the best, bounds, and faults."""

import polars as pl
import pytest

from data import DataError, load_county
from fleet.roads.signals import junction_delays, timing, webster_cycle_s, webster_delay_s


def test_the_cycle_by_hand():
    assert webster_cycle_s(10.0, [0.3, 0.3]) == pytest.approx(50.0)
    with pytest.raises(DataError, match="no cycle carries the traffic"):
        webster_cycle_s(10.0, [0.5, 0.5])


def test_the_delay_by_hand():
    cycle, green, flow, saturation = 60.0, 30.0, 600.0, 1800.0
    x, share, q = 2 / 3, 0.5, 1 / 6
    expected = 60 * 0.25 / (2 * (1 - 0.5 * x)) + x**2 / (2 * q * (1 - x))
    expected -= 0.65 * (60 / q**2) ** (1 / 3) * x ** (2 + 5 * share)
    assert webster_delay_s(cycle, green, flow, saturation) == pytest.approx(expected)
    assert webster_delay_s(cycle, green, 0.0, saturation) == 0.0
    with pytest.raises(DataError, match="does not fit a cycle"):
        webster_delay_s(60.0, 60.0, flow, saturation)
    with pytest.raises(DataError, match="the queue grows without end"):
        webster_delay_s(60.0, 20.0, 600.0, 1800.0)


def test_the_best_cycle_is_near_the_least_delay():
    ratios = [0.35, 0.3]
    best = webster_cycle_s(10.0, ratios)

    def delay(cycle):
        return sum(webster_delay_s(cycle, (cycle - 10.0) * r / sum(ratios), 1800 * r, 1800.0) * r for r in ratios)

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


def test_a_junction_that_its_timing_does_not_carry_is_named():
    county = load_county("deqing")
    full = county.junctions.with_columns(
        flow_veh_h=pl.when(pl.col("junction") == "J2").then(pl.col("flow_veh_h") * 2.6).otherwise("flow_veh_h")
    )
    with pytest.raises(DataError, match=r"junctions: J2, timing now: signals: degree of saturation"):
        junction_delays(county.with_table("junctions", full))


def test_delay_and_idling_of_a_junction_by_hand():
    county = load_county("deqing")
    now = junction_delays(county).filter(junction="J3", timing="now").row(0, named=True)
    total = flow = 0.0
    for row in county.junctions.filter(junction="J3").iter_rows(named=True):
        q, c, g = row["flow_veh_h"] / 3600, 100.0, 46.0 / 100.0
        # 15 % trucks that count as 2.5 cars
        x = row["flow_veh_h"] / (row["saturation_veh_h"] / (1 + 0.15 * 1.5) * g)
        delay = c * (1 - g) ** 2 / (2 * (1 - g * x)) + x**2 / (2 * q * (1 - x))
        delay -= 0.65 * (c / q**2) ** (1 / 3) * x ** (2 + 5 * g)
        total, flow = total + delay * row["flow_veh_h"], flow + row["flow_veh_h"]
    assert now["delay_s"] == pytest.approx(total / flow)
    assert now["vehicle_hours_year"] == pytest.approx(total / 3600 * 5 * 330)
    assert now["fuel_l_year"] == pytest.approx(total / 3600 * 5 * 330 * 0.9)
