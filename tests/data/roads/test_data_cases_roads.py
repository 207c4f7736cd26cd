"""Maps as they come (cases C07, C08, C09, C18): hand-made maps whose times are known in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from data.errors import DataError
from data.roads.osm import fetch_roads, load_roads
from data.roads.travel_times import travel_matrix
from data.tables.county_check import check_county

KM_PER_DEGREE = math.radians(1.0) * 6371.009


@dataclass(frozen=True)
class MapCounty:
    """Stand-in with the four tables that the road graph reads."""

    towns: pl.DataFrame
    road_links: pl.DataFrame
    places: pl.DataFrame
    service_areas: pl.DataFrame
    name: str = "map"

    def once(self, _key, build):
        """Build anew: a stand-in keeps nothing."""
        return build()


def county_of(**towns):
    """Return a county whose roads are of one class of 50 km/h."""
    names = {"name_en": pl.String, "name_zh": pl.String, "kind": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    table = [{"town": town, "name_en": town, "kind": "town", "lon": x, "lat": y} for town, (x, y) in towns.items()]
    sites = {"expressway": pl.String, "direction": pl.String, "in_county": pl.Boolean, "area": pl.String}
    return MapCounty(
        towns=pl.DataFrame(table, schema={"town": pl.String, **names}),
        road_links=pl.DataFrame({"highway": ["secondary"], "maxspeed_km_h": [50.0]}),
        places=pl.DataFrame(schema={"place": pl.String, **names}),
        service_areas=pl.DataFrame(schema={"site": pl.String, **names, **sites}),
    )


def roads_of(tmp_path, county, nodes, *ways, **options):
    """Write a map of nodes (id: lon, lat) and ways (nodes, tags), and fetch the county's roads from it."""
    lines = [f'<node id="{node}" lon="{x}" lat="{y}"/>' for node, (x, y) in nodes.items()]
    for number, (stops, tags) in enumerate(ways, 1):
        kinds = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<way id="{number}">' + "".join(f'<nd ref="{node}"/>' for node in stops) + kinds + "</way>")
    file = tmp_path / "map.osm"
    file.write_text('<osm version="0.6">' + "".join(lines) + "</osm>", encoding="utf-8")
    return fetch_roads(county, tmp_path / "roads.graphml", osm_file=file, **options)


def ways_to(county, snapshot, **station):
    """Return minutes and km from each town to one station."""
    layout = pl.DataFrame([{"station_id": "mid", "town": None, "lon": None, "lat": None, **station}])
    frame = travel_matrix(county, layout, year=2025, graph=load_roads(snapshot.path))
    return {origin: (minutes, km) for origin, _, minutes, km in frame.iter_rows()}


ROAD = {"highway": "secondary", "maxspeed": "50"}
LINE = {1: (111.5, 23.1), 2: (111.55, 23.1), 3: (111.6, 23.1)}
HALF_KM = 0.05 * KM_PER_DEGREE * math.cos(math.radians(23.1))


@pytest.fixture(name="straight")
def fixture_straight(tmp_path):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.1))
    return county, roads_of(tmp_path, county, LINE, ((1, 2, 3), ROAD))


@pytest.mark.parametrize("town", ["a", "b", None])
def test_c07_a_station_on_the_road_is_reached_along_the_road_whatever_its_town(straight, town):
    county, snapshot = straight
    found = ways_to(county, snapshot, town=town, lon=111.55, lat=23.1)
    assert found["b"] == pytest.approx((6.14, 5.11), abs=0.01)
    assert found["a"] == pytest.approx((HALF_KM / 50 * 60, HALF_KM), rel=1e-4)


def test_c07_a_station_off_the_road_adds_its_own_way(straight):
    county, snapshot = straight
    found = ways_to(county, snapshot, lon=111.525, lat=23.11)
    off = 0.01 * KM_PER_DEGREE
    # the only class of road is of 50 km/h: so is the straight line
    assert found["a"] == pytest.approx(((0.5 * HALF_KM + off) / 50 * 60, 0.5 * HALF_KM + off), rel=1e-3)
    assert found["b"][1] == pytest.approx(1.5 * HALF_KM + off, rel=1e-3)


def test_c07_between_two_stations_on_one_road_nobody_drives_to_its_end(straight):
    county, snapshot = straight
    layout = pl.DataFrame({"station_id": ["p", "q"], "town": ["a", "a"], "lon": [111.54, 111.56], "lat": [23.1, 23.1]})
    frame = travel_matrix(county, layout, year=2025, graph=load_roads(snapshot.path))
    kms = {(origin, station): km for origin, station, _, km in frame.iter_rows()}
    assert kms["p", "q"] == pytest.approx(0.4 * HALF_KM, rel=1e-3)
    assert kms["q", "p"] == pytest.approx(0.4 * HALF_KM, rel=1e-3)
    assert kms["a", "q"] == pytest.approx(1.2 * HALF_KM, rel=1e-3)


