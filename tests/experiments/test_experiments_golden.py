"""What a run of the three towns says stays as it is, until `make golden` writes it anew and the diff is read."""

import pytest

SHOWN = 80
"""Rows of a table that are kept, the first ones."""
TABLES = (
    "scorecard",
    "facts",
    "access",
    "carbon",
    "depot_loads",
    "duties",
    "ebikes",
    "energy_balance",
    "freight",
    "grid",
    "homes",
    "hosting",
    "managed",
    "operator_fleets",
    "outlook",
    "ownership",
    "petroleum",
    "preview",
    "projects",
    "reach",
    "remedies",
    "signals",
    "start_ways",
    "swapping",
    "target_paths",
    "town_load",
)
"""Of every model that a run asks, by name."""


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_three_towns(small_run, golden, name):
    table = small_run.tables[name]
    assert len(table) > 0
    golden(f"experiments_{name}", table.head(SHOWN))


def test_no_table_with_rows_is_forgotten(small_run):
    # what the tests of single packages hold, what a run is given, and draws
    elsewhere = {"sessions", "visits", "load", "stations", "checks", "layout", "travel", "stock", "pull"}
    # draws, and what moves with every row that is added to the figures
    draws = {"answer_draws", "assumption_draws", "assumptions", "flips"}
    assert {name for name, table in small_run.tables.items() if len(table)} == {*TABLES, *elsewhere, *draws}
