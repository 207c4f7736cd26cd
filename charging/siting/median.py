"""The p-median: the least weighted travel time to the nearest of p sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from charging.siting.assignment import Assignment
from charging.siting.covering import least_cover
from charging.siting.interchange import greedy, improved, total
from charging.siting.problem import Problem, weights_of
from charging.siting.radius import close
from charging.siting.relaxation import relax

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from charging.siting.answer import Siting
    from data.arrays import Floats, Ints


def p_median(
    minutes: ArrayLike,
    weights: ArrayLike,
    count: int,
    *,
    fixed: ArrayLike = (),
    forbidden: ArrayLike = (),
    capacity: ArrayLike | None = None,
    leave_out: bool = False,
    time_limit_s: float | None = None,
) -> Siting:
    """Return the sites with the least weighted travel time of all places to their nearest site.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    weights : array_like
        Weight of each place.
    count : int
        Number of sites, fixed ones included.
    fixed, forbidden : array_like of int, optional
        Sites that are chosen in any case, and sites that are not.
    capacity : array_like, optional
        The most weight that each site serves; each place is then served whole by one site, not always its nearest.
    leave_out : bool
        Leave out, and name, places that no site reaches; without it they are an error.
    time_limit_s : float, optional
        Longest search; the answer then has the bound that was proved.

    Returns
    -------
    Siting
        Sites and the sum of weight times minutes (Hakimi, Operations Research 12, 1964).

    Raises
    ------
    DataError
        Wrong shapes or values, a count below 1, above the number of sites or below that of the fixed ones.
    UnreachableError
        Places that no site reaches, all of them.
    InfeasibleError
        Places that `count` sites cannot all serve, or no solution in time (with capacities).

    Notes
    -----
    Swaps give a choice, a Lagrangian relaxation a bound that excludes most sites, and what is open after that is solved
    as an integer programme by radii (Elloumi, Journal of Combinatorial Optimization 19, 2010), of which only those are
    stated that matter (Garcia, Labbe and Marin, INFORMS Journal on Computing 23, 2011).

    Examples
    --------
    >>> minutes = [[1.0, 9.0], [9.0, 1.0], [5.0, 2.0]]
    >>> found = p_median(minutes, [1.0, 2.0, 1.0], 1)
    >>> found.sites, found.objective, found.proved
    ([1], 13.0, True)
    """
    problem = Problem.given(
        "p_median", minutes, fixed=fixed, forbidden=forbidden, capacity=capacity, time_limit_s=time_limit_s
    )
    weight = weights_of(weights, len(problem.times), "weights")
    problem.counted(count)
    rows, lost = problem.served(None, leave_out=leave_out)
    if problem.capacity is not None:
        return Assignment(problem, weight, rows, lost, np.isfinite(problem.times)).least_time(count)
    times = problem.times[rows]
    possible = np.isfinite(times)
    cost = finite_costs(times, weight[rows])
    start = start_of(cost, possible, problem, count)
    state = relax(cost, start, problem.fixed, problem.free, until=problem.until)
    if not state.closed:
        close(cost, possible, state, problem)
    objective = float(weight[rows] @ times[:, state.sites].min(axis=1))
    return problem.answer(state.sites, objective, min(state.bound, objective), lost)


def finite_costs(times: Floats, weight: Floats) -> Floats:
    """Return weight times minutes; where there is no way, more than any choice that serves all places costs."""
    possible = np.isfinite(times)
    cost = np.where(possible, times, 0.0) * weight[:, None]
    cost[~possible] = cost.max(axis=1).sum() + 1.0
    return cost


def start_of(cost: Floats, possible: NDArray[np.bool_], problem: Problem, count: int) -> Ints:
    """Return a good choice that serves every place.

    Raises
    ------
    InfeasibleError
        If there is none.
    """
    first = greedy(cost, problem.fixed, problem.free, count)
    if not possible[:, first].any(axis=1).all():
        seed, _ = least_cover(possible, np.ones(cost.shape[1]), problem, count)
        first = greedy(cost, seed, np.setdiff1d(problem.free, seed), count)
    found = improved(cost, first, problem.fixed, problem.free)
    return found if total(cost, found) < total(cost, first) else first
