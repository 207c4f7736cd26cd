"""Carriers: by hand, the ranking of diesel and LNG by slip, and faults."""

import polars as pl
import pytest

from data import DataError, load_county
from experiments.scenario.county import lng_stations
from experiments.scenario.model import Scenario
from shipping.emissions.ship_factors import ShipFactors
from shipping.ships.carriers import carrier_table, carriers_on_board


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def well(table, carrier):
    return table.filter(carrier=carrier)["well_gco2e_per_kwh"].item()


def test_diesel_from_tank_and_well_at_200_g_per_kwh(county):
    county = county.with_figures({"river.sfc_diesel_kg_kwh": 0.2})
    diesel = carrier_table(county, year=2030).filter(carrier="diesel").row(0, named=True)
    assert diesel["kg_per_kwh"] == 0.2
    assert diesel["tank_gco2_per_kwh"] == pytest.approx(200.0 * 3.095909637)
    # 3.206 + 0.00005 x 28 + 0.00018 x 265, and 14.4 g/MJ x 42.7 MJ/kg from the well
    assert diesel["tank_gco2e_per_kwh"] == pytest.approx(651.0, abs=0.05)
    assert diesel["well_gco2e_per_kwh"] == pytest.approx(774.0, abs=0.05)


def test_lng_counts_its_slip_once(county):
    gas = carrier_table(county, year=2030).filter(carrier="lng_lean_burn").row(0, named=True)
    taken = county.figure("river.sfc_lng_kg_kwh")
    assert gas["kg_per_kwh"] == taken
    assert gas["tank_gco2_per_kwh"] == pytest.approx(1000 * taken * 0.974 * 2.75)
    assert gas["tank_gco2e_per_kwh"] == pytest.approx(1000 * taken * (0.974 * (2.75 + 0.00011 * 265.0) + 0.026 * 28.0))


def test_carriers_and_the_carbon_account_have_one_function(county):
    # both take the slip of the county's fleet, and the same engines
    fleet = county.energy_carriers.with_columns(
        slip_share=pl.when(pl.col("fuel") == "lng").then(0.032).otherwise("slip_share")
    )
    own = ShipFactors.from_county(county)
    table = carrier_table(county.with_table("energy_carriers", fleet), year=2025)
    for fuel, carrier in (("diesel", "diesel"), ("lng", "lng_lean_burn")):
        row = table.filter(carrier=carrier).row(0, named=True)
        assert 1000.0 * own.kg_per_kwh("a", 0.0)[fuel] == pytest.approx(row["tank_gco2_per_kwh"], rel=1e-12)
        assert 1000.0 * own.kg_per_kwh("c", 0.0)[fuel] == pytest.approx(row["well_gco2e_per_kwh"], rel=1e-12)
    assert 1000.0 * own.kg_per_kwh("c", 0.43)["electric"] == pytest.approx(1000 * 0.43 / 0.85)


def test_what_a_trip_weighs_on_board(county):
    table = carriers_on_board(county, shaft_kwh=2000.0, dwt_t=1000.0)
    battery = table.filter(carrier="battery").row(0, named=True)
    # 2 000 / 0.85 kWh at 0.11 kWh/kg and 139 kWh/m3
    assert battery["mass_t"] == pytest.approx(2000.0 / 0.85 / 110.0)
    assert battery["volume_m3"] == pytest.approx(2000.0 / 0.85 / 139.0)
    assert table["carrier"][0] == "diesel"
    assert table["cargo_lost_t"][0] == 0.0
    assert battery["cargo_lost_share"] == pytest.approx((battery["mass_t"] - table["mass_t"][0]) / 1000.0)
    with pytest.raises(DataError, match="got 0 kWh at the shaft"):
        carriers_on_board(county, shaft_kwh=0.0, dwt_t=1000.0)
    bare = county.energy_carriers.with_columns(stored_kwh_per_kg=pl.lit(None, pl.Float64))
    with pytest.raises(DataError, match="no row of energy_carriers with stored_kwh_per_kg"):
        carriers_on_board(county.with_table("energy_carriers", bare), shaft_kwh=1.0, dwt_t=1.0)


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
    assert well(later, "battery") < well(now, "battery") == pytest.approx(1000 * 0.4419 * 1.169 / 0.85)
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
    unknown = county.energy_carriers.with_columns(efficiency=pl.lit(None, pl.Float64)).filter(fuel="methanol")
    with pytest.raises(DataError, match=r"methanol_fossil has no efficiency; expected more \(null only for diesel"):
        carrier_table(county.with_table("energy_carriers", unknown), year=2030)
    cold = county.fuel_factors.with_columns(lower_heating_mj_per_kg=pl.lit(None, pl.Float64))
    with pytest.raises(DataError, match="no lower_heating_mj_per_kg of 'lng'"):
        carrier_table(county.with_table("fuel_factors", cold), year=2030)


def test_tanks_on_which_sources_disagree_are_two_cases(county):
    sizes = {}
    for tanks in ("reported", "low", "high"):
        scenario = Scenario.load("deqing-2030").with_(shipping={"tanks": tanks})
        sizes[tanks] = dict(lng_stations(scenario, county).select("station", "tank_m3").iter_rows())
    assert (sizes["low"]["yuecheng"], sizes["high"]["yuecheng"]) == (250.0, 500.0)
    assert sizes["reported"]["xijiang-hub"] == sizes["high"]["xijiang-hub"] == 200.0
