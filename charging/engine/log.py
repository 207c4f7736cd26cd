"""What a simulation writes down of each request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from charging.engine.columns import counts, numbers, numbers_of, view
from data.outcomes import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.engine.demand import Demand

OUTCOMES: Final = (Outcome.UNSERVED, Outcome.SERVED, Outcome.BALKED, Outcome.RENEGED, Outcome.UNFINISHED)
"""What the codes in ``Log.outcome`` mean: fresh memory is zero, and who never came to a station was not served."""
UNSERVED, SERVED, BALKED, RENEGED, UNFINISHED = range(5)


@dataclass(slots=True)
class Log:
    """Columns by position in the request table; NaN or -1 where it did not happen.

    ``end`` is when the charge was full, or when a driver who never plugged in gave up; ``station`` and ``outcome`` are
    written of those. ``lost_min`` are waits at stations that were given up. ``gun`` counts all guns of the layout
    from 1 on; 0 is none.
    """

    arrive: memoryview[float]
    plug: memoryview[float]
    end: memoryview[float]
    lost_min: memoryview[float]
    travel_min: memoryview[float]
    travel_km: memoryview[float]
    gun: memoryview[int]
    station: memoryview[int]
    tries: memoryview[int]
    outcome: memoryview[int]

    @classmethod
    def of(cls, demand: Demand) -> Log:
        """Return an empty log."""
        size = demand.size
        log = cls(
            arrive=numbers_of(view(demand.arrive_min)),
            plug=numbers(size),
            end=numbers(size),
            lost_min=numbers(size),
            travel_min=numbers(size),
            travel_km=numbers(size),
            gun=counts(size),
            station=counts(size),
            tries=counts(size),
            outcome=counts(size),
        )
        view(log.plug)[:] = view(log.end)[:] = math.nan
        view(log.station)[:] = -1
        view(log.tries)[:] = 1
        return log

    def give(self, column: str) -> NDArray[Any]:
        """Return a column, and forget it."""
        values = view(getattr(self, column))
        setattr(self, column, counts(0))
        return values
