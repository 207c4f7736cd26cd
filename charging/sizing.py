"""How many piles where: the least that meets a target of service at given sites.

Queueing formulas give a family of sizes, bisection on common random numbers finds the least member that meets the
target, piles that are not needed are taken away again, and the answer is verified on fresh random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.costs.station_costs import investment_fen, with_works_cny
from charging.queueing.formulas import erlang_c
from charging.queueing.splitting import load_left
from charging.results.capacity import USABLE_PER_PILE
from data.errors import DataError
from data.goals import Finding, Sizing, within
from data.money import FEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from charging.costs.price_table import Prices
    from data.goals import Figure, Goal, Service

    Evaluate = Callable[[pl.DataFrame, int], Service]
    Piles = tuple[int, ...]

SEARCH = 0
"""Number of the set of seeds that the search uses; verification takes 1, 2, ..."""
# The constants below say how finely the search looks, not what the world is like; the answer is verified in any case.
_GRADES: Final = np.geomspace(0.95, 1e-7, 80)
"""Chances of having to wait at which the formulas give a size each, from nearly sure to practically never."""
_SMALLER: Final = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Shares of the formulas' least size that are tried below it, because sharing of power and patience may need less."""
_LARGER: Final = 12
"""Sizes beyond the formulas' largest, a pile more per site and current each, because peaks may need more."""
_REPAIRS: Final = 8
"""Rounds of adding piles to a size that failed on fresh random numbers."""
_TRIALS: Final = 60
"""Sizes that are tried on the way down; each costs a simulation."""
_WORST: Final = 3
"""Sites that a sentence names."""
_BINDING: Final = 5
"""Rows of the layout whose need is explained."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites and pile types of a layout, whose numbers of piles are open.

    Attributes
    ----------
    layout : polars.DataFrame
        One row per pile group; ``piles`` are the proportions of the groups of a site and current.
    loads : polars.DataFrame
        ``station_id, current, busy_hour_erlang`` from `charging.queueing.preview.busy_loads`.
    prices : Prices, optional
        What building costs; a budget of money needs it.
    """

    layout: pl.DataFrame
    loads: pl.DataFrame
    prices: Prices | None = None

    def with_piles(self, piles: Piles) -> pl.DataFrame:
        """Return the layout with these numbers of piles; groups without piles are left out."""
        return self.layout.with_columns(piles=pl.Series(piles, dtype=pl.Int64)).filter(pl.col("piles") > 0)

    def guns(self, piles: Piles) -> int:
        """Return the number of guns at these numbers of piles."""
        return int(np.dot(piles, self.layout["guns_per_pile"].to_numpy()))

    def totals(self, piles: Piles, names: Iterable[str]) -> dict[str, int]:
        """Return what a size takes of a budget: ``piles``, ``guns``, ``cny`` (to build, rounded up to whole CNY).

        Raises
        ------
        DataError
            If money is asked for and there are no prices.
        """
        found = {"piles": sum(piles), "guns": self.guns(piles)}
        if "cny" not in names:
            return found
        if self.prices is None:
            raise DataError("prices: got none; expected prices, because the budget is in CNY.")
        return found | {"cny": -(-investment_fen(self.with_piles(piles), self.prices) // FEN)}

    @property
    def usable(self) -> list[int]:
        """How many guns of a pile can be used at once, by row: what the formulas of waiting count."""
        return self.layout.select(USABLE_PER_PILE.alias("usable"))["usable"].to_list()

    def parts(self) -> dict[tuple[str, str], list[int]]:
        """Return the rows of each site and current."""
        rows: dict[tuple[str, str], list[int]] = {}
        for row, key in enumerate(self.layout.select("station_id", "current").iter_rows()):
            rows.setdefault(key, []).append(row)
        return rows

    def filled(self, piles: Piles, affordable: Callable[[Piles], bool]) -> Piles:
        """Return a size with piles added, each where the queue shrinks most, until none more is affordable.

        Gains count per gun, or per CNY of a pile with its works where there are prices.
        """
        loads = {(station, current): load for station, current, load in self.loads.iter_rows()}
        given, per_pile, size = self.layout["piles"].to_list(), self.usable, list(piles)
        cost = self.layout["guns_per_pile"].to_list()
        if self.prices is not None:
            cost = [with_works_cny(row, self.prices) for row in self.layout.to_dicts()]

        def next_pile(key: tuple[str, str], rows: list[int]) -> tuple[float, float, int, tuple[str, str], int]:
            # in the proportions of the layout: the group that lags most
            row = min(rows, key=lambda row: (size[row] / given[row], row))
            guns = sum(size[row] * per_pile[row] for row in rows)
            before, after = (load_left(loads.get(key, 0.0), number) for number in (guns, guns + per_pile[row]))
            beyond, queue = ((new - old) / cost[row] for old, new in zip(before, after, strict=True))
            return beyond, queue, guns, key, row

        parts = self.parts()
        waiting = [next_pile(key, rows) for key, rows in parts.items()]
        heapify(waiting)
        while waiting:
            *_, key, row = heappop(waiting)
            size[row] += 1
            if affordable(tuple(size)):
                heappush(waiting, next_pile(key, parts[key]))
            else:
                # budgets only shrink: what is too dear now stays so
                size[row] -= 1
        return tuple(size)

    def family(self) -> list[Piles]:
        """Return sizes from small to large: each site and current has guns for the same chance of having to wait.

        Below the formula's range come shares of its least member, down to one pile per site and current; beyond it, one
        pile each is added.
        """
        loads = {(station, current): load for station, current, load in self.loads.iter_rows()}
        parts = self.parts()
        given = self.layout["piles"].to_list()
        per_pile = self.usable
        sizes: dict[Piles, None] = {}
        least = float(_GRADES[0])
        for share, grade in (*((part, least) for part in _SMALLER), *((1.0, float(grade)) for grade in _GRADES)):
            piles = [0] * len(given)
            for key, rows in parts.items():
                need = max(1.0, share * guns_for(loads.get(key, 0.0), grade))
                while sum(piles[row] * per_pile[row] for row in rows) < need:
                    # in the proportions of the layout: the group that lags most gets the next pile
                    piles[min(rows, key=lambda row: (piles[row] / given[row], row))] += 1
            # a dict keeps the order and drops sizes that grades share
            sizes[tuple(piles)] = None
        members = list(sizes)
        largest = list(members[-1])
        for _ in range(_LARGER):
            for rows in parts.values():
                largest[min(rows, key=lambda row: (largest[row] / given[row], row))] += 1
            members.append(tuple(largest))
        return members


def guns_for(offered_load: float, wait_share: float) -> int:
    """Return the least number of guns (at least 1) at which Erlang C's chance of waiting is at most `wait_share`."""
    # below the load the queue has no end: the search begins there
    guns = max(1, int(offered_load))
    # one gun at a time: Erlang C falls with each of them
    while erlang_c(guns, offered_load) > wait_share:
        guns += 1
    return guns


@dataclass(slots=True)
class Search:
    """Evaluates sizes and remembers what they showed."""

    sites: Sites
    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    seen: dict[tuple[Piles, int], tuple[Service, str]] = field(default_factory=dict)

    def show(self, piles: Piles, step: str, seeds: int = SEARCH) -> Service:
        """Return what a size shows on a set of seeds."""
        key = (piles, seeds)
        if key not in self.seen:
            self.seen[key] = (self.evaluate(self.sites.with_piles(piles), seeds), step)
        return self.seen[key][0]

    def meets(self, piles: Piles, step: str, seeds: int = SEARCH) -> bool:
        """Return whether a size meets the goals on a set of seeds."""
        return self.show(piles, step, seeds).meets(self.goals)

    def affordable(self, piles: Piles) -> bool:
        """Return whether a size is within the budget."""
        totals = self.sites.totals(piles, self.budget)
        return all(totals[name] <= limit for name, limit in self.budget.items())

    def spent(self, family: Sequence[Piles]) -> Piles | None:
        """Return the size that takes the whole budget, by the least sum of queues; None without one, or too small."""
        if not self.budget or not self.affordable(family[0]):
            return None
        return self.sites.filled(family[0], self.affordable)

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

    def trim(self, piles: Piles) -> tuple[Piles, list[int]]:
        """Take piles away as long as the goals are met; return the size and the rows whose last pile is needed.

        Piles are taken where guns have least to do; many at a time first, then fewer.
        """
        needed: list[int] = []
        # a pile from every row that can spare one at first; halved each time that the target is missed
        block = len(piles)
        for _ in range(_TRIALS):
            spare = [row for row in self._spare(piles) if row not in needed]
            if not spare:
                break
            block = min(block, len(spare))
            fewer = self._less(piles, spare[:block])
            if fewer is not None and self.meets(fewer, "fewer piles"):
                piles = fewer
            elif block > 1:
                block = max(1, block // 2)
            else:
                needed.append(spare[0])
        return piles, needed

    def _spare(self, piles: Piles) -> list[int]:
        """Return the rows that can lose a pile, the least busy first; the last gun of a site and current stays."""
        per_pile = self.sites.usable
        loads = {(station, current): load for station, current, load in self.sites.loads.iter_rows()}
        ranked = []
        for key, rows in self.sites.parts().items():
            guns = sum(piles[row] * per_pile[row] for row in rows)
            ranked += [
                # load per gun that would be left: the least busy loses first
                (loads.get(key, 0.0) / (guns - per_pile[row]), row)
                for row in rows
                if piles[row] and guns - per_pile[row] >= 1
            ]
        return [row for _, row in sorted(ranked)]

    def _less(self, piles: Piles, rows: Sequence[int]) -> Piles | None:
        """Return the size with a pile less in each of these rows, as far as a gun stays at each site and current."""
        fewer = list(piles)
        for row in rows:
            # checked again after each: two rows of one site may lose its last gun together
            if row in self._spare(tuple(fewer)):
                fewer[row] -= 1
        return tuple(fewer) if tuple(fewer) != piles else None

    def verified(self, piles: Piles) -> tuple[Piles, bool]:
        """Check a size on fresh seeds; where it fails, add piles where service is worst and check on others."""
        for attempt in range(1, _REPAIRS + 1):
            # seeds that the search has not seen: what was lucky there may fail here
            shown = self.show(piles, "verified", attempt)
            if shown.meets(self.goals):
                return piles, True
            more = self._more(piles, shown, attempt)
            if more == piles:
                return piles, False
            piles = more
        return piles, False

    def _more(self, piles: Piles, shown: Service, count: int) -> Piles:
        """Return the size with a pile more at each of the sites where service is worst."""
        more = list(piles)
        sites = self.sites.layout["station_id"].to_list()
        given = self.sites.layout["piles"].to_list()
        worst = sorted(shown.trouble, key=lambda name: (-shown.trouble[name], name))
        # more sites with every round, so that few rounds are enough
        for name in [name for name in worst if shown.trouble[name] > 0.0][: count + 1]:
            rows = [row for row, site in enumerate(sites) if site == name]
            current = max(rows, key=lambda row: self._busy(row, piles))
            same = [row for row in rows if self._current(row) == self._current(current)]
            # in the proportions of the layout, at the current that is busier
            more[min(same, key=lambda row: (more[row] / given[row], row))] += 1
        return tuple(more)

    def _current(self, row: int) -> str:
        """Return the current of a row."""
        return str(self.sites.layout["current"][row])

    def _busy(self, row: int, piles: Piles) -> float:
        """Return the load over the guns of a row's site and current."""
        key = (self.sites.layout["station_id"][row], self._current(row))
        load = {(station, current): value for station, current, value in self.sites.loads.iter_rows()}.get(key, 0.0)
        rows = self.sites.parts()[key]
        per_pile = self.sites.usable
        guns = sum(piles[row] * per_pile[row] for row in rows)
        return float(load / guns if guns else load)


def size_piles(
    sites: Sites, evaluate: Evaluate, goals: Sequence[Goal], *, budget: Mapping[str, int] | None = None
) -> Sizing:
    """Return the least piles and guns at given sites that meet a target of service.

    Parameters
    ----------
    sites : Sites
        Sites, pile types and their loads.
    evaluate : callable
        ``evaluate(layout, seeds)`` simulates a layout on a set of random numbers (0 for the search, 1, 2, ... fresh
        ones) and returns the service; the same set must give the same requests to every layout.
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        ``piles``, ``guns``, ``cny``: the most of each.

    Returns
    -------
    Sizing
        ``answer`` is a layout. Every site keeps a gun of each current that it has.
    """
    search = Search(sites, evaluate, goals, budget or {})
    family = sites.family()
    least = search.least(family)
    if least is None:
        return _infeasible(search, family, Finding("largest_misses"))
    trimmed, needed = search.trim(least)
    size, verified = search.verified(trimmed)
    if not verified:
        return _infeasible(search, family, Finding("none_confirmed"))
    if not search.affordable(size):
        # the family gives every site the same chance of waiting; the least sum of queues may do with less
        split = search.spent(family)
        if split is not None and search.meets(split, "verified", 1):
            return Sizing(_question(search), sites.with_piles(split), frontier(search), (), feasible=True)
        over = Finding("over_budget", dict(sites.totals(size, ())))
        return _infeasible(search, family, over)
    binds = [_needed(search, size, row) for row in needed[:_BINDING]]
    alone = sum(1 for rows in sites.parts().values() if sum(size[row] for row in rows) == 1)
    if alone:
        binds.append(Finding("sites_at_least", {"alone": alone, "parts": len(sites.parts())}))
    return Sizing(_question(search), sites.with_piles(size), frontier(search), tuple(binds), feasible=True)


def _needed(search: Search, size: Piles, row: int) -> Finding:
    """Return why a row cannot lose a pile."""
    name = search.sites.layout.row(row, named=True)
    place: dict[str, Figure] = {"site": name["station_id"], "group": name["group_id"]}
    fewer = tuple(count - (number == row) for number, count in enumerate(size))
    known = search.seen.get((fewer, SEARCH))
    if known is None:
        return Finding("pile_less_misses", place)
    return Finding("pile_less", place | known[0].against(search.goals))


def _infeasible(search: Search, family: Sequence[Piles], reason: Finding) -> Sizing:
    """Return the best that the budget allows, and what binds."""
    within_budget = search.affordable(family[0])
    # without a budget the largest, which serves best
    best = search.spent(family) or family[-1 if within_budget else 0]
    shown = search.show(best, "verified", 1)
    binds = [reason]
    if not within_budget:
        binds.append(Finding("least_over_budget"))
    binds.append(Finding("within_budget" if within_budget else "least_shows", shown.against(search.goals)))
    worst = sorted(shown.trouble, key=lambda name: (-shown.trouble[name], name))[:_WORST]
    if worst:
        binds.append(Finding("worst_sites", {"sites": tuple(worst)}))
    return Sizing(_question(search), search.sites.with_piles(best), frontier(search), tuple(binds), feasible=False)


def _question(search: Search) -> Finding:
    """Return what was asked."""
    stations = search.sites.layout["station_id"].n_unique()
    figures: dict[str, Figure] = {"sites": stations, "goals": tuple(search.goals), "budget": within(search.budget)}
    return Finding("question_piles", figures)


def frontier(search: Search) -> pl.DataFrame:
    """Return all sizes that were evaluated: piles, guns, service, small to large."""
    rows = []
    for (piles, seeds), (service, step) in search.seen.items():
        row: dict[str, Any] = {"piles": sum(piles), "guns": search.sites.guns(piles), "step": step, "seeds": seeds}
        for name, shown in service.measures.items():
            row |= {name: shown.value, f"{name}_low": shown.low, f"{name}_high": shown.high}
        rows.append({**row, "meets": service.meets(search.goals)})
    names = [column for name in next(iter(search.seen.values()))[0].measures for column in _three(name)]
    schema = {
        "piles": pl.Int64,
        "guns": pl.Int64,
        "step": pl.String,
        "seeds": pl.Int64,
        **dict.fromkeys(names, pl.Float64),
        "meets": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema).sort("guns", "piles", "seeds", "step", maintain_order=True)


def _three(name: str) -> tuple[str, str, str]:
    """Return the columns of a measure."""
    return name, f"{name}_low", f"{name}_high"
