"""What a simulation writes down: what happened to each request, and where charging changed."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.pieces import Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.demand import Demand

OUTCOMES: Final = ("unserved", "served", "balked", "reneged", "unfinished")
UNSERVED, SERVED, BALKED, RENEGED, UNFINISHED = range(5)


@dataclass(slots=True)
class Log:
    """Columns by position in the request table; NaN or -1 where it did not happen.

    ``plug_kw`` is the cap of a vehicle that charged at a gun with a power of its own; charges that shared are written
    as stretches: request, time, SOC and cap from then on.
    """

    arrive: list[float]
    plug: list[float]
    full: list[float]
    leave: list[float]
    wait: list[float]
    tries: list[int]
    station: list[int]
    group: list[int]
    pile: list[int]
    gun: list[int]
    outcome: list[int]
    travel_min: list[float]
    travel_km: list[float]
    plug_kw: list[float]
    requests: array[int] = field(default_factory=lambda: array("q"))
    times_min: array[float] = field(default_factory=lambda: array("d"))
    socs: array[float] = field(default_factory=lambda: array("d"))
    caps_kw: array[float] = field(default_factory=lambda: array("d"))

    @classmethod
    def of_size(cls, size: int) -> Log:
        """Return an empty log for ``size`` requests."""
        nan = math.nan
        return cls(
            arrive=[nan] * size,
            plug=[nan] * size,
            full=[nan] * size,
            leave=[nan] * size,
            wait=[0.0] * size,
            tries=[0] * size,
            station=[-1] * size,
            group=[-1] * size,
            pile=[-1] * size,
            gun=[-1] * size,
            outcome=[UNSERVED] * size,
            travel_min=[0.0] * size,
            travel_km=[0.0] * size,
            plug_kw=[nan] * size,
        )

    def stretch(self, request: int, now_min: float, soc: float, cap_kw: float) -> None:
        """Write that a request charges under another cap from now on."""
        self.requests.append(request)
        self.times_min.append(now_min)
        self.socs.append(soc)
        self.caps_kw.append(cap_kw)

    def stretches(self, demand: Demand) -> Stretches:
        """Return all stretches of charging in order of request and time."""
        plug_kw = np.asarray(self.plug_kw)
        alone = np.flatnonzero(~np.isnan(plug_kw))
        request = np.concatenate([alone, np.asarray(self.requests, dtype=np.int64)])
        order = np.argsort(request, kind="stable")
        request = request[order]
        start = _joined(np.asarray(self.plug)[alone], self.times_min)[order]
        soc = _joined(demand.soc[alone], self.socs)[order]
        cap = _joined(plug_kw[alone], self.caps_kw)[order]
        last = np.append(request[1:] != request[:-1], True) if len(request) else np.empty(0, dtype=bool)
        end = np.where(last, np.asarray(self.full)[request], np.append(start[1:], 0.0)[: len(request)])
        end_soc = np.where(last, demand.end_soc[request], np.append(soc[1:], 0.0)[: len(request)])
        return Stretches(request, start, end, soc, end_soc, cap)


def _joined(first: NDArray[np.float64], rest: array[float]) -> NDArray[np.float64]:
    """Return numbers of vehicles that charged alone, then those of stretches."""
    return np.concatenate([first, np.asarray(rest, dtype=np.float64)])
