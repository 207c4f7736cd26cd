"""Monte Carlo and attribution: correlations, bounds, exact sums, and the boundary that taxis do not move."""

import math

import numpy as np
import polars as pl
import pytest

import fleet
from data import DataError
from fleet.emissions.decomposition import attribution
from fleet.emissions.draws import draw_factors
from fleet.emissions.electrification import bus_taxi_effect, without_new_energy
from fleet.emissions.ensemble import StockEnsemble, grown_faster
from fleet.emissions.methods import share_needed
from fleet.emissions.uncertainty import baseline_test, monte_carlo


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


def fixed(county, **values):
    """The county whose draws always give some parameters these values, and all others their mode."""
    mode = pl.col("parameter").replace_strict(values, default=pl.col("mode"), return_dtype=pl.Float64)
    table = county.uncertainties.with_columns(low=mode, mode=mode, high=mode)
    return county.with_table("uncertainties", table)


def test_a_drawn_growth_is_the_stock_that_grows_so(county):
    found = monte_carlo(fixed(county, growth_trucks=0.01, growth_cars=-0.005), years=[2030], samples=2)
    trucks = ["micro_van", "light_truck", "rigid_truck", "tractor", "sanitation"]
    cars = ["private_car", "taxi", "ride_hailing", "official_car"]
    grown = grown_faster(county, dict.fromkeys(trucks, 0.01) | dict.fromkeys(cars, -0.005), after=2020)
    account = fleet.carbon(grown, fleet.stock(grown), years=[2020, 2030])
    joined = found.intensity.join(account, on=["year", "boundary", "series", "grid"])
    assert joined["p50"].to_numpy() == pytest.approx(joined["intensity_g_per_tkm"].to_numpy(), rel=1e-9)


def test_faster_growth_begins_after_its_year_and_moves_later_anchors(county):
    grown = grown_faster(county, {"tractor": 0.02}, after=2020)
    before, after = (
        dict(
            fleet.stock(one).filter(vehicle_class="tractor").group_by("year").agg(pl.col("vehicles").sum()).iter_rows()
        )
        for one in (county, grown)
    )
    assert after[2020] == pytest.approx(before[2020])
    rates = county.stock_growth.filter(vehicle_class="tractor").sort("from_year")
    expected = 1.0
    for year in range(2020, 2028):
        rate = rates.filter((pl.col("from_year") <= year) & (pl.col("to_year") > year))["growth_share_per_year"].item()
        expected *= (1 + rate + 0.02) / (1 + rate)
        assert after[year + 1] / before[year + 1] == pytest.approx(expected)
    split = county.stock_growth.filter(vehicle_class="bus").head(1)
    split = split.with_columns(from_year=pl.lit(2015, pl.Int64), to_year=pl.lit(2035, pl.Int64))
    one_span = county.with_table(
        "stock_growth", pl.concat([split, county.stock_growth.filter(pl.col("vehicle_class") != "bus")])
    )
    parts = grown_faster(one_span, {"bus": 0.01}, after=2022).stock_growth.filter(vehicle_class="bus")
    assert parts.select("from_year", "to_year").rows() == [(2015, 2022), (2022, 2035)]


@pytest.mark.whole
def test_drawn_factors_act_where_they_say(county):
    keys = {"year": 2030, "boundary": "narrow", "grid": "moving"}

    def at(series, **values):
        found = monte_carlo(fixed(county, **values), years=[2030], samples=1)
        return found.intensity.filter(series=series, **keys)["p50"].item()

    plain = {series: at(series) for series in "abc"}
    assert at("a", upstream_liquid=1.2) == pytest.approx(plain["a"])
    assert at("c", upstream_liquid=1.2) > plain["c"]
    assert at("b", grid_after_base=1.1) > plain["b"]
    assert at("a", grid_after_base=1.1) == pytest.approx(plain["a"])
    assert at("a", new_energy_flow=0.8) < plain["a"] < at("a", new_energy_flow=-0.6)
    # more load: more t km, and more fuel per km, though less than in proportion
    assert plain["a"] / 1.1 < at("a", load_factor_heavy=1.1) < plain["a"]


