"""Sites of new stations: against all choices, within a budget, with fixed ones kept; the answer is a layout."""

import itertools

import numpy as np
import polars as pl
import pytest

from charging.siting.candidates import candidate_sites, reachable
from data import load_county
from data.errors import ScenarioError
from experiments.runs.plan import prepare
from experiments.runs.replicate import demand, simulate_charging
from experiments.sizing import size


@pytest.fixture(scope="module")
def found(small_scenario):
    return size("sites", small_scenario, budget="sites=2")


def test_two_new_sites_are_the_best_of_all_pairs(found, three_towns):
    way = reachable(three_towns, candidate_sites(three_towns, three_towns.layout("today")), year=2025)
    people = way.homes["residents"].to_numpy()
    pairs = itertools.combinations([site for site in range(way.candidates.height) if site not in way.fixed], 2)
    ways = (way.minutes[:, [*way.fixed, *pair]].min(axis=1) for pair in pairs)
    best = min(float(people @ minutes) for minutes in ways) / people.sum()
    assert found.frontier["mean_way_min"][-1] == pytest.approx(best)
    assert found.frontier["new_sites"].to_list() == [0, 1, 2]
    assert found.frontier["mean_way_min"].is_sorted(descending=True)
    assert found.frontier["build_cny"].is_sorted()
    assert (found.frontier["gap_share"] == 0.0).all()


def test_the_answer_keeps_what_stands_and_can_be_run(found, small_scenario, three_towns):
    today = three_towns.layout("today")
    assert found.answer.head(today.height).equals(today)
    new = found.answer.tail(found.answer.height - today.height)
    assert new["station_id"].to_list() == found.tables["new_sites"]["candidate"].to_list()
    # like the smallest of today
    assert set(new["group_id"]) == {"dc"}
    case = prepare(small_scenario.with_layout(found.answer)).case
    assert set(case.travel["station_id"]) >= set(found.answer["station_id"])
    assert simulate_charging(case, demand(case, seed=1), seed=1).sessions.height > 0


@pytest.mark.parametrize(
    ("target", "measure"), [("near_share>=0.6", "near_share"), ("worst_tenth_way_min<=40", "worst_tenth_way_min")]
)
def test_a_target_is_met_with_the_fewest(small_scenario, target, measure):
    found = size("sites", small_scenario, target=target)
    assert found.feasible
    met = found.frontier["meets"].to_list()
    assert met[-1]
    assert not any(met[:-1])
    assert measure in found.frontier.columns


def test_a_target_out_of_reach_names_the_nearest(small_scenario):
    found = size("sites", small_scenario, target="farthest_way_min<=0.5", budget="sites=1")
    assert not found.feasible
    assert [each.key for each in found.binds][:2] == ["within_budget", "nearest_target"]
    nearest = found.binds[1].figures["goals"][0]
    assert nearest.limit == pytest.approx(found.frontier["farthest_way_min"].min(), rel=0.02)


def test_money_is_a_limit_and_a_weak_grid_bars_sites(small_scenario, three_towns):
    cost = int(size("sites", small_scenario, budget="sites=1").frontier["build_cny"][-1])
    assert size("sites", small_scenario, budget=f"sites=2,cny={cost}").tables["new_sites"].height == 1
    assert size("sites", small_scenario, budget="cny=1").tables["new_sites"].height == 0
    found = candidate_sites(three_towns, three_towns.layout("today"))
    grid = dict(three_towns.town_grid.select("town", pl.col("capacity_kw") - pl.col("base_peak_kw")).iter_rows())
    assert found["headroom_kw"].to_list() == pytest.approx([max(0.0, grid[town]) for town in found["town"]])
    with pytest.raises(ScenarioError, match="--budget guns: not known"):
        size("sites", small_scenario, budget="guns=1")
    with pytest.raises(ScenarioError, match="no measure 'mean_min'"):
        size("sites", small_scenario, target="mean_min<=5")


def test_sides_of_service_areas_are_candidates_that_no_resident_reaches():
    deqing = load_county("deqing")
    found = candidate_sites(deqing, deqing.layout("plan-2025"))
    sides = found.filter(kind="service_area")
    assert sides.height == deqing.service_areas.filter("in_county").height
    assert set(sides["state"]) == {"kept"}
    assert {"depot", "terminal", "yard", "village", "station"} <= set(found["kind"])
    way = reachable(deqing, found, year=2025)
    assert np.isinf(way.minutes[:, (found["kind"] == "service_area").to_numpy()]).all()
