"""What a simulation writes down of each request."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.columns import counts, counts_to_write, numbers, numbers_of, numbers_to_write, view
from charging.engine.ends.reasons import NEVER_BEGAN
from data.outcomes import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.engine.demand import Demand

OUTCOMES: Final = (Outcome.UNSERVED, Outcome.SERVED, Outcome.BALKED, Outcome.RENEGED, Outcome.UNFINISHED)
"""What the codes in ``SessionLog.outcome`` mean: fresh memory is zero, and a driver who never came to a station was not
served."""
UNSERVED, SERVED, BALKED, RENEGED, UNFINISHED = range(5)


@dataclass(frozen=True, slots=True)
class SessionLog:
    """Columns by position in the request table; NaN or -1 where it did not happen.

    Attributes
    ----------
    begin
        When the driver set out, minutes; where nobody follows anybody, the memory of ``Demand.arrive_min``.
    arrive, plug
        When the driver reached the last station, and plugged in, minutes.
    end
        When the charge ended, or when a driver who never plugged in gave up, minutes.
    lost_min
        Waits at stations that were given up.
    travel_min, travel_km
        Ways driven, from station to station too.
    gun
        Number of the gun, counted over all guns of the layout from 1 on; 0 is none.
    station, outcome
        Last station and code of the outcome; written of drivers who did not plug in.
    tries
        Stations that were driven to.
    reason
        Why it was not served, see ``charging.engine.ends.reasons``; written of drivers who did not plug in.
    """

    begin: memoryview[float]
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
    reason: memoryview[int]

    @classmethod
    def empty(cls, demand: Demand) -> SessionLog:
        """Return the log before anything happened."""
        size = demand.size
        chains = demand.chains
        log = cls(
            begin=demand.arrive_min if chains is None else numbers_of(view(demand.arrive_min)),
            arrive=numbers_of(view(demand.arrive_min)),
            plug=numbers_to_write(size),
            end=numbers_to_write(size),
            lost_min=numbers(size),
            travel_min=numbers_to_write(size),
            travel_km=numbers_to_write(size),
            gun=counts_to_write(size),
            station=counts_to_write(size),
            tries=counts_to_write(size),
            outcome=counts_to_write(size),
            reason=counts(size),
        )
        if chains is not None:
            view(log.begin)[chains.roots :] = math.nan
        view(log.plug)[:] = view(log.end)[:] = math.nan
        view(log.station)[:] = -1
        view(log.tries)[:] = 1
        return log

    def never_began(self, now: float) -> None:
        """Write down the requests that follow one which never ended, at the end of a simulation."""
        waiting = np.isnan(view(self.begin))
        view(self.begin)[waiting] = now
        view(self.outcome)[waiting], view(self.reason)[waiting] = UNFINISHED, NEVER_BEGAN
        view(self.tries)[waiting] = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the columns as arrays on the same memory."""
        return {field.name: view(getattr(self, field.name)) for field in fields(self)}
