"""The waterway: lengths, currents both ways, times between chainages, and its faults."""

from __future__ import annotations

import datetime as dt

import networkx as nx
import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from shipping import waterway
from shipping.river.reaches import Reaches


def test_edges_go_both_ways_with_the_current_of_the_month(county):
    graph = waterway(county, month=6)
    assert graph["decheng"]["jiushi"]["length_km"] == pytest.approx(21.0, rel=1e-12)
    assert graph["decheng"]["jiushi"]["current_km_h"] == 4.5
    assert graph["jiushi"]["decheng"]["current_km_h"] == -4.5
    assert graph["jiushi"]["decheng"]["direction"] == "up"
    assert graph.number_of_edges() == 2 * (graph.number_of_nodes() - 1)
    assert graph.nodes["yuecheng"]["chainage_km"] == 141.0


def test_start_takes_its_month_and_neither_takes_the_mean(county):
    assert waterway(county, start=dt.date(2025, 6, 30))["lock"]["wuzhou"]["current_km_h"] == 4.5
    mean = waterway(county)["lock"]["wuzhou"]["current_km_h"]
    assert mean == pytest.approx(30.5 / 12.0, rel=1e-12)


def test_hours_between_any_chainages_are_exact(line):
    reaches = Reaches.from_graph(line([0.0, 10.0, 40.0], current_km_h=2.0))
    assert reaches.hours(0.0, 40.0, 10.0) == pytest.approx(40.0 / 12.0, rel=1e-12)
    assert reaches.hours(25.0, 5.0, 10.0) == pytest.approx(20.0 / 8.0, rel=1e-12)
    assert reaches.hours([0.0, 7.0], [7.0, 7.0], 10.0).tolist() == pytest.approx([7.0 / 12.0, 0.0])


def test_wrong_questions_are_refused(county):
    with pytest.raises(ScenarioError, match="expected one of them"):
        waterway(county, month=3, start=dt.date(2025, 3, 1))
    with pytest.raises(ScenarioError, match="month: got 13"):
        waterway(county, month=13)


def test_a_reach_without_length_is_named(county, with_table):
    nodes = county.river_nodes.with_columns(
        chainage_km=pl.when(pl.col("node") == "jiushi").then(99.0).otherwise("chainage_km")
    )
    with pytest.raises(DataError, match="reach 'decheng' to 'jiushi': got length 0 km"):
        waterway(with_table(county, "river_nodes", nodes))


def test_a_current_as_fast_as_a_class_names_reach_and_class(county, with_table):
    classes = county.vessel_classes.with_columns(
        water_speed_km_h=pl.when(pl.col("vessel_class") == "d1500").then(4.5).otherwise("water_speed_km_h")
    )
    with pytest.raises(DataError, match=r"reach 'guigang' to 'lock' upstream: .* vessel class 'd1500'"):
        waterway(with_table(county, "vessel_classes", classes), month=6)


def test_graphs_that_are_no_line_are_refused(line):
    with pytest.raises(DataError, match="got 0 nodes"):
        Reaches.from_graph(nx.DiGraph())
    graph = line([0.0, 10.0, 40.0])
    graph.remove_edge("km10", "km0")
    with pytest.raises(DataError, match="no reach from 'km10' to 'km0'"):
        Reaches.from_graph(graph)


@pytest.mark.parametrize("depth", [-1.0, 0.0])
def test_water_without_depth_is_one_message(line, depth):
    graph = line([0.0, 10.0])
    graph.edges["km0", "km10"]["depth_m"] = depth
    with pytest.raises(DataError, match=rf"reach 'km0' to 'km10': got depth_m {depth:g}; expected more than 0"):
        Reaches.from_graph(graph)
