"""Sweeps and sensitivity: designs, ranges of figures, resume, and a ranking that is known."""

import json

import numpy as np
import polars as pl
import pytest

from data.county import load_county
from data.errors import ScenarioError
from data.schemas.metrics import METRICS
from experiments.designs import design as points
from experiments.designs.behind import BEHIND, assumptions
from experiments.designs.design import parse_axis
from experiments.designs.point_answers import is_answer, outcomes_of
from experiments.designs.sensitivity import DEFAULT_OF, _morris, _sobol, _Trial, sensitivity
from experiments.designs.sweep import design_points, sweep
from experiments.runs.assumptions.axes import Axis, at
from experiments.runs.executors import InProcess
from experiments.scenario.model import Scenario
from experiments.statistics.measures import MEASURES


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture(scope="module")
def short():
    return Scenario.load("deqing-2025", sets=["days=1", "replications=1", "shipping.enabled=false"])


def test_axes_take_their_range_from_the_text_or_the_table(county):
    assert parse_axis("charging.max_tries=1:3:3", county) == Axis("charging.max_tries", 1.0, 3.0, 3)
    own = parse_axis("figures.charging.indifference_min", county)
    assert (own.low, own.high) == (2.0, 10.0)
    assert parse_axis("figures.charging.indifference_min=4", county).count == 4
    assert Axis("year", 2025, 2030).value(2026.6) == 2027


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("charging.max_trys=1:3", "not a numeric key. Did you mean 'charging.max_tries'"),
        ("charging.max_tries", "expected key=low:high:count"),
        ("charging.max_tries=3:1", "low < high"),
        ("charging.max_tries=1:3:1", "a count of at least 2"),
        ("charging.max_tries=one:3", "with numbers"),
        ("figures.ebikes.counts", "Did you mean 'figures.ebikes.count'"),
    ],
)
def test_wrong_axes_are_refused(county, text, words):
    with pytest.raises(ScenarioError, match=words.replace("(", r"\(")):
        parse_axis(text, county)


def test_designs_cover_their_ranges():
    axes = [Axis("days", 1, 3, 3), Axis("charging.wait_weight", 0.0, 1.0)]
    grid = design_points(axes, "grid", samples=0, seed=1)
    assert len(grid) == 9
    assert {point["days"] for point in grid} == {1, 2, 3}
    cube = design_points(axes, "lhs", samples=10, seed=1)
    strata = sorted(int(10 * point["charging.wait_weight"]) for point in cube)
    assert strata == list(range(10))
    for design, samples, words in (("cube", 5, "not known"), ("lhs", 1, "at least 2")):
        with pytest.raises(ScenarioError, match=words):
            design_points(axes, design, samples=samples, seed=1)
    with pytest.raises(ScenarioError, match="given twice"):
        design_points([axes[0], axes[0]], "grid", samples=0, seed=1)


def test_another_year_moves_the_first_day(short):
    assert at(short, {"year": 2027}).start.year == 2027


def test_a_sweep_is_ordered_and_goes_on_where_it_stopped(small_scenario, tmp_path, monkeypatch):
    short = small_scenario
    over = ["figures.charging.service_fee_cny_kwh=0.2:0.6:2"]
    found = sweep(short, over, out=tmp_path)
    cost = found["cost_cny"].to_list()
    assert cost[1] > cost[0]
    energy = found["energy_kwh"].to_list()
    assert energy[0] == pytest.approx(energy[1], rel=1e-12)
    monkeypatch.setattr(points, "run", lambda *_, **__: pytest.fail("a known point was computed again"))
    assert sweep(short, over, out=tmp_path).equals(found)
    with pytest.raises(ScenarioError, match="nothing to vary"):
        sweep(short, [])


def test_a_damaged_or_edited_answer_of_a_point_is_computed_anew(small_scenario, tmp_path, monkeypatch):
    over = ["figures.charging.service_fee_cny_kwh=0.2:0.6:2"]
    found = sweep(small_scenario, over, out=tmp_path)
    file, other = sorted(tmp_path.glob("*.json"))
    whole, untouched = file.read_bytes(), other.read_bytes()
    run, again = points.run, []
    monkeypatch.setattr(points, "run", lambda scenario, **given: again.append(scenario) or run(scenario, **given))
    edited = whole.replace(b'"cost_cny": [', b'"cost_cny": [9', 1)
    assert edited != whole
    for spoilt in (edited, whole[:-40], b"{}"):
        file.write_bytes(spoilt)
        assert sweep(small_scenario, over, out=tmp_path).equals(found)
        assert file.read_bytes() == whole
    assert len(again) == 3
    assert other.read_bytes() == untouched


