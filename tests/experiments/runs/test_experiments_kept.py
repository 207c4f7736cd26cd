"""A run says what it said: its tables are checked when they are read, and its county is its own."""

import json
import shutil

import polars as pl
import pytest

from data.errors import ScenarioError
from data.storage import frame_bytes
from experiments.runs.execute import load_result, run
from experiments.runs.folder import RunFolder
from experiments.runs.tables import TABLES

REMEDY = r"`xijiang run --from .*manifest\.json --out"


@pytest.fixture
def mine(three_towns, tmp_path):
    """Return the folder of a county that may be changed."""
    return shutil.copytree(three_towns.path, tmp_path / "mine")


@pytest.fixture
def folder(tmp_path, stand_in, small_scenario, mine):
    """Return the folder of a run of that county with the stand-in."""
    out = tmp_path / "run"
    scenario = small_scenario.with_(county=str(mine), figures={"charging.los_wait_share": 0.2})
    run(scenario, replications=2, out=out, simulator=f"{stand_in.__name__}:simulate")
    return out


def test_a_bit_that_flips_in_any_table_or_file_of_the_county_is_noticed(folder):
    load_result(folder)
    files = [folder / f"{name}.parquet" for name in TABLES] + [
        f for f in (folder / "county").rglob("*.*") if f.is_file()
    ]
    assert len(files) > 70
    for number, file in enumerate(files):
        content = file.read_bytes()
        spoilt = bytearray(content)
        spoilt[(7919 * (number + 1)) % len(content)] ^= 1 << number % 8
        file.write_bytes(spoilt)
        with pytest.raises(ScenarioError, match=rf"{file.name}: the table is damaged or changed .*{REMEDY}"):
            load_result(folder)
        file.write_bytes(content)
    load_result(folder)


def test_a_table_that_is_emptied_or_swapped_is_noticed(folder):
    sessions, load = folder / "sessions.parquet", folder / "load.parquet"
    content = sessions.read_bytes()
    sessions.write_bytes(frame_bytes(pl.read_parquet(sessions).clear()))
    with pytest.raises(ScenarioError, match=r"sessions\.parquet: the table is damaged or changed"):
        load_result(folder)
    sessions.write_bytes(load.read_bytes())
    load.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"sessions\.parquet: the table is damaged or changed"):
        load_result(folder)


def test_a_report_says_what_the_run_said_whatever_becomes_of_the_county(small_scenario, mine, tmp_path):
    own = small_scenario.with_(county=str(mine), figures={"charging.los_wait_share": 0.2})
    run(own, replications=1, out=tmp_path / "run")
    before = load_result(tmp_path / "run")
    page = before.report(tmp_path / "before.html").read_text(encoding="utf-8")
    figures = mine / "figures.csv"
    lines = figures.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("charging.los_wait_min,")]
    assert len(kept) == len(lines) - 1
    figures.write_text("".join(kept), encoding="utf-8")
    assert load_result(tmp_path / "run").report(tmp_path / "after.html").read_text(encoding="utf-8") == page
    shutil.rmtree(mine)
    after = load_result(tmp_path / "run")
    assert after.report(tmp_path / "gone.html").read_text(encoding="utf-8") == page
    assert after.county.figure("charging.los_wait_share") == 0.2
    assert after.county.name == "mine"
    assert after.county.towns.equals(before.county.towns)


def test_the_run_of_an_older_version_is_said_in_one_message(folder, xijiang):
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest["county"]["files"]
    RunFolder(folder, manifest["key"]).write_manifest(manifest)
    shutil.rmtree(folder / "county")
    with pytest.raises(ScenarioError, match=r"an older version of xijiang made this run .*-again` makes it anew"):
        load_result(folder)
    code, out, err = xijiang("report", str(folder))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
