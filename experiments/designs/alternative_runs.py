"""Runs of the alternatives of a comparison, and the values that they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.errors import ScenarioError
from experiments.runs.execute import run
from experiments.statistics import Selection, select_best
from experiments.statistics.estimates import mean_estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from experiments.runs.execute import Progress
    from experiments.runs.executors import Executor
    from experiments.runs.result import Result
    from experiments.scenario.model import Scenario
    from experiments.statistics.measures import Measure


class Runs:
    """Runs of alternatives in folders that go on where more replications are asked for."""

    def __init__(
        self,
        named: dict[str, Scenario],
        folder: Path,
        seed: int,
        executor: Executor,
        progress: Callable[[str, Progress], None] | None = None,
    ) -> None:
        self._named = named
        self._folder = folder
        self._seed = seed
        self._executor = executor
        self._progress = progress
        # numbered: several alternatives may carry the name of one scenario
        self._places = {name: f"{number:02d}-{one.name}" for number, (name, one) in enumerate(named.items())}
        self._done: dict[str, Result] = {}

    def result(self, name: str, replications: int) -> Result:
        """Return the run of an alternative with at least `replications`."""
        done = self._done.get(name)
        # a run that is long enough already gives its first replications
        if done is None or done.scenario.replications < replications:
            tell = self._progress
            self._done[name] = done = run(
                self._named[name],
                replications=replications,
                seed=self._seed,
                out=self._folder / self._places[name],
                executor=self._executor,
                progress=None if tell is None else lambda step: tell(name, step),
            )
        return done

    def select(self, measure: Measure, *, zone: float, first: int) -> Selection:
        """Select the alternative that is best by a measure."""
        names = list(self._named)

        def sample(system: int, count: int) -> list[float]:
            values = self.result(names[system], count).values(measure, count)
            missing = [number for number, value in enumerate(values) if value is None]
            if missing:
                raise ScenarioError(
                    f"compare: {measure.name} was not observed in replication {missing[0]} of {names[system]}; "
                    "select by a measure that every replication gives."
                )
            return [value for value in values if value is not None]

        # neither higher nor lower is worse: the least is taken
        least = measure.worse != "lower"
        # an end for a selection whose alternatives are alike
        return select_best(sample, len(names), zone=zone, first=first, most=50 * first, step=first, least=least)


def mean_values(results: Mapping[str, Result], measures: Sequence[Measure], count: int) -> pl.DataFrame:
    """Return the value of each measure of each alternative: ``alternative, measure, unit, mean, low, high``."""
    rows = []
    for name, result in results.items():
        for measure in measures:
            estimate = mean_estimate(result.values(measure, count))
            rows.append((name, measure.name, measure.unit, estimate.value, estimate.low, estimate.high))
    schema = ["alternative", "measure", "unit", "mean", "low", "high"]
    return pl.DataFrame(
        rows, schema={name: pl.String if name in schema[:3] else pl.Float64 for name in schema}, orient="row"
    )
