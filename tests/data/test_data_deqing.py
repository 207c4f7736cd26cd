"""The built-in county: totals that its sources give."""

import polars as pl
import pytest

from data import load_county


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.mark.parametrize("name", ["plan-2025", "even", "population"])
def test_each_layout_is_320_piles_and_450_guns_everywhere(county, name):
    layout = county.layout(name)
    dual = layout.filter(pl.col("guns_per_pile") == 2)["piles"].sum()
    single = layout.filter(pl.col("guns_per_pile") == 1)["piles"].sum()
    assert (dual, single) == (130, 190)
    in_towns = layout.filter(pl.col("site").is_null())
    assert set(in_towns["town"]) == set(county.towns["town"])
    sides = county.service_areas.filter("in_county")["site"].to_list()
    assert len(sides) == 6
    assert set(layout["site"].drop_nulls()) == set(sides)
    assert layout.filter(pl.col("site").is_not_null())["current"].unique().to_list() == ["dc"]


def test_residents_are_those_of_the_census(county):
    assert county.towns.height == 13
    assert county.towns["residents"].sum() == 331_438


def test_the_ships_are_as_large_as_the_bulletin_says(county):
    classes = county.vessel_classes.drop_nulls("passage_share")
    assert classes["passage_share"].sum() == pytest.approx(1.0)
    assert (classes["passage_share"] * classes["dwt_t"]).sum() == pytest.approx(2986, rel=0.005)
    year = county.lock_traffic.filter(pl.col("year") == 2025).row(0, named=True)
    assert (year["passages"], year["mean_dwt"]) == (123_620, 2_986)
    assert year["cargo_mt"] == pytest.approx(223.55, abs=0.01)


def test_no_lng_factor_is_above_what_methane_gives(county):
    lng = county.fuel_factors.filter(pl.col("fuel").is_in(["lng", "cng"]))
    assert lng.height == 3
    assert lng["ttw_kgco2_per_kg"].max() < 2.85


def test_the_tariff_is_the_rule_of_the_province(county):
    base = county.tariff_tou.filter(pl.col("season") == "base").sort("hour")["multiplier"]
    sharp = county.tariff_tou.filter(pl.col("season") == "sharp").sort("hour")["multiplier"]
    assert base.mean() == pytest.approx(0.9975)
    assert sharp.mean() == pytest.approx(1.050625)


def test_every_measure_of_the_plan_is_a_target(county):
    assert county.targets["target"].to_list() == [f"T{number:02d}" for number in range(1, 21)]


def test_assumptions_carry_their_range(county):
    assumed = county.figures.filter(pl.col("confidence") == "assumption")
    assert assumed.height > 30
    assert assumed["low"].null_count() == assumed["high"].null_count() == 0
