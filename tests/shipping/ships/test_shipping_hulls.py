"""Hulls: brake energy against published values, speed exponent, both ways of the curve, shallow water, faults."""

import numpy as np
import pytest

from data import DataError, load_county
from shipping.ships.brake_power import PowerCurve, brake_kw, hull_efficiency
from shipping.ships.hulls import Hull
from shipping.ships.resistance import resistance_kn
from shipping.ships.shallow_water import squat_m

SPEEDS = np.array([10.0, 12.8, 15.0])
PUBLISHED = {
    (58.0, 10.8, 2.6): (9.2, 15.1, 22.7),
    (58.0, 11.0, 3.0): (10.0, 16.3, 24.4),
    (110.0, 11.4, 3.5): (16.7, 26.7, 36.8),
    (78.0, 15.6, 4.0): (18.5, 29.5, 40.9),
}


@pytest.mark.parametrize("size", PUBLISHED)
def test_brake_energy_per_km_is_within_15_percent(size):
    energy = brake_kw(Hull(*size), SPEEDS, depth_m=10.0) / SPEEDS
    assert energy == pytest.approx(np.array(PUBLISHED[size]), rel=0.15)


@pytest.mark.parametrize("size", PUBLISHED)
def test_the_speed_exponent_of_energy_is_that_of_displacement_hulls(size):
    energy = brake_kw(Hull(*size), np.array([10.0, 15.0]), depth_m=10.0) / np.array([10.0, 15.0])
    assert 1.8 < np.log(energy[1] / energy[0]) / np.log(1.5) < 2.6


def test_shallow_water_costs_more_and_length_keeps_waves_low():
    hull = Hull(78.0, 15.6, 4.0)
    deep, shallow = (float(brake_kw(hull, 12.8, depth_m=depth)) for depth in (10.0, 5.0))
    assert 1.0 < shallow / deep < 1.2
    assert float(resistance_kn(hull, 12.8, depth_m=6.0)) > float(
        resistance_kn(Hull(78.0, 15.6, 2.0), 12.8, depth_m=6.0)
    )
    assert 0.9 < hull_efficiency(hull) < 1.1
    assert 0.9 < hull_efficiency(Hull(78.0, 15.6, 4.0, screws=1)) < 1.3


def test_speed_from_power_is_the_inverse_of_power_from_speed():
    curve = PowerCurve.from_hull(Hull(78.0, 15.6, 4.0), depth_m=6.0)
    speeds = np.linspace(6.0, 16.0, 200)
    assert curve.speed(curve.power(speeds)) == pytest.approx(speeds, rel=1e-9)
    exact = brake_kw(Hull(78.0, 15.6, 4.0), speeds, depth_m=6.0)
    assert curve.power(speeds) == pytest.approx(exact, rel=2e-3)
    with pytest.raises(DataError, match="km/h through the water"):
        curve.power(60.0)


def test_squat_by_hand():
    hull = Hull(100.0, 10.0, 3.0)
    expected = 0.85 * (30.0 / 900.0) ** 0.81 * (18.52 / 1.852) ** 2.08 / 20.0
    assert float(squat_m(hull, 18.52, depth_m=6.0, width_m=150.0)) == pytest.approx(expected)


def test_the_classes_of_the_county_agree_with_their_hulls():
    for row in load_county("deqing").vessel_classes.filter(fuel="diesel").iter_rows(named=True):
        hull = Hull(row["length_m"], row["beam_m"], row["draught_m"])
        power = float(brake_kw(hull, row["reference_speed_km_h"], depth_m=6.0))
        assert power == pytest.approx(row["reference_kw"], rel=0.15), row["vessel_class"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Hull(0.0, 10.0, 3.0), "length_m"),
        (lambda: Hull(50.0, 10.0, 3.0, block=1.2), "block"),
        (lambda: resistance_kn(Hull(50.0, 10.0, 3.0), 0.0, depth_m=6.0), "speed"),
        (lambda: resistance_kn(Hull(50.0, 10.0, 3.0), 10.0, depth_m=3.0), "more than the draught"),
    ],
)
def test_what_is_no_hull_is_refused(call, words):
    with pytest.raises(DataError, match=words):
        call()
