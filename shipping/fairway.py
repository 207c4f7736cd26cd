"""The waterway: a line of river nodes by chainage, sailed in both directions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import polars as pl

from data.errors import DataError, ScenarioError

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import ArrayLike, NDArray

    from data.county import County

    Array = NDArray[np.float64]


def waterway(county: County, *, month: int | None = None, start: dt.date | None = None) -> nx.DiGraph:
    """Return the river as a directed graph, one edge a reach and direction.

    Parameters
    ----------
    county : data.County
        Tables ``river_nodes``, ``river_months`` and ``vessel_classes``.
    month : int, optional
        Month of the current and depth, 1 to 12.
    start : datetime.date, optional
        Date whose month is taken. Without month and date: the mean over the year, weighted by traffic.

    Returns
    -------
    networkx.DiGraph
        Nodes carry ``chainage_km`` and ``kind``; edges ``length_km``, ``current_km_h`` (along the edge:
        positive downstream, negative upstream), ``depth_m`` and ``direction`` ("down" or "up").

    Raises
    ------
    ScenarioError
        If the month does not exist, or month and start are both given.
    DataError
        If a reach has no length, there are fewer than two nodes, or a current stops a vessel class.
    """
    current_km_h, depth_m = _month_values(county, month, start)
    nodes = county.river_nodes.sort("chainage_km")
    graph = nx.DiGraph()
    for row in nodes.iter_rows(named=True):
        graph.add_node(row["node"], chainage_km=float(row["chainage_km"]), kind=row["kind"])
    names, chainage = nodes["node"].to_list(), nodes["chainage_km"].to_list()
    for upper, lower, high, low in zip(names, names[1:], chainage, chainage[1:], strict=False):
        length = low - high
        edge = {"length_km": length, "depth_m": depth_m}
        graph.add_edge(upper, lower, current_km_h=current_km_h, direction="down", **edge)
        graph.add_edge(lower, upper, current_km_h=-current_km_h, direction="up", **edge)
    reaches = Reaches.of(graph)
    for row in county.vessel_classes.iter_rows(named=True):
        reaches.check_speed(row["water_speed_km_h"], row["vessel_class"])
    return graph


def _month_values(county: County, month: int | None, start: dt.date | None) -> tuple[float, float]:
    """Return current in km/h and depth in m of a month, or their traffic-weighted means of the year."""
    if month is not None and start is not None:
        raise ScenarioError(f"waterway: got month {month} and start {start}; expected one of them.")
    chosen = start.month if start is not None else month
    months = county.river_months
    if chosen is not None:
        months = months.filter(pl.col("month") == chosen)
        if not months.height:
            raise ScenarioError(f"month: got {chosen}; expected a month of river_months (1 to 12).")
    weight = months["traffic_share"].to_numpy()
    weight = weight if weight.sum() > 0.0 else np.ones(months.height)
    values = (np.average(months[name].to_numpy(), weights=weight) for name in ("current_km_h", "depth_m"))
    current, depth = (float(value) for value in values)
    return current, depth


@dataclass(frozen=True, slots=True)
class Reaches:
    """The reaches of a waterway as arrays, for sailing times between any two chainages.

    Attributes
    ----------
    names : tuple of str
        Nodes by chainage.
    chainage_km : numpy.ndarray
        Chainage of the nodes, rising.
    down_km_h, up_km_h : numpy.ndarray
        Current along the course of each reach, by direction.
    """

    names: tuple[str, ...]
    chainage_km: Array
    down_km_h: Array
    up_km_h: Array
    _clocks: dict[float, tuple[Array, Array]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, graph: nx.DiGraph) -> Reaches:
        """Return the reaches of a graph made by `waterway` (or like it).

        Raises
        ------
        DataError
            If the graph is not a line sailed both ways, or a reach has no length.
        """
        chainages = dict(graph.nodes(data="chainage_km"))
        if len(chainages) < 2 or any(value is None for value in chainages.values()):
            raise DataError(f"waterway: got {len(chainages)} nodes; expected two or more, each with chainage_km.")
        names = sorted(chainages, key=lambda node: (chainages[node], node))
        pairs = list(itertools.pairwise(names))
        currents = []
        for upper, lower in pairs:
            length = chainages[lower] - chainages[upper]
            for tail, head in ((upper, lower), (lower, upper)):
                if not graph.has_edge(tail, head):
                    raise DataError(f"waterway: no reach from '{tail}' to '{head}'; expected both directions.")
                if not (length > 0.0 and graph[tail][head]["length_km"] > 0.0):
                    raise DataError(
                        f"reach '{upper}' to '{lower}': got length {length:g} km; expected more than 0. "
                        "Give the nodes different chainages or remove one."
                    )
            currents.append((graph[upper][lower]["current_km_h"], graph[lower][upper]["current_km_h"]))
        down, up = np.asarray(currents, dtype=np.float64).T
        return cls(tuple(names), np.asarray([chainages[name] for name in names]), down, up)

    def check_speed(self, water_speed_km_h: float, vessel_class: str) -> None:
        """Raise DataError with reach and vessel class where a current stops the vessel."""
        for direction, current in (("downstream", self.down_km_h), ("upstream", self.up_km_h)):
            stopped = np.flatnonzero(water_speed_km_h + current <= 0.0)
            if stopped.size:
                at = int(stopped[0])
                raise DataError(
                    f"reach '{self.names[at]}' to '{self.names[at + 1]}' {direction}: the current of "
                    f"{abs(current[at]):g} km/h stops vessel class '{vessel_class}', which makes "
                    f"{water_speed_km_h:g} km/h through the water. "
                    "Correct current_km_h in river_months or water_speed_km_h in vessel_classes."
                )

    def hours(self, from_km: ArrayLike, to_km: ArrayLike, water_speed_km_h: float) -> Array:
        """Return the sailing hours between chainages at one speed through the water (either direction)."""
        if water_speed_km_h not in self._clocks:
            length = np.diff(self.chainage_km)
            clocks = (
                np.concatenate([[0.0], np.cumsum(length / (water_speed_km_h + current))])
                for current in (self.down_km_h, self.up_km_h)
            )
            down, up = clocks
            self._clocks[water_speed_km_h] = (down, up)
        down, up = self._clocks[water_speed_km_h]
        start, end = np.asarray(from_km, dtype=np.float64), np.asarray(to_km, dtype=np.float64)
        going_down = np.interp(end, self.chainage_km, down) - np.interp(start, self.chainage_km, down)
        going_up = np.interp(start, self.chainage_km, up) - np.interp(end, self.chainage_km, up)
        return np.asarray(np.where(end >= start, going_down, going_up))

    def covers(self, chainage_km: ArrayLike) -> NDArray[np.bool_]:
        """Return whether chainages lie on the waterway."""
        at = np.asarray(chainage_km, dtype=np.float64)
        return np.asarray((at >= self.chainage_km[0] - 1e-9) & (at <= self.chainage_km[-1] + 1e-9))


def geodesic_km(from_lon: float, from_lat: float, to_lon: float, to_lat: float) -> float:
    """Return the length of the geodesic between two places on the WGS 84 ellipsoid, km (pyproj; Karney 2013)."""
    from pyproj import Geod  # noqa: PLC0415 - only where places have no chainage

    return float(Geod(ellps="WGS84").inv(from_lon, from_lat, to_lon, to_lat)[2]) / 1000.0


def geodesic_waterway(nodes: pl.DataFrame, *, current_km_h: float = 0.0) -> nx.DiGraph:
    """Return a waterway from places without chainage: straight reaches between them, in order.

    Parameters
    ----------
    nodes : polars.DataFrame
        ``node, lon, lat``, from upstream to downstream.
    current_km_h : float
        Current of all reaches, positive downstream.

    Returns
    -------
    networkx.DiGraph
        As `waterway`; chainage counts from the first node.

    Raises
    ------
    DataError
        Fewer than two nodes, or two at the same place.
    """
    if nodes.height < 2:
        raise DataError(f"waterway: got {nodes.height} nodes; expected two or more.")
    graph = nx.DiGraph()
    at, before = 0.0, None
    for name, lon, lat in nodes.select("node", "lon", "lat").iter_rows():
        if before is not None:
            length = geodesic_km(before[1], before[2], lon, lat)
            if length <= 0.0:
                raise DataError(f"reach '{before[0]}' to '{name}': got length 0 km; expected different places.")
            at += length
            graph.add_node(name, chainage_km=at, kind="node")
            graph.add_edge(before[0], name, length_km=length, current_km_h=current_km_h, direction="down")
            graph.add_edge(name, before[0], length_km=length, current_km_h=-current_km_h, direction="up")
        else:
            graph.add_node(name, chainage_km=0.0, kind="node")
        before = (name, lon, lat)
    return graph
