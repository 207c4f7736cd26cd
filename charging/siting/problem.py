"""A siting problem as it is given: travel times, weights, sites that must stay or must not be, all checked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from charging.siting.answer import Siting, UnreachableError
from data.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from data.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Problem:
    """Places that can be served and sites that may be chosen.

    Attributes
    ----------
    name : str
        Function that was called, for messages.
    times : array
        Minutes, shape (places, sites), of all places; infinite from forbidden sites.
    fixed, free : array of int
        Sites that are chosen in any case, and those that may be.
    capacity : array or None
        The most weight that each site serves.
    until : float
        Reading of the clock at which the search ends.
    """

    name: str
    times: Floats
    fixed: Ints
    free: Ints
    capacity: Floats | None
    until: float

    @classmethod
    def given(
        cls,
        name: str,
        minutes: ArrayLike,
        *,
        fixed: ArrayLike,
        forbidden: ArrayLike,
        capacity: ArrayLike | None,
        time_limit_s: float | None,
    ) -> Self:
        """Return the problem, checked.

        Raises
        ------
        DataError
            A wrong shape, a missing or negative time, a site that does not exist, one that is fixed and forbidden.
        """
        if time_limit_s is not None and not time_limit_s > 0.0:
            raise DataError(f"time_limit_s: got {time_limit_s}; expected more than 0 seconds, or None for no limit.")
        times = _matrix(minutes)
        sites = times.shape[1]
        stay, never = _sites(fixed, sites, "fixed"), _sites(forbidden, sites, "forbidden")
        both = np.intersect1d(stay, never)
        if both.size:
            raise DataError(f"fixed, forbidden: site {', '.join(map(str, both))} is in both; expected in one at most.")
        times[:, never] = np.inf
        free = np.setdiff1d(np.arange(sites), np.concatenate([stay, never]))
        most = None if capacity is None else weights_of(capacity, sites, "capacity")
        return cls(name, times, stay, free, most, time.monotonic() + (time_limit_s or np.inf))

    @property
    def allowed(self) -> Ints:
        """Sites that are not forbidden, rising."""
        return np.union1d(self.fixed, self.free)

    @property
    def seconds(self) -> float:
        """Time that is left; a little at least, so that a solver answers at all."""
        return max(0.1, self.until - time.monotonic())

    def counted(self, count: int) -> int:
        """Return a number of sites, checked against those that are fixed and allowed.

        Raises
        ------
        DataError
            A number below 1 or above that of the sites, or fewer than are fixed.
        """
        allowed = len(self.allowed)
        if not 1 <= count <= allowed:
            raise DataError(f"count: got {count}; expected 1 to {allowed} sites.")
        if count < len(self.fixed):
            raise DataError(
                f"count: got {count}; expected at least the {len(self.fixed)} fixed sites, which count too."
            )
        return count

    def served(self, reach_min: float | None, *, leave_out: bool) -> tuple[Ints, Ints]:
        """Return the places that some allowed site reaches, and all others.

        Raises
        ------
        UnreachableError
            Where there are others and they may not be left out, or where no place can be reached.
        """
        near = np.isfinite(self.times) if reach_min is None else self.times <= reach_min
        inside = near[:, self.allowed].any(axis=1)
        lost = np.flatnonzero(~inside)
        if lost.size and (not leave_out or not inside.any()):
            why = (
                "out of reach of every site" if reach_min is None else f"farther than {reach_min:g} min from every site"
            )
            raise UnreachableError(self.name, lost.tolist(), why)
        return np.flatnonzero(inside), lost

    def answer(self, chosen: Ints, objective: float, bound: float, lost: Ints, site_of: Ints | None = None) -> Siting:
        """Return the answer; each place goes to its nearest chosen site unless `site_of` says otherwise (-1: none)."""
        sites = np.sort(chosen)
        if site_of is None:
            site_of = nearest(self.times, sites)
        assigned = [int(site) if site >= 0 else None for site in site_of]
        return Siting(sites.tolist(), objective, bound, lost.tolist(), assigned)


def nearest(times: Floats, sites: Ints, reach_min: float = np.inf) -> Ints:
    """Return the nearest of some sites to each place; -1 where none is within reach."""
    if not sites.size:
        return np.full(len(times), -1)
    order = times[:, sites].argmin(axis=1)
    minutes = times[np.arange(len(times)), sites[order]]
    return np.where(np.isfinite(minutes) & (minutes <= reach_min), sites[order], -1)


def weights_of(values: ArrayLike, size: int, name: str) -> Floats:
    """Return weights, checked.

    Raises
    ------
    DataError
        A wrong number of them, a missing, infinite or negative one.
    """
    weight = np.asarray(values, dtype=np.float64)
    if weight.shape != (size,) or not np.isfinite(weight).all() or (weight < 0.0).any():
        raise DataError(f"{name}: expected {size} finite numbers of at least 0.")
    return weight


def _matrix(minutes: ArrayLike) -> Floats:
    """Return a copy of the travel times, checked."""
    times = np.array(minutes, dtype=np.float64)
    if times.ndim != 2 or not times.size:
        raise DataError(f"minutes: got shape {times.shape}; expected (places, sites), both at least 1.")
    if np.isnan(times).any() or (times < 0.0).any():
        raise DataError("minutes: got a missing or negative time; expected 0 or more, infinite where there is no way.")
    return times


def _sites(numbers: ArrayLike, sites: int, name: str) -> Ints:
    """Return numbers of sites, rising, each once."""
    given: NDArray[np.generic] = np.asarray(numbers)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    if given.dtype == np.bool_ and given.shape == (sites,):
        return np.flatnonzero(given)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.integer):
        raise DataError(f"{name}: expected numbers of sites (columns of minutes), or a yes or no for each.")
    found = np.unique(given.astype(np.int64))
    if found[0] < 0 or found[-1] >= sites:
        raise DataError(f"{name}: got site {found[0] if found[0] < 0 else found[-1]}; expected 0 to {sites - 1}.")
    return found
