"""The register of run tables against what a run writes; what a run builds, and how often."""

import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

import data.county
import data.roads.graph
import experiments.runs.case
import experiments.scenario.county
import fleet.vehicles.turnover
from experiments import Scenario, run
from experiments.runs import execute, worker
from experiments.runs.case import Case
from experiments.runs.execute import load_result
from experiments.runs.folder import RunFolder
from experiments.runs.plan import prepare
from experiments.runs.tables import REPLICATED, RUN_TABLES, TABLES, dictionary

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture(scope="module")
def built():
    """Return what was built for which county: the objects are kept, so that their ids stay theirs."""
    return {"stock": [], "graph": [], "edited": [], "travel": []}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, built):
    """Return the folder of a short real run of two replications in this process."""
    out = tmp_path_factory.mktemp("real") / "run"
    # other tests of this process may have built things of the same county
    data.county._checked.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for name, module, function in (
            ("stock", fleet.vehicles.turnover, "_rolled"),
            ("graph", data.roads.graph, "_built"),
            ("edited", experiments.scenario.county, "scenario_county"),
            ("travel", experiments.runs.case, "travel_matrix"),
        ):
            real = getattr(module, function)

            def counted(*given, _name=name, _real=real, **options):
                built[_name].append((*given, *options.values()))
                return _real(*given, **options)

            patch.setattr(module, function, counted)
        # what an earlier run of the user has kept would not be built again
        patch.setenv("XDG_CACHE_HOME", str(out.parent / "cache"))
        run(Scenario.load("deqing-2025").with_(days=1), replications=2, seed=5, out=out)
    return out


STOCK = ("vehicle_classes", "fleet_stock", "stock_growth", "survival", "flow_shares", "energy_use")
ROADS = ("towns", "places", "service_areas", "road_links")


def times(calls, tables):
    """Return how often something was built of tables with the same content and the same arguments."""
    return Counter(
        (*(county.tables[name].hash_rows().hash().implode().hash().item() for name in tables), str(rest))
        for county, *rest in calls
    )


def test_every_table_that_a_run_writes_has_its_entry_and_columns(folder):
    written = {file.stem: pl.read_parquet(file) for file in folder.glob("*.parquet")}
    assert written.keys() == RUN_TABLES.keys()
    for name, frame in written.items():
        assert dict(frame.schema) == dict(RUN_TABLES[name].schema), name


def test_rows_come_in_the_order_of_the_register(folder):
    for name, table in RUN_TABLES.items():
        frame = pl.read_parquet(folder / f"{name}.parquet")
        front = ("replication",) if name in REPLICATED else ()
        if table.order:
            assert frame.equals(frame.sort(*front, *table.order, maintain_order=True)), name


def test_an_empty_table_has_the_columns_of_a_full_one(folder):
    for name in REPLICATED:
        empty = RUN_TABLES[name].of_replication(RUN_TABLES[name].empty(), 3)
        assert empty.height == 0
        assert dict(empty.schema) == dict(pl.read_parquet(folder / f"{name}.parquet").schema), name


def test_the_readme_lists_the_tables_of_the_register():
    text = README.read_text(encoding="utf-8")
    listed = re.search(r"its tables as Parquet:(.*?)\. ", text, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(TABLES)


def test_the_dictionary_has_a_row_for_every_column():
    words = dictionary()
    assert words.columns == ["table", "grain", "column", "type"]
    assert words.height == sum(len(table.schema) for table in RUN_TABLES.values())
    assert words.row(0) == ("sessions", "replication", "replication", "Int64")
    assert words.filter(table="stock", column="vehicles").row(0) == ("stock", "run", "vehicles", "Float64")


def test_stock_and_road_graph_are_built_once_a_run(folder, built):
    assert load_result(folder).stock.height
    # whatever figures and other tables a path, an answer or a scenario edits
    assert set(times(built["stock"], STOCK).values()) == {1}
    assert set(times(built["graph"], ROADS).values()) == {1}
    # the run's own county and its counterfactual, its slow and fast paths, those that answers about buyers and trucks
    # vary, and the draws: 9 shifts of new energy at 3 speeds of growth
    assert len(built["stock"]) <= 7 + 9 * 3
    # the roads of the scenario's year, and of each project that has links without and with it
    assert len(built["graph"]) <= 10


def test_a_run_edits_its_county_once_and_a_second_replication_sets_nothing_up(folder, built):
    assert len(built["edited"]) == 2  # the run's own, and its counterfactual
    layouts = [call for call in built["travel"] if call[1].height == load_result(folder).layout.height]
    assert len(layouts) == 1


def test_a_worker_reads_its_case_once_for_all_replications(monkeypatch, tmp_path, small_scenario, stand_in):
    case = prepare(small_scenario).case
    store = RunFolder.claim(tmp_path / "run", case.key, {"replications": 2})
    county, tables = worker.keep_case(store, case)
    inputs = {"county": county, "tables": tables}
    simulator = f"{stand_in.__name__}:simulate"
    work = execute._work(case, store, inputs, execute._work_here(case, store, simulator), simulator)
    reads = []
    real = worker.kept_case
    monkeypatch.setattr(worker, "kept_case", lambda *given: reads.append(1) or real(*given))
    monkeypatch.setattr(
        experiments.scenario.county, "scenario_county", lambda *_: pytest.fail("a worker edited the county again")
    )
    monkeypatch.setattr(experiments.runs.case, "travel_matrix", lambda *_, **__: pytest.fail("a worker built travel"))
    notes = [work.decode(work.there(work.encode(number))) for number in (0, 1)]
    assert [(note.replication, note.kept) for note in notes] == [(0, False), (1, False)]
    assert reads == [1]


def test_a_kept_case_is_the_case(tmp_path):
    scenario = Scenario.load("deqing-2025").with_(days=1, figures={"charging.los_wait_min": 20.0})
    case = prepare(scenario).case
    store = RunFolder(tmp_path, case.key)
    kept = worker.kept_case(store, scenario.model_dump_json(), *worker.keep_case(store, case))
    assert isinstance(kept, Case)
    assert kept.key == case.key
    assert kept.county.tables.keys() == case.county.tables.keys()
    assert all(kept.county.tables[name].equals(frame) for name, frame in case.county.tables.items())
    assert all(dict(kept.county.tables[name].schema) == dict(f.schema) for name, f in case.county.tables.items())
    assert kept.county.figure("charging.los_wait_min") == 20.0
    assert kept.county.digest == case.county.digest
    assert kept.travel.equals(case.travel)
    assert kept.stock.equals(case.stock)
