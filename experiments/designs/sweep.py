"""``sweep``: a scenario over a grid or a Latin hypercube of values, on common random numbers."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.county import load_county
from data.errors import ScenarioError, nearest
from experiments.designs.design import answers, parse_axis
from experiments.designs.point_answers import target_values
from experiments.runs.assumptions.axes import at
from experiments.runs.executors import executor_of
from experiments.scenario.model import Scenario
from experiments.statistics.estimates import mean_estimate
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from experiments.runs.assumptions.axes import Axis
    from experiments.runs.executors import Executor

DESIGNS = ("grid", "lhs")
DEFAULT_COUNT = 3
MOST_POINTS = 100_000
DEFAULT_SAMPLES = 20


def sweep(
    scenario: Scenario | str | Path,
    over: Sequence[str],
    *,
    design: str = "grid",
    samples: int = DEFAULT_SAMPLES,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    out: Path | None = None,
    plan: Callable[[int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Run a scenario at many points and return one row per point.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        The scenario that is varied.
    over : sequence of str
        Axes ``key=low:high:count``; a figure of the county may leave its range to the table.
    design : str
        ``grid``: every combination. ``lhs``: a Latin hypercube of `samples` points.
    samples : int
        Points of the Latin hypercube.
    replications, seed : int, optional
        Instead of those of the scenario; all points use the same random numbers.
    jobs, executor
        As for `experiments.run`; the points are shared out.
    out : pathlib.Path, optional
        Folder that keeps the answer of each point; the same sweep goes on with it.
    plan : callable, optional
        Called with the number of points before they start.
    progress : callable, optional
        Called with points done and points in all.

    Returns
    -------
    polars.DataFrame
        ``point``, one column per axis, then for each measure its mean over replications and the ends of its 95 %
        interval (``*_low``, ``*_high``), then the value of each target by its id.

    Raises
    ------
    ScenarioError
        Unknown design or key, an empty range, a value that the scenario refuses.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    given = {"replications": replications, "seed": seed}
    scenario = scenario.with_(**{name: value for name, value in given.items() if value is not None})
    county = load_county(scenario.county)
    axes = [parse_axis(text, county) for text in over]
    if not axes:
        raise ScenarioError("sweep: nothing to vary; give --over key=low:high:count.")
    points = design_points(axes, design, samples=samples, seed=scenario.seed)
    if plan is not None:
        plan(len(points))
    work = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    found = answers([at(scenario, point) for point in points], work, out=out, progress=progress)
    rows = []
    for number, (point, one) in enumerate(zip(points, found, strict=True)):
        row: dict[str, object] = {"point": number, **{key: float(value) for key, value in point.items()}}
        for name in MEASURES:
            estimate = mean_estimate(one["measures"][name])
            row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        rows.append({**row, **target_values(one)})
    names = [name for name in rows[0] if name != "point"]
    return pl.DataFrame(rows, schema={"point": pl.Int64, **dict.fromkeys(names, pl.Float64)})


def design_points(axes: Sequence[Axis], design: str, *, samples: int, seed: int) -> list[dict[str, float | int]]:
    """Return the points of a design, each a value by key.

    Raises
    ------
    ScenarioError
        Unknown design, the same key twice, less than 2 samples, or more points than anybody can wait for.
    """
    if design not in DESIGNS:
        raise ScenarioError(f"--design {design}: not known.{nearest(design, DESIGNS)} Known: {', '.join(DESIGNS)}.")
    keys = [axis.key for axis in axes]
    if len(set(keys)) < len(keys):
        raise ScenarioError(f"sweep: a key is given twice: {', '.join(keys)}.")
    count = math.prod(axis.count or DEFAULT_COUNT for axis in axes) if design == "grid" else samples
    if count > MOST_POINTS:
        raise ScenarioError(
            f"sweep: got {count:,} points; expected at most {MOST_POINTS:,}. Give smaller counts in --over, or a Latin "
            "hypercube: --design lhs --samples."
        )
    if design == "grid":
        # ends included: the range's ends are what one wants to see
        columns = [np.linspace(axis.low, axis.high, axis.count or DEFAULT_COUNT).tolist() for axis in axes]
        rows = [list(row) for row in itertools.product(*columns)]
    else:
        if samples < 2:
            raise ScenarioError(f"--samples {samples}: expected at least 2.")
        from scipy.stats import qmc  # noqa: PLC0415 - takes 0.4 s to load, and only this design needs it

        # a seeded generator of its own: the same sweep has the same points
        unit = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed)).random(samples)
        rows = qmc.scale(unit, [axis.low for axis in axes], [axis.high for axis in axes]).tolist()
    return [{axis.key: axis.value(value) for axis, value in zip(axes, row, strict=True)} for row in rows]
