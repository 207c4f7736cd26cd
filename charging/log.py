"""What a simulation writes down of each request."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.pieces import Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.demand import Demand

    Floats = NDArray[np.float64]

OUTCOMES: Final = ("unserved", "served", "balked", "reneged", "unfinished")
UNSERVED, SERVED, BALKED, RENEGED, UNFINISHED = range(5)


@dataclass(slots=True)
class Log:
    """Columns by position in the request table; NaN or -1 where it did not happen.

    ``station``, ``arrive`` and ``leave`` are written where they do not follow from the gun and the request.
    ``plug_kw`` is the cap of a vehicle that charged at a pile of its own. Where piles are shared, ``pile`` and ``gun``
    count all that are shared, guns from 1 on.
    """

    arrive: array[float]
    plug: array[float]
    full: array[float]
    leave: array[float]
    wait: array[float]
    tries: array[int]
    station: array[int]
    group: array[int]
    pile: array[int]
    gun: array[int]
    outcome: array[int]
    travel_min: array[float]
    travel_km: array[float]
    plug_kw: array[float]

    @classmethod
    def of(cls, demand: Demand) -> Log:
        """Return an empty log."""
        size = demand.size
        never, zero = array("d", [math.nan]) * size, array("d", [0.0]) * size
        return cls(
            arrive=demand.arrive_min[:],
            plug=never[:],
            full=never[:],
            leave=never[:],
            wait=zero[:],
            tries=array("i", [1]) * size,
            station=array("i", [-1]) * size,
            group=array("i", [-1]) * size,
            pile=array("i", [-1]) * size,
            gun=array("i", [0]) * size,
            outcome=array("i", [UNSERVED]) * size,
            travel_min=zero[:],
            travel_km=zero[:],
            plug_kw=never,
        )

    def stretches(self, demand: Demand, changes: tuple[Floats, Floats, Floats, Floats]) -> Stretches:
        """Return all stretches of charging in order of request and time, with the changes at shared piles."""
        requests, times, socs, caps = changes
        plug_kw = np.asarray(self.plug_kw, dtype=np.float64)
        alone = np.flatnonzero(~np.isnan(plug_kw))
        request = np.concatenate([alone, requests.astype(np.int64)])
        order = np.argsort(request, kind="stable")
        request = request[order]
        _, _, _, from_soc, to_soc = demand.batteries.T
        start = np.concatenate([np.asarray(self.plug, dtype=np.float64)[alone], times])[order]
        soc = np.concatenate([from_soc[alone], socs])[order]
        cap = np.concatenate([plug_kw[alone], caps])[order]
        last = np.diff(request, append=-1) != 0
        end = np.where(last, np.asarray(self.full, dtype=np.float64)[request], _following(start))
        return Stretches(request, start, end, soc, np.where(last, to_soc[request], _following(soc)), cap)


def _following(values: Floats) -> Floats:
    """Return the value of the next row for each row; the last has none."""
    return np.append(values[1:], math.nan)[: len(values)]
