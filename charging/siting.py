"""Where stations should stand: covering, maximal covering and p-median as integer programmes (HiGHS by scipy)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from data.errors import DataError, InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


class Siting(NamedTuple):
    """Chosen sites (columns of the matrix, rising) and the objective."""

    sites: list[int]
    objective: float


def cover(minutes: ArrayLike, reach_min: float, *, cost: ArrayLike | None = None) -> Siting:
    """Return the fewest (or cheapest) sites from which every place is within reach.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    reach_min : float
        Farthest that a place may be from a site.
    cost : array_like, optional
        Cost of each site; 1 each without.

    Returns
    -------
    Siting
        Sites and their cost: the location set covering problem (Toregas et al., Operations Research 19, 1971).

    Raises
    ------
    DataError
        A matrix with wrong shape or negative or missing times.
    InfeasibleError
        A place that no site reaches.
    """
    times = _matrix(minutes)
    near = (times <= reach_min).astype(np.float64)
    lost = np.flatnonzero(near.sum(axis=1) == 0.0)
    if lost.size:
        raise InfeasibleError(f"cover: place {int(lost[0])} is farther than {reach_min:g} min from every site.")
    prices = np.ones(times.shape[1]) if cost is None else _weights(cost, times.shape[1], "cost")
    # at least one near site for each place
    solution = _solve(prices, [LinearConstraint(csr_array(near), lb=1.0)], times.shape[1])
    chosen = np.flatnonzero(solution > 0.5)
    return Siting(chosen.tolist(), float(prices[chosen].sum()))


def max_cover(minutes: ArrayLike, weights: ArrayLike, count: int, reach_min: float) -> Siting:
    """Return the sites that bring the most weight within reach.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites).
    weights : array_like
        Weight of each place, such as its residents.
    count : int
        Number of sites.
    reach_min : float
        Reach.

    Returns
    -------
    Siting
        Sites and the weight covered (Church and ReVelle, Papers in Regional Science 32, 1974).

    Raises
    ------
    DataError
        Wrong shapes or values, a count below 1 or above the number of sites.
    """
    times = _matrix(minutes)
    places, sites = times.shape
    weight = _weights(weights, places, "weights")
    _count(count, sites)
    near = csr_array((times <= reach_min).astype(np.float64))
    # columns: sites, then places that are covered
    # a place counts only if a chosen site is near: near sites - place >= 0
    reached = LinearConstraint(hstack([near, -eye_array(places)]), lb=0.0)
    number = LinearConstraint(np.concatenate([np.ones(sites), np.zeros(places)])[None, :], ub=float(count))
    # milp minimises: weight covered with a minus
    solution = _solve(np.concatenate([np.zeros(sites), -weight]), [reached, number], sites)
    # 0.5: whole numbers of the solver are whole up to its tolerance
    chosen = np.flatnonzero(solution[:sites] > 0.5)
    # recomputed from the sites: the solver's own columns of places may be idle
    inside = (times[:, chosen] <= reach_min).any(axis=1) if chosen.size else np.zeros(places, dtype=bool)
    return Siting(chosen.tolist(), float(weight[inside].sum()))


def p_median(minutes: ArrayLike, weights: ArrayLike, count: int) -> Siting:
    """Return the sites with the least weighted travel time of all places to their nearest site.

    Parameters
    ----------
    minutes : array_like
        Travel times, shape (places, sites); infinite where there is no way.
    weights : array_like
        Weight of each place.
    count : int
        Number of sites.

    Returns
    -------
    Siting
        Sites and the sum of weight times minutes (Hakimi 1964; programme of ReVelle and Swain, Geographical Analysis 2,
        1970).

    Raises
    ------
    DataError
        Wrong shapes or values, a count below 1 or above the number of sites.
    InfeasibleError
        A place that `count` sites cannot all reach.
    """
    times = _matrix(minutes)
    places, sites = times.shape
    weight = _weights(weights, places, "weights")
    _count(count, sites)
    possible = np.isfinite(times)
    # infinite times are shut out by their upper bound, and inf x 0 would be NaN
    price = np.where(possible, times, 0.0) * weight[:, None]
    # columns: sites, then place by place the site that serves it
    # each place is served by one site, and (below) only by one that is chosen
    served = LinearConstraint(
        hstack([csr_array((places, sites)), kron(eye_array(places), np.ones((1, sites)))]), 1.0, 1.0
    )
    opened = LinearConstraint(hstack([vstack([eye_array(sites)] * places), -eye_array(places * sites)]), lb=0.0)
    number = LinearConstraint(np.concatenate([np.ones(sites), np.zeros(places * sites)])[None, :], ub=float(count))
    top = np.concatenate([np.ones(sites), possible.astype(np.float64).ravel()])
    solution = _solve(np.concatenate([np.zeros(sites), price.ravel()]), [served, opened, number], sites, top=top)
    chosen = np.flatnonzero(solution[:sites] > 0.5)
    # recomputed: the solver's columns are whole up to its tolerance
    nearest = times[:, chosen].min(axis=1)
    return Siting(chosen.tolist(), float(weight @ nearest))


def _solve(price: Floats, constraints: list[LinearConstraint], whole: int, *, top: Floats | None = None) -> Floats:
    """Return the solution; the first columns are whole numbers, the others follow from them.

    Raises
    ------
    InfeasibleError
        If there is none.
    """
    kinds = np.zeros(len(price), dtype=np.int64)
    kinds[:whole] = 1
    upper = np.ones(len(price)) if top is None else top
    answer = milp(price, integrality=kinds, bounds=Bounds(0.0, upper), constraints=constraints)
    if answer.x is None:
        raise InfeasibleError("siting: no choice of so many sites serves every place.")
    return np.asarray(answer.x, dtype=np.float64)


def _matrix(minutes: ArrayLike) -> Floats:
    """Return the travel times, checked."""
    times = np.asarray(minutes, dtype=np.float64)
    if times.ndim != 2 or not times.size:
        raise DataError(f"minutes: got shape {times.shape}; expected (places, sites), both at least 1.")
    if np.isnan(times).any() or (times < 0.0).any():
        raise DataError("minutes: got a missing or negative time; expected 0 or more, infinite where there is no way.")
    return times


def _weights(values: ArrayLike, size: int, name: str) -> Floats:
    """Return weights, checked."""
    weight = np.asarray(values, dtype=np.float64)
    if weight.shape != (size,) or not np.isfinite(weight).all() or (weight < 0.0).any():
        raise DataError(f"{name}: expected {size} finite numbers of at least 0.")
    return weight


def _count(count: int, sites: int) -> None:
    """Validate a number of sites."""
    if not 1 <= count <= sites:
        raise DataError(f"count: got {count}; expected 1 to {sites} sites.")
