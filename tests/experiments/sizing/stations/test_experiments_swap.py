"""``size swap`` of the three towns: an answer that the simulation confirms, its costs to the fen, its faults."""

import numpy as np
import polars as pl
import pytest

from data.errors import ScenarioError
from data.goals import Goal
from experiments.report.language import translator
from experiments.report.words.place_names import PlaceNames
from experiments.report.words.told_sizing import SizingWords
from experiments.runs.plan import prepare
from experiments.sizing import size
from experiments.sizing.stations import swap


@pytest.fixture(scope="module")
def found(small_scenario):
    return size("swap", small_scenario, target="p95_wait_min<=10")


def test_the_answer_holds_on_fresh_vehicles_and_stands_beside_the_tables(found, small_scenario):
    assert found.feasible
    case = prepare(small_scenario).case
    stations = swap.open_swap_stations(case)
    simulated = swap._Stations(case)
    (shown,) = simulated.shown(found.answer, 1)
    assert shown.swaps["wait_min"].drop_nulls().quantile(0.95, "linear") <= 10.0
    assert found.answer.drop(*swap.PARTS, "confidence").equals(stations.drop(*swap.PARTS, "confidence"))
    sizes = found.tables["swap_sizes"].row(0, named=True)
    assert sizes["batteries_change"] == found.answer["batteries"][0] - stations["batteries"][0]
    assert sizes["arrivals_per_day"] == shown.stations["arrivals"][0]
    # the vehicles are those that a run sends to its swap stations
    classes = set(simulated.vehicles(0, 0)["vehicle_class"].str.split("/").list.first())
    assert classes == {"taxi"}


def test_its_costs_add_up_to_the_fen_and_name_pieces_and_connection(found):
    costs = found.tables["costs"]
    assert costs["item"].to_list()[:3] == ["swap_bay", "swap_battery", "swap_charger"]
    fen = costs.select(pl.col("build_cny", "yearly_cny") * 100.0).to_numpy()
    assert np.abs(fen - fen.round()).max() < 1e-4
    assert (costs["build_cny_low"] <= costs["build_cny"]).all()
    assert (costs["build_cny"] <= costs["build_cny_high"]).all()
    row = found.answer.row(0, named=True)
    built = dict(costs.select("item", "build_cny").iter_rows())
    assert built["swap_battery"] == row["batteries"] * row["battery_kwh"] * 750
    assert built["swap_charger"] == row["chargers"] * row["charger_kw"] * 400
    # a connection above low voltage has a transformer and a line
    large = found.answer.with_columns(chargers=pl.lit(20, pl.Int64))
    assert swap.connections_kw(large) == [pytest.approx(20 * 40.0 / 0.92)]
    assert swap.connections_kw(large.with_columns(limit_kw=pl.lit(300.0))) == [300.0]


def test_it_is_told_in_both_languages(found, three_towns):
    for language, words in (("en", "batteries of swap stations"), ("zh", "换电")):
        translate = translator(language)
        said = SizingWords("swap", PlaceNames(three_towns, language, translate), translate)
        assert {"swap_sizes", "costs", "tried"} == set(said.tables(found))
        items = said.tables(found)["costs"][1]["item"].to_list()
        assert any(words in item for item in items)
        assert "swap-anping" not in " ".join([said.question(found), *said.lines(found)])


def test_the_command_prints_it_writes_the_report_and_ends_with_3_where_a_budget_is_too_small(
    xijiang, small_toml, tmp_path
):
    out = tmp_path / "sized"
    code, said, err = xijiang("size", "swap", str(small_toml), "--out", str(out), "--report", "--quiet")
    assert (code, err) == (0, "")
    assert "batteries and" in said
    assert {"answer.csv", "costs.csv", "size-swap.html", "swap_sizes.csv"} <= {file.name for file in out.iterdir()}
    code, said, _ = xijiang("size", "swap", str(small_toml), "--budget", "cny=1000", "--quiet")
    assert code == 3
    assert "already more than the budget" in said


def test_faults_are_named(small_scenario):
    with pytest.raises(ScenarioError, match=r"has no swap station that is open in 2020\. Add rows to swap_stations"):
        size("swap", small_scenario.with_(year=2020, start=small_scenario.start.replace(year=2020)))
    with pytest.raises(ScenarioError, match="size swap: nobody swaps in 1 days at swap-anping"):
        size("swap", small_scenario.with_(fleet={"towns": False}))
    with pytest.raises(ScenarioError, match=r"--budget piles: not known\."):
        size("swap", small_scenario, budget="piles=3")
    with pytest.raises(ScenarioError, match="no measure 'peak_kw'"):
        size("swap", small_scenario, target="peak_kw<=3")
    assert swap.county_goals(prepare(small_scenario).case.county)[0] == Goal("not_in_time_share", "<=", 0.1)
