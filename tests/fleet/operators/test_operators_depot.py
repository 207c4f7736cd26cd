"""Charging in a depot: the least connection by hand, leaving times that are hard, prices."""

import numpy as np
import polars as pl
import pytest

from data.errors import InfeasibleError
from fleet.operators.depot_charging import STAYS, DepotChargers, connection_kw, depot_load

CHARGERS = DepotChargers(charger_kw=60.0, efficiency=1.0, plug_min=0.0, usable_kwh=100.0, reserve_kwh=10.0)


def stays(*rows):
    return pl.DataFrame(rows, schema=STAYS, orient="row")


def test_a_night_is_levelled_where_the_connection_counts():
    # 80 kWh from 20 h to 6 h: 8 kW each, where at once two take 120 kW
    found = depot_load(stays((0, 1200.0, 1800.0, 80.0, 0.0), (1, 1200.0, 1800.0, 80.0, 0.0)), CHARGERS)
    assert found.peak_kw == pytest.approx(16.0, rel=1e-5)
    assert found.at_once_kw == pytest.approx(120.0)
    assert (found.chargers, found.guns) == (1, 2)
    assert found.kwh == pytest.approx(160.0, abs=1e-6)
    load = found.load
    assert load["managed_kw"].sum() * 0.25 == pytest.approx(160.0, abs=1e-6)
    assert load["at_once_kw"].sum() * 0.25 == pytest.approx(160.0)
    assert load.filter(pl.col("start_min").is_between(375.0, 1180.0))["managed_kw"].max() == pytest.approx(
        0.0, abs=1e-6
    )


def test_who_leaves_at_noon_needs_its_energy_then():
    # comes with 20 kWh left, stays an hour, drives 60 kWh: at least 50 kWh in that hour
    rows = stays((0, 720.0, 780.0, 80.0, 60.0), (0, 1200.0, 1800.0, 140.0, 0.0))
    found = depot_load(rows, CHARGERS)
    noon = found.load.filter(pl.col("start_min").is_between(720.0, 765.0))
    assert noon["managed_kw"].sum() * 0.25 == pytest.approx(50.0, abs=1e-4)
    assert found.peak_kw == pytest.approx(50.0, rel=1e-5)
    assert found.short == ()


def test_cheap_hours_are_taken_under_the_least_connection():
    prices = np.where(np.arange(24) < 4, 0.2, 1.0)
    # the first bus decides the connection: 60 kWh in two hours of the evening; the second then has the cheap hours
    rows = stays((0, 1080.0, 1200.0, 60.0, 0.0), (1, 1200.0, 1800.0, 90.0, 0.0))
    found = depot_load(rows, CHARGERS, prices=prices)
    assert found.peak_kw == pytest.approx(30.0, rel=1e-5)
    cheap = found.load.filter(pl.col("start_min") < 240.0)["managed_kw"].sum() * 0.25
    assert cheap == pytest.approx(90.0, abs=1e-4)
    assert found.cny == pytest.approx(60.0 + 0.2 * 90.0, rel=1e-5)


def test_a_bus_that_cannot_be_ready_is_named():
    with pytest.raises(
        InfeasibleError, match=r"vehicle 7 cannot charge in its stays what it uses at 60 kW \(1 vehicles"
    ):
        depot_load(stays((7, 720.0, 740.0, 80.0, 60.0), (7, 1200.0, 1800.0, 140.0, 0.0)), CHARGERS)
    with pytest.raises(InfeasibleError, match="vehicle 2 cannot charge"):
        depot_load(stays((2, 1200.0, 1230.0, 80.0, 0.0)), CHARGERS)


def test_a_connection_is_no_less_than_a_charger_takes():
    assert connection_kw(205.0, 60.0) == 205.0
    # a trickle over the night would do: a vehicle in a hurry could not charge
    assert connection_kw(2.0, 30.0) == 30.0
    assert connection_kw(0.0, 30.0) == 0.0
