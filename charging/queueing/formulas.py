"""Closed formulas of queueing theory: what a station with Poisson arrivals should show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.errors import DataError

_TAIL: Final = 1e-14
"""Probability that is cut off an infinite distribution: less than rounding of the sums adds."""
_NOT_ZERO: Final = 1e-6
"""Where the search for the decay of the tail begins: 0 is a root of the same equation, and not the one looked for."""
_ABOVE_ZERO: Final = 1e-12
"""Added to it, so that it is above 0 at loads just below the number of servers too."""


def erlang_b(servers: int, offered_load: float) -> float:
    """Return the probability that all servers are busy and nobody waits (M/G/c/c, any service law).

    Parameters
    ----------
    servers
        Number of servers c, at least 0.
    offered_load
        Arrival rate times mean service time, Erlang, at least 0.

    Raises
    ------
    DataError
        A negative number of servers, or a negative or infinite load.

    Notes
    -----
    Recursion B(n) = a B(n-1) / (n + a B(n-1)); Erlang (1917).

    Examples
    --------
    >>> erlang_b(2, 1.0)
    0.2
    """
    _check(servers, offered_load, least=0)
    # the recursion stays in [0, 1] where powers and factorials of the closed form would overflow
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered_load * blocked / (count + offered_load * blocked)
    return blocked


def erlang_c(servers: int, offered_load: float) -> float:
    """Return the probability of having to wait in M/M/c; 1 where the load is not below the servers.

    Raises
    ------
    DataError
        Less than one server, or a negative or infinite load.

    Examples
    --------
    Of two guns and one vehicle in need at a time, a third has to wait:

    >>> round(erlang_c(2, 1.0), 4)
    0.3333
    """
    _check(servers, offered_load, least=1)
    # the queue grows without bound: in the long run everybody waits
    if offered_load >= servers:
        return 1.0
    blocked = erlang_b(servers, offered_load)
    return servers * blocked / (servers - offered_load * (1.0 - blocked))


def wait_mmc(servers: int, offered_load: float, *, service_min: float = 1.0) -> float:
    """Return the mean wait of M/M/c in the unit of ``service_min``; infinite where the queue grows for ever.

    Raises
    ------
    DataError
        Less than one server, a negative or infinite load, or a service time not above 0.

    Examples
    --------
    One gun that is half used: who comes waits as long as a charge takes on average.

    >>> wait_mmc(1, 0.5, service_min=30.0)
    30.0
    """
    _check(servers, offered_load, least=1, service_min=service_min)
    if offered_load >= servers:
        return math.inf
    return erlang_c(servers, offered_load) * service_min / (servers - offered_load)


def wait_quantile_mmc(servers: int, offered_load: float, share: float, *, service_min: float = 1.0) -> float:
    """Return the wait that ``share`` of the arrivals do not exceed in M/M/c (0 where that many do not wait at all).

    Examples
    --------
    >>> wait_quantile_mmc(1, 0.5, 0.5)
    0.0
    >>> round(wait_quantile_mmc(1, 0.5, 0.75, service_min=30.0), 2)
    41.59
    """
    waiting = erlang_c(servers, offered_load)
    if offered_load >= servers:
        return math.inf
    # beyond those who do not wait, the wait is exponential
    if share <= 1.0 - waiting:
        return 0.0
    return -math.log((1.0 - share) / waiting) * service_min / (servers - offered_load)


def wait_mdc(servers: int, offered_load: float, *, service_min: float = 1.0) -> float:
    """Return the mean wait of M/D/c, exact, in the unit of ``service_min``.

    Parameters
    ----------
    servers, offered_load
        Servers c and load a = arrival rate times service time.
    service_min
        The fixed service time.

    Raises
    ------
    DataError
        Less than one server, a negative or infinite load, or a service time not above 0.

    Notes
    -----
    Crommelin (1932): the number in system after one service time is what exceeded the servers before plus a
    Poisson(a) number of arrivals. The stationary distribution of that chain is that of the queue at any time;
    the mean queue and Little's law give the wait.

    Examples
    --------
    Charges of one length halve the wait of exponential ones:

    >>> round(wait_mdc(1, 0.5, service_min=30.0), 6)
    15.0
    """
    _check(servers, offered_load, least=1, service_min=service_min)
    if offered_load >= servers:
        return math.inf
    if offered_load == 0.0:
        return 0.0
    number = _mdc_distribution(servers, offered_load)
    # Little's law turns the mean queue into the wait
    queue = float(np.maximum(np.arange(len(number)) - servers, 0) @ number)
    return queue / offered_load * service_min


def _mdc_distribution(servers: int, offered_load: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the distribution of the number in system of M/D/c, cut where the tail is negligible."""
    from scipy import optimize, special  # noqa: PLC0415 - takes a while to load, and is needed here alone

    # the tail falls geometrically; its rate is the positive root of this, and says where the tail may be cut
    def tail(rate: float) -> float:
        return servers * rate - offered_load * math.expm1(rate)

    top = 1.0
    while tail(top) > 0.0:
        top *= 2.0
    decay = float(optimize.brentq(tail, _ABOVE_ZERO + min(_NOT_ZERO, 1.0 - offered_load / servers), top))
    # over that many states the decay brings the tail below what may be cut off
    size = servers + math.ceil(-math.log(_TAIL) / decay) + 20
    after = np.maximum(np.arange(size) - servers, 0)
    arrivals = np.arange(size)[None, :] - after[:, None]
    counts = np.maximum(arrivals, 0)
    # probabilities of the Poisson law, by logarithms: the factorials alone would overflow
    chance = np.exp(special.xlogy(counts, offered_load) - special.gammaln(counts + 1) - offered_load)
    move = np.where(arrivals >= 0, chance, 0.0)
    move[:, -1] += 1.0 - move.sum(axis=1)
    # balance equations are one too many: the last is replaced by the sum of the probabilities
    system = np.vstack([move.T[:-1] - np.eye(size)[:-1], np.ones(size)])
    right = np.zeros(size)
    right[-1] = 1.0
    return np.asarray(np.linalg.solve(system, right), dtype=np.float64)


