"""Before a long command starts: what it takes, what it rests on, whom to cite; and the language of the locale."""

import json
import re

import polars as pl
import pytest

from experiments.cli import display_plan
from experiments.cli.options import locale_language
from experiments.report.language import translator
from experiments.report.words.planning import duration
from experiments.runs.assumptions.weightiest import MOST, weightiest
from experiments.sizing import most_tried

LONG = {
    "run": (),
    "compare": ("--layout", "today", "--layout", "today"),
    "size": (),
    "sweep": ("--over", "charging.max_tries=1:2:2"),
    "sensitivity": ("--of", "late_share", "--points", "8"),
    "carbon": ("--years", "2020,2025", "--samples", "2"),
}
"""Long commands by name, and what they ask for beside the scenario."""


def given(name, small_toml):
    """Return the words of a long command on the county of three towns."""
    return (name, *(("charging",) if name == "size" else ()), small_toml, *LONG[name])


@pytest.fixture
def quick(monkeypatch):
    """Take a point for a second: what is told of it is not how long it takes here."""
    monkeypatch.setattr(display_plan, "point_s", lambda *_, **__: 1.0)
    monkeypatch.setattr("experiments.pathways.carbon_outlook.carbon_outlook", lambda *_, **__: None)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", LONG)
def test_f22_a_dry_run_says_time_and_assumptions_and_writes_nothing(xijiang, small_toml, tmp_path, name):
    code, out, err = xijiang(*given(name, small_toml), "--dry-run")
    assert (code, err) == (0, "")
    assert out.endswith("Dry run: nothing was written.\n")
    assert re.search(r"\d+ (s|min)\b", out)
    assert "Assumptions with the widest ranges" in out
    # the widest of the county of three towns, with its range and source
    assert re.search(r"│ .* +│ +[\d.-]+ +│ +[\d.-]+ +│ +[\d.-]+ +│ .* +│ X2 +│", out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_a_dry_run_counts_the_points(xijiang, small_toml):
    assert "Plan: 2 points of 1 x 1 days" in xijiang(*given("sweep", small_toml), "--dry-run")[1]
    assert "Plan: 2 points of 1 x 1 days" in xijiang(*given("compare", small_toml), "--dry-run")[1]
    assert "Plan: 8 points of 1 x 1 days" in xijiang(*given("sensitivity", small_toml), "--dry-run")[1]
    told = json.loads(xijiang(*given("sweep", small_toml), "--dry-run", "--json", "-j", "1")[1])
    assert (told["points"], told["workers"], told["seconds"]) == (2, 1, 2.0)
    assert len(told["assumptions"]) == MOST


@pytest.mark.parametrize("name", LONG)
def test_a_long_command_cites_its_sources(xijiang, small_toml, tmp_path, name):
    code, out, err = xijiang(*given(name, small_toml), "--cite")
    assert (code, err) == (0, "")
    assert out.startswith("@software{xijiang,\n")
    assert "@misc{three-towns:X1," in out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_checks_what_a_run_would(xijiang, small_toml):
    code, out, err = xijiang("compare", small_toml, "--layout", "today", "--layout", "nowhere", "--dry-run")
    assert (code, out) == (1, "")
    assert "nowhere" in err
    assert xijiang("compare", small_toml, "--cite")[0] == 1


def test_assumptions_are_those_of_an_earlier_run_where_there_is_one(three_towns, tmp_path):
    wide = weightiest(three_towns)
    assert wide.height == MOST
    assert wide["share"].null_count() == MOST
    assert (wide["high"] > wide["low"]).all()
    flips = pl.DataFrame(
        {
            "target_id": ["A", "B", "B"],
            "assumption": ["figures.charging.max_tries", "figures.charging.max_tries", "tables.energy_use"],
            "share": [0.2, 0.5, 0.7],
        }
    )
    flips.write_parquet(tmp_path / "flips.parquet")
    found = weightiest(three_towns, tmp_path)
    assert found.select("assumption", "share").rows() == [
        ("tables.energy_use", 0.7),
        ("figures.charging.max_tries", 0.5),
    ]
    assert found["value"].to_list() == [None, three_towns.figure("charging.max_tries")]
    # a run that asked nothing of its assumptions says nothing
    flips.clear().write_parquet(tmp_path / "flips.parquet")
    assert weightiest(three_towns, tmp_path).equals(wide)


def test_how_long_something_takes_is_said_in_a_unit_that_fits():
    english = translator("en")
    assert [duration(seconds, english) for seconds in (0.2, 119, 121, 7300)] == ["1 s", "119 s", "2 min", "2.0 h"]


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_HK"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(variables, language):
    assert locale_language(variables) == language


@pytest.mark.usefixtures("quick")
def test_a_chinese_locale_makes_chinese_and_lang_goes_before_it(xijiang, small_toml, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    said = xijiang(*given("sweep", small_toml), "--dry-run")[1]
    assert said.endswith("试算：未写入任何文件。\n")
    assert not re.search(r"[a-z]{4,}", said.replace("xijiang sensitivity", ""))
    assert "Dry run" in xijiang(*given("sweep", small_toml), "--dry-run", "--lang", "en")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [(("nonsense",), "size nonsense: not known"), (("charging", "--target", "rubbish"), "rubbish")],
)
def test_a_dry_run_of_a_sizing_looks_at_what_is_sized(xijiang, small_toml, words, said):
    kind, *rest = words
    code, _, err = xijiang("size", kind, small_toml, *rest, "--dry-run")
    assert code == 1
    assert said in err


@pytest.mark.usefixtures("quick")
def test_a_dry_run_of_a_sizing_says_how_many_sizes_it_tries_at_the_most(xijiang, small_toml, small_scenario):
    code, said, _ = xijiang("size", "charging", small_toml, "--dry-run", "--json")
    assert code == 0
    assert json.loads(said)["most_sizes"] == most_tried("charging", small_scenario)
    assert "At most 182 sizes are tried" in xijiang("size", "ebikes", small_toml, "--dry-run")[1]
    # a path has a search of its last year, and some sizes of every other one
    ten, two = (most_tried("path", small_scenario, years=years) for years in ((), (2025, 2030)))
    assert ten > two > most_tried("charging", small_scenario) > most_tried("charging", small_scenario, minimise="late")
    assert most_tried("swap", small_scenario) is None


def test_short_runs_of_a_comparison_are_part_of_its_time(monkeypatch, small_scenario):
    monkeypatch.setattr("experiments.runs.replicate.simulate_once", lambda *_, **__: None)
    ticks = iter([0.0, 1.0, 0.0, 1.0])
    monkeypatch.setattr(display_plan.time, "monotonic", lambda: next(ticks))
    alone = display_plan.point_s(small_scenario)
    short_s = display_plan.SHORT_SHARE * small_scenario.days
    assert display_plan.point_s(small_scenario, short_runs=10) == pytest.approx(alone + 10 * short_s)
