"""Closed forms of power, time, energy and fuel."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import DataError
from shipping.ships.energy import energy_kwh, fuel_t, ground_speed_km_h, leg_hours, power_kw


def test_power_follows_the_cube_of_speed_and_the_load():
    speeds = np.array([7.5, 15.0, 30.0])
    power = power_kw(speeds, reference_kw=400.0, reference_speed_km_h=15.0)
    np.testing.assert_allclose(power, [50.0, 400.0, 3200.0], rtol=1e-12)
    half = power_kw(15.0, reference_kw=400.0, reference_speed_km_h=15.0, load_share=0.5, empty_power_share=0.6)
    assert half == pytest.approx(400.0 * 0.8, rel=1e-12)


@pytest.mark.parametrize("current", [0.5, 1.0, 3.6, 9.0])
def test_energy_on_a_current_has_the_exact_ratios(current):
    speed, power = 14.4, 420.0
    slack, down, up = (
        energy_kwh(leg_hours(10.0, speed, along), propulsion_kw=power) for along in (0.0, current, -current)
    )
    assert up / slack == pytest.approx(speed / (speed - current), rel=1e-12)
    assert down / slack == pytest.approx(speed / (speed + current), rel=1e-12)
    assert up > slack > down


def test_energy_is_power_times_time_with_hotel_load_also_while_waiting():
    sailing = energy_kwh(2.5, propulsion_kw=400.0, hotel_kw=20.0)
    waiting = energy_kwh(4.0, propulsion_kw=0.0, hotel_kw=20.0)
    assert sailing == pytest.approx(1050.0, rel=1e-12)
    assert waiting == pytest.approx(80.0, rel=1e-12)
    assert fuel_t(sailing + waiting, sfc_kg_kwh=0.2) == pytest.approx(0.226, rel=1e-12)


def test_a_current_that_stops_the_vessel_is_refused():
    with pytest.raises(DataError, match="as fast as the vessel"):
        ground_speed_km_h([10.0, 3.0], -3.0)
