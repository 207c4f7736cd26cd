"""The best of a budget: every pile and gun of it placed where fewest drivers are lost or late."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from charging.sizing.budget import Exact
from charging.sizing.thumbs import RULES
from data.goals import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from charging.sizing.pile_sites import Piles
    from charging.sizing.search import Search
    from data.goals import Goal, Service

    Loss = Callable[[Service], float]

# The constants below say how finely the search looks, not what the world is like.
_BLOCK: Final = 16
"""Piles that are moved at once at first; halved each time that it does not help."""
_MOVES: Final = 60
"""Layouts that are tried; each costs a simulation."""
_FAILURES: Final = 16
"""Single piles whose move did not help, one after another, before the search ends."""
_LOOKS: Final = 8
"""Sites on either side that single piles are moved between."""

_STARTS: Final = 1 + len(RULES)
"""Sizes to begin with: the formulas', and those of rules of thumb."""
MOST_TRIED: Final = _STARTS + _MOVES + 2
"""Layouts that are tried at the most, with the last one and its confirmation."""


class Move(NamedTuple):
    """A pile from one row of the layout to another."""

    giver: int
    taker: int


def target_loss(goals: Sequence[Goal]) -> Loss:
    """Return how far means are over the goal that is missed most, as a share of its limit; below 0 is room."""

    def loss(service: Service) -> float:
        return max(
            goal.excess(Shown(service.measures[goal.measure].value)) / max(1e-9, abs(goal.limit)) for goal in goals
        )

    return loss


def measure_loss(measure: str) -> Loss:
    """Return the mean of a measure of which less is better; 0 where nothing was observed."""
    return lambda service: service.measures[measure].value or 0.0


def spend(search: Search, least: Piles, *, loss: Loss, starts: Iterable[Piles] = ()) -> Piles:
    """Return the best size found that spends a budget: exactly its piles and guns, power and money as far as they go.

    Parameters
    ----------
    search : Search
        With the budget; its evaluations are of the search.
    least : tuple of int
        What every size has at least.
    loss : callable
        What of the service is to be least.
    starts : iterable of tuple of int
        Sizes to begin with besides the least sum of queues; those that do not spend the budget exactly are left out.

    Notes
    -----
    Marginal gains of the queueing formulas give the first size (optimal for separable convex queues, Fox 1966). Then
    piles move from where guns have least to do to where most drivers are lost or late, on common random numbers, many
    at a time first: sharing of power, drivers who go on to the next station and impatience are in the simulation alone.
    """
    within = affordable_exactly(search, least)
    given = [tuple(start) for start in starts]
    alike = [
        start for start in given if spends(search, start) and all(a >= b for a, b in zip(start, least, strict=True))
    ]
    first = search.sites.filled(least, within)
    begun = list(dict.fromkeys([first, *alike]))
    # of equals the formulas' size, which comes first
    best = min(begun, key=lambda piles: loss(search.show(piles, "formula", search.compares)))
    return rebalanced(search, best, loss=loss, least=least, allowed=search.affordable)


def affordable_exactly(search: Search, least: Piles) -> Callable[[Piles], bool]:
    """Return whether a size is within the budget and can still be filled up to exactly its piles and guns."""
    exact = Exact.of(search.budget, search.sites.layout["guns_per_pile"].to_list())
    possible = exact.completes(*exact.left(sum(least), search.sites.guns(least)))

    def affordable(piles: Piles) -> bool:
        if not search.affordable(piles):
            return False
        # the smallest size may already have too many of the small piles: then as much as there is
        return not possible or exact.completes(*exact.left(sum(piles), search.sites.guns(piles)))

    return affordable


def spends(search: Search, piles: Piles) -> bool:
    """Return whether a size is within the budget and takes exactly its piles and guns."""
    exact = Exact.of(search.budget, search.sites.layout["guns_per_pile"].to_list())
    left = exact.left(sum(piles), search.sites.guns(piles))
    return search.affordable(piles) and all(part in (None, 0) for part in left)


