"""The fewest guns with which those who come are served in time, by formula, station by station."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from charging.queueing.bounded import bounded
from charging.queueing.formulas import erlang_c
from charging.queueing.offered_load import modified_load
from charging.queueing.preview import assigned_parts
from data.schemas.accounts import LEAST_GUNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from charging.inputs.behaviour import Behaviour
    from charging.queueing.preview import Part
    from charging.queueing.waits import Callers
    from data.arrays import Floats

_PAST_P95: Final = 0.05
"""Share of waits that a P95 leaves out."""
_TINY: Final = 1e-12
"""Below any share or wait in min that matters: keeps a division from 0."""
_SAFETY: Final = 1.8
"""Guns beyond the load over its square root at which the search begins: whatever it is, the answer is the same."""
_MOST: Final = 100_000
"""Guns at which the search gives up: more than any station has."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a station has to keep.

    Attributes
    ----------
    late_min, late_share : float
        Longest wait that is in time, min, and the largest share that may wait longer or leave.
    left_share : float
        Largest share that may leave: turn away, or give up.
    p95_min : float or None
        Longest wait that 95 of 100 of those who stay may have, min; None asks nothing.
    """

    late_min: float
    late_share: float
    left_share: float
    p95_min: float | None = None


class Lateness(NamedTuple):
    """Shares of the arrivals: who leaves or waits beyond the limit, who leaves, and of the rest who waits past P95."""

    late: float
    left: float
    beyond_p95: float

    def keeps(self, criteria: Criteria) -> bool:
        """Return whether all criteria hold."""
        in_time = self.late <= criteria.late_share and self.left <= criteria.left_share
        return in_time and self.beyond_p95 <= _PAST_P95


def least_guns(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None,
    criteria: Criteria,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the fewest guns of each station and current that keep the criteria, without simulating.

    Requests are assigned as in `charging.queueing.preview.preview`; each station has to keep the criteria for all who
    come to it first, so that nobody has to go on to another one. Who can take either current is counted at DC, where
    he is done sooner, whatever he takes first: nobody needs a gun that he only likes better.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`charging.simulate`.
    criteria
        What each station has to keep.

    Returns
    -------
    polars.DataFrame
        Columns of `LEAST_GUNS`, one row per station and current that it has.

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column.

    Notes
    -----
    Stationary queues hour by hour at the modified offered load (see `charging.queueing.waits.waits_of`). Who waits at
    all is taken to wait an exponential time of the queue's mean, which is exact for M/M/c (Gross et al., Fundamentals
    of Queueing Theory, 4th ed., section 2.3). In an hour whose load is not below the guns of a queue without bound all
    are late.
    """
    if "first_current" in requests.columns:
        requests = requests.with_columns(first_current=pl.lit(None, pl.String))
    parts = assigned_parts(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    return pl.DataFrame([_row(part, criteria) for part in parts], schema=LEAST_GUNS, orient="row")


def _row(part: Part, criteria: Criteria) -> tuple[object, ...]:
    """Return the row of a station's guns of one current."""
    guns = part.station.guns[part.current]
    head = (part.station.station_id, part.current, guns)
    if part.who is None:
        return (*head, 0, 0, 0.0, 0.0, 0.0)
    asked = Asked.of(part.who, part.loads)
    now = asked.lateness(guns, criteria)
    least = asked.fewest(criteria)
    return (*head, least, len(part.who.stay_min), part.busy_erlang, now.late, now.left)


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What is asked of guns of one kind: the same whatever their number.

    Attributes
    ----------
    who : Callers
        Who comes.
    loads, come : numpy.ndarray
        Modified offered load, Erlang, and share of the arrivals, in each hour in which somebody comes.
    mean_min : float
        Their mean stay at a gun, minutes.
    """

    who: Callers
    loads: Floats
    come: Floats
    mean_min: float

    @classmethod
    def of(cls, who: Callers, loads: Floats | None = None) -> Self:
        """Return what those who come ask for; their modified offered load is given where it is known."""
        loads = modified_load(who.rate_per_min, who.stay_min) if loads is None else loads
        come = who.rate_per_min / who.rate_per_min.sum()
        some = (loads > 0.0) & (come > 0.0)
        return cls(who, loads[some], come[some], float(who.stay_min.mean()))

    def fewest(self, criteria: Criteria) -> int:
        """Return the fewest guns that keep the criteria, at least 1."""

        def enough(guns: int) -> bool:
            return self.lateness(guns, criteria).keeps(criteria)

        # the rule of thumb for staffing is off by one or two, and fewer guns never serve better
        busiest = float(self.loads.max(initial=0.0))
        low, high, step = 0, max(1, math.ceil(busiest + _SAFETY * math.sqrt(busiest))), 1
        if enough(high):
            while high - step > 0 and enough(high - step):
                high, step = high - step, 2 * step
            low = max(0, high - step)
        else:
            low, high = high, high + step
            while not enough(high) and high < _MOST:
                step *= 2
                low, high = high, high + step
        # halve between what fails and what holds
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return high

    def lateness(self, guns: int, criteria: Criteria) -> Lateness:
        """Return the shares of those who come that are late, that leave, and that wait past the P95.

        Parameters
        ----------
        guns
            At least 1.
        criteria
            Their limits of the wait count.
        """
        waiting, mean_min, left = _queue(guns, self)

        def past(limit_min: float) -> float:
            return float(self.come @ np.minimum(left + waiting * np.exp(-limit_min / mean_min), 1.0))

        mean_min = np.maximum(mean_min, _TINY)
        late, gone = past(criteria.late_min), float(self.come @ left)
        if criteria.p95_min is None:
            return Lateness(late, gone, 0.0)
        return Lateness(late, gone, (past(criteria.p95_min) - gone) / max(1.0 - gone, _TINY))


def _queue(guns: int, asked: Asked) -> tuple[Floats, Floats, Floats]:
    """Return by hour the share that waits and is served, the mean of those waits in min, and the share that leaves."""
    who, loads, mean = asked.who, asked.loads, asked.mean_min
    if who.patience_per_min > 0.0 or who.joins[-1] == 0.0:
        found = bounded(guns, loads, joins=who.joins, patience=who.patience_per_min * mean)
        waiting = np.maximum(found.wait_share - found.left_share, 0.0)
        # waits are stated over all who join
        over = np.maximum(waiting, _TINY) / np.maximum(1.0 - found.left_share, _TINY)
        return waiting, found.wait * mean / over, found.left_share
    # as `waits_of`: half the sum of the squared coefficients of variation of gaps (1) and stays
    spread = 0.5 * (1.0 + float(who.stay_min.var()) / mean**2)
    full = loads >= guns
    waiting = np.array([erlang_c(guns, float(load)) for load in loads])
    room = np.where(full, 1.0, guns - loads)
    return waiting, np.where(full, np.inf, spread * mean / room), np.zeros(len(loads))
