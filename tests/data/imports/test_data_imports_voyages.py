"""Positions of vessels: read and cleaned with reasons, cut into voyages, transits of locks by day."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from data import DataError, load_county
from data.imports.column_map import ColumnMap
from data.imports.source_file import SourceFile
from data.imports.voyages.position_log import PositionLimits, read_positions
from data.imports.voyages.recorded_voyages import recorded_voyages

LOCKS = [("changzhou", 0.0)]


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


@pytest.fixture
def logged(tmp_path, deqing):
    """Return a function that reads lines of a CSV file."""

    def read(*lines, given=None, **limits):
        path = tmp_path / "ais.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_positions(deqing, SourceFile(path), given or ColumnMap(), PositionLimits(**limits))

    return read


def track(*places):
    """Return positions of one vessel from (hour, km)."""
    rows = [("v", 60.0 * hour, float(km), None, None, None, "") for hour, km in places]
    schema = ["vessel_id", "minute", "chainage_km", "draught_m", "cargo_t", "dwt_t", "where"]
    return pl.DataFrame(rows, schema=schema, orient="row", schema_overrides=dict.fromkeys(schema[3:6], pl.Float64))


def test_positions_of_ais_become_chainages(logged, deqing):
    node = deqing.river_nodes.filter(node="decheng").row(0, named=True)
    log = logged(
        "MMSI,BaseDateTime,LON,LAT,Draft",
        f"413,2025-08-01T06:00:00,{node['lon']},{node['lat']},3.1",
        "413,2025-08-01T08:00:00,112.0,23.13,3.1",
        "413,2025-08-01T09:00:00,113.0,25.0,3.1",
    )
    assert log.first_day == dt.date(2025, 8, 1)
    assert log.positions["minute"].to_list() == [360.0, 480.0]
    assert log.positions["chainage_km"][0] == pytest.approx(99.0, abs=0.01)
    assert 118.0 < log.positions["chainage_km"][1] < 128.0
    assert log.left_out[0].where == "line 4"
    assert log.left_out[0].reason.endswith("km off the river")


def test_what_cannot_be_is_left_out_with_its_reason(logged):
    log = logged(
        "vessel_id,time,chainage_km",
        "a,2025-08-01 06:00,10",
        "a,2025-08-01 06:00,11",
        "a,2025-08-01 07:00,200",
        "a,soon,12",
        "a,2025-08-01 08:00,deep",
        ",2025-08-01 08:00,12",
        "a,2025-08-01 08:00,30",
    )
    assert [(one.where, one.reason) for one in log.left_out] == [
        ("line 5", "the time 'soon' cannot be read"),
        ("line 6", "the chainage 'deep' is no number"),
        ("line 7", "no vessel"),
        ("line 3", "repeats a time of its vessel"),
        ("line 4", "190 km/h from the position before"),
    ]
    assert log.positions["chainage_km"].to_list() == [10.0, 30.0]


def test_a_column_map_names_what_nobody_knows(logged):
    given = ColumnMap({"vessel_id": "schiff", "time": "wann", "chainage_km": "meter"}, {}, {"chainage_km": 0.001})
    log = logged("schiff,wann,meter", "a,2025-08-01 06:00,12000", given=given)
    assert log.positions["chainage_km"].to_list() == [12.0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("vessel_id,chainage_km", "a,1"), "no column for time"),
        (("vessel_id,time,lon", "a,2025-08-01,1"), r"no column for chainage_km \(or lon and lat\)"),
        (("vessel_id,time,chainage_km", "a,never,1"), "none of 1 rows can be taken; the first: line 2, the time"),
        (("vessel_id,time,chainage_km",), "none of 0 rows can be taken; the first: the file has no rows"),
    ],
)
def test_files_that_are_no_log_are_refused(logged, lines, words):
    with pytest.raises(DataError, match=words):
        logged(*lines)


def test_a_river_without_places_needs_chainages(tmp_path, deqing):
    bare = deqing.river_nodes.with_columns(lon=pl.lit(None, pl.Float64))
    path = tmp_path / "ais.csv"
    path.write_text("vessel_id,time,lon,lat\na,2025-08-01,112,23\n", encoding="utf-8")
    with pytest.raises(DataError, match="0 nodes of river_nodes have lon and lat; expected two or more"):
        read_positions(deqing.with_table("river_nodes", bare), SourceFile(path), ColumnMap(), PositionLimits())


def test_a_vessel_that_turns_begins_another_voyage():
    found = recorded_voyages(track((0, 50), (1, 62), (2, 74), (3, 70), (4, 58), (5, 46)), LOCKS).voyages
    assert found.select("depart_min", "from_km", "to_km").rows() == [(0.0, 50.0, 74.0), (120.0, 74.0, 46.0)]


def test_a_vessel_that_stays_has_arrived_and_leaves_again():
    found = recorded_voyages(track((0, 50), (2, 74), (10, 74.3), (20, 74.1), (30, 74.2), (32, 98)), LOCKS).voyages
    assert found.select("depart_min", "from_km", "to_km").rows() == [(0.0, 50.0, 74.0), (1800.0, 74.2, 98.0)]


def test_a_wait_at_a_lock_is_part_of_the_voyage():
    # 12 km/h; from 36 to 2 km above the lock at hour 3, then 30 h of waiting, beyond it at 34
    places = [(0, 38.0), (1, 26.0), (2, 14.0), (3, 2.0), (13, 1.5), (23, 1.2), (33, 1.0), (34, -2.0), (36, -26.0)]
    found = recorded_voyages(track(*places), LOCKS)
    assert found.voyages.select("from_km", "to_km").rows() == [(38.0, -26.0)]
    transit = found.transits.row(0, named=True)
    assert (transit["lock"], transit["direction"]) == ("changzhou", "up")
    assert (transit["arrive_min"], transit["leave_min"], transit["transit_h"]) == (180.0, 2040.0, 31.0)
    # elsewhere 60 km in 5 h: the 4 km at the lock would have taken a third of an hour
    assert transit["wait_h"] == pytest.approx(31.0 - 4.0 / 12.0)
    day = found.lock_days.row(0, named=True)
    assert (day["day"], day["passages"], day["wait_mean_h"]) == (1, 1, transit["wait_h"])


def test_a_gap_ends_a_voyage_and_loads_follow_the_draught():
    table = track((0, 0.5), (2, 24), (80, 100), (82, 124)).with_columns(
        draught_m=pl.Series([2.0, 2.0, 4.0, 4.0]), dwt_t=pl.lit(3000.0)
    )
    found = recorded_voyages(table, []).voyages
    assert found["load_share"].to_list() == [0.0, 1.0]
    assert found["cargo_t"].to_list() == [0.0, 3000.0]
    stated = table.with_columns(cargo_t=pl.lit(1500.0))
    assert recorded_voyages(stated, []).voyages["load_share"].to_list() == [0.5, 0.5]
    assert recorded_voyages(table.clear(), LOCKS).voyages.is_empty()
