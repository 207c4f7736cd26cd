"""Run folders: list, show, clean, rebuild."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from unittest.mock import ANY

import polars as pl
import pytest

from data.errors import ScenarioError
from data.storage import sealed_text
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.catalogue import clean_candidates, find_run, list_runs, remove_runs
from experiments.runs.folder import RunFolder
from experiments.runs.lock import being_computed
from experiments.runs.manifest import manifest_in
from experiments.runs.stored.stored_frames import read_stored, write_stored
from experiments.runs.tables import REPLICATED, TABLES

CALL = """
import sys
sys.path.insert(0, {path!r})
from experiments import run
run({scenario!r}, replications={replications}, seed=5, out={out!r}, simulator={simulator!r})
"""

SLOW = """

import time
BEGUN = []

def slow(*args, **given):
    BEGUN.append(1)
    while len(BEGUN) > 3 and not (HERE / "go").exists():
        time.sleep(0.01)
    return simulate(*args, **given)
"""


@pytest.fixture
def slow(stand_in):
    """Return the name of a simulator that goes on after its third replication when there is a file ``go`` beside it."""
    text = (stand_in.HERE / f"{stand_in.__name__}.py").read_text()
    name = f"{stand_in.__name__}_slow"
    (stand_in.HERE / f"{name}.py").write_text(text + SLOW)
    return f"{name}:slow"


def start(stand_in, scenario, simulator, out, replications):
    code = CALL.format(
        path=str(stand_in.HERE), scenario=scenario, replications=replications, out=str(out), simulator=simulator
    )
    return subprocess.Popen([sys.executable, "-c", code])


def bytes_of(folder):
    return {name: (folder / f"{name}.parquet").read_bytes() for name in TABLES}


def test_a_run_is_rebuilt_from_its_manifest_alone(xijiang, small_toml, tmp_path):
    given = ("run", small_toml, "-n", "2", "--points", "2", "--seed", "3", "--set", "charging.layout=seat-only")
    assert xijiang(*given, "--out", "first")[0] == 0
    code, _, err = xijiang("run", "--from", "first/manifest.json", "--out", "again")
    assert (code, err) == (0, "")
    assert bytes_of(tmp_path / "first") == bytes_of(tmp_path / "again")
    code, _, err = xijiang("run", "--from", "first/manifest.json", "--seed", "4")
    assert (code, "leave out --seed and --precision" in err) == (1, True)
    manifest = tmp_path / "first" / "manifest.json"
    known = json.loads(manifest.read_text())
    for change, words in (
        ({"county": {"name": "three-towns", "digest": "other"}}, "three-towns changed"),
        ({"layout": {"name": "seat-only", "digest": "other"}}, "the layout seat-only changed"),
    ):
        RunFolder(tmp_path / "first", "other").write_manifest({**known, **change})
        code, _, err = xijiang("run", "--from", "first/manifest.json", "--out", "third")
        assert code == 1
        assert words in err
    RunFolder(tmp_path / "first", "other").write_manifest({**known, "code": "other"})
    code, _, err = xijiang("run", "--from", "first", "--out", "third")
    assert code == 0
    assert "not as in that run: the toolkit's code" in err
    code, _, err = xijiang("run", "--from", "first/run.log")
    assert (code, "or not the manifest.json of a run" in err) == (1, True)


def test_a_manifest_is_enough_wherever_it_lies_and_whatever_became_of_its_layout_file(
    xijiang, small_toml, three_towns, tmp_path, monkeypatch
):
    county = three_towns
    # nothing of earlier runs: the first one computes, the second reads what it kept
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "inputs").mkdir()
    layout = tmp_path / "inputs" / "mine.csv"
    county.layout("seat-only").write_csv(layout)
    shutil.copytree(county.path, tmp_path / "inputs" / "county", ignore=shutil.ignore_patterns("__pycache__"))
    sets = ("charging.layout=inputs/mine.csv", "county=inputs/county", "figures.charging.max_tries=2")
    sets = (*sets, "tables.energy_use.taxi=0.5", "fleet.ebikes=false")
    given = [part for text in sets for part in ("--set", text)]
    assert xijiang("run", small_toml, "--seed", "3", *given, "--out", "first")[0] == 0
    before = bytes_of(tmp_path / "first")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "first" / "manifest.json", tmp_path / "elsewhere" / "kept.json")
    shutil.rmtree(tmp_path / "first")
    layout.unlink()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert xijiang("run", "--from", "kept.json", "--out", "again") == (0, ANY, "")
    assert bytes_of(tmp_path / "elsewhere" / "again") == before


def test_a_run_goes_on_from_its_manifest_with_more_of_it_and_with_a_change(xijiang, small_toml, three_towns, tmp_path):
    layout = tmp_path / "mine.csv"
    three_towns.layout("seat-only").write_csv(layout)
    given = ("run", small_toml, "--seed", "3", "--set", f"charging.layout={layout}")
    assert xijiang(*given, "-n", "1", "--out", "one")[0] == 0
    assert xijiang(*given, "-n", "3", "--points", "2", "--out", "three")[0] == 0
    assert xijiang(*given, "-n", "1", "--set", "fleet.ebikes=false", "--out", "without")[0] == 0
    layout.unlink()
    again = ("run", "--from", "one/manifest.json")
    assert xijiang(*again, "-n", "3", "--points", "2", "--out", "more") == (0, ANY, "")
    assert bytes_of(tmp_path / "more") == bytes_of(tmp_path / "three")
    assert xijiang(*again, "--set", "fleet.ebikes=false", "--out", "other") == (0, ANY, "")
    assert bytes_of(tmp_path / "other") == bytes_of(tmp_path / "without")
    code, _, err = xijiang(*again, "--set", "fleet.ebike=false")
    assert (code, "Did you mean 'ebikes'" in err) == (1, True)


def test_a_run_that_did_not_end_says_the_command_that_goes_on_with_it(xijiang, small_toml, tmp_path):
    assert xijiang("run", small_toml, "-n", "1", "--out", "whole")[0] == 0
    manifest = manifest_in(tmp_path / "whole" / "manifest.json")
    left_out = ("key", "tables", "rows", "wall_time_s")
    begun = {name: value for name, value in manifest.items() if name not in left_out} | {"status": "running"}
    (tmp_path / "part").mkdir()
    RunFolder(tmp_path / "part", manifest["key"]).write_manifest(begun)
    code, _, err = xijiang("report", "part")
    told = re.search("`xijiang (run --from part/manifest.json --out part)` goes on", err)
    assert (code, told is None) == (1, False)
    assert xijiang(*told[1].split()) == (0, ANY, "")
    assert bytes_of(tmp_path / "part") == bytes_of(tmp_path / "whole")


def test_what_would_close_a_row_names_a_scenario_of_ones_own_by_its_manifest(xijiang, small_toml, tmp_path):
    code, out, _ = xijiang("run", small_toml, "-n", "1", "--out", "made")
    assert code == 0
    # beside the report, and from where the command was given
    page = (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
    told = [re.search(r"`?(xijiang run --from \S*manifest\.json) (-n|--points)", text) for text in (page, out)]
    assert [found.group(1) for found in told] == [
        "xijiang run --from manifest.json",
        "xijiang run --from made/manifest.json",
    ]
    assert "xijiang run small " not in out


def test_clean_removes_what_is_kept_for_the_next_run(xijiang, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_stored("accounts", "key", {"carbon": pl.DataFrame({"year": [2025]})})
    code, out, err = xijiang("runs", "clean", "--stored", "--dry-run")
    assert (code, "would remove" in out, "0.0 MB" in out, err) == (0, True, True, "")
    assert read_stored("accounts", "key") is not None
    assert xijiang("runs", "clean", "--stored")[1].startswith("removed ")
    assert read_stored("accounts", "key") is None


def test_clean_removes_answers_of_short_runs_too(xijiang, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert stored("short_runs", "key", lambda: {"value": 1.0}) == {"value": 1.0}
    assert stored("short_runs", "key", lambda: {"value": 2.0}) == {"value": 1.0}
    assert xijiang("runs", "clean", "--stored")[0] == 0
    assert stored("short_runs", "key", lambda: {"value": 2.0}) == {"value": 2.0}


def test_runs_are_listed_shown_and_cleaned(xijiang, small_toml, tmp_path):
    assert "No runs" in xijiang("runs", "list")[1]
    assert xijiang("run", small_toml)[0] == 0
    assert xijiang("run", small_toml, "--seed", "3")[0] == 0
    listed = json.loads(xijiang("runs", "list", "--json")[1])
    assert {row["seed"] for row in listed} == {1, 3}
    assert all(row["status"] == "finished" and row["finished"] == 1 for row in listed)
    assert "finished" in xijiang("runs", "list")[1]
    key = listed[0]["key"]
    out = xijiang("runs", "show", key[:12])[1]
    assert "P7" in out
    assert "Rebuild: xijiang run --from" in out
    code, _, err = xijiang("runs", "show", "three-town")
    assert code == 1
    assert "no such run in runs. Did you mean 'three-towns-" in err
    code, _, err = xijiang("runs", "clean")
    assert (code, "nothing is named" in err) == (1, True)
    assert "would remove" in xijiang("runs", "clean", key[:12], "--dry-run")[1]
    assert len(list_runs(tmp_path / "runs")) == 2
    assert "removed" in xijiang("runs", "clean", key[:12])[1]
    assert len(list_runs(tmp_path / "runs")) == 1
    assert "Nothing to remove" in xijiang("runs", "clean", "--unfinished", "--older-than", "1")[1]
    assert clean_candidates([], root=tmp_path / "runs", older_days=-1.0).folders
    with pytest.raises(ScenarioError, match="no such run"):
        find_run("x", tmp_path / "runs")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return the folder of a finished run below ``runs``, in the working folder; its tables are empty files."""
    monkeypatch.chdir(tmp_path)
    about = {"scenario": {"name": "short"}, "seed": 5, "days": 1, "replications": 2, "status": "finished"}
    about |= {"layout": {"name": "even", "digest": "bb"}, "county": {"name": "mine", "digest": "aa"}, "paths": {}}
    about |= {"written": "2026-01-01T00:00:00+00:00", "xijiang": "1.0", "code": "cc", "versions": {}}
    about |= {"tables": {}, "rows": {}}
    folder = RunFolder.claim(tmp_path / "runs" / "made", "0" * 32, about)
    folder.log("finished")
    places = [folder.path, folder.part(0), folder.part(1)]
    for place, names in zip(places, (TABLES, REPLICATED, REPLICATED), strict=True):
        place.mkdir(exist_ok=True)
        for name in names:
            (place / f"{name}.parquet").touch()
    for name in ("tables", "layouts"):
        (folder.path / "county" / name).mkdir(parents=True)
    parts = ("replications/0000/part.json", "replications/0001/part.json")
    county = ("county/county.json", "county/tables/towns.parquet", "county/layouts/plan-2025.parquet")
    for name in ("report.html", *parts, *county):
        (folder.path / name).touch()
    return folder.path