def test_morris_and_sobol_rank_a_known_function(short, county, monkeypatch):
    axes = [Axis(key, 0.0, 1.0) for key in ("figures.a", "figures.b", "figures.c")]

    def known(_, axes, rows):
        numbers = np.asarray(rows)
        weights = np.array([{"figures.a": 4.0, "figures.b": 1.0, "figures.c": 0.0}[axis.key] for axis in axes])
        return [{"measures": {"y": [float(value)]}, "targets": [], "assumptions": []} for value in numbers @ weights]

    monkeypatch.setattr(_Trial, "__call__", known)
    trial = _Trial(short, county, InProcess(), None, None)
    ranked = _morris(trial, axes, ["y"], 8)
    assert ranked["key"].to_list() == ["figures.a", "figures.b", "figures.c"]
    assert ranked["mu_star"].to_list() == pytest.approx([4.0, 1.0, 0.0])
    shares = _sobol(trial, axes, "y", 256)
    assert shares["st"].to_list() == pytest.approx([16 / 17, 1 / 17, 0.0], abs=0.02)


def test_sensitivity_names_the_fee_behind_the_cost(small_scenario, tmp_path):
    short = small_scenario
    over = ["figures.charging.service_fee_cny_kwh=0.2:0.6", "figures.charging.indifference_min=4:6"]
    found = sensitivity(short, of=["cost_cny"], over=over, trajectories=2, samples=0, top=2, out=tmp_path)
    assert found.morris["key"][0] == "figures.charging.service_fee_cny_kwh"
    assert found.tornado["swing"][0] >= found.tornado["swing"][-1]
    assert found.sobol.height == 0
    two = {"of": ["cost_cny"], "over": over}
    for given, words in (
        ({"of": ["T99"]}, "neither a measure nor a target"),
        ({"trajectories": 1}, "at least 2 trajectories"),
        ({"samples": 3}, "a power of 2"),
    ):
        with pytest.raises(ScenarioError, match=words):
            sensitivity(short, **{**two, **given})


def test_assumptions_are_read_from_the_table_and_become_axes(county):
    behind = [
        {"target_id": "T04", "metric": "late_share", "table": "fleet_stock", "figure": None},
        {"target_id": "T04", "metric": "late_share", "table": "layout", "figure": None},
        {"target_id": "T04", "metric": "late_share", "table": "figures", "figure": "charging.max_tries"},
        {"target_id": "T11", "metric": "vehicle_intensity_change_share", "table": "energy_use", "figure": None},
        {"target_id": "T11", "metric": None, "table": "figures", "figure": "carbon.covid_bias"},
    ]
    keys = [axis.key for axis in assumptions(county, behind, ["wait_mean_min", "T11"])]
    figures = ["figures.carbon.covid_bias", "figures.charging.max_tries"]
    assert sorted(keys) == sorted([*figures, "tables.energy_use", "tables.fleet_stock"])  # a layout has no ranges
    axes = assumptions(county, behind, ["T04"])
    assert {axis.key for axis in axes} == {"tables.fleet_stock", "figures.charging.max_tries"}
    assert all(axis.low < axis.high for axis in axes)
    assert set(BEHIND.values()) | set(DEFAULT_OF) <= set(METRICS)


def test_results_are_named_by_target_metric_or_measure(county):
    assert outcomes_of(["T04", "late_share", "petroleum_peak_year", "peak_kw"], county.targets) == [
        "T04",
        "T13",
        "peak_kw",
    ]
    two = county.targets.with_columns(metric=pl.lit("late_share")).head(2)
    assert outcomes_of(["late_share"], two) == ["T01", "T02"]
    with pytest.raises(
        ScenarioError, match=r"'late_shares' is neither a measure nor a target. Did you mean 'late_share'"
    ):
        outcomes_of(["late_shares"], county.targets)


def test_a_county_without_the_usual_targets_is_asked_what_to_explain(short, county, monkeypatch):
    other = county.with_table("targets", county.targets.filter(pl.col("metric") == "guns_total"))
    monkeypatch.setattr("experiments.designs.sensitivity.load_county", lambda _: other)
    with pytest.raises(ScenarioError, match=r"has no target of late_share, .*say --of what"):
        sensitivity(short)


