"""The calendar: temperatures and holidays move energy within a year, not its sum."""

import datetime as dt

import polars as pl
import pytest

import fleet
from fleet.demand.calendar import Year, days_of
from fleet.emissions.accounts import energy
from fleet.emissions.factors import RoadFactors


@pytest.mark.parametrize("year", [2020, 2025, 2028])
@pytest.mark.parametrize("response", [-0.5, 0.0, 1.0, 2.0])
def test_the_days_of_a_year_use_what_a_mean_day_does(county, year, response):
    days = days_of(county, dt.date(year, 1, 1), 366 if year % 4 == 0 else 365)
    assert sum(day.use_multiplier(response) for day in days) / len(days) == pytest.approx(1.0, abs=1e-12)
    assert sum(day.through_multiplier for day in days) / len(days) == pytest.approx(1.0, abs=1e-12)


def test_holidays_and_heat_still_stand_out(county):
    ordinary, festival = days_of(county, dt.date(2025, 4, 15), 1)[0], days_of(county, dt.date(2025, 1, 29), 1)[0]
    assert festival.through_multiplier / ordinary.through_multiplier == pytest.approx(3.6)
    assert festival.use_multiplier(1.0) / ordinary.use_multiplier(1.0) == pytest.approx(2.1 * 1.05)
    assert festival.use_multiplier(-5.0) == 0.0
    assert Year().mean_use(1.0) == 1.0


@pytest.mark.whole
def test_a_year_of_requests_uses_what_the_accounts_say(county, stock):
    """Batteries of all classes, 365 days: within 0.5 % of km times use per km."""
    ledger = fleet.vehicle_days(county, stock, year=2025, start=dt.date(2025, 1, 1), days=365, seed=1).ledger
    ledger = ledger.filter(power="bev")
    factors = RoadFactors.from_county(county)
    used = energy(factors, stock.filter(year=2025)).filter(power="bev").select("vehicle_class", "amount")
    both = ledger.join(used, on="vehicle_class")
    losses = {name: factors.charging_places.meter_per_battery(name) for name in both["vehicle_class"]}
    account = (both["amount"] / both["vehicle_class"].replace_strict(losses, return_dtype=pl.Float64)).sum()
    assert both["driven_kwh"].sum() == pytest.approx(account, rel=0.005)
