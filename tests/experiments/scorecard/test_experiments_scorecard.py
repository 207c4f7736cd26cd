"""Scorecard: values are computed from the tables, and verdicts need evidence."""

from dataclasses import replace

import polars as pl
import pytest

import fleet
from data.county import load_county
from data.schemas.base import CLEAN_ENERGY
from experiments.formatting import figure
from experiments.pathways.outlook import electrified, fuelled, outlook
from experiments.runs.execute import run
from experiments.scenario.model import Scenario
from experiments.scorecard.evidence import Evidence
from experiments.scorecard.score import score

REPLICATIONS = 3


@pytest.fixture(scope="module")
def result():
    return run(Scenario.load("deqing-2025").with_(days=1), replications=REPLICATIONS)


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture
def card(result, county):
    """Return a function that scores the run with other tables, as a mapping by target."""

    def go(scenario=None, **tables):
        evidence = Evidence(scenario or result.scenario, county, {**result.tables, **tables})
        return {row["target"]: row for row in score(evidence).iter_rows(named=True)}

    return go


def test_every_target_has_a_row_and_no_verdict_is_without_value(result, county):
    assert result.scorecard["target"].to_list() == county.targets["target"].to_list()
    decided = result.scorecard.filter(pl.col("verdict").is_in(["met", "missed"]))
    assert decided["value"].null_count() == 0
    assert decided["evidence"].str.len_chars().min() > 20
    assert (decided["assumptions"] != "").all()


def test_what_has_no_model_is_not_decided(card):
    rows = card()
    for target in ("T20",):
        assert rows[target]["value"] is None
        assert rows[target]["verdict"] == "not decided by this run"


def test_guns_and_towns_follow_the_layout(card, result):
    rows = card()
    assert (rows["T01"]["value"], rows["T02"]["value"], rows["T03"]["value"]) == (450.0, 1.0, 1.0)
    gone = pl.col("town").is_in(["yongfeng"]).fill_null(value=False)
    side = pl.col("site").is_in(["bincun-west"]).fill_null(value=False)
    rows = card(layout=result.layout.filter(~gone & ~side))
    assert rows["T01"]["verdict"] == "missed"
    assert rows["T02"]["value"] == pytest.approx(12 / 13)
    assert rows["T03"]["value"] == pytest.approx(5 / 6)
    assert {rows[target]["verdict"] for target in ("T02", "T03")} == {"missed"}


def test_piles_that_open_later_do_not_count_yet(card, result):
    late = result.layout.with_columns(opened_year=pl.lit(2026, dtype=pl.Int64))
    assert card(layout=late)["T01"]["value"] == 0.0


def test_waits_and_refusals_decide_whether_chargers_are_enough(card, result):
    calm = result.sessions.with_columns(wait_min=pl.lit(0.0), outcome=pl.lit("served"))
    assert card(sessions=calm)["T04"]["verdict"] == "met"
    late = calm.with_columns(wait_min=pl.when(pl.col("request_id") % 2 == 0).then(40.0).otherwise(0.0))
    assert card(sessions=late)["T04"]["value"] == pytest.approx(0.5, abs=0.01)
    assert card(sessions=late)["T04"]["verdict"] == "missed"
    lost = calm.with_columns(
        outcome=pl.when(pl.col("request_id") % 20 == 0).then(pl.lit("unserved")).otherwise("outcome")
    )
    assert card(sessions=lost)["T04"]["verdict"] == "missed"


def test_one_replication_decides_no_simulated_target(result, card):
    one = result.scenario.with_(replications=1)
    row = card(one, sessions=result.sessions.filter(pl.col("replication") == 0))["T04"]
    assert row["low"] is None
    assert row["verdict"] == "not decided by this run"
    assert "run more replications" in row["evidence"]


def test_holidays_add_a_criterion(result, card):
    festival = result.scenario.with_(start="2025-10-01")
    slow = result.sessions.with_columns(wait_min=pl.lit(10.0), outcome=pl.lit("served"))
    row = card(festival, sessions=slow)["T04"]
    assert "National Day 2025" in row["evidence"]
    assert row["verdict"] == "not decided by this run"  # three replications have no order-statistic interval


def test_the_peak_of_all_stations_is_the_sum_of_the_same_minutes(card, result):
    by_time = result.load.group_by("replication", "start_min").agg(pl.col("mean_kw").sum())
    peaks = by_time.group_by("replication").agg(pl.col("mean_kw").max())["mean_kw"]
    assert f"{peaks.mean():,.0f} kW" in card()["T17"]["evidence"]


def test_a_station_at_its_limit_leaves_the_grid_undecided(card, result):
    tight = result.layout.with_columns(transformer_kw=pl.lit(1.0))
    row = card(layout=tight)["T17"]
    assert row["verdict"] == "not decided by this run"
    assert "reach the limit" in row["evidence"]


def test_flow_shares_are_those_of_the_stock(card, result):
    new = result.stock.filter((pl.col("year") == 2030) & (pl.col("vehicle_class") != "motorcycle"))
    clean = new.filter(pl.col("power").is_in(["bev", "phev", "fcev", "lng", "cng"]))
    row = card()["T07"]
    assert row["value"] == pytest.approx(clean["new_vehicles"].sum() / new["new_vehicles"].sum())
    assert row["low"] < row["value"] < row["high"]


