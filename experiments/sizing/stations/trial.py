"""Layouts tried on the same requests: what each shows on a set of seeds, over the weeks that count."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import polars as pl

from charging.result import PLUGGED
from charging.sizing import SCREEN, SEARCH
from data.goals import Service
from data.outcomes import LATE_MIN, late_min
from experiments.runs.case import Case, places
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed, demand, simulate_charging
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.stations.occasions import Occasion
from experiments.sizing.targets import shown_of
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.sizing.evaluations import Evaluations
    from experiments.statistics.measures import Measure

KNOWN = {name: name for name, one in MEASURES.items() if one.table in ("sessions", "stations", "load")}
_SCREENED = 3
"""Replications of `SCREEN`."""
_SEARCHED = 6
"""Replications of the search at the most: it only compares, and confirmation takes all of them."""
FRESH = 1000
"""Number of the set of seeds on which layouts are compared: neither the search nor a verification has seen it."""


class Trial:
    """Simulates layouts on the same requests; each set of seeds has its own.

    Parameters
    ----------
    cases : Case or sequence of Occasion
        What is simulated: a week, or several that stand for some days of the year each.
    measures : sequence of str
        Names in `KNOWN` of what an evaluation shows.
    progress : callable, optional
        Called with what is simulated next.
    kept : Evaluations
        What was found before.
    engine : str, optional
        Engine of the search and of comparisons; None takes the scenario's. Sizes are confirmed in SimPy, the model.
    """

    def __init__(
        self,
        cases: Case | Sequence[Occasion],
        measures: Sequence[str],
        *,
        progress: Callable[[str], None] | None = None,
        kept: Evaluations = NOTHING_KEPT,
        engine: str | None = None,
    ) -> None:
        self._tell = progress or (lambda _: None)
        self._kept = kept
        self._simulated = self._layouts = 0
        self.occasions = [Occasion("", cases, 1.0)] if isinstance(cases, Case) else list(cases)
        self._case = self.occasions[0].case
        self.figure = self._case.county.figure
        self._known = {name: KNOWN[name] for name in measures}
        # a table that no measure reads is not made: that takes half the time of a simulation
        self._others = sorted({MEASURES[name].table for name in measures} - {"sessions"})
        self._engine = engine or self._case.scenario.charging.engine
        self._cases: dict[tuple[int, tuple[tuple[object, ...], ...]], Case] = {}
        # kept for the search and the confirmations: requests do not depend on the layout
        most = 4 * self._case.scenario.replications * len(self.occasions)
        self.requests = functools.lru_cache(maxsize=most)(self._requests)

    def case(self, layout: pl.DataFrame, occasion: int = 0) -> Case:
        """Return the case with a layout; the ways to its stations are computed once per set of places."""
        key = (occasion, places(layout))
        if key not in self._cases:
            self._cases[key] = self.occasions[occasion].case.with_layout(layout)
        return self._cases[key].with_layout(layout)

    def count(self, seeds: int) -> int:
        """Return the replications of a set of seeds."""
        count = self._case.scenario.replications
        most = {SCREEN: _SCREENED, SEARCH: _SEARCHED}
        return min(count, most.get(seeds, count))

    @property
    def screens(self) -> bool:
        """Whether the first few replications are fewer than all."""
        return self.count(SCREEN) < self.count(SEARCH)

    def seed(self, seeds: int, replication: int) -> int:
        """Return the seed of a replication of a set."""
        # far apart, so that sets do not overlap at any number of replications
        return child_seed(self._case.scenario.seed, replication + 1_000_000 * max(SEARCH, seeds))

    def _requests(self, seeds: int, replication: int, occasion: int = 0) -> pl.DataFrame:
        """Draw the requests of a replication."""
        return demand(self.occasions[occasion].case, seed=self.seed(seeds, replication))

    def tables(
        self, layout: pl.DataFrame, seeds: int, count: int, *, first: int = 0, occasion: int = 0
    ) -> dict[str, pl.DataFrame]:
        """Return sessions, visits and what else measures need, of replications of a set from one to before another."""
        case = self.case(layout, occasion)
        found: dict[str, list[pl.DataFrame]] = {name: [] for name in ("sessions", "visits", *self._others)}
        piles, guns = totals(layout)
        engine = self._engine if seeds in (SCREEN, SEARCH, FRESH) else "simpy"
        for number in range(first, count):
            week = f" ({self.occasions[occasion].name})" if self.occasions[occasion].name else ""
            self._tell(
                f"{self._layouts} layouts tried, {self._simulated} replications simulated; now {piles} piles with "
                f"{guns} guns{week}"
            )
            self._simulated += 1
            requests = self.requests(max(SEARCH, seeds), number, occasion)
            result = simulate_charging(case, requests, seed=self.seed(seeds, number), engine=engine)
            for name, parts in found.items():
                parts.append(getattr(result, name).with_columns(replication=pl.lit(number)))
        return {name: pl.concat(parts) for name, parts in found.items()}

    def evaluate(self, layout: pl.DataFrame, seeds: int) -> Service:
        """Return the service of a layout on a set of seeds."""
        weeks = " ".join(each.case.key for each in self.occasions[1:])
        design = f"{frame_digest(layout)} {seeds} {self.count(seeds)} {' '.join(self._known)} {weeks}".rstrip()
        found = self._kept.service(design, lambda: self._evaluate(layout, seeds))
        self._layouts += 1
        return found

    def sample(
        self, layout: pl.DataFrame, measure: Measure, first: int, count: int, *, seeds: int = SEARCH
    ) -> list[float]:
        """Return a measure in the replications of a set from one to before another; 0 where nothing is seen."""

        def simulated() -> list[float]:
            found = self._values(layout, seeds, count, {measure.name: measure.name}, first=first)[0]
            return [0.0 if value is None else value for value in found[measure.name]]

        weeks = " ".join(each.case.key for each in self.occasions[1:])
        design = f"{frame_digest(layout)} {measure.name} {first} {count} {seeds} {weeks}".rstrip()
        return self._kept.values(design, simulated)

    def _evaluate(self, layout: pl.DataFrame, seeds: int) -> Service:
        """Simulate a layout on a set of seeds."""
        values, trouble = self._values(layout, seeds, self.count(seeds), self._known)
        return Service({name: shown_of(self._known[name], found) for name, found in values.items()}, trouble)

    def _values(
        self, layout: pl.DataFrame, seeds: int, count: int, known: dict[str, str], *, first: int = 0
    ) -> tuple[dict[str, list[float | None]], dict[str, float]]:
        """Return measures by replication, and by site the minutes that drivers waited too long or in vain.

        Over several weeks a measure is the mean weighted by the requests of a year that each stands for.
        """
        parts: list[dict[str, list[float | None]]] = []
        weights: list[list[float]] = []
        trouble: dict[str, float] = {}
        for number, occasion in enumerate(self.occasions):
            tables = self.tables(layout, seeds, count, first=first, occasion=number)
            parts.append(
                {name: MEASURES[meant].values(tables, count, self.figure)[first:] for name, meant in known.items()}
            )
            share = occasion.days / occasion.case.scenario.days
            per_replication = dict(tables["sessions"].group_by("replication").len().iter_rows())
            weights.append([share * per_replication.get(each, 0) for each in range(first, count)])
            for site, minutes in self._trouble(tables["visits"]).items():
                trouble[site] = trouble.get(site, 0.0) + share * minutes
        if len(parts) == 1:
            return parts[0], trouble
        return {name: _weighted([part[name] for part in parts], weights) for name in known}, trouble

    def _trouble(self, visits: pl.DataFrame) -> dict[str, float]:
        """Return by site the minutes that drivers waited too long; an hour for each who left without a gun."""
        waited = pl.col("leave_queue_min") - pl.col("arrive_min")
        over = pl.when(PLUGGED).then(late_min(self.figure(LATE_MIN), waited)).otherwise(60.0)
        return dict(visits.group_by("station_id", maintain_order=True).agg(over.sum().alias("late_min")).iter_rows())


def totals(layout: pl.DataFrame) -> tuple[int, int]:
    """Return piles and guns of a layout."""
    return int(layout["piles"].sum()), int((layout["piles"] * layout["guns_per_pile"]).sum())


def _weighted(values: Sequence[Sequence[float | None]], weights: Sequence[Sequence[float]]) -> list[float | None]:
    """Return the weighted mean over weeks in each replication, of those in which something was observed."""
    found: list[float | None] = []
    for shown, counts in zip(zip(*values, strict=True), zip(*weights, strict=True), strict=True):
        pairs = [(value, count) for value, count in zip(shown, counts, strict=True) if value is not None]
        total = math.fsum(count for _, count in pairs)
        found.append(math.fsum(value * count for value, count in pairs) / total if total > 0.0 else None)
    return found