def wait_mgc(servers: int, offered_load: float, *, service_scv: float, arrival_scv: float = 1.0) -> float:
    """Return the Allen-Cunneen approximation of the mean wait of G/G/c in service times.

    Parameters
    ----------
    servers, offered_load
        Servers and load.
    service_scv, arrival_scv
        Squared coefficients of variation of service and inter-arrival times.

    Notes
    -----
    Allen, Probability, Statistics, and Queueing Theory (2nd ed.), section 5.3; exact for M/G/1.

    Examples
    --------
    >>> wait_mgc(1, 0.5, service_scv=0.0), wait_mgc(1, 0.5, service_scv=1.0)
    (0.5, 1.0)
    """
    return wait_mmc(servers, offered_load) * (arrival_scv + service_scv) / 2.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Erlang-A figures: share of arrivals that abandon, share that wait, mean number in the queue."""

    abandon_share: float
    wait_share: float
    queue: float


def erlang_a(servers: int, arrival_rate: float, service_rate: float, patience_rate: float) -> Patience:
    """Return M/M/c+M: servers, Poisson arrivals, exponential service and patience (rates in one unit).

    Raises
    ------
    DataError
        Less than one server, or a rate that is not above 0.

    Notes
    -----
    Birth-death chain, deaths min(n, c) mu + max(n - c, 0) theta; Palm (1946), Garnett et al. (2002).

    Examples
    --------
    Drivers whose patience is as long as a charge: as if all were served at once, so that their number is Poisson's.

    >>> found = erlang_a(1, 1.0, 1.0, 1.0)
    >>> round(found.wait_share, 4), round(found.queue, 4)
    (0.6321, 0.3679)
    """
    _check(servers, arrival_rate, least=1)
    if min(arrival_rate, service_rate, patience_rate) <= 0.0:
        raise DataError("erlang_a: arrival, service and patience rates must be above 0.")
    # the chain is infinite, but beyond the servers deaths outgrow arrivals: weights fall, and the tail is cut
    weights = [1.0]
    count = 0
    while weights[-1] > _TAIL * max(weights) or count < servers + arrival_rate / patience_rate:
        count += 1
        leaving = min(count, servers) * service_rate + max(count - servers, 0) * patience_rate
        weights.append(weights[-1] * arrival_rate / leaving)
    share = np.asarray(weights) / math.fsum(weights)
    queue = float(np.maximum(np.arange(len(share)) - servers, 0) @ share)
    return Patience(patience_rate * queue / arrival_rate, float(share[servers:].sum()), queue)


@dataclass(frozen=True, slots=True)
class FiniteSource:
    """Figures of M/M/c//N: mean wait, arrivals (or completions) per unit of time, mean number in the queue."""

    wait_min: float
    per_min: float
    queue: float


def machine_repair(servers: int, sources: int, *, gap_min: float, service_min: float) -> FiniteSource:
    """Return M/M/c//N: vehicles that come back an exponential time after they left, and wait for a free gun.

    Parameters
    ----------
    servers, sources
        Servers c and vehicles N, each at least 1.
    gap_min
        Mean time between the end of a vehicle's service and its next arrival.
    service_min
        Mean exponential service time.

    Raises
    ------
    DataError
        Less than one server or vehicle, or a time not above 0.

    Notes
    -----
    The machine repair model: birth-death chain of the number n at the station, births (N - n) / gap, deaths
    min(n, c) / service; the mean queue over the throughput is the wait (Little). Palm (1947); Gross, Shortle,
    Thompson and Harris, Fundamentals of Queueing Theory (4th ed.), section 2.8.

    Examples
    --------
    One gun and one vehicle: it never waits, and comes back 90 min after it came.

    >>> found = machine_repair(1, 1, gap_min=60.0, service_min=30.0)
    >>> round(60.0 * found.per_min, 4)
    0.6667
    """
    _check(servers, 0.0, least=1, service_min=service_min)
    if sources < 1 or sources != int(sources):
        raise DataError(f"sources: got {sources}, expected a whole number of at least 1.")
    if not (math.isfinite(gap_min) and gap_min > 0.0):
        raise DataError(f"gap_min: got {gap_min}, expected more than 0.")
    number = np.arange(sources + 1)
    busy = np.minimum(number, servers)
    # by logarithms: the weights of large fleets pass what a number can hold
    steps = np.log((sources - number[:-1]) * service_min / (gap_min * busy[1:]))
    weights = np.concatenate([[0.0], np.cumsum(steps)])
    share = np.exp(weights - weights.max())
    share /= share.sum()
    per_min = float(busy @ share) / service_min
    queue = float((number - busy) @ share)
    return FiniteSource(queue / per_min, per_min, queue)


def _check(servers: int, offered_load: float, *, least: int, service_min: float = 1.0) -> None:
    """Validate servers, load and service time."""
    if servers < least or servers != int(servers):
        raise DataError(f"servers: got {servers}, expected a whole number of at least {least}.")
    if not (math.isfinite(offered_load) and offered_load >= 0.0):
        raise DataError(f"offered_load: got {offered_load}, expected a finite load of at least 0 Erlang.")
    if not service_min > 0.0:
        raise DataError(f"service_min: got {service_min}, expected more than 0.")