def tree(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    "manifest",
    [
        '{"name": "x"}',
        "{}",
        "[]",
        "",
        '{"schema_version": 1}',
        '{"schema_version": 1, "key": "x", "scenario": {"name": "x"}, "status": "finished"}',
        "[" * 100_000,
    ],
)
def test_clean_leaves_the_folders_of_others_alone(xijiang, tmp_path, manifest):
    app = tmp_path / "app"
    (app / "replications").mkdir(parents=True)
    (app / "manifest.json").write_text(manifest)
    (app / "a.js").write_text("precious")
    before = tree(app)
    for arguments in (["app"], ["app", "--root", "."], ["--unfinished", "--older-than", "-1", "--root", "."]):
        code, out, _ = xijiang("runs", "clean", *arguments)
        assert code == (1 if arguments[0] == "app" else 0)
        assert "removed" not in out
        assert tree(app) == before


def test_clean_says_why_a_folder_stays(xijiang, made):
    code, _, err = xijiang("runs", "clean", "runs/made", "--root", "elsewhere")
    assert (code, "lies outside elsewhere; --root names the folder that holds the runs" in err) == (1, True)
    (made / "notes.txt").write_text("mine")
    before = tree(made)
    code, _, err = xijiang("runs", "clean", "made")
    assert (code, "holds what the toolkit did not write: notes.txt. Move it elsewhere first." in err) == (1, True)
    code, out, err = xijiang("runs", "clean", "--older-than", "-1")
    assert (code, out) == (0, "Nothing to remove.\n")
    assert err.startswith("kept runs/made: holds what the toolkit did not write")
    assert tree(made) == before
    (made / "notes.txt").rename(made / "county" / "notes.txt")
    assert "did not write: county/notes.txt." in xijiang("runs", "clean", "made")[2]
    (made / "county" / "notes.txt").unlink()
    assert xijiang("runs", "clean", "made") == (0, "removed runs/made\n", "")
    assert not made.exists()


