"""Monte Carlo and attribution: correlations, bounds, exact sums, and the boundary that taxis do not move."""

import math

import numpy as np
import polars as pl
import pytest

import fleet
from data import DataError, load_county
from fleet.decomposition import attribution
from fleet.draws import draw_factors
from fleet.uncertainty import baseline_test, monte_carlo


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture(scope="module")
def stock(county):
    return fleet.stock(county)


def test_draws_keep_their_bounds_and_correlation(county):
    draws = draw_factors(county, samples=4000, seed=3)
    for row in county.uncertainties.iter_rows(named=True):
        values = draws[row["parameter"]]
        assert row["low"] <= values.min() <= values.max() <= row["high"]
    together = np.corrcoef(draws["use_liquid"], draws["use_electric"])[0, 1]
    alone = np.corrcoef(draws["use_liquid"], draws["km_heavy"])[0, 1]
    assert together == pytest.approx(0.5, abs=0.05)
    assert alone == pytest.approx(0.0, abs=0.05)
    assert draws.equals(draw_factors(county, samples=4000, seed=3))
    assert not draws.equals(draw_factors(county, samples=4000, seed=4))


def test_without_any_range_every_draw_is_the_account(county, stock):
    still = county.uncertainties.with_columns(low=pl.col("mode"), high=pl.col("mode"))
    found = monte_carlo(county.with_table("uncertainties", still), years=[2025, 2030], samples=3)
    account = fleet.carbon(county, stock, years=[2020, 2025, 2030])
    joined = found.intensity.join(account, on=["year", "boundary", "series", "grid"])
    assert joined.height == found.intensity.height
    assert joined["p50"].to_numpy() == pytest.approx(joined["intensity_g_per_tkm"].to_numpy(), rel=1e-9)
    oil = fleet.petroleum(county, stock).sort("petroleum_t", descending=True)["year"][0]
    assert found.peak.filter(share=1.0)["year"].item() == oil


def test_the_spread_holds_the_account_and_sums_to_one(county):
    found = monte_carlo(county, years=[2030], samples=200)
    assert (found.change["p05"] <= found.change["p50"]).all()
    assert (found.change["p50"] <= found.change["p95"]).all()
    assert found.peak["share"].sum() == pytest.approx(1.0)
    assert found.change["met_share"].is_between(0.0, 1.0).all()


def test_faults_of_the_table_are_named(county):
    with pytest.raises(DataError, match=r"add uncertainties\.csv"):
        draw_factors(county.with_table("uncertainties", county.uncertainties.clear()), samples=5, seed=1)
    with pytest.raises(DataError, match="expected at least 1"):
        draw_factors(county, samples=0, seed=1)
    wrong = county.uncertainties.with_columns(low=pl.col("high") + 1.0)
    with pytest.raises(DataError, match="low <= mode <= high"):
        draw_factors(county.with_table("uncertainties", wrong), samples=5, seed=1)


def test_the_terms_of_the_attribution_sum_to_the_change(county, stock):
    table = attribution(county, stock, years=[2021, 2025, 2030, 2035])
    terms = table["structure_g_per_tkm"] + table["efficiency_g_per_tkm"] + table["factor_g_per_tkm"]
    gap = terms - (table["intensity_g_per_tkm"] - table["base_g_per_tkm"])
    assert gap.abs().max() < 1e-12
    account = fleet.carbon(county, stock, years=[2030])
    joined = table.filter(year=2030).join(account, on=["year", "boundary", "series", "grid"])
    assert joined["intensity_g_per_tkm"].to_numpy() == pytest.approx(joined["intensity_g_per_tkm_right"].to_numpy())
    assert table.filter(grid="frozen")["factor_g_per_tkm"].abs().max() == pytest.approx(0.0, abs=1e-12)
    assert table.filter(grid="moving", series="b", year=2030)["factor_g_per_tkm"].max() < 0.0


def test_in_the_narrow_boundary_taxis_and_buses_move_nothing(county):
    electric = county.flow_shares.with_columns(
        share=pl.when(pl.col("vehicle_class").is_in(["taxi", "bus"]) & (pl.col("year") > 2020))
        .then((pl.col("power") == "bev").cast(pl.Float64))
        .otherwise("share")
    )
    moved = county.with_table("flow_shares", electric)
    for boundary, same in (("narrow", True), ("plus_bus_taxi", False)):
        one, two = (
            fleet.carbon(item, fleet.stock(item), years=[2030])
            .filter(boundary=boundary, series="a", grid="moving")["intensity_g_per_tkm"]
            .item()
            for item in (county, moved)
        )
        assert math.isclose(one, two, rel_tol=1e-12) is same


def test_the_base_year_test(county, stock):
    account = fleet.carbon(county, stock, years=[2020, 2030])
    table = baseline_test(county, account, target_change=-0.1, biases=(-0.05, 0.0, 0.05))
    one = table.filter(boundary="narrow", series="a", grid="moving").sort("bias")
    change = one["change"].to_list()
    assert (1 + change[0]) * 0.95 == pytest.approx(1 + change[1])
    assert change[0] > change[1] > change[2]
    assert one["met"].to_list() == [value <= -0.1 for value in change]
