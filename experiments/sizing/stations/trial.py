"""Layouts tried on the same requests: what each shows on a set of seeds, over the weeks that count."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.inputs.tariff import FEE, prices_at
from charging.sizing import SCREEN, SEARCH
from data.goals import Finding, Service
from experiments.runs.case import Case
from experiments.runs.executors import InProcess, Work, compute_all
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.stations.occasions import Occasion
from experiments.sizing.stations.simulated_weeks import Observed, Piece, Weeks, answer_of, observed_there
from experiments.sizing.targets import shown_of
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from data.goals import Figure
    from experiments.runs.executors import Executor
    from experiments.sizing.evaluations import Evaluations
    from experiments.sizing.stations.simulated_weeks import Answer
    from experiments.statistics.measures import Measure

KNOWN = {name: name for name, one in MEASURES.items() if one.table in ("sessions", "stations", "load")}
_SCREENED: Final = 3
"""Replications of `SCREEN`."""
_SEARCHED: Final = 6
"""Replications of the search at the most: it only compares, and confirmation takes all of them."""
FRESH: Final = 1000
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
    executor : Executor, optional
        Where weeks are simulated; in this process without one. Other processes build the cases from their scenarios.
    """

    def __init__(
        self,
        cases: Case | Sequence[Occasion],
        measures: Sequence[str],
        *,
        progress: Callable[[Finding], None] | None = None,
        kept: Evaluations = NOTHING_KEPT,
        engine: str | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._tell = progress or (lambda _: None)
        self._kept = kept
        self._simulated = self._layouts = 0
        self.occasions = [Occasion("", cases, 1.0)] if isinstance(cases, Case) else list(cases)
        self._case = self.occasions[0].case
        self.figure = self._case.county.figure
        self._known = {name: KNOWN[name] for name in measures}
        self._engine = engine or self._case.scenario.charging.engine
        self._executor = executor or InProcess()
        self._weeks = Weeks(self.occasions, tuple(dict.fromkeys(self._known.values())))
        # by layout, seeds, replication and week: the first few of the search are not simulated again for all of them
        self._seen: dict[tuple[str, int, int, int], Observed] = {}

    def of_weeks(self, weeks: Sequence[Occasion]) -> Trial:
        """Return a trial of other weeks, on the same random numbers: same measures, engine and place of work."""
        return Trial(
            weeks,
            tuple(self._known),
            progress=self._tell,
            kept=self._kept,
            engine=self._engine,
            executor=self._executor,
        )

    def case(self, layout: pl.DataFrame, occasion: int = 0) -> Case:
        """Return the case with a layout; the ways to its stations are computed once per set of places."""
        return self._weeks.case(layout, occasion)

    def requests(self, seeds: int, replication: int, occasion: int = 0) -> pl.DataFrame:
        """Return the requests of a replication of a set of seeds."""
        return self._weeks.requests(self.seed(seeds, replication), occasion)

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

    def engine(self, seeds: int) -> str:
        """Return the engine that simulates a set of seeds: SimPy, where a size is confirmed."""
        return self._engine if seeds in (SCREEN, SEARCH, FRESH) else "simpy"

    def tables(self, layout: pl.DataFrame, seeds: int, replication: int) -> dict[str, pl.DataFrame]:
        """Return sessions, visits and what else measures need, of a replication of the first week."""
        return self._weeks.tables(layout, self.seed(seeds, replication), engine=self.engine(seeds))

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
        return self.samples({"": layout}, measure, first, count, seeds=seeds)[""]

    def samples(
        self,
        layouts: Mapping[str, pl.DataFrame],
        measure: Measure,
        first: int,
        count: int,
        *,
        seeds: int = SEARCH,
    ) -> dict[str, list[float]]:
        """Return a measure of several layouts, by name, as `sample` does: requests are drawn once for all of them.

        The measure is one of those that the trial observes.
        """

        def simulated(layout: pl.DataFrame) -> list[float]:
            self._observe(list(layouts.values()), seeds, first, count)
            values = self._values(layout, seeds, first, count)[measure.name]
            return [0.0 if value is None else value for value in values]

        weeks = " ".join(each.case.key for each in self.occasions[1:])
        found = {}
        for name, layout in layouts.items():
            design = f"{frame_digest(layout)} {measure.name} {first} {count} {seeds} {weeks}".rstrip()
            found[name] = self._kept.values(design, functools.partial(simulated, layout))
        return found

    def by_week(self, layouts: Mapping[str, pl.DataFrame], measure: Measure, seeds: int) -> dict[str, list[float]]:
        """Return a measure of several layouts in each week, by name: of a set's first replication; 0 where none is."""

        def simulated(layout: pl.DataFrame) -> list[float]:
            self._observe(list(layouts.values()), seeds, 0, 1)
            weeks = [self._shown(layout, seeds, 0, 1, week)[0] for week in range(len(self.occasions))]
            return [week.values[measure.name] or 0.0 for week in weeks]

        weeks = " ".join(each.case.key for each in self.occasions)
        return {
            name: self._kept.values(
                f"{frame_digest(layout)} {measure.name} by week {seeds} {weeks}", functools.partial(simulated, layout)
            )
            for name, layout in layouts.items()
        }

    def bill(self, layout: pl.DataFrame) -> tuple[float, float, float]:
        """Return energy at the meters (kWh), what drivers pay and what the stations pay for it (CNY).

        Of the search's first replication of the first week. The stations pay the tariff of the hour without the
        county's fee (``charging.service_fee_cny_kwh``); that, and what they ask on top of it, is theirs.
        """

        def simulated() -> list[float]:
            result = self._weeks.result(layout, self.seed(SEARCH, 0), engine=self.engine(SEARCH))
            sums = (math.fsum(result.sessions[name].drop_nulls().to_list()) for name in ("meter_kwh", "cost_cny"))
            load = result.load
            price = prices_at(self._case.tariff, load["start_min"].to_numpy()) - self.figure(FEE)
            return [*sums, float(np.dot(price, load["meter_kwh"].to_numpy()))]

        kwh, paid_cny, power_cny = self._kept.values(f"{frame_digest(layout)} bill", simulated)
        return kwh, paid_cny, power_cny

    def _evaluate(self, layout: pl.DataFrame, seeds: int) -> Service:
        """Simulate a layout on a set of seeds."""
        count = self.count(seeds)
        self._observe([layout], seeds, 0, count)
        values = self._values(layout, seeds, 0, count)
        trouble: dict[str, float] = {}
        for number, occasion in enumerate(self.occasions):
            share = occasion.days / occasion.case.scenario.days if len(self.occasions) > 1 else 1.0
            for shown in self._shown(layout, seeds, 0, count, number):
                for site, minutes in shown.trouble.items():
                    trouble[site] = trouble.get(site, 0.0) + share * minutes
        measures = {name: shown_of(meant, values[meant]) for name, meant in self._known.items()}
        return Service(measures, trouble)

    def _observe(self, layouts: Sequence[pl.DataFrame], seeds: int, first: int, count: int) -> None:
        """Simulate what is not known yet of some layouts, in as many processes as there are."""
        keys = {self._key(layout): layout for layout in layouts}
        base, engine = max(SEARCH, seeds), self.engine(seeds)
        wanted: dict[tuple[int, int], tuple[int, list[str]]] = {}
        pieces = []
        for number in range(first, count):
            for occasion in range(len(self.occasions)):
                names = [key for key in keys if (key, base, number, occasion) not in self._seen]
                if names:
                    seed = self.seed(seeds, number)
                    wanted[occasion, seed] = number, names
                    pieces.append(Piece(occasion, seed, engine, tuple(keys[name] for name in names)))
        here: Callable[[Piece], Answer] = self._weeks.observed
        work = Work(here=here, there=observed_there, encode=self._weeks.encode, decode=answer_of)
        if pieces:
            self._progress(pieces[0])
        # one piece takes no longer here than its way to another process and back
        executor = self._executor if len(pieces) > 1 else InProcess()
        for occasion, seed, shown in compute_all(executor, work, pieces):
            number, names = wanted[occasion, seed]
            for name, one in zip(names, shown, strict=True):
                self._seen[name, base, number, occasion] = one
                self._simulated += 1
            self._progress(pieces[0])

    def _progress(self, piece: Piece) -> None:
        """Tell how far the search is."""
        piles, guns = totals(piece.layouts[0])
        figures: dict[str, Figure] = {
            "layouts": self._layouts,
            "replications": self._simulated,
            "piles": piles,
            "guns": guns,
        }
        if len(self.occasions) == 1:
            self._tell(Finding("layouts_tried", figures))
        else:
            self._tell(Finding("layouts_tried_week", {**figures, "week": self.occasions[piece.occasion].name}))

    def _key(self, layout: pl.DataFrame) -> str:
        """Return what tells a layout from others."""
        return frame_digest(layout)

    def _shown(self, layout: pl.DataFrame, seeds: int, first: int, count: int, occasion: int) -> list[Observed]:
        """Return what a layout showed in a week, by replication."""
        key, base = self._key(layout), max(SEARCH, seeds)
        return [self._seen[key, base, number, occasion] for number in range(first, count)]

    def _values(self, layout: pl.DataFrame, seeds: int, first: int, count: int) -> dict[str, list[float | None]]:
        """Return the measures by replication.

        Over several weeks a measure is the mean weighted by the requests of a year that each stands for.
        """
        weeks = [self._shown(layout, seeds, first, count, number) for number in range(len(self.occasions))]
        names = self._weeks.measures
        if len(weeks) == 1:
            return {name: [shown.values[name] for shown in weeks[0]] for name in names}
        shares = [occasion.days / occasion.case.scenario.days for occasion in self.occasions]
        weights = [[share * shown.requests for shown in week] for share, week in zip(shares, weeks, strict=True)]
        return {name: _weighted([[shown.values[name] for shown in week] for week in weeks], weights) for name in names}


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
