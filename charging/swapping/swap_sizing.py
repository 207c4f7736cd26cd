"""The least bays, batteries and chargers of swap stations that meet a target of service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.goals import Finding, Sizing, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from data.goals import Figure, Goal, Service

    Part = tuple[int, int, int]  # bays, batteries, chargers
    Size = tuple[Part, ...]  # by station
    Evaluate = Callable[[pl.DataFrame, int], Service]

PARTS: Final = ("bays", "batteries", "chargers")
SEARCH: Final = 0
"""Set of random numbers of the search; verification takes 1, 2, ..."""
# The constants below say how finely the search looks, not what the world is like; the answer is verified in any case.
_FIRST: Final[Part] = (1, 4, 4)
"""Size of each station that the search begins with, doubled until the target is met."""
_DOUBLED: Final = 6
_ORDERS: Final = ((1, 2, 0), (2, 1, 0))
"""Orders in which parts are taken away: few batteries that charge at once, or few chargers that never rest."""
_EXCHANGES: Final = ((-1, 0, 0), (0, -1, -1), (0, -1, 0), (0, 0, -1), (0, -2, 1), (0, 1, -1), (0, 1, -2))
"""What is tried at a station after it."""
_REPAIRS: Final = 8
"""Rounds of adding to a size that failed on fresh random numbers."""
_ADDED: Final = 20
"""Parts that are added in a round at the most."""


@dataclass(slots=True)
class _Search:
    """Evaluates sizes of the stations and remembers what they showed."""

    stations: pl.DataFrame
    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    cost: Callable[[pl.DataFrame], float]
    seen: dict[tuple[Size, int], Service] = field(default_factory=dict)
    required: list[int] = field(default_factory=lambda: [SEARCH])

    def sized(self, size: Size) -> pl.DataFrame:
        """Return the stations with these numbers."""
        columns = zip(PARTS, zip(*size, strict=True), strict=True)
        return self.stations.with_columns(pl.Series(name, numbers, dtype=pl.Int64) for name, numbers in columns)

    def show(self, size: Size, seeds: int = SEARCH) -> Service:
        """Return what a size shows on a set of random numbers."""
        if (size, seeds) not in self.seen:
            self.seen[size, seeds] = self.evaluate(self.sized(size), seeds)
        return self.seen[size, seeds]

    def meets(self, size: Size) -> bool:
        """Return whether a size meets the target on all sets of random numbers that are required."""
        return all(self.show(size, seeds).meets(self.goals) for seeds in self.required)

    def worst(self, size: Size) -> Service:
        """Return what a size shows on the required set on which it misses the target most."""
        return max((self.show(size, seeds) for seeds in self.required), key=self._over)

    def excess(self, size: Size) -> float:
        """Return how far a size is over the limit of the goal that it misses most, in parts of that limit."""
        return self._over(self.worst(size))

    def _over(self, shown: Service) -> float:
        """Return the excess of a service."""
        goal = shown.worst(self.goals)
        return goal.excess(shown.measures[goal.measure]) / max(1e-9, abs(goal.limit))

    def price(self, size: Size) -> tuple[float, int]:
        """Return what a size costs, and its parts together for sizes that cost the same."""
        return self.cost(self.sized(size)), sum(map(sum, size))

    def totals(self, size: Size) -> dict[str, int]:
        """Return what a size takes of a budget."""
        found = {name: sum(part[number] for part in size) for number, name in enumerate(PARTS)}
        # whole CNY, rounded up
        return {**found, **({"cny": -int(-self.cost(self.sized(size)) // 1)} if "cny" in self.budget else {})}

    def affordable(self, size: Size) -> bool:
        """Return whether a size is within the budget."""
        totals = self.totals(size)
        return all(totals[name] <= limit for name, limit in self.budget.items())


def size_swap_stations(
    stations: pl.DataFrame,
    evaluate: Evaluate,
    goals: Sequence[Goal],
    *,
    budget: Mapping[str, int] | None = None,
    cost: Callable[[pl.DataFrame], float] | None = None,
) -> Sizing:
    """Return the cheapest bays, batteries and chargers of swap stations that meet a target.

    Parameters
    ----------
    stations : polars.DataFrame
        Rows of the table ``swap_stations``; their bays, batteries and chargers are open.
    evaluate : callable
        ``evaluate(stations, seeds)`` simulates stations on a set of random numbers (0 for the search, 1, 2, ... fresh
        ones) and returns the service, with the trouble of each station; the same set gives the same vehicles.
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        The most ``bays``, ``batteries``, ``chargers`` and ``cny``, all stations together.
    cost : callable, optional
        What stations cost, CNY; without one the fewest parts are the answer.

    Returns
    -------
    Sizing
        ``answer`` has the rows of the stations with the numbers found.

    Notes
    -----
    Sizes are doubled until the target is met. Then each number is lowered by bisection while the others stay, once with
    batteries first and once with chargers first, and single parts are exchanged as long as that costs less. More of
    anything never serves worse but for chance, which common random numbers make small.
    """
    search = _Search(stations, evaluate, goals, budget or {}, cost or _parts)
    ample = _ample(search)
    if ample is None:
        largest = max((size for size, _ in search.seen), key=lambda size: sum(map(sum, size)))
        return _told(search, largest, [Finding("largest_misses")], feasible=False)
    least = min((_lowered(search, ample, order) for order in _ORDERS), key=search.price)
    size, verified = _verified(search, _exchanged(search, least))
    if not verified:
        return _told(search, size, [Finding("none_confirmed")], feasible=False)
    if search.affordable(size):
        return _told(search, size, list(_less(search, size)), feasible=True)
    over = Finding("swap_over_budget", dict(search.totals(size)))
    best = _within(search, size)
    binds = [over] if best is not None else [over, Finding("swap_least_over_budget")]
    return _told(search, best or ((1, 1, 1),) * stations.height, binds, feasible=False)


def _parts(stations: pl.DataFrame) -> float:
    """Return the number of all parts, where nothing has a price."""
    return float(sum(stations[name].sum() for name in PARTS))


def _ample(search: _Search) -> Size | None:
    """Return a size that meets the target, the same at all stations; None where the largest does not."""
    for doubled in range(_DOUBLED + 1):
        part: Any = tuple(number * 2**doubled for number in _FIRST)
        size = (part,) * search.stations.height
        if search.meets(size):
            return size
    return None


def _with(size: Size, station: int, change: Sequence[int]) -> Size | None:
    """Return a size with a change at a station; None where a part is less than one. No charger is without a battery."""
    bays, batteries, chargers = (number + more for number, more in zip(size[station], change, strict=True))
    part = (bays, batteries, min(chargers, batteries))
    return None if min(part) < 1 else (*size[:station], part, *size[station + 1 :])


def _lowered(search: _Search, size: Size, order: Sequence[int]) -> Size:
    """Return a size in which no number of a station can be lower while the others stay."""
    while True:
        before = size
        for station in range(len(size)):
            for part in order:
                size = _bisected(search, size, station, part)
        if size == before:
            return size


def _bisected(search: _Search, size: Size, station: int, part: int) -> Size:
    """Return the size with the least number of a part at a station with which the target is met."""
    low, high, best = 1, size[station][part], size
    while low < high:
        middle = (low + high) // 2
        tried = _with(best, station, [(middle - best[station][part]) * (number == part) for number in range(3)])
        if tried is not None and search.meets(tried):
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def _exchanged(search: _Search, size: Size) -> Size:
    """Return a size that no exchange of single parts makes cheaper."""
    while True:
        cheaper = (
            other
            for station in range(len(size))
            for change in _EXCHANGES
            if (other := _with(size, station, change)) is not None
            and search.price(other) < search.price(size)
            and search.meets(other)
        )
        found = next(cheaper, None)
        if found is None:
            return size
        size = found


def _verified(search: _Search, size: Size) -> tuple[Size, bool]:
    """Check a size on fresh numbers; what fails there is required from then on, and the next size checked on others."""
    for seeds in range(1, _REPAIRS + 1):
        if search.show(size, seeds).meets(search.goals):
            return size, True
        search.required.append(seeds)
        for _ in range(_ADDED):
            if search.meets(size):
                break
            size = min(_more(size), key=lambda other: (search.excess(other), search.price(other)))
        if not search.meets(size):
            return size, False
        size = _exchanged(search, size)
    return size, False


def _more(size: Size) -> Iterator[Size]:
    """Yield sizes with a bay more, or a battery with its charger, at a station."""
    for station in range(len(size)):
        for change in ((1, 0, 0), (0, 1, 1)):
            more = _with(size, station, change)
            if more is not None:
                yield more


def _within(search: _Search, size: Size) -> Size | None:
    """Return a size within the budget, from which parts were taken where that hurts least; None where none is."""
    while not search.affordable(size):
        now = search.price(size)
        fewer = [
            other
            for station in range(len(size))
            for change in ((-1, 0, 0), (0, -1, 0), (0, 0, -1))
            if (other := _with(size, station, change)) is not None and search.price(other) < now
        ]
        if not fewer:
            return None
        size = min(fewer, key=lambda other: (search.excess(other), search.price(other)))
    return size


def _less(search: _Search, size: Size) -> Iterator[Finding]:
    """Yield why no part of a station can go: what the target is with one less."""
    names = search.stations["station_id"].to_list()
    steps = (((-1, 0, 0), "step_bay"), ((0, -1, 0), "step_battery"), ((0, 0, -1), "step_charger"))
    for station, name in enumerate(names):
        for change, step in steps:
            fewer = _with(size, station, change)
            if fewer is not None:
                figures: dict[str, Figure] = {"step": Finding(step), "station": name}
                yield Finding("swap_less", figures | search.worst(fewer).against(search.goals))


def _told(search: _Search, size: Size, binds: list[Finding], *, feasible: bool) -> Sizing:
    """Return the sizing of a size."""
    if not feasible:
        binds = [*binds, Finding("within_budget", search.show(size, 1).against(search.goals))]
    figures: dict[str, Figure] = {
        "stations": tuple(search.stations["station_id"].to_list()),
        "goals": tuple(search.goals),
        "budget": within(search.budget),
    }
    question = Finding("question_swap", figures)
    return Sizing(question, search.sized(size), _frontier(search), tuple(binds), feasible=feasible)


def _frontier(search: _Search) -> pl.DataFrame:
    """Return all sizes that were evaluated, the cheapest first."""
    rows: list[dict[str, Any]] = []
    priced = search.cost is not _parts
    for (size, seeds), shown in search.seen.items():
        row: dict[str, Any] = {name: sum(part[number] for part in size) for number, name in enumerate(PARTS)}
        row |= {"build_cny": search.cost(search.sized(size))} if priced else {}
        row["seeds"] = seeds
        for name, measure in shown.measures.items():
            row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
        rows.append({**row, "meets": shown.meets(search.goals)})
    ordered = [*(["build_cny"] if priced else []), *PARTS, "seeds"]
    return pl.DataFrame(rows, infer_schema_length=None).sort(ordered, maintain_order=True)