def rebalanced(
    search: Search, piles: Piles, *, loss: Loss, least: Piles, allowed: Callable[[Piles], bool], most: int = _MOVES
) -> Piles:
    """Return a size with piles moved to other sites as long as that helps.

    Parameters
    ----------
    search : Search
        Evaluates the sizes.
    piles : tuple of int
        The size to begin with.
    loss : callable
        What of the service is to be less.
    least : tuple of int
        What every size has at least.
    allowed : callable
        Whether a size may be tried.
    most : int
        Sizes that are tried.
    """
    block, failed = _BLOCK, set[Move]()
    for _ in range(most):
        shown = search.show(piles, "moved piles", search.compares)
        if not any(shown.trouble.values()):
            break
        options = _Options(search, piles, least, allowed)
        moves = options.together(shown, block) if block > 1 else options.single(shown, failed)
        if not moves or len(failed) >= _FAILURES:
            break
        tried = _applied(piles, moves)
        if loss(search.show(tried, "moved piles", search.compares)) < loss(shown):
            piles, failed = tried, set()
        elif block > 1:
            block //= 2
        else:
            failed.add(moves[0])
    return piles


def _applied(piles: Piles, moves: Iterable[Move]) -> Piles:
    """Return a size after moves."""
    size = list(piles)
    for move in moves:
        size[move.giver] -= 1
        size[move.taker] += 1
    return tuple(size)


@dataclass(frozen=True, slots=True)
class _Options:
    """Moves that may be made from a size."""

    search: Search
    piles: Piles
    least: Piles
    allowed: Callable[[Piles], bool]

    def together(self, shown: Service, count: int) -> list[Move]:
        """Return up to so many moves: each to where most is lost per gun, from where guns have least to do."""
        moves: list[Move] = []
        sites = self.search.sites.layout["station_id"].to_list()
        before, size = self._guns_by_site(self.piles), self.piles
        for _ in range(count):
            guns = self._guns_by_site(size)

            def lost(row: int, guns: dict[str, int] = guns) -> float:
                # the loss falls faster than the guns grow: with twice the guns to a quarter
                site = sites[row]
                return shown.trouble[site] * (before[site] / guns[site]) ** 2 / guns[site]

            ranked = sorted(self.search.takers(size, shown), key=lost, reverse=True)
            move = next((move for row in ranked for move in self._into(size, row, avoid=moves)), None)
            if move is None:
                break
            moves.append(move)
            size = _applied(size, [move])
        return moves

    def single(self, shown: Service, failed: set[Move]) -> list[Move]:
        """Return the likeliest single move that has not failed yet; none where all of the likely ones have."""
        found = []
        for rank, taker in enumerate(self.search.takers(self.piles, shown)[:_LOOKS]):
            for number, move in enumerate(itertools.islice(self._into(self.piles, taker), _LOOKS)):
                if move not in failed:
                    found.append((rank + number, rank, move))
        return [min(found)[-1]] if found else []

    def _into(self, piles: Piles, taker: int, *, avoid: Sequence[Move] = ()) -> Iterator[Move]:
        """Yield moves into a row from those that miss a pile least, with as many guns a pile."""
        per_pile = self.search.sites.layout["guns_per_pile"].to_list()
        sites = self.search.sites.layout["station_id"].to_list()
        took = {sites[move.taker] for move in avoid}
        for giver in self.search.spare(piles):
            if per_pile[giver] != per_pile[taker] or sites[giver] == sites[taker] or sites[giver] in took:
                continue
            move = Move(giver, taker)
            if piles[giver] > self.least[giver] and self.allowed(_applied(piles, [move])):
                yield move

    def _guns_by_site(self, piles: Piles) -> dict[str, int]:
        """Return the guns of each site, at least 1."""
        guns: dict[str, int] = {}
        for station, number, per_pile in zip(
            self.search.sites.layout["station_id"], piles, self.search.sites.usable, strict=True
        ):
            guns[station] = guns.get(station, 0) + number * per_pile
        return {station: max(1, number) for station, number in guns.items()}
