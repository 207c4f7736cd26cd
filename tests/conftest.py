"""The county of three towns: another place than Deqing, without a river or through traffic, and quick to simulate."""

import datetime as dt
from pathlib import Path

import pytest

from data import load_county
from experiments.scenario.model import Charging, Scenario

THREE_TOWNS = Path(__file__).parent / "counties" / "three-towns"


@pytest.fixture(scope="session")
def three_towns():
    """Return the county of three towns."""
    return load_county(THREE_TOWNS)


@pytest.fixture(scope="session")
def small_scenario():
    """Return a scenario of the three towns: one day, one replication (less than 1 s)."""
    return Scenario(
        name="three-towns",
        county=str(THREE_TOWNS),
        year=2025,
        start=dt.date(2025, 6, 2),
        days=1,
        replications=1,
        charging=Charging(layout="today"),
    )


@pytest.fixture(scope="session")
def small_toml(tmp_path_factory, small_scenario):
    """Return a file of that scenario, for the command line."""
    file = tmp_path_factory.mktemp("scenarios") / "three-towns.toml"
    file.write_text(
        f'name = "{small_scenario.name}"\ncounty = "{THREE_TOWNS.as_posix()}"\nyear = 2025\nstart = 2025-06-02\n'
        'days = 1\nreplications = 1\ncharging.layout = "today"\n',
        encoding="utf-8",
    )
    return str(file)
