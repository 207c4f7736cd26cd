"""One run that the tests of the scorecard and of its sentences share."""

import pytest

from data.county import load_county
from experiments.runs.execute import run
from experiments.scenario.model import Scenario


@pytest.fixture(scope="session")
def result():
    return run(Scenario.load("deqing-2025").with_(days=1), replications=3)


@pytest.fixture(scope="session")
def county():
    return load_county("deqing")
