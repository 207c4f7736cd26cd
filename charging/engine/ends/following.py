"""Requests that follow others: a vehicle that comes back some time after its last charge (a finite source)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from charging.engine.columns import counts_of
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.arrays import Floats, Ints

_NONE = -1


@dataclass(frozen=True, slots=True)
class Chains:
    """Which requests follow which, by position in the demand; those that follow none come first there.

    Attributes
    ----------
    roots
        How many requests follow none.
    before
        By request: the one that it follows, -1 for none.
    first, other
        By request: the first that follows it, and the next that follows the same one as it does; -1 for none.
    """

    roots: int
    before: Ints
    first: memoryview[int]
    other: memoryview[int]

    @classmethod
    def from_table(cls, requests: pl.DataFrame) -> Chains | None:
        """Return the chains of a request table in the order of the demand; None where nobody follows anybody."""
        follows = requests["follows"]
        if follows.null_count() == requests.height:
            return None
        before = _positions(requests)
        roots = follows.null_count()
        first, other = (np.full(requests.height, _NONE) for _ in range(2))
        # those that follow the same one side by side, in their order
        beside = roots + np.argsort(before[roots:], kind="stable")
        leads = np.append(True, np.diff(before[beside]) != 0)
        first[before[beside[leads]]] = beside[leads]
        other[beside[:-1]] = np.where(leads[1:], _NONE, beside[1:])
        return cls(roots, before, counts_of(first), counts_of(other))

    def after(self, index: int) -> Iterator[int]:
        """Yield the requests that follow one."""
        index = self.first[index]
        while index >= 0:
            yield index
            index = self.other[index]

    def begins_min(self, arrive_min: Floats, stay_min: Floats) -> Floats:
        """Return when requests begin if each ends its stay without a wait, minutes.

        Parameters
        ----------
        arrive_min
            By request: when it begins, counted from the end of the one that it follows.
        stay_min
            By request: from its beginning to its end.
        """
        begins = np.array(arrive_min, dtype=np.float64)
        known = np.arange(len(begins)) < self.roots
        left = np.flatnonzero(~known)
        while left.size:
            # all that follow somebody whose beginning is known, side by side: as many turns as the longest chain
            ready = known[self.before[left]]
            due, left = left[ready], left[~ready]
            begins[due] += begins[self.before[due]] + stay_min[self.before[due]]
            known[due] = True
        return begins


def in_order(requests: pl.DataFrame) -> pl.DataFrame:
    """Return requests by time and number, those that follow others last."""
    if requests["follows"].null_count() < requests.height:
        return requests.sort(pl.col("follows").is_not_null(), "arrive_min", "request_id", maintain_order=True)
    # sorting copies a year of requests, and most come sorted
    if requests["arrive_min"].is_sorted() and requests["request_id"].is_sorted():
        return requests
    return requests.sort("arrive_min", "request_id", maintain_order=True)


def _positions(requests: pl.DataFrame) -> Ints:
    """Return the position of the request that each follows, -1 for none.

    Raises
    ------
    DataError
        A request that follows one that the table lacks, or itself by way of others.
    """
    known = requests.select("request_id").with_row_index("position").rename({"request_id": "follows"})
    named = requests.select("request_id", "follows").join(
        known, on="follows", how="left", maintain_order="left", nulls_equal=False
    )
    lost = named.filter(pl.col("follows").is_not_null() & pl.col("position").is_null())
    if lost.height:
        number, follows, _ = lost.row(0)
        raise DataError(
            f"requests: column follows, request_id {number}: got {follows}, which is no request_id of the table."
        )
    before = named["position"].cast(pl.Int64).fill_null(_NONE).to_numpy()
    reached = before
    # each turn doubles the way back: who has not come to the head of a chain by then goes in a circle
    for _ in range(requests.height.bit_length()):
        reached = np.where(reached >= 0, reached[reached], _NONE)
    if (reached >= 0).any():
        number = requests["request_id"][int(np.flatnonzero(reached >= 0)[0])]
        raise DataError(
            f"requests: column follows, request_id {number}: follows itself by way of others. "
            "Leave follows empty for the first request of each chain."
        )
    return np.asarray(before, dtype=np.int64)