def test_intensities_compare_the_years_of_the_target(card, result):
    rows = result.carbon.filter(boundary="narrow", series="a", grid="moving")
    by_year = dict(rows.select("year", "intensity_g_per_tkm").iter_rows())
    assert card()["T11"]["value"] == pytest.approx(by_year[2030] / by_year[2020] - 1.0)


def test_electric_buses_and_taxis_do_not_move_the_narrow_boundary_and_the_answer_says_so(card):
    evidence = card()["T11"]["evidence"]
    assert "electric buses and taxis do not move boundary narrow" in evidence
    assert "the boundary with them by -" in evidence
    assert "b (and electricity)" in evidence
    assert "c (well to wheel)" in evidence


def test_targets_of_the_flow_say_when_they_are_crossed(card, result):
    for target in ("T07", "T08"):
        assert " from 20" in card()[target]["evidence"]
    classes = [name for name in result.stock["vehicle_class"].unique() if name != "motorcycle"]
    shares = fleet.flow_share(result.stock, CLEAN_ENERGY, classes=classes)
    year = fleet.crossing_year(shares, 0.4)
    assert f"above 40.0 % from {year} on" in card()["T07"]["evidence"]


def test_ships_are_decided_only_where_all_series_and_paths_agree(card, result):
    same = result.carbon.with_columns(intensity_g_per_tkm=pl.lit(10.0))
    paths = result.outlook.with_columns(
        value=pl.when(pl.col("metric") == "ship_intensity").then(10.0).otherwise("value")
    )
    assert card(carbon=same, outlook=paths)["T12"]["verdict"] == "missed"
    clean = paths.with_columns(value=pl.when(pl.col("path") == "fast").then(1.0).otherwise("value"))
    row = card(carbon=same, outlook=clean)["T12"]
    assert row["verdict"] == "not decided by this run"
    assert "disagree" in row["evidence"]


def test_petroleum_that_still_grows_has_not_peaked(card, result):
    growing = result.petroleum.with_columns(petroleum_t=pl.col("year").cast(pl.Float64))
    row = card(petroleum=growing)["T13"]
    assert row["value"] == 2035.0
    assert row["verdict"] == "not decided by this run"
    assert "there is none yet" in row["evidence"]


def test_lng_stations_and_gas_are_those_of_the_county(card, result):
    rows = card()
    assert rows["T14"]["value"] == 2.0
    own = result.calls.filter(pl.col("station").is_in(["xijiang-hub", "yuecheng"]))
    gas = own["mass_t"].sum() / REPLICATIONS * 365.0 * 1000.0 * 1.39 / 96e6
    assert rows["T18"]["value"] == pytest.approx(gas)
    one = result.scenario.with_(shipping={"stations": ["xijiang-hub"]})
    assert card(one)["T14"]["verdict"] == "missed"
    dry = result.scenario.with_(shipping={"enabled": False})
    assert card(dry)["T14"]["evidence"] == "The scenario leaves the river out."
    assert card(dry)["T18"]["value"] is None


def test_paths_lie_around_the_central_one(county):
    slow, fast = (electrified(county, path, after=2020).flow_shares for path in ("slow", "fast"))
    for table in (slow, fast):
        sums = table.group_by("vehicle_class", "year").agg(pl.col("share").sum())["share"]
        assert sums.to_list() == pytest.approx([1.0] * sums.len())
    cars = (pl.col("vehicle_class") == "private_car") & (pl.col("year") == 2030) & (pl.col("power") == "bev")
    middle = county.flow_shares.filter(cars)["share"][0]
    assert slow.filter(cars)["share"][0] < middle < fast.filter(cars)["share"][0]
    past = pl.col("year") <= 2020
    assert slow.filter(past).equals(county.flow_shares.filter(past))
    assert fuelled(county, "fast", after=2020).figure("river.lng_energy_share_2030") == 0.25
    oil = outlook(county, years=[2020, 2030]).filter((pl.col("metric") == "petroleum_t") & (pl.col("year") == 2030))
    by_path = dict(oil.select("path", "value").iter_rows())
    assert by_path["fast"] < by_path["slow"]


def test_figures_of_the_plan_are_used_where_the_county_has_them(result, county):
    row = county.figures.head(1).with_columns(key=pl.lit("plan.public_piles"), value=pl.lit(321.0))
    known = county.figures.filter(pl.col("key") != "plan.public_piles")
    more = replace(county, tables={**county.tables, "figures": pl.concat([known, row])})
    card = score(Evidence(result.scenario, more, result.tables))
    assert card.filter(target="T01")["verdict"].item() == "missed"


def test_traffic_can_be_left_out(result):
    only = run(result.scenario.with_(fleet={"towns": False}), replications=1).sessions
    towns = run(result.scenario.with_(fleet={"through": False}), replications=1).sessions
    every = result.sessions.filter(pl.col("replication") == 0)
    assert only["vehicle_class"].str.starts_with("through/").all()
    assert not towns["vehicle_class"].str.starts_with("through/").any()
    assert only.height + towns.height == every.height


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0770207, "h", "0.077 h"),
        (0.166, "share", "16.6 %"),
        (2024.0, "year", "2024"),
        (1400.0, "e-bikes", "1,400 e-bikes"),
        (12345.6, None, "12,346"),
        (None, "h", ""),
    ],
)
def test_figures_have_three_digits_and_their_unit(value, unit, text):
    assert figure(value, unit) == text
