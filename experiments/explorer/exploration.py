"""What the explorer computes: the service of a layout in a year under an assumption, by the compiled engine."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from data.edits import with_cells
from data.errors import ScenarioError
from data.memory.stored_tables import with_tables
from experiments.explorer.moves import Budget, moved, totals
from experiments.runs.assumptions.axes import assumed_axes
from experiments.runs.case import Case
from experiments.runs.replicate import child_seed, demand, simulate_charging
from experiments.scenario.given import given_tables
from experiments.sizing.targets import check_budget
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.explorer.moves import Move
    from experiments.runs.assumptions.axes import Axis
    from experiments.runs.result import Result

SHOWN: Final = ("late_share", "unserved_share", "wait_mean_min", "p95_wait_min", "utilisation_share", "peak_kw")
"""Measures that the page shows."""
_SERVICE: Final = "late_share"
"""Metric whose assumptions may be moved: the service of the chargers."""
_LIMITS: Final = ("piles", "guns")
_KEPT: Final = 32
"""Demands and answers that stay in memory: going back is immediate."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at besides the layout.

    Attributes
    ----------
    year : int
        Year of stock, roads and traffic.
    key : str or None
        Key of the assumption that is moved, as of an axis; None moves none.
    value : float
        Where it is moved to.
    """

    year: int
    key: str | None = None
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a layout shows.

    Attributes
    ----------
    run : Result
        The run with the tables of this layout instead of its own: the report's figures draw it.
    measures : mapping of str to float or None
        Those of `SHOWN`.
    seconds : float
        How long it took, s.
    """

    run: Result
    measures: Mapping[str, float | None]
    seconds: float


class Exploration:
    """A run whose layout, year and assumptions are varied; always on the random numbers of its first replication.

    Parameters
    ----------
    result : Result
        A run with public charging.
    budget : mapping of str to int, optional
        The most ``piles`` and ``guns`` that may stand; what the run's layout has where it says nothing.

    Raises
    ------
    ScenarioError
        A budget of other things, a run without charging stations, its layout is over the budget already.
    """

    def __init__(self, result: Result, budget: Mapping[str, int] | None = None) -> None:
        check_budget(budget or {}, _LIMITS)
        self.result = result
        self.layout = result.tables["layout"]
        has = totals(self.layout)
        self.budget = Budget(**{"piles": has.piles, "guns": has.guns, **(budget or {})})
        self._within(self.layout)
        if not result.tables["stations"].height:
            raise ScenarioError(f"explore: run {result.scenario.name} has no charging stations to move guns between.")
        self._case = functools.lru_cache(maxsize=_KEPT)(self._new_case)
        self._requests = functools.lru_cache(maxsize=_KEPT)(self._drawn)

    @functools.cached_property
    def axes(self) -> dict[str, Axis]:
        """Assumptions that may be moved, by key: those with a range that the service of the chargers rests on."""
        behind = self.result.tables["assumptions"].filter(metric=_SERVICE)
        figures = set(behind["figure"].drop_nulls())
        tables = set(behind.filter(pl.col("figure").is_null())["table"])
        return {axis.key: axis for axis in assumed_axes(self.result.county, figures, tables)}

    @property
    def years(self) -> list[int]:
        """Years that the stock of vehicles covers."""
        years = self.result.tables["stock"]["year"]
        return sorted({int(year) for year in years})

    @property
    def start(self) -> Question:
        """The run's own year, and no assumption moved."""
        return Question(self.result.scenario.year)

    def see(self, moves: Sequence[Move], question: Question) -> Seen:
        """Return what the layout after some moves shows.

        Raises
        ------
        ScenarioError
            A move that cannot be, a layout over the budget, a year or assumption that is not known.
        """
        since = time.perf_counter()
        layout = self.moved(moves)[0]
        seed = child_seed(self.result.scenario.seed, 0)
        case = self._case(question).with_layout(layout)
        simulated = simulate_charging(case, self._requests(question), seed=seed, engine="compiled")
        first = pl.lit(0, dtype=pl.Int64).alias("replication")
        made = {
            "layout": layout,
            "sessions": simulated.sessions.select(first, pl.all(), kgco2=pl.lit(0.0)),
            "load": simulated.load.select(first, pl.all()),
            "stations": simulated.stations.select(first, pl.all()),
        }
        run = replace(
            self.result, scenario=case.scenario, county=case.county, tables=with_tables(self.result.tables, made)
        )
        measures = {name: MEASURES[name].values(made, 1, case.county.figure)[0] for name in SHOWN}
        return Seen(run, measures, time.perf_counter() - since)

    def moved(self, moves: Sequence[Move]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return layout and store after some moves; see `experiments.explorer.moves.moved`.

        Raises
        ------
        ScenarioError
            A move that cannot be, a layout without stations, or one over the budget.
        """
        layout, store = moved(self.layout, moves)
        if not layout.height:
            raise ScenarioError("move: no pile would stand anywhere; expected at least one station.")
        self._within(layout)
        return layout, store

    def _within(self, layout: pl.DataFrame) -> None:
        """Validate that a layout keeps the budget."""
        has = totals(layout)
        for name in _LIMITS:
            got, most = getattr(has, name), getattr(self.budget, name)
            if got > most:
                raise ScenarioError(f"explore: got {got} {name}; expected at most {most}. Raise --budget {name}={got}.")

    def _new_case(self, question: Question) -> Case:
        """Return the case of a question, with the layout of the run."""
        scenario, tables = self.result.scenario, self.result.tables
        if question.year not in self.years:
            raise ScenarioError(f"explore: no vehicles in {question.year}; known {self.years[0]} to {self.years[-1]}.")
        kept = {"duties": tables["duties"]}
        if question.key is None:
            kept["stock"] = tables["stock"]
        if question.year == scenario.year:
            # roads that open in other years are other ways
            kept["travel"] = tables["travel"]
            if question.key is None:
                kept["pull"] = tables["pull"]
        start = scenario.start.replace(year=question.year)
        scenario = scenario.with_(year=question.year, start=start)
        given = given_tables(scenario, self.layout)
        return Case(scenario, self._county(question), self.layout, kept=kept, given=given)

    def _county(self, question: Question) -> County:
        """Return the county of the run with an assumption moved."""
        county = self.result.county
        if question.key is None:
            return county
        if question.key not in self.axes:
            raise ScenarioError(f"explore: {question.key} is no assumption of the chargers' service.")
        kind, _, key = question.key.partition(".")
        if kind == "figures":
            return county.with_figures({key: question.value})
        return with_cells(county, {key: question.value})

    def _drawn(self, question: Question) -> pl.DataFrame:
        """Draw the requests of the first replication."""
        return demand(self._case(question), seed=child_seed(self.result.scenario.seed, 0))
