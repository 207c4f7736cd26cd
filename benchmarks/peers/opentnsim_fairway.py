"""A free fairway in OpenTNSim, in an environment of its own: nodes and vessels in, seconds and edge passages out.

Standard input: JSON with ``places`` (longitude, latitude of the nodes in a row), ``vessels``, ``gap_min``,
``speed_m_s`` and ``parallel_edges`` (whether the graph is one that may have several edges between two nodes). Every
second vessel sails the other way; each logs a start and a stop row per edge.
"""

import datetime as dt
import itertools
import json
import sys
import time
from importlib.metadata import version

import networkx as nx
import simpy
from opentnsim.core import ExtraMetadata, Identifiable, Movable
from shapely.geometry import Point

Vessel = type("Vessel", (Identifiable, Movable, ExtraMetadata), {})


def main() -> None:
    """Simulate and print."""
    asked = json.load(sys.stdin)
    graph = nx.MultiDiGraph() if asked["parallel_edges"] else nx.DiGraph()
    names = [str(number) for number in range(len(asked["places"]))]
    for name, place in zip(names, asked["places"], strict=True):
        graph.add_node(name, geometry=Point(*place))
    for tail, head in itertools.pairwise(names):
        graph.add_edge(tail, head)
        graph.add_edge(head, tail)
    began = time.process_time()
    start = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - the library reads its clock as local time
    env = simpy.Environment(initial_time=start.timestamp())
    env.graph = graph
    vessels = []
    for number in range(asked["vessels"]):
        route = names[::-1] if number % 2 else names
        at = start + dt.timedelta(minutes=asked["gap_min"] * number)
        vessel = Vessel(
            env=env,
            name=f"v{number}",
            geometry=graph.nodes[route[0]]["geometry"],
            route=route,
            v=asked["speed_m_s"],
            arrival_time=at,  # the mixin keeps what is left over
        )
        env.process(vessel.move())
        vessels.append(vessel)
    env.run()
    passages = sum(len(vessel.logbook) for vessel in vessels) // 2
    spent = time.process_time() - began
    print(json.dumps({"seconds": spent, "passages": passages, "version": version("opentnsim")}))


if __name__ == "__main__":
    main()
