"""Places that lie elsewhere, and lengths and chainages that contradict coordinates."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from data.tables.county_check import check_county
from data.tables.distances import great_circle_km


def test_a_great_circle():
    frame = pl.DataFrame({"a": [0.0, 113.26], "b": [0.0, 23.13], "c": [180.0, 116.4], "d": [0.0, 39.9]})
    found = frame.select(great_circle_km(*(pl.col(name) for name in "abcd"))).to_series()
    # half of the equator; Guangzhou to Beijing is 1,890 km
    assert found.to_list() == pytest.approx([20015.1, 1890.0], rel=2e-3)
    # a place that is not known has no distance
    none = frame.with_columns(c=pl.lit(None, pl.Float64)).select(great_circle_km(*(pl.col(name) for name in "abcd")))
    assert none.to_series().to_list() == [None, None]


@pytest.mark.parametrize(
    ("file", "old", "new", "row"),
    [
        ("towns.csv", "111.8", "-111.8", 2),
        ("towns.csv", ",23.1,", ",-23.1,", 2),
        ("service_areas.csv", "111.7", "11.17", 2),
        ("places.csv", "111.75", "-68.25", 2),
    ],
)
def test_a_place_on_the_other_side_of_the_world(edit, file, old, new, row):
    found = [fault for fault in check_county(edit(file, old, new)) if "km away" in fault.got]
    assert (found[0].file, found[0].row) == (file, row)
    assert "the middle of the towns" in found[0].expected


def test_a_station_in_the_south_that_should_be_in_the_north(three_towns, tmp_path):
    folder = shutil.copytree(three_towns.path, tmp_path / "county")
    file = folder / "swap_stations.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",30.801", ",-30.801"), encoding="utf-8")
    fault = check_county(folder)[0]
    assert (fault.file, fault.column) == ("swap_stations.csv", "lon")
    assert "lat -30.801" in fault.got


def test_a_road_shorter_than_the_crow_flies(edit):
    fault = check_county(edit("road_links.csv", ",8.5,", ",0.85,"))[0]
    assert (fault.file, fault.row, fault.column, fault.got) == ("road_links.csv", 2, "length_km", "0.85")
    assert "as the crow flies" in fault.expected


def test_a_station_far_from_its_node(edit):
    found = check_county(edit("lng_stations.csv", "quay,50", "quay,-141"))
    assert [(fault.file, fault.column, fault.got) for fault in found] == [("lng_stations.csv", "chainage_km", "-141")]
    assert "the chainage of its node 'quay'" in found[0].expected


def test_chainages_closer_than_coordinates(small):
    file = small / "river_nodes.csv"
    header, row = file.read_text(encoding="utf-8").splitlines()[:2]
    names = header.split(",")
    rows = []
    for node, km, lon, lat in (("quay", "50", "111.7", "23.1"), ("far", "60", "112.7", "23.1")):
        cells = row.split(",")
        for name, text in (("node", node), ("chainage_km", km), ("lon", lon), ("lat", lat)):
            cells[names.index(name)] = text
        rows.append(",".join(cells))
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    fault = check_county(small)[0]
    assert (fault.file, fault.row, fault.got) == ("river_nodes.csv", 3, "60, which is 10 km from quay")
