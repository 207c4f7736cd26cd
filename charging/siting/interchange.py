"""Good choices of p sites, quickly: greedy, then swaps of one site for another as long as they help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

_SLACK: Final = 1e-12
"""Gains below this share of the cost are rounding."""


def total(cost: Floats, sites: Ints) -> float:
    """Return the cost of serving every place from the cheapest of some sites."""
    return float(cost[:, sites].min(axis=1).sum())


def greedy(cost: Floats, fixed: Ints, free: Ints, count: int) -> Ints:
    """Return the fixed sites and, one by one, the free ones that save most."""
    chosen, left = fixed.tolist(), free.tolist()
    now = cost[:, fixed].min(axis=1) if fixed.size else np.full(len(cost), np.inf)
    while len(chosen) < count:
        costs = np.minimum(now[:, None], cost[:, left]).sum(axis=0)
        best = left.pop(int(costs.argmin()))
        chosen.append(best)
        now = np.minimum(now, cost[:, best])
    return np.array(sorted(chosen), dtype=np.int64)


def improved(cost: Floats, sites: Ints, fixed: Ints, free: Ints) -> Ints:
    """Return sites that no swap of a free one for another improves.

    Notes
    -----
    Teitz and Bart, Operations Research 16, 1968, with the sums of gains and losses of Whitaker (INFOR 21, 1983) for
    all swaps at once.
    """
    sites = sites.copy()
    if not np.isin(sites, fixed, invert=True).any():
        return sites
    while True:
        own = cost[:, sites]
        order = own.argsort(axis=1, kind="stable")
        row = np.arange(len(cost))
        near = order[:, 0]
        first = own[row, near]
        second = own[row, order[:, 1]] if len(sites) > 1 else np.full(len(cost), np.inf)
        come = np.setdiff1d(free, sites)
        if not come.size:
            return sites
        saved = np.maximum(first[:, None] - cost[:, come], 0.0).sum(axis=0)
        # whom the leaving site served goes to the second or to the newcomer
        moved = np.minimum(second[:, None], np.maximum(cost[:, come], first[:, None])) - first[:, None]
        served = (near[None, :] == np.arange(len(sites))[:, None]).astype(np.float64)
        change = served @ moved - saved[None, :]
        change[np.isin(sites, fixed)] = np.inf
        best = int(change.argmin())
        leaves, comes = divmod(best, len(come))
        if change[leaves, comes] >= -_SLACK * first.sum():
            return np.sort(sites)
        sites[leaves] = come[comes]
