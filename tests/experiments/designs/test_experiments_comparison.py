"""Comparison of layouts and scenarios: zero width against itself, words for what gets worse, exit codes and faults."""

import contextlib
import json
from unittest.mock import ANY

import polars as pl
import pytest
from scipy import stats

from data.county import load_county
from data.errors import ScenarioError
from experiments import Scenario, compare
from experiments.designs.comparison import alternatives
from experiments.statistics.measures import MEASURES

SHORT = ("-n", "3", "--days", "1", "-j", "1")


@pytest.fixture
def half():
    """Return a layout with half of the plan's 320 piles and 450 guns."""
    layout = load_county("deqing").layout("half-plan")
    assert int(layout["piles"].sum()) == 160
    assert int((layout["piles"] * layout["guns_per_pile"]).sum()) == 225
    return "half-plan"


def test_a_layout_against_itself_has_no_clear_difference_and_zero_width(small_scenario):
    found = compare([small_scenario], layouts=["today", "today"], replications=3)
    assert found.names == ("today", "today (2)")
    seen = found.differences.drop_nulls("low")
    assert set(seen["verdict"]) == set(seen["judgement"]) == {"same"}
    assert seen["low"].to_list() == seen["high"].to_list() == [0.0] * seen.height


@pytest.mark.slow
def test_half_of_the_guns_says_what_gets_worse(half):
    busy = Scenario.load("deqing-2030-spring-festival", sets=["start=2030-02-04", "days=1", "fleet.ebikes=false"])
    found = compare(busy, layouts=["plan-2025", str(half)], replications=4)
    rows = {row["measure"]: row for row in found.differences.iter_rows(named=True)}
    worse = {"unserved_share": "higher", "travel_mean_min": "higher", "energy_delivered_share": "lower"}
    for measure, verdict in {**worse, "burden_cny_per_request": "higher", "not_in_time_share": "higher"}.items():
        assert (rows[measure]["verdict"], rows[measure]["judgement"]) == (verdict, "worse")
        assert rows[measure]["worse"]
    # fewer are served, so the bill, the carbon and the energy of all together are lower: no gain
    for measure in ("cost_cny", "kgco2", "energy_kwh"):
        assert (rows[measure]["verdict"], rows[measure]["judgement"]) == ("lower", "context")
    for measure in ("cost_cny_per_kwh", "kgco2_per_kwh"):  # nor is it a gain per kWh of those who are served
        assert rows[measure]["judgement"] != "better"
    assert found.ranking["alternative"].to_list() == ["plan-2025", str(half)]
    assert found.ranking["p_best"][0] > 0.99
    assert "worse" in set(found.groups["judgement"])
    assert not rows["utilisation_share"]["worse"]
    assert rows["lng_wait_mean_min"]["low"] == rows["lng_wait_mean_min"]["high"] == 0.0
    assert rows["energy_kwh"]["variance_ratio"] > 5.0
    assert {one["alternative"] for one in found.values.to_dicts()} == {"plan-2025", str(half)}


def test_selection_needs_a_zone_and_finds_the_layout_that_is_near_to_all(small_scenario):
    layouts = ["seat-only", "today"]
    with pytest.raises(ScenarioError, match="select and zone go together"):
        compare(small_scenario, layouts=layouts, select="travel_mean_min")
    found = compare(
        small_scenario, layouts=layouts, replications=2, select="travel_mean_min", zone=2.0, measures=["kgco2"]
    )
    assert found.selection is not None
    assert found.names[found.selection.best] == "today"


def test_alternatives_need_names_and_equal_days():
    one, two = Scenario.load("deqing-2025"), Scenario.load("deqing-2030")
    with pytest.raises(ScenarioError, match="one alternative; expected two or more"):
        alternatives([one])
    with pytest.raises(ScenarioError, match="different numbers of days"):
        alternatives([one, two.with_(days=1)])
    assert list(alternatives([one, two], ["even"])) == ["deqing-2025/even", "deqing-2030/even"]


