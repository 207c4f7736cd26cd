"""Charge curves: exact times against numerical integrals of published shapes."""

import numpy as np
import pytest

from charging.power.curves import Curve, charge_minutes
from data.errors import DataError

LFP = Curve(
    (0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1),
    (0.6, 0.85, 1, 1, 0.95, 0.85, 0.7, 0.5, 0.28, 0.18, 0.05),
)
NMC = Curve(
    (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1),
    (0.7, 0.9, 1, 1, 0.95, 0.85, 0.72, 0.6, 0.48, 0.35, 0.2, 0.12, 0.04),
)
TRUCK = Curve((0, 0.05, 0.8, 0.9, 0.95, 1), (0.8, 1, 1, 0.7, 0.4, 0.08))


@pytest.mark.parametrize(
    ("curve", "battery", "vehicle", "gun", "start", "end", "minutes"),
    [
        (LFP, 55, 90, 120, 0.30, 0.85, 26.66),
        (LFP, 55, 90, 60, 0.30, 0.85, 32.33),
        (LFP, 55, 90, 120, 0.30, 0.95, 40.28),
        (LFP, 100, 120, 120, 0.20, 0.90, 48.88),
        (NMC, 70, 130, 120, 0.30, 0.80, 26.50),
        (TRUCK, 210, 130, 120, 0.20, 0.95, 83.67),
    ],
)
def test_charge_times(curve, battery, vehicle, gun, start, end, minutes):
    got = charge_minutes(curve, battery_kwh=battery, vehicle_kw=vehicle, gun_kw=gun, soc=start, end_soc=end)
    assert got == pytest.approx(minutes, rel=1e-3)


def test_closed_form_equals_fine_quadrature():
    soc = np.linspace(0.02, 0.97, 400_001)
    power = np.minimum(90 * np.interp(soc, LFP.soc, LFP.power_share), 77)
    numeric = np.trapezoid(60 * 55 / power, soc)
    got = charge_minutes(LFP, battery_kwh=55, vehicle_kw=90, gun_kw=77, soc=0.02, end_soc=0.97)
    assert got == pytest.approx(numeric, rel=1e-8)


@pytest.mark.parametrize(
    ("soc", "part", "message"),
    [
        ((0, 0.5), (1, 1), "increase from 0 to 1"),
        ((0, 0.5, 0.5, 1), (1, 1, 1, 1), "increase from 0 to 1"),
        ((0, 1), (1,), "same length"),
        ((0, 0.5, 1), (1, 0, 0), "above 0 below SOC 1"),
    ],
)
def test_bad_curves(soc, part, message):
    with pytest.raises(DataError, match=message):
        Curve(soc, part)


def test_a_charge_to_where_no_power_flows_is_refused():
    with pytest.raises(DataError, match="never ends"):
        charge_minutes(Curve((0, 1), (1, 0)), battery_kwh=50, vehicle_kw=90, gun_kw=60, soc=0.5, end_soc=1)
