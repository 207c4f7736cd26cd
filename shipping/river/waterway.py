"""The waterway: a line of river nodes by chainage, sailed in both directions."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError, ScenarioError
from data.memory.remembering import remembered
from shipping.parameters.county_river import river_table, rows_of
from shipping.parameters.river_parameters import RiverTables
from shipping.river.chambers import LockRules, lock_chambers
from shipping.river.lock_calendar import resting
from shipping.river.reaches import Reaches

if TYPE_CHECKING:
    import networkx as nx

    from data.county import County


_REACH_COLUMNS: Final = ("node", "current_factor", "depth_add_m", "width_m")


def locks_km(nodes: pl.DataFrame) -> list[float]:
    """Return the chainages of the locks in the table ``river_nodes``."""
    return [
        km for kind, km in zip(nodes["kind"].to_list(), nodes["chainage_km"].to_list(), strict=True) if kind == "lock"
    ]


def mean_reaches(county: County) -> Reaches:
    """Return the reaches with the mean current and depth of the year, which traffic is drawn on; see `waterway`."""
    return remembered(county, ("mean_reaches",), lambda watched: Reaches.from_graph(waterway(watched)))


def reaches_with_locks(county: County, *, start: dt.date, days: int) -> Reaches:
    """Return the reaches of some days with their locks, which voyages are simulated on; see `waterway`.

    Replications share them, and with them what depends on hulls and water alone.
    """
    return remembered(
        county,
        ("reaches_with_locks", start, days),
        lambda watched: Reaches.from_graph(waterway(watched, start=start, days=days, locks=True)),
    )


def waterway(
    county: County,
    *,
    month: int | None = None,
    start: dt.date | None = None,
    days: int = 1,
    locks: bool = False,
) -> nx.DiGraph:
    """Return the river as a directed graph, one edge per reach and direction.

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
        Whether nodes of kind "lock" get the chambers of the county's lock of that name; with `start` they rest when
        table ``lock_calendar`` says so.

    Returns
    -------
    networkx.DiGraph
        Nodes carry ``chainage_km`` and ``kind``, a lock also ``chambers`` and ``rules`` (`shipping.river.chambers`).
        Edges carry ``length_km``, ``current_km_h`` (along the edge: positive downstream, negative upstream),
        ``depth_m``, ``width_m`` (of the water, or None) and ``direction`` ("down" or "up"). Where several months are
        covered the graph has ``period_start_min``, and current and depth are tuples with one value per period. The
        current and depth of a reach are those of the month times ``current_factor`` and plus ``depth_add_m`` of the
        reach; ``river.level_change_m`` comes on top of all depths. ``sill_depth_m`` of ``locks`` is that of the month
        with the lowest water; in others there is as much more over the sill as in the river. With ``river.keel_m`` the
        graph has ``keel_m``, what vessels keep under the keel, and ``load_ahead_min``, for how long ahead they load.

    Raises
    ------
    ScenarioError
        If the month does not exist, or month and start are both given.
    DataError
        If the county has no river, a reach has no length, there are fewer than two nodes, or a current stops a vessel
        class.
    """
    tables = RiverTables.from_county(county)
    graph = river_graph(tables, month=month, start=start, days=days)
    if locks:
        known = rows_of(county, "locks")
        named = set(known["lock"])
        for node, kind in graph.nodes(data="kind"):
            if kind == "lock" and node in named:
                rests = {}
                if start is not None:
                    rests = resting(rows_of(county, "lock_calendar"), known, node, start=start, days=max(1, days))
                levels = _over_sills(tables, month, start, days)
                chambers = tuple(lock_chambers(known, node, closed=rests, levels=levels))
                graph.nodes[node].update(chambers=chambers, rules=LockRules.from_county(county))
    reaches = Reaches.from_graph(graph)
    for name, speed in river_table(county, "vessel_classes").select("vessel_class", "water_speed_km_h").iter_rows():
        reaches.check_speed(speed, name)
    return graph


def _over_sills(
    tables: RiverTables, month: int | None, start: dt.date | None, days: int
) -> tuple[tuple[float, float], ...]:
    """Return from when on how much more water is over the sills than in the month with the lowest water."""
    starts, _, depths = _periods(tables, month, start, days)
    lowest = float(tables.months["depth_m"].to_numpy().min())
    return tuple((since, depth - lowest) for since, depth in zip(starts, depths, strict=True))


def river_graph(
    tables: RiverTables, *, month: int | None = None, start: dt.date | None = None, days: int = 1
) -> nx.DiGraph:
    """Return the graph of a river's tables, without locks; see `waterway`."""
    import networkx as nx  # noqa: PLC0415 - takes 0.1 s to load, and a county without a river needs none

    starts, currents, depths = _periods(tables, month, start, days)
    nodes = tables.nodes.sort("chainage_km")
    graph = nx.DiGraph()
    if tables.keel_m is not None:
        graph.graph["keel_m"] = tables.keel_m
        graph.graph["load_ahead_min"] = tables.load_ahead_days * DAY_MIN
    if len(starts) > 1:
        graph.graph["period_start_min"] = tuple(starts)
    for node, chainage_km, kind in nodes.select("node", "chainage_km", "kind").iter_rows():
        graph.add_node(node, chainage_km=float(chainage_km), kind=kind)
    differing = {name: values for name, *values in tables.reaches.select(_REACH_COLUMNS).iter_rows()}
    ends = nodes.select("node", "chainage_km").iter_rows()
    for (upper, upper_km), (lower, lower_km) in itertools.pairwise(ends):
        factor, added, width = differing.get(upper, (1.0, 0.0, None))
        edge = {
            "length_km": lower_km - upper_km,
            "depth_m": _plain([depth + added for depth in depths]),
            "width_m": width,
        }
        for tail, head, sign, way in ((upper, lower, factor, "down"), (lower, upper, -factor, "up")):
            along = _plain([sign * current for current in currents])
            graph.add_edge(tail, head, current_km_h=along, direction=way, **edge)
    return graph


