"""Lagrangian relaxation of the p-median: a bound, better choices, and sites that are out or in for certain."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.siting.answer import SAME
from charging.siting.interchange import improved, total

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

_ROUNDS: Final = 1500
"""Steps of the subgradient method at the most; it ends earlier when its steps have shrunk to nothing."""
_PATIENCE: Final = 25
"""Steps without a better bound after which the step is halved."""
_LEAST_STEP: Final = 1e-4
"""Share of the gap below which a step moves nothing."""


@dataclass(slots=True)
class Relaxed:
    """State of the relaxation.

    Attributes
    ----------
    sites, value
        Best choice known, and its cost.
    bound, prices
        Best bound, and what each place pays in it.
    fixed, free
        Sites that are in every choice better than the best known, and those that may be.
    """

    sites: Ints
    value: float
    bound: float
    prices: Floats
    fixed: Ints
    free: Ints

    @property
    def closed(self) -> bool:
        """Whether the best choice is proved."""
        return self.value - self.bound <= SAME * max(1.0, abs(self.value))


def relax(cost: Floats, sites: Ints, fixed: Ints, free: Ints, *, until: float) -> Relaxed:
    """Return bound, choice and remaining sites of a p-median problem.

    Parameters
    ----------
    cost : array
        Shape (places, sites), finite.
    sites : array of int
        A choice, fixed sites included.
    fixed, free : array of int
        Sites that are chosen in any case, and those that may be.
    until : float
        Reading of the clock at which to end.

    Notes
    -----
    The rows that say that each place is served once are relaxed (Cornuejols, Fisher and Nemhauser, Management Science
    23, 1977); subgradient steps after Held, Wolfe and Crowder. A site whose reduced cost lifts the bound above the best
    choice is out, one whose absence does is in.
    """
    count = len(sites)
    # start: each place pays its second cheapest site, so that about two sites compete for it
    allowed = np.union1d(fixed, free)
    second = min(1, len(allowed) - 1)
    prices = np.partition(cost[:, allowed], second, axis=1)[:, second]
    state = Relaxed(sites, total(cost, sites), -np.inf, prices, fixed, free)
    step, idle = 2.0, 0
    for _ in range(_ROUNDS):
        opened, bound, reduced = _inner(cost, prices, state, count)
        if bound > state.bound + SAME * abs(state.bound if np.isfinite(state.bound) else 0.0):
            state.bound, state.prices, idle = bound, prices, 0
        else:
            idle += 1
        _better(cost, opened, state, thorough=idle == 0)
        _exclude(bound, reduced, state, count)
        if idle >= _PATIENCE:
            step, idle = step / 2.0, 0
        slope = 1.0 - (cost[:, opened] < prices[:, None]).sum(axis=1)
        length = float(slope @ slope)
        if state.closed or length == 0.0 or step < _LEAST_STEP or not len(state.free) or time.monotonic() > until:
            break
        # 1.05: the choice may still get better
        prices = np.maximum(prices + step * (1.05 * state.value - bound) / length * slope, 0.0)
    state.bound = min(max(state.bound, bound), state.value)
    return state


def _inner(cost: Floats, prices: Floats, state: Relaxed, count: int) -> tuple[Ints, float, Floats]:
    """Return the choice of least reduced cost, the bound, and the reduced costs of the free sites."""
    own = np.minimum(cost[:, state.fixed] - prices[:, None], 0.0).sum()
    reduced = np.minimum(cost[:, state.free] - prices[:, None], 0.0).sum(axis=0)
    taken = count - len(state.fixed)
    best = np.argsort(reduced, kind="stable")[:taken]
    bound = float(prices.sum() + own + reduced[best].sum())
    return np.concatenate([state.fixed, state.free[best]]), bound, reduced


def _better(cost: Floats, opened: Ints, state: Relaxed, *, thorough: bool) -> None:
    """Keep the relaxation's choice if it is the best so far; swap sites where it is near the best."""
    value = total(cost, opened)
    if value < state.value or (thorough and value < 1.02 * state.value):
        opened = improved(cost, opened, state.fixed, state.free)
        value = total(cost, opened)
    if value < state.value:
        state.sites, state.value = np.sort(opened), value


def _exclude(bound: float, reduced: Floats, state: Relaxed, count: int) -> None:
    """Take out sites that are in no better choice, and fix those that are in all of them."""
    taken = count - len(state.fixed)
    if not 0 < taken < len(reduced):
        return
    order = np.argsort(reduced, kind="stable")
    inside, outside = order[:taken], order[taken:]
    # a little above the best: rounding must not exclude it
    limit = state.value + SAME * max(1.0, abs(state.value))
    without = outside[bound + reduced[outside] - reduced[inside[-1]] > limit]
    always = inside[bound - reduced[inside] + reduced[outside[0]] > limit]
    if without.size or always.size:
        state.fixed = np.union1d(state.fixed, state.free[always])
        state.free = np.delete(state.free, np.concatenate([without, always]))
