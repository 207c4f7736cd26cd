"""The waterway: a line of river nodes by chainage, sailed in both directions."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import polars as pl

from data.errors import DataError, ScenarioError, nearest
from shipping.river.chambers import LockRules, chambers_of, rules_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from data.arrays import Floats
    from data.county import County
    from shipping.river.chambers import Chamber


REACH_COLUMNS = ("node", "current_factor", "depth_add_m", "width_m")


def waterway(
    county: County,
    *,
    month: int | None = None,
    start: dt.date | None = None,
    days: int = 1,
    locks: bool = False,
) -> nx.DiGraph:
    """Return the river as a directed graph, one edge a reach and direction.

    Parameters
    ----------
    county : data.County
        Tables ``river_nodes``, ``river_months``, ``river_reaches`` (optional), ``vessel_classes`` and, with `locks`,
        ``locks``.
    month : int, optional
        Month of the current and depth, 1 to 12.
    start : datetime.date, optional
        First day; current and depth change with the months of the `days` from then on. Without month and date: the
        mean over the year, weighted by traffic.
    days : int
        Days from `start`; the last month then stays.
    locks : bool
        Whether nodes of kind "lock" get the chambers of the county's lock of that name.

    Returns
    -------
    networkx.DiGraph
        Nodes carry ``chainage_km`` and ``kind``, a lock also ``chambers`` and ``rules`` (`shipping.river.chambers`).
        Edges carry ``length_km``, ``current_km_h`` (along the edge: positive downstream, negative upstream),
        ``depth_m``, ``width_m`` (of the water, or None) and ``direction`` ("down" or "up"). Where several months are
        covered the graph has ``period_start_min``, and current and depth are tuples with a value a period. The current
        and depth of a reach are those of the month times ``current_factor`` and plus ``depth_add_m`` of the reach.

    Raises
    ------
    ScenarioError
        If the month does not exist, or month and start are both given.
    DataError
        If a reach has no length, there are fewer than two nodes, or a current stops a vessel class.
    """
    starts, currents, depths = _periods(county, month, start, days)
    nodes = county.river_nodes.sort("chainage_km")
    graph = nx.DiGraph()
    if len(starts) > 1:
        graph.graph["period_start_min"] = tuple(starts)
    for row in nodes.iter_rows(named=True):
        graph.add_node(row["node"], chainage_km=float(row["chainage_km"]), kind=row["kind"])
        if locks and row["kind"] == "lock" and row["node"] in county.locks["lock"].to_list():
            graph.nodes[row["node"]].update(chambers=tuple(chambers_of(county, row["node"])), rules=rules_of(county))
    differing = {name: own for name, *own in county.river_reaches.select(REACH_COLUMNS).iter_rows()}
    for upper, lower in itertools.pairwise(nodes.iter_rows(named=True)):
        factor, added, width = differing.get(upper["node"], (1.0, 0.0, None))
        edge = {
            "length_km": lower["chainage_km"] - upper["chainage_km"],
            "depth_m": _plain([depth + added for depth in depths]),
            "width_m": width,
        }
        for tail, head, sign, way in ((upper, lower, factor, "down"), (lower, upper, -factor, "up")):
            along = _plain([sign * current for current in currents])
            graph.add_edge(tail["node"], head["node"], current_km_h=along, direction=way, **edge)
    reaches = Reaches.of(graph)
    for row in county.vessel_classes.iter_rows(named=True):
        reaches.check_speed(row["water_speed_km_h"], row["vessel_class"])
    return graph


def _plain(values: list[float]) -> float | tuple[float, ...]:
    """Return one value as a number, several as a tuple."""
    return values[0] if len(values) == 1 else tuple(values)


def _periods(
    county: County, month: int | None, start: dt.date | None, days: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the first minutes of the months that are covered, and their currents in km/h and depths in m."""
    if month is not None and start is not None:
        raise ScenarioError(f"waterway: got month {month} and start {start}; expected one of them.")
    if start is None:
        current, depth = _month_values(county, month)
        return [0.0], [current], [depth]
    starts, currents, depths = [], [], []
    for number in range(max(1, days)):
        day = start + dt.timedelta(days=number)
        if number == 0 or day.day == 1:
            current, depth = _month_values(county, day.month)
            starts.append(1440.0 * number)
            currents.append(current)
            depths.append(depth)
    return starts, currents, depths


