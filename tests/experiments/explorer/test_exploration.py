"""The explorer's answers are those of the models, and its budget holds."""

import pytest

from data.errors import ScenarioError
from experiments import run
from experiments.cli.app import app
from experiments.explorer.exploration import Exploration, Question
from experiments.explorer.moves import STORE, Move
from experiments.explorer.view import View
from experiments.report.language import LANGUAGES
from experiments.statistics.measures import MEASURES


@pytest.fixture(scope="module")
def result(small_scenario):
    return run(small_scenario)


@pytest.fixture(scope="module")
def exploration(result):
    return Exploration(result)


def test_without_a_change_it_says_what_the_run_says(exploration, result):
    seen = exploration.see([], exploration.start)
    for name, value in seen.measures.items():
        of_run = MEASURES[name].values(result.tables, 1, result.county.figure)[0]
        assert value == pytest.approx(of_run, abs=1e-6)


def test_a_changed_layout_is_what_a_run_of_it_says(exploration, small_scenario):
    move = Move("anping-a", "dc", STORE, 3)
    seen = exploration.see([move], exploration.start)
    again = run(small_scenario.with_layout(exploration.moved([move])[0]))
    assert seen.measures["peak_kw"] == pytest.approx(MEASURES["peak_kw"].values(again.tables, 1, None)[0], abs=1e-6)
    assert seen.measures["peak_kw"] != exploration.see([], exploration.start).measures["peak_kw"]


def test_year_and_assumption_are_asked_of_the_models(exploration):
    now = exploration.see([], exploration.start).measures
    assert exploration.see([], Question(2030)).measures != now
    axis = exploration.axes["tables.energy_use"]
    assert exploration.see([], Question(2025, axis.key, axis.high)).measures["peak_kw"] != now["peak_kw"]
    with pytest.raises(ScenarioError, match="no vehicles in 1999"):
        exploration.see([], Question(1999))
    with pytest.raises(ScenarioError, match=r"figures\.x is no assumption"):
        exploration.see([], Question(2025, "figures.x", 1.0))


def test_the_budget_holds(exploration, result):
    piles = exploration.budget.piles
    with pytest.raises(ScenarioError, match=rf"got {piles} piles; expected at most 2\. Raise --budget piles={piles}"):
        Exploration(result, {"piles": 2})
    with pytest.raises(ScenarioError, match="cny"):
        Exploration(result, {"cny": 2})
    everything = [Move(row["station_id"], row["group_id"], STORE, row["piles"]) for row in result.layout.to_dicts()]
    with pytest.raises(ScenarioError, match="no pile would stand anywhere"):
        exploration.moved(everything)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_view_speaks_both_languages(exploration, language):
    view = View(exploration, language)
    move = Move("anping-a", "dc", STORE, 1)
    before, now = (exploration.see(moves, exploration.start) for moves in ([], [move]))
    assert set(view.figures(now)) == {"map", "load"}
    rows = view.table(before, now, "anping")
    assert len(rows) == 1
    assert "−" in rows[0][1]
    assert view.stations()[STORE] == {"en": "the store", "zh": "仓库"}[language]
    assert all(len(row) == 4 for row in view.measures(before, now))
    assert view.groups([move])["anping-a|dc"] != view.groups([])["anping-a|dc"]


def test_without_dash_the_command_says_what_brings_it(monkeypatch, tmp_path):
    from typer.testing import CliRunner

    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    done = CliRunner().invoke(app, ["explore", str(tmp_path)])
    assert "pip install 'xijiang[explore]'" in str(done.exception)
