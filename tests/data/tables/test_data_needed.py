"""Emptied tables, misspelt files and rows that another table needs: a fault each, that names the file."""

from __future__ import annotations

import shutil

import pytest

from data.schemas.catalogue import TABLES
from data.tables.county_check import check_county
from data.tables.needed import MAY_BE_EMPTY, check_files


def faults_of(folder, file):
    """Return what is wrong with a file."""
    return [fault for fault in check_county(folder) if fault.file == file]


def emptied(folder, table):
    """Leave only the header of a table."""
    file = folder / f"{table}.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    return folder


def test_every_emptied_table_is_a_fault(tmp_path):
    for table, schema in TABLES.items():
        (tmp_path / f"{table}.csv").write_text(",".join(schema.column_names()) + "\n", encoding="utf-8")
    found = [fault.file for fault in check_county(tmp_path) if fault.got == "a header and no rows"]
    assert found == [f"{table}.csv" for table in TABLES if table not in MAY_BE_EMPTY]


def test_an_emptied_table_says_what_else_helps(small):
    remedy = faults_of(emptied(small, "lng_stations"), "lng_stations.csv")[0].remedy
    assert "for a county without the river, remove river_nodes.csv, river_months.csv" in remedy
    (small / "swap_stations.csv").write_text(",".join(TABLES["swap_stations"].column_names()) + "\n")
    assert "Or remove swap_stations.csv" in faults_of(small, "swap_stations.csv")[0].remedy


@pytest.mark.parametrize("table", sorted(MAY_BE_EMPTY))
def test_a_county_may_have_no_places_and_no_projects(small, table):
    assert not [fault for fault in faults_of(emptied(small, table), f"{table}.csv") if "no rows" in fault.got]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("river_reach.csv", "river_reaches"), ("swap_station.csv", "swap_stations"), ("Town_Grid.csv", "town_grid")],
)
def test_a_misspelt_file_is_a_fault_with_the_nearest_name(tmp_path, wrong, right):
    (tmp_path / wrong).write_text("a,b\n1,2\n", encoding="utf-8")
    assert next(check_files(tmp_path)).remedy.endswith(f"Did you mean '{right}'?")


def test_other_endings_and_folders_are_found_and_hidden_files_are_not(small):
    assert [*check_files(small)] == []
    (small / "towns.CSV").write_text("x\n", encoding="utf-8")
    (small / ".~lock.towns.csv").write_text("x\n", encoding="utf-8")
    (small / "layouts" / "even.CSV").write_text("x\n", encoding="utf-8")
    (small / "layout").mkdir()
    (small / "layout" / "later.csv").write_text("x\n", encoding="utf-8")
    assert [fault.file for fault in check_county(small)] == ["layout/", "towns.CSV", "layouts/even.CSV"]


def without(folder, file, start):
    """Remove the rows of a table that begin with a text."""
    text = (folder / file).read_text(encoding="utf-8").splitlines()
    kept = [row for row in text if not row.startswith(start)]
    assert 1 < len(kept) < len(text)
    (folder / file).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return folder


OF_THREE_TOWNS = [
    ("survival.csv", "bus,", "no row for vehicle_class 'bus'"),
    ("charging_access.csv", "bus,", "no row for vehicle_class 'bus'"),
    ("ev_models.csv", "taxi,", "no row for vehicle_class 'taxi'"),
    ("energy_use.csv", "bus,bev,", "no row for vehicle_class 'bus', power 'bev'"),
    ("profiles.csv", "residential_ac,", "no row for profile 'residential_ac'"),
    ("profiles.csv", "bus_depot,", "no row for profile 'bus_depot'"),
    ("profiles.csv", "ebike,", "no row for profile 'ebike'"),
    ("purchase_tax.csv", "nev_car,", "no row for tax_group 'nev_car'"),
    ("town_grid.csv", "liuhe,", "no row for town 'liuhe'"),
    ("private_chargers.csv", "any,work,", "no row for vehicle_class 'private_car', place 'work'"),
    ("profiles.csv", "town_base,", "no row for profile 'town_base'"),
    ("road_classes.csv", "secondary,", "no row for highway 'secondary'"),
    ("vehicle_costs.csv", "tractor,bev,", "no row for vehicle_class 'tractor', power 'bev'"),
    ("pv_months.csv", "12,", "no row for month 12"),
]


def test_rows_that_another_table_needs(three_towns, tmp_path):
    folder = shutil.copytree(three_towns.path, tmp_path / "county")
    for file, start, _ in OF_THREE_TOWNS:
        without(folder, file, start)
    found = {(fault.file, fault.got) for fault in check_county(folder)}
    assert {(file, got) for file, _, got in OF_THREE_TOWNS} <= found


def test_rows_that_through_traffic_needs(small):
    asked = [
        ("through_traffic.csv", "S8,west", "no row for road 'S8', year 2025, direction 'west'"),
        ("charging_behaviour.csv", "through,", "no row for vehicle_class 'through'"),
    ]
    for file, start, _ in asked:
        without(small, file, start)
    assert {(fault.file, fault.got) for fault in check_county(small)} == {(file, got) for file, _, got in asked}


def test_a_fuel_needs_a_factor_of_its_mode(edit):
    folder = edit("fuel_factors.csv", "petrol,road", "petrol,ship")
    assert "no row for fuel 'petrol' with mode 'road'" in faults_of(folder, "fuel_factors.csv")[0].got
