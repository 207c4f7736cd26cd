"""A search among sizes: what each showed, the least of a family, piles taken away, exchanged and added again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.goals import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from charging.sizing.pile_sites import Piles, Sites
    from data.goals import Goal, Service

    Evaluate = Callable[[pl.DataFrame, int], Service]

SEARCH: Final = 0
"""Number of the set of seeds that the search uses; verification takes 1, 2, ..."""
SCREEN: Final = -1
"""The first few of them: whose mean misses the target there needs no more."""
# The constants below say how finely the search looks, not what the world is like; the answer is verified in any case.
_REPAIRS: Final = 8
"""Rounds of adding piles to a size that failed on fresh random numbers."""
_TRIALS: Final = 60
"""Sizes that are tried on the way down; each costs a simulation."""
_EXCHANGES: Final = 24
"""Exchanges that are tried after it, one after another without success, before the search ends."""
_EXCHANGED: Final = 2 * _EXCHANGES
"""Exchanges that are tried in all."""
_BISECTED: Final = 1 + 16
"""Sizes that a bisection tries at the most: no family has more than 2**16."""
_LOOKS: Final = 6
"""Rows that exchanges look at on either side: those where most is lost, and those that miss a pile least."""


@dataclass(slots=True)
class Search:
    """Evaluates sizes and remembers what they showed.

    Attributes
    ----------
    sites : Sites
        Whose piles are open.
    evaluate : callable
        ``evaluate(layout, seeds)``; the same set of seeds gives every layout the same requests.
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        The most of ``piles``, ``guns``, ``kw`` and ``cny``.
    floor : tuple of int
        Piles that stand already and are not moved; empty for none.
    screen : bool
        Whether `evaluate` knows the set of seeds `SCREEN`.
    """

    sites: Sites
    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    floor: Piles = ()
    screen: bool = False
    seen: dict[tuple[Piles, int], tuple[Service, str]] = field(default_factory=dict)

    def show(self, piles: Piles, step: str, seeds: int = SEARCH) -> Service:
        """Return what a size shows on a set of seeds."""
        key = (piles, seeds)
        if key not in self.seen:
            self.seen[key] = (self.evaluate(self.sites.with_piles(piles), seeds), step)
        return self.seen[key][0]

    def meets(self, piles: Piles, step: str, seeds: int = SEARCH) -> bool:
        """Return whether a size meets the goals on a set of seeds.

        Where the mean of the first 3 of 4 to 6 replications misses a goal, the bad end of the 95 % interval of all of
        them does: others that are better by d pull the mean by d / 2 at the most, and widen the interval by more.
        """
        if self.screen and seeds == SEARCH and (piles, SEARCH) not in self.seen:
            first = self.show(piles, step, SCREEN).measures
            if any(goal.excess(Shown(first[goal.measure].value)) > 0.0 for goal in self.goals):
                return False
        return self.show(piles, step, seeds).meets(self.goals)

    def affordable(self, piles: Piles) -> bool:
        """Return whether a size is within the budget."""
        totals = self.sites.totals(piles, self.budget)
        return all(totals[name] <= limit for name, limit in self.budget.items())

    def least(self, family: Sequence[Piles]) -> Piles | None:
        """Return the least member of a family that meets the goals, by bisection; None where the largest fails."""
        low, high = 0, len(family) - 1
        # bisection needs an end that is good
        if not self.meets(family[high], "formula"):
            return None
        # monotone in size but for chance; common random numbers make that chance small
        while low < high:
            middle = (low + high) // 2
            if self.meets(family[middle], "formula"):
                high = middle
            else:
                low = middle + 1
        return family[high]

    def trim(self, piles: Piles, *, block: int | None = None, failures: int = _TRIALS) -> tuple[Piles, list[int]]:
        """Take piles away as long as the goals are met; return the size and the rows whose last pile is needed.

        Piles are taken where guns have least to do; many at a time first (a pile from every row that can spare one,
        without `block`), then fewer; it ends when so many rows were found to need their last pile.
        """
        needed: list[int] = []
        # halved each time that the target is missed
        block = len(piles) if block is None else block
        for _ in range(_TRIALS):
            if len(needed) >= failures:
                break
            spare = [row for row in self.spare(piles) if row not in needed]
            if not spare:
                break
            block = min(block, len(spare))
            fewer = self.less(piles, spare[:block])
            if fewer is not None and self.meets(fewer, "fewer piles"):
                piles = fewer
            elif block > 1:
                block = max(1, block // 2)
            else:
                needed.append(spare[0])
        return piles, needed

    @property
    def compares(self) -> int:
        """The set of seeds on which sizes are compared with each other: on common random numbers few tell enough."""
        return SCREEN if self.screen else SEARCH

    def exchange(self, piles: Piles) -> Piles:
        """Exchange piles where they are missed least for fewer, or cheaper ones, where most is lost.

        A single pile less may miss a target of the whole county that two less here and one more there still meet.
        """
        failed: set[Piles] = set()
        for _ in range(_EXCHANGED):
            if len(failed) >= _EXCHANGES:
                break
            shown = self.show(piles, "exchanged piles", self.compares)
            size = next((size for size in self._exchanges(piles, shown) if size not in failed), None)
            if size is None:
                break
            if self.meets(size, "exchanged piles"):
                piles = size
            else:
                failed.add(size)
        return piles

    def _exchanges(self, piles: Piles, shown: Service) -> Iterator[Piles]:
        """Yield smaller sizes: a pile or two away from rows that miss them least, one more where most is lost."""
        now = self.sites.amount(piles)
        takers = self.takers(piles, shown)[:_LOOKS]
        givers = self.spare(piles)[:_LOOKS]
        # the sum of the ranks: likely ones first
        trials = sorted(
            (rank + first + second, rank, first, second)
            for rank in range(len(takers))
            for first in range(len(givers))
            for second in range(first, len(givers))
        )
        for _, rank, first, second in trials:
            more = list(piles)
            more[takers[rank]] += 1
            for rows in ([givers[first]], [givers[first], givers[second]]):
                size = self.less(tuple(more), rows) if takers[rank] not in rows else None
                if size is not None and self.sites.amount(size) < now:
                    yield size

    def spare(self, piles: Piles) -> list[int]:
        """Return the rows that can lose a pile, those that miss it least for what it takes first."""
        known = self.seen.get((piles, self.compares))
        trouble = known[0].trouble if known is not None else None
        return [row for _, row in self.sites.missed(piles, self.floor, trouble)]

    def less(self, piles: Piles, rows: Sequence[int]) -> Piles | None:
        """Return the size with a pile less in each of these rows, as far as a gun stays at each site and current."""
        fewer = list(piles)
        for row in rows:
            # checked again after each: two rows of one site may lose its last gun together
            if any(row == other for _, other in self.sites.missed(tuple(fewer), self.floor)):
                fewer[row] -= 1
        return tuple(fewer) if tuple(fewer) != piles else None

    def verified(self, piles: Piles) -> tuple[Piles, bool]:
        """Check a size on fresh seeds; where it fails, add piles where service is worst and check on others."""
        for attempt in range(1, _REPAIRS + 1):
            # seeds that the search has not seen: what was lucky there may fail here
            shown = self.show(piles, "verified", attempt)
            if shown.meets(self.goals):
                return piles, True
            more = self.more(piles, shown, attempt)
            if more == piles:
                return piles, False
            piles = more
        return piles, False

    def more(self, piles: Piles, shown: Service, count: int) -> Piles:
        """Return the size with a pile more at each of the sites where service is worst."""
        more = list(piles)
        # more sites with every round, so that few rounds are enough
        for row in self.takers(piles, shown)[: count + 1]:
            more[row] += 1
        return tuple(more)

    def takers(self, piles: Piles, shown: Service) -> list[int]:
        """Return a row of each site where drivers were lost or late, the worst first: at its busier current.

        Of the groups of that current it is the one that lags most behind the proportions of the layout.
        """
        sites = self.sites.layout["station_id"].to_list()
        given = self.sites.layout["piles"].to_list()
        worst = sorted(shown.trouble, key=lambda name: (-shown.trouble[name], name))
        found = []
        for name in [name for name in worst if shown.trouble[name] > 0.0]:
            rows = [row for row, site in enumerate(sites) if site == name]
            current = max(rows, key=lambda row: self._busy(row, piles))
            same = [row for row in rows if self._current(row) == self._current(current)]
            found.append(min(same, key=lambda row: (piles[row] / max(1, given[row]), row)))
        return found

    def _current(self, row: int) -> str:
        """Return the current of a row."""
        return str(self.sites.layout["current"][row])

    def _busy(self, row: int, piles: Piles) -> float:
        """Return the load over the guns of a row's site and current."""
        key = (self.sites.layout["station_id"][row], self._current(row))
        load = self.sites.load_of.get(key, 0.0)
        per_pile = self.sites.usable
        guns = sum(piles[row] * per_pile[row] for row in self.sites.parts[key])
        return float(load / guns if guns else load)


