"""Steps of policy: what the purchase tax and the trade-in scheme do to the share of new energy, and what is left."""

from dataclasses import replace

import pytest

import fleet
from fleet.vehicles.choice import chosen_shares
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.policy_steps import policy_steps

NEW = ("bev", "phev", "fcev")


@pytest.fixture(scope="module")
def steps(county, stock):
    return policy_steps(county, stock, NEW, classes=["private_car"], years=range(2020, 2031))


def test_steps_are_where_policy_moves(steps):
    # the tax is halved, the scheme goes by price; the scheme ends; the tax comes back in full
    assert steps["year"].to_list() == [2026, 2027, 2028]
    rows = {row["year"]: row for row in steps.iter_rows(named=True)}
    assert rows[2026]["tax"] < -0.02
    assert rows[2026]["trade_in"] < 0.0
    assert rows[2027]["tax"] == 0.0
    assert rows[2027]["trade_in"] < 0.0
    assert rows[2028]["tax"] < -0.02
    assert rows[2028]["trade_in"] == 0.0
    parts = steps["tax"] + steps["trade_in"] + steps["rest"]
    assert parts.to_list() == pytest.approx(steps["change"].to_list())
    # prices and the market would have gone on
    assert (steps["rest"] > 0.0).all()


def test_a_step_is_the_difference_to_the_policy_of_the_year_before(county, steps):
    kept = chosen_shares(county, "private_car", years=[2026], levers=Levers(tax_as_of=2025)).of(NEW).mean()
    row = steps.filter(year=2026).row(0, named=True)
    assert row["share"] - row["tax"] == pytest.approx(kept)
    known = county.flow_shares.filter(vehicle_class="private_car", year=2025, power="petrol")["share"].item()
    assert row["share"] - row["change"] == pytest.approx(1.0 - known)


def test_a_county_that_waives_the_tax_has_no_step_of_it(county, stock):
    policy = Levers(tax_waived_share=1.0, trade_in_until=2030)
    found = policy_steps(county, stock, NEW, classes=["private_car"], years=[2027, 2028], levers=policy)
    assert found["year"].to_list() == [2028]
    assert found.select("tax", "trade_in").row(0) == (0.0, 0.0)
    assert replace(policy, tax_as_of=2027) != policy
    assert fleet.policy_steps is policy_steps
