"""Which pile comes when: the fewest standing in each year such that its target is met, and nothing is ever moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from charging.sizing.search import SEARCH

_BEYOND: Final = 20
"""Sizes that are added beyond the order where its largest misses a target on fresh seeds."""

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charging.sizing.search import Search
    from charging.sizing.sites import Piles


def build_path(searches: Mapping[int, Search], order: Sequence[Piles], *, fresh: int) -> dict[int, Piles]:
    """Return what stands in each year: the least of an order of sizes that meets the year's target.

    Parameters
    ----------
    searches : mapping of int to Search
        By year, from the first to the last: each evaluates sizes with the demand of its year.
    order : sequence of tuple of int
        Sizes from small to large, each with a pile more than the one before: which pile comes next.
    fresh : int
        Set of seeds on which a size must meet the target as well.

    Returns
    -------
    dict of int to tuple of int
        By year. None has less than the year before; where the largest of the order misses the target, piles are added
        where service is worst, until it is met or more do not help.

    Notes
    -----
    With prices that do not rise and a discount rate above 0 nothing is gained by building before it is needed: the
    least of each year costs least of all paths along the order.
    """
    path: dict[int, Piles] = {}
    longest = len(order) + _BEYOND
    order, low = list(order), 0
    for year, search in searches.items():
        high = len(order) - 1
        while low < high:
            middle = (low + high) // 2
            if search.meets(order[middle], "formula", SEARCH):
                high = middle
            else:
                low = middle + 1
        # what was lucky in the search may fail on other numbers
        while not search.meets(order[low], "verified", fresh):
            if low == len(order) - 1:
                more = search.more(order[low], search.show(order[low], "verified", fresh), 1)
                if more == order[low] or len(order) >= longest:
                    break
                order.append(more)
            low += 1
        path[year] = order[low]
    return path
