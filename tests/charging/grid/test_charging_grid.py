"""Grid side: sunshine, storage, town transformers and managed charging, by hand and by their balances."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import charging
from charging.grid.managed import MANAGED, managed_load
from charging.grid.pv import pv_kw
from charging.grid.storage import StationEquipment, Storage, dispatch
from data import DataError, load_county


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def test_a_day_of_sun_yields_what_the_table_says(county):
    day = pv_kw(county, month=7, kwp=100.0, intervals=96, interval_min=15.0)
    assert day.sum() / 4 == pytest.approx(370.0)
    assert day[:20].sum() == 0.0
    assert 44 <= int(np.argmax(day)) <= 54
    two = pv_kw(county, month=7, kwp=100.0, intervals=192, interval_min=15.0)
    assert two[96:] == pytest.approx(day)
    with pytest.raises(DataError, match="no row for month 13"):
        pv_kw(county, month=13, kwp=1.0, intervals=1, interval_min=15.0)


def test_storage_takes_the_sun_that_is_left_and_gives_it_when_power_is_dear():
    load = np.array([0.0, 0.0, 10.0, 10.0])
    sun = np.array([8.0, 0.0, 0.0, 0.0])
    price = np.array([1.0, 1.0, 1.0, 3.0])
    run = dispatch(load, sun, price, Storage(6.0, 10.0, 0.5), interval_min=60.0)
    assert run.charge_kw.tolist()[:1] == [8.0]
    assert run.level_kwh[0] == 4.0
    assert run.discharge_kw[3] > 0.0
    assert run.grid_kw == pytest.approx(load - sun + run.charge_kw - run.discharge_kw)
    assert (run.level_kwh >= 0.0).all()
    assert (run.level_kwh <= 6.0).all()


def test_storage_keeps_a_limit_as_long_as_it_lasts():
    load = np.array([0.0, 0.0, 0.0, 30.0, 30.0])
    price = np.array([1.0, 1.0, 1.0, 1.5, 1.5])
    run = dispatch(load, np.zeros(5), price, Storage(30.0, 20.0, 1.0), interval_min=60.0, limit_kw=20.0)
    assert run.grid_kw.max() <= 20.0 + 1e-9
    none = dispatch(load, np.zeros(5), price, Storage(0.0, 0.0, 1.0), interval_min=60.0, limit_kw=20.0)
    assert none.grid_kw == pytest.approx(load)


def test_storage_gives_where_others_fill_the_grid():
    load, price = np.array([5.0, 5.0, 20.0, 20.0, 20.0]), np.array([1.0, 1.0, 2.0, 2.0, 1.0])
    # hour by hour what the others leave; not known in the second, and less than nothing in the last
    left = np.array([8.0, np.nan, 30.0, 12.0, -50.0])
    run = dispatch(load, np.zeros(5), price, Storage(40.0, 15.0, 1.0), interval_min=60.0, limit_kw=left)
    # 3 kW up to the limit, then as much as the converter takes, since 20 kW are the peak of the load
    assert run.charge_kw.tolist() == [3.0, 15.0, 0.0, 0.0, 0.0]
    # dear power at 2 h takes 15 of 18 kWh, so that 3 are left where 8 would keep the limit
    assert run.discharge_kw.tolist() == [0.0, 0.0, 15.0, 3.0, 0.0]
    cheap = dispatch(load, np.zeros(5), np.ones(5), Storage(40.0, 30.0, 1.0), interval_min=60.0, limit_kw=left)
    assert cheap.discharge_kw.tolist() == [0.0] * 5


def test_storage_never_feeds_in_for_others():
    load = np.array([0.0, 10.0])
    sun = np.array([30.0, 0.0])
    run = dispatch(load, sun, np.ones(2), Storage(40.0, 30.0, 1.0), interval_min=60.0, limit_kw=np.array([5.0, -50.0]))
    assert run.discharge_kw.tolist() == [0.0, 10.0]
    assert run.grid_kw.tolist() == [0.0, 0.0]


def test_energy_of_the_storage_closes():
    rng = np.random.default_rng(1)
    load, sun = rng.uniform(0, 100, 400), np.maximum(0.0, rng.normal(20, 40, 400))
    run = dispatch(load, sun, rng.uniform(0.3, 1.2, 400), Storage(80.0, 40.0, 0.9), interval_min=15.0)
    stored = (run.charge_kw * 0.9 - run.discharge_kw).sum() / 4
    assert stored == pytest.approx(run.level_kwh[-1], abs=1e-9)
    assert (run.pv_used_kw <= sun + 1e-9).all()
    assert max(run.charge_kw.max(), run.discharge_kw.max()) <= 40.0


def test_equipment_of_stations_is_the_countys_and_adds_up(county):
    changed = county.with_figures({"grid.storage_kwh_per_station": 200.0, "grid.storage_kw_per_station": 100.0})
    equipment = StationEquipment.from_county(changed)
    assert equipment.pv_kwp == county.figure("grid.pv_kwp_per_station")
    assert equipment.storage(3) == Storage(600.0, 300.0, county.figure("grid.storage_efficiency"))


def sessions():
    return pl.DataFrame(
        {
            "request_id": [0, 1, 2],
            "current": ["ac", "ac", "dc"],
            "outcome": ["served", "served", "served"],
            "plug_min": [20.0, 60.0, 0.0],
            "leave_min": [500.0, 300.0, 60.0],
            "meter_kwh": [14.0, 7.0, 40.0],
        }
    )


@pytest.mark.parametrize("way", MANAGED)
def test_every_way_gives_every_session_its_energy(way):
    tariff = pl.DataFrame({"start_min": [0.0, 240.0], "cny_per_kwh": [1.0, 0.4]})
    curve = managed_load(sessions(), way, interval_min=15.0, tariff=tariff, ac_kw=7.0)
    assert curve["mean_kw"].sum() / 4 == pytest.approx(21.0)
    late = curve.filter(pl.col("start_min") >= 240.0)["mean_kw"].sum() / 4
    assert {"immediate": late == 0.0, "valley": late > 16.0, "levelled": 5.0 < late < 14.0}[way]


def test_levelling_lowers_the_peak_and_faults_are_named():
    peak = {
        way: managed_load(sessions(), way, interval_min=15.0, ac_kw=7.0)["mean_kw"].max()
        for way in ("immediate", "levelled")
    }
    assert peak["levelled"] < peak["immediate"]
    with pytest.raises(DataError, match="Did you mean 'valley'"):
        managed_load(sessions(), "vally", interval_min=15.0, ac_kw=7.0)
    with pytest.raises(DataError, match="ac_kw 0"):
        managed_load(sessions(), "valley", interval_min=15.0, ac_kw=0.0)
    for wrong in ((-1.0, 1.0, 0.9), (1.0, 1.0, 0.0)):
        with pytest.raises(DataError, match="storage"):
            Storage(*wrong)


def test_a_run_bills_with_the_tariff_of_the_season(county, make_layout, make_requests):
    start = dt.date(2025, 7, 7)
    tariff = charging.tariff_of(county, start, days=2)
    requests = make_requests({"arrive_min": 660.0, "energy_kwh": 30.0}, {"arrive_min": 120.0, "energy_kwh": 30.0})
    found = charging.simulate(make_layout({"piles": 2}), requests, tariff=tariff).sessions
    by_start = tariff.sort("start_min")

    def price(minute):
        return by_start.filter(pl.col("start_min") <= minute)["cny_per_kwh"][-1]

    assert found["cost_cny"][0] == pytest.approx(30.0 * price(660.0))
    assert found["cost_cny"][1] == pytest.approx(30.0 * price(120.0))
    assert price(660.0) > price(120.0)
