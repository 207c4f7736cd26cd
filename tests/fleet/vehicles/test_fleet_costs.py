"""Cost of ownership: cash flows by hand, tax schedule, break-even, and what levers do."""

import math
from dataclasses import replace

import polars as pl
import pytest

from data import DataError
from fleet.vehicles.charging_places import ChargingPlaces
from fleet.vehicles.choice_costs import yearly
from fleet.vehicles.cost_inputs import CostInputs, Levers
from fleet.vehicles.costs import energy_cny_per_km, purchase_tax_cny, tco
from fleet.vehicles.ownership import (
    Ownership,
    annuity,
    breakeven_km_per_year,
    breakeven_months,
    cheaper_until_months,
    instalment_cny_per_year,
)


def test_annuity_by_hand():
    # closed form of equal payments at the ends of months, v a month's discount
    for years, rate in ((2, 0.1), (5, 0.06), (1 / 12, 0.3), (40, 0.01)):
        v = (1 + rate) ** (-1 / 12)
        assert annuity(years, rate) == pytest.approx(v * (1 - v ** round(12 * years)) / (1 - v) / 12, rel=1e-12)
    half = annuity(2, 0.1) + 0.5 / 12 * 1.1 ** (-25 / 12)
    assert annuity(2 + 0.5 / 12, 0.1) == pytest.approx(half)
    assert annuity(3, 0.0) == pytest.approx(3.0)
    with pytest.raises(DataError, match="rate above -1"):
        annuity(1, -1.0)


def test_instalments_pay_back_the_loan():
    yearly = instalment_cny_per_year(80_000, yearly_rate=0.075, term_months=36)
    left = 80_000.0
    for _ in range(36):
        left = left * (1 + 0.075 / 12) - yearly / 12
    assert left == pytest.approx(0.0, abs=1e-6)
    for rate in (0.0, 1e-300, 1e-17):
        assert instalment_cny_per_year(36_000, yearly_rate=rate, term_months=36) == pytest.approx(12_000)


def test_present_cost_and_break_even_by_hand():
    cheap = Ownership(100.0, 0.0, 0.0, 0.5, 0.0)
    dear = Ownership(160.0, 0.0, 0.0, 0.3, 20.0)
    assert cheap.npv(100, years=2, rate=0.0) == pytest.approx(200.0)
    assert dear.npv(100, years=2, rate=0.0) == pytest.approx(200.0)
    assert breakeven_km_per_year(dear, cheap, years=2, rate=0.0) == pytest.approx(100.0)
    assert dear.per_km(100, years=2, rate=0.0) == pytest.approx(1.0)
    assert breakeven_months(dear, cheap, km_per_year=100) == pytest.approx(12 * 60 / 20)
    assert breakeven_km_per_year(cheap, dear, years=2, rate=0.0) is None
    assert breakeven_months(cheap, dear, km_per_year=100, years=2) == 0.0
    assert breakeven_months(cheap, dear, km_per_year=100, years=4) is None
    assert breakeven_months(cheap, dear, km_per_year=100) is None
    never = Ownership(160.0, 0.0, 0.0, 0.6, 0.0)
    assert breakeven_months(never, cheap, km_per_year=100) is None
    rented = Ownership(0.0, 60.0, math.inf, 0.5, 0.0)
    assert rented.npv(0, years=2, rate=0.0) == pytest.approx(120.0)


