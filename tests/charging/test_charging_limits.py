"""The stated limits of the charging models hold."""

import ast
from pathlib import Path

import polars as pl

import charging
from charging import simulate
from charging.limits import LIMITS

ROOT = Path(charging.__file__).parent
HELD = {}


def holds(key):
    """Register the test of a limit."""

    def register(function):
        HELD[key] = function
        return function

    return register


def reached_from(*folders):
    """Return the modules that the engine's modules import."""
    files = [ROOT / "simulation.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    return {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@holds("managed_after_the_fact")
def test_nothing_that_decides_a_wait_knows_of_managed_charging_or_storage():
    assert not {name for name in reached_from("engine", "power") if name and name.startswith("charging.grid")}


@holds("swapping_apart")
def test_nothing_that_decides_a_wait_knows_of_swap_stations():
    assert not {name for name in reached_from("engine", "power") if name and name.startswith("charging.swapping")}


@holds("no_cheaper_hour")
def test_a_tariff_changes_what_is_paid_and_nothing_else(make_layout, make_requests):
    requests = make_requests(*({"arrive_min": 7.0 * number, "energy_kwh": 20.0} for number in range(10)))
    tariff = pl.DataFrame({"start_min": [0.0, 30.0], "cny_per_kwh": [2.0, 0.1]})
    free, paid = (simulate(make_layout(), requests, tariff=rows).sessions for rows in (None, tariff))
    assert paid["cost_cny"].sum() > free["cost_cny"].sum()
    assert paid.drop("cost_cny").equals(free.drop("cost_cny"))


@holds("failure_waits_for_the_charge")
def test_a_charge_goes_on_while_its_pile_fails(make_layout, make_requests):
    requests = make_requests({"arrive_min": 0.0, "energy_kwh": 30.0})
    fails = {"station_id": "s", "group_id": "g0", "pile": 0, "start_min": 5.0, "end_min": 500.0}
    whole, failed = (simulate(make_layout(), requests, outages=rows).sessions for rows in (None, pl.DataFrame([fails])))
    assert failed.equals(whole)


def test_every_limit_is_held():
    assert set(HELD) == set(LIMITS)


def test_a_limit_is_one_sentence():
    assert all(sentence.endswith(".") and ". " not in sentence for sentence in LIMITS.values())