def _plain(values: list[float]) -> float | tuple[float, ...]:
    """Return one value as a number, several as a tuple."""
    return values[0] if len(values) == 1 else tuple(values)


def _periods(
    tables: RiverTables, month: int | None, start: dt.date | None, days: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the first minutes of the months that are covered, and their currents in km/h and depths in m."""
    months = tables.months.with_columns(pl.col("depth_m") + tables.level_change_m)
    if month is not None and start is not None:
        raise ScenarioError(f"waterway: got month {month} and start {start}; expected one of them.")
    if start is None:
        current, depth = _month_values(months, month)
        return [0.0], [current], [depth]
    starts, currents, depths = [], [], []
    for number in range(max(1, days)):
        day = start + dt.timedelta(days=number)
        if number == 0 or day.day == 1:  # current and depth change with the month, and with nothing else
            current, depth = _month_values(months, day.month)
            starts.append(DAY_MIN * number)
            currents.append(current)
            depths.append(depth)
    return starts, currents, depths


def _month_values(months: pl.DataFrame, month: int | None) -> tuple[float, float]:
    """Return current in km/h and depth in m of a month, or their traffic-weighted means of the year."""
    if month is not None:
        months = months.filter(pl.col("month") == month)
        if not months.height:
            raise ScenarioError(f"month: got {month}; expected a month of river_months (1 to 12).")
        return float(months["current_km_h"][0]), float(months["depth_m"][0])
    # Weighted by traffic: the mean that a vessel meets, not that of the calendar.
    weight = months["traffic_share"].to_numpy()
    weight = weight if weight.sum() > 0.0 else np.ones(months.height)
    values = (np.average(months[name].to_numpy(), weights=weight) for name in ("current_km_h", "depth_m"))
    current, depth = (float(value) for value in values)
    return current, depth


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
    import networkx as nx  # noqa: PLC0415 - as above

    graph = nx.DiGraph()
    chainage, before = 0.0, None
    for name, lon, lat in nodes.select("node", "lon", "lat").iter_rows():
        if before is not None:
            length = geodesic_km(before[1], before[2], lon, lat)
            if length <= 0.0:
                raise DataError(f"reach '{before[0]}' to '{name}': got length 0 km; expected different places.")
            chainage += length
            graph.add_node(name, chainage_km=chainage, kind="node")
            graph.add_edge(before[0], name, length_km=length, current_km_h=current_km_h, direction="down")
            graph.add_edge(name, before[0], length_km=length, current_km_h=-current_km_h, direction="up")
        else:
            graph.add_node(name, chainage_km=0.0, kind="node")
        before = (name, lon, lat)
    return graph
