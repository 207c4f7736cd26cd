"""Levers of adoption at the ends of what they may be, and when a vehicle has cost as much as another, by hand."""

import math

import pytest

from data.errors import DataError
from fleet.vehicles.cost_inputs import CostInputs, Levers
from fleet.vehicles.costs import form_flows, tco
from fleet.vehicles.ownership import Ownership, breakeven_months, cheaper_until_months


@pytest.mark.parametrize("name", ["electricity_price_factor", "fuel_price_factor", "public_guns_factor"])
def test_a_factor_is_above_0(name):
    for wrong in (0.0, -0.5, math.nan):
        with pytest.raises(DataError, match=f"{name} .*expected above 0"):
            Levers(**{name: wrong})
    assert getattr(Levers(**{name: 1e-3}), name) == 1e-3


@pytest.mark.parametrize("name", ["lease_share", "charging_access_share", "tax_waived_share", "trade_in_price_share"])
def test_a_share_is_0_to_1(name):
    for wrong in (-1e-9, 1.0 + 1e-9):
        with pytest.raises(DataError, match=f"{name} .*expected 0 to 1"):
            Levers(**{name: wrong})
    assert [getattr(Levers(**{name: end}), name) for end in (0.0, 1.0)] == [0.0, 1.0]


@pytest.mark.parametrize("name", ["subsidy_cny", "trade_in_cny"])
def test_money_is_not_negative(name):
    with pytest.raises(DataError, match=f"{name} .*expected 0 or more"):
        Levers(**{name: -1e-9})
    assert getattr(Levers(**{name: 0.0}), name) == 0.0


def owned(upfront, per_year=0.0, years=math.inf, per_km=0.0):
    return Ownership(upfront, per_year, years, per_km, 0.0)


REFERENCE = owned(100_000.0, per_km=1.0)
KM = {"km_per_year": 10_000.0}


@pytest.mark.parametrize(
    ("vehicle", "months"),
    [
        (owned(120_000.0, per_km=0.5), 48.0),  # 20,000 CNY more, 5,000 less a year
        (owned(90_000.0, per_km=0.5), 0.0),
        (owned(120_000.0, per_km=1.0), None),
        (owned(120_000.0, per_km=1.2), None),
        # instalments of 12,000 CNY for 2 years on top of 80,000: dearer from then on by 4,000, less 5,000 a year
        (owned(80_000.0, per_year=12_000.0, years=2.0, per_km=0.5), 0.0),
        (owned(80_000.0, per_year=20_000.0, years=2.0, per_km=0.5), 12.0 * (2.0 + 10_000.0 / 5_000.0)),
        # starts dearer, is cheaper before its instalments end
        (owned(106_000.0, per_year=2_000.0, years=4.0, per_km=0.5), 24.0),
    ],
)
def test_months_until_a_vehicle_has_paid_for_itself(vehicle, months):
    found = breakeven_months(vehicle, REFERENCE, **KM)
    assert found == (None if months is None else pytest.approx(months))


@pytest.mark.parametrize(
    ("vehicle", "months"),
    [
        (owned(100_000.0, per_km=2.0), 0.0),
        (owned(110_000.0, per_km=0.5), 0.0),
        (owned(80_000.0, per_km=1.5), 48.0),
        (owned(80_000.0, per_km=1.0), None),
        (owned(80_000.0, per_km=0.5), None),
        # rents eat the cut of the price up in 16 months
        (owned(80_000.0, per_year=15_000.0, per_km=1.0), 16.0),
        (owned(80_000.0, per_year=15_000.0, years=1.0, per_km=1.2), 12.0 * (1.0 + 3_000.0 / 2_000.0)),
    ],
)
def test_months_until_a_vehicle_that_starts_cheaper_is_so_no_more(vehicle, months):
    found = cheaper_until_months(vehicle, REFERENCE, **KM)
    assert found == (None if months is None else pytest.approx(months))


@pytest.mark.parametrize("vehicle_class", ["tractor", "light_truck"])
def test_every_form_is_held_against_the_purchase_of_the_usual_vehicle(three_towns, vehicle_class):
    usual, electric = (form_flows(three_towns, vehicle_class, power, year=2025) for power in ("diesel", "bev"))
    assert "financial_lease" in usual  # which the table must not take for the purchase
    years = CostInputs.from_county(three_towns).holding_years
    rows = tco(three_towns, year=2025).filter(vehicle_class=vehicle_class, power="bev")
    assert set(rows["form"]) == set(electric)
    for row in rows.iter_rows(named=True):
        km = {"km_per_year": row["km_per_year"]}
        assert row["breakeven_months"] == breakeven_months(electric[row["form"]], usual["purchase"], **km, years=years)
        until = cheaper_until_months(electric[row["form"]], electric["purchase"], **km)
        assert row["cheaper_until_months"] == (None if row["form"] == "purchase" else until)
