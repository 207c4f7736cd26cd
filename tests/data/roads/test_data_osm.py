"""Roads from OpenStreetMap: a hand-written file, and a server here that answers like Overpass."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import networkx as nx
import osmnx as ox
import polars as pl
import pytest

from data.errors import DataError
from data.roads.graph import graph_digest
from data.roads.osm import fetch_roads, load_roads
from data.roads.snap import find_anchors
from data.roads.travel_times import shortest_minutes, travel_matrix

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAP = FIXTURES / "small.osm"
NO_ROADS = {"131", "132", "133", "134", "135"}  # what the server's filter would leave out


def map_as_json():
    """Return the hand-written map as an Overpass server would send it."""
    elements = []
    for element in ET.parse(MAP).getroot():  # noqa: S314 - our own file
        tags = {tag.get("k"): tag.get("v") for tag in element.findall("tag")}
        if element.tag == "node":
            place = {"lat": float(element.get("lat")), "lon": float(element.get("lon"))}
            elements.append({"type": "node", "id": int(element.get("id")), **place})
        elif element.get("id") not in NO_ROADS:
            nodes = [int(node.get("ref")) for node in element.findall("nd")]
            elements.append({"type": "way", "id": int(element.get("id")), "nodes": nodes, "tags": tags})
    return json.dumps({"version": 0.6, "elements": elements})


@pytest.fixture(name="overpass")
def fixture_overpass():
    """Serve the map; yield the server, its `answer` to be set and what was `asked`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply(404, "no status page")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.asked.append((self.path, parse_qs(body)["data"][0]))
            self.reply(*server.answer)

        def reply(self, status, text):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args):
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answer = [], (200, map_as_json())
    server.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(name="snapshot", scope="module")
def fixture_snapshot(county, tmp_path_factory):
    return fetch_roads(county, tmp_path_factory.mktemp("osm") / "roads.graphml", osm_file=MAP)


def test_a_file_gives_a_snapshot_with_a_manifest(county, snapshot):
    manifest = json.loads(snapshot.path.with_name("roads.graphml.json").read_text(encoding="utf-8"))
    assert manifest["digest"] == snapshot.digest
    assert manifest["county"] == "small"
    assert manifest["source"].startswith("small.osm, sha256 ")
    assert manifest["licence"] == "OpenStreetMap contributors, ODbL 1.0"
    assert manifest["left_out"] == []
    assert sorted(path.name for path in snapshot.path.parent.iterdir()) == [
        "roads.graphml",
        "roads.graphml.json",
    ]
    graph = load_roads(snapshot.path)
    assert graph_digest(graph) == snapshot.digest
    assert (len(graph), graph.number_of_edges()) == (snapshot.nodes, snapshot.edges)
    assert {*county.towns["town"], *county.places["place"], *county.service_areas["site"]} <= set(graph.nodes)


def test_the_same_file_gives_the_same_bytes(county, snapshot, tmp_path):
    again = fetch_roads(county, tmp_path / "roads.graphml", osm_file=MAP)
    assert again.digest == snapshot.digest
    assert again.path.read_bytes() == snapshot.path.read_bytes()


def test_only_roads_for_cars_around_the_county_are_kept(snapshot):
    graph = load_roads(snapshot.path)
    ways = {edge["osmid"] for _, _, edge in graph.edges(data=True) if edge["highway"] != "connector"}
    assert ways == {"101", "102", "103", "104", "111", "112", "121", "122", "123", "124"}
    assert not {"2", "4", "12", "31", "41"} & set(graph.nodes)  # bends, buildings, another place


def test_service_roads_are_kept_on_request(county, tmp_path):
    path = fetch_roads(county, tmp_path / "roads.graphml", osm_file=MAP, network="drive_service").path
    assert "133" in {edge["osmid"] for _, _, edge in load_roads(path).edges(data=True)}


def test_speeds_come_from_the_map_then_from_the_county(snapshot):
    graph = load_roads(snapshot.path)
    speeds = {edge["osmid"]: edge["speed_kph"] for _, _, edge in graph.edges(data=True)}
    assert speeds["101"] == 60.0  # maxspeed of the map
    assert speeds["102"] == 40.0  # secondary in road_links
    assert speeds["103"] == 30.0  # unclassified: the slowest class of road_links
    assert speeds["connector-alder"] == 30.0


def test_service_areas_join_the_carriageway_of_their_direction(snapshot):
    graph = load_roads(snapshot.path)
    joined = {node: list(graph.successors(node)) for node in graph.nodes if node.endswith(("-east", "-west"))}
    assert joined["oak-east"] == ["14"]
    assert joined["oak-west"] == ["26"]
    assert joined["pine-west"] == ["24"]


