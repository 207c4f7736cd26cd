"""The map: what lies on it, how symbols and names keep apart, its layers, its day and its cards."""

import dataclasses
import math

import numpy as np
import polars as pl
import pytest

from data.arrays import present
from experiments.report.county_map import county_map, map_layers, plane
from experiments.report.county_map.drawing import map_payload
from experiments.report.county_map.places_drawn import area_name, outline_rings
from experiments.report.language import translator
from experiments.report.words.place_names import PlaceNames

ENGLISH = translator("en")


def drawn(run, *, river=True):
    names = PlaceNames(run.county, "en", ENGLISH)
    made = (run.county, run.tables["layout"], run.tables["stations"], names, ENGLISH)
    figure = county_map(*made, river=river, homes=run.tables["homes"]).plotly()
    return {trace.meta or trace.name: trace for trace in figure.data}


def test_towns_grow_with_their_residents_and_stations_with_their_guns(run_by_hand):
    run = run_by_hand()
    traces = drawn(run)
    towns = run.county.towns
    largest = int(towns["residents"].arg_max())
    sizes = traces["towns"].marker.size
    assert sizes[largest] == max(sizes)
    other = towns["town"].to_list().index("xinxu")
    ratio = towns["residents"][other] / towns["residents"][largest]
    assert sizes[other] / sizes[largest] == pytest.approx(math.sqrt(ratio))
    assert {"roads", "river", "cargo terminals", "LNG stations" if "lng" not in traces else "lng"} <= set(traces)


@pytest.mark.parametrize("column", ["lon", "lat"])
def test_a_point_of_the_river_that_nobody_placed_is_left_out(run_by_hand, column):
    run = run_by_hand()
    nodes = run.county.river_nodes
    one = pl.int_range(pl.len()) == nodes.height // 2
    run.county = run.county.with_table("river_nodes", nodes.with_columns(pl.when(~one).then(column).alias(column)))
    assert len(drawn(run)["river"].x) == len(drawn(run_by_hand())["river"].x) - 1


def test_stations_at_one_place_are_drawn_apart(run_by_hand):
    stations = drawn(run_by_hand())["stations"]
    assert math.dist(*zip(stations.x, stations.y, strict=True)) > 0.5


def test_spread_leaves_the_first_and_what_stands_alone():
    points = [(0.0, 0.0), (0.1, 0.0), (5.0, 5.0), (0.0, 0.1)]
    found = plane.spread(points, 1.0)
    assert found[0] == points[0]
    assert found[2] == points[2]
    apart = [math.dist(one, other) for at, one in enumerate(found) for other in found[:at]]
    assert min(apart) > 0.95


def test_names_lie_neither_on_each_other_nor_on_symbols():
    spots = [plane.Spot((0.0, 0.0), "Anping", 13.0), plane.Spot((1.0, 0.0), "安平镇", 13.0)]
    places = plane.labelled(spots, [((0.0, -1.0), 6.0)], 10.0)
    assert places[0] == "top center"
    assert places[1] not in {None, "top center"}
    crowd = [plane.Spot((0.0, 0.0), "Anping", 13.0)] * 20
    assert plane.labelled(crowd, [], 10.0).count(None) >= 12


def test_degrees_and_km_are_inverse(run_by_hand):
    flat = plane.Plane.of(run_by_hand().county)
    assert flat.degrees(*flat.km(112.0, 23.4)) == pytest.approx((112.0, 23.4))


def test_the_border_is_the_countys_or_the_hull_of_its_towns(run_by_hand):
    county = run_by_hand().county
    flat = plane.Plane.of(county)
    (hull,), given = outline_rings(county, flat)
    assert not given
    xs, ys = zip(*hull, strict=True)
    for lon, lat in county.towns.select("lon", "lat").iter_rows():
        x, y = flat.km(lon, lat)
        assert min(xs) < x < max(xs)
        assert min(ys) < y < max(ys)
    corners = [(1, 2, 112.0, 23.0), (1, 1, 111.6, 23.0), (1, 3, 111.8, 23.4)]
    outline = pl.DataFrame(corners, schema=["ring", "corner", "lon", "lat"], orient="row")
    bordered = dataclasses.replace(county, tables={**county.tables, "outline": outline})
    (ring,), given = outline_rings(bordered, flat)
    assert given
    assert ring[0] == flat.km(111.6, 23.0)
    assert len(ring) == 3


