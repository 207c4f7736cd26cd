"""Worked examples of carbon accounting through the public functions."""

import math

import polars as pl
import pytest

import fleet
from data import DataError, load_county
from data.factors import lmdi
from fleet.emissions.methods import (
    check_lng_factor,
    converted_turnover_tkm,
    direct_emissions_t,
    eeoi_t_per_tnm,
    freight_intensity_kg_per_100tkm,
    fuel_factor_tco2_per_t,
    fueleu_ttw_g_per_mj,
    implied_factor_t_per_t,
    intensity_kg_per_100tkm,
    pile_mix,
    toc_intensity_g_per_tkm,
)

DIESEL = fuel_factor_tco2_per_t(42.652, 20.2, 0.98)
LNG = fuel_factor_tco2_per_t(51.498, 15.3, 0.98)


def test_default_factors():
    assert pytest.approx(3.0959, abs=5e-5) == DIESEL
    assert pytest.approx(2.8313, abs=5e-5) == LNG
    assert fuel_factor_tco2_per_t(43.07, 18.9, 0.98) == pytest.approx(2.9251, abs=5e-4)


def test_w1_eeoi():
    fuel = [(100.0, 3.114), (23.0, 3.151)]
    legs = [(25000.0, 300.0), (0.0, 300.0), (25000.0, 750.0), (15000.0, 150.0)]
    assert eeoi_t_per_tnm(fuel, legs) == pytest.approx(1.34692e-5, rel=1e-4)
    with pytest.raises(DataError, match="no cargo was moved"):
        eeoi_t_per_tnm(fuel, [(0.0, 300.0)])


@pytest.mark.parametrize(("slip", "expected"), [(0.031, 70.703), (0.017, 64.368), (0.002, 57.581), (0.026, 68.440)])
def test_w2_fueleu_lng(slip, expected):
    got = fueleu_ttw_g_per_mj(
        heating_mj_per_g=0.0491,
        co2_g_per_g=2.75,
        ch4_g_per_g=0.0,
        n2o_g_per_g=0.00011,
        slip_share=slip,
        gwp_ch4=25.0,
        gwp_n2o=298.0,
    )
    assert got == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("heating", "carbon", "upstream", "expected"), [(0.0427, 3.206, 14.4, 90.767), (0.0405, 3.114, 13.5, 91.744)]
)
def test_w2_fueleu_oil(heating, carbon, upstream, expected):
    got = fueleu_ttw_g_per_mj(
        heating_mj_per_g=heating,
        co2_g_per_g=carbon,
        ch4_g_per_g=0.00005,
        n2o_g_per_g=0.00018,
        slip_share=0.0,
        gwp_ch4=25.0,
        gwp_n2o=298.0,
    )
    assert upstream + got == pytest.approx(expected, abs=6e-4)


def test_w3_operating_road_vehicles():
    turnover = converted_turnover_tkm(12e6, 8e6, pkm_to_tkm=0.1)
    assert turnover == pytest.approx(12.8e6)
    direct = direct_emissions_t({"diesel": 500, "lng": 100}, {"diesel": DIESEL, "lng": LNG})
    assert direct == pytest.approx(1831.0805, abs=0.02)
    assert intensity_kg_per_100tkm(direct, turnover) == pytest.approx(14.3053, abs=5e-5)
    assert 0.9 * intensity_kg_per_100tkm(direct, turnover) == pytest.approx(12.8748, abs=5e-5)
    assert intensity_kg_per_100tkm(direct + 200 * 0.4419, turnover) == pytest.approx(14.9958, abs=2e-4)


def test_w4_ship():
    tonnes = direct_emissions_t({"diesel": 300}, {"diesel": DIESEL})
    assert intensity_kg_per_100tkm(tonnes, 60e6) * 10 == pytest.approx(15.4795, abs=5e-4)


def truck_county(**classes):
    """One class of trucks with the inputs of W5 in the tables of a county."""
    county = load_county("deqing")
    own = {"km_per_year": 69_350.0, "payload_t": 18.0, "load_factor": 0.85, "empty_share": 0.35} | classes
    trucks = county.vehicle_classes.filter(vehicle_class="rigid_truck")
    trucks = trucks.with_columns(**{name: pl.lit(value) for name, value in own.items()})
    use = county.energy_use.filter(vehicle_class="rigid_truck", power="diesel").with_columns(use_per_100km=pl.lit(33.0))
    return county.with_table("vehicle_classes", trucks).with_table("energy_use", use)


def test_w5_through_the_accounts_of_a_county():
    county = truck_county()
    stock = pl.DataFrame({"year": [2020], "vehicle_class": ["rigid_truck"], "power": ["diesel"], "vehicles": [120.0]})
    row = fleet.carbon(county, stock, years=[2020]).row(
        by_predicate=(pl.col("boundary") == "narrow") & (pl.col("series") == "a") & (pl.col("grid") == "moving"),
        named=True,
    )
    assert row["petroleum_t"] == pytest.approx(2306.8584, abs=5e-5)
    assert row["emissions_t"] == pytest.approx(7141.8252, abs=5e-4)
    assert row["converted_turnover_tkm"] == pytest.approx(82_762_290.0, abs=1e-3)
    assert row["intensity_g_per_tkm"] == pytest.approx(86.29323, abs=5e-6)
    assert fleet.petroleum(county, stock)["diesel_t"].item() == pytest.approx(2306.8584, abs=5e-5)


