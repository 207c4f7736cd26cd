"""Points of a design take river and e-bikes over from an earlier point, and only where these would be the same."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_once
from experiments.runs.stored import point_replication as module
from experiments.scenario.model import Scenario

PARTS = ("port_calls", "ebikes")


@pytest.fixture
def made(small_scenario, monkeypatch):
    """Note which parts are simulated; small tables stand in for them."""
    parts = []
    # what other tests have left in memory; and none must find what is made here
    memory = prepare(small_scenario).case.county.built
    memory.clear()

    def part(name, figure):
        def simulate(case, seed, **_):
            # each looks at one figure of the county, as parts do
            parts.append(name)
            table = pl.DataFrame({"seed": [seed], "value": [case.county.figure(figure)]})
            return {"calls": table} if name == PARTS[0] else table

        return simulate

    monkeypatch.setattr(module, "ordered_tables", lambda tables, _: tables)
    monkeypatch.setattr(module, "stations_alone", lambda *_: {})
    for name, figure in zip(PARTS, ("fleet.reserve_soc", "fleet.demand_cv"), strict=True):
        monkeypatch.setattr(module, name, part(name, figure))
    yield parts
    memory.clear()


def simulated(scenario, figures=None, replication=0, **changes):
    return module.simulate_point(prepare(scenario.with_(figures=figures or {}, **changes)).case, replication)


def test_what_does_not_look_at_a_figure_is_taken_over(small_scenario, made):
    first = simulated(small_scenario)
    again = simulated(small_scenario, {"fleet.daily_km_cv": 0.5})
    assert made == list(PARTS)
    assert again["ebikes"] is first["ebikes"]
    assert again["calls"] is first["calls"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"figures": {"fleet.reserve_soc": 0.1}}, [PARTS[0]]),
        ({"figures": {"fleet.demand_cv": 0.11}}, [PARTS[1]]),
        ({"replication": 1}, list(PARTS)),
        ({"seed": 7}, list(PARTS)),
        ({"days": 2}, list(PARTS)),
    ],
    ids=["a figure of the river", "a figure of the e-bikes", "replication", "seed", "days"],
)
def test_what_would_be_another_is_simulated_anew(small_scenario, made, changes, expected):
    simulated(small_scenario, days=1)
    made.clear()
    simulated(small_scenario, **{"days": 1, **changes})
    assert made == expected


@pytest.mark.slow
def test_the_tables_of_a_point_are_those_of_a_replication():
    scenario = Scenario.load("deqing-2025").with_(days=1)
    module.simulate_point(prepare(scenario).case, 0)
    case = prepare(scenario.with_(figures={"fleet.daily_km_cv": 0.5})).case
    expected, found = simulate_once(case, 0), module.simulate_point(case, 0)
    assert found.keys() <= expected.keys()
    for name, table in found.items():
        assert_frame_equal(table, expected[name], check_exact=True)
