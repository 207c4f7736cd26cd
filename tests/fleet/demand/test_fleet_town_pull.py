"""The pull of towns on each other as a table: it says what the matrix says, and stands in for the roads."""

import copy
from datetime import date

import pytest

import fleet
from fleet.demand import town_pull
from fleet.demand.town_pull import gravity, pull_matrix, pull_table

YEAR = 2025


def test_the_table_is_the_matrix_with_names(three_towns):
    table = pull_table(three_towns, year=YEAR)
    expected = gravity(three_towns, year=YEAR)
    assert (pull_matrix(table) == expected).all()
    towns = three_towns.towns["town"].to_list()
    one = table.filter(origin=towns[0], destination=towns[2])["pull"].item()
    assert one == expected[0, 2] > 0.0


def test_who_has_the_table_needs_no_roads(three_towns, monkeypatch):
    asked = {"year": YEAR, "start": date(YEAR, 6, 2), "days": 2, "seed": 7}
    stock, table = fleet.stock(three_towns), pull_table(three_towns, year=YEAR)
    expected = fleet.vehicle_days(three_towns, stock, **asked).requests
    fresh = copy.copy(three_towns)  # with nothing built yet
    monkeypatch.setattr(town_pull, "gravity", lambda *_, **__: pytest.fail("built roads"))
    assert fleet.vehicle_days(fresh, stock, pull=table, **asked).requests.equals(expected)
    assert expected.height > 0