def test_c07_on_a_one_way_road_the_way_back_goes_round(tmp_path):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.1))
    nodes = {**LINE, 4: (111.55, 23.2)}
    single = {**ROAD, "oneway": "yes"}
    snapshot = roads_of(tmp_path, county, nodes, ((1, 2, 3), single), ((3, 4, 1), single))
    found = ways_to(county, snapshot, lon=111.55, lat=23.1)
    round_km = 2 * math.hypot(HALF_KM, 0.1 * KM_PER_DEGREE)
    assert found["a"][1] == pytest.approx(HALF_KM, rel=1e-3)
    assert found["b"][1] == pytest.approx(round_km + HALF_KM, rel=1e-3)


def test_c07_a_station_without_coordinates_stands_in_its_town(straight):
    county, snapshot = straight
    assert ways_to(county, snapshot, town="a")["a"] == (0.0, 0.0)


def test_c08_a_station_far_from_every_road_of_the_map_is_refused(straight):
    county, snapshot = straight
    with pytest.raises(DataError, match=r"'mid' lies \d+ km from the nearest road: check lon and lat"):
        ways_to(county, snapshot, town="a", lon=111.55, lat=23.3)


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (113.26, 23.13), (30.8, 105.0 - 90.0)])
def test_c08_a_station_far_from_its_town_is_refused(three_towns, lon, lat):
    layout = three_towns.layout("today").with_columns(lon=pl.lit(lon), lat=pl.lit(lat))
    with pytest.raises(DataError, match=r"'anping-a' lies [0-9]+ km from its town 'anping': check lon and lat"):
        travel_matrix(three_towns, layout, year=2025)


def test_c08_county_check_names_it(edit):
    folder = edit("layouts/now.csv", "630,,,,2025", "630,,0,0,2025")
    faults = check_county(folder)
    assert [(fault.file, fault.row, fault.column) for fault in faults] == [("layouts/now.csv", 2, "lon")]
    assert faults[0].got == "0 N 0 E, 12,217 km from 'north'"


@pytest.mark.parametrize("speed", ["0", "9999", "0.5", "-50", "201", "none", "CN:rural"])
def test_c09_what_is_no_speed_leaves_the_speed_of_the_class(tmp_path, speed):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.1))
    tags = {"highway": "secondary", "maxspeed": speed}
    snapshot = roads_of(tmp_path, county, LINE, ((1, 3), tags))
    assert ways_to(county, snapshot, town="a")["b"] == pytest.approx((2 * HALF_KM / 50 * 60, 2 * HALF_KM), rel=1e-4)


@pytest.mark.parametrize(
    ("speed", "kph"), [("40 mph", 64.37), ("30", 30.0), ("50|60", 55.0), ("7", 7.0), ("160", 160.0)]
)
def test_c09_real_speeds_stay(tmp_path, speed, kph):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.1))
    snapshot = roads_of(tmp_path, county, LINE, ((1, 3), {"highway": "secondary", "maxspeed": speed}))
    assert ways_to(county, snapshot, town="a")["b"][0] == pytest.approx(2 * HALF_KM / kph * 60, rel=1e-3)


def test_c09_an_absurd_speed_is_not_in_the_mean_of_its_class(tmp_path):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.1))
    county = MapCounty(**{**county.__dict__, "road_links": county.road_links.clear()})
    ways = [((1, 2), {"highway": "secondary", "maxspeed": "9999"}), ((2, 3), ROAD)]
    snapshot = roads_of(tmp_path, county, LINE, *ways)
    assert ways_to(county, snapshot, town="a")["b"][0] == pytest.approx(2 * HALF_KM / 50 * 60, rel=1e-3)


def test_c18_long_straight_lines_and_roads_that_nothing_joins_are_named(tmp_path):
    county = county_of(a=(111.5, 23.1), b=(111.6, 23.16))
    nodes = {**LINE, 4: (111.6, 23.16), 5: (111.61, 23.16)}
    snapshot = roads_of(tmp_path, county, nodes, ((1, 2, 3), ROAD), ((4, 5), ROAD), margin_km=10.0)
    assert snapshot.long_connectors == {"b": pytest.approx(0.06 * KM_PER_DEGREE, rel=1e-3)}
    assert snapshot.cut_off == ("b",)
    assert '"cut_off": [\n    "b"' in Path(f"{snapshot.path}.json").read_text(encoding="utf-8")


def test_c18_a_joined_road_is_not_named(straight):
    snapshot = straight[1]
    assert (snapshot.long_connectors, snapshot.cut_off) == ({}, ())
