"""A run of the three towns that the tests of the report share."""

import pytest

from experiments.runs.execute import run


@pytest.fixture(scope="session")
def small_run(small_scenario):
    """Return a run of the three towns: one day, one replication."""
    return run(small_scenario)
