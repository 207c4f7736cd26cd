"""``sensitivity`` in a minute: targets by id or metric, what flips them, and what it cannot answer."""

import json

import pytest

from data.errors import ScenarioError
from experiments import Scenario
from experiments.cli.sensitivity import FLIPS, MORRIS, chosen_design
from experiments.designs.quick_flips import what_flips


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Keep the answers of points in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_targets_of_accounts_and_of_runs_are_answered_at_once(small_scenario):
    told = []
    found = what_flips(small_scenario, of=["late_share", "petroleum_peak_year"], points=6, plan=told.append)
    assert told == [6]
    assert set(found["scorecard"]["metric"]) == {"late_share", "petroleum_peak_year"}
    assert set(found["flips"]["target_id"]) <= set(found["scorecard"]["target_id"])
    assert {"runs", "accounts"} == set(found["answer_draws"]["sample"])


def test_targets_of_accounts_alone_take_no_runs(small_scenario):
    told = []
    found = what_flips(small_scenario, of=["vehicle_intensity_change_share"], plan=told.append)
    assert told == [0]
    assert found["flips"].height == 3 or found["flips"]["share"].sum() > 0.98
    assert found["flips"]["rank"].to_list() == list(range(1, found["flips"].height + 1))


def test_what_has_no_draws_is_said(small_scenario):
    with pytest.raises(ScenarioError, match="travel_mean_min: no draws; expected targets of late_share"):
        what_flips(small_scenario, of=["travel_mean_min"])
    with pytest.raises(ScenarioError, match="neither a measure nor a target"):
        what_flips(Scenario.load("deqing-2030"), of=["T4"])


def test_the_design_is_the_quick_one_unless_options_of_the_other_are_given():
    assert chosen_design(None, None, None, None) == FLIPS
    assert chosen_design(None, ["figures.fleet.demand_cv"], None) == MORRIS
    assert chosen_design(None, None, 0) == MORRIS
    assert chosen_design("flips", ["figures.fleet.demand_cv"], 3) == FLIPS
    with pytest.raises(ScenarioError, match=r"--design moris: not known\. Did you mean 'morris'"):
        chosen_design("moris", None)


def test_the_command_prints_and_writes(xijiang, small_toml, tmp_path):
    given = ("sensitivity", small_toml, "--of", "petroleum_peak_year", "--of", "late_share", "--points", "4", "-j", "1")
    code, out, err = xijiang(*given, "--out", "made")
    assert (code, err) == (0, "")
    assert "Plan: 4 points of 1 x 1 days" in out
    assert "Most of the doubt about petroleum peak year is in: " in out
    assert (tmp_path / "made" / "flips.csv").is_file() or list(tmp_path.rglob("flips.csv"))
    code, out, err = xijiang(*given, "--json")
    assert (code, err) == (0, "")
    assert set(json.loads(out)) == {"scorecard", "flips"}
