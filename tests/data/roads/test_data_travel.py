"""Travel times over the roads of a small county, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import polars as pl
import pytest

import charging
from data.errors import DataError
from data.roads.graph import build_graph, load_graph, save_graph
from data.roads.travel_times import shortest_minutes, through_origin, travel_matrix


def layout_of(*rows):
    names = {
        "station_id": pl.String,
        "town": pl.String,
        "site": pl.String,
        "lon": pl.Float64,
        "lat": pl.Float64,
    }
    return pl.DataFrame(rows, schema=names, orient="row")


LAYOUT = layout_of(
    ("alder-1", "alder", None, None, None),
    ("birch-1", "birch", None, None, None),
    ("oak-east", "birch", "oak-east", None, None),
    ("pine-east", "cedar", "pine-east", 111.0, 30.0),  # the site counts, not the coordinates
    ("pine-west", "cedar", "pine-west", None, None),
)


def row(frame, origin, goal):
    found = frame.filter((pl.col(frame.columns[0]) == origin) & (pl.col(frame.columns[1]) == goal))
    assert found.height == 1, f"{origin} to {goal}"
    return found.row(0)[2:]


@pytest.mark.parametrize(
    ("year", "origin", "goal", "cost"),
    [
        (2025, "alder", "birch", (12.0, 12.0)),
        (
            2025,
            "birch",
            "cedar",
            (7.5 + 6.0 + 12.0, 5.0 + 10.0 + 8.0),
        ),  # by expressway; the hill road takes 30
        (2025, "cedar", "birch", (7.5 + 6.0 + 12.0, 5.0 + 10.0 + 8.0)),
        (2010, "birch", "cedar", (30.0, 20.0)),
        (2026, "alder", "cedar", (18.0, 24.0)),  # bypass
        (2025, "alder", "alder", (0.0, 0.0)),
    ],
)
def test_shortest_paths_by_hand(county, year, origin, goal, cost):
    frame = shortest_minutes(build_graph(county, year=year), [origin], [goal])
    assert row(frame, origin, goal) == pytest.approx(cost)


def test_one_way_roads_are_one_way(county):
    frame = shortest_minutes(
        build_graph(county, year=2025), ["beyond-east", "start-east"], ["start-east", "beyond-east"]
    )
    pairs = frame.select("origin", "destination").rows()
    assert pairs == [
        ("beyond-east", "beyond-east"),
        ("start-east", "beyond-east"),
        ("start-east", "start-east"),
    ]


def test_paths_agree_with_networkx(county):
    graph = build_graph(county, year=2026)
    frame = shortest_minutes(graph, graph.nodes, graph.nodes)
    times = dict(nx.all_pairs_dijkstra_path_length(graph, weight="travel_time"))
    assert frame.height == sum(len(reached) for reached in times.values())
    for origin, goal, minutes, _ in frame.iter_rows():
        assert minutes == pytest.approx(times[origin][goal] / 60)


def test_the_distance_is_that_of_the_fastest_path_on_a_long_chain():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for step in range(70):
        graph.add_edge(f"n{step:02}", f"n{step + 1:02}", travel_time=60.0, length=1000.0 + step)
        graph.add_edge(f"n{step:02}", f"n{step + 1:02}", travel_time=60.0, length=5000.0)  # as fast, but longer
        graph.add_edge(f"n{step:02}", f"n{step + 1:02}", travel_time=90.0, length=10.0)
    frame = shortest_minutes(graph, ["n00"], ["n70"])
    assert row(frame, "n00", "n70") == pytest.approx((70.0, 70.0 + sum(range(70)) / 1000))


def test_edges_of_no_length_are_roads_too():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_edge("a", "b", travel_time=0.0, length=0.0)
    graph.add_edge("b", "c", travel_time=60.0, length=500.0)
    assert row(shortest_minutes(graph, ["a"], ["c"]), "a", "c") == (1.0, 0.5)


def test_no_origin_gives_an_empty_table(county):
    frame = shortest_minutes(build_graph(county, year=2025), [], ["alder"])
    assert frame.columns == ["origin", "destination", "minutes", "km"]
    assert frame.is_empty()


def test_an_unknown_node_is_an_error(county):
    with pytest.raises(DataError, match=r"'aldr' is no node of the road graph\. Did you mean 'alder'\?"):
        shortest_minutes(build_graph(county, year=2025), ["aldr"], ["birch"])


def test_an_edge_without_time_is_an_error(county):
    graph = build_graph(county, year=2025)
    del graph.edges["alder", "birch", 0]["travel_time"]
    with pytest.raises(DataError, match="from 'alder' to 'birch' has no 'travel_time'"):
        shortest_minutes(graph, ["alder"], ["birch"])


def test_the_matrix_by_hand(county):
    frame = travel_matrix(county, LAYOUT, year=2025)
    assert frame.columns == ["origin", "station_id", "minutes", "km"]
    assert frame.equals(frame.sort("origin", "station_id"))
    assert row(frame, "alder", "birch-1") == pytest.approx((12.0, 12.0))
    assert row(frame, "alder", "alder-1") == (0.0, 0.0)
    assert row(frame, "alder", "oak-east") == pytest.approx((19.5, 17.0))
    assert row(frame, "oak-east", "alder-1") == pytest.approx((19.5, 17.0))
    assert row(frame, "oak-east", "pine-east") == pytest.approx((6.0, 10.0))
    assert row(frame, "pine-east", "pine-west") == pytest.approx((24.0, 16.0))  # off, and on again


def test_every_town_and_every_other_station_is_an_origin(county):
    frame = travel_matrix(county, LAYOUT, year=2025)
    stations = LAYOUT["station_id"].to_list()
    towns = ["alder", "birch", "cedar"]
    wanted = {(origin, station) for origin in [*towns, *stations] for station in stations if origin != station}
    found = frame.filter(~pl.col("origin").str.contains("^s1-|@trucks$")).select("origin", "station_id").rows()
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_through_traffic_meets_its_own_side_from_the_last_site_before_the_county(county):
    frame = travel_matrix(county, LAYOUT, year=2025).filter(pl.col("origin").str.contains("^s1-[a-z]+$"))
    assert frame.rows() == [
        ("s1-east", "oak-east", pytest.approx(15.0), pytest.approx(25.0)),
        ("s1-east", "pine-east", pytest.approx(21.0), pytest.approx(35.0)),
        ("s1-west", "pine-west", pytest.approx(12.0), pytest.approx(20.0)),  # from beyond-west, not far-west
    ]


def test_who_means_to_stop_at_an_area_reaches_it_at_once_and_the_later_ones_after_it(county):
    frame = travel_matrix(county, LAYOUT, year=2025).filter(pl.col("origin").str.starts_with("s1-east@"))
    assert frame.rows() == [
        ("s1-east@oak", "oak-east", 0.0, 0.0),
        ("s1-east@oak", "pine-east", pytest.approx(6.0), pytest.approx(10.0)),
        ("s1-east@pine", "pine-east", 0.0, 0.0),
    ]


def test_through_traffic_stays_on_the_expressway(county):
    links = county.road_links
    lane = links.filter(pl.col("link_id") == "river-road").with_columns(
        link_id=pl.lit("cut"), from_node=pl.lit("start-east"), to_node=pl.lit("pine-east")
    )
    shorter = replace(county, road_links=pl.concat([links, lane]))
    cut = shortest_minutes(build_graph(shorter, year=2025), ["start-east"], ["pine-east"])
    assert row(cut, "start-east", "pine-east") == pytest.approx((12.0, 12.0))
    frame = travel_matrix(shorter, LAYOUT, year=2025)
    assert row(frame, "s1-east", "pine-east") == pytest.approx((21.0, 35.0))


def test_through_traffic_starts_at_the_first_site_if_none_lies_before_the_county(county):
    inside = county.service_areas.filter(pl.col("in_county"))
    links = county.road_links.filter(pl.col("from_node").is_in(["alder", "birch", "cedar", "oak-east", "pine-west"]))
    links = links.filter(pl.col("to_node") != "start-west")
    frame = travel_matrix(replace(county, service_areas=inside, road_links=links), LAYOUT, year=2025)
    assert row(frame, "s1-east", "oak-east") == (0.0, 0.0)
    assert row(frame, "s1-east", "pine-east") == pytest.approx((6.0, 10.0))


def test_before_the_expressway_opens_there_is_no_through_traffic(county):
    frame = travel_matrix(county, LAYOUT, year=2010).filter(~pl.col("origin").str.ends_with("@trucks"))
    assert set(frame["origin"]) == {"alder", "birch", "cedar", "alder-1", "birch-1"}
    assert set(frame["station_id"]) == {"alder-1", "birch-1"}


def test_through_traffic_without_a_station_in_reach_is_known_all_the_same(county):
    towns_only = LAYOUT.filter(pl.col("site").is_null())
    frame = travel_matrix(county, towns_only, year=2025).filter(
        ~pl.col("origin").str.contains("^(alder|birch|cedar)(@|$)")
    )
    through = frame.filter(~pl.col("origin").is_in(towns_only["station_id"].to_list()))
    assert {"s1-east", "s1-west", "s1-east@oak", "s1-west@pine"} <= set(through["origin"])
    assert through["station_id"].to_list() == through["origin"].to_list()
    behind_the_last = travel_matrix(county, LAYOUT.filter(pl.col("station_id") != "pine-east"), year=2025)
    assert row(behind_the_last, "s1-east@pine", "s1-east@pine") == (0.0, 0.0)
    assert row(behind_the_last, "s1-east@oak", "oak-east") == (0.0, 0.0)


def test_drivers_who_find_no_station_in_reach_are_unserved_for_that_reason(county):
    layout = LAYOUT.filter(pl.col("site").is_null()).with_columns(
        group_id=pl.lit("dc"), current=pl.lit("dc"), pile_kw=60.0, piles=1, guns_per_pile=1, sharing=pl.lit("exclusive")
    )
    origins = ["s1-east@pine", "alder", "s1-west"]
    asked = pl.DataFrame({"request_id": [0, 1, 2], "arrive_min": [0.0, 1.0, 2.0], "origin": origins}).with_columns(
        current=pl.lit("dc"), energy_kwh=10.0, accept_kw=60.0
    )
    travel = travel_matrix(county, layout, year=2025)
    sessions = charging.simulate(layout.drop("site", "lon", "lat"), asked, travel).sessions
    assert sessions["outcome"].to_list() == ["unserved", "served", "unserved"]
    assert sessions["reason"].to_list() == ["none in reach", None, "none in reach"]


def test_a_station_off_its_town_is_joined_by_a_straight_line_at_the_slowest_speed(county):
    layout = layout_of(("alder-1", "alder", None, 111.0, 23.1), ("birch-1", "birch", None, 111.1, 23.1))
    frame = travel_matrix(county, layout, year=2025)
    line_km = 0.1 * 6371.009 * 3.141592653589793 / 180
    line_min = line_km / 30 * 60
    assert row(frame, "alder", "alder-1") == pytest.approx((line_min, line_km))
    assert row(frame, "birch", "alder-1") == pytest.approx((12 + line_min, 12 + line_km))
    assert row(frame, "alder-1", "birch-1") == pytest.approx((12 + 2 * line_min, 12 + 2 * line_km))


def test_a_layout_of_the_contract_needs_no_site_nor_coordinates(county):
    layout = pl.DataFrame(
        {"station_id": ["a", "a", "b"], "group_id": ["1", "2", "1"], "town": ["alder", "alder", "birch"]}
    )
    frame = travel_matrix(county, layout, year=2025)
    assert row(frame, "alder", "b") == pytest.approx((12.0, 12.0))
    assert row(frame, "a", "b") == pytest.approx((12.0, 12.0))


def test_the_order_of_the_layout_does_not_matter(county):
    frame = travel_matrix(county, LAYOUT, year=2025)
    assert travel_matrix(county, LAYOUT.reverse(), year=2025).equals(frame)


def test_a_loaded_graph_gives_the_same_table(county, tmp_path):
    save_graph(build_graph(county, year=2026), tmp_path / "roads.graphml")
    frame = travel_matrix(county, LAYOUT, year=2025, graph=load_graph(tmp_path / "roads.graphml"))
    assert frame.equals(travel_matrix(county, LAYOUT, year=2026))


def test_a_bypass_shortens_the_way(county):
    before = row(travel_matrix(county, LAYOUT, year=2025), "cedar", "alder-1")
    after = row(travel_matrix(county, LAYOUT, year=2026), "cedar", "alder-1")
    assert before == pytest.approx((37.5, 35.0))
    assert after == pytest.approx((18.0, 24.0))


def test_a_town_without_a_road_is_named(county):
    links = county.road_links.filter(~pl.col("from_node").is_in(["cedar", "birch"]), pl.col("link_id") != "bypass")
    layout = layout_of(("alder-1", "alder", None, None, None))
    with pytest.raises(DataError, match="No road reaches any station from: cedar"):
        travel_matrix(replace(county, road_links=links), layout, year=2025)


def test_stations_that_cannot_be_placed_are_named_together(county):
    layout = layout_of(
        ("a", None, None, None, None),
        ("b", "brich", None, None, None),
        ("c", "cedar", "pine-eats", None, None),
        ("d", "alder", None, None, None),
        ("d", "birch", None, None, None),
    )
    with pytest.raises(DataError, match="cannot be placed") as caught:
        travel_matrix(county, layout, year=2025)
    message = str(caught.value)
    assert "'a' has neither a town nor a site" in message
    assert "'brich' is no town of the county. Did you mean 'birch'?" in message
    assert "'pine-eats' is no node of the road graph. Did you mean 'pine-east'?" in message
    assert "'d' has several places" in message


def test_a_station_must_not_be_called_like_a_town(county):
    with pytest.raises(DataError, match=r"names of other origins: alder\. Rename"):
        travel_matrix(county, layout_of(("alder", "alder", None, None, None)), year=2025)


def test_through_origins_are_lower_case():
    assert through_origin("S8", "east") == "s8-east"
