"""Weeks simulated in other processes show what they show here; what is known is not simulated again."""

import numpy as np
import pytest

from charging.sizing import SCREEN, SEARCH
from data.goals import Goal
from experiments.sizing import size
from experiments.sizing.stations import simulated_weeks
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.trial import FRESH, Trial
from experiments.sizing.targets import shown_of
from experiments.statistics.measures import MEASURES

MEASURED = ("not_in_time_share", "unserved_share", "peak_kw")


class Elsewhere:
    """Computes pieces as another process does, from their texts, and the last one first."""

    def map(self, work, items):
        for item in reversed(items):
            yield work(item)


@pytest.fixture(scope="module")
def scenario(small_scenario):
    return small_scenario.with_(replications=4)


@pytest.fixture(scope="module")
def weeks(scenario):
    return occasions_of(scenario, holidays=True)[:2]


def test_another_process_shows_the_same(weeks):
    layout = weeks[0].case.layout
    here, there = Trial(weeks, MEASURED), Trial(weeks, MEASURED, executor=Elsewhere())
    assert there.evaluate(layout, SEARCH) == here.evaluate(layout, SEARCH)
    measure = MEASURES["unserved_share"]
    two = {"a": layout, "b": layout.head(2)}
    assert there.samples(two, measure, 1, 3, seeds=FRESH) == here.samples(two, measure, 1, 3, seeds=FRESH)


def test_a_sizing_in_processes_finds_the_same(scenario):
    asked = {"target": "late_share<=0.3", "replications": 2}
    here, there = size("charging", scenario, **asked), size("charging", scenario, **asked, executor=Elsewhere())
    assert there.answer.equals(here.answer)
    assert there.frontier.equals(here.frontier)
    assert there.says == here.says


def test_the_first_few_of_the_search_are_simulated_once(weeks, monkeypatch):
    simulate, asked = simulated_weeks.simulate_charging, []

    def counted(*given, **options):
        asked.append(options["seed"])
        return simulate(*given, **options)

    monkeypatch.setattr(simulated_weeks, "simulate_charging", counted)
    trial = Trial(weeks[:1], MEASURED)
    layout = weeks[0].case.layout
    trial.evaluate(layout, SCREEN)
    assert len(asked) == trial.count(SCREEN) == 3
    trial.evaluate(layout, SEARCH)
    trial.evaluate(layout, SEARCH)
    assert len(asked) == len(set(asked)) == trial.count(SEARCH) == 4
    alike = trial.sample(layout, MEASURES["peak_kw"], 0, 4)
    assert len(asked) == 4
    assert sum(alike) / 4 == pytest.approx(trial.evaluate(layout, SEARCH).measures["peak_kw"].value)


@pytest.mark.parametrize("count", [4, 5, 6])
def test_what_the_first_three_miss_all_of_them_miss(count):
    for shares in np.random.default_rng(count).beta(0.4, 4.0, (200, count)).tolist():
        goal = Goal("unserved_share", "<=", sum(shares[:3]) / 3.0 - 1e-9)
        assert not goal.met(shown_of("unserved_share", shares))
