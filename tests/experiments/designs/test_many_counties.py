"""Many counties in one call: as each alone, by county, and nothing is computed where one of them has a fault."""

import shutil
from pathlib import Path

import pytest

from data.errors import DataError, ScenarioError
from experiments import open_run, run, run_counties
from experiments.scenario.start import load_scenario
from experiments.scorecard.card import SCORECARD

COUNTIES = Path(__file__).parents[2] / "counties"
BOTH = [COUNTIES / "three-towns", COUNTIES / "expressway-towns"]
SHORT = ["days=1"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return both counties over a day, in folders, and what was told of them."""
    told = []
    out = tmp_path_factory.mktemp("counties")
    found = run_counties(BOTH, sets=SHORT, replications=2, seed=5, out=out, progress=lambda *given: told.append(given))
    return found, told, out


def test_each_county_comes_to_what_it_comes_to_alone(runs):
    found, told, out = runs
    assert found.scorecard["county"].unique(maintain_order=True).to_list() == ["three-towns", "expressway-towns"]
    assert told == [(1, 2, "three-towns"), (2, 2, "expressway-towns")]
    for folder in BOTH:
        alone = run(load_scenario(str(folder), sets=SHORT), replications=2, seed=5)
        mine = found.scorecard.filter(county=folder.name).select(SCORECARD.names())
        assert mine.equals(alone.scorecard)
        kept = open_run(found.folders[folder.name])
        assert kept.sessions.equals(alone.sessions)
        waits = [value for value in alone.stations["wait_mean_min"] if value is not None]
        row = found.measures.filter(county=folder.name, measure="wait_mean_min").row(0, named=True)
        assert 0.0 <= row["mean"] <= max(waits)
        assert row["low"] <= row["mean"] <= row["high"]
    assert sorted(file.name for file in out.iterdir()) == ["expressway-towns", "three-towns"]
    assert repr(found) == "CountyRuns(2 counties: three-towns, expressway-towns)"


class Elsewhere:
    """Stands in for processes and clusters: work goes out as text and comes back as text."""

    def map(self, work, items):
        yield from map(work, reversed(items))


def test_as_text_and_in_another_order_it_is_the_same_by_county(runs):
    found = run_counties(BOTH, sets=SHORT, replications=2, seed=5, executor=Elsewhere())
    assert found.scorecard.equals(runs[0].scorecard)
    assert found.measures.equals(runs[0].measures)


@pytest.mark.slow
def test_two_processes_give_the_same_by_county(runs):
    found = run_counties(BOTH, sets=SHORT, replications=2, seed=5, executor="processes", jobs=2)
    assert found.scorecard.equals(runs[0].scorecard)
    assert found.measures.equals(runs[0].measures)
    assert found.folders == {}


def test_a_fault_in_the_last_county_stops_before_the_first_is_computed(tmp_path):
    shutil.copytree(BOTH[0], tmp_path / "faulty")
    (tmp_path / "faulty" / "towns.csv").write_text("town\n", encoding="utf-8")
    with pytest.raises(DataError, match="county faulty"):
        run_counties([BOTH[1], tmp_path / "faulty"], sets=SHORT, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_counties_go_by_their_names(tmp_path):
    shutil.copytree(BOTH[0], tmp_path / "three-towns")
    with pytest.raises(ScenarioError, match="several counties are called three-towns; expected each name once"):
        run_counties([BOTH[0], tmp_path / "three-towns"], sets=SHORT)
    with pytest.raises(ScenarioError, match="got no county; expected at least one folder"):
        run_counties([])
