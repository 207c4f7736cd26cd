"""Bounds and units of every number of a county: what cannot be is a fault, what is unusual a warning."""

from __future__ import annotations

import itertools
import shutil

import dataframely as dy
import pytest

from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout
from data.schemas.limits import possible
from data.tables.county_check import check_county, inspect_county
from data.tables.plausible import impossible, usual_range

NUMERIC = [
    (name, column, schema.columns()[column])
    for name, schema in (*TABLES.items(), ("layouts/now", Layout))
    for column in schema.columns()
    if isinstance(schema.columns()[column], dy.Float64 | dy.Int64)
]


def test_every_number_has_a_unit_and_both_ends():
    lacking = [
        f"{table}.{name}"
        for table, name, column in NUMERIC
        if not column.metadata.get("unit") or column.min is None or column.max is None
    ]
    assert lacking == []


def test_what_is_usual_is_possible():
    for table, name, column in NUMERIC:
        low, high = usual_range(column) or (column.min, column.max)
        assert column.min <= low < high <= column.max, f"{table}.{name}"


@pytest.mark.parametrize("county", ["deqing", "three_towns"])
def test_counties_at_hand_are_usual(county, request):
    path = "data/deqing" if county == "deqing" else request.getfixturevalue("three_towns").path
    assert inspect_county(request.config.rootpath / path).warnings == []


def with_cell(folder, table, column, text):
    """Replace a cell of the first row of a table."""
    file = folder / f"{table}.csv"
    header, first, *rest = file.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index(column)] = text
    file.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")


# a column of each table is enough here: the bounds of all of them are tested above
SPREAD = [next(columns) for _, columns in itertools.groupby(NUMERIC, key=lambda item: item[0])]


@pytest.mark.parametrize("value", ["1e308", "-1e308", "1e12"])
def test_no_table_takes_what_cannot_be(three_towns, tmp_path, value):
    folder = shutil.copytree(three_towns.path, tmp_path / "county")
    changed = {}
    for table, name, column in SPREAD:
        file = folder / f"{table}.csv"
        if file.exists() and isinstance(column, dy.Float64) and name in file.read_text("utf8").splitlines()[0]:
            with_cell(folder, table, name, value)
            changed[f"{table}.csv"] = name
    assert len(changed) > 15
    found = {(fault.file, fault.column) for fault in check_county(folder) if fault.row == 2}
    assert set(changed.items()) <= found


def test_a_lock_door_of_1e308_minutes(edit):
    fault = next(iter(check_county(edit("locks.csv", ",4,S1", ",1e308,S1"))))
    assert (fault.file, fault.column, fault.got) == ("locks.csv", "door_min", "1e+308")
    assert fault.expected == "a number from 0 to 120 (min)"


@pytest.mark.parametrize(
    ("key", "unit", "value", "expected"),
    [
        ("charging.efficiency_dc", "battery kWh per meter kWh", 0.0, "from 0.05 to 1"),
        ("charging.los_wait_min", "min", -5.0, r"from 0 to 10,080 \(min\)"),
        ("carbon.pkm_to_tkm_road", "tkm per pkm", -1.0, "from 0.001 to 1"),
        ("charging.los_wait_share", "share", 10.0, r"from 0 to 1 \(share\)"),
        ("something.else", "a unit of its own", 1e300, "from -1"),
    ],
)
def test_figures_that_cannot_be(key, unit, value, expected):
    words = impossible(key, unit, value)
    assert words is not None
    with pytest.raises(AssertionError, match=expected):
        raise AssertionError(words)


def test_figures_are_bound_by_key_before_unit():
    assert possible("ebikes.charger_efficiency", "share").low > possible("ebikes.lost_share", "share").low


def test_a_figure_that_cannot_be_names_its_line_and_key(edit):
    fault = next(iter(check_county(edit("figures.csv", "0.92", "-0.92"))))
    assert (fault.file, fault.row, fault.column) == ("figures.csv", 2, "value")
    assert fault.got == "charging.efficiency_dc = -0.92"


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("towns.csv", "50000", "2000000", "residents"),
        ("road_links.csv", ",8.5,", ",149,", "length_km"),
        ("layouts/now.csv", "dc,120,4", "dc,5000,4", "pile_kw"),
    ],
)
def test_unusual_values_are_warnings(edit, file, old, new, column):
    found = inspect_county(edit(file, old, new))
    assert found.faults == []
    assert {(warning.file, warning.column) for warning in found.warnings} == {(file, column)}
    assert all(warning.expected.startswith("usually") for warning in found.warnings)


def test_a_service_area_with_one_side_is_unusual(edit):
    folder = edit("service_areas.csv", "stop-west", "stop-west")
    text = (folder / "service_areas.csv").read_text(encoding="utf-8").splitlines()
    (folder / "service_areas.csv").write_text(
        "\n".join(line for line in text if "stop-west" not in line) + "\n", "utf8"
    )
    # cars of the other side have nowhere to stop, either
    assert [warning.column for warning in inspect_county(folder).warnings] == ["area", "direction"]


def test_through_traffic_that_can_stop_nowhere_is_said(edit):
    folder = edit("service_areas.csv", "S8,east,true", "S8,east,false")
    (warning,) = [one for one in inspect_county(folder).warnings if one.file == "through_traffic.csv"]
    assert (warning.row, warning.column, warning.got) == (2, "direction", "'east'")
    assert "service_areas.csv" in warning.remedy


def test_through_traffic_on_a_road_through_towns_needs_no_service_area(edit):
    folder = edit("service_areas.csv", "S8,east,true", "S8,east,false")
    file = folder / "through_traffic.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("S8,", "G321,"), encoding="utf-8")
    assert not [one for one in inspect_county(folder).warnings if one.file == "through_traffic.csv"]
