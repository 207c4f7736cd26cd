"""What an answer reads, and what it consists of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from experiments.statistics.estimates import Estimate, decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.scenario.model import Scenario

ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the county's targets."""

    target: str
    measure: str
    metric: str | None
    comparator: str
    value: float | None
    unit: str | None
    year: int | None


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
    """

    scenario: Scenario
    county: County
    tables: Mapping[str, pl.DataFrame]

    def by_replication(self, frame: pl.DataFrame, value: pl.Expr) -> list[float | None]:
        """Return a figure of each replication in order; None for one without rows in the frame."""
        parts = frame.partition_by("replication", as_dict=True)
        numbers = range(self.scenario.replications)
        return [parts[number,].select(value).item() if (number,) in parts else None for number in numbers]

    def assumed(self, *, figures: Sequence[str] = (), tables: Sequence[str] = ()) -> tuple[str, ...]:
        """Return which of some figures (by beginning of the key) and tables are assumptions, fully or in part."""
        table = self.county.figures.filter(pl.col("confidence") == ASSUMPTION)
        keys = [key for key in table["key"].sort() if any(key.startswith(start) for start in figures)]
        return (*self._assumed_rows(tables), *keys)

    def _assumed_rows(self, tables: Sequence[str]) -> list[str]:
        """Return tables with the number of their rows that are assumptions."""
        notes = []
        for name in tables:
            frame = self.tables["layout"] if name == "layout" else self.county.tables[name]
            rows = int((frame["confidence"] == ASSUMPTION).sum())
            label = f"layout {Path(self.scenario.charging.layout).name}" if name == "layout" else name
            if rows:
                notes.append(f"{label} ({rows} of {frame.height} rows)")
        return notes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a measure.

    Attributes
    ----------
    estimate : Estimate
        Value of the metric.
    verdict : bool or None
        True: met, False: missed, None: not decided by this run.
    evidence : str
        Table and figures behind the value; what is not in it.
    assumptions : tuple of str
        Tables and figures it rests on that are assumptions.
    """

    estimate: Estimate
    verdict: bool | None
    evidence: str
    assumptions: tuple[str, ...] = ()


def plain_answer(
    target: Target, estimate: Estimate, evidence: str, assumptions: tuple[str, ...], *, decidable: bool = True
) -> Answer:
    """Return an answer whose verdict follows from comparing the estimate with the target."""
    verdict = decide(estimate, target.comparator, target.value) if decidable else None
    if verdict is None and estimate.value is not None and target.value is not None and estimate.low is None:
        evidence += "" if estimate.exact else " No interval: run more replications."
    return Answer(estimate, verdict, evidence, assumptions)


def percent(value: float | None, *, sign: bool = False) -> str:
    """Return a share as text in per cent."""
    if value is None:
        return "none"
    return f"{100.0 * value:+.1f} %" if sign else f"{100.0 * value:.1f} %"


def amount(value: float | None, unit: str, digits: int = 1) -> str:
    """Return a number with its unit as text."""
    return "none" if value is None else f"{value:,.{digits}f} {unit}"