def test_towns_join_ordinary_roads_from_which_one_can_return(snapshot):
    graph = load_roads(snapshot.path)
    assert [next(iter(graph.successors(town))) for town in ("alder", "birch", "cedar")] == ["1", "3", "5"]
    assert graph.edges["1", "alder", 0]["length"] == pytest.approx(111.195, abs=0.01)
    assert graph.nodes["alder"]["kind"] == "seat"


def test_travel_times_by_hand(snapshot):
    minutes = shortest_minutes(load_roads(snapshot.path), ["alder"], ["birch"])["minutes"][0]
    road_km = ox.distance.great_circle(23.001, 111.0, 23.001, 111.05) * 2 / 1000
    assert minutes == pytest.approx(road_km / 60 * 60 + 2 * 0.111195 / 30 * 60, rel=1e-4)


def test_the_fetched_graph_serves_as_road_graph_of_the_county(county, snapshot):
    layout = pl.DataFrame(
        {
            "station_id": ["alder-1", "oak-e", "pine-e", "pine-w"],
            "town": ["alder", None, None, None],
            "site": [None, "oak-east", "pine-east", "pine-west"],
        }
    )
    frame = travel_matrix(county, layout, year=2025, graph=load_roads(snapshot.path))
    through = frame.filter(pl.col("origin").str.contains("^s1-[a-z]+$"))
    assert through["station_id"].to_list() == ["oak-e", "pine-e", "pine-w"]
    assert through["km"].to_list() == pytest.approx([21.1 + 0.6, 31.3 + 0.6, 20.5 + 0.2], abs=0.1)
    assert frame.filter(origin="cedar", station_id="pine-w").height == 0  # no road to that side from the east
    assert frame.filter(origin="cedar", station_id="pine-e").height == 1


def test_merged_speeds_become_the_mean_speed_of_the_road(county, tmp_path):
    text = MAP.read_text(encoding="utf-8")
    half = '<way id="101"><nd ref="1"/><nd ref="2"/>'
    tags = '<tag k="highway" v="primary"/><tag k="maxspeed" v="30"/><tag k="name" v="Alder Road"/>'
    rest = f'<way id="105"><nd ref="3"/><nd ref="2"/>{tags}</way>'
    slow = text.replace('<way id="101"><nd ref="1"/><nd ref="2"/><nd ref="3"/>', half).replace(
        "</osm>", f"{rest}</osm>"
    )
    (tmp_path / "slow.osm").write_text(slow, encoding="utf-8")
    graph = load_roads(fetch_roads(county, tmp_path / "roads.graphml", osm_file=tmp_path / "slow.osm").path)
    edge = graph.edges["1", "3", 0]
    assert edge["osmid"] == ["101", "105"]  # in order: osmnx's own depends on the process
    assert edge["reversed"] == [False, True]
    assert edge["name"] == ["Alder Road", "River Road"]
    assert edge["speed_kph"] == pytest.approx(40.0)  # harmonic mean of 60 and 30
    assert edge["travel_time"] == pytest.approx(edge["length"] / 1000 / 40 * 3600)


def test_sites_off_the_map_are_left_out_and_listed(county, tmp_path):
    text = MAP.read_text(encoding="utf-8").replace('<nd ref="21"/>', "")
    (tmp_path / "short.osm").write_text(text, encoding="utf-8")
    snapshot = fetch_roads(county, tmp_path / "roads.graphml", osm_file=tmp_path / "short.osm")
    assert snapshot.left_out == ("far-west",)
    assert "far-west" not in load_roads(snapshot.path)


def test_a_map_without_expressways_leaves_all_sites_out(county):
    graph = ox.graph.graph_from_xml(MAP, simplify=False, retain_all=True)
    motorways = [pair for *pair, edge in graph.edges(keys=True, data=True) if edge.get("highway") == "motorway"]
    graph.remove_edges_from(motorways)
    anchors, left_out = find_anchors(graph, county, reach_m=5000)
    assert set(left_out) == set(county.service_areas["site"])
    assert {anchor.place for anchor in anchors} == {"alder", "birch", "cedar", "ferry"}


