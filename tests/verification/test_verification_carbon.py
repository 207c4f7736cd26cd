"""Worked examples of carbon accounting through the public functions."""

import math

import pytest

import fleet
from data import DataError, load_county
from fleet.methods import (
    check_lng_factor,
    converted_turnover_tkm,
    direct_emissions_t,
    eeoi_t_per_tnm,
    freight_intensity_kg_per_100tkm,
    fuel_factor_tco2_per_t,
    fueleu_ttw_g_per_mj,
    implied_factor_t_per_t,
    intensity_kg_per_100tkm,
    lmdi,
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
    assert intensity_kg_per_100tkm(direct, turnover) == pytest.approx(14.3053, abs=2e-4)
    assert intensity_kg_per_100tkm(direct + 200 * 0.4419, turnover) == pytest.approx(14.9958, abs=2e-4)


def test_w4_ship():
    tonnes = direct_emissions_t({"diesel": 300}, {"diesel": DIESEL})
    assert intensity_kg_per_100tkm(tonnes, 60e6) * 10 == pytest.approx(15.4795, abs=5e-4)


def test_w5_bottom_up_freight():
    got = freight_intensity_kg_per_100tkm(0.33 * 0.84, DIESEL, empty_share=0.35, payload_t=18, load_factor=0.85)
    assert got == pytest.approx(8.629323, abs=5e-5)


def test_w6_iso_14083():
    got = toc_intensity_g_per_tkm([(60.0, 3.283462)], [(12.0, 100.0)])
    assert got == pytest.approx(164.1730, abs=5e-4)
    assert got * 3 * 95 / 1000 == pytest.approx(46.7893, abs=5e-4)


def test_w7_lmdi():
    before = [(0.98, 2.80, 2.6006), (0.02, 11.0, 0.4715)]
    after = [(0.70, 2.60, 2.6006), (0.30, 10.0, 0.40)]
    terms = lmdi(before, after)
    change = sum(math.prod(row) for row in after) - sum(math.prod(row) for row in before)
    assert terms == pytest.approx([-0.7566464, -0.4764001, -0.0736379], abs=1e-4)
    assert sum(terms) == pytest.approx(change, abs=1e-12)


def test_w8_lng_guard():
    check_lng_factor(2.75)
    with pytest.raises(DataError, match=r"pure methane gives 2\.743"):
        check_lng_factor(3.183)
    with pytest.raises(DataError, match="LPG"):
        direct_emissions_t({"lng": 1}, {"lng": 3.183})


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