def test_break_even_follows_payments_that_end():
    bought = Ownership(100.0, 0.0, 0.0, 0.5, 0.0)
    lease = Ownership(20.0, 60.0, 3.0, 0.3, 0.0)
    # 100 km: 80 less at the start, 40 dearer a year for three years, then 20 cheaper a year: +40 after 3, 0 after 5
    assert breakeven_months(lease, bought, km_per_year=100, years=10) == pytest.approx(60.0)
    assert breakeven_months(lease, bought, km_per_year=100, years=2) == 0.0
    assert cheaper_until_months(lease, bought, km_per_year=100) == pytest.approx(24.0)
    saving = Ownership(150.0, 60.0, 1.0, 0.1, 0.0)
    # +50, +70 after a year, then 40 less a year: 0 after 2.75 years
    assert breakeven_months(saving, bought, km_per_year=100) == pytest.approx(33.0)
    assert cheaper_until_months(saving, bought, km_per_year=100) == 0.0
    back = Ownership(120.0, -60.0, 1.0, 0.5, 0.0)
    assert breakeven_months(back, bought, km_per_year=100) == pytest.approx(4.0)
    assert cheaper_until_months(Ownership(0.0, 0.0, 0.0, 0.1, 0.0), bought, km_per_year=100) is None
    same = Ownership(120.0, 0.0, 0.0, 0.5, 0.0)
    assert breakeven_months(same, bought, km_per_year=100) is None


def test_a_rented_battery_eats_its_price_cut_in_cut_over_rent():
    bought = Ownership(120_000.0, 0.0, 0.0, 0.2, 0.0)
    separated = Ownership(120_000.0 - 33_600.0, 12 * 499.0, math.inf, 0.2, 0.0)
    assert cheaper_until_months(separated, bought, km_per_year=12_000) == pytest.approx(33_600 / 499)


def test_present_cost_is_the_sum_of_discounted_payments(county):
    row = (
        tco(county, year=2025)
        .filter(vehicle_class="light_truck", power="bev", form="financial_lease")
        .row(0, named=True)
    )
    price, rate = 150_000.0, 0.06
    monthly = 0.075 / 12
    paid = 12 * 0.8 * price * monthly / (1 - (1 + monthly) ** -36)
    km, kwh = 40_000, 0.32 * (0.2 / 0.89 + 0.8 / 0.92)  # AC at home, DC at depots and in public
    electricity = 0.2 * 0.6259 + 0.55 * 0.65 + 0.25 * 1.1
    running = km * (kwh * electricity + 0.15)
    expected = 0.2 * price  # no purchase tax in 2025
    months = {term: sum((1 + rate) ** (-month / 12) for month in range(1, term + 1)) / 12 for term in (36, 60)}
    expected += paid * months[36] + running * months[60] - 0.3 * price / (1 + rate) ** 5
    assert row["npv_cny"] == pytest.approx(expected, rel=1e-9)
    assert row["cny_per_km"] == pytest.approx(expected / (km * months[60]), rel=1e-9)


def test_prices_and_losses_are_those_of_where_the_residents_charge(county):
    places = ChargingPlaces.from_county(county)
    towns = dict(county.towns.group_by("kind").agg(pl.col("residents").sum()).iter_rows())
    seat = towns["seat"] / sum(towns.values())
    shares = places.shares("private_car")
    assert shares["home"] == pytest.approx(seat * 0.5 + (1 - seat) * 0.75)
    assert shares["public"] == pytest.approx(seat * 0.42 + (1 - seat) * 0.21)
    assert sum(shares.values()) == pytest.approx(1.0)
    slow = shares["home"] + shares["work"] + 0.12 * shares["public"]
    assert places.meter_per_battery("private_car") == pytest.approx(slow / 0.89 + (1 - slow) / 0.92)
    # a class that the table leaves out, and one whose towns have no residents
    assert places.shares("rocket") == {"home": 0.0, "depot": 0.0, "work": 0.0, "public": 1.0}
    assert places.meter_per_battery("rocket") == pytest.approx(1 / 0.92)
    empty = replace(places, residents={"seat": 0.0})
    assert empty.shares("private_car")["home"] == pytest.approx(0.625)


