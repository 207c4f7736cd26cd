"""A small county with roads: three towns, a bypass of 2026, an expressway with two service areas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

TABLES = Path(__file__).parents[1] / "fixtures" / "roads"


@dataclass(frozen=True)
class SmallCounty:
    """Stand-in with the four tables that the road graph reads."""

    towns: pl.DataFrame
    places: pl.DataFrame
    service_areas: pl.DataFrame
    road_links: pl.DataFrame
    name: str = "small"

    def once_of(self, _tables, _key, build):
        """Build anew: a stand-in keeps nothing."""
        return build()

    def with_table(self, name, frame):
        """Return the county with another content of a table."""
        return replace(self, **{name: frame})


@pytest.fixture(name="county", scope="module")
def fixture_county():
    names = ("towns", "places", "service_areas", "road_links")
    return SmallCounty(**{name: pl.read_csv(TABLES / f"{name}.csv") for name in names})