def test_a_server_gives_the_same_graph_as_the_file(county, snapshot, overpass, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = {name: getattr(ox.settings, name) for name in ("overpass_url", "overpass_rate_limit", "use_cache")}
    lookup = socket.getaddrinfo
    fetched = fetch_roads(county, "roads.graphml", overpass_url=overpass.url)
    assert fetched.digest == snapshot.digest
    assert fetched.source == overpass.url
    assert {name: getattr(ox.settings, name) for name in before} == before
    assert socket.getaddrinfo is lookup
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roads.graphml", "roads.graphml.json"]
    paths, queries = zip(*overpass.asked, strict=True)
    assert set(paths) == {"/api/interpreter"}
    assert all('way["highway"]' in query for query in queries)


@pytest.mark.parametrize(
    "answer",
    [
        (200, '{"elements": []}'),
        (200, "not json"),
        (400, "bad request"),
        (500, '{"remark": "out of memory"}'),
    ],
)
def test_a_server_without_roads_is_an_error(county, overpass, tmp_path, answer):
    overpass.answer = answer
    with pytest.raises(DataError, match=r"gave no roads .* give it as osm_file"):
        fetch_roads(county, tmp_path / "roads.graphml", overpass_url=overpass.url)
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_clear_error(county, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
        with pytest.raises(DataError, match=r"cannot be reached .* give it as osm_file"):
            fetch_roads(county, tmp_path / "roads.graphml", overpass_url=url)
    assert ox.settings.overpass_rate_limit is True


def test_two_sources_are_an_error(county, tmp_path):
    with pytest.raises(DataError, match="either osm_file or overpass_url"):
        fetch_roads(county, tmp_path / "a", overpass_url="http://127.0.0.1/api", osm_file=MAP)


def test_an_unknown_network_is_an_error(county, tmp_path):
    with pytest.raises(DataError, match=r"expected one of: drive, drive_service\. Did you mean 'drive'"):
        fetch_roads(county, tmp_path / "a", osm_file=MAP, network="drives")


def test_an_address_of_another_kind_is_an_error(county, tmp_path):
    with pytest.raises(DataError, match="starting with http:// or https://"):
        fetch_roads(county, tmp_path / "a", overpass_url="file:///etc")


def test_a_missing_file_is_an_error(county, tmp_path):
    with pytest.raises(DataError, match=r"none\.osm: the \.osm file cannot be read"):
        fetch_roads(county, tmp_path / "a", osm_file=tmp_path / "none.osm")


@pytest.mark.parametrize("content", [b"\x00\x00\x0d\x0a\x09OSMHeader\xff", b"<osm>", b"<osm/>"])
def test_a_file_that_is_no_map_is_an_error(county, tmp_path, content):
    (tmp_path / "a.osm").write_bytes(content)
    with pytest.raises(DataError, match="not a whole OpenStreetMap extract"):
        fetch_roads(county, tmp_path / "a", osm_file=tmp_path / "a.osm")


def test_a_map_with_missing_nodes_is_an_error(county, tmp_path):
    text = MAP.read_text(encoding="utf-8").replace('<node id="2" lat="23.001" lon="111.050"/>', "")
    (tmp_path / "a.osm").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="not a whole OpenStreetMap extract"):
        fetch_roads(county, tmp_path / "a", osm_file=tmp_path / "a.osm")


def test_a_map_of_another_place_is_an_error(county, tmp_path):
    moved = county.towns.with_columns(lat=pl.col("lat") + 10)
    sites = county.service_areas.with_columns(lat=pl.col("lat") + 10)
    with pytest.raises(DataError, match="no roads around the county's towns"):
        fetch_roads(replace(county, towns=moved, service_areas=sites), tmp_path / "a", osm_file=MAP)


def test_towns_off_the_roads_are_named(county, tmp_path):
    moved = county.towns.with_columns(lat=pl.col("lat") + 0.5)
    with pytest.raises(DataError, match="No road lies within 5 km of: alder, birch, cedar"):
        fetch_roads(replace(county, towns=moved), tmp_path / "a", osm_file=MAP)


def test_a_snapshot_without_its_manifest_is_an_error(tmp_path):
    nx.write_graphml(nx.MultiDiGraph(), tmp_path / "a.graphml")
    with pytest.raises(DataError, match="no manifest of a road graph"):
        load_roads(tmp_path / "a.graphml")


def test_a_changed_snapshot_is_an_error(snapshot, tmp_path):
    text = snapshot.path.read_text(encoding="utf-8").replace("River Road", "Other Road")
    (tmp_path / "roads.graphml").write_text(text, encoding="utf-8")
    manifest = snapshot.path.with_name("roads.graphml.json").read_text(encoding="utf-8")
    (tmp_path / "roads.graphml.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(DataError, match=f"expected digest {snapshot.digest}"):
        load_roads(tmp_path / "roads.graphml")