@pytest.mark.parametrize("name", [".", "..", "../..", "", "runs", "runs/made/replications", "/"])
def test_clean_refuses_what_is_no_run(xijiang, made, name):
    before = tree(made)
    code, out, err = xijiang("runs", "clean", name)
    assert (code, out) == (1, "")
    assert err.startswith("Error: run")
    assert tree(made) == before


def test_clean_never_removes_the_working_folder_nor_one_above_it(xijiang, made, monkeypatch):
    for here, name in ((made, "."), (made / "replications", "..")):
        monkeypatch.chdir(here)
        code, _, err = xijiang("runs", "clean", name, "--root", str(made.parent))
        assert (code, "is the working folder or holds it" in err) == (1, True)
    code, out, err = xijiang("runs", "clean", "--older-than", "-1", "--root", str(made.parent))
    assert (code, out, "is the working folder or holds it" in err) == (0, "Nothing to remove.\n", True)
    assert (made / "manifest.json").exists()


def test_clean_does_not_follow_links(xijiang, made, tmp_path):
    outside = tmp_path / "outside"
    made.rename(outside)
    made.symlink_to(outside)
    before = tree(outside)
    code, _, err = xijiang("runs", "clean", "runs/made")
    assert (code, "is a link, or lies outside runs" in err) == (1, True)
    made.unlink()
    (tmp_path / "runs" / "deep").symlink_to(tmp_path)
    code, _, err = xijiang("runs", "clean", "runs/deep/outside")
    assert (code, "is a link, or lies outside runs" in err) == (1, True)
    assert tree(outside) == before


