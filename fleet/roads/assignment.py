"""Traffic assignment: the user equilibrium of a network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from data.arrays import Floats, Ints

    Trips = Mapping[tuple[int, int], float]

_GAP: Final = 1e-4  # at which flows of links no longer move by more than a few cars (Boyce et al., 2004)
_ROUNDS: Final = 300  # the method converges slowly near the end; more rounds gain less than the demand is known to
_HALVINGS: Final = 40  # of the step: 2^-40 of the way


@dataclass(frozen=True, slots=True)
class Links:
    """Directed links of a road network.

    Attributes
    ----------
    nodes : list of str
        Names of the nodes.
    start, end : numpy.ndarray of int
        Node numbers of each link.
    name : list of str
        Link ids.
    km, free_min : numpy.ndarray
        Length, and minutes without traffic.
    capacity_h : numpy.ndarray
        Car units per hour.
    alpha, beta : numpy.ndarray
        Parameters of the delay under load.
    """

    nodes: list[str]
    start: Ints
    end: Ints
    name: list[str]
    km: Floats
    free_min: Floats
    capacity_h: Floats
    alpha: Floats
    beta: Floats

    def minutes(self, flow_h: Floats) -> Floats:
        """Return travel times under load, t0 (1 + alpha (v / c)^beta) (Bureau of Public Roads, 1964)."""
        return np.asarray(self.free_min * (1.0 + self.alpha * (flow_h / self.capacity_h) ** self.beta))

    def area(self, flow_h: Floats) -> float:
        """Return Beckmann's objective: the sum of the integrals of the travel times."""
        # integral of t0 (1 + a (x/c)^b) over x from 0 to v
        used = (flow_h / self.capacity_h) ** self.beta
        return float(np.sum(self.free_min * flow_h * (1.0 + self.alpha * used / (self.beta + 1.0))))


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user equilibrium.

    Attributes
    ----------
    links : Links
        The network.
    flow_h : numpy.ndarray
        Car units per hour on each link.
    heavy_h : numpy.ndarray
        Those of them that are heavy vehicles.
    minutes : numpy.ndarray
        Travel times under that load.
    gap : float
        Relative gap: (time spent - time on shortest paths) / time spent.
    trip_minutes : numpy.ndarray
        Shortest times of each origin and destination of the demand.
    """

    links: Links
    flow_h: Floats
    heavy_h: Floats
    minutes: Floats
    gap: float
    trip_minutes: Floats


def assign(
    links: Links,
    demand_h: Trips,
    *,
    heavy_h: Trips | None = None,
    gap: float = _GAP,
    rounds: int = _ROUNDS,
) -> Assignment:
    """Return the user equilibrium: nobody gets there sooner by another route.

    Parameters
    ----------
    links
        The network.
    demand_h
        Car units per hour by origin and destination node.
    heavy_h
        The part of them that is heavy vehicles; it takes the same routes.
    gap
        Relative gap at which to stop.
    rounds
        Most rounds.

    Raises
    ------
    DataError
        A destination that no road reaches, or a negative demand.

    Notes
    -----
    Frank and Wolfe's method with exact line search on Beckmann's objective; Sheffi, Urban Transportation Networks
    (1985), chapter 5.
    """
    if any(flow < 0.0 for flow in demand_h.values()):
        raise DataError("assignment: demand below 0.")
    heavy_h = heavy_h or {}
    # all-or-nothing at free flow is the usual start: feasible, and already near on empty roads
    loaded = load_shortest(links, demand_h, links.minutes(np.zeros(len(links.km))), heavy_h=heavy_h)
    flow, heavy = loaded.flow_h, loaded.heavy_h
    for number in range(rounds + 1):
        minutes = links.minutes(flow)
        target = load_shortest(links, demand_h, minutes, heavy_h=heavy_h)
        # no route is shorter than the shortest, so the gap is at least 0
        spent = float(flow @ minutes)
        now = 0.0 if spent == 0.0 else (spent - float(target.flow_h @ minutes)) / spent
        if now <= gap or number == rounds:
            break
        step = _step(links, flow, target.flow_h - flow)
        # heavy vehicles move in the same proportion: they ride on the same routes as the flow that they are part of
        flow, heavy = flow + step * (target.flow_h - flow), heavy + step * (target.heavy_h - heavy)
    return Assignment(links, flow, heavy, minutes, now, target.cost)


def _step(links: Links, flow: Floats, move: Floats) -> float:
    """Return the step along a direction at which Beckmann's objective is least."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        # the objective is convex along the way, so its slope tells on which side the least lies
        if float(move @ links.minutes(flow + middle * move)) > 0.0:
            high = middle
        else:
            low = middle
    return (low + high) / 2.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everybody on the shortest path: flow of each link, the heavy part of it, and the cost of each pair."""

    flow_h: Floats
    heavy_h: Floats
    cost: Floats


def load_shortest(links: Links, demand_h: Trips, cost: Floats, *, heavy_h: Trips | None = None) -> Loaded:
    """Return the flows with everybody on the path of least cost; of parallel links the cheapest counts.

    Raises
    ------
    DataError
        A destination that no road reaches.
    """
    # lists: link by link and node by node, single numbers of arrays take several times as long
    flow, heavy, shown = [0.0] * len(links.km), [0.0] * len(links.km), []
    for (pair, cars), way in zip(demand_h.items(), shortest_ways(links, demand_h, cost), strict=True):
        shown.append(way.cost)
        trucks = (heavy_h or {}).get(pair, 0.0)
        for link in way.links:
            flow[link] += cars
            heavy[link] += trucks
    return Loaded(np.array(flow), np.array(heavy), np.array(shown))


class ShortestWay(NamedTuple):
    """A path of least cost: its cost, and its links from the last one back."""

    cost: float
    links: list[int]


def shortest_ways(links: Links, pairs: Collection[tuple[int, int]], cost: Floats) -> Iterator[ShortestWay]:
    """Yield the path of least cost of each pair of nodes; of parallel links the cheapest counts.

    Raises
    ------
    DataError
        A destination that no road reaches.
    """
    if not pairs:
        return
    from scipy.sparse import csr_array  # noqa: PLC0415 - takes 0.05 s to load, and a run asks for flows once
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - as above

    size = len(links.nodes)
    # the sparse matrix would add parallel links up
    best: dict[tuple[int, int], int] = {}
    costs: list[float] = cost.tolist()
    for link, key in enumerate(zip(links.start.tolist(), links.end.tolist(), strict=True)):
        if key not in best or costs[link] < costs[best[key]]:
            best[key] = link
    chosen = np.array(list(best.values()))
    graph = csr_array((cost[chosen], (links.start[chosen], links.end[chosen])), shape=(size, size))
    # one tree per origin serves all its destinations
    origins = sorted({origin for origin, _ in pairs})
    times, before = dijkstra(graph, indices=origins, return_predecessors=True)
    least: dict[int, list[float]] = dict(zip(origins, times.tolist(), strict=True))
    trees: dict[int, list[int]] = dict(zip(origins, before.tolist(), strict=True))
    for origin, end in pairs:
        if not math.isfinite(least[origin][end]):
            raise DataError(f"assignment: no road from {links.nodes[origin]!r} to {links.nodes[end]!r}.")
        way, node, back = [], end, trees[origin]
        while node != origin:
            way.append(best[back[node], node])
            node = back[node]
        yield ShortestWay(least[origin][end], way)
