"""Set cover and maximal cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from charging.siting.assignment import Assignment
from charging.siting.problem import Problem, nearest, weights_of
from charging.siting.solver import Programme, solve
from data.errors import InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from charging.siting.answer import Siting
    from data.arrays import Floats, Ints


def cover(
    minutes: ArrayLike,
    reach_min: float,
    *,
    cost: ArrayLike | None = None,
    fixed: ArrayLike = (),
    forbidden: ArrayLike = (),
    weights: ArrayLike | None = None,
    capacity: ArrayLike | None = None,
    leave_out: bool = False,
    time_limit_s: float | None = None,
) -> Siting:
    """Return the fewest (or cheapest) sites from which every place is within reach.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    reach_min : float
        Farthest that a place may be from a site.
    cost : array_like, optional
        Cost of each site; 1 each without.
    fixed, forbidden : array_like of int, optional
        Sites that are chosen in any case (their cost counts), and sites that are not.
    weights, capacity : array_like, optional
        Weight of each place (1 each without) and the most weight that each site serves; each place is served by one.
    leave_out : bool
        Leave out, and name, places that no site reaches; without it they are an error.
    time_limit_s : float, optional
        Longest search; the answer then has the bound that was proved.

    Returns
    -------
    Siting
        Sites and their cost: the location set covering problem (Toregas et al., Operations Research 19, 1971).

    Raises
    ------
    DataError
        A matrix with wrong shape or negative or missing times, sites that do not exist or are fixed and forbidden.
    UnreachableError
        Places that no site reaches, all of them.
    InfeasibleError
        Capacities that do not suffice, or no solution in time.

    Examples
    --------
    >>> cover([[1.0, 9.0], [9.0, 1.0], [5.0, 2.0]], 8.0).sites
    [0, 1]
    """
    problem = Problem.given(
        "cover", minutes, fixed=fixed, forbidden=forbidden, capacity=capacity, time_limit_s=time_limit_s
    )
    places, sites = problem.times.shape
    prices = np.ones(sites) if cost is None else weights_of(cost, sites, "cost")
    weight = np.ones(places) if weights is None else weights_of(weights, places, "weights")
    rows, lost = problem.served(reach_min, leave_out=leave_out)
    if problem.capacity is not None:
        return Assignment(problem, weight, rows, lost, problem.times <= reach_min).cheapest(prices)
    near = problem.times[rows] <= reach_min
    chosen, bound = least_cover(near, prices, problem)
    return problem.answer(chosen, float(prices[chosen].sum()), bound, lost, nearest(problem.times, chosen, reach_min))


def least_cover(
    near: NDArray[np.bool_], prices: Floats, problem: Problem, most: int | None = None
) -> tuple[Ints, float]:
    """Return the cheapest sites (fixed ones included) that cover all rows, and the least that any such choice costs.

    With `most` the sites are any that cover all, so many at the most, and the second figure says nothing.

    Parameters
    ----------
    near : array of bool
        Shape (places, sites): whether a site covers a place.
    prices : array
        Cost of each site.
    problem : Problem
        Which sites are fixed and free, and how much time there is.
    most : int, optional
        The most sites.

    Raises
    ------
    InfeasibleError
        If no choice of so many covers all, or none was found in time.
    """
    spent = float(prices[problem.fixed].sum())
    left = near[~near[:, problem.fixed].any(axis=1)]
    columns = problem.free[undominated(left[:, problem.free], prices[problem.free])]
    left = _binding(left[:, columns])
    if not len(left):
        return problem.fixed, spent
    start = _greedy(left, prices[columns])
    spare = None if most is None else most - len(problem.fixed)
    if spare is not None and start.sum() <= spare:
        # enough where any choice of so many will do
        return np.union1d(problem.fixed, columns[start > 0.0]), spent
    solution = solve(
        _covering(left, prices[columns], spare), seconds=problem.seconds, start=None if spare is not None else start
    )
    if solution is None:
        raise InfeasibleError(f"{problem.name}: no choice of so many sites serves every place.")
    chosen = np.union1d(problem.fixed, columns[solution.chosen(len(columns))])
    return chosen, spent + solution.bound


def _covering(near: NDArray[np.bool_], prices: Floats, most: int | None) -> Programme:
    """Return the programme of a cover: the cheapest, or any of `most` sites."""
    places, sites = near.shape
    matrix = scipy.sparse.csr_array(near.astype(np.float64))
    low, high = np.ones(places), np.full(places, np.inf)
    if most is None:
        return Programme(prices, matrix, low, high, sites, np.ones(sites))
    matrix = scipy.sparse.csr_array(scipy.sparse.vstack([matrix, scipy.sparse.csr_array(np.ones((1, sites)))]))
    low, high = np.append(low, 0.0), np.append(high, float(most))
    return Programme(np.zeros(sites), matrix, low, high, sites, np.ones(sites))


def undominated(near: NDArray[np.bool_], prices: Floats) -> Ints:
    """Return the columns that no other column, at most as dear, covers all places of; one of equals stays."""
    area = near.astype(np.float64)
    size = area.sum(axis=0)
    inside = (area.T @ area) == size[:, None]
    # of two that cover the same at the same price the first stays
    number = np.arange(len(size))
    equal = inside & inside.T & (prices[:, None] == prices[None, :])
    better = inside & (prices[None, :] <= prices[:, None]) & ~(equal & (number[None, :] >= number[:, None]))
    return np.flatnonzero(~better.any(axis=1) & (size > 0))


def _binding(near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows that are not covered whenever another row is."""
    if not near.size:
        return near
    near = np.unique(near, axis=0)
    area = near.astype(np.float64)
    within = (area @ area.T) == area.sum(axis=1)[:, None]
    np.fill_diagonal(within, val=False)
    # row k follows from row i where the sites of i are among those of k
    return np.asarray(near[~within.any(axis=0)])


