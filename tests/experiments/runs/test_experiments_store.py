"""Run folders: resumed, extended, never mixed, never half-written. A stand-in simulates."""

import json
import os
import shutil
import time

import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from experiments.runs import execute
from experiments.runs.execute import load_result, run
from experiments.runs.executors import Processes
from experiments.runs.manifest import read_manifest
from experiments.runs.plan import prepare
from experiments.runs.replicate import child_seed
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.layouts import load_layout
from experiments.scenario.model import Scenario


@pytest.fixture
def simulate(stand_in, small_scenario):
    """Return a function that runs the small scenario with the stand-in."""

    def go(out=None, *, scenario=small_scenario, how="simulate", **options):
        return run(scenario, out=out, simulator=f"{stand_in.__name__}:{how}", **options)

    return go


def tables_of(folder):
    return {file.name: file.read_bytes() for file in folder.glob("*.parquet")}


def test_a_finished_run_is_not_computed_again(simulate, computed, tmp_path):
    first = simulate(tmp_path / "run", replications=3)
    assert computed() == [0, 1, 2]
    before = tables_of(tmp_path / "run")
    again = simulate(tmp_path / "run", replications=3)
    assert computed() == []
    assert tables_of(tmp_path / "run") == before
    assert again.sessions.equals(first.sessions)
    assert first.sessions.columns[0] == "replication"
    assert first.sessions["replication"].unique().sort().to_list() == [0, 1, 2]


def test_more_replications_go_on_and_equal_an_undisturbed_run(simulate, computed, tmp_path):
    simulate(tmp_path / "grown", replications=2)
    computed()
    simulate(tmp_path / "grown", replications=4)
    assert computed() == [2, 3]
    simulate(tmp_path / "whole", replications=4)
    assert tables_of(tmp_path / "grown") == tables_of(tmp_path / "whole")


