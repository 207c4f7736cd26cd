"""The p-median of the worst-off: the mean time of those who have farthest to go is as short as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from charging.siting.interchange import greedy
from charging.siting.median import finite_costs, start_of
from charging.siting.problem import Problem, weights_of
from charging.siting.radius import Radii
from charging.siting.solver import Programme, solve
from data.errors import DataError, InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from charging.siting.answer import Siting
    from data.arrays import Floats, Ints


def fair_median(
    minutes: ArrayLike,
    weights: ArrayLike,
    count: int,
    *,
    worst_share: float = 0.1,
    fixed: ArrayLike = (),
    forbidden: ArrayLike = (),
    leave_out: bool = False,
    time_limit_s: float | None = None,
) -> Siting:
    """Return the sites with the least mean time of the worst-off share of the weight.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    weights : array_like
        Weight of each place, such as its residents; above 0 in sum.
    count : int
        Number of sites, fixed ones included.
    worst_share : float
        Share of the weight that counts, those with the longest way: 1 is the p-median (as a mean), a share no larger
        than the smallest place's the p-centre.
    fixed, forbidden : array_like of int, optional
        Sites that are chosen in any case, and sites that are not.
    leave_out : bool
        Leave out, and name, places that no site reaches; without it they are an error.
    time_limit_s : float, optional
        Longest search; the answer then has the bound that was proved.

    Returns
    -------
    Siting
        Sites and the mean minutes of the worst-off.

    Raises
    ------
    DataError
        Wrong shapes or values, a share outside 0 to 1.
    UnreachableError
        Places that no site reaches, all of them.
    InfeasibleError
        Places that `count` sites cannot all reach.

    Notes
    -----
    The conditional beta-mean of Ogryczak and Zawadzki (Annals of Operations Research 110, 2002), on radii.

    Examples
    --------
    >>> found = fair_median([[1.0, 9.0], [9.0, 1.0], [5.0, 2.0]], [1.0, 2.0, 1.0], 1, worst_share=0.5)
    >>> found.sites, found.objective
    ([1], 5.5)
    """
    if not 0.0 < worst_share <= 1.0:
        raise DataError(f"worst_share: got {worst_share}; expected more than 0 and at most 1.")
    problem = Problem.given(
        "fair_median", minutes, fixed=fixed, forbidden=forbidden, capacity=None, time_limit_s=time_limit_s
    )
    weight = weights_of(weights, len(problem.times), "weights")
    problem.counted(count)
    rows, lost = problem.served(None, leave_out=leave_out)
    times, own = problem.times[rows], weight[rows]
    if not own.sum() > 0.0:
        raise DataError("weights: got 0 in sum; expected more.")
    possible = np.isfinite(times)
    start = start_of(finite_costs(times, own), possible, problem, count)
    sites, bound = _solved(times, own, worst_share, problem, start)
    objective = worst_mean(times[:, sites].min(axis=1), own, worst_share)
    return problem.answer(sites, objective, min(bound, objective), lost)


def worst_mean(minutes: Floats, weight: Floats, share: float) -> float:
    """Return the mean minutes of the share of the weight with the most."""
    order = np.argsort(-minutes, kind="stable")
    most = share * weight.sum()
    # the last place counts in part
    counted = np.diff(np.minimum(np.cumsum(weight[order]), most), prepend=0.0)
    return float(counted @ minutes[order] / most)


def _solved(times: Floats, weight: Floats, share: float, problem: Problem, start: Ints) -> tuple[Ints, float]:
    """Return sites and bound."""
    possible = np.isfinite(times)
    every = np.full(len(times), times.shape[1])
    radii = Radii(np.where(possible, times, 0.0), possible, problem.fixed, problem.free, every)
    steps, first, owner = radii.programme(len(start))
    places, columns = len(times), len(steps.cost)
    # the minutes of a place: its first radius and the steps it takes
    at = len(problem.free) + np.arange(len(owner))
    minutes = scipy.sparse.csr_array((steps.cost[at], (owner, at)), shape=(places, columns))
    # columns more: the minutes t that the worst-off exceed, and by how much each place does
    over = scipy.sparse.hstack(
        [-minutes, scipy.sparse.csr_array(np.ones((places, 1))), scipy.sparse.csr_array(np.eye(places))]
    )
    matrix = scipy.sparse.csr_array(
        scipy.sparse.vstack(
            [scipy.sparse.hstack([steps.matrix, scipy.sparse.csr_array((len(steps.low), 1 + places))]), over]
        )
    )
    cost = np.concatenate([np.zeros(columns), [1.0], weight / (share * weight.sum())])
    low = np.concatenate([steps.low, first])
    high = np.concatenate([steps.high, np.full(places, np.inf)])
    top = np.concatenate([steps.top, np.full(1 + places, np.inf)])
    programme = Programme(cost, matrix, low, high, len(problem.free), top)
    solution = solve(programme, seconds=problem.seconds)
    if solution is None:  # pragma: no cover - the start is a solution
        raise InfeasibleError("fair_median: no solution.")
    if solution.columns is None:
        return start, max(solution.bound, 0.0)
    sites = np.union1d(problem.fixed, problem.free[solution.chosen(len(problem.free))])
    # those that are left over go where they help the mean most
    sites = greedy(finite_costs(times, weight), sites, np.setdiff1d(problem.free, sites), len(start))
    return sites, solution.bound
