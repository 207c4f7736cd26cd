"""A lock in OpenTNSim, in an environment of its own: vessels and their interval in, seconds and vessels through out.

Standard input: JSON with ``vessels``, ``gap_min`` and ``speed_m_s``. Nodes at -15, -5, 5 and 15 km, the lock in the
middle of the inner edge; every second vessel comes from the other side. Set up as in the library's own test of locks.
"""

import datetime as dt
import itertools
import json
import sys
import time
import warnings
from importlib.metadata import version

import networkx as nx
import pandas as pd
import simpy
from opentnsim.core import ExtraMetadata, Identifiable, Movable, VesselProperties
from opentnsim.graph import HasMultiDiGraph
from opentnsim.lock.lock import IsLockComplex, PassesLockComplex
from opentnsim.output import HasOutput
from opentnsim.vessel_traffic_service.vessel_traffic_service import VesselTrafficService
from pyproj import Transformer
from shapely.geometry import Point
from shapely.ops import transform

PLACES_M = {"up": -15_000.0, "above": -5_000.0, "below": 5_000.0, "down": 15_000.0}
FLAT = "4087"
"""Metres along the equator, as the library's tests have it."""
LOCK = {
    "name": "lock",
    "node_open": "above",
    "node_A": "above",
    "node_B": "below",
    "lock_length": 400.0,
    "lock_width": 50.0,
    "lock_depth": 15.0,
    "levelling_time": 300.0,
    "doors_opening_time": 300.0,
    "doors_closing_time": 300.0,
    "sailing_distance_to_crossing_point": 1800.0,
    "sailing_in_time_gap_through_doors": 300.0,
    "sailing_out_time_gap_through_doors": 120.0,
    "speed_reduction_factor_lock_chamber": 0.5,
    **{f"distance_lock_doors_{side}_to_waiting_area_{side}": 4800.0 for side in "AB"},
    "distance_from_start_node_to_lock_doors_A": 4800.0,
    "distance_from_end_node_to_lock_doors_B": 4800.0,
}
Vessel = type(
    "Vessel",
    (PassesLockComplex, Identifiable, Movable, VesselProperties, ExtraMetadata, HasMultiDiGraph, HasOutput),
    {},
)


def main() -> None:
    """Simulate and print."""
    warnings.simplefilter("ignore")  # of pandas, about how the library edits its frames
    asked = json.load(sys.stdin)
    graph = nx.DiGraph()
    to_degrees = Transformer.from_crs(FLAT, "4326", always_xy=True).transform
    for name, metres in PLACES_M.items():
        graph.add_node(name, geometry=transform(to_degrees, Point(metres, 0.0)))
    for tail, head in itertools.pairwise(PLACES_M):
        graph.add_edge(tail, head, weight=1)
        graph.add_edge(head, tail, weight=1)
    began = time.process_time()
    start = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - the library reads its clock as local time
    env = simpy.Environment(initial_time=start.timestamp())
    env.epoch, env.graph = start, graph
    env.vessel_traffic_service = VesselTrafficService(graph=graph, crs_m=FLAT)
    lock = IsLockComplex(env=env, **LOCK)
    vessels = []
    for number in range(asked["vessels"]):
        route = list(PLACES_M)[:: -1 if number % 2 else 1]
        at = pd.Timestamp(start) + pd.Timedelta(minutes=asked["gap_min"] * number)
        vessel = Vessel(
            env=env,
            name=f"v{number}",
            geometry=graph.nodes[route[0]]["geometry"],
            route=route,
            v=asked["speed_m_s"],
            L=100.0,
            B=20.0,
            T=3.0,
            type="tanker",
            arrival_time=at,
        )
        env.process(vessel.move())
        vessels.append(vessel)
    env.run()
    arrived = sum(
        vessel.geometry.equals(graph.nodes[vessel.route[-1]]["geometry"]) and len(vessel.logbook) > 0
        for vessel in vessels
    )
    spent = time.process_time() - began
    answer = {"seconds": spent, "vessels": arrived, "version": version("opentnsim")}
    print(json.dumps({**answer, "lockages": len(lock.operation_planning)}))


if __name__ == "__main__":
    main()
