"""The p-centre: the farthest place is as near as can be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from charging.siting.assignment import Assignment
from charging.siting.covering import least_cover
from charging.siting.problem import Problem, nearest, weights_of
from data.errors import InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from charging.siting.answer import Siting
    from data.arrays import Floats, Ints


def p_center(
    minutes: ArrayLike,
    count: int,
    *,
    fixed: ArrayLike = (),
    forbidden: ArrayLike = (),
    weights: ArrayLike | None = None,
    capacity: ArrayLike | None = None,
    leave_out: bool = False,
    time_limit_s: float | None = None,
) -> Siting:
    """Return the sites from which the farthest place is nearest.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    count : int
        The most sites, fixed ones included.
    fixed, forbidden : array_like of int, optional
        Sites that are chosen in any case, and sites that are not.
    weights, capacity : array_like, optional
        Weight of each place (1 each without) and the most weight that each site serves; each place is served by one.
    leave_out : bool
        Leave out, and name, places that no site reaches; without it they are an error.
    time_limit_s : float, optional
        Longest search; the answer then has the bound that was proved.

    Returns
    -------
    Siting
        Sites and the minutes of the farthest place.

    Raises
    ------
    DataError
        Wrong shapes or values, a count below 1, above the number of sites or below that of the fixed ones.
    UnreachableError
        Places that no site reaches, all of them.
    InfeasibleError
        Places that `count` sites cannot all reach, or no solution in time.

    Notes
    -----
    A set cover at each of some distinct times, by bisection: Minieka, SIAM Review 12, 1970.

    Examples
    --------
    >>> found = p_center([[1.0, 9.0], [9.0, 1.0], [5.0, 2.0]], 1)
    >>> found.objective
    9.0
    """
    problem = Problem.given(
        "p_center", minutes, fixed=fixed, forbidden=forbidden, capacity=capacity, time_limit_s=time_limit_s
    )
    weight = np.ones(len(problem.times)) if weights is None else weights_of(weights, len(problem.times), "weights")
    problem.counted(count)
    rows, lost = problem.served(None, leave_out=leave_out)

    def served_within(radius: float) -> tuple[Ints, Ints]:
        if problem.capacity is not None:
            return Assignment(problem, weight, rows, lost, problem.times <= radius).possible(count)
        near = problem.times[rows] <= radius
        chosen, _ = least_cover(near, np.ones(near.shape[1]), problem, count)
        return chosen, nearest(problem.times, chosen)

    radii = _radii(problem.times[np.ix_(rows, problem.allowed)])
    chosen, site_of, bound = _bisected(radii, served_within, problem)
    objective = float(problem.times[rows, site_of[rows]].max())
    return problem.answer(chosen, objective, min(bound, objective), lost, site_of)


def _radii(times: Floats) -> Floats:
    """Return the distinct finite times that the farthest place may have, rising."""
    # no choice serves a place faster than its nearest site does
    least = times.min(axis=1).max()
    return np.unique(times[np.isfinite(times) & (times >= least)])


def _bisected(
    radii: Floats, served_within: Callable[[float], tuple[Ints, Ints]], problem: Problem
) -> tuple[Ints, Ints, float]:
    """Return the sites of the least time at which all can be served, the sites of places, and the bound."""
    chosen, site_of = served_within(float(radii[-1]))
    low, high, proved = 0, len(radii) - 1, 0
    while low < high and time.monotonic() < problem.until:
        middle = (low + high) // 2
        try:
            chosen, site_of = served_within(float(radii[middle]))
            high = middle
        except InfeasibleError:
            low = middle + 1
            # out of time is no proof that there is nothing
            if time.monotonic() < problem.until:
                proved = low
    return chosen, site_of, float(radii[proved])
