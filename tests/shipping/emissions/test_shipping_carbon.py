"""Carbon of ships: series, shares, and what LNG must carry."""

from __future__ import annotations

import polars as pl
import pytest

from data.errors import DataError, InfeasibleError, ScenarioError
from data.schemas.accounts import Carbon
from data.tables.validate import validate
from shipping import carbon, share_needed
from shipping.emissions.ship_year import carrier_shares, ship_year
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.ships.fuels import ShipFuel


def intensity(frame, **key):
    return frame.filter(**key)["intensity_g_per_tkm"].item()


def test_series_stand_in_the_right_order(county):
    frame = carbon(county)
    assert frame.height == 2 * 2 * 3
    assert validate(frame, Carbon, table="carbon").equals(frame)
    a, b, c = (intensity(frame, year=2030, series=series, grid="moving") for series in "abc")
    assert a < b < c
    assert intensity(frame, year=2030, series="b", grid="frozen") > b
    assert intensity(frame, year=2030, series="a", grid="frozen") == a


def carbon_of(county):
    return ShipCarbonParameters.from_county(county)


def kg_per_kg(county, fuel, series, **changes):
    return ShipFuel.from_table(county.fuel_factors, fuel).kg_per_kg(series, **changes)


def test_intensity_is_emissions_over_turnover(county):
    row = carbon(county, years=(2025,), grid=("moving",)).row(0, named=True)
    assert row["converted_turnover_tkm"] == pytest.approx(223.555e6 * 331.0, rel=1e-12)
    assert row["intensity_g_per_tkm"] == pytest.approx(1e6 * row["emissions_t"] / row["converted_turnover_tkm"])
    work = ship_year(county, 2025)
    assert row["petroleum_t"] == pytest.approx(work.energy_kwh * work.shares["diesel"] * 0.205e-3 * work.load_factor)


def test_the_share_needed_is_what_it_says(county):
    needed = share_needed(county)
    assert needed == pytest.approx(0.05 / (1.0 - 0.165 * 0.974 * 2.75 / (0.205 * 3.206)), rel=1e-12)
    path = {f"river.electric_energy_share_{year}": 0.0 for year in (2025, 2030, 2035)}
    path |= {"river.lng_energy_share_2020": 0.0, "river.lng_energy_share_2030": needed}
    frame = carbon(county.with_figures(path))
    before, after = (intensity(frame, year=year, series="a", grid="frozen") for year in (2020, 2030))
    assert after / before == pytest.approx(0.95, rel=1e-12)


def test_at_equal_efficiency_a_fifth_of_the_energy_does_for_co2_and_nothing_for_co2e(county):
    # 0.197 if no gas slipped; what slips leaves no CO2
    assert share_needed(county, basis="fuel", slip_share=0.0) == pytest.approx(0.197, abs=0.0005)
    assert share_needed(county, basis="fuel") == pytest.approx(0.183, abs=0.0005)
    with pytest.raises(InfeasibleError, match=r"LNG saves 2.4%"):
        share_needed(county, basis="fuel", series="c")
    with pytest.raises(InfeasibleError, match="series c: LNG saves -"):
        share_needed(county, basis="fuel", series="c", slip_share=0.032)


def test_lng_per_kg_follows_slip_and_gwp(county):
    # FuelEU Annex II, lean-burn spark ignition, AR5: 69.957 + 18.5 g/MJ at 0.0491 MJ/g
    assert kg_per_kg(county, "lng", "c") == pytest.approx(88.457 * 0.0491, rel=1e-4)
    no_slip = kg_per_kg(county, "lng", "c", slip_share=0.0)
    assert no_slip == pytest.approx((2.75 + 0.00011 * 265.0) + 18.5 * 0.0491, rel=1e-4)
    assert kg_per_kg(county, "lng", "c", gwp_ch4=29.8) > kg_per_kg(county, "lng", "c")
    assert kg_per_kg(county, "diesel", "c", slip_share=0.05) == kg_per_kg(county, "diesel", "c")
    # carbon that slips as methane does not leave as CO2 too
    assert kg_per_kg(county, "lng", "a") == pytest.approx(0.974 * 2.75)


