"""Measures of a run over its assumptions: what comparisons know beside their replications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from experiments.runs.assumptions.axes import at, axes_of, points_of
from experiments.runs.assumptions.short_runs import RIVER_TABLES, short_runs
from experiments.runs.plan import prepare
from experiments.statistics.measures import measures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from data.arrays import Floats
    from experiments.runs.assumptions.short_runs import Answers
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario

BEHIND_CHARGERS: Final = "late_share"
"""Metric whose assumptions stand behind the measures of the charging stations."""
BEHIND_RIVER: Final = "lng_stations_in_county"
"""Metric whose assumptions stand behind the measures of the river."""


@dataclass(frozen=True, eq=False, slots=True)
class Measured:
    """Measures of a scenario with the values of the tables, and at points of its assumptions.

    Attributes
    ----------
    base : dict of str to float or None
        Measures with the values of the tables, by name.
    answers : list of dict
        Measures at each point.
    """

    base: Answers
    answers: list[Answers]

    def about(self, name: str, value: float | None) -> Floats | None:
        """Return a measure at all points about the value that a run gives; None where it was not seen at some.

        Short runs say how far assumptions move a measure, not where it is: that is what replications are for.
        """
        base, found = self.base.get(name), [answers.get(name) for answers in self.answers]
        # no points where no assumption moves
        if value is None or base is None or not found or any(one is None for one in found):
            return None
        return np.array(found, dtype=np.float64) - base + value


def assumption_samples(
    scenarios: Sequence[tuple[Scenario, pl.DataFrame]],
    measures: Sequence[str],
    executor: Executor,
    *,
    points: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Measured]:
    """Return measures of scenarios over their assumptions: the same points, on the same random numbers.

    What a scenario sets itself does not move in it, and moves in the others: each point is one state of the world.

    Parameters
    ----------
    scenarios : sequence of tuple
        Each with the table ``assumptions`` of a run of it; the first replication is what is run.
    measures : sequence of str
        Names in `experiments.statistics.measures.MEASURES`.
    executor : Executor
        Where the points are computed.
    points : int
        How many.
    progress : callable, optional
        Called with short runs done and short runs in all.

    Returns
    -------
    list of Measured
        One per scenario; without points where it rests on no assumption with a range.

    Raises
    ------
    ScenarioError
        A name that is no measure.
    """
    designs = [_design(scenario, behind, measures, points) for scenario, behind in scenarios]
    asked = [at(scenario, point) for (scenario, _), design in zip(scenarios, designs, strict=True) for point in design]
    bases = [scenario for (scenario, _), design in zip(scenarios, designs, strict=True) for _ in design]
    found = iter(short_runs(asked, (), executor, bases=bases, measures=measures, progress=progress))
    measured = []
    for design in designs:
        base, *answers = [next(found) for _ in design]
        measured.append(Measured(base, answers))
    return measured


def _design(
    scenario: Scenario, behind: pl.DataFrame, measures: Sequence[str], points: int
) -> list[dict[str, float | int]]:
    """Return what moves at each point of a scenario, nothing at the first."""
    tables = {one.table for one in measures_of(measures)}
    metrics = [BEHIND_RIVER] if tables & set(RIVER_TABLES) else []
    metrics += [BEHIND_CHARGERS] if tables - set(RIVER_TABLES) else []
    county = prepare(scenario, replications=1).county
    own = axes_of(scenario, county, behind.filter(behind["metric"].is_in(metrics)))
    # each once: several targets rest on the same assumptions
    every = list({axis.key: axis for axes in own.values() for axis in axes}.values())
    return [{}, *(points_of(every, seed=scenario.seed, samples=points) if every else [])]
