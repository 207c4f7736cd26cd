"""Vehicles without a timetable: what a battery lasts for, by hand and by drawn days; pools."""

from dataclasses import replace

import numpy as np
import pytest

from fleet.operators.duties import Duties, DutyOption, night_chargers, pooled


@pytest.fixture(scope="module")
def taxis(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    return Duties.from_county(three_towns, row, year=2025)


def test_a_pool_needs_what_the_binomial_says():
    # two cars, each out half of the time: both with a probability of a quarter, none or one with three quarters
    assert pooled(2, 0.5, 0.74) == 1
    assert pooled(2, 0.5, 0.76) == 2
    assert pooled(400, 0.35, 0.98) == pytest.approx(400 * 0.35 + 2.05 * np.sqrt(400 * 0.35 * 0.65), abs=1.5)
    assert pooled(5, 0.0, 0.98) == 1


def test_days_are_completed_where_the_battery_lasts(taxis):
    days = replace(taxis, km=np.array([[100.0], [200.0]]).repeat(12, axis=0), temperature_c=np.full(24, 20.0))
    # 100 km in mild weather take 14.8 kWh, 200 km twice as much
    lasts = 20.0 / (days.health_share * (1.0 - days.reserve_share))
    found = days.result(DutyOption(lasts, "none"))
    assert found.completed_share == pytest.approx(0.5)
    # 9.6 of 44.4 kWh are not had: that much more of the vehicles
    assert found.vehicles == int(np.ceil(days.vehicles * (1.0 + 9.6 / 44.4)))
    swapped = days.result(DutyOption(lasts, "swap"))
    assert (swapped.completed_share, swapped.vehicles) == (1.0, days.vehicles)
    assert swapped.stops_per_day == pytest.approx(0.5)
    fast = days.result(DutyOption(lasts, "fast"))
    assert fast.completed_share == 1.0
    assert found.kwh_per_day == pytest.approx(0.5 * (14.8 + 29.6) * days.km.shape[1])


def test_drawn_days_have_the_km_of_the_class(taxis):
    # 75,000 km on 350 days
    assert taxis.km.mean() == pytest.approx(75_000.0 / 350.0, rel=0.02)
    assert taxis.km.std() / taxis.km.mean() == pytest.approx(0.25, abs=0.02)
    small, large = (taxis.result(DutyOption(size, "none")) for size in (40.0, 80.0))
    assert small.completed_share < large.completed_share
    assert small.worst_share <= small.completed_share
    # a summer's cabin, not a mild month
    assert small.worst_month in {1, 2, 5, 6, 7, 8, 9, 12}


def test_moving_the_spread_of_km_moves_no_temperature(three_towns, taxis):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    other = Duties.from_county(three_towns.with_figures({"operators.temperature_sd_k": 0.0}), row, year=2025)
    assert np.array_equal(other.km, taxis.km)
    assert not np.array_equal(other.temperature_c, taxis.temperature_c)


def test_chargers_of_a_night_share_its_energy():
    assert night_chargers(480.0, 60.0, 8.0) == 1
    assert night_chargers(480.1, 60.0, 8.0) == 2
