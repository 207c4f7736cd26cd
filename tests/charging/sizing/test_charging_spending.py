"""The best of a budget: against all ways to spend it, where what is lost is a formula."""

import itertools

import polars as pl
import pytest

from charging.queueing.formulas import wait_mmc
from charging.sizing import Search, Sites, spend
from charging.sizing.spending import measure_loss, spends, target_loss
from charging.sizing.thumbs import RULES, rules_of_thumb
from data.goals import Goal, Service, Shown

LOADS = {"a": 5.0, "b": 2.0, "c": 0.4}
TRUE = {"a": 2.0, "b": 5.0, "c": 0.4}
"""What drivers do in fact, whatever the formulas expect."""


def lost(station, guns):
    load = TRUE[station]
    return load - guns + 5.0 if load >= guns else wait_mmc(guns, load) * load


def evaluate(layout, _):
    guns = dict(layout.group_by("station_id").agg((pl.col("piles") * pl.col("guns_per_pile")).sum()).iter_rows())
    trouble = {station: lost(station, guns.get(station, 0)) for station in TRUE}
    return Service({"lost_share": Shown(sum(trouble.values()))}, trouble)


@pytest.fixture
def sites(make_layout):
    rows = [
        {
            "station_id": station,
            "group_id": f"{station}{guns}",
            "guns_per_pile": guns,
            "sharing": "dynamic",
            "town": station,
        }
        for station in LOADS
        for guns in (1, 2)
    ]
    loads = pl.DataFrame({"station_id": list(LOADS), "current": ["dc"] * 3, "busy_hour_erlang": list(LOADS.values())})
    return Sites(make_layout(*rows), loads)


def searched(sites, budget):
    return Search(sites, evaluate, [Goal("lost_share", "<=", 0.5)], budget)


def test_piles_move_to_where_drivers_are_lost_and_the_budget_is_spent_to_the_last(sites):
    budget = {"piles": 14, "guns": 18}
    search = searched(sites, budget)
    found = spend(search, (1, 0, 1, 0, 1, 0), loss=measure_loss("lost_share"))
    assert (sum(found), sites.guns(found)) == (14, 18)
    assert spends(search, found)
    best = min(
        sum(lost(station, guns) for station, guns in zip(TRUE, split, strict=True))
        for split in itertools.product(range(1, 17), repeat=3)
        if sum(split) == 18
    )
    got = evaluate(sites.with_piles(found), 0).measures["lost_share"].value
    first = (
        evaluate(sites.with_piles(sites.filled((1, 0, 1, 0, 1, 0), search.affordable)), 0).measures["lost_share"].value
    )
    # piles of one and of two guns do not make every split
    assert got <= 2.0 * best
    assert got < first / 5.0


def test_power_is_a_limit_and_a_start_that_does_not_spend_the_budget_is_left_out(sites):
    budget = {"piles": 10, "kw": 900}
    search = searched(sites, budget)
    found = spend(search, (1, 0, 1, 0, 1, 0), loss=measure_loss("lost_share"), starts=[(9, 9, 9, 9, 9, 9)])
    assert sum(found) == 10
    assert sites.totals(found, ("kw",))["kw"] == 600
    assert (9, 9, 9, 9, 9, 9) not in [piles for piles, _ in search.seen]


def test_the_loss_of_a_target_is_its_worst_goal():
    shown = Service({"a": Shown(0.3), "b": Shown(0.9), "c": Shown(None)})
    goals = [Goal("a", "<=", 0.1), Goal("b", ">=", 0.8), Goal("c", "<=", 1.0)]
    assert target_loss(goals)(shown) == pytest.approx(2.0)
    assert measure_loss("c")(shown) == 0.0


def test_rules_of_thumb_keep_the_number_of_each_kind(sites):
    piles = (4, 3, 2, 2, 1, 0)
    rules = rules_of_thumb(sites, piles, {"a": 100.0, "b": 100.0, "c": 800.0})
    # the layout has one of each: not as many as there are
    assert set(rules) == set(RULES) - {"plan"}
    for spread in rules.values():
        assert sum(spread[0::2]) == 7
        assert sum(spread[1::2]) == 5
    assert rules["even"] == (3, 2, 2, 2, 2, 1)
    assert rules["population"][4] > rules["population"][0]
    assert rules["demand"][0] > rules["demand"][4]
    assert rules_of_thumb(sites, (1,) * 6, {})["plan"] == (1,) * 6


def test_service_areas_keep_what_the_plan_gives_them_except_by_demand(sites):
    away = Sites(
        sites.layout.with_columns(
            site=pl.when(pl.col("station_id") == "c").then(pl.lit("road-east")), piles=pl.lit(2, pl.Int64)
        ),
        sites.loads,
    )
    rules = rules_of_thumb(away, (9, 9, 9, 9, 9, 9), {"a": 1.0, "b": 3.0})
    assert {rule: spread[4:] for rule, spread in rules.items() if rule != "demand"} == dict.fromkeys(
        ("even", "population", "coverage-first"), (2, 2)
    )
    # by the load alone: the least loaded site gets fewest
    assert rules["demand"][4] < rules["demand"][2] < rules["demand"][0]
