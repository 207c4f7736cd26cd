"""What the tests of stored things share: a cache folder of their own, and a case."""

import pytest

from experiments.runs.plan import prepare


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep things in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def case(small_scenario):
    """Return the case of the three towns."""
    return prepare(small_scenario).case