@pytest.mark.whole
def test_the_peak_year_is_a_distribution(county):
    peak = monte_carlo(county, years=[2030], samples=300).peak
    assert peak.filter(pl.col("share") > 0.02).height >= 2
    assert peak.filter(pl.col("year") <= 2030)["share"].sum() == pytest.approx(1.0)
    slow = monte_carlo(fixed(county, new_energy_flow=-2.5, growth_cars=0.015), years=[2030], samples=1).peak
    fast = monte_carlo(fixed(county, new_energy_flow=2.0, growth_cars=-0.015), years=[2030], samples=1).peak
    assert slow.filter(share=1.0)["year"].item() > fast.filter(share=1.0)["year"].item()


def test_electric_km_of_hybrids_move_petrol_only_as_far_as_they_drive(county, stock):
    oil = fleet.petroleum(county, stock)
    more = county.energy_use.with_columns(utility_factor=pl.col("utility_factor") * 1.2)
    expected = fleet.petroleum(county.with_table("energy_use", more), stock)
    drawn = fixed(county, electric_km_of_hybrids=1.2)
    ensemble = StockEnsemble(drawn, draw_factors(drawn, samples=1, seed=1))
    assert ensemble.petroleum()[0] == pytest.approx(expected.sort("year")["petroleum_t"].to_numpy())
    assert (expected["petroleum_t"] <= oil["petroleum_t"]).all()


def test_electric_buses_and_taxis_move_only_the_boundaries_that_hold_them(county):
    table = bus_taxi_effect(county, years=[2030])
    assert bus_taxi_effect(county, years=[2030], table=fleet.stock(county)).equals(table)
    assert table.height == 3 * 3 * 2
    assert table.filter(boundary="narrow")["effect"].to_list() == [0.0] * 6
    wider = table.filter(pl.col("boundary") != "narrow")
    assert (wider["effect"] < -0.005).all()
    none = without_new_energy(county, ["bus", "ride_hailing"])
    flow = none.flow_shares.filter(pl.col("vehicle_class").is_in(["bus", "ride_hailing"]))
    sums = flow.group_by("vehicle_class", "year").agg(pl.col("share").sum())
    assert sums["share"].to_numpy() == pytest.approx(np.ones(sums.height))
    assert flow.filter(power="bev")["share"].sum() == 0.0
    assert flow.filter(vehicle_class="ride_hailing", power="petrol", year=2030)["share"].item() == 1.0
    bare = county.with_table("flow_shares", county.flow_shares.filter(pl.col("power") != "diesel"))
    with pytest.raises(DataError, match="'bus' has neither petrol nor diesel to stand in"):
        without_new_energy(bare, ["bus"])


def test_the_electric_share_that_ten_percent_need_depends_on_the_series(county):
    def at(name, series, year=2023):
        return fleet.electric_share_needed(county, name, change=-0.1, year=year, series=series)

    assert at("tractor", "a") == pytest.approx(0.1)
    assert at("tractor", "b") == pytest.approx(0.43, abs=0.006)
    assert at("light_truck", "b") == pytest.approx(0.19, abs=0.006)
    assert at("tractor", "b", 2030) < at("tractor", "b")
    assert share_needed(-0.1, 1.0, 1.0) is None
    assert share_needed(-0.1, 1.0, 0.95) == pytest.approx(2.0)
    assert share_needed(0.1, 1.0, 0.5) == 0.0


def test_the_spread_holds_the_account_and_sums_to_one(county):
    found = monte_carlo(county, years=[2030], samples=200)
    assert (found.change["low"] <= found.change["p50"]).all()
    assert (found.change["p50"] <= found.change["high"]).all()
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
