"""What an answer reads: the target, and the scenario, county and tables of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.county import ASSUMPTION
from experiments.scorecard.answer import Assumption
from experiments.statistics.estimates import Estimate, drawn_interval, mean_estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from data.arrays import Floats
    from data.county import County
    from experiments.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the county's targets."""

    target: str
    metric: str | None
    comparator: str
    value: float | None
    unit: str | None
    year: int | None


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """A criterion in each draw of the assumptions.

    Attributes
    ----------
    values : numpy.ndarray
        One value per draw.
    at_tables : float
        The value with all assumptions as the tables have them, computed as the draws were.
    """

    values: Floats
    at_tables: float

    def about(self, value: float) -> Floats:
        """Return the draws about the value that a run gives: short runs say how far assumptions move it, not where."""
        return np.asarray(self.values + (value - self.at_tables))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the answers may look at.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    county : data.County
        Its county.
    tables : mapping of str to polars.DataFrame
        Tables of the run.
    facts : bool
        Whether the facts behind the answers are asked for: points of a sample ask for values alone, and what stands
        behind them takes more time than they do.
    alone : bool
        Whether values alone are read, neither their ranges nor what they rest on.
    """

    scenario: Scenario
    county: County
    tables: Mapping[str, pl.DataFrame]
    facts: bool = True
    alone: bool = False

    def drawn(self, target: Target, criterion: str) -> Drawn | None:
        """Return a criterion of a target in each draw of the assumptions; None where it was not drawn."""
        table = self.tables.get("answer_draws")
        # points of a design have the table without rows
        if table is None or not table.height:
            return None
        rows = table.filter(target_id=target.target, criterion=criterion).sort("draw")
        if not rows.height:
            return None
        return Drawn(rows["value"].to_numpy(), float(rows["at_tables"][0]))

    def with_draws(self, target: Target, value: float | None) -> Estimate:
        """Return a value of the target's metric with the interval of its draws; exact where nothing was drawn."""
        drawn = self.drawn(target, target.metric or "")
        if drawn is None or value is None:
            return Estimate(value, exact=True)
        low, high = drawn_interval(drawn.about(value))
        return Estimate(value, low, high, assumed=True)

    def by_replication(self, frame: pl.DataFrame, value: pl.Expr) -> list[float | None]:
        """Return a figure of each replication in order; None for one without rows in the frame."""
        parts = frame.partition_by("replication", as_dict=True)
        numbers = range(self.scenario.replications)
        # by number, so that a replication without rows is seen as such
        return [parts[number,].select(value).item() if (number,) in parts else None for number in numbers]

    def mean(self, frame: pl.DataFrame, value: pl.Expr) -> float | None:
        """Return the mean over replications of a figure; None where no replication has it."""
        return mean_estimate(self.by_replication(frame, value)).value

    def assumed(self, *, figures: Sequence[str] = (), tables: Sequence[str] = ()) -> tuple[Assumption, ...]:
        """Return which of some figures (by beginning of the key) and tables are assumptions, fully or in part.

        None where values alone are read.
        """
        if self.alone:
            return ()
        # sorted: the table of assumptions must not depend on the order of the figures
        keys = self.county.assumed_figures(tuple(figures))
        return (*self._assumed_rows(tables), *(Assumption("figures", 1, 1, key) for key in keys))

    def _assumed_rows(self, tables: Sequence[str]) -> list[Assumption]:
        """Return tables with the number of their rows that are assumptions."""
        found = []
        for name in tables:
            frame = self.tables["layout"] if name == "layout" else self.county.tables[name]
            rows = int((frame["confidence"] == ASSUMPTION).sum())
            if rows:
                found.append(Assumption(name, rows, frame.height))
        return found
