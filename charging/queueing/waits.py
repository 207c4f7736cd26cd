"""Waits over days whose load changes by the hour, averaged over the arrivals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.queueing.bounded import bounded
from charging.queueing.formulas import erlang_c
from charging.queueing.offered_load import modified_load
from data.arrays import DAY_MIN, HOURS

if TYPE_CHECKING:
    from data.arrays import Floats

_NEARLY: Final = 0.9
"""Load over guns above which a queue without bound takes longer than the hour to settle: it is followed in time."""
_STEP_MIN: Final = 5.0
"""Steps of following it: short against a charge."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Who comes to guns of one kind.

    Attributes
    ----------
    rate_per_min
        Arrivals a minute in each hour of some days.
    stay_min
        Their stays at a gun.
    patience_per_min
        Rate at which one who waits gives up; 0 for never.
    joins
        Share that joins a queue of 0, 1, 2, ...; the last holds for all longer ones.
    endless_share
        Share of the arrivals that neither turn away nor give up.
    """

    rate_per_min: Floats
    stay_min: Floats
    patience_per_min: float
    joins: Floats
    endless_share: float

    @property
    def offered(self) -> float:
        """Return the load over all the days, Erlang."""
        return float(self.rate_per_min.mean() * self.stay_min.mean())


@dataclass(frozen=True, slots=True)
class Waits:
    """What guns show to those who come: hourly loads and, over all arrivals, waits and losses; None where unstable."""

    loads: Floats
    wait_share: float | None
    wait_min: float | None
    left_share: float | None
    stable: bool


def callers(rate_per_min: Floats, stay_min: Floats, patience_min: Floats, max_queue: Floats) -> Callers:
    """Return who comes; infinite patience and queues have no limit."""
    # who has no patience at all is one who turns away
    max_queue = np.where(patience_min > 0.0, max_queue, 0.0)
    ends = np.isfinite(patience_min) & (patience_min > 0.0)
    number, some = len(patience_min), np.count_nonzero(ends)
    gives_up = float(some / number / patience_min[ends].mean()) if some else 0.0
    limited = np.isfinite(max_queue)
    lengths = np.arange(int(max_queue[limited].max(initial=-1.0)) + 2)
    joins = (number - np.searchsorted(np.sort(max_queue), lengths, side="right")) / number
    endless = (number - np.count_nonzero(ends | limited)) / number
    return Callers(rate_per_min, stay_min, gives_up, joins, endless)


def waits_of(guns: int, who: Callers, loads: Floats | None = None) -> Waits:
    """Return loads and waits over some days; stable unless those who never leave unserved ask for more than the guns.

    Parameters
    ----------
    guns
        Guns of one kind.
    who
        Who comes to them.
    loads
        Their modified offered load, where it is known.

    Notes
    -----
    Hour by hour the stationary queue at the modified offered load: Erlang A, M/M/c/K or both together where drivers
    give up or turn away, else Erlang C. A queue without bound at or near its guns is not stationary within the hour:
    it is followed in time from an empty station, as M(t)/M/c. Waits of Erlang C and M(t)/M/c are corrected for the
    spread of stays as Allen and Cunneen do.
    """
    mean = float(who.stay_min.mean())
    loads = modified_load(who.rate_per_min, who.stay_min) if loads is None else loads
    if who.endless_share * who.offered >= guns:
        return Waits(loads, None, None, None, stable=False)
    come = who.rate_per_min / who.rate_per_min.sum()
    if who.patience_per_min > 0.0 or who.joins[-1] == 0.0:
        some = loads > 0.0
        found = bounded(guns, loads[some], joins=who.joins, patience=who.patience_per_min * mean)
        lost = float(come[some] @ found.left_share)
        wait = float(come[some] @ found.wait) * mean
        return Waits(loads, float(come[some] @ found.wait_share), wait, lost, stable=True)
    # half the sum of the squared coefficients of variation of gaps (1) and stays
    spread = 0.5 * (1.0 + float(who.stay_min.var()) / mean**2)
    if loads.max() < _NEARLY * guns:
        shares = np.array([erlang_c(guns, float(load)) for load in loads])
        wait = float(come @ (shares / (guns - loads))) * mean
        return Waits(loads, float(come @ shares), spread * wait, 0.0, stable=True)
    share, wait = followed(guns, who)
    return Waits(loads, share, spread * wait, 0.0, stable=True)


def followed(guns: int, who: Callers) -> tuple[float, float]:
    """Return share that waits and mean wait of M(t)/M/c over the days, from an empty station on."""
    from scipy.linalg import solve_banded  # noqa: PLC0415 - takes long to load, and few stations need it

    rates = np.repeat(who.rate_per_min, round(60.0 / _STEP_MIN))
    mean, states = float(who.stay_min.mean()), np.arange(guns + _longest(guns, who) + 1)
    done = np.minimum(states, guns) / mean
    enters = who.joins[np.minimum(np.maximum(states - guns, 0), len(who.joins) - 1)]
    enters[:guns] = 1.0
    enters[-1] = 0.0
    # backward steps keep every probability above 0, however long the step
    matrices = {rate: _backward(rate * enters, done) for rate in set(rates.tolist())}
    state = (states == 0).astype(np.float64)
    waiting = queue = come = joined = 0.0
    for rate in rates.tolist():
        state = solve_banded((1, 1), matrices[rate], state)
        waiting += rate * float(state[guns:].sum())
        queue += float(state @ np.maximum(states - guns, 0))
        joined += rate * float(state @ enters)
        come += rate
    # Little's law: the queue over time is the arrivals times their wait
    return waiting / come, queue / joined


def _longest(guns: int, who: Callers) -> int:
    """Return a queue that is practically never exceeded: the largest surplus of arrivals, and its spread."""
    surplus = 60.0 * np.cumsum(who.rate_per_min - guns / float(who.stay_min.mean()))
    most = float((surplus - np.minimum.accumulate(np.append(0.0, surplus))[:-1]).max())
    return math.ceil(max(0.0, most) + 10.0 * math.sqrt(DAY_MIN * float(who.rate_per_min.max()) + 1.0)) + HOURS


def _backward(births: Floats, deaths: Floats) -> Floats:
    """Return the banded matrix of a backward step of a birth-death chain."""
    matrix = np.zeros((3, len(births)))
    matrix[0, 1:] = -_STEP_MIN * deaths[1:]
    matrix[1] = 1.0 + _STEP_MIN * (births + deaths)
    matrix[2, :-1] = -_STEP_MIN * births[:-1]
    return matrix
