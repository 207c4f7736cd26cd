"""Order of replacement: the cheapest of all orders on a small fleet, under a budget."""

import itertools

import numpy as np
import pytest

from data.errors import InfeasibleError
from fleet.operators.replacement import Prices, Replacement

FLEET = Replacement(
    years=(2026, 2027, 2028),
    due=(0, 1, 5),
    vehicles=(1, 1, 1),
    electric=Prices(np.array([100.0, 90.0, 80.0]), 10.0),
    fuel=Prices(np.array([60.0, 60.0, 60.0]), 40.0),
    life_years=6.0,
    rate=0.05,
)


def value(fleet, plan):
    """Discounted cost of a plan: for each vehicle (kind, year) or None."""
    total, years = 0.0, len(fleet.years)
    for choice in plan:
        first = years if choice is None else choice[1]
        total += sum(fleet.fuel.run * 1.05**-t for t in range(first))
        if choice is not None:
            prices = fleet.electric if choice[0] == "e" else fleet.fuel
            left = max(0.0, 1.0 - (years - first) / fleet.life_years)
            total += prices.buy[first] * (1.05**-first - left * 1.05**-years)
            total += sum(prices.run * 1.05**-t for t in range(first, years))
    return total


def spent(fleet, plan, year):
    kinds = {"e": fleet.electric, "f": fleet.fuel}
    return sum(kinds[kind].buy[when] for kind, when in filter(None, plan) if when == year)


@pytest.mark.parametrize("budget", [1e9, 100.0, 90.0, 60.0])
def test_the_order_is_the_cheapest_of_all(budget):
    choices = [
        [(kind, year) for kind in "ef" for year in range(min(due + 1, 3))] + ([] if due < 3 else [None])
        for due in FLEET.due
    ]
    plans = [p for p in itertools.product(*choices) if all(spent(FLEET, p, t) <= budget + 1e-9 for t in range(3))]
    best = min(plans, key=lambda plan: value(FLEET, plan))
    found = FLEET.order(budget)
    assert [int(n) for n in found["electric"]] == [sum(c == ("e", t) for c in best) for t in range(3)]
    assert found["spent_cny"].to_list() == pytest.approx([spent(FLEET, best, t) for t in range(3)])
    assert (found["spent_cny"] <= budget + 1e-9).all()
    assert found["electric_fleet"][-1] == found["electric"].sum()


def test_a_budget_that_is_too_small_is_said():
    with pytest.raises(InfeasibleError, match="50 CNY a year do not replace the vehicles that are due"):
        FLEET.order(50.0)


def test_the_fleet_of_a_county_is_spread_over_its_ages(three_towns):
    fleet = Replacement.from_county(
        three_towns, "bus", "diesel", years=range(2026, 2031), vehicles=20, run_cny=(40_000.0, 110_000.0)
    )
    assert sum(fleet.vehicles) == 20
    assert max(fleet.vehicles) - min(fleet.vehicles) <= 1
    assert (np.diff(fleet.electric.buy) < 0.0).all()
    free, poor = fleet.order(), fleet.order(2.0e6)
    # electric buses save so much that only money keeps some of fuel
    assert free["fuel"].sum() == 0
    assert free["spent_cny"].max() > 2.0e6 >= poor["spent_cny"].max()
