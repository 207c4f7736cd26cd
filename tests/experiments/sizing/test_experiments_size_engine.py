"""The search of ``size charging`` may be compiled; what it finds is confirmed in SimPy."""

import pytest

from charging.sizing import SCREEN, SEARCH
from experiments.sizing import trial as trials
from experiments.sizing.occasions import Occasion


class _Asked(Exception):  # noqa: N818 - ends the simulation where the engine is known
    pass


@pytest.mark.parametrize(
    ("engine", "seeds", "expected"),
    [
        ("compiled", SEARCH, "compiled"),
        ("compiled", SCREEN, "compiled"),
        ("simpy", SEARCH, "simpy"),
        ("compiled", 1, "simpy"),
    ],
)
def test_the_engine_of_search_and_confirmation(monkeypatch, engine, seeds, expected):
    asked = []

    def simulate(*_, engine, **__):
        asked.append(engine)
        raise _Asked

    monkeypatch.setattr(trials, "simulate_charging", simulate)
    monkeypatch.setattr(trials, "totals", lambda _: (1, 1))
    trial = object.__new__(trials.Trial)
    trial._engine, trial._others = engine, []
    trial.occasions = [Occasion("", None, 1.0)]
    trial._tell, trial._simulated, trial._layouts = (lambda _: None), 0, 0
    trial.case, trial.requests, trial.seed = (lambda *_: None), (lambda *_: None), (lambda *_: 0)
    with pytest.raises(_Asked):
        trial.tables(None, seeds, 1)
    assert asked == [expected]
