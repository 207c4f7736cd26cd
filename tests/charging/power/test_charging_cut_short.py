"""How far a charge gets that ends before the vehicle is full, where the gun gives less than the vehicle takes."""

import math

import numpy as np
import pytest

from charging.power.curves import Curve, curve_array
from charging.power.cut_short import cut_short
from charging.power.records import Battery

FLAT, FALLING = 1, 2  # 0 is the curve of those who have none
CURVES = curve_array([Curve((0.0, 1.0), (1.0, 1.0)), Curve((0.0, 0.5, 1.0), (1.0, 1.0, 0.2))])
# curve, kW, kWh, SOC at the start
BATTERIES = ((FLAT, 100.0, 60.0, 0.2), (FALLING, 50.0, 80.0, 0.5), (FLAT, 20.0, 40.0, 0.1))


def reached(minutes, full_min, cap_kw=(40.0, 45.0, 30.0), needs=(0.9, 0.9, 0.9)):
    """Return the SOC of three vehicles at the end of their charges; of the last one's request asked first."""
    batteries = np.zeros((len(BATTERIES), len(Battery)))
    for row, values in enumerate(BATTERIES):
        batteries[row, [Battery.CURVE, Battery.ACCEPT_KW, Battery.CAPACITY_KWH, Battery.START_SOC]] = values
    soc = np.array(needs)
    cut_short(CURVES, batteries, np.array([2, 0, 1]), *map(np.array, (cap_kw[::-1], minutes, full_min)), soc)
    return soc.tolist()


def test_the_gun_the_vehicle_and_the_curve_bound_what_is_charged():
    # vehicle 2 takes 20 kW of 30 for 30 min; vehicle 0 gets 40 kW of 100 for 15 min; vehicle 1 has 45 kW where its
    # curve falls from 50 to 10 kW over 40 kWh: at 45 kW it is until SOC 0.5625, and decays from there on
    flat_until = (45.0 - 50.0) / -80.0  # SOC above 0.5 at which the curve is at 45 kW
    hours_flat = flat_until * 80.0 / 45.0
    rest = 1.0 - hours_flat  # of an hour, at a power that falls by 80 kW per unit of SOC: by e in an hour
    falling = (45.0 / 80.0) * (1.0 - math.exp(-rest))
    expected = [0.1 + 10.0 / 40.0, 0.2 + 10.0 / 60.0, 0.5 + flat_until + falling]
    found = reached((30.0, 15.0, 60.0), (60.0, 60.0, 90.0), cap_kw=(45.0, 40.0, 30.0))
    assert found == pytest.approx(expected, rel=1e-9)


def test_who_charges_as_long_as_it_takes_is_left_alone_and_nobody_gets_more_than_it_asked_for():
    assert reached((30.0, 15.0, 60.0), (30.0, 10.0, 60.0)) == [0.9, 0.9, 0.9]
    assert reached((119.9, 60.0, 60.0), (120.0, 60.0, 60.0), needs=(0.3, 0.9, 0.9)) == [0.3, 0.9, 0.9]