def test_sensitivity_of_a_target_moves_tables_and_says_whether_the_verdict_changes(xijiang, small_toml, tmp_path):
    given = ("sensitivity", small_toml, "-j", "1", "--of", "new_energy_car_flow_share", "--of", "P5")
    over = ("--over", "tables.flow_shares", "--over", "tables.energy_use.tractor", "--over", "carbon.covid_bias")
    fewer = ("--set", "fleet.ebikes=false", "--trajectories", "2", "--samples", "0")
    code, out, err = xijiang(*given, *over, *fewer, "--out", "s")
    assert (code, err) == (0, "")
    table = pl.read_csv(tmp_path / "s" / "tornado.csv")
    shares = table.filter((pl.col("result") == "P7") & (pl.col("key") == "tables.flow_shares"))
    assert shares["at_low"][0] < shares["base"][0] < shares["at_high"][0]
    ranked = pl.read_csv(tmp_path / "s" / "morris.csv").filter((pl.col("result") == "P7") & (pl.col("rank") == 1))
    assert ranked["key"].to_list() == ["tables.flow_shares"]
    assert set(table["base_verdict"]) <= {"met", "missed", "open"}
    assert "None of these assumptions alone changes a verdict" in out or "alone makes it" in out


def test_a_result_without_a_value_is_not_explained(short, tmp_path):
    bare = short.with_(fleet={"ebikes": False, "towns": False})
    over = ["figures.charging.indifference_min=4:6", "figures.charging.max_tries=1:3"]
    with pytest.raises(ScenarioError, match="T14 has no value at 6 of 6 points; leave it out"):
        sensitivity(bare, of=["T14"], over=over, trajectories=2, samples=0, out=tmp_path)


def test_everything_explains_the_targets_that_have_a_value(short, tmp_path, monkeypatch):
    chosen = []

    def stop(_, axes, names, trajectories):
        chosen.append((names, [axis.key for axis in axes], trajectories))
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.designs.sensitivity._morris", stop)
    with pytest.raises(KeyboardInterrupt):
        sensitivity(short, of=["all"], out=tmp_path)
    names, keys, _ = chosen[0]
    assert {"T04", "T11", "T13"} <= set(names)
    # nobody plans its lines anew within a point
    assert "T20" in names
    assert {"tables.energy_use", "tables.charging_access", "figures.charging.max_tries"} <= set(keys)


def test_the_commands_write_tables(xijiang, small_toml, tmp_path):
    given = (small_toml, "-n", "1", "-j", "1")
    code, out, err = xijiang("sweep", *given, "--over", "charging.max_tries=1:2:2", "--out", "a")
    assert (code, err) == (0, "")
    assert "a/sweep.csv" in out
    rows = json.loads(xijiang("sweep", *given, "--over", "charging.max_tries=1:2:2", "--out", "a", "--json")[1])
    assert [row["charging.max_tries"] for row in rows] == [1.0, 2.0]
    over = ("--over", "charging.max_tries=1:2", "--over", "charging.wait_weight=0:1")
    design = ("--of", "travel_mean_min", "--trajectories", "2", "--samples", "0", "--top", "1")
    code, out, err = xijiang("sensitivity", *given, *over, *design, "--out", "b")
    assert (code, err) == (0, "")
    assert {file.name for file in (tmp_path / "b").glob("*.csv")} == {"morris.csv", "sobol.csv", "tornado.csv"}
    code, _, err = xijiang("sweep", *given, "--over", "charging.layout=1:2")
    assert (code, "not a numeric key" in err) == (1, True)


@pytest.mark.parametrize(
    "change",
    [
        {"measures": {}},
        {"measures": []},
        {"measures": dict.fromkeys(MEASURES, 1.0)},
        {"measures": {key: ["1.0", None] for key in MEASURES}},
        {"targets": None},
        {"measures": {key: [] for key in MEASURES}},
        {"measures": {key: [1.0] for key in MEASURES}},
        {"targets": [{"target_id": "T01"}]},
        {"targets": []},
        {"targets": [{"target_id": [], "metric": None, "value": 1.0, "verdict": "met"}]},
        {"targets": [{"target_id": "T02", "metric": None, "value": 1.0, "verdict": "met"}]},
        {"assumptions": [1]},
    ],
)
def test_a_whole_file_that_is_no_answer_is_none(change):
    target = {"target_id": "T01", "metric": None, "value": 1.0, "verdict": "met"}
    good = {"measures": {key: [1.0, None] for key in MEASURES}, "targets": [target], "assumptions": []}
    asked = {"replications": 2, "targets": ["T01"]}
    assert is_answer(good, **asked)
    assert not is_answer({**good, **change}, **asked)