def test_clean_does_not_follow_a_link_inside_a_run(xijiang, made, tmp_path):
    shutil.move(made / "replications", tmp_path / "parts")
    (made / "replications").symlink_to(tmp_path / "parts")
    code, _, err = xijiang("runs", "clean", "made")
    assert (code, "did not write: replications." in err) == (1, True)
    assert len(tree(tmp_path / "parts")) > 10


def test_clean_removes_what_killed_processes_left_in_a_run(xijiang, made):
    unique = "0" * 32
    (made / f".manifest.json-{unique}").touch()
    (made / f".sessions.parquet-{unique}").touch()
    (made / "county" / "tables" / f".towns.parquet-{unique}").touch()
    (made / "county" / f".county.json-{unique}").touch()
    (made / f".lock-{unique}").touch()
    os.utime(made / f".lock-{unique}", (0.0, 0.0))
    (made / "replications" / f".0007-{unique}").mkdir()
    (made / "replications" / f".0007-{unique}" / "load.parquet").touch()
    assert xijiang("runs", "clean", "made", "--dry-run") == (0, "would remove runs/made\n", "")
    assert made.exists()
    assert xijiang("runs", "clean", "made") == (0, "removed runs/made\n", "")
    assert not made.exists()


def test_a_run_that_began_after_it_was_chosen_stays(made):
    with being_computed(made), pytest.raises(ScenarioError, match=r"made: is being computed by process \d+ on "):
        remove_runs([made], root=made.parent)
    assert (made / "manifest.json").exists()


def test_clean_does_not_disturb_a_run_that_is_being_computed(xijiang, tmp_path, stand_in, small_toml, slow):
    out = tmp_path / "runs" / "busy"
    process = start(stand_in, small_toml, slow, out, 6)
    while len(list((out / "replications").glob("[0-9]*"))) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    code, _, err = xijiang("runs", "clean", "busy")
    assert code == 1
    assert f"is being computed by process {process.pid} on " in err
    code, shown, err = xijiang("runs", "clean", "--unfinished")
    assert (code, shown) == (0, "Nothing to remove.\n")
    assert f"kept runs/busy: is being computed by process {process.pid} on " in err
    (stand_in.HERE / "go").touch()
    assert process.wait() == 0
    assert list_runs(tmp_path / "runs")["finished"].to_list() == [6]
    assert list(out.glob(".lock-*")) == []