def _month_values(county: County, month: int | None) -> tuple[float, float]:
    """Return current in km/h and depth in m of a month, or their traffic-weighted means of the year."""
    months = county.river_months
    if month is not None:
        months = months.filter(pl.col("month") == month)
        if not months.height:
            raise ScenarioError(f"month: got {month}; expected a month of river_months (1 to 12).")
        return float(months["current_km_h"][0]), float(months["depth_m"][0])
    weight = months["traffic_share"].to_numpy()
    weight = weight if weight.sum() > 0.0 else np.ones(months.height)
    values = (np.average(months[name].to_numpy(), weights=weight) for name in ("current_km_h", "depth_m"))
    current, depth = (float(value) for value in values)
    return current, depth


@dataclass(frozen=True, slots=True)
class LockSite:
    """A lock on the waterway."""

    node: str
    chainage_km: float
    chambers: tuple[Chamber, ...]
    rules: LockRules


@dataclass(frozen=True, slots=True)
class Reaches:
    """The reaches of a waterway as arrays: currents and depths by period and reach.

    Attributes
    ----------
    names : tuple of str
        Nodes by chainage.
    chainage_km : numpy.ndarray
        Chainage of the nodes, rising.
    period_start_min : numpy.ndarray
        First minute of each period; the first period also holds before.
    down_km_h, up_km_h : numpy.ndarray
        Current along the course of each reach, by direction; shape (periods, reaches).
    depth_m : numpy.ndarray
        Depth, the same shape; infinite where it is not given.
    width_m : tuple of float or None
        Width of the water, by reach.
    locks : tuple of LockSite
        Locks by chainage.
    """

    names: tuple[str, ...]
    chainage_km: Floats
    period_start_min: Floats
    down_km_h: Floats
    up_km_h: Floats
    depth_m: Floats
    width_m: tuple[float | None, ...]
    locks: tuple[LockSite, ...] = ()
    _clocks: dict[tuple[float, int], tuple[Floats, Floats]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, graph: nx.DiGraph) -> Reaches:
        """Return the reaches of a graph made by `waterway` (or like it).

        Raises
        ------
        DataError
            If the graph is not a line sailed both ways, a reach has no length, or an edge or node has no value where
            one is needed or as many values as there are no periods.
        """
        chainages = dict(graph.nodes(data="chainage_km"))
        if len(chainages) < 2 or any(value is None for value in chainages.values()):
            raise DataError(f"waterway: got {len(chainages)} nodes; expected two or more, each with chainage_km.")
        names = sorted(chainages, key=lambda node: (chainages[node], node))
        starts = np.asarray(graph.graph.get("period_start_min", (0.0,)), dtype=np.float64)
        if starts.ndim != 1 or not starts.size or np.any(np.diff(starts) <= 0.0):
            raise DataError(f"waterway: period_start_min {starts.tolist()}; expected minutes that rise.")
        down: list[Floats] = []
        up: list[Floats] = []
        depth: list[Floats] = []
        width: list[float | None] = []
        for upper, lower in itertools.pairwise(names):
            _check_reach(graph, upper, lower, chainages[lower] - chainages[upper])
            for tail, head, values in ((upper, lower, down), (lower, upper, up)):
                values.append(_of_periods(graph, tail, head, "current_km_h", starts.size))
            depth.append(_of_periods(graph, upper, lower, "depth_m", starts.size, default=np.inf))
            width.append(graph[upper][lower].get("width_m"))
        sites = [
            LockSite(str(name), float(chainages[name]), tuple(own["chambers"]), own.get("rules") or LockRules())
            for name, own in graph.nodes(data=True)
            if own.get("chambers")
        ]
        return cls(
            tuple(names),
            np.asarray([chainages[name] for name in names], dtype=np.float64),
            starts,
            np.array(down).T,
            np.array(up).T,
            np.array(depth).T,
            tuple(width),
            tuple(sorted(sites, key=lambda site: site.chainage_km)),
        )

    def check_speed(self, water_speed_km_h: ArrayLike, vessel_class: str) -> None:
        """Raise DataError with reach and vessel class where a current stops the vessel (speed by period and reach)."""
        speed = np.broadcast_to(np.asarray(water_speed_km_h, dtype=np.float64), self.down_km_h.shape)
        for direction, current in (("downstream", self.down_km_h), ("upstream", self.up_km_h)):
            stopped = np.argwhere((speed + current <= 0.0).T)
            if stopped.size:
                at, period = (int(number) for number in stopped[0])
                raise DataError(
                    f"reach '{self.names[at]}' to '{self.names[at + 1]}' {direction}: the current of "
                    f"{abs(current[period, at]):g} km/h stops vessel class '{vessel_class}', which makes "
                    f"{speed[period, at]:g} km/h through the water. "
                    "Lower current_km_h of the reach or raise water_speed_km_h of the vessel class."
                )

    def hours(self, from_km: ArrayLike, to_km: ArrayLike, water_speed_km_h: float, *, period: int = 0) -> Floats:
        """Return the sailing hours between chainages at one speed through the water (either direction)."""
        if (water_speed_km_h, period) not in self._clocks:
            length = np.diff(self.chainage_km)
            clocks = (
                np.concatenate([[0.0], np.cumsum(length / (water_speed_km_h + current[period]))])
                for current in (self.down_km_h, self.up_km_h)
            )
            down, up = clocks
            self._clocks[water_speed_km_h, period] = (down, up)
        down, up = self._clocks[water_speed_km_h, period]
        start, end = np.asarray(from_km, dtype=np.float64), np.asarray(to_km, dtype=np.float64)
        going_down = np.interp(end, self.chainage_km, down) - np.interp(start, self.chainage_km, down)
        going_up = np.interp(start, self.chainage_km, up) - np.interp(end, self.chainage_km, up)
        return np.asarray(np.where(end >= start, going_down, going_up))

    def covers(self, chainage_km: ArrayLike) -> NDArray[np.bool_]:
        """Return whether chainages lie on the waterway."""
        at = np.asarray(chainage_km, dtype=np.float64)
        return np.asarray((at >= self.chainage_km[0] - 1e-9) & (at <= self.chainage_km[-1] + 1e-9))


def _check_reach(graph: nx.DiGraph, upper: str, lower: str, length_km: float) -> None:
    """Refuse a reach that is not sailed both ways or has no length."""
    for tail, head in ((upper, lower), (lower, upper)):
        if not graph.has_edge(tail, head):
            raise DataError(f"waterway: no reach from '{tail}' to '{head}'; expected both directions.")
        if not (length_km > 0.0 and graph[tail][head].get("length_km", length_km) > 0.0):
            raise DataError(
                f"reach '{upper}' to '{lower}': got length {length_km:g} km; expected more than 0. "
                "Give the nodes different chainages or remove one."
            )


def _of_periods(
    graph: nx.DiGraph, tail: str, head: str, name: str, periods: int, *, default: float | None = None
) -> Floats:
    """Return an attribute of an edge with a value a period."""
    value = graph[tail][head].get(name)
    value = default if value is None else value
    if value is None:
        raise DataError(f"reach '{tail}' to '{head}': no {name}; expected a number.{nearest(name, graph[tail][head])}")
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if values.shape not in ((1,), (periods,)):
        raise DataError(f"reach '{tail}' to '{head}': {name} has {values.size} values; expected 1 or {periods}.")
    return np.asarray(np.broadcast_to(values, (periods,)))


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
