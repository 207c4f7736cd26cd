"""Fuel limits by year of build, and loads of freight by year: by hand, and what the accounts make of them."""

import numpy as np
import polars as pl
import pytest

import fleet
from experiments.scenario.county import scenario_county
from experiments.scenario.model import Scenario
from fleet.emissions.accounts import energy, turnover
from fleet.emissions.factors import RoadFactors
from fleet.emissions.freight_loads import loads_by_year, with_load_changes
from fleet.vehicles.fuel_limits import use_by_build


def test_stages_come_in_evenly_and_in_part(county):
    use = use_by_build(county, "tractor", ["bev", "diesel"], [2018, 2019, 2020, 2021, 2024, 2025, 2027, 2035])
    assert use[:, 0].tolist() == [1.0] * 8
    third, full = 1 - 0.5 * 0.15 / 3, 1 - 0.5 * 0.15
    later = full * (1 - 0.5 * 0.14)
    expected = [1.0, third, 1 - 0.5 * 0.1, full, full, full * (1 - 0.5 * 0.14 / 3), later, later]
    assert use[:, 1] == pytest.approx(expected)
    assert use_by_build(county, "bus", ["diesel"], [2030]).tolist() == [[1.0]]


def test_the_stock_carries_the_mean_of_its_cohorts(county, stock):
    diesel = stock.filter(vehicle_class="tractor", power="diesel").sort("year")
    over = dict(diesel.select("year", "use_over_table").iter_rows())
    assert over[2018] == 1.0
    assert 0.97 < over[2020] < 1.0
    assert 0.85 < over[2030] < 0.93
    assert (np.diff(diesel["use_over_table"]) <= 1e-12).all()
    assert set(stock.filter(power="bev")["use_over_table"]) == {1.0}
    plain = fleet.stock(county.with_table("fuel_limits", county.fuel_limits.clear()))
    assert plain.drop("use_over_table").equals(stock.drop("use_over_table"))
    assert set(plain["use_over_table"]) == {1.0}


def test_loads_are_linear_between_anchors_and_level_outside(county):
    rows = county.freight_loads.clear()
    anchors = pl.DataFrame(
        {"vehicle_class": ["tractor", "tractor"], "year": [2020, 2030], "load_factor": [0.8, 0.9], "source": "A02"}
    )
    table = pl.concat([rows, anchors.with_columns(confidence=pl.lit("assumption"))], how="diagonal")
    loads = loads_by_year(table, county.vehicle_classes, [2018, 2025, 2035]).filter(vehicle_class="tractor")
    assert loads["load_factor"].to_list() == pytest.approx([0.8, 0.85, 0.9])
    assert set(loads["payload_t"]) == {25.0}
    assert set(loads["empty_share"]) == {0.35}


def test_fuller_trucks_carry_more_and_use_a_little_more(county, stock):
    moved = with_load_changes(county, load_factor=0.1, empty_running=-0.2)
    carried, burnt = [], []
    for one in (county, moved):
        factors = RoadFactors.from_county(one)
        carried.append(turnover(factors, stock.filter(pl.col("year").is_in([2025, 2030]))))
        burnt.append(energy(factors, stock.filter(pl.col("year").is_in([2025, 2030]))))
    tractor = [table.filter(vehicle_class="tractor").sort("year")["freight_tkm"] for table in carried]
    gain = 1.1 * (1 - 0.35 * 0.8) / (1 - 0.35)
    assert (tractor[1] / tractor[0]).to_list() == pytest.approx([1.0, gain])
    diesel = [table.filter(vehicle_class="tractor", power="diesel").sort("year")["amount"] for table in burnt]
    more = (0.65 + 0.35 * 0.72 * 0.85 * 1.1) / (0.65 + 0.35 * 0.65 * 0.85)
    assert (diesel[1] / diesel[0]).to_list() == pytest.approx([1.0, more])
    assert with_load_changes(county, load_factor=0.0, empty_running=0.0) is county
    cars = [table.filter(vehicle_class="private_car")["amount"].sum() for table in burnt]
    assert cars[0] == cars[1]


def test_loads_are_levers_of_a_scenario(county):
    scenario = Scenario.load("deqing-2030").with_(fleet={"empty_running_change": -0.3})
    moved = scenario_county(scenario, county)
    changes = []
    for one in (county, moved):
        account = fleet.carbon(one, fleet.stock(one), years=(2020, 2030))
        rows = account.filter(boundary="narrow", series="a", grid="frozen").sort("year")["intensity_g_per_tkm"]
        changes.append(rows[1] / rows[0] - 1.0)
    assert changes[1] < changes[0] - 0.02


def test_electricity_has_an_upstream_in_series_c_alone(county):
    factors = RoadFactors.from_county(county)
    assert factors.electricity(2020, "a") == 0.0
    assert factors.electricity(2020, "b") == pytest.approx(0.46)
    # national footprint of 2023 over its CO2
    assert factors.electricity(2020, "c") / 0.46 == pytest.approx(0.6205 / 0.5306, rel=1e-3)
