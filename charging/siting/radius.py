"""The p-median by radii: how far a place's nearest site is at least, step by step, as far as it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import scipy

from charging.siting.interchange import greedy, total
from charging.siting.solver import Programme, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.siting.problem import Problem
    from charging.siting.relaxation import Relaxed
    from data.arrays import Floats, Ints

_AHEAD: Final = 2
"""Radii beyond the one that a place needs, so that the next round is seldom needed."""


class Steps(NamedTuple):
    """Radii of one place: its distinct costs, rising, how many are stated, and whether a fixed site is at the last."""

    radii: Floats
    stated: int
    bounded: bool


class Stated(NamedTuple):
    """The programme, the first radius of each place (which it costs in any case), and the place of each step."""

    programme: Programme
    first: Floats
    owner: Ints


@dataclass(slots=True)
class Radii:
    """Which radii of each place the programme states; beyond them a place costs no more than the next one.

    That makes the programme a relaxation, whose bound holds, and exact as soon as no place is farther than stated.
    """

    cost: Floats
    possible: NDArray[np.bool_]
    fixed: Ints
    free: Ints
    stated: Ints

    def steps(self, place: int) -> Steps:
        """Return the radii of a place."""
        columns = np.concatenate([self.fixed, self.free])
        own = self.cost[place, columns][self.possible[place, columns]]
        radii = np.unique(own)
        bounded = bool(self.possible[place, self.fixed].any())
        if bounded:
            # a fixed site serves the place: what is farther does not matter
            radii = radii[radii <= self.cost[place, self.fixed][self.possible[place, self.fixed]].min()]
        return Steps(radii, min(int(self.stated[place]), len(radii)), bounded)

    def programme(self, count: int) -> Stated:
        """Return the programme for so many sites: columns are the free sites, then the steps of the places."""
        entries = _Entries(len(self.free))
        site_column = np.full(self.cost.shape[1], -1)
        site_column[self.free] = np.arange(len(self.free))
        for place in range(len(self.cost)):
            self._place(place, entries, site_column)
        entries.row(list(range(len(self.free))), [1.0] * len(self.free), -np.inf, float(count - len(self.fixed)))
        return entries.programme()

    def _place(self, place: int, entries: _Entries, site_column: Ints) -> None:
        """Add the rows of a place: farther than radius k unless a site stands at it or nearer (Elloumi 2010)."""
        radii, stated, bounded = self.steps(place)
        entries.first.append(float(radii[0]))
        before: int | None = None
        for number in range(stated):
            last = number == len(radii) - 1
            if last and bounded:
                # a fixed site stands there
                return
            here = self.free[(self.cost[place, self.free] == radii[number]) & self.possible[place, self.free]]
            columns, values = site_column[here].tolist(), [1.0] * len(here)
            if before is not None:
                columns, values = [*columns, before], [*values, -1.0]
            if not last:
                before = entries.column(float(radii[number + 1] - radii[number]), place)
                columns, values = [*columns, before], [*values, 1.0]
            # at its last radius the place must be served; at others it is, or the step is taken
            entries.row(columns, values, 1.0 if number == 0 else 0.0, np.inf)

    def extend(self, sites: Ints) -> bool:
        """State the radii up to those that these sites need; return whether there were any to add."""
        served = np.where(self.possible[:, sites], self.cost[:, sites], np.inf).min(axis=1)
        more = False
        for place in range(len(self.cost)):
            radii, stated, _ = self.steps(place)
            need = int(np.searchsorted(radii, served[place])) + 1
            if need > stated and stated < len(radii):
                self.stated[place] = min(len(radii), need + _AHEAD)
                more = True
        return more


class _Entries:
    """Rows and columns of a programme, as they come."""

    def __init__(self, sites: int) -> None:
        self.sites = sites
        self.cost = [0.0] * sites
        self.first: list[float] = []
        self.owner: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.starts = [0]
        self.columns: list[int] = []
        self.values: list[float] = []

    def column(self, cost: float, place: int) -> int:
        """Add a step of a place and return its column."""
        self.cost.append(cost)
        self.owner.append(place)
        return len(self.cost) - 1

    def row(self, columns: list[int], values: list[float], low: float, high: float) -> None:
        """Add a row."""
        self.columns += columns
        self.values += values
        self.starts.append(len(self.columns))
        self.low.append(low)
        self.high.append(high)

    def programme(self) -> Stated:
        """Return the programme."""
        shape = (len(self.low), len(self.cost))
        matrix = scipy.sparse.csr_array((self.values, self.columns, self.starts), shape=shape, dtype=np.float64)
        low, high = np.array(self.low), np.array(self.high)
        programme = Programme(np.array(self.cost), matrix, low, high, self.sites, np.ones(shape[1]))
        return Stated(programme, np.array(self.first), np.array(self.owner, dtype=np.int64))


def close(cost: Floats, possible: NDArray[np.bool_], state: Relaxed, problem: Problem) -> None:
    """Close the gap that the relaxation left, as far as time allows; `state` is brought up to date."""
    count = len(state.sites)
    if not possible[:, np.concatenate([state.fixed, state.free])].any(axis=1).all():
        # no choice among the sites that could be better serves all places
        state.bound = state.value
        return
    radii = Radii(cost, possible, state.fixed, state.free, np.zeros(len(cost), dtype=np.int64))
    for place in range(len(cost)):
        # a place is seldom served from farther than what it pays in the relaxation
        radii.stated[place] = int(np.searchsorted(radii.steps(place).radii, state.prices[place])) + _AHEAD
    radii.extend(state.sites)
    more = True
    while more and not state.closed and problem.seconds > 1.0:
        stated = radii.programme(count)
        solution = solve(stated.programme, seconds=problem.seconds)
        if solution is None:
            # nothing is better than what is known
            state.bound = state.value
            return
        state.bound = min(state.value, max(state.bound, float(stated.first.sum()) + solution.bound))
        if solution.columns is None:
            return
        sites = np.union1d(state.fixed, state.free[solution.chosen(len(state.free))])
        sites = greedy(cost, sites, np.setdiff1d(problem.allowed, sites), count)
        value = total(cost, sites)
        if value < state.value:
            state.sites, state.value = sites, value
        more = radii.extend(sites)
