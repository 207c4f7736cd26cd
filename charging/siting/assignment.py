"""Sites with capacities: every place is served whole by one site, which serves no more weight than it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from charging.siting.solver import Programme, solve
from data.errors import InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from charging.siting.answer import Siting
    from charging.siting.problem import Problem
    from data.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who may be served where.

    Attributes
    ----------
    problem : Problem
        With capacities.
    weight : array
        Weight of every place.
    rows, lost : array of int
        Places that are served, and those that no site reaches.
    near : array of bool
        Shape (places, sites): which site may serve which place.
    """

    problem: Problem
    weight: Floats
    rows: Ints
    lost: Ints
    near: NDArray[np.bool_]

    def cheapest(self, prices: Floats) -> Siting:
        """Return the cheapest sites that can serve all places."""
        chosen, site_of, bound = self._solved(prices, np.zeros_like(self.problem.times), None, must=True)
        return self.problem.answer(chosen, float(prices[chosen].sum()), bound, self.lost, site_of)

    def most_weight(self, count: int) -> Siting:
        """Return the sites, `count` at the most, that serve the most weight."""
        gain = np.broadcast_to(-self.weight[:, None], self.problem.times.shape)
        chosen, site_of, bound = self._solved(np.zeros(gain.shape[1]), gain, count, must=False)
        return self.problem.answer(chosen, float(self.weight[site_of >= 0].sum()), -bound, self.lost, site_of)

    def least_time(self, count: int) -> Siting:
        """Return the sites with the least weighted time: the capacitated p-median problem."""
        times = np.where(self.near, self.problem.times, 0.0)
        cost = times * self.weight[:, None]
        chosen, site_of, bound = self._solved(np.zeros(cost.shape[1]), cost, count, must=True)
        objective = float(cost[self.rows, site_of[self.rows]].sum())
        return self.problem.answer(chosen, objective, bound, self.lost, site_of)

    def possible(self, count: int) -> tuple[Ints, Ints]:
        """Return sites, `count` at the most, that can serve all places, and the site of each place.

        Raises
        ------
        InfeasibleError
            If there are none, or none in time.
        """
        cost = np.zeros_like(self.problem.times)
        chosen, site_of, _ = self._solved(np.zeros(cost.shape[1]), cost, count, must=True)
        return chosen, site_of

    def _solved(self, prices: Floats, cost: Floats, count: int | None, *, must: bool) -> tuple[Ints, Ints, float]:
        """Return sites, the site of each place (-1: none) and the bound.

        Columns are the allowed sites, then the arcs place by place; all are whole.
        """
        sites = self.problem.allowed
        place, site = np.nonzero(self.near[np.ix_(self.rows, sites)])
        arc_cost = cost[self.rows[place], sites[site]]
        matrix, low, high = self._rows(place, site, sites, count, must=must)
        price = np.concatenate([prices[sites], arc_cost])
        programme = Programme(price, matrix, low, high, len(price), np.ones(len(price)))
        solution = solve(programme, seconds=self.problem.seconds)
        if solution is None:
            limit = "so many sites" if count is not None else "sites"
            raise InfeasibleError(
                f"{self.problem.name}: no choice of {limit} serves every place within the capacities."
            )
        opened = solution.chosen(len(sites))
        used = solution.chosen(len(price))[len(sites) :]
        site_of = np.full(len(self.near), -1)
        site_of[self.rows[place[used]]] = sites[site[used]]
        return sites[opened], site_of, solution.bound

    def _rows(
        self, place: Ints, site: Ints, sites: Ints, count: int | None, *, must: bool
    ) -> tuple[csr_array, Floats, Floats]:
        """Return the rows of the programme and their limits."""
        places, opened, arcs = len(self.rows), len(sites), len(place)
        arc, column = np.arange(arcs), opened + np.arange(arcs)
        capacity = np.zeros(0) if self.problem.capacity is None else self.problem.capacity[sites]
        one = np.ones(arcs)
        shape = opened + arcs
        # one site for each place (at most one where it need not be served)
        single = scipy.sparse.csr_array((one, (place, column)), shape=(places, shape))
        # an arc only from a chosen site: implied by the capacities, but a far better bound with it
        only = scipy.sparse.csr_array(
            (np.concatenate([one, -one]), (np.concatenate([arc, arc]), np.concatenate([site, column]))),
            shape=(arcs, shape),
        )
        load = self.weight[self.rows[place]]
        within = scipy.sparse.csr_array(
            (
                np.concatenate([capacity, -load]),
                (np.concatenate([np.arange(opened), site]), np.concatenate([np.arange(opened), column])),
            ),
            shape=(opened, shape),
        )
        stay = np.isin(sites, self.problem.fixed).astype(np.float64)
        number = scipy.sparse.csr_array(
            (np.ones(opened), (np.zeros(opened, dtype=np.int64), np.arange(opened))), shape=(1, shape)
        )
        kept = scipy.sparse.csr_array((stay, (np.zeros(opened, dtype=np.int64), np.arange(opened))), shape=(1, shape))
        most = np.inf if count is None else float(count)
        low = np.concatenate([np.full(places, float(must)), np.zeros(arcs + opened + 1), [stay.sum()]])
        high = np.concatenate([np.ones(places), np.full(arcs + opened, np.inf), [most, np.inf]])
        return scipy.sparse.csr_array(scipy.sparse.vstack([single, only, within, number, kept])), low, high
