"""A lock as a run has recorded it: vessels wait as long as those did that arrived there at their time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from shipping.river.locks import Lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from data.arrays import Floats
    from shipping.river.locks import Transit


@dataclass(eq=False)
class RecordedLock(Lock):
    """A lock whose waits are those of a run that was simulated before.

    A vessel takes the time that the next recorded one of its direction and priority took, counted from its own
    arrival: one that arrives at the recorded minute leaves at the recorded minute. What it would have done to the
    others is left out, so this stands for the lock where few vessels change their times by little.
    """

    _seen: dict[tuple[str, int], tuple[Floats, Floats]] = field(init=False, default_factory=dict)
    _together: dict[tuple[str, int, float], int] = field(init=False, default_factory=dict)

    def record(self, transits: Iterable[Transit]) -> None:
        """Take over the transits of a run; NaN marks who had not left by its end, and never does."""
        rows: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for transit in transits:
            rows.setdefault((transit.side, transit.priority), []).append((transit.arrive_min, transit.leave_min))
        for key, values in rows.items():
            arrive, leaves = np.array(sorted(values, key=lambda row: row[0])).T
            self._seen[key] = (arrive, leaves)

    def expect_all(self, vessels: Sequence[Transit]) -> None:
        """Let vessels pass as the next recorded ones did; one waits for ever where none is known to have passed."""
        for vessel in vessels:
            self._pass(vessel)

    def _pass(self, vessel: Transit) -> None:
        """Let a vessel pass."""
        arrive_min = vessel.ready_min = vessel.arrive_min
        arrive, leaves = self._seen.get((vessel.side, vessel.priority), _NEVER)
        # behind the last one: as that one did; who come at the same minute take its records in their order
        last = arrive.size - 1
        row = min(int(np.searchsorted(arrive, arrive_min)), last)
        together = self._together.get((vessel.side, vessel.priority, arrive_min), 0)
        self._together[vessel.side, vessel.priority, arrive_min] = together + 1
        row += together if arrive[min(row + together, last)] == arrive_min else 0
        # of the recorded vessel itself the arrivals differ by exactly 0: it leaves to the bit as it did
        leaves_min = float(leaves[row]) + (arrive_min - float(arrive[row]))
        if not math.isnan(leaves_min):
            vessel.leave_min = leaves_min
            if vessel.on_lockage is not None:
                vessel.on_lockage(vessel)


_NEVER: Final = (np.array([0.0]), np.array([math.nan]))
