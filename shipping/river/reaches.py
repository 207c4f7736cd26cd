"""The reaches of a waterway as arrays, with its locks: what sailing reads."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar, cast

import numpy as np

from data.errors import DataError, nearest
from shipping.river.chambers import LockRules

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import ArrayLike, NDArray

    from data.arrays import Floats
    from shipping.river.chambers import Chamber


Kept = TypeVar("Kept")
KEPT_WAYS: Final = 16_384
"""Ways of vessels of which something is kept: those that are under way at the start begin anywhere, in every run."""
_END_KM: Final = 1e-9  # what an end of a voyage may lie off the last node: rounding of chainages


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
    keel_m : float or None
        Water that vessels keep under the keel under way: they load less where there is not enough. None: a vessel that
        does not float is a fault.
    load_ahead_min : float
        How long ahead a vessel loads for the lowest water, min.
    """

    names: tuple[str, ...]
    chainage_km: Floats
    period_start_min: Floats
    down_km_h: Floats
    up_km_h: Floats
    depth_m: Floats
    width_m: tuple[float | None, ...]
    locks: tuple[LockSite, ...] = ()
    keel_m: float | None = None
    load_ahead_min: float = 0.0
    _clocks: dict[tuple[float, int], tuple[Floats, Floats]] = field(default_factory=dict, repr=False, compare=False)
    _sections: dict[tuple[float | None, float], NDArray[np.bool_]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _kept: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def kept(self, name: str, new: Kept) -> Kept:
        """Return what simulations on these reaches share under a name; the first of them brings it."""
        return cast("Kept", self._kept.setdefault(name, new))

    @classmethod
    def from_graph(cls, graph: nx.DiGraph) -> Reaches:
        """Return the reaches of a graph made by `waterway` (or like it).

        Raises
        ------
        DataError
            If the graph is not a line sailed both ways, a reach has no length, or an edge or node has no value where
            one is needed or a number of values that is not that of the periods.
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
            if not np.all(depth[-1] > 0.0):
                raise DataError(
                    f"reach '{upper}' to '{lower}': got depth_m {float(np.min(depth[-1])):g}; expected more than 0. "
                    "Check depth_m of river_months, depth_add_m of river_reaches and river.level_change_m."
                )
            width.append(graph[upper][lower].get("width_m"))
        sites = [
            LockSite(str(name), float(chainages[name]), tuple(node["chambers"]), node.get("rules") or LockRules())
            for name, node in graph.nodes(data=True)
            if node.get("chambers")
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
            _keel(graph.graph.get("keel_m")),
            float(graph.graph.get("load_ahead_min", 0.0)),
        )

    def check_speed(self, water_speed_km_h: ArrayLike, vessel_class: str) -> None:
        """Raise DataError with reach and vessel class where a current stops the vessel (speed by period and reach)."""
        speed = np.broadcast_to(np.asarray(water_speed_km_h, dtype=np.float64), self.down_km_h.shape)
        for direction, current in (("downstream", self.down_km_h), ("upstream", self.up_km_h)):
            ground = speed + current
            if ground.min() > 0.0:
                continue
            stopped = np.argwhere((ground <= 0.0).T)
            if stopped.size:  # a ground speed of 0 would be an endless voyage: better a fault than a stuck clock
                reach, period = (int(number) for number in stopped[0])
                raise DataError(
                    f"reach '{self.names[reach]}' to '{self.names[reach + 1]}' {direction}: the current of "
                    f"{abs(current[period, reach]):g} km/h stops vessel class '{vessel_class}', which makes "
                    f"{speed[period, reach]:g} km/h through the water. "
                    "Lower current_km_h of the reach or raise water_speed_km_h of the vessel class."
                )

    @property
    def sections(self) -> dict[tuple[float | None, float], NDArray[np.bool_]]:
        """Width and depth of the water, each pair with the periods and reaches that have it."""
        # looked up for every vessel and load, and found in a few milliseconds: once per waterway
        if not self._sections:
            for width in set(self.width_m):
                as_wide = np.array([wide == width for wide in self.width_m])
                for depth in np.unique(self.depth_m[:, as_wide]):
                    self._sections[width, float(depth)] = (self.depth_m == depth) & as_wide
        return self._sections

    def hours(self, from_km: ArrayLike, to_km: ArrayLike, water_speed_km_h: float, *, period: int = 0) -> Floats:
        """Return the sailing hours between chainages at one speed through the water (either direction)."""
        if (water_speed_km_h, period) not in self._clocks:
            # hours since the upper end, so that any two chainages are one subtraction apart
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
        km = np.asarray(chainage_km, dtype=np.float64)
        return np.asarray((km >= self.chainage_km[0] - _END_KM) & (km <= self.chainage_km[-1] + _END_KM))


def _keel(given: float | None) -> float | None:
    """Return the water under the keel; DataError for a negative one."""
    if given is not None and not given >= 0.0:
        raise DataError(f"waterway: got keel_m {given:g}; expected 0 m or more.")
    return given


def passes_lock(lock_km: float, from_km: float, to_km: float, came_from_km: float | None = None) -> bool:
    """Return whether a voyage passes a lock.

    Voyages that are cut at a lock, as recorded ones are, pass it once: the voyage that begins there does, the one that
    ends there does not.

    Parameters
    ----------
    lock_km, from_km, to_km : float
        Chainages of the lock and of the voyage's ends.
    came_from_km : float, optional
        Where the vessel came from before. If it turns round below the lock's door it does not pass; if nothing is known
        it came through.
    """
    if lock_km == from_km:
        turns = came_from_km is not None and (came_from_km - from_km) * (to_km - from_km) > 0.0
        return to_km != from_km and not turns
    return min(from_km, to_km) < lock_km < max(from_km, to_km)


def _check_reach(graph: nx.DiGraph, upper: str, lower: str, length_km: float) -> None:
    """Raise DataError for a reach that is not sailed both ways or has no length."""
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
    """Return an attribute of an edge with one value per period."""
    value = graph[tail][head].get(name)
    value = default if value is None else value
    if value is None:
        raise DataError(f"reach '{tail}' to '{head}': no {name}; expected a number.{nearest(name, graph[tail][head])}")
    if isinstance(value, float):  # as most are: an array of them in one call
        return np.full(periods, value)
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if values.shape not in ((1,), (periods,)):
        raise DataError(f"reach '{tail}' to '{head}': {name} has {values.size} values; expected 1 or {periods}.")
    return np.asarray(np.broadcast_to(values, (periods,)))
