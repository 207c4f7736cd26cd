"""Ways between the three towns and their stations stay as they are, until `make golden` writes them anew."""

from data.roads.graph import build_graph
from data.roads.travel_times import travel_matrix


def test_ways_from_the_three_towns_to_their_stations(three_towns, golden):
    graph = build_graph(three_towns, year=2030)
    golden("data_travel", travel_matrix(three_towns, three_towns.layouts["today"], year=2030, graph=graph))
