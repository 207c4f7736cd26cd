"""The road graph of a small county: three towns, a bypass of 2026, an expressway with two service areas."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import networkx as nx
import osmnx as ox
import polars as pl
import pytest

from data.errors import DataError
from data.roads.graph import build_graph, graph_digest, load_graph, save_graph, slowest_class_kph
from data.roads.speeds import add_osm_times


def with_links(county, **columns):
    return replace(county, road_links=county.road_links.with_columns(**columns))


def when(link, column, value):
    return pl.when(pl.col("link_id") == link).then(value).otherwise(pl.col(column))


def links_of(graph):
    return {edge["osmid"] for _, _, edge in graph.edges(data=True)}


def test_graph_has_the_conventions_of_osmnx(county):
    graph = build_graph(county, year=2025)
    assert graph.graph["crs"] == "epsg:4326"
    assert graph.nodes["alder"] == {
        "x": 111.0,
        "y": 23.0,
        "name": "Alder",
        "name_zh": "甲镇",
        "kind": "seat",
        "table": "towns",
    }
    edge = graph.edges["alder", "birch", 0]
    assert edge == {
        "osmid": "river-road",
        "length": 12000.0,
        "highway": "primary",
        "maxspeed": "60",
        "lanes": "2",
        "oneway": False,
        "ref": "G9",
        "name": "Alder–Birch",
        "reversed": False,
        "speed_kph": 60.0,
        "travel_time": pytest.approx(720.0),
    }
    nodes, edges = ox.convert.graph_to_gdfs(graph)
    assert len(nodes) == 13
    assert len(edges) == 4 * 2 + 7 + 4 * 2 - 2  # two-way roads (the bypass is not open), chain, ramps
    assert ox.routing.shortest_path(graph, ["alder"], ["cedar"], weight="travel_time")[0][0] == "alder"


def test_roads_stay_known_where_only_residents_move(three_towns):
    graph, towns = build_graph(three_towns, year=2025), three_towns.towns
    more = three_towns.with_table("towns", towns.with_columns(residents=pl.col("residents") + 1))
    assert build_graph(more, year=2025) is graph
    moved = three_towns.with_table("towns", towns.with_columns(lon=pl.col("lon") + 0.01))
    town = towns["town"][0]
    assert build_graph(moved, year=2025).nodes[town]["x"] == pytest.approx(graph.nodes[town]["x"] + 0.01)


def test_what_opens_later_leaves_the_graph_of_a_year_as_it_was(three_towns):
    links = three_towns.road_links
    new = links.with_columns(link_id="new-" + pl.col("link_id"), opened_year=pl.lit(2030, links.schema["opened_year"]))
    later, latest = (
        three_towns.with_table(
            "road_links", pl.concat([links, new.with_columns(opened_year=pl.col("opened_year") + more)])
        )
        for more in (0, 2)
    )
    assert build_graph(later, year=2025) is build_graph(latest, year=2025)
    # open in the one and not yet in the other
    opened, not_yet = (links_of(build_graph(county, year=2031)) for county in (later, latest))
    assert opened - not_yet == set(new["link_id"])
    assert not_yet == links_of(build_graph(three_towns, year=2031))
    assert build_graph(later, year=2032) is build_graph(latest, year=2032)


def test_every_place_is_a_node_even_without_a_road(county):
    assert build_graph(county, year=1990).degree("oak-east") == 0


def test_a_two_way_link_has_a_reversed_edge_and_a_one_way_link_has_none(county):
    graph = build_graph(county, year=2025)
    assert graph.edges["birch", "alder", 0]["reversed"] is True
    assert graph.has_edge("oak-east", "pine-east")
    assert not graph.has_edge("pine-east", "oak-east")


@pytest.mark.parametrize(
    ("year", "open_links", "closed_links"),
    [
        (1999, {"old-road"}, {"hill-road", "bypass", "s1-e1"}),
        (2019, {"old-road", "hill-road", "s1-e1"}, {"bypass"}),
        (2020, {"river-road"}, {"old-road", "bypass"}),
        (2025, {"river-road"}, {"bypass"}),
        (2026, {"bypass"}, {"old-road"}),
    ],
)
def test_a_link_is_open_from_its_first_year_until_the_year_it_closes(county, year, open_links, closed_links):
    links = links_of(build_graph(county, year=year))
    assert open_links <= links
    assert not closed_links & links


def test_a_missing_speed_is_the_mean_of_its_class(county):
    graph = build_graph(county, year=2019)
    speeds = {edge["osmid"]: edge["speed_kph"] for _, _, edge in graph.edges(data=True)}
    assert speeds["old-road"] == speeds["lane"] == 30.0


def test_the_slowest_class_gives_the_speed_of_connectors(county):
    graph = build_graph(county, year=2025).copy()
    assert slowest_class_kph(graph) == 30.0
    graph.add_edge("alder", "birch", highway="connector", speed_kph=3.0)
    assert slowest_class_kph(graph) == 30.0


def test_given_speeds_fill_missing_ones():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node("a", x=111.0, y=23.0)
    graph.add_node("b", x=111.1, y=23.0)
    graph.add_edge("a", "b", length=1000.0, highway="primary")
    graph.add_edge("b", "a", length=1000.0, highway="track")
    add_osm_times(graph, class_speeds={"primary": 50.0}, fallback=20.0)
    assert [edge["speed_kph"] for _, _, edge in graph.edges(data=True)] == [50.0, 20.0]
    assert graph.edges["a", "b", 0]["travel_time"] == pytest.approx(72.0)


def test_a_graph_survives_saving_and_loading(county, tmp_path):
    graph = build_graph(county, year=2026)
    digest = save_graph(graph, tmp_path / "deep" / "roads.graphml")
    loaded = load_graph(tmp_path / "deep" / "roads.graphml", digest=digest)
    assert set(loaded.nodes) == set(graph.nodes)
    assert loaded.edges["alder", "cedar", 0] == graph.edges["alder", "cedar", 0]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["roads.graphml"]


def test_the_same_tables_give_the_same_bytes(county, tmp_path):
    shuffled = replace(county, road_links=county.road_links.reverse(), towns=county.towns.reverse())
    save_graph(build_graph(county, year=2026), tmp_path / "a")
    save_graph(build_graph(shuffled, year=2026), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_digest_is_independent_of_order_and_sees_every_change(county):
    graph = build_graph(county, year=2025)
    turned = nx.MultiDiGraph(**graph.graph)
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(data=True))))
    assert graph_digest(turned) == graph_digest(graph)
    turned.edges["alder", "birch", 0]["length"] += 1.0
    assert graph_digest(turned) != graph_digest(graph)


def test_the_digest_ignores_the_date_of_creation(county):
    graph = build_graph(county, year=2025)
    before = graph_digest(graph)
    graph.graph["created_date"] = "2026-01-01 00:00:00"
    assert graph_digest(graph) == before


def test_an_interrupted_save_leaves_the_old_file(county, tmp_path, monkeypatch):
    path = tmp_path / "roads.graphml"
    digest = save_graph(build_graph(county, year=2025), path)

    def stop(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nx, "write_graphml", stop)
    with pytest.raises(OSError, match="No space left"):
        save_graph(build_graph(county, year=2026), path)
    assert [file.name for file in tmp_path.iterdir()] == ["roads.graphml"]
    load_graph(path, digest=digest)


def test_all_faults_of_the_tables_are_named_together(county):
    broken = with_links(
        county,
        to_node=when("river-road", "to_node", pl.lit("brich")),
        length_km=when("hill-road", "length_km", pl.lit(0.0)),
    )
    places = county.places.with_columns(place=pl.lit("cedar"), lat=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(DataError, match="cannot be built") as caught:
        build_graph(replace(broken, places=places), year=2025)
    message = str(caught.value)
    assert "'river-road': to_node 'brich' is no town, place or site. Did you mean 'birch'?" in message
    assert "'hill-road': length_km is 0.0" in message
    assert "node 'cedar' stands in towns.csv and places.csv" in message
    assert "places.csv: 'cedar' has no lon or lat" in message


def test_a_year_without_roads_is_an_error(county):
    with pytest.raises(DataError, match="no link is open in 1900"):
        build_graph(with_links(county, opened_year=pl.lit(2000)), year=1900)


def test_roads_without_any_speed_are_an_error(county):
    with pytest.raises(DataError, match="has a speed"):
        build_graph(with_links(county, maxspeed_km_h=pl.lit(None, dtype=pl.Float64)), year=2025)


def test_connectors_need_a_graph_with_speeds():
    with pytest.raises(DataError, match="No edge of the road graph has 'speed_kph'"):
        slowest_class_kph(nx.MultiDiGraph(crs="epsg:4326"))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such road graph"):
        load_graph(tmp_path / "none.graphml")


@pytest.mark.parametrize(
    "text",
    ["not xml", "<osm/>", "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><graph edgedefault='x'>"],
)
def test_another_file_is_an_error(tmp_path, text):
    (tmp_path / "a.graphml").write_text(text)
    with pytest.raises(DataError, match="not a road graph"):
        load_graph(tmp_path / "a.graphml")


def test_a_changed_file_is_an_error(county, tmp_path):
    digest = save_graph(build_graph(county, year=2025), tmp_path / "a.graphml")
    save_graph(build_graph(county, year=2026), tmp_path / "a.graphml")
    with pytest.raises(DataError, match=f"expected digest {digest}"):
        load_graph(tmp_path / "a.graphml", digest=digest)


def test_the_package_does_not_import_osmnx():
    code = "import sys, data; sys.exit('osmnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