def test_levers_that_no_policy_can_be_are_refused():
    for wrong, words in (
        ({"subsidy_cny": -1.0}, "subsidy_cny -1.0; expected 0 or more"),
        ({"lease_share": 1.2}, "lease_share 1.2; expected 0 to 1"),
        ({"tax_waived_share": -0.1}, "tax_waived_share -0.1; expected 0 to 1"),
        ({"trade_in_cny": -5.0}, "trade_in_cny -5.0; expected 0 or more"),
        ({"trade_in_price_share": 1.5}, "trade_in_price_share 1.5; expected 0 to 1"),
        ({"public_guns_factor": 0.0}, "public_guns_factor 0.0; expected above 0"),
        ({"fuel_price_factor": 0.0}, "fuel_price_factor 0.0; expected above 0"),
        ({"forms": ("purchase", "lease")}, "form 'lease' is not known"),
    ):
        with pytest.raises(DataError, match=words):
            Levers(**wrong)


def test_a_waived_share_of_the_tax_stands_for_the_schedule(county):
    inputs = CostInputs.from_county(county)
    for group, share, due in (("nev_car", 0.25, 7_500.0), ("nev_other", 1.0, 0.0), ("ice", 1.0, 10_000.0)):
        assert purchase_tax_cny(inputs, group, 113_000.0, year=2030, waived_share=share) == pytest.approx(due)


def test_who_trades_an_old_car_in_is_paid_for_a_new_energy_car_alone(county):
    plain, paid = (tco(county, year=2025, levers=Levers(trade_in_cny=amount)) for amount in (0.0, 4_000.0))
    gap = plain.select("vehicle_class", "power").with_columns(cny=(plain["npv_cny"] - paid["npv_cny"]).round(6))
    cars = gap.filter(pl.col("power").is_in(["bev", "phev"]) & pl.col("vehicle_class").str.contains("car|taxi|ride"))
    assert set(cars["cny"]) == {4_000.0}
    assert set(gap.filter(vehicle_class="tractor")["cny"]) | set(gap.filter(power="petrol")["cny"]) == {0.0}


def test_the_tax_of_another_year_can_hold(county):
    one = {"vehicle_class": "private_car", "power": "bev", "form": "purchase"}
    due = [
        tco(county, year=2028, levers=Levers(tax_as_of=year)).filter(**one)["tax_cny"].item()
        for year in (2025, 2027, 2028, None)
    ]
    assert due[0] == 0.0
    assert due[1] == pytest.approx(0.5 * due[2])
    assert due[3] == due[2] > 0.0


def test_what_an_old_car_brings_follows_the_scheme_of_the_year(county):
    by_price = tco(county, year=2026, levers=Levers(trade_in_cny=4_000.0, trade_in_price_share=0.01))
    plain = tco(county, year=2026)
    one = {"vehicle_class": "private_car", "power": "bev", "form": "purchase"}
    gap = plain.filter(**one)["npv_cny"].item() - by_price.filter(**one)["npv_cny"].item()
    assert gap == pytest.approx(0.01 * 120_000.0 * 0.97)
    # a share of the price is never more than the amount
    dear = tco(county, year=2026, levers=Levers(trade_in_cny=400.0, trade_in_price_share=0.5))
    assert plain.filter(**one)["npv_cny"].item() - dear.filter(**one)["npv_cny"].item() == pytest.approx(400.0)
    paid = {year: yearly(county, Levers(), year) for year in (2023, 2025, 2026, 2027)}
    assert (paid[2023].trade_in_cny, paid[2027].trade_in_cny) == (0.0, 0.0)
    # half of the buyers have an old car
    assert (paid[2025].trade_in_cny, paid[2025].trade_in_price_share) == (2_500.0, None)
    assert (paid[2026].trade_in_cny, paid[2026].trade_in_price_share) == (2_500.0, 0.01)
    longer = yearly(county, Levers(trade_in_until=2028), 2028)
    assert (longer.trade_in_cny, longer.trade_in_price_share) == (2_500.0, 0.01)
    assert yearly(county, Levers(trade_in_as_of=2025), 2027).trade_in_cny == 2_500.0