def test_factors_with_slip_taken_out_or_null_mean_the_same(county, with_table):
    lng = pl.col("fuel") == "lng"
    changes = {"ttw_kgco2e_per_kg": 2.77915, "ttw_ch4_kgco2e_per_kg": None}
    burnt = county.fuel_factors.with_columns(
        pl.when(lng).then(value).otherwise(name).alias(name) for name, value in changes.items()
    )
    other = with_table(county, "fuel_factors", burnt)
    assert kg_per_kg(other, "lng", "c") == pytest.approx(kg_per_kg(county, "lng", "c"), rel=1e-4)
    bare = burnt.with_columns(ttw_kgco2e_per_kg=pl.lit(None, dtype=pl.Float64))
    co2_only = kg_per_kg(with_table(county, "fuel_factors", bare), "lng", "c", slip_share=0.0)
    assert co2_only == pytest.approx(2.75 + 0.90835)


def test_shares_run_between_their_years(county):
    assert carrier_shares(carbon_of(county), 2028)["lng"] == pytest.approx(0.08)
    assert sum(carrier_shares(carbon_of(county), 2033).values()) == pytest.approx(1.0)
    assert carrier_shares(carbon_of(county), 2050) == carrier_shares(carbon_of(county), 2035)
    with pytest.raises(DataError, match="sum to 105%"):
        carrier_shares(carbon_of(county.with_figures({"river.lng_energy_share_2030": 1.045})), 2030)


def test_wrong_questions_are_refused(county, with_table):
    with pytest.raises(ScenarioError, match=r"grid: got 'movin'; expected frozen or moving. Did you mean 'moving'"):
        carbon(county, grid=("movin",))
    with pytest.raises(ScenarioError, match="cut: got 2"):
        share_needed(county, cut=2)
    with pytest.raises(ScenarioError, match="got series 'd'"):
        share_needed(county, series="d")
    with pytest.raises(DataError, match="no row for fuel 'lng'"):
        carbon(with_table(county, "fuel_factors", county.fuel_factors.filter(fuel="diesel")))
    with pytest.raises(DataError, match=r"grid_factors\.csv: no rows"):
        carbon(with_table(county, "grid_factors", county.grid_factors.clear()))


def test_electricity_needs_less_in_series_a_and_what_the_grid_says_in_the_others(county):
    assert share_needed(county, carrier="electric") == pytest.approx(0.05, rel=1e-12)
    diesel = 0.205 * 3.206
    for series, per_kwh in (("b", diesel), ("c", 0.205 * (3.2551 + 0.61488))):
        for year, grid in ((2020, 0.46), (2030, 0.38)):
            needed = share_needed(county, series=series, carrier="electric", year=year)
            assert needed == pytest.approx(0.05 / (1.0 - grid / 0.85 / per_kwh), rel=1e-9)
    with pytest.raises(ScenarioError, match="electricity has no fuel"):
        share_needed(county, carrier="electric", basis="fuel")
    with pytest.raises(ScenarioError, match="carrier 'coal'"):
        share_needed(county, carrier="coal")


def test_a_year_of_ships_waits_and_stays_in_port(county):
    work = ship_year(county, 2025)
    assert work.waiting_kwh == pytest.approx(123_620 * 15.0 * (6.0 + 24.0), rel=1e-9)
    assert work.shore_kwh == pytest.approx(123_620 * 15.0 * 24.0, rel=1e-9)
    assert 1.0 < work.load_factor < 1.28
    longer = county.with_figures({"river.through_stay_h": 96.0, "river.through_lock_h": 10.0})
    more = ship_year(longer, 2025)
    assert more.energy_kwh - more.waiting_kwh == pytest.approx(work.energy_kwh - work.waiting_kwh, rel=1e-12)
    assert more.waiting_kwh == pytest.approx(123_620 * 15.0 * 58.0, rel=1e-9)
    series = carbon(county, years=(2025,), grid=("moving",))
    without = carbon(county.with_figures({"river.through_stay_h": 0.0}), years=(2025,), grid=("moving",))
    assert (series["emissions_t"] > without["emissions_t"]).all()


def test_electricity_of_ships_has_an_upstream_in_series_c_alone(county):
    fuller = county.with_figures({"carbon.electricity_upstream_share": 0.2})
    keys = ["year", "series", "grid"]
    plain, more = (carbon(one, years=(2030,)).sort(keys)["emissions_t"].to_list() for one in (county, fuller))
    series = carbon(county, years=(2030,)).sort(keys)["series"].to_list()
    for name, before, after in zip(series, plain, more, strict=True):
        assert (after > before) == (name == "c")
