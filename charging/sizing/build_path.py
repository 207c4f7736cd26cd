"""Which pile comes when: the fewest standing in each year such that its target is met, and nothing is ever moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from charging.sizing.search import SEARCH, most_tried

_BEYOND: Final = 20
"""Piles that are added beyond the last year's size where it misses the target on fresh seeds."""
_NEEDED: Final = 8
"""Rows of a year that are found to need their last pile before taking away ends."""
_REPAIRS: Final = 6
"""Rounds of adding piles to a year that fails on fresh seeds, before all that the next year has is looked at."""
MOST_TRIED_A_YEAR: Final = most_tried(bisected=2, trimmed=1) + _REPAIRS + 5
"""Sizes that a year tries at the most, with what stands, what is put off and what is planned."""

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charging.sizing.pile_sites import Piles
    from charging.sizing.search import Search


def build_path(searches: Mapping[int, Search], last: Piles, *, fresh: int) -> dict[int, Piles]:
    """Return what stands in each year: nothing is built before a year needs it, and nothing is moved.

    Parameters
    ----------
    searches : mapping of int to Search
        By year, from the first to the last: each evaluates sizes with the demand of its year, and its sites have the
        loads of that year.
    last : tuple of int
        What the last year needs.
    fresh : int
        Set of seeds on which a size must meet the target as well.

    Returns
    -------
    dict of int to tuple of int
        By year. None has less than the year before; where the last year's size misses the target, piles are added where
        service is worst, until it is met or more do not help.

    Notes
    -----
    Backwards in time: of what stands in a year, the year before keeps the least that meets its own target, so that
    later years decide what the earlier ones build. With prices that do not rise and a discount rate above 0 nothing is
    gained by building before it is needed.
    """
    years = list(searches)
    path = {years[-1]: _enough(searches[years[-1]], last, fresh)}
    for year in reversed(years[:-1]):
        search, after = searches[year], path[min(path)]
        # demand need not grow in every year: what a later year has may be too little, and then it has more as well
        top = after if _meets(search, after, fresh) else path[years[-1]]
        here = _least(search, top, fresh)
        path = {year: here, **{later: _union(piles, here) for later, piles in path.items()}}
    return path


def _enough(search: Search, piles: Piles, fresh: int) -> Piles:
    """Return a size with piles added until it meets the target on fresh seeds, or more do not help."""
    for _ in range(_BEYOND):
        if search.meets(piles, "verified", fresh):
            return piles
        more = search.more(piles, search.show(piles, "verified", fresh), 1)
        if more == piles:
            return piles
        piles = more
    return piles


def _meets(search: Search, piles: Piles, fresh: int) -> bool:
    """Return whether a size meets the target on the seeds of the search and on fresh ones."""
    return search.meets(piles, "formula", SEARCH) and search.meets(piles, "verified", fresh)


def _least(search: Search, top: Piles, fresh: int) -> Piles:
    """Return the least part of a size that meets the target of a year; all of it where it does not."""
    chain = search.sites.thinned(top, search.floor)
    at = _bisected(len(chain) - 1, lambda number: search.meets(chain[number], "formula", SEARCH))
    piles, _ = search.trim(chain[at], failures=_NEEDED)
    # what was lucky in the search may fail on other numbers: a few piles where drivers are lost may do
    for rounds in range(1, _REPAIRS + 1):
        if search.meets(piles, "verified", fresh):
            return piles
        more = search.more(piles, search.show(piles, "verified", fresh), rounds)
        piles = tuple(min(pair) for pair in zip(more, top, strict=True))
    grown = list(dict.fromkeys(_union(piles, longer) for longer in chain))
    return grown[_bisected(len(grown) - 1, lambda number: search.meets(grown[number], "verified", fresh))]


def _bisected(last: int, holds: Callable[[int], bool]) -> int:
    """Return the first number up to a last one for which something holds; the last one where none does."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _union(piles: Piles, other: Piles) -> Piles:
    """Return the more of two sizes in every row."""
    return tuple(max(pair) for pair in zip(piles, other, strict=True))