def test_the_purchase_tax_follows_its_schedule(county):
    inputs = CostInputs.from_county(county)
    price = 113_000.0 * 4
    full = 0.1 * price / 1.13
    assert purchase_tax_cny(inputs, "ice", price, year=2025) == pytest.approx(full)
    assert purchase_tax_cny(inputs, "nev_car", price, year=2023) == 0.0
    assert purchase_tax_cny(inputs, "nev_car", price, year=2025) == pytest.approx(full - 30_000)
    assert purchase_tax_cny(inputs, "nev_car", price, year=2026) == pytest.approx(full - 15_000)
    assert purchase_tax_cny(inputs, "nev_car", 113_000.0, year=2026) == pytest.approx(5_000)
    assert purchase_tax_cny(inputs, "nev_car", price, year=2030) == pytest.approx(full)
    with pytest.raises(DataError, match="no row for tax_group 'nev_car' in 2040"):
        purchase_tax_cny(inputs, "nev_car", price, year=2040)


def test_energy_of_a_kilometre(county):
    inputs = CostInputs.from_county(county)
    assert energy_cny_per_km(inputs, "private_car", "petrol") == pytest.approx(0.072 * 7.5)
    phev = energy_cny_per_km(inputs, "private_car", "phev")
    bev = energy_cny_per_km(inputs, "private_car", "bev")
    assert phev == pytest.approx(0.45 * bev * 17.0 / 13.8 + 0.55 * 0.055 * 7.5)
    half = energy_cny_per_km(inputs, "private_car", "bev", Levers(electricity_price_factor=0.5))
    assert half == pytest.approx(bev / 2)
    assert energy_cny_per_km(inputs, "private_car", "bev", Levers(charging_access_share=1.0)) < bev
    with pytest.raises(DataError, match="no row for vehicle_class 'bus' with power 'petrol'"):
        energy_cny_per_km(inputs, "bus", "petrol")


def test_the_table_holds_every_class_power_and_form(county):
    table = tco(county, year=2025)
    assert set(table["form"]) == {"purchase", "financial_lease", "battery_separation", "operating_lease"}
    assert table.select("vehicle_class", "power").unique().height == county.vehicle_costs.height
    van = table.filter(vehicle_class="micro_van", power="bev", form="purchase").row(0, named=True)
    petrol = table.filter(vehicle_class="micro_van", power="petrol", form="purchase").row(0, named=True)
    assert van["cny_per_km"] < petrol["cny_per_km"]
    assert 0 < van["breakeven_km_per_year"] < van["km_per_year"]
    assert petrol["breakeven_months"] is None
    later = tco(county, year=2030).filter(vehicle_class="micro_van", power="bev", form="purchase")["price_cny"].item()
    assert later == pytest.approx(van["price_cny"] * 0.97**5)


def test_a_lease_pays_maintenance_where_it_says_so(county):
    table = tco(county, year=2025).filter(form="operating_lease", power="bev")
    running = {row["vehicle_class"]: row["running_cny_per_km"] - row["energy_cny_per_km"] for row in table.to_dicts()}
    assert running["light_truck"] == pytest.approx(0.0)
    assert running["taxi"] == pytest.approx(0.06)


def test_levers_change_what_they_say(county):
    plain = tco(county, year=2025)
    paid = tco(county, year=2025, levers=Levers(subsidy_cny=10_000))
    gap = (plain["npv_cny"] - paid["npv_cny"]).round(6)
    new = plain["power"].is_in(["bev", "phev", "fcev"])
    assert set(gap.filter(new)) == {10_000.0}
    assert set(gap.filter(~new)) == {0.0}
    bought = tco(county, year=2025, levers=Levers(forms=("purchase",)))
    assert set(bought["form"]) == {"purchase"}


def test_a_county_without_costs_says_so(county):
    empty = county.with_table("vehicle_costs", county.vehicle_costs.clear())
    with pytest.raises(DataError, match=r"add vehicle_costs\.csv"):
        tco(empty, year=2025)
    unpriced = county.with_table("energy_prices", county.energy_prices.filter(pl.col("carrier") != "diesel"))
    with pytest.raises(DataError, match="no row for 'diesel'"):
        tco(unpriced, year=2025)
    with pytest.raises(DataError, match="no table 'vehicle_cost'"):
        county.with_table("vehicle_cost", county.vehicle_costs)
