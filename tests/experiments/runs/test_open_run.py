"""A run folder read back: equal to the result that wrote it."""

import json
import shutil
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import experiments
from data.errors import ScenarioError
from data.storage import sealed_text
from experiments import open_run, run
from experiments.runs.tables import TABLES


@pytest.fixture(scope="module")
def made(small_scenario, tmp_path_factory):
    return run(small_scenario, out=tmp_path_factory.mktemp("runs") / "one")


def test_a_run_folder_equals_the_result_that_wrote_it(made):
    opened = open_run(made.folder)
    assert set(opened.tables) == set(made.tables) == set(TABLES)
    for name in TABLES:
        assert_frame_equal(opened.tables[name], made.tables[name], check_exact=True)
    assert opened.scenario == made.scenario
    assert opened.manifest == made.manifest
    assert opened.county.digest == made.county.digest
    for name, frame in made.county.tables.items():
        assert_frame_equal(opened.county.tables[name], frame, check_exact=True)


def test_tab_shows_tables_and_plots(made):
    assert {"sessions", "scorecard", "tanks", "plot", "report"} <= set(dir(made))


def test_what_is_no_run_folder_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"no manifest\.json; expected the folder of a run"):
        open_run(tmp_path)


def test_a_scenario_that_is_none_is_named_with_its_manifest(made, tmp_path):
    file = Path(shutil.copytree(made.folder, tmp_path / "one")) / "manifest.json"
    known = json.loads(file.read_text())
    file.write_text(sealed_text({**known, "scenario": {**known["scenario"], "days": 0, "year": "x"}}))
    with pytest.raises(ScenarioError) as refused:
        open_run(file.parent)
    said = str(refused.value).splitlines()
    assert said[0] == f"{file}: 2 faults"
    assert f"  - {file}: days: got 0; expected at least 1." in said


def test_every_public_name_is_listed_before_it_is_imported():
    assert {"Scenario", "compare", "open_run", "run", "size", "sweep"} <= set(dir(experiments))
    assert set(experiments.__all__) <= set(dir(experiments))
    assert "TYPE_CHECKING" not in dir(experiments)
