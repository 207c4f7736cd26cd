"""Queues that cannot grow without bound: drivers who give up, drivers who turn away from a long queue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats

_SPREADS: Final = 12.0
"""Standard deviations of the queue beyond its middle at which the chain is cut: what lies beyond is below rounding."""
_MORE: Final = 50
"""States beyond that, for queues too short to be called normal."""


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
    waiting = np.arange(_most(servers, float(loads.max()), joins, patience) + 1)
    share = joins[np.minimum(waiting, len(joins) - 1)]
    births = np.concatenate([np.ones(servers), share])
    deaths = np.concatenate([np.arange(1, servers + 1, dtype=np.float64), servers + waiting[1:] * patience])
    # log of the weights: powers and factorials of large stations would overflow
    with np.errstate(divide="ignore"):
        steps = np.log(births[:-1]) - np.log(deaths)
    logs = np.zeros((len(loads), len(births)))
    logs[:, 1:] = np.cumsum(steps + np.log(loads)[:, None], axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    state = weights / weights.sum(axis=1, keepdims=True)
    queue = state[:, servers:] @ waiting
    joined = state @ births
    # who is not served: those who did not join, and those whose patience ended
    lost = 1.0 - joined + patience * queue / loads
    return Bounded(state[:, servers:].sum(axis=1), lost, queue / (loads * joined))


def _most(servers: int, load: float, joins: Floats, patience: float) -> int:
    """Return the longest queue that need be looked at."""
    if joins[-1] == 0.0:
        return len(joins) - 1
    # beyond the servers the queue is about normal around what patience balances
    middle = max(0.0, load - servers) / patience
    return math.ceil(middle + _SPREADS * math.sqrt(max(load, servers) / patience)) + _MORE
