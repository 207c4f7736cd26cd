"""How sure an answer is over the ranges of the assumptions, and what is said where nothing is assumed."""

import numpy as np
import polars as pl
import pytest

from data.errors import ScenarioError
from experiments.runs.assumptions.axes import at, free_axes, points_of
from experiments.runs.plan import prepare
from experiments.scorecard.service import behind_service
from experiments.sizing import size
from experiments.sizing.stations.occasions import Occasion
from experiments.sizing.stations.over_assumptions import WANTED, over_assumptions
from experiments.sizing.stations.trial import SEARCH, Trial
from experiments.statistics.measures import MEASURES
from experiments.statistics.selection import best_shares

POINTS = 4
NAME = "not_in_time_share"


@pytest.fixture(scope="module")
def found(small_scenario):
    return size("charging", small_scenario, target="not_in_time_share<=0.1", points=POINTS)


def test_larger_sizes_hold_at_no_fewer_points(found):
    table = found.tables["robust"]
    assert table["guns"].is_sorted()
    assert table["holds_share"].is_between(0.0, 1.0).all()
    assert table["holds_share"][-1] >= table["holds_share"][0]
    assert (table[f"{NAME}_low"] <= table[f"{NAME}_high"]).all()
    assert (table[f"{NAME}_high"] - table[f"{NAME}_low"]).max() > 0.0
    assert (table["build_cny"] > 0.0).all()


def test_the_answer_says_at_how_many_points_it_holds(found):
    says = {each.key: each.figures for each in found.says}
    guns = int((found.answer["piles"] * found.answer["guns_per_pile"]).sum())
    row = found.tables["robust"].filter(guns=guns).row(0, named=True)
    assert says["robust_holds"]["points"] == POINTS
    assert says["robust_holds"]["holds_share"] == row["holds_share"]
    safe = found.tables["robust"].filter(pl.col("holds_share") >= WANTED)
    assert ("robust_size" in says) == (safe.height > 0)
    if safe.height:
        assert says["robust_size"]["guns"] == safe["guns"][0]
    # an answer that no rule places otherwise has nothing to be better than
    others = found.tables["compared"].height - 1
    assert ("robust_best" in says) == (others > 0)


def test_a_point_is_the_run_of_a_scenario_with_its_values(small_scenario):
    case = prepare(small_scenario).case
    figures, tables = behind_service(holidays=False)
    axes = free_axes(small_scenario, case.county, set(case.county.assumed_figures(figures)), set(tables))
    (point,) = points_of(axes, seed=small_scenario.seed, samples=1)
    moved = prepare(at(small_scenario, point)).case
    weeks = [Occasion("0", case, 1.0), Occasion("1", moved, 1.0)]
    both = Trial([weeks[0]], (NAME,)).of_weeks(weeks).by_week({"": case.layout}, MEASURES[NAME], SEARCH)[""]
    alone = [Trial([week], (NAME,)).sample(week.case.layout, MEASURES[NAME], 0, 1)[0] for week in weeks]
    assert both == alone
    # what a scenario sets itself is given, and moves no more
    free = {axis.key for axis in axes if axis.key.startswith("figures.")}
    key = min(free).removeprefix("figures.")
    given = small_scenario.with_(figures={key: case.county.figure(key)})
    left = free_axes(given, case.county, set(case.county.assumed_figures(figures)), set(tables))
    assert free - {axis.key for axis in left} == {f"figures.{key}"}


def test_where_nothing_is_assumed_there_is_no_doubt_to_look_at(small_scenario, monkeypatch):
    trial = Trial(prepare(small_scenario).case, (NAME,))
    monkeypatch.setattr("experiments.sizing.stations.over_assumptions.free_axes", lambda *_: [])
    says, tables = over_assumptions(trial.occasions[0].case.layout, None, trial, [], points=3)
    assert ([each.key for each in says], tables) == (["robust_nothing"], {})


def test_the_best_is_counted_by_column_and_equals_share():
    values = np.array([[0.1, 0.2, 0.3 + 1e-12], [0.2, 0.2, 0.3]])
    assert best_shares(values) == pytest.approx([2.0 / 3.0, 1.0 / 3.0])
    assert best_shares(values, least=False) == pytest.approx([1.0 / 3.0, 2.0 / 3.0])


def test_faults_are_named(small_scenario):
    with pytest.raises(ScenarioError, match="size ebikes: --points is for charging only, without --layout"):
        size("ebikes", small_scenario, points=3)
    with pytest.raises(ScenarioError, match="--points is for charging only, without --layout"):
        size("charging", small_scenario, layouts=("today",), points=3)
    with pytest.raises(ScenarioError, match="--points -1: expected at least 0"):
        size("charging", small_scenario, points=-1)