def test_a_run_whose_process_was_killed_can_be_cleaned_at_once(xijiang, tmp_path, stand_in, small_toml, slow):
    out = tmp_path / "runs" / "killed"
    process = start(stand_in, small_toml, slow, out, 6)
    while len(list((out / "replications").glob("[0-9]*"))) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(list(out.glob(".lock-*"))) == 1
    assert xijiang("runs", "clean", "--unfinished") == (0, "removed runs/killed\n", "")
    assert not out.exists()


def test_strange_manifests_do_not_hide_the_runs(xijiang, made):
    for number, text in enumerate(('{"schema_version": 1}', '{"schema_version": 1, "scenario": [], "key": 3}', "[")):
        strange = made.parent / f"strange-{number}"
        strange.mkdir()
        (strange / "manifest.json").write_text(text)
    known = json.loads((made / "manifest.json").read_text())
    (made.parent / "timeless" / "replications").mkdir(parents=True)
    (made.parent / "timeless" / "manifest.json").write_text(json.dumps({**known, "written": "yesterday"}))
    code, out, err = xijiang("runs", "list", "--json")
    assert (code, [row["folder"] for row in json.loads(out)]) == (0, ["runs/made"])
    # others' files of that name are passed over in silence; what was a run is said
    assert err.startswith("Warning: runs/timeless/manifest.json: damaged, changed since the run")
    assert err.count("\n") == 1


STRANGE = {
    "schema_version": "1",
    "key": "",
    "status": "paused",
    "scenario": {},
    "seed": -1,
    "replications": True,
    "days": 0.5,
    "county": {"name": "x"},
    "layout": [],
    "paths": {"county": 3},
    "versions": None,
    "written": "yesterday",
    "tables": None,
    "wall_time_s": "long",
    "more": 1,
}


def test_a_manifest_that_is_not_one_of_ours_is_said_in_a_line(made, xijiang):
    known = json.loads((made / "manifest.json").read_text())
    for name, value in STRANGE.items():
        text = sealed_text({**known, name: value})
        (made / "manifest.json").write_text(text)
        with pytest.raises(ScenarioError, match=rf"manifest\.json: (got the schema|not the).*({name}|version|Value)"):
            manifest_in(made / "manifest.json")
    for name in ("key", "status", "scenario", "seed", "county", "layout", "paths", "code", "versions", "written"):
        (made / "manifest.json").write_text(sealed_text({key: known[key] for key in known if key != name}))
        for command in (("runs", "show", "runs/made"), ("report", "runs/made"), ("run", "--from", "runs/made")):
            code, out, err = xijiang(*command)
            assert (code, out, err.count("\n")) == (1, "", 1)
            assert err.startswith("Error: ")
            assert f"not the manifest.json of a run ({name}: Field required)" in err


@pytest.mark.parametrize("name", ["seed", "replications", "days"])
def test_a_number_beyond_all_tables_in_a_manifest_is_no_crash_of_the_list(made, xijiang, name):
    known = json.loads((made / "manifest.json").read_text())
    (made / "manifest.json").write_text(sealed_text({**known, name: 2**70}))
    code, _, err = xijiang("runs", "list")
    assert code == 0
    assert f"not the manifest.json of a run ({name}: Input should be less than or equal to {2**63 - 1})" in err


@pytest.mark.parametrize("named", ["runs/made", "runs/made/manifest.json"])
def test_a_scenario_that_is_none_is_named_with_its_manifest(made, xijiang, named):
    known = json.loads((made / "manifest.json").read_text())
    scenario = {"name": "made", "year": 2025, "start": "2025-06-02", "seed": "x"}
    (made / "manifest.json").write_text(sealed_text({**known, "scenario": scenario}))
    code, out, err = xijiang("run", "--from", named)
    assert (code, out) == (1, "")
    assert err == "Error: runs/made/manifest.json: seed: got 'x'; expected a whole number.\n"


def test_a_bit_that_flips_in_a_manifest_is_noticed(made):
    file = made / "manifest.json"
    content = file.read_bytes()
    for number in range(100):
        spoilt = bytearray(content)
        spoilt[(7919 * (number + 1)) % len(content)] ^= 1 << number % 8
        file.write_bytes(spoilt)
        with pytest.raises(ScenarioError, match=r"manifest\.json: damaged, changed since the run"):
            manifest_in(file)
    file.write_bytes(content)
    assert manifest_in(file)["key"] == "0" * 32
