"""How a number of guns is best divided over stations: the least sum of their queues, by marginal gains."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from charging.queueing.formulas import wait_mmc
from data.errors import DataError, InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class GunSplit:
    """Guns of each station.

    Attributes
    ----------
    guns : list of int
        One number per station; together all guns that there were.
    queue : float
        Vehicles that wait, at all stations together, on average over the hours; infinite where a queue grows for ever.
    short : list of int
        Stations whose load in some hour is not below their guns.
    """

    guns: list[int]
    queue: float
    short: list[int]


def split_guns(
    loads_erlang: ArrayLike, guns: int, *, least: ArrayLike | None = None, most: ArrayLike | None = None
) -> GunSplit:
    """Divide guns over stations such that the sum of the Erlang C queues is least; every gun is given out.

    Parameters
    ----------
    loads_erlang : array_like
        Offered load of each station, shape (stations,), or of each station and hour, shape (stations, hours).
    guns : int
        Guns that there are.
    least, most : array_like of int, optional
        The fewest guns of each station (1 each without) and the most.

    Returns
    -------
    GunSplit
        Where the guns do not suffice for all loads, the least load beyond them comes first.

    Raises
    ------
    DataError
        Loads that are missing, negative or infinite, limits that are none or of another number.
    InfeasibleError
        Fewer guns than the least together, or more than the most.

    Notes
    -----
    The mean queue of M/M/c is convex in c (Dyer and Proll, Management Science 24, 1977), and so is the load beyond c:
    giving one gun after another to the station that gains most is optimal (Fox, Management Science 13, 1966).
    """
    loads = np.asarray(loads_erlang, dtype=np.float64)
    loads = loads[:, None] if loads.ndim == 1 else loads
    if loads.ndim != 2 or not loads.size or not np.isfinite(loads).all() or (loads < 0.0).any():
        raise DataError(
            "loads_erlang: expected finite loads of at least 0, one per station or one per station and hour."
        )
    low, high = _limits(least, most, len(loads), guns)
    stations = [_Station(row, int(number)) for row, number in zip(loads, low, strict=True)]
    # heapq takes the least first: gains are negative; of equals the station with the larger load per gun comes first
    queue = [(*station.rank(), number) for number, station in enumerate(stations) if station.guns < high[number]]
    heapq.heapify(queue)
    for _ in range(guns - int(low.sum())):
        number = queue[0][-1]
        station = stations[number]
        station.add()
        if station.guns < high[number]:
            heapq.heapreplace(queue, (*station.rank(), number))
        else:
            heapq.heappop(queue)
    short = [number for number, station in enumerate(stations) if (station.loads >= station.guns).any()]
    total = math.inf if short else math.fsum(station.queue for station in stations)
    return GunSplit([station.guns for station in stations], total, short)


def load_left(load: float, guns: int) -> tuple[float, float]:
    """Return the load that guns cannot take, and the mean queue that they leave where they can take all (else 0).

    A station without a queue that ends is compared by the first figure, one with it by the second.
    """
    if load >= guns:
        # at its load exactly the queue has no end either: as if the last part of a gun were missing
        return load - guns + (1e-9 if load > 0.0 else 0.0), 0.0
    return 0.0, wait_mmc(guns, load) * load


class _Station:
    """A station that gets guns one by one."""

    def __init__(self, loads: Floats, guns: int) -> None:
        self.loads = loads
        self.guns = guns
        # Erlang B by its recursion over the guns; the next gun is always looked at beforehand
        self.blocked = np.ones(len(loads))
        for count in range(1, guns + 1):
            self.blocked = _next(self.blocked, loads, count)
        self.beyond, self.queue = _beyond(loads, guns), _queue(loads, guns, self.blocked)
        self._look()

    def _look(self) -> None:
        """Compute what a gun more would bring."""
        self.after = _next(self.blocked, self.loads, self.guns + 1)
        self.beyond_after = _beyond(self.loads, self.guns + 1)
        self.queue_after = _queue(self.loads, self.guns + 1, self.after)
        # an hour that becomes served gains without bound: it comes before any gain of those that are served
        self.served = int(((self.loads >= self.guns) & (self.loads < self.guns + 1) & (self.loads > 0.0)).sum())

    def rank(self) -> tuple[float, int, float, float, int]:
        """Return the order in which stations get a gun, the first the least."""
        less = self.beyond_after - self.beyond
        gain = self.queue_after - self.queue if not self.served else 0.0
        return less, -self.served, gain, -float(self.loads.max()) / max(1, self.guns), self.guns

    def add(self) -> None:
        """Add a gun."""
        self.guns += 1
        self.blocked, self.beyond, self.queue = self.after, self.beyond_after, self.queue_after
        self._look()


def _next(blocked: Floats, loads: Floats, guns: int) -> Floats:
    """Return Erlang B at `guns` from that at one gun less."""
    return loads * blocked / (guns + loads * blocked)


def _beyond(loads: Floats, guns: int) -> float:
    """Return the load that guns cannot take, on average over the hours."""
    return float(np.maximum(loads - guns, 0.0).mean())


def _queue(loads: Floats, guns: int, blocked: Floats) -> float:
    """Return the mean queue over the hours, of those whose load is below the guns."""
    settled = loads < guns
    load, chance = loads[settled], blocked[settled]
    waiting = guns * chance / (guns - load * (1.0 - chance))
    return float((waiting * load / (guns - load)).sum() / len(loads))


def _limits(least: ArrayLike | None, most: ArrayLike | None, stations: int, guns: int) -> tuple[Ints, Floats]:
    """Return the fewest and the most guns of each station, checked."""
    low = np.ones(stations, dtype=np.int64) if least is None else np.asarray(least, dtype=np.int64)
    high = np.full(stations, np.inf) if most is None else np.asarray(most, dtype=np.float64)
    if low.shape != (stations,) or high.shape != (stations,) or (low < 0).any() or (high < low).any():
        raise DataError(f"least, most: expected {stations} numbers each, from 0, the most not below the least.")
    if guns < low.sum():
        raise InfeasibleError(f"split_guns: got {guns} guns; the least of the stations together are {low.sum()}.")
    if guns > high.sum():
        raise InfeasibleError(f"split_guns: got {guns} guns; the stations together take at most {high.sum():g}.")
    return low, high
