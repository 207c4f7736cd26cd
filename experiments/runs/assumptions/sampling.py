"""The sample of a run: short runs at designed points, as draws of the assumptions and of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from experiments.pathways.carbon_draws import ENDS, draw_rows
from experiments.runs.assumptions.axes import at, points_of
from experiments.runs.assumptions.short_runs import GRID, SIMULATED, short_runs
from experiments.scenario.files import FIGURES
from experiments.scorecard.card import ANSWER_DRAWS, ASSUMPTION_DRAWS
from fleet.operators.networks import PLAN_FIGURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from data.arrays import Floats
    from experiments.runs.assumptions.axes import Axis
    from experiments.runs.assumptions.short_runs import Answers
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario

RUNS: Final = "runs"
"""Sample of the draws that are short runs."""
POINTS: Final = 64
"""Points of a sample: an interval of 95 % then has its ends between the two outermost of each side."""
_PLANNED: Final = frozenset(f"{FIGURES}.{key}" for key in PLAN_FIGURES)
"""What the load of the towns rests on through the duties of operators alone."""


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Short runs at the points of a design.

    Attributes
    ----------
    axes : dict of str to list of Axis
        What each target rests on and may move, by its id.
    points : list of dict
        Value by key of each point.
    base : dict of str to float or None
        Criteria with the values of the tables, by ``target/criterion``.
    answers : list of dict
        Criteria at each point.
    """

    axes: dict[str, list[Axis]]
    points: list[dict[str, float | int]]
    base: Answers
    answers: list[Answers]

    def _ends(self, key: str) -> dict[str, float]:
        """Return the range of an assumption by column."""
        axis = next(axis for own in self.axes.values() for axis in own if axis.key == key)
        return dict(zip(ENDS, axis.ends, strict=True))

    def column(self, key: str) -> Floats:
        """Return what was drawn of an assumption."""
        return np.array([float(point[key]) for point in self.points])

    def values(self, name: str) -> Floats | None:
        """Return a criterion at all points; None where it has no value at some, or with the values of the tables."""
        found = [answers.get(name) for answers in self.answers]
        if self.base.get(name) is None or any(value is None for value in found):
            return None
        return np.array(found, dtype=np.float64)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the draws as rows of ``answer_draws`` and ``assumption_draws``."""
        answers = []
        # stored answers come in another order than those that were computed
        for name, at_tables in sorted(self.base.items()):
            values = self.values(name)
            target, _, criterion = name.partition("/")
            if values is None or target not in self.axes or at_tables is None:
                continue
            said = {"sample": RUNS, "target_id": target, "criterion": criterion, "at_tables": at_tables}
            answers.append((values, said))
        assumed = [
            (self.column(key), {"sample": RUNS, "assumption": key, **self._ends(key)})
            for key in (self.points[0] if self.points else {})
        ]
        return {
            "answer_draws": draw_rows(ANSWER_DRAWS, answers),
            "assumption_draws": draw_rows(ASSUMPTION_DRAWS, assumed),
        }


def draw_sample(
    scenario: Scenario,
    axes: Mapping[str, Sequence[Axis]],
    metrics: Mapping[str, str | None],
    executor: Executor,
    *,
    points: int = POINTS,
    progress: Callable[[int, int], None] | None = None,
) -> Sample | None:
    """Return short runs at the points of a Latin hypercube over the assumptions, all on the same random numbers.

    Parameters
    ----------
    scenario : Scenario
        The scenario; its first replication is what is run.
    axes : mapping of str to sequence of Axis
        What each target rests on and may move.
    metrics : mapping of str to str or None
        Metric of each target; targets of `SIMULATED` count.
    executor : Executor
        Where the points are computed.
    points : int
        How many.
    progress : callable, optional
        Called with points done and points in all.

    Returns
    -------
    Sample or None
        None where nothing is simulated that rests on an assumption.
    """
    free = {target: _moved(own, metrics.get(target)) for target, own in axes.items()}
    mine = {target: own for target, own in free.items() if own and metrics.get(target) in SIMULATED}
    asked = [metric for metric in SIMULATED if any(metrics[target] == metric for target in mine)]
    # each once: several targets rest on the same assumptions
    every = list({axis.key: axis for own in mine.values() for axis in own}.values())
    if not every:
        return None
    values = points_of(every, seed=scenario.seed, samples=points)
    scenarios = [scenario, *(at(scenario, point) for point in values)]
    bases = [scenario] * len(scenarios)
    base, *answers = short_runs(scenarios, asked, executor, bases=bases, progress=progress)
    return Sample(mine, values, base, answers)


def _moved(axes: Sequence[Axis], metric: str | None) -> list[Axis]:
    """Return what moves of that on which a target rests: duties are planned once for all points."""
    return [axis for axis in axes if metric not in GRID or axis.key not in _PLANNED]
