"""What a simulation writes down of each request."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.demand import Demand

OUTCOMES: Final = ("unserved", "served", "balked", "reneged", "unfinished")
UNSERVED, SERVED, BALKED, RENEGED, UNFINISHED = range(5)


@dataclass(slots=True)
class Log:
    """Columns by position in the request table; NaN or -1 where it did not happen.

    ``station`` and ``leave`` are written of those who never plug in, ``outcome`` too; ``full`` where it does not follow
    from the gun. ``lost_min`` are waits at stations that were given up. ``gun`` counts all guns of the layout.
    """

    arrive: array[float]
    plug: array[float]
    full: array[float]
    leave: array[float]
    lost_min: array[float]
    travel_min: array[float]
    travel_km: array[float]
    gun: array[int]
    station: array[int]
    tries: array[int]
    outcome: array[int]

    @classmethod
    def of(cls, demand: Demand) -> Log:
        """Return an empty log."""
        size = demand.size
        never, zero = array("d", [math.nan]) * size, array("d", [0.0]) * size
        return cls(
            arrive=demand.arrive_min[:],
            plug=never,
            full=never[:],
            leave=never[:],
            lost_min=zero,
            travel_min=zero[:],
            travel_km=zero[:],
            gun=array("i", [-1]) * size,
            station=array("i", [-1]) * size,
            tries=array("i", [1]) * size,
            outcome=array("b", [UNSERVED]) * size,
        )

    def give(self, column: str) -> NDArray[Any]:
        """Return a column, and forget it."""
        values = getattr(self, column)
        setattr(self, column, array(values.typecode))
        return view(values)


def view(values: array[Any]) -> NDArray[Any]:
    """Return an array of the standard library as one of numpy, on the same memory."""
    kind = np.dtype(values.typecode)
    return np.frombuffer(values, dtype=kind) if len(values) else np.zeros(0, dtype=kind)
