"""Sizes of swap stations: against all sizes by hand, within budgets, confirmed on fresh numbers."""

import itertools

import polars as pl
import pytest

from charging.swapping.swap_sizing import size_swap_stations
from data.goals import Goal, Service, Shown

GOAL = Goal("unserved_share", "<=", 0.05)
COST = {"bays": 50.0, "batteries": 8.0, "chargers": 3.0}


def stations(*names):
    numbers = dict.fromkeys(("bays", "batteries", "chargers"), 9)
    return pl.DataFrame([{"station_id": name, **numbers} for name in names])


def cost(table):
    return float(sum(price * table[name].sum() for name, price in COST.items()))


def lost(row, load=1.0):
    """Return what a station loses: more with fewer of anything; batteries make up for chargers in part."""
    turned = row["chargers"] + 0.5 * row["batteries"]
    return min(1.0, 0.2 * load / row["bays"] ** 2 + 0.9 * load / turned**1.5)


def evaluate(loads):
    def of(table, seeds):
        # fresh numbers are a little worse than those of the search
        losses = {row["station_id"]: lost(row, loads[row["station_id"]]) for row in table.iter_rows(named=True)}
        share = sum(losses.values()) / len(losses) * (1.0 + 0.02 * min(seeds, 1))
        return Service({"unserved_share": Shown(share, share, share)}, losses)

    return of


def cheapest(loads):
    """Return the least cost of all sizes of a station that meet the target on the numbers of the search."""
    found = []
    for bays, batteries, chargers in itertools.product(range(1, 8), range(1, 30), range(1, 30)):
        row = {"station_id": "a", "bays": bays, "batteries": batteries, "chargers": chargers}
        if chargers <= batteries and lost(row, loads["a"]) <= 0.05:
            found.append(cost(pl.DataFrame([row])))
    return min(found)


@pytest.mark.parametrize("load", [0.3, 1.0, 2.0])
def test_a_station_is_nearly_as_cheap_as_the_best_of_all_sizes(load):
    loads = {"a": load}
    found = size_swap_stations(stations("a"), evaluate(loads), [GOAL], cost=cost)
    assert found.feasible
    # confirmed on fresh numbers, which take a part more here
    assert cheapest(loads) <= cost(found.answer) <= 1.1 * cheapest(loads) + max(COST.values())
    verified = found.frontier.filter(pl.col("seeds") > 0, pl.col("meets"))
    assert verified["build_cny"].to_list() == [cost(found.answer)]
    assert {each.figures["step"].key for each in found.binds} <= {"step_bay", "step_battery", "step_charger"}


def test_the_busier_of_two_stations_has_more():
    loads = {"a": 0.2, "b": 2.0}
    answer = size_swap_stations(stations("a", "b"), evaluate(loads), [GOAL], cost=cost).answer
    assert (answer.filter(station_id="b")["batteries"] > answer.filter(station_id="a")["batteries"]).all()


def test_without_prices_the_fewest_parts_are_the_answer():
    found = size_swap_stations(stations("a"), evaluate({"a": 1.0}), [GOAL])
    assert found.feasible
    assert "build_cny" not in found.frontier.columns
    # a bay counts as much as a battery: more bays than where they are dear
    dear = size_swap_stations(stations("a"), evaluate({"a": 1.0}), [GOAL], cost=cost)
    assert found.answer["bays"][0] >= dear.answer["bays"][0]


def test_a_budget_is_kept_and_says_what_the_target_takes():
    free = size_swap_stations(stations("a"), evaluate({"a": 1.0}), [GOAL], cost=cost)
    money = int(cost(free.answer)) - 20
    found = size_swap_stations(stations("a"), evaluate({"a": 1.0}), [GOAL], cost=cost, budget={"cny": money})
    assert not found.feasible
    assert cost(found.answer) <= money
    assert [each.key for each in found.binds] == ["swap_over_budget", "within_budget"]
    assert found.binds[0].figures["cny"] == cost(free.answer)
    least = size_swap_stations(stations("a"), evaluate({"a": 1.0}), [GOAL], cost=cost, budget={"cny": 10})
    assert [each.key for each in least.binds] == ["swap_over_budget", "swap_least_over_budget", "within_budget"]
    assert least.answer.select("bays", "batteries", "chargers").row(0) == (1, 1, 1)


def test_a_target_that_nothing_meets_and_one_that_fresh_numbers_never_hold():
    def never(table, seeds):
        del table, seeds
        return Service({"unserved_share": Shown(0.5, 0.4, 0.6)}, {"a": 1.0})

    def lucky(table, seeds):
        del table
        share = 0.01 if seeds == 0 else 0.5
        return Service({"unserved_share": Shown(share, share, share)}, {"a": 1.0})

    for shows, key in ((never, "largest_misses"), (lucky, "none_confirmed")):
        found = size_swap_stations(stations("a"), shows, [GOAL], cost=cost)
        assert not found.feasible
        assert [each.key for each in found.binds] == [key, "within_budget"]
