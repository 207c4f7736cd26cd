"""The least number of piles: against the queueing formulas, and on requests where one pile less misses the target."""

import math

import polars as pl
import pytest

import charging
from charging.costs.price_table import Prices
from charging.costs.station_costs import investment_fen
from charging.queueing.formulas import erlang_c
from charging.queueing.preview import busy_loads
from charging.queueing.splitting import split_guns
from charging.queueing.verification import poisson_requests, queue_layout
from charging.sizing import SEARCH, Sites, guns_for, size_piles
from charging.sizing.least import MOST_TRIED
from data.errors import DataError
from data.goals import Goal, Service, Shown

GOAL = Goal("late_share", "<=", 0.1)


@pytest.mark.parametrize("load", [0.0, 0.4, 3.0, 17.5])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.001])
def test_guns_for_is_the_least_number(load, share):
    guns = guns_for(load, share)
    assert erlang_c(guns, load) <= share
    assert guns == 1 or erlang_c(guns - 1, load) > share


def evaluate(layout, seeds):
    requests = poisson_requests(100 + seeds, 3000, 8.0, "exponential")
    sessions = charging.simulate(layout, requests).sessions
    late = float((sessions["wait_min"] > 15.0).mean())
    return Service({"late_share": Shown(late)}, {"s": late})


def sites(guns=3):
    layout = queue_layout(guns)
    loads = busy_loads(layout, poisson_requests(100, 3000, 8.0, "exponential"))
    return Sites(layout, loads)


def test_the_answer_meets_the_target_and_one_pile_less_does_not():
    found = size_piles(sites(), evaluate, [GOAL])
    piles = int(found.answer["piles"].sum())
    assert found.feasible
    assert piles > 8
    assert GOAL.met(evaluate(found.answer, 1).measures["late_share"])
    fewer = found.answer.with_columns(piles=pl.col("piles") - 1)
    assert not GOAL.met(evaluate(fewer, 0).measures["late_share"])
    less = found.binds[0]
    assert (less.key, less.figures["site"], less.figures["group"]) == ("pile_less", "s", "g")
    assert not GOAL.met(less.figures["value"])
    tried = found.frontier
    assert tried["guns"].is_sorted()
    assert tried.filter(step="verified")["seeds"].min() >= 1


def test_no_search_tries_more_sizes_than_it_says():
    given = sites()
    for limit in (0.3, 0.1, 0.01):
        found = size_piles(given, evaluate, [Goal(GOAL.measure, "<=", limit)])
        assert 0 < found.frontier.height <= MOST_TRIED


def test_a_budget_below_the_answer_is_infeasible_and_says_so():
    found = size_piles(sites(), evaluate, [GOAL], budget={"piles": 8})
    assert not found.feasible
    assert int(found.answer["piles"].sum()) <= 8
    assert [one.key for one in found.binds[:2]] == ["over_budget", "within_budget"]
    assert found.binds[0].figures["piles"] > 8
    assert found.binds[1].figures["measure"] == "late_share"


def test_nothing_of_a_budget_is_left_over(make_layout):
    layout = make_layout({"station_id": "a", "group_id": "a"}, {"station_id": "b", "group_id": "b"})
    loads = pl.DataFrame({"station_id": ["a", "b"], "current": ["dc", "dc"], "busy_hour_erlang": [6.0, 2.0]})
    given = Sites(layout, loads)
    found = size_piles(given, lambda *_: Service({"late_share": Shown(1.0)}, {}), [GOAL], budget={"guns": 13})
    assert not found.feasible
    assert found.answer["piles"].to_list() == split_guns([6.0, 2.0], 13).guns
    # piles of two guns: the odd gun stays
    pairs = Sites(layout.with_columns(guns_per_pile=pl.lit(2, pl.Int64)), loads)
    assert pairs.guns(pairs.filled((1, 1), lambda piles: pairs.guns(piles) <= 13)) == 12


def test_a_split_within_the_budget_that_meets_the_target_is_the_answer(make_layout):
    layout = make_layout({"station_id": "a", "group_id": "a"}, {"station_id": "b", "group_id": "b"})
    loads = pl.DataFrame({"station_id": ["a", "b"], "current": ["dc", "dc"], "busy_hour_erlang": [6.0, 0.5]})

    def evaluate(layout, seeds):
        guns = dict(layout.select("station_id", "piles").iter_rows())
        # the search has bad luck at the busy station: it asks for more than what fresh numbers need
        late = 0.0 if guns["a"] >= (14 if seeds == SEARCH else 10) else 1.0
        return Service({"late_share": Shown(late)}, {"a": late})

    found = size_piles(Sites(layout, loads), evaluate, [GOAL], budget={"guns": 14})
    assert found.feasible
    assert found.answer["piles"].to_list() == split_guns([6.0, 0.5], 14).guns
    below = size_piles(Sites(layout, loads), evaluate, [GOAL], budget={"guns": 11})
    assert not below.feasible
    assert below.binds[0].key == "over_budget"


def dc_share(sites, cny):
    """Return the share of DC in the guns that a sum of money buys."""
    piles = sites.filled((1, 1), lambda size: sites.totals(size, {"cny"})["cny"] <= cny)
    return piles[0] * 2 / (piles[0] * 2 + piles[1]), sites.totals(piles, {"cny"})["cny"]


