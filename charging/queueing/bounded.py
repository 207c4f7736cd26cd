"""Queues that cannot grow without bound: drivers who give up, drivers who turn away from a long queue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats

_SPREADS: Final = 12.0
"""Standard deviations of the queue beyond its middle at which the chain is cut: what lies beyond is below rounding."""
_MORE: Final = 50
"""States beyond that, for queues too short to be called normal."""
_LARGE: Final = 1e200
"""Weight of a state beyond which all are made smaller."""
_NOTHING: Final = 1e-18
"""Weight of a long queue over that of all shorter ones that rounding loses."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Figures of M/M/c/K: share of arrivals turned away, share that waits, mean queue, mean wait of those let in."""

    blocked_share: float
    wait_share: float
    queue: float
    wait_min: float


def mmck(servers: int, offered_load: float, places: int, *, service_min: float = 1.0) -> Limited:
    """Return the figures of M/M/c/K, in the unit of ``service_min``.

    Parameters
    ----------
    servers, offered_load
        Servers c and load a = arrival rate times mean service time; any load, as the queue is bounded.
    places
        Places K of the system, those at the servers among them: at least as many as servers.
    service_min
        Mean service time.

    Returns
    -------
    Limited
        ``wait_share`` is of all arrivals, ``wait_min`` the mean over those who are let in.

    Raises
    ------
    DataError
        Less than one server, fewer places than servers, a negative or infinite load, or a service time not above 0.

    Notes
    -----
    Birth-death chain; Gross et al., Fundamentals of Queueing Theory (4th ed.), section 2.5. K = c is Erlang B.

    Examples
    --------
    One gun and one place to wait: nobody, one or two vehicles are as likely, and a third is turned away.

    >>> found = mmck(1, 1.0, 2, service_min=30.0)
    >>> round(found.blocked_share, 4), round(found.wait_min, 4)
    (0.3333, 15.0)
    """
    if servers < 1 or servers != int(servers):
        raise DataError(f"servers: got {servers}, expected a whole number of at least 1.")
    if places < servers or places != int(places):
        raise DataError(f"places: got {places}, expected a whole number of at least the {servers} servers.")
    if not (math.isfinite(offered_load) and offered_load >= 0.0):
        raise DataError(f"offered_load: got {offered_load}, expected a finite load of at least 0 Erlang.")
    if not service_min > 0.0:
        raise DataError(f"service_min: got {service_min}, expected more than 0.")
    if offered_load == 0.0:
        return Limited(0.0, 0.0, 0.0, 0.0)
    joins = np.append(np.ones(places - servers), 0.0)
    found = bounded(servers, np.array([offered_load]), joins=joins)
    waiting, lost, wait = (float(part[0]) for part in (found.wait_share, found.left_share, found.wait))
    return Limited(lost, waiting - lost, wait * offered_load * (1.0 - lost), wait * service_min)


@dataclass(frozen=True, slots=True)
class Bounded:
    """Figures of a bounded queue at each of several loads; the wait is in service times.

    Attributes
    ----------
    wait_share
        Share of arrivals that find no server free.
    left_share
        Share of arrivals that leave without service: turned away, or given up.
    wait
        Mean wait of those who do not turn away at once, those who give up later among them.
    """

    wait_share: Floats
    left_share: Floats
    wait: Floats


def bounded(servers: int, loads: Floats, *, joins: Floats, patience: float = 0.0) -> Bounded:
    """Return the stationary queue M/M/c with balking and exponential patience, at each of several loads.

    Parameters
    ----------
    servers
        Servers c.
    loads
        Offered loads, Erlang, above 0.
    joins
        Share of arrivals that join when 0, 1, 2, ... wait before them; the last one holds for all longer queues.
    patience
        Rate at which each who waits gives up, per service time; 0 where the last of ``joins`` is 0.

    Notes
    -----
    With ``joins`` 1 this is Erlang A, with ``joins`` 1 up to K - c and 0 beyond M/M/c/K.
    """
    longest = _most(servers, float(loads.max()), joins, patience)
    found = np.empty((3, len(loads)))
    stationary(servers, longest, loads, np.asarray(joins), patience, found)
    waiting, turned, queue = found
    # who is not served: those who turn away, and those whose patience ends
    lost = turned + patience * queue / loads
    return Bounded(waiting, lost, queue / (loads * (1.0 - turned)))


@compiled
def stationary(servers: int, longest: int, loads: Floats, joins: Floats, patience: float, found: Floats) -> None:
    """Write, by load, the share of arrivals that find no server free, the share that turn away, and the mean queue."""
    for row in range(len(loads)):
        weight = total = 1.0
        full = turning = length = 0.0
        for state in range(1, servers + longest + 1):
            behind = state - servers
            leaving = servers + behind * patience if behind > 0 else float(state)
            coming = loads[row] * (joins[min(behind - 1, len(joins) - 1)] if behind > 0 else 1.0)
            weight *= coming / leaving
            total += weight
            if behind >= 0:
                full += weight
                turning += weight * (1.0 - joins[min(behind, len(joins) - 1)])
                length += weight * behind
                # each state from here on has less than half of the weight of the one before
                if 2.0 * loads[row] < leaving and weight < _NOTHING * full:
                    break
            if weight > _LARGE:
                # those of a large station would overflow: only proportions count
                weight, total, full = weight / _LARGE, total / _LARGE, full / _LARGE
                turning, length = turning / _LARGE, length / _LARGE
        found[0, row], found[1, row], found[2, row] = full / total, turning / total, length / total


def _most(servers: int, load: float, joins: Floats, patience: float) -> int:
    """Return the longest queue that need be looked at."""
    if joins[-1] == 0.0:
        return len(joins) - 1
    # beyond the servers the queue is about normal around what patience balances
    middle = max(0.0, load - servers) / patience
    return math.ceil(middle + _SPREADS * math.sqrt(max(load, servers) / patience)) + _MORE
