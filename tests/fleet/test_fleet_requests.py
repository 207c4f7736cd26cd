"""Charging requests of the vehicle-day model."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fleet
from data import DataError, load_county
from data.schemas.crossing import Requests
from data.streams import stream
from data.validate import validate
from fleet.vehicle_day import draw_minutes

MONDAY = date(2025, 11, 10)


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture(scope="module")
def stock(county):
    return fleet.stock(county)


@pytest.fixture(scope="module")
def week(county, stock):
    return fleet.vehicle_days(county, stock, year=2025, start=MONDAY, days=7, seed=3)


def test_the_table_is_a_request_table(week):
    table = validate(week.requests, Requests, table="requests")
    assert table["arrive_min"].is_sorted()
    assert table["arrive_min"].max() < 7 * 1440


def test_energy_closes(week):
    ledger = week.ledger
    gap = (
        ledger["driven_kwh"]
        - ledger["home_kwh"]
        - ledger["depot_kwh"]
        - ledger["public_kwh"]
        + ledger["battery_change_kwh"]
    )
    assert gap.abs().max() < 1e-9 * ledger["driven_kwh"].max()
    town = week.requests.filter(~pl.col("vehicle_class").str.starts_with("through"))
    assert town["energy_kwh"].sum() == pytest.approx(ledger["public_kwh"].sum(), rel=1e-9)


def test_same_seed_same_table(county, stock, week):
    again = fleet.requests(county, stock, year=2025, start=MONDAY, days=7, seed=3)
    other = fleet.requests(county, stock, year=2025, start=MONDAY, days=7, seed=4)
    assert again.equals(week.requests)
    assert not other.equals(week.requests)


def test_a_day_is_what_a_planner_would_expect(week):
    sessions = week.requests.height / 7
    assert 250 < sessions < 1000
    assert 15 < week.requests["energy_kwh"].mean() < 40
    assert 5_000 < week.requests["energy_kwh"].sum() / 7 < 25_000


def test_twice_the_vehicles_make_twice_the_requests(county, stock):
    def town_requests(table):
        made = fleet.requests(county, table, year=2025, start=MONDAY, days=7, seed=5)
        return made.filter(~pl.col("vehicle_class").str.starts_with("through")).height

    ratio = town_requests(stock.with_columns(pl.col("vehicles") * 2)) / town_requests(stock)
    assert ratio == pytest.approx(2.0, abs=0.15)


def test_a_holiday_multiplies_through_traffic(county, stock):
    def through(start):
        made = fleet.requests(county, stock, year=2025, start=start, days=6, seed=2)
        return made.filter(pl.col("vehicle_class").str.starts_with("through")).height

    assert 2.5 < through(date(2025, 10, 2)) / through(MONDAY) < 5.0


def test_hours_follow_the_profile(county):
    minutes = draw_minutes(county, "public_fast_mixed", 20_000, stream(1, "hours"))
    share = county.profiles.filter(pl.col("profile") == "public_fast_mixed").sort("hour")["share"].to_numpy()
    counts = np.bincount((minutes // 60).astype(int), minlength=24)
    assert stats.chisquare(counts, 20_000 * share / share.sum()).pvalue > 0.001


def test_through_traffic_stops_at_every_area_on_its_own_side(week):
    through = week.requests.filter(pl.col("vehicle_class").str.starts_with("through"))
    stops = {origin for origin in through["origin"] if origin.startswith("s8")}
    assert stops == {f"s8-{side}@{area}" for side in ("east", "west") for area in ("bincun", "gaoliang-sa", "bozhi-sa")}


def test_bad_calls_are_named(county, stock):
    with pytest.raises(DataError, match="no year 2050"):
        fleet.requests(county, stock, year=2050, start=MONDAY, days=1, seed=1)
    with pytest.raises(DataError, match="days 0"):
        fleet.requests(county, stock, year=2025, start=MONDAY, days=0, seed=1)
    with pytest.raises(DataError, match="no profile 'nightly'"):
        draw_minutes(county, "nightly", 3, stream(1, "x"))