@pytest.mark.parametrize("cny", [200_000, 400_000, 800_000])
def test_where_dc_piles_cost_twice_as_much_their_share_does_not_rise(make_layout, three_towns, cny):
    table = three_towns.infrastructure_prices
    # no connection to pay, so that all money goes into piles
    table = table.with_columns(pl.when(pl.col("item") == "low_voltage").then(1e5).otherwise("value").alias("value"))
    dearer = table.with_columns(
        pl.when(pl.col("item") == "dc_pile").then(2.0 * pl.col("value")).otherwise("value").alias("value")
    )
    rows = {"group_id": "dc", "pile_kw": 60.0, "guns_per_pile": 2}, {"group_id": "ac", "current": "ac", "pile_kw": 7.0}
    loads = pl.DataFrame({"station_id": ["s", "s"], "current": ["dc", "ac"], "busy_hour_erlang": [6.0, 30.0]})
    layout = make_layout(*rows)
    share, spent = dc_share(Sites(layout, loads, Prices.from_table(table)), cny)
    less, spent_dearer = dc_share(Sites(layout, loads, Prices.from_table(dearer)), cny)
    assert less <= share
    # what is left buys no AC pile
    assert cny - 3500 < spent <= cny
    assert cny - 3500 < spent_dearer <= cny


def test_a_connection_is_no_larger_than_the_piles_need(make_layout, three_towns):
    rows = {"group_id": "dc", "pile_kw": 60.0}, {"group_id": "ac", "current": "ac", "pile_kw": 7.0}
    layout = make_layout(*rows).with_columns(transformer_kw=pl.lit(600.0))
    loads = pl.DataFrame({"station_id": ["s", "s"], "current": ["dc", "ac"], "busy_hour_erlang": [1.0, 1.0]})
    prices = Prices.from_county(three_towns)
    sized = Sites(layout, loads, prices, efficiency_dc=0.9)
    # 2 x 60 / 0.9 + 3 x 7 = 154.3 kW: low voltage does
    assert sized.with_piles((2, 3))["transformer_kw"].to_list() == [155.0, 155.0]
    assert sized.with_piles((20, 3))["transformer_kw"].to_list() == [600.0, 600.0]
    for piles in ((2, 3), (3, 3), (20, 3)):
        assert sized.investment_fen(piles) == investment_fen(sized.with_piles(piles), prices)
    step = sized.investment_fen((3, 3)) - sized.investment_fen((2, 3))
    assert step > 100 * prices.at_power("transformer", 600.0)
    free = layout.with_columns(transformer_kw=pl.lit(None, pl.Float64))
    assert Sites(free, loads).with_piles((2, 3))["transformer_kw"].null_count() == 2


def test_a_budget_of_money_that_is_too_small_says_what_the_least_costs(three_towns):
    given = Sites(sites().layout, sites().loads, Prices.from_county(three_towns))
    found = size_piles(given, evaluate, [GOAL], budget={"cny": 10_000})
    cost = next(one for one in found.binds if one.key == "best_costs_cny").figures["cny"]
    assert not found.feasible
    assert cost == given.totals((1,), {"cny"})["cny"] > 10_000


def test_a_budget_of_money_needs_prices():
    with pytest.raises(DataError, match="prices: got none; expected prices, because the budget is in CNY"):
        size_piles(sites(), evaluate, [GOAL], budget={"cny": 1_000_000})


def test_a_target_that_nothing_meets_is_infeasible():
    found = size_piles(sites(), lambda *_: Service({"late_share": Shown(1.0)}, {}), [GOAL])
    assert not found.feasible
    assert [one.key for one in found.binds] == ["largest_misses", "within_budget", "nearest_target"]


def test_groups_keep_their_proportions_and_every_site_a_gun(make_layout):
    layout = make_layout(
        {"piles": 4, "guns_per_pile": 2, "sharing": "dynamic", "pile_kw": 120.0}, {"piles": 2}, {"current": "ac"}
    )
    loads = pl.DataFrame({"station_id": ["s", "s"], "current": ["dc", "ac"], "busy_hour_erlang": [9.0, 0.0]})
    members = Sites(layout, loads).family()
    assert members[0][2] == 1
    totals = [sum(member) for member in members]
    assert totals == sorted(totals)
    dual, single, _ = next(member for member in members if member[0] >= 6)
    assert dual == pytest.approx(2 * single, abs=2)


@pytest.mark.parametrize(
    ("sign", "shown", "met"),
    [
        ("<=", Shown(0.05, 0.02, 0.11), False),
        ("<=", Shown(0.05, 0.02, 0.09), True),
        ("<=", Shown(0.05), True),
        ("<=", Shown(None), True),
        (">=", Shown(0.2, 0.05, 0.4), False),
    ],
)
def test_a_goal_goes_by_the_bad_end_of_the_interval(sign, shown, met):
    assert Goal("m", sign, 0.1).met(shown) is met
    assert str(Goal("m", sign, 0.1)) == f"m{sign}0.1"
    assert not math.isnan(Goal("m", sign, 0.1).excess(shown))
