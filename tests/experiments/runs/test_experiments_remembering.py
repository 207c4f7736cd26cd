"""Accounts of a county with other figures, partly remembered, are those that a fresh process computes."""

import pytest

import data.county
from data.county import load_county
from experiments.runs.county_tables import accounts
from experiments.runs.plan import prepare

FIGURES = (
    "carbon.baseline_year",
    "charging.efficiency_dc",
    "adoption.cost_sensitivity",
    "cost.holding_years",
    "carbon.pkm_to_tkm_road",
    "fleet.daily_km_cv",
)


@pytest.mark.parametrize("key", FIGURES)
def test_accounts_of_a_changed_county_are_those_of_a_fresh_one(key, small_scenario):
    value = load_county(small_scenario.county).figure(key)
    changed = small_scenario.with_(figures={key: value + 1.0 if key.endswith("year") else 0.9 * value})
    accounts(prepare(small_scenario).case)
    found = accounts(prepare(changed).case)
    data.county._checked.cache_clear()
    fresh = accounts(prepare(changed).case)
    assert all(found[name].equals(frame) for name, frame in fresh.items())