def most_tried(*, bisected: int = 0, trimmed: int = 0, exchanged: int = 0, verified: int = 0) -> int:
    """Return how many sizes so many steps of a search try at the most."""
    return bisected * _BISECTED + trimmed * _TRIALS + exchanged * _EXCHANGED + verified * _REPAIRS


def frontier(search: Search) -> pl.DataFrame:
    """Return all sizes that were evaluated: piles, guns, service, small to large."""
    rows = []
    for (piles, seeds), (service, step) in search.seen.items():
        if seeds == SCREEN and search.screen:
            continue
        row: dict[str, Any] = {"piles": sum(piles), "guns": search.sites.guns(piles), "step": step, "seeds": seeds}
        if search.sites.prices is not None:
            row["cny"] = search.sites.totals(piles, ("cny",))["cny"]
        for name, shown in service.measures.items():
            row |= {name: shown.value, f"{name}_low": shown.low, f"{name}_high": shown.high}
        rows.append({**row, "meets": service.meets(search.goals)})
    names = [column for name in next(iter(search.seen.values()))[0].measures for column in _three(name)]
    whole = ["piles", "guns", *(["cny"] if search.sites.prices is not None else [])]
    schema = {
        **dict.fromkeys(whole, pl.Int64),
        "step": pl.String,
        "seeds": pl.Int64,
        **dict.fromkeys(names, pl.Float64),
        "meets": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema).sort("guns", "piles", "seeds", "step", maintain_order=True)


def _three(name: str) -> tuple[str, str, str]:
    """Return the columns of a measure."""
    return name, f"{name}_low", f"{name}_high"
