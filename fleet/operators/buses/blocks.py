"""Vehicle blocks without a range: fewest buses for the trips of a day, then fewest km without passengers.

A block is what one bus drives from leaving the depot to coming back. Fewest blocks are a minimum-cost flow (Bertossi,
Carraresi and Gallo 1987, Networks 17:271-281): every trip is left by one arc, to its successor or to the depot.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from data.arrays import Floats
    from fleet.operators.buses.connections import Connections

BUS_KM: Final = 1e4
"""Km without passengers that one bus less is worth: more than any plan drives in a day, so that buses count first."""
_METRES: Final = 1000


def minimum_blocks(links: Connections) -> list[list[int]]:
    """Return fewest blocks, and of those the ones with fewest km without passengers.

    The flow is solved as the assignment of successors that it is equal to: in milliseconds, where the network simplex
    of `blocks_by_flow` takes minutes.

    Parameters
    ----------
    links
        Trips of a day and their connections.

    Returns
    -------
    list of list of int
        Trips of each block in order; blocks by their first trip.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - loads for 0.2 s, and only plans need it

    size = links.size
    saved = np.where(links.follows, _saved_km(links), 0.0)
    # an assignment that saves nothing is none: the bus goes home
    saved = np.maximum(saved, 0.0)
    rows, columns = linear_sum_assignment(saved, maximize=True)
    after = np.full(size, -1)
    used = saved[rows, columns] > 0.0
    after[rows[used]] = columns[used]
    return chains(after.tolist())


def _saved_km(links: Connections) -> Floats:
    """Return what it saves that one bus drives two trips, a bus and its ways counted in km."""
    apart = links.in_km[:, None] + links.out_km[None, :] + BUS_KM
    return np.asarray(apart - links.dead_km)


def blocks_by_flow(links: Connections) -> list[list[int]]:
    """Return what `minimum_blocks` does, by the minimum-cost flow itself, in whole metres: for few trips.

    Trip n is the pair of nodes ``("end", n)``, which gives a unit, and ``("start", n)``, which takes one.
    """
    import networkx as nx  # noqa: PLC0415 - the plain statement of the rule; plans use the assignment

    graph = nx.DiGraph()
    graph.add_node("depot", demand=0)
    for trip in range(links.size):
        graph.add_node(("end", trip), demand=-1)
        graph.add_node(("start", trip), demand=1)
        graph.add_edge(("end", trip), "depot", weight=round(links.in_km[trip] * _METRES))
        out = round((links.out_km[trip] + BUS_KM) * _METRES)
        graph.add_edge("depot", ("start", trip), weight=out)
    for before, after in np.argwhere(links.follows).tolist():
        weight = round(links.dead_km[before, after] * _METRES)
        graph.add_edge(("end", before), ("start", after), weight=weight)
    flow = nx.min_cost_flow(graph)
    following = [-1] * links.size
    for trip in range(links.size):
        for node, units in flow["end", trip].items():
            if units and node != "depot":
                following[trip] = node[1]
    return chains(following)


def chains(following: list[int]) -> list[list[int]]:
    """Return the chains of successors; -1 ends one."""
    firsts = sorted(set(range(len(following))) - set(following))
    found = []
    for first in firsts:
        chain, trip = [], first
        while trip >= 0:
            chain.append(trip)
            trip = following[trip]
        found.append(chain)
    return found


def empty_km(links: Connections, block: list[int]) -> float:
    """Return the km of a block without passengers, ways to the depot for charging left out."""
    between = sum(float(links.dead_km[row, column]) for row, column in itertools.pairwise(block))
    return float(links.out_km[block[0]] + between + links.in_km[block[-1]])
