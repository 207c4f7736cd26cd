"""Which pile comes when: the fewest standing in each year such that its target is met, and nothing is ever moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.sizing.search import SEARCH

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
        By year. None has less than the year before; where no size of the order meets the target it is the largest.

    Notes
    -----
    With prices that do not rise and a discount rate above 0 nothing is gained by building before it is needed: the
    least of each year costs least of all paths along the order.
    """
    path: dict[int, Piles] = {}
    low = 0
    for year, search in searches.items():
        first, high = low, len(order) - 1
        while first < high:
            middle = (first + high) // 2
            if search.meets(order[middle], "formula", SEARCH):
                high = middle
            else:
                first = middle + 1
        # what was lucky in the search may fail on other numbers
        while first < len(order) - 1 and not search.meets(order[first], "verified", fresh):
            first += 1
        low = first
        path[year] = order[low]
    return path