def test_a_station_without_coordinates_stands_at_its_area_or_town(run_by_hand):
    run = run_by_hand()
    layout = run.tables["layout"].with_columns(lon=pl.lit(None, pl.Float64), lat=pl.lit(None, pl.Float64))
    table = map_layers.stations_on_map(run.county, layout, run.tables["stations"])
    where = {row["station_id"]: (row["lon"], row["lat"]) for row in table.iter_rows(named=True)}
    town = run.county.towns.filter(town="decheng").select("lon", "lat").row(0)
    site = run.county.service_areas.filter(site="bozhi-sa-east").select("lon", "lat").row(0)
    assert where == {"decheng-1": town, "bozhi-sa-east": site}


def test_layers_say_use_waits_losses_cost_minutes_and_headroom(run_by_hand):
    run = run_by_hand()
    names = PlaceNames(run.county, "en", ENGLISH)
    told = map_payload(run, names, ENGLISH, river=True)
    layers = {layer["key"]: layer for layer in told["layers"]}
    assert list(layers) == [
        "use_percent",
        "wait_p95_min",
        "turned_away_percent",
        "cny_per_kwh",
        "minutes",
        "headroom",
    ]
    assert layers["use_percent"]["values"] == [25.0, 25.0]
    # two replications, each with 1 of 1.5 arrivals gone
    assert layers["turned_away_percent"]["values"] == [pytest.approx(66.67)] * 2
    assert layers["cny_per_kwh"]["values"] == [pytest.approx(3.0 / 3.5, abs=0.01)] * 2
    assert layers["minutes"]["values"] == [2.5, 19.0]
    assert (layers["minutes"]["low"], layers["minutes"]["high"]) == (0.0, 20.0)
    towns = run.county.towns["town"].to_list()
    assert [town for town, left in zip(towns, layers["headroom"]["values"], strict=True) if left is not None] == [
        "decheng"
    ]


def test_the_day_counts_guns_queues_tanks_and_vessels(run_by_hand):
    run = run_by_hand()
    names = PlaceNames(run.county, "en", ENGLISH)
    day = map_payload(run, names, ENGLISH, river=True)["day"]
    at = day["times"].index("08:15")  # minute 495: the second of the served waits until 500
    assert day["guns"][at][0] == 1
    assert day["waiting"][at] == [2, 0]
    assert day["guns"][day["times"].index("08:30")][0] == 2
    assert day["said"][at] == (
        "guns in use: 1, drivers who wait: 2; vessels that bunker LNG: 0, that wait for it: 0; "
        "vessels under way: 33, waiting at the locks: 7"
    )
    assert "bunker LNG: 1, that wait for it: 0" in day["said"][day["times"].index("00:30")]
    assert day["date"] == str(run.scenario.start)


def test_a_place_has_a_card_with_its_figures(run_by_hand):
    run = run_by_hand()
    told = map_payload(run, PlaceNames(run.county, "zh", translator("zh")), translator("zh"), river=False)
    card = told["cards"]["stations"][0]
    assert card["title"].startswith("德城街道")
    assert dict(card["lines"])["充电枪在用"] == "25 %"
    assert len(told["cards"]["towns"]) == run.county.towns.height
    assert told["lng"] == []


def test_the_map_of_a_county_without_river_or_areas(small_run):
    names = PlaceNames(small_run.county, "en", ENGLISH)
    told = map_payload(small_run, names, ENGLISH, river=False)
    assert {layer["key"] for layer in told["layers"]} >= {"use_percent", "minutes"}
    total = np.sum(told["day"]["guns"], axis=1)
    assert total.max() >= 1
    assert "vessels" not in told["day"]["said"][0]
    assert "river" not in drawn(small_run, river=False)


def test_present_counts_who_has_begun_and_not_ended():
    rows = pl.DataFrame({"a": [0.0, 5.0, None, 7.0], "b": [5.0, 6.0, None, None]})
    assert present(rows, "a", "b", np.array([0.0, 5.0, 6.0, 9.0])).tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("Bozhi service area, eastbound", "Bozhi service area"),
        ("播植服务区（东行）", "播植服务区"),
        ("播植服务区 (东行)", "播植服务区"),
    ],
)
def test_an_area_is_named_without_its_side(name, area):
    assert area_name(name) == area
