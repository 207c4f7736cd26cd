"""Accounts of a county with other figures, partly remembered or kept, are those of a fresh process without a store."""

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


@pytest.fixture(scope="module")
def changed(small_scenario, tmp_path_factory):
    """Return scenarios with another figure each, and their accounts after those of the scenario as it is."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return _changed(small_scenario)


def _changed(small_scenario):
    county = load_county(small_scenario.county)
    accounts(prepare(small_scenario).case)
    found = {}
    for key in FIGURES:
        value = county.figure(key)
        other = small_scenario.with_(figures={key: value + 1.0 if key.endswith("year") else 0.9 * value})
        found[key] = other, accounts(prepare(other).case)
    return found


@pytest.mark.parametrize("key", FIGURES)
def test_accounts_of_a_changed_county_are_those_of_a_fresh_one(key, changed, tmp_path, monkeypatch):
    other, found = changed[key]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data.county._checked.cache_clear()
    fresh = accounts(prepare(other).case)
    assert all(found[name].equals(frame) for name, frame in fresh.items())