def _greedy(near: NDArray[np.bool_], prices: Floats) -> Floats:
    """Return a cover: again and again the site with the most new places for its price."""
    taken = np.zeros(near.shape[1])
    left = np.ones(len(near), dtype=bool)
    while left.any():
        gain = near[left].sum(axis=0)
        best = int(np.argmax(np.where(gain > 0, gain / np.maximum(prices, 1e-12), -1.0)))
        taken[best] = 1.0
        left &= ~near[:, best]
    return taken


def max_cover(
    minutes: ArrayLike,
    weights: ArrayLike,
    count: int,
    reach_min: float,
    *,
    fixed: ArrayLike = (),
    forbidden: ArrayLike = (),
    capacity: ArrayLike | None = None,
    time_limit_s: float | None = None,
) -> Siting:
    """Return the sites that bring the most weight within reach.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites).
    weights : array_like
        Weight of each place, such as its residents.
    count : int
        The most sites, fixed ones included.
    reach_min : float
        Reach.
    fixed, forbidden : array_like of int, optional
        Sites that are chosen in any case, and sites that are not.
    capacity : array_like, optional
        The most weight that each site serves; a place is served whole, by one site, or not.
    time_limit_s : float, optional
        Longest search; the answer then has the bound that was proved.

    Returns
    -------
    Siting
        Sites and the weight covered (Church and ReVelle, Papers in Regional Science 32, 1974); ``unreachable`` are the
        places out of reach of every allowed site.

    Raises
    ------
    DataError
        Wrong shapes or values, a count below 1, above the number of sites or below that of the fixed ones.
    InfeasibleError
        No solution in time (with capacities).

    Examples
    --------
    >>> found = max_cover([[1.0, 9.0], [9.0, 1.0], [5.0, 2.0]], [1.0, 2.0, 1.0], 1, 5.0)
    >>> found.sites, found.objective
    ([1], 3.0)
    """
    problem = Problem.given(
        "max_cover", minutes, fixed=fixed, forbidden=forbidden, capacity=capacity, time_limit_s=time_limit_s
    )
    weight = weights_of(weights, len(problem.times), "weights")
    problem.counted(count)
    near = problem.times <= reach_min
    lost = np.flatnonzero(~near[:, problem.allowed].any(axis=1))
    if problem.capacity is not None:
        rows = np.flatnonzero(near[:, problem.allowed].any(axis=1))
        return Assignment(problem, weight, rows, lost, near).most_weight(count)
    held = near[:, problem.fixed].any(axis=1)
    gained, bound = _most_weight(near[~held], weight[~held], count - len(problem.fixed), problem)
    chosen = np.union1d(problem.fixed, gained)
    # recomputed from the sites: the solver's own columns of places may be idle
    inside = near[:, chosen].any(axis=1)
    site_of = nearest(problem.times, chosen, reach_min)
    return problem.answer(chosen, float(weight[inside].sum()), float(weight[held].sum()) + bound, lost, site_of)


def _most_weight(near: NDArray[np.bool_], weight: Floats, count: int, problem: Problem) -> tuple[Ints, float]:
    """Return the free sites with the most weight, and the most that any choice has."""
    columns = problem.free[undominated(near[:, problem.free], np.zeros(len(problem.free)))]
    # places with the same sites are one place, and nobody is lost with those of no weight or site
    areas, group = np.unique(near[:, columns], axis=0, return_inverse=True)
    sums = np.bincount(group.ravel(), weight, len(areas)).astype(np.float64)
    some = (sums > 0.0) & areas.any(axis=1)
    areas, sums = areas[some], sums[some]
    if not len(areas) or not count:
        return np.zeros(0, dtype=np.int64), 0.0
    sites, places = len(columns), len(areas)
    # columns: sites, then places; a place counts only if a chosen site is near: near sites - place >= 0
    reached = scipy.sparse.hstack([scipy.sparse.csr_array(areas.astype(np.float64)), -scipy.sparse.eye_array(places)])
    number = scipy.sparse.hstack([scipy.sparse.csr_array(np.ones((1, sites))), scipy.sparse.csr_array((1, places))])
    low = np.append(np.zeros(places), 0.0)
    high = np.append(np.full(places, np.inf), float(count))
    # least cost: weight covered with a minus
    cost = np.concatenate([np.zeros(sites), -sums])
    programme = Programme(
        cost, scipy.sparse.csr_array(scipy.sparse.vstack([reached, number])), low, high, sites, np.ones(sites + places)
    )
    solution = solve(programme, seconds=problem.seconds, start=_most_greedy(areas, sums, count))
    if solution is None:  # pragma: no cover - no site at all is a solution
        raise InfeasibleError("max_cover: no solution.")
    return columns[solution.chosen(sites)], -solution.bound


def _most_greedy(near: NDArray[np.bool_], weight: Floats, count: int) -> Floats:
    """Return columns of a solution: again and again the site with the most new weight."""
    taken, inside = np.zeros(near.shape[1]), np.zeros(len(near), dtype=bool)
    for _ in range(min(count, near.shape[1])):
        best = int(np.argmax((weight * ~inside) @ near - taken))
        taken[best] = 1.0
        inside |= near[:, best]
    return np.concatenate([taken, inside.astype(np.float64)])
