"""What is sized against which criteria."""

import polars as pl
import pytest

from data.county import load_county
from data.errors import ScenarioError
from data.goals import Goal
from experiments.runs.plan import prepare
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.model import Scenario
from experiments.sizing import size
from experiments.sizing.fleets import size_fleet
from experiments.sizing.stations.chargers import county_goals
from experiments.sizing.stations.trial import Trial
from experiments.sizing.targets import service_of


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("deqing-2025").with_(days=1, replications=1)


def test_chargers_are_sized_for_the_lateness_of_any_county():
    county = load_county("deqing").with_figures({"charging.los_wait_min": 30.0, "charging.los_wait_share": 0.2})
    assert county_goals(county)[0] == Goal("not_in_time_share", "<=", 0.2)
    columns = RUN_TABLES["sessions"].columns
    waits = [{**dict.fromkeys(columns), "outcome": "served", "wait_min": wait} for wait in (10.0, 20.0, 40.0, 50.0)]
    sessions = pl.DataFrame(waits, schema=columns).with_columns(replication=pl.lit(0))
    names = {"late_share": "late_share"}
    assert service_of({"sessions": sessions}, 1, names, county.figure).measures["late_share"].value == 0.5
    usual = load_county("deqing")
    assert service_of({"sessions": sessions}, 1, names, usual.figure).measures["late_share"].value == 0.75


def test_layouts_at_the_same_places_share_their_ways_and_requests(scenario):
    case = prepare(scenario).case
    trial = Trial(case, ["late_share"])
    more = case.layout.with_columns(piles=pl.col("piles") + 1)
    assert trial.case(more).travel is trial.case(case.layout).travel
    moved = case.layout.with_columns(lon=pl.col("lon") + 0.01)
    assert trial.case(moved).travel is not case.travel
    assert trial.case(moved).stock is case.stock
    assert trial.requests(0, 0) is trial.requests(0, 0)


def test_piles_are_added_where_drivers_were_lost_and_not_where_they_charged_at_last(scenario, monkeypatch):
    trial = Trial(prepare(scenario).case, ["late_share"])
    visits = pl.DataFrame(
        [
            (0, "full", 1, 0.0, 30.0, "reneged"),
            (0, "quiet", 2, 40.0, 40.0, "plugged"),
            (1, "slow", 1, 0.0, 25.0, "plugged"),
        ],
        schema=["request_id", "station_id", "try", "arrive_min", "leave_queue_min", "outcome"],
        orient="row",
    )
    columns = RUN_TABLES["sessions"].columns
    charged = [{**dict.fromkeys(columns), "outcome": "served", "wait_min": 30.0, "station_id": "quiet"}]
    sessions = pl.DataFrame(charged, schema=columns).with_columns(replication=pl.lit(0))
    monkeypatch.setattr(trial._weeks, "tables", lambda *_, **__: {"sessions": sessions, "visits": visits})
    trouble = trial.evaluate(trial._case.layout, 0).trouble
    # the session ended at the quiet station, with 30 minutes of waiting that happened elsewhere
    assert sorted(trouble, key=trouble.get, reverse=True) == ["full", "slow", "quiet"]
    assert trouble["quiet"] == 0.0


def test_a_fleet_is_sized_by_metrics(scenario):
    found = size_fleet(Scenario.load("deqing-2030"), [Goal("clean_flow_share", ">=", 0.45)], {})
    assert found.feasible
    needed = found.frontier.filter(path="needed")
    assert needed["clean_flow_share"].item() == pytest.approx(0.45, abs=0.001)
    assert found.binds[0].key == "flow_just_met"
    with pytest.raises(ScenarioError, match=r"no measure 'T07'\. .*Known: clean_flow_share, new_energy_car_flow_share"):
        size_fleet(scenario, [Goal("T07", ">=", 0.4)], {})


def test_a_county_without_targets_of_the_flow_has_no_fleet_to_size(scenario, monkeypatch):
    county = load_county("deqing")
    bare = county.with_table("targets", county.targets.filter(~pl.col("metric").str.ends_with("flow_share")))
    monkeypatch.setattr("experiments.sizing.fleets.edited_county", lambda _: bare)
    with pytest.raises(ScenarioError, match="has no target of clean_flow_share or new_energy_car_flow_share"):
        size("fleet", scenario)