def test_half_a_part_of_a_process_that_died_is_removed_and_those_of_others_are_not(simulate, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        simulate(out, how="interrupted", replications=4)
    other = out / "replications" / ".0003-another-1234"
    other.mkdir()
    simulate(out, how="dying", replications=4, executor="processes", jobs=1)
    assert [item.name for item in out.rglob(".*")] == [other.name]
    other.rmdir()
    simulate(tmp_path / "whole", replications=4)
    assert tables_of(out) == tables_of(tmp_path / "whole")


def test_a_stopped_run_keeps_what_is_finished_and_goes_on(simulate, computed, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        simulate(out, how="interrupted", replications=4)
    assert computed() == [0, 1]
    assert read_manifest(out)["status"] == "running"
    with pytest.raises(ScenarioError, match=r"the run is not finished\. `xijiang run --from .*manifest\.json --out"):
        load_result(out)
    seen = []
    simulate(out, replications=4, progress=seen.append)
    assert computed() == [2, 3]
    assert [(step.done, step.kept) for step in seen] == [(2, 2), (3, 2), (4, 2)]
    simulate(tmp_path / "whole", replications=4)
    assert tables_of(out) == tables_of(tmp_path / "whole")


def test_two_processes_give_the_bytes_of_one(simulate, tmp_path):
    simulate(tmp_path / "one", replications=3, jobs=1)
    simulate(tmp_path / "two", replications=3, jobs=2)
    assert tables_of(tmp_path / "one") == tables_of(tmp_path / "two")


def test_a_part_that_was_damaged_is_computed_again(simulate, computed, tmp_path):
    simulate(tmp_path / "run", replications=2)
    before = tables_of(tmp_path / "run")
    computed()
    (tmp_path / "run" / "replications" / "0001" / "part.json").write_text("{", encoding="utf-8")
    simulate(tmp_path / "run", replications=2)
    assert computed() == [1]
    assert tables_of(tmp_path / "run") == before


def test_another_run_in_the_folder_is_refused_and_left_alone(simulate, tmp_path):
    simulate(tmp_path / "run", replications=2, seed=7)
    before = tables_of(tmp_path / "run")
    with pytest.raises(ScenarioError, match=r"holds another run \(scenario three-towns, seed 7, 1 days, key .*Nothing"):
        simulate(tmp_path / "run", replications=2, seed=8)
    assert tables_of(tmp_path / "run") == before


def test_a_folder_of_other_things_is_refused(simulate, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"not empty and holds no run\. Nothing was changed"):
        simulate(tmp_path, replications=1)
    with pytest.raises(ScenarioError, match="is a file; expected a folder"):
        simulate(tmp_path / "notes.txt", replications=1)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("exists", [False, True])
def test_a_faulty_input_leaves_nothing_behind(simulate, tmp_path, exists):
    out = tmp_path / "run"
    if exists:
        out.mkdir()
    with pytest.raises(DataError, match="the stand-in finds a fault"):
        simulate(out, how="faulty", replications=2)
    assert out.exists() is exists
    assert not exists or list(out.iterdir()) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_county_without_accounts_leaves_no_replication_behind(simulate, tmp_path, monkeypatch, exists):
    out = tmp_path / "run"
    if exists:
        out.mkdir()
    seen = []

    def faulty(_case):
        # the other process has finished some by the time at which the fault is found
        until = time.monotonic() + 60.0
        while not (seen or time.monotonic() > until):
            seen.extend((out / "replications").glob("[0-9]*"))
            time.sleep(0.01)
        raise DataError("the accounts find a fault")

    monkeypatch.setattr(execute, "stored_accounts", faulty)
    with pytest.raises(DataError, match="the accounts find a fault"):
        simulate(out, replications=4, executor=Processes(2, here=True))
    assert seen
    assert out.exists() is exists
    assert not exists or list(out.iterdir()) == []


def test_other_processes_begin_while_this_one_computes_the_accounts(simulate, computed, tmp_path, monkeypatch):
    real, begun = execute.stored_accounts, []

    def slow(case):
        until = time.monotonic() + 60.0
        while not (begun or time.monotonic() > until):
            begun.extend(computed())
            time.sleep(0.01)
        return real(case)

    monkeypatch.setattr(execute, "stored_accounts", slow)
    together = simulate(tmp_path / "together", replications=4, executor=Processes(2, here=True))
    assert begun
    monkeypatch.undo()
    assert simulate(tmp_path / "alone", replications=4).manifest["tables"] == together.manifest["tables"]


def test_what_killed_processes_left_is_swept_when_it_is_old(simulate, tmp_path):
    simulate(tmp_path / "run", replications=1)
    old, new = (tmp_path / "run" / "replications" / name for name in (".0000-old", ".0000-new"))
    stray = tmp_path / "run" / ".sessions-old.parquet"
    old.mkdir()
    new.mkdir()
    stray.touch()
    for item in (old, stray):
        os.utime(item, (time.time() - 7200.0,) * 2)
    simulate(tmp_path / "run", replications=1)
    assert not old.exists()
    assert not stray.exists()
    assert new.exists()


def test_the_manifest_says_what_was_run(simulate, tmp_path, small_scenario, three_towns):
    result = simulate(tmp_path / "run", replications=2, seed=7)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["replications"], manifest["days"]) == (7, 2, 1)
    assert manifest["status"] == "finished"
    assert manifest["county"]["digest"] == three_towns.digest
    assert manifest["scenario"]["charging"]["layout"] == small_scenario.charging.layout
    assert manifest["tables"].keys() == RUN_TABLES.keys()
    loaded = load_result(tmp_path / "run")
    assert loaded.scenario == result.scenario
    assert loaded.scorecard.equals(result.scorecard)


def test_a_folder_without_a_good_manifest_is_no_run(tmp_path):
    with pytest.raises(ScenarioError, match=r"no manifest\.json; expected the folder of a run"):
        load_result(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema_version": 99}', encoding="utf-8")
    with pytest.raises(ScenarioError, match="schema version 99; expected 1"):
        load_result(tmp_path)


def test_results_need_no_folder(simulate):
    result = simulate(replications=1)
    assert result.folder is None
    assert repr(result) == "Result('three-towns', 1 replications, 40 sessions)"
    with pytest.raises(AttributeError, match=r"no table 'sesions'\. Did you mean 'sessions'"):
        _ = result.sesions


def test_seeds_of_replications_differ_and_do_not_depend_on_the_scenario():
    seeds = {child_seed(seed, number) for seed in range(20) for number in range(20)}
    assert len(seeds) == 400
    assert child_seed(7, 0) == child_seed(7, 0)


def test_the_key_is_of_what_decides_the_numbers(small_scenario):
    small = small_scenario
    key = prepare(small).key
    assert prepare(small, replications=99).key == key
    assert prepare(small.with_(name="other", title="t")).key == key
    changes = (
        {"seed": 2},
        {"days": 2},
        {"charging": {"layout": "seat-only"}},
        {"figures": {"charging.max_tries": 2.0}},
    )
    assert len({key, *(prepare(small.with_(**change)).key for change in changes)}) == 5


def test_names_that_the_county_does_not_have_are_listed_together():
    wrong = Scenario.load("deqing-2025").with_(
        charging={"layout": "evn"},
        shipping={"stations": ["yuechen"]},
        figures={"charging.max_trys": 2.0},
        roads="nowhere.graphml",
    )
    with pytest.raises(ScenarioError, match=r"deqing has no 'evn'\. Did you mean 'even'") as caught:
        prepare(wrong)
    for word in ("'yuecheng'", "'charging.max_tries'", "roads: no file nowhere.graphml"):
        assert word in str(caught.value)


def test_a_layout_may_be_a_file(small_scenario, three_towns, tmp_path):
    county, small = three_towns, small_scenario
    good = tmp_path / "mine.csv"
    shutil.copy(county.path / "layouts" / "seat-only.csv", good)
    plan = prepare(small.with_(charging={"layout": str(good)}))
    assert plan.layout.equals(county.layout("seat-only"))
    assert plan.key == prepare(small.with_(charging={"layout": "seat-only"})).key
    bad = tmp_path / "bad.csv"
    bad.write_text(good.read_text(encoding="utf-8").replace(",dc,120.0", ",ddc,120.0", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"layout bad\.csv: 1 fault"):
        load_layout(county, str(bad))


def test_what_changes_in_the_folder_during_a_run_is_noticed_by_its_workers(simulate, tmp_path):
    file = tmp_path / "run" / "county" / "tables" / "weather_months.parquet"

    def change(step):
        if step.replication is None:
            file.write_bytes(file.read_bytes()[:-1] + b"?")

    with pytest.raises(ScenarioError, match=r"weather_months\.parquet: the table is damaged or changed"):
        simulate(tmp_path / "run", replications=1, executor="processes", progress=change)
    assert not (tmp_path / "run").exists()


def test_a_county_that_changes_during_a_run_changes_nothing(simulate, small_scenario, three_towns, tmp_path):
    folder = tmp_path / "county"
    shutil.copytree(three_towns.path, folder)

    def remove(step):
        if step.replication is None:
            shutil.rmtree(folder)

    moved = simulate(
        scenario=small_scenario.with_(county=str(folder)), replications=1, executor="processes", progress=remove
    )
    assert moved.sessions.equals(simulate(replications=1).sessions)


def test_parts_hold_their_replication_only(simulate, tmp_path):
    simulate(tmp_path / "run", replications=2)
    part = pl.read_parquet(tmp_path / "run" / "replications" / "0001" / "sessions.parquet")
    assert part["replication"].unique().to_list() == [1]


def test_a_damaged_table_of_a_replication_is_computed_again(simulate, computed, tmp_path):
    simulate(tmp_path / "run", replications=2)
    before = tables_of(tmp_path / "run")
    computed()
    file = tmp_path / "run" / "replications" / "0000" / "sessions.parquet"
    file.write_bytes(file.read_bytes()[:200])
    simulate(tmp_path / "run", replications=2)
    assert computed() == [0]
    (tmp_path / "run" / "replications" / "0001" / "calls.parquet").unlink()
    simulate(tmp_path / "run", replications=2)
    assert computed() == [1]
    assert tables_of(tmp_path / "run") == before


@pytest.mark.parametrize("kind", ["another replication", "another run"])
def test_a_replication_that_is_not_this_one_is_computed_again(simulate, computed, tmp_path, kind):
    # whole, undamaged, and with hashes that agree: the key alone tells that it belongs elsewhere
    simulate(tmp_path / "run", replications=2, seed=7)
    simulate(tmp_path / "other", replications=2, seed=8)
    before = tables_of(tmp_path / "run")
    computed()
    own = tmp_path / "run" / "replications"
    given = own / "0001" if kind == "another replication" else tmp_path / "other" / "replications" / "0000"
    shutil.rmtree(own / "0000")
    shutil.copytree(given, own / "0000")
    simulate(tmp_path / "run", replications=2, seed=7)
    assert computed() == [0]
    assert tables_of(tmp_path / "run") == before


@pytest.mark.parametrize(("cut", "state"), [(True, "is damaged or changed since the run"), (False, "is missing")])
def test_a_table_that_cannot_be_read_is_named_and_comes_back(simulate, tmp_path, cut, state):
    out = tmp_path / "run"
    simulate(out, replications=2)
    before = tables_of(out)
    file = out / "sessions.parquet"
    if cut:
        file.write_bytes(before["sessions.parquet"][:300])
    else:
        file.unlink()
    with pytest.raises(ScenarioError, match=rf"sessions\.parquet: the table {state}\. `xijiang run --from"):
        load_result(out)
    simulate(out, replications=2)
    assert tables_of(out) == before


def test_a_damaged_manifest_is_said(simulate, tmp_path):
    out = tmp_path / "run"
    simulate(out, replications=1)
    (out / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"manifest\.json: damaged, changed since the run, or not the manifest"):
        load_result(out)
    with pytest.raises(ScenarioError, match=r"holds no run \(its manifest\.json is damaged\)\. Nothing was changed"):
        simulate(out, replications=1)
    with pytest.raises(ScenarioError, match="no such folder"):
        load_result(tmp_path / "nowhere")


def test_a_folder_in_which_a_process_was_killed_at_once_is_taken(simulate, computed, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".manifest.json-0123").write_text("{", encoding="utf-8")
    simulate(out, replications=1)
    assert computed() == [0]


def test_a_run_that_grows_is_not_finished_meanwhile(simulate, tmp_path):
    out = tmp_path / "run"
    simulate(out, replications=2)
    with pytest.raises(KeyboardInterrupt):
        simulate(out, how="interrupted", replications=4)
    with pytest.raises(ScenarioError, match="the run is not finished"):
        load_result(out)


def test_who_joins_a_run_begins_at_its_end(simulate, tmp_path):
    order = []
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        simulate(out, how="interrupted", replications=5)
    simulate(out, replications=5, progress=lambda step: order.append(step.replication))
    assert order == [None, 4, 3, 2]


def test_a_worker_with_other_code_is_refused(simulate, tmp_path, monkeypatch):
    # what a job says of the code that the run began with
    monkeypatch.setattr("experiments.runs.execute.code_digest", lambda: "other")
    with pytest.raises(ScenarioError, match="a worker has another version of the toolkit"):
        simulate(tmp_path / "run", replications=1, executor="processes")
