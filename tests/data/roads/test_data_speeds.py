"""Speeds and travel times of the tables' roads are those that osmnx gives, to the last digit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import osmnx as ox
import pytest

from data.county import load_county
from data.errors import DataError
from data.roads.graph import build_graph
from data.roads.speeds import add_osm_times, add_table_times
from data.tables.distances import great_circle_m

THREE_TOWNS = Path(__file__).parents[2] / "counties" / "three-towns"


def edges_of(graph):
    return [(edge["speed_kph"], edge["travel_time"]) for _, _, edge in graph.edges(data=True)]


def bare(graph):
    copy = graph.copy()
    for _, _, edge in copy.edges(data=True):
        edge.pop("speed_kph", None)
        edge.pop("travel_time", None)
    return copy


@pytest.mark.parametrize(("name", "year"), [("deqing", 2020), ("deqing", 2030), (THREE_TOWNS, 2025)])
def test_roads_of_a_county_are_rated_as_osmnx_rates_them(name, year):
    graph = build_graph(load_county(name), year=year)
    assert edges_of(graph) == edges_of(add_osm_times(bare(graph)))


@pytest.mark.parametrize("seed", range(5))
def test_missing_speeds_are_filled_as_osmnx_fills_them(seed):
    draw = np.random.default_rng(seed)
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in range(20):
        graph.add_node(str(node), x=111.0 + 0.01 * node, y=23.0)
    for link in range(150):
        ends = map(str, draw.choice(20, 2, replace=False))
        values = {"length": float(draw.uniform(10.0, 9000.0)), "highway": str(draw.choice(["a", "b", "c", "d"]))}
        # no edge of class d has a speed
        if values["highway"] != "d" and draw.random() < 0.6:
            values["maxspeed"] = f"{draw.uniform(20.0, 120.0):g}"
        graph.add_edge(*ends, osmid=str(link), **values)
    assert edges_of(add_table_times(graph.copy())) == edges_of(add_osm_times(graph.copy()))


def test_roads_without_any_speed_are_a_fault():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_edge("a", "b", length=1000.0, highway="primary")
    with pytest.raises(DataError, match="No link of the road graph has a speed"):
        add_table_times(graph)


def test_distances_are_those_of_osmnx():
    lat, lon, other_lat, other_lon = np.random.default_rng(1).uniform(-80.0, 80.0, (4, 50))
    expected = ox.distance.great_circle(lat, lon, other_lat, other_lon)
    assert great_circle_m(lat, lon, other_lat, other_lon).tolist() == expected.tolist()


def test_the_roads_of_the_tables_need_no_osmnx():
    code = (
        "import sys; from data.county import load_county; from data.roads.graph import build_graph;"
        f"build_graph(load_county({str(THREE_TOWNS)!r}), year=2025);"
        "sys.exit(any(name in sys.modules for name in ('osmnx', 'pandas', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
