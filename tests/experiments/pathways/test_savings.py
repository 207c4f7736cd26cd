"""With and without: counterfactuals, what is saved by measure, paths to the targets, words."""

import itertools

import numpy as np
import polars as pl
import pytest

import fleet
from data.errors import ScenarioError
from experiments import run
from experiments.pathways.savings import OTHER, Worlds, savings, shapley
from experiments.report.language import translator
from experiments.report.sentences.saving import tell_savings
from experiments.report.shown_tables import Tables
from experiments.report.verdicts import Verdicts
from experiments.report.words.place_names import PlaceNames
from experiments.runs.plan import prepare
from experiments.scenario.counterfactual import frozen_flow, with_frozen_carriers, without_measures
from experiments.scenario.county import edited_county
from experiments.scenario.files import shipped
from experiments.scenario.model import Scenario
from experiments.scorecard.facts.saved import FREIGHT_SHIFT, GROUPS, LAND, TOGETHER
from shipping.emissions.ship_change import ship_draws

YEARS = (2020, 2025, 2030)
TONNES = ("a_tco2", "b_tco2", "c_tco2e", "petroleum_t")


@pytest.fixture(scope="module")
def frozen_toml(tmp_path_factory):
    """A counterfactual as a file of its own, of another county."""
    file = tmp_path_factory.mktemp("scenarios") / "frozen.toml"
    file.write_text('county = "deqing"\nyear = 2030\nstart = 2030-11-11\nfleet.adoption = "frozen"\n', encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def against(small_scenario, frozen_toml):
    """The three towns with freight on rail and fuller trucks, against what 2020 bought."""
    moved = {"to_rail_share": 0.0, "load_factor_change": 0.1}
    return small_scenario.with_(counterfactual=frozen_toml, fleet=moved)


@pytest.fixture(scope="module")
def worlds(against):
    without = without_measures(against)
    return Worlds(against, edited_county(against), without, edited_county(without), YEARS)


@pytest.fixture(scope="module")
def ran(against):
    return run(against)


def test_shapley_values_add_up_and_do_not_depend_on_the_order():
    worth = {frozenset(names): float(len(names) ** 2 + ("a" in names)) for size in range(4)
             for names in itertools.combinations("abc", size)}  # fmt: skip
    found = shapley("abc", lambda chosen: np.array(worth[chosen]))
    assert sum(found.values()) == pytest.approx(worth[frozenset("abc")] - worth[frozenset()])
    # b and c do the same, a one more
    assert found["b"] == pytest.approx(found["c"])
    assert found["a"] == pytest.approx(found["b"] + 1.0)
    assert shapley("cab", lambda chosen: np.array(worth[chosen]))["a"] == pytest.approx(found["a"])


def test_parts_add_up_to_what_both_worlds_differ_by(worlds):
    table = savings(worlds, pl.DataFrame())
    land = table.filter(part=LAND)
    parts = land.filter(pl.col("measure") != TOGETHER).group_by("year").agg(pl.col(TONNES).sum())
    together = land.filter(measure=TOGETHER).select("year", *TONNES)
    joined = parts.join(together, on="year", suffix="_all")
    for name in TONNES:
        assert joined[name].to_list() == pytest.approx(joined[f"{name}_all"].to_list(), abs=1e-6)
    # the petroleum of the accounts says the same
    with_, without = (
        dict(fleet.petroleum(county, fleet.stock(county)).select("year", "petroleum_t").iter_rows())
        for county in (worlds.county, worlds.other_county)
    )
    saved = dict(together.select("year", "petroleum_t").iter_rows())
    for year in YEARS:
        assert saved[year] == pytest.approx(without[year] - with_[year], abs=1e-6)
    assert saved[2020] == pytest.approx(0.0, abs=1e-9)
    assert saved[2030] > 0.0
    assert {"cars", "trucks", "freight_loads"} <= set(land["measure"])
    # no river: nothing is said of ships
    assert set(table["part"]) == {LAND}


def test_freight_that_moves_is_a_measure_of_its_own(small_scenario):
    moved = Scenario.load("deqing-2030-shift")
    without = without_measures(moved)
    both = Worlds(moved, edited_county(moved), without, edited_county(without), (2030,))
    assert both.active() == [FREIGHT_SHIFT]
    row = savings(both, pl.DataFrame()).filter(part=LAND, measure=FREIGHT_SHIFT).row(0, named=True)
    assert row["b_tco2"] > 0.0
    assert not set(GROUPS) & set(savings(both, pl.DataFrame())["measure"])
    assert without_measures(small_scenario) is None


def test_assumptions_of_the_scenario_hold_in_both_worlds(against):
    assumed = against.with_(figures={"fleet.demand_cv": 0.33})
    without = without_measures(assumed)
    assert without.figures == {"fleet.demand_cv": 0.33}
    assert (without.county, without.year, without.start) == (assumed.county, assumed.year, assumed.start)
    county, other = edited_county(assumed), edited_county(without)
    assert OTHER not in Worlds(assumed, county, without, other, YEARS).active()
    # what the counterfactual sets itself is a difference
    moved = county.with_figures({"fleet.demand_cv": 0.2})
    assert OTHER in Worlds(assumed, moved, without, other, YEARS).active()


def test_nothing_that_differs_saves_nothing(small_scenario):
    county = edited_county(small_scenario)
    table = savings(Worlds(small_scenario, county, small_scenario, county, YEARS), pl.DataFrame())
    assert table["measure"].unique().to_list() == [TOGETHER]
    assert table.select(pl.col(TONNES).abs().max()).row(0) == (0.0,) * 4


def test_frozen_shares_are_those_of_the_base_year(three_towns):
    flow = frozen_flow(three_towns)
    [car, *_others] = three_towns.vehicle_classes.filter(role="household_car")["vehicle_class"]
    shares = fleet.flow_share(fleet.stock(three_towns.with_table("flow_shares", flow)), ("bev",), classes=[car])
    known = dict(shares.select("year", "share").iter_rows())
    assert known[2035] == pytest.approx(known[2020])
    assert flow.group_by("vehicle_class", "year").agg(pl.col("share").sum())["share"].to_list() == pytest.approx(
        [1.0] * flow.select("vehicle_class", "year").unique().height
    )
    assert with_frozen_carriers(three_towns) is three_towns


def test_frozen_carriers_of_ships_are_those_of_the_base_year():
    county = edited_county(Scenario.load("deqing-2030-frozen"))
    assert county.figure("river.lng_energy_share_2035") == county.figure("river.lng_energy_share_2020") == 0.003
    # a share outside its range is given, not drawn
    drawn = ship_draws(county, years=[2030], samples=8)
    assert "river.lng_energy_share_2030" not in drawn.values
    assert drawn.values


@pytest.mark.parametrize(
    ("name", "said"),
    [("nothing-like-it", "counterfactual: scenario 'nothing-like-it': neither a shipped"), ("three-towns", "itself")],
)
def test_a_counterfactual_that_is_none_is_a_fault(small_scenario, name, said):
    with pytest.raises(ScenarioError, match=said):
        prepare(small_scenario.with_(counterfactual=name))


def test_a_counterfactual_beside_the_file_is_found(tmp_path):
    (tmp_path / "before.toml").write_text("year = 2030\nstart = 2030-11-11\n", encoding="utf-8")
    (tmp_path / "after.toml").write_text('based_on = "deqing-2030"\ncounterfactual = "before.toml"\n', encoding="utf-8")
    assert Scenario.load(tmp_path / "after.toml").counterfactual == str(tmp_path / "before.toml")


def test_every_shipped_scenario_names_its_counterfactual():
    named = {name: Scenario.load(name).counterfactual for name in shipped()}
    assert [name for name, against in named.items() if against is None] == ["deqing-2030-frozen"]
    assert named["deqing-2030-shift"] == "deqing-2030"


def test_a_run_states_savings_and_paths(ran):
    saved = ran.savings.filter(measure=TOGETHER, year=ran.scenario.year)
    fact = ran.facts.filter(fact="saved_tco2", key=TOGETHER)
    assert fact["value"].to_list() == saved["b_tco2"].to_list()
    paths = ran.target_paths
    road = paths.filter(criterion="vehicle_intensity_change_share")
    card = ran.scorecard.filter(criterion="vehicle_intensity_change_share").row(0, named=True)
    due = road.filter(year=card["year"]).row(0, named=True)
    assert due["value"] == pytest.approx(card["value"])
    assert (due["low"], due["high"], due["limit"]) == (card["assumption_low"], card["assumption_high"], card["limit"])
    assert due["without"] > due["value"]
    assert road["limit"].drop_nulls().len() == 1
    assert paths.filter(criterion="petroleum_peak_year", year=2030)["without"].item() > 0.0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_tells_what_is_saved(ran, language):
    translate = translator(language)
    names = PlaceNames(ran.county, language, translate)
    verdicts = Verdicts(ran.tables, ran.county, language, names, translate)
    lines = verdicts.about("P5", tell_savings)
    assert 2 <= len(lines) <= 3
    assert all("{" not in line for line in lines)
    evidence = next(row for row in verdicts.rows() if row.target == "P5").evidence
    assert set(lines) <= set(evidence)
    shown = Tables(names, translate, original=language == "en").years(ran.tables)
    assert set(shown) == {"savings", "target_paths"}
    assert {row[0].text for row in shown["savings"].rows} == {"2020", "2025", "2030", "2035"}
