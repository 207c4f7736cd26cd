"""Carriers: by hand, the ranking of diesel and LNG by slip, and faults."""

import polars as pl
import pytest

from data import DataError, load_county
from experiments.scenario.county import lng_stations
from experiments.scenario.model import Scenario
from shipping.ships.carriers import carrier_table


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def well(table, carrier):
    return table.filter(carrier=carrier)["well_gco2e_per_kwh"].item()


def test_diesel_and_lng_by_hand(county):
    table = carrier_table(county, year=2030)
    mass = 3.6 / 0.411 / 42.7
    diesel = table.filter(carrier="diesel").row(0, named=True)
    assert diesel["kg_per_kwh"] == pytest.approx(mass)
    assert diesel["kg_per_kwh"] == pytest.approx(0.205, rel=0.01)
    assert diesel["tank_gco2_per_kwh"] == pytest.approx(1000 * mass * 3.206)
    assert diesel["well_gco2e_per_kwh"] == pytest.approx(1000 * mass * 3.206 + mass * 42.7 * 14.4)
    gas = table.filter(carrier="lng_lean_burn").row(0, named=True)
    own = 3.6 / 0.444 / 49.1
    assert gas["kg_per_kwh"] == pytest.approx(0.165, rel=0.01)
    assert gas["tank_gco2e_per_kwh"] == pytest.approx(1000 * own * (0.974 * 2.75 + 0.026 * 28.0))


def test_slip_decides_between_diesel_and_lng(county):
    low, high = (carrier_table(county, year=2030, slip=slip) for slip in ("slip_low", "slip_high"))
    assert well(low, "lng_lean_burn") < well(low, "diesel") < well(high, "lng_lean_burn")
    usual = carrier_table(county, year=2030)
    assert well(usual, "lng_high_pressure") < well(usual, "lng_lean_burn") < well(usual, "lng_dual_fuel")
    tank = usual.filter(pl.col("carrier").is_in(["diesel", "lng_lean_burn"])).sort("tank_gco2_per_kwh")
    assert tank["carrier"].to_list() == ["lng_lean_burn", "diesel"]
    warm = carrier_table(county, year=2030, gwp_ch4=84.0)
    assert well(warm, "lng_lean_burn") > well(usual, "lng_lean_burn")


def test_batteries_follow_the_grid_and_hydrogen_its_making(county):
    now, later = (carrier_table(county, year=year) for year in (2023, 2030))
    assert well(later, "battery") < well(now, "battery") == pytest.approx(1000 * 0.4419 / 0.85)
    assert well(now, "hydrogen_renewable") < well(now, "diesel") < well(now, "hydrogen_fossil")


def test_faults_are_named(county):
    with pytest.raises(DataError, match=r"add energy_carriers\.csv"):
        carrier_table(county.with_table("energy_carriers", county.energy_carriers.clear()), year=2030)
    with pytest.raises(DataError, match="slip: got 'slip'"):
        carrier_table(county, year=2030, slip="slip")
    with pytest.raises(DataError, match="got the year 1990"):
        carrier_table(county, year=1990)
    lame = county.energy_carriers.with_columns(efficiency=pl.lit(0.0))
    with pytest.raises(DataError, match="has efficiency 0"):
        carrier_table(county.with_table("energy_carriers", lame), year=2030)


def test_tanks_on_which_sources_disagree_are_two_cases(county):
    sizes = {}
    for tanks in ("reported", "low", "high"):
        scenario = Scenario.load("deqing-2030").with_(shipping={"tanks": tanks})
        sizes[tanks] = dict(lng_stations(scenario, county).select("station", "tank_m3").iter_rows())
    assert (sizes["low"]["yuecheng"], sizes["high"]["yuecheng"]) == (250.0, 500.0)
    assert sizes["reported"]["xijiang-hub"] == sizes["high"]["xijiang-hub"] == 200.0
