"""The search of ``size charging`` may be compiled; what it finds is confirmed in SimPy."""

import pytest

from charging.sizing import SCREEN, SEARCH
from experiments.runs.plan import prepare
from experiments.sizing.stations import simulated_weeks
from experiments.sizing.stations.trial import FRESH, Trial


@pytest.fixture(scope="module")
def case(small_scenario):
    return prepare(small_scenario).case


@pytest.mark.parametrize(
    ("engine", "seeds", "expected"),
    [
        ("compiled", SEARCH, "compiled"),
        ("compiled", SCREEN, "compiled"),
        ("compiled", FRESH, "compiled"),
        ("simpy", SEARCH, "simpy"),
        ("compiled", 1, "simpy"),
    ],
)
def test_the_engine_of_search_and_confirmation(case, monkeypatch, engine, seeds, expected):
    asked = []
    simulate = simulated_weeks.simulate_charging

    def noted(*given, engine, **more):
        asked.append(engine)
        return simulate(*given, engine="simpy", **more)

    monkeypatch.setattr(simulated_weeks, "simulate_charging", noted)
    Trial(case, ["late_share"], engine=engine).evaluate(case.layout, seeds)
    assert set(asked) == {expected}
