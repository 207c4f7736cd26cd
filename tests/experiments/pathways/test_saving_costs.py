"""What measures cost: vehicles, the energy of ships, freight that moves; by hand, and where prices are missing."""

import math

import polars as pl
import pytest

import fleet
from data.county import load_county
from data.money import Price, bill
from experiments.pathways.modal_shift import freight_table
from experiments.pathways.saving_costs import HANDLING, RATES, freight_cost, ship_cost, vehicle_costs
from experiments.pathways.savings import Worlds, savings
from experiments.scenario.county import edited_county
from experiments.scorecard.facts.saved import FREIGHT_SHIFT, LAND, SHIP_ENERGY
from shipping.emissions.energy_costs import FIGURES, ShipEnergy, energy_bill
from shipping.emissions.ship_year import ship_year


def test_a_bill_adds_up_and_its_range_is_that_of_independent_prices():
    price = bill([(2.0, Price(1.0, 3.0, 4.0)), (-1.0, Price(2.0, 5.0, 5.5))])
    assert price.value == pytest.approx(2.0 * 3.0 - 5.0)
    # down: 2 x (3 - 1), and 5.5 - 5 because what is saved is dear; up: 2 x (4 - 3) and 5 - 2
    assert price.value - price.low == pytest.approx(math.hypot(4.0, 0.5))
    assert price.high - price.value == pytest.approx(math.hypot(2.0, 3.0))
    assert bill([]) == Price(0.0, 0.0, 0.0)
    assert price.over(2.0).high == price.high / 2.0


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


def test_ships_pay_for_fuel_and_engines_by_hand(deqing):
    none = deqing.with_figures({"river.lng_energy_share_2030": 0.0, "river.electric_energy_share_2030": 0.0})
    mine, theirs = (ShipEnergy.from_county(one, year=2030) for one in (deqing, none))
    work = ship_year(deqing, 2030)
    figure = deqing.figure
    # the same shaft energy: LNG burns less per kWh, and all of it was diesel
    assert theirs.lng_kg == theirs.lng_vessels == theirs.battery_kwh == 0.0
    moved = (theirs.diesel_kg - mine.diesel_kg) / theirs.diesel_kg
    assert moved == pytest.approx(figure("river.lng_energy_share_2030") + figure("river.electric_energy_share_2030"))
    ratio = figure("river.sfc_lng_kg_kwh") / figure("river.sfc_diesel_kg_kwh")
    assert mine.lng_kg / theirs.diesel_kg == pytest.approx(ratio * figure("river.lng_energy_share_2030"))
    assert mine.meter_kwh == pytest.approx(work.energy_kwh * work.shares["electric"] / 0.85)
    cost = ship_cost(deqing, none, 2030)
    amounts = [amount for amount, _ in energy_bill(deqing, none, 2030)]
    prices = [price.value for _, price in energy_bill(deqing, none, 2030)]
    assert prices[:3] == [7.8, 5.7, 0.65]
    # 1.4 million over 15 years at 5 %: the annuity of monthly payments is 10.62
    assert prices[3] == pytest.approx(1.4e6 / 10.62, rel=1e-3)
    assert cost.value == pytest.approx(sum(amount * price for amount, price in zip(amounts, prices, strict=True)))
    assert cost.low < cost.value < cost.high
    # dearer LNG, dearer ships
    assert ship_cost(deqing.with_figures({"river.lng_price_cny_kg": 6.5}), none, 2030).value > cost.value


@pytest.mark.parametrize("key", FIGURES[:4])
def test_ships_have_no_costs_without_their_prices(deqing, key):
    rows = deqing.figures.filter(pl.col("key") != key)
    assert ship_cost(deqing.with_table("figures", rows), deqing, 2030) is None


def test_a_county_without_a_river_has_no_costs_of_ships(three_towns):
    assert ship_cost(three_towns, three_towns, 2030) is None


@pytest.fixture(scope="module")
def by_rail(small_scenario):
    """The three towns with a tenth of their freight on rail, and without; the railway is there for this test."""
    moved = small_scenario.with_(year=2030, start="2030-03-04", fleet={"to_rail_share": 0.1})
    county = edited_county(small_scenario)
    return (moved, county), (small_scenario.with_(year=2030, start="2030-03-04"), county)


def test_freight_pays_the_rates_of_its_modes_by_hand(by_rail):
    with_, without = by_rail
    county = with_[1]
    table = freight_table(*with_, fleet.stock(county), years=[2030])
    [tonnes] = table.filter(mode="rail")["tonnes"]
    figure = county.figure
    # off the road: the haul, less the way to the station
    road = -tonnes * (figure("shift.road_haul_km") - figure("shift.to_station_km"))
    rail = tonnes * figure("shift.road_haul_km") * figure("shift.rail_over_road")
    by_hand = road * figure(RATES["road"]) + rail * figure(RATES["rail"]) + tonnes * figure(HANDLING)
    cost = freight_cost(with_, without, 2030)
    assert cost.value == pytest.approx(by_hand)
    assert cost.low < cost.value < cost.high
    assert freight_cost(without, without, 2030) == Price(0.0, 0.0, 0.0)
    unpriced = county.with_table("figures", county.figures.filter(pl.col("key") != HANDLING))
    assert freight_cost((with_[0], unpriced), without, 2030) is None


def test_the_table_says_what_a_tonne_costs_and_between_what(by_rail):
    (scenario, county), (without, _) = by_rail
    row = savings(Worlds(scenario, county, without, county, (2025, 2030)), pl.DataFrame()).filter(measure=FREIGHT_SHIFT)
    due = row.filter(year=2030, part=LAND).row(0, named=True)
    cost = freight_cost((scenario, county), (without, county), 2030)
    assert due["cny_per_tco2"] == pytest.approx(cost.value / due["b_tco2"])
    assert due["cny_per_tco2_low"] < due["cny_per_tco2"] < due["cny_per_tco2_high"]
    # only in the scenario's year
    assert row.filter(year=2025)["cny_per_tco2"].to_list() in ([None], [])
    assert SHIP_ENERGY not in row["measure"].to_list()


def test_vehicles_without_a_cost_leave_their_group_out(by_rail):
    assert vehicle_costs(*by_rail, {"cars": ["car"]}, pl.DataFrame()) == {}