def test_the_command_prints_words_table_and_json(xijiang, small_toml):
    given = ("compare", small_toml, "--layout", "today", "--layout", "seat-only", *SHORT)
    code, out, err = xijiang(*given, "--out", "kept")
    assert (code, err) == (0, "")
    assert "worse:" in out
    assert "From best to worst by bill, time and energy gone without, per request asked: today (" in out
    assert "for context, neither better nor worse" in out
    assert "Runs, values.csv, differences.csv, groups.csv, ranking.csv and doubt.csv: kept" in out
    assert pl.read_csv("kept/groups.csv")["by"].unique().sort().to_list() == ["class", "station", "town"]
    kept = pl.read_csv("kept/differences.csv")
    assert kept.height == len(MEASURES)
    code, out, _ = xijiang(*given, "--json")
    answer = json.loads(out)
    assert answer["reference"] == "today"
    assert len(answer["differences"]) == len(answer["values"]) / 2


def test_one_replication_decides_nothing_and_says_so(xijiang, small_toml):
    given = ("compare", small_toml, "--layout", "today", "--layout", "seat-only", "-n", "1", "-j", "1", "--quiet")
    code, out, err = xijiang(*given)
    assert (code, err) == (0, "")
    assert out.startswith("One replication decides nothing: a single pair has no interval. `-n 10` gives one.")
    code, out, _ = xijiang(*given, "--lang", "zh")
    assert out.startswith("一次重复不能判定任何差异")
    code, out, err = xijiang(*given, "--lang", "fr")
    assert (code, out) == (1, "")
    assert "language 'fr' is not known" in err


def test_a_scenario_against_itself_says_that_all_is_the_same(xijiang, small_toml):
    code, out, _ = xijiang("compare", small_toml, small_toml, "-n", "2", "-j", "1", "--quiet")
    assert code == 0
    assert "the same in every replication and measure." in out
    assert "50 % the best" in out


def test_intervals_hold_together_over_the_measures_that_were_asked_for(xijiang, small_toml):
    given = ("compare", small_toml, "--layout", "today", "--layout", "seat-only", *SHORT, "--json", "--out", "kept")
    asked = ("--on", "travel_mean_min", "--on", "cost_cny")
    two = {row["measure"]: row for row in json.loads(xijiang(*given, *asked)[1])["differences"]}
    one = json.loads(xijiang(*given, "--on", "cost_cny")[1])["differences"][0]
    all_ = {row["measure"]: row for row in json.loads(xijiang(*given)[1])["differences"]}
    assert set(two) == {"travel_mean_min", "cost_cny"}
    quantiles = [stats.t.ppf(1.0 - 0.025 / tests, 2) for tests in (1, 2, 4)]
    widths = [row["high"] - row["low"] for row in (one, two["cost_cny"], all_["cost_cny"])]
    assert widths[0] > 0.0
    assert widths[1] / widths[0] == pytest.approx(quantiles[1] / quantiles[0])
    assert widths[2] == pytest.approx(widths[0])  # where all are shown, only the service measures decide
    assert (all_["unserved_share"]["low"], two["cost_cny"]["pairs"]) == (ANY, 3)


