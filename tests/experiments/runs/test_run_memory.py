"""Runs that nobody keeps say what those in a folder say; points of a design compute what their answers rest on."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.errors import DataError
from data.memory.stored_tables import StoredTables
from experiments.designs.point_answers import answer_of_run
from experiments.runs.assumptions.doubt import scored
from experiments.runs.county_tables import accounts
from experiments.runs.execute import run
from experiments.runs.executors import InProcess
from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_once
from experiments.runs.result import Result
from experiments.runs.stored.point_replication import SIMULATE_POINT
from experiments.runs.tables import RUN_TABLES, TABLES
from experiments.runs.unkept.handed_parts import HandedParts
from experiments.scenario.model import Scenario

OF_THE_MOMENT = {"written", "wall_time_s", "assumptions"}


@pytest.fixture(scope="module")
def both(small_scenario, tmp_path_factory):
    """Return the same run in memory and in a folder, with short runs over the assumptions."""
    scenario = small_scenario.with_(replications=2, points=4)
    return run(scenario), run(scenario, out=tmp_path_factory.mktemp("runs") / "kept")


def test_a_run_in_memory_has_the_tables_of_one_in_a_folder(both):
    unkept, kept = both
    assert set(unkept.tables) == set(kept.tables) == set(TABLES)
    for name in TABLES:
        assert_frame_equal(unkept.tables[name], kept.tables[name], check_exact=True)


def test_its_manifest_says_the_same(both):
    unkept, kept = both
    assert unkept.manifest.keys() == kept.manifest.keys()
    plain = {name: value for name, value in kept.manifest.items() if name not in OF_THE_MOMENT}
    # the files of the county are those of the folder
    plain["county"] = {name: value for name, value in plain["county"].items() if name != "files"}
    assert {name: value for name, value in unkept.manifest.items() if name not in OF_THE_MOMENT} == plain
    assert unkept.manifest["assumptions"]["points"] == 4


@pytest.mark.parametrize("executor", [None, "processes"])
def test_tables_that_other_processes_hand_over_are_those_of_this_one(executor, small_scenario):
    scenario = small_scenario.with_(replications=3, points=0)
    here, elsewhere = run(scenario), run(scenario, jobs=2, executor=executor)
    assert elsewhere.folder is None
    assert set(here.tables) == set(elsewhere.tables) == set(TABLES)
    for name in TABLES:
        assert_frame_equal(here.tables[name], elsewhere.tables[name], check_exact=True)
    said = [
        {name: value for name, value in one.manifest.items() if name not in OF_THE_MOMENT} for one in (here, elsewhere)
    ]
    assert said[0] == said[1]


def test_a_part_that_is_gone_or_damaged_is_named(tmp_path):
    parts, frame = HandedParts(tmp_path), pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    parts.write_part(3, {"calls": frame}, {})
    assert parts.names(3) == ["calls"]
    assert_frame_equal(parts.read(3, "calls"), frame)
    file = next(tmp_path.rglob("calls"))
    file.write_bytes(file.read_bytes()[:40])
    for number in (3, 4):
        with pytest.raises(DataError, match="Run the same command again"):
            parts.read(number, "calls")
    # a process that died while it wrote left half of it: whoever computes it again writes over it
    parts.write_part(3, {"calls": frame}, {})
    assert_frame_equal(parts.read(3, "calls"), frame)


def answer_in_full(scenario):
    """Return the answer of a point of which everything is computed, as for a run of its own."""
    case = prepare(scenario.with_(points=0)).case
    guns = {"least_guns": RUN_TABLES["least_guns"].empty()}
    tables = {**case.inputs, **accounts(case, draws=False), **guns, **simulate_once(case, 0)}
    answers = scored(case, StoredTables(tables, {}), InProcess())
    return answer_of_run(Result(case.scenario, case.county, {**tables, **answers}, {}, None))


@pytest.mark.parametrize("name", ["three towns", pytest.param("deqing-2030", marks=pytest.mark.slow)])
def test_a_point_answers_what_a_run_of_its_own_would(name, small_scenario):
    scenario = small_scenario if name == "three towns" else Scenario.load(name).with_(days=1, replications=1)
    point = run(scenario.with_(points=0), simulator=SIMULATE_POINT, draws=False)
    assert answer_of_run(point) == answer_in_full(scenario)
    # left out, and not there without rows: somebody who asks must not take it for a county without
    assert "preview" not in point.tables