def test_w5_bottom_up_freight():
    got = freight_intensity_kg_per_100tkm(0.33 * 0.84, DIESEL, empty_share=0.35, payload_t=18, load_factor=0.85)
    assert got == pytest.approx(8.629323, abs=5e-5)


def test_w6_iso_14083():
    tank = toc_intensity_g_per_tkm([(60.0, 2.659372)], [(12.0, 100.0)])
    assert tank == pytest.approx(132.9685, abs=2e-4)
    got = toc_intensity_g_per_tkm([(60.0, 3.283462)], [(12.0, 100.0)])
    assert got == pytest.approx(164.1730, abs=5e-4)
    assert got * 3 * 95 / 1000 == pytest.approx(46.7893, abs=5e-4)


def test_w7_lmdi():
    before = [(0.98, 2.80, 2.6006), (0.02, 11.0, 0.4715)]
    after = [(0.70, 2.60, 2.6006), (0.30, 10.0, 0.40)]
    terms = lmdi(before, after)
    change = sum(math.prod(row) for row in after) - sum(math.prod(row) for row in before)
    assert terms == pytest.approx([-0.7566464, -0.4764001, -0.0736379], abs=1e-7)
    first, last = (sum(math.prod(row) for row in rows) for rows in (before, after))
    assert (first, last) == pytest.approx((7.2397764, 5.9330920), abs=1e-7)
    assert 1 - last / first == pytest.approx(0.1804868, abs=1e-7)
    assert sum(terms) == pytest.approx(change, abs=1e-12)


def test_w8_lng_guard():
    check_lng_factor(2.75)
    with pytest.raises(DataError, match=r"pure methane gives 2\.743"):
        check_lng_factor(3.183)
    with pytest.raises(DataError, match="LPG"):
        direct_emissions_t({"lng": 1}, {"lng": 3.183})
    with pytest.raises(DataError, match="LPG"):
        direct_emissions_t({"LNG": 1}, {"LNG": 3.183})
    check_lng_factor(2.85)
    with pytest.raises(DataError, match=r"2\.851 tCO2/t is above 2\.85"):
        check_lng_factor(2.851)


@pytest.mark.parametrize("mode", ["road", "ship"])
def test_w8_the_guard_stands_before_every_account(mode):
    county = load_county("deqing")
    wrong = (pl.col("fuel") == "lng") & (pl.col("mode") == mode)
    factor = pl.when(wrong).then(3.183).otherwise("ttw_kgco2_per_kg")
    trap = county.with_table("fuel_factors", county.fuel_factors.with_columns(ttw_kgco2_per_kg=factor))
    stock = fleet.stock(trap)
    for account in (
        lambda: fleet.carbon(trap, stock),
        lambda: fleet.attribution(trap, stock, years=[2030]),
        lambda: fleet.monte_carlo(trap, years=[2030], samples=5),
    ):
        with pytest.raises(DataError, match=r"LNG: 3\.183 tCO2/t is above 2\.85; pure methane gives 2\.743"):
            account()


def test_a_fuel_without_co2e_counts_its_co2_in_series_c():
    county = load_county("deqing")
    bare = county.with_table("fuel_factors", county.fuel_factors.with_columns(ttw_kgco2e_per_kg=None))
    table = fleet.carbon(bare, fleet.stock(bare), years=[2020])
    rows = table.filter(year=2020, boundary="narrow", grid="moving")
    a, c = (rows.filter(series=one)["emissions_t"].item() for one in ("a", "c"))
    assert c > a
    changes = fleet.attribution(bare, fleet.stock(bare), years=[2030])
    assert changes.filter(boundary="narrow", series="c")["base_g_per_tkm"][0] > rows.filter(series="c")[
        "intensity_g_per_tkm"
    ].item() * (1 - 1e-9)


def test_w9_a_claim_above_what_diesel_holds():
    factor, possible = implied_factor_t_per_t(343.67, 103.16, limit_t_per_t=3.206)
    assert factor == pytest.approx(3.3314, abs=5e-5)
    assert not possible


def test_w10_piles_and_guns_of_the_plan():
    assert pile_mix(320, 450) == (190, 130)
    with pytest.raises(DataError, match="no mix of piles"):
        pile_mix(320, 700)


def test_bad_input_is_named():
    with pytest.raises(DataError, match="no emission factor for fuel 'diesl'"):
        direct_emissions_t({"diesl": 1}, {"diesel": 3})
    with pytest.raises(DataError, match="must be above 0"):
        intensity_kg_per_100tkm(1, 0)
    with pytest.raises(DataError, match="same sub-fleets"):
        lmdi([(1, 2)], [(1, 2), (1, 2)])
    with pytest.raises(DataError, match="factors must be above 0"):
        lmdi([(0, 2)], [(1, 2)])


def test_boundaries_and_series_of_the_county():
    county = load_county("deqing")
    table = fleet.carbon(county, fleet.stock(county))

    def at(year, boundary, series, grid="moving"):
        row = table.filter(year=year, boundary=boundary, series=series, grid=grid)
        return row["intensity_g_per_tkm"].item()

    for boundary in ("narrow", "plus_bus_taxi", "plus_light_trucks"):
        assert at(2020, boundary, "a") < at(2020, boundary, "b") < at(2020, boundary, "c")
    assert 60 < at(2020, "narrow", "a") < 130
    assert at(2020, "narrow", "a", "frozen") == at(2020, "narrow", "a")
    assert at(2030, "narrow", "b", "frozen") > at(2030, "narrow", "b")
    with pytest.raises(DataError, match="no year 2050"):
        fleet.carbon(county, fleet.stock(county), years=(2050,))