def test_all_faulty_alternatives_are_named_before_anything_is_simulated(xijiang, tmp_path):
    layouts = ("--layout", "plan-2025", "--layout", "evn", "--layout", "nowhere.csv")
    code, out, err = xijiang("compare", "deqing-2025", *layouts, "--out", "kept")
    assert (code, out) == (1, "")
    assert "has no 'evn'. Did you mean 'even'" in err
    assert "nowhere.csv" in err
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compare", "deqing-2025", "deqing-2035"), "Did you mean 'deqing-2030'?"),
        (("compare", "deqing-2025"), "expected two or more scenarios"),
        (("compare", "deqing-2025", "deqing-2030", "--select", "wait", "--zone", "1"), "measure 'wait' is not known"),
        (("size", "chargers"), "Did you mean 'charging'?"),
        (("size", "charging", "--target", "p95_wait<=15"), "Did you mean 'p95_wait_min'?"),
        (("size", "charging", "--target", "p95_wait_min=15"), "expected measure<=limit"),
        (("size", "charging", "--budget", "pile=3"), "Did you mean 'piles'?"),
        (("size", "charging", "--budget", "piles=few"), "expected name=number"),
    ],
)
def test_a_fault_is_one_message_and_exit_1(xijiang, tmp_path, arguments, words):
    code, out, err = xijiang(*arguments)
    assert (code, out) == (1, "")
    assert words in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_f23_size_charging_exits_0_or_3_and_writes_a_layout_that_runs(xijiang, small_toml, tmp_path):
    given = ("size", "charging", small_toml, "-n", "2", "--target", "p95_wait_min<=20")
    code, out, _ = xijiang(*given, "--budget", "piles=4", "--json")
    answer = json.loads(out)
    assert code == 3
    assert not answer["feasible"]
    assert answer["binds"]
    code, out, err = xijiang(*given, "--out", "sized")
    assert (code, err) == (0, "")
    assert "The target can be met" in out
    sized = tmp_path / "sized" / "answer.csv"
    code, _, err = xijiang("run", small_toml, "--set", f"charging.layout={sized}", "--out", "again")
    assert (code, err) == (0, "")


def test_size_speaks_chinese_and_gives_keys_with_their_figures(xijiang, small_toml):
    given = ("size", "charging", small_toml, "-n", "1", "--target", "p95_wait_min<=20", "--budget", "piles=4")
    code, out, err = xijiang(*given, "--lang", "zh", "--quiet")
    assert (code, err) == (3, "")
    assert "目标不能达到" in out
    assert "The target" not in out
    code, out, _ = xijiang(*given, "--lang", "zh", "--json")
    answer = json.loads(out)
    assert len(answer["findings"]) == len(answer["says"]) + len(answer["binds"])
    assert {"over_budget", "least_over_budget", "least_shows"} <= {found["key"] for found in answer["findings"]}
    code, out, err = xijiang(*given, "--lang", "fr")
    assert (code, out) == (1, "")
    assert "language 'fr' is not known" in err


def test_size_charging_chooses_among_layouts(xijiang, small_toml):
    given = ("size", "charging", small_toml, "-n", "2", "--target", "p95_wait_min<=30", "--json")
    code, out, _ = xijiang(*given, "--layout", "today", "--layout", "seat-only")
    answer = json.loads(out)
    assert code in {0, 3}
    assert {row["layout"] for row in answer["frontier"]} == {"today", "seat-only"}
    assert "procedure KN" in answer["binds"][0]


@pytest.mark.whole
def test_a_comparison_stopped_at_every_replication_goes_on_to_the_same_bytes(small_scenario, tmp_path, monkeypatch):
    from experiments.runs import replicate

    pair = {"layouts": ("today", "seat-only"), "replications": 3}
    undisturbed = compare(small_scenario, **pair, out=tmp_path / "whole")
    simulate, left, stops = replicate.simulate_once, [], []

    def counted(case, number):
        if not left:
            stops.append(number)
            raise KeyboardInterrupt
        left.pop()
        return simulate(case, number)

    monkeypatch.setattr(replicate, "simulate_once", counted)
    for _ in range(7):
        left[:] = [1]
        with contextlib.suppress(KeyboardInterrupt):
            found = compare(small_scenario, **pair, out=tmp_path / "stopped")
            break
    assert len(stops) == 5
    assert found.values.equals(undisturbed.values)
    assert found.differences.equals(undisturbed.differences)
    for file in (tmp_path / "whole").rglob("*.parquet"):
        assert (tmp_path / "stopped" / file.relative_to(tmp_path / "whole")).read_bytes() == file.read_bytes()
