"""Methods of carbon accounting, loads and stages of limits with numbers that are worked out by hand."""

import numpy as np
import polars as pl
import pytest

from data.errors import DataError
from fleet.emissions import methods
from fleet.emissions.freight_loads import use_at_load, with_load_changes
from fleet.vehicles.fuel_limits import use_by_build


def test_factors_and_intensities():
    assert methods.converted_turnover_tkm(1000.0, 50.0, pkm_to_tkm=0.1) == 1005.0
    # diesel of the guide: 43.33 GJ/t, 20.2 tC/TJ, 98 % oxidised
    assert methods.fuel_factor_tco2_per_t(43.33, 20.2, 0.98) == pytest.approx(3.14511, rel=1e-5)
    assert methods.direct_emissions_t({"diesel": 2.0, "lng": 3.0}, {"diesel": 3.1, "lng": 2.7, "petrol": 3.0}) == 14.3
    assert methods.intensity_kg_per_100tkm(5.0, 20_000.0) == pytest.approx(25.0)
    intensity = methods.freight_intensity_kg_per_100tkm(0.3, 3.0, empty_share=0.4, payload_t=20.0, load_factor=0.75)
    assert intensity == pytest.approx(10.0)
    energy, transport = [(100.0, 3.0), (10.0, 2.0)], [(10.0, 100.0), (5.0, 120.0)]
    assert methods.toc_intensity_g_per_tkm(energy, transport) == pytest.approx(200.0)
    assert methods.eeoi_t_per_tnm([(2.0, 3.0), (1.0, 2.5)], [(100.0, 10.0), (0.0, 50.0)]) == pytest.approx(0.0085)
    assert methods.implied_factor_t_per_t(6.0, 2.0, limit_t_per_t=3.0) == (3.0, True)
    assert methods.implied_factor_t_per_t(6.1, 2.0, limit_t_per_t=3.0) == (3.05, False)


def test_what_slips_through_an_engine_counts_as_methane():
    fuel = {"heating_mj_per_g": 0.05, "co2_g_per_g": 2.75, "ch4_g_per_g": 0.01, "n2o_g_per_g": 0.0001}
    burnt = 2.75 + 0.01 * 28.0 + 0.0001 * 265.0
    found = methods.fueleu_ttw_g_per_mj(**fuel, slip_share=0.25, gwp_ch4=28.0, gwp_n2o=265.0)
    assert found == pytest.approx((0.75 * burnt + 0.25 * 28.0) / 0.05)


@pytest.mark.parametrize("turnover", [0.0, -1.0, float("nan")])
def test_nothing_is_divided_by_no_work(turnover):
    with pytest.raises(DataError, match="must be above 0"):
        methods.intensity_kg_per_100tkm(1.0, turnover)
    with pytest.raises(DataError, match="no cargo was moved"):
        methods.eeoi_t_per_tnm([(1.0, 3.0)], [(turnover, 1.0)])


def test_the_share_of_cleaner_work_that_a_change_takes():
    assert methods.share_needed(-0.1, 2.0, 1.5) == pytest.approx(0.4)
    assert methods.share_needed(0.05, 2.0, 1.5) == 0.0
    assert methods.share_needed(-0.1, 2.0, 2.0) is None
    assert methods.share_needed(-0.1, 2.0, 3.0) is None


@pytest.mark.parametrize(("piles", "guns", "mix"), [(320, 450, (190, 130)), (5, 5, (5, 0)), (5, 10, (0, 5))])
def test_a_mix_of_piles_with_one_and_two_guns(piles, guns, mix):
    assert methods.pile_mix(piles, guns) == mix
    for wrong in (piles - 1, 2 * piles + 1):
        with pytest.raises(DataError, match="no mix of piles"):
            methods.pile_mix(piles, wrong)


@pytest.mark.parametrize(
    ("empty_share", "load_factor", "use"), [(0.0, 1.0, 1.0), (1.0, 1.0, 0.6), (0.0, 0.0, 0.6), (0.25, 0.8, 0.84)]
)
def test_use_falls_from_full_to_empty_with_what_is_carried(empty_share, load_factor, use):
    row = pl.DataFrame({"empty_share": [empty_share], "load_factor": [load_factor]})
    assert row.select(use_at_load(0.6)).item() == pytest.approx(use)


def test_without_changes_of_loads_the_county_is_the_same_and_each_alone_changes_it(three_towns):
    assert with_load_changes(three_towns, load_factor=0.0, empty_running=0.0) is three_towns
    before = three_towns.freight_loads
    for changes in ({"load_factor": 0.1, "empty_running": 0.0}, {"load_factor": 0.0, "empty_running": -0.1}):
        assert not with_load_changes(three_towns, **changes).freight_loads.equals(before)


def test_a_stage_of_the_limits_comes_in_evenly_for_its_class_and_power_alone(three_towns):
    one = three_towns.fuel_limits.head(1)
    rows = pl.concat([one, one]).with_columns(
        vehicle_class=pl.Series(["tractor", "bus"]),
        power=pl.lit("diesel"),
        from_year=pl.lit(2019, pl.Int64),
        to_year=pl.lit(2021, pl.Int64),
        reduction_share=pl.Series([0.3, 0.9]),
    )
    county = three_towns.with_table("fuel_limits", rows).with_figures({"fleet.fuel_limit_realised_share": 0.5})
    years = [2015, 2018, 2019, 2020, 2021, 2030]
    found = use_by_build(county, "tractor", ["bev", "diesel"], years)
    assert found[:, 0].tolist() == [1.0] * len(years)
    assert found[:, 1] == pytest.approx(1.0 - 0.15 * np.array([0.0, 0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0, 1.0]))
    assert (use_by_build(county, "tractor", ["bev"], years) == 1.0).all()
    assert (use_by_build(county, "private_car", ["diesel"], years) == 1.0).all()
