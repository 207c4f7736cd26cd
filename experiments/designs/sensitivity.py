"""``sensitivity``: which assumptions decide a result; Morris screening of all, then Sobol indices of the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.county import load_county
from data.errors import ScenarioError
from experiments.designs.behind import assumptions
from experiments.designs.design import answers, parse_axis
from experiments.designs.point_answers import outcome, outcomes_of, verdict_of
from experiments.runs.assumptions.axes import Axis, at
from experiments.runs.executors import executor_of
from experiments.scenario.files import FIGURES, TABLES
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.county import County
    from experiments.designs.point_answers import PointAnswer
    from experiments.runs.executors import Executor

LEVELS = 4
DEFAULT_OF = (
    "late_share",
    "vehicle_intensity_change_share",
    "ship_intensity_change_share",
    "petroleum_peak_year",
)
"""Metrics that are explained where nothing is asked for; those that the county has targets of."""
EBIKES = "ebikes_total"
"""Metric of the targets that need the shared e-bikes simulated."""
EVERYTHING = "all"


@dataclass(frozen=True, eq=False, slots=True)
class Sensitivity:
    """What decides the results.

    Attributes
    ----------
    morris : polars.DataFrame
        One row per result and assumption, ranked: ``result, rank, key, low, high, confidence, mu_star`` (mean absolute
        elementary effect over the whole range), ``mu_star_conf, sigma`` (non-linear or interacting where large).
    sobol : polars.DataFrame
        For the first assumptions of each result: ``result, key, s1, s1_conf, st, st_conf`` (first-order and total
        share of the variance).
    tornado : polars.DataFrame
        One assumption at a time: ``result, key, base, at_low, at_high, swing``, and the verdict of a target there:
        ``base_verdict, low_verdict, high_verdict``.
    """

    morris: pl.DataFrame
    sobol: pl.DataFrame
    tornado: pl.DataFrame


def sensitivity(
    scenario: Scenario | str | Path,
    *,
    of: Sequence[str] = (),
    over: Sequence[str] = (),
    trajectories: int = 6,
    samples: int = 16,
    top: int = 4,
    replications: int = 1,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    out: Path | None = None,
    plan: Callable[[int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Rank the assumptions behind results.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        The scenario.
    of : sequence of str
        Targets by their id in the county (``T04``) or by their metric (``late_share``), or measures, to explain;
        ``all`` for every target of the county that has a value and rests on assumptions with a range; none takes the
        county's targets of the metrics in `DEFAULT_OF`.
    over : sequence of str
        Axes; none takes the assumed figures with a range that the scorecard says these results rest on.
    trajectories : int
        Trajectories of the Morris design (at least 2); it takes trajectories x (assumptions + 1) points.
    samples : int
        Base samples of the Sobol design, a power of 2; it takes samples x (top + 2) points for each result. 0 leaves
        it out.
    top : int
        Assumptions that go on to Sobol.
    replications : int
        Replications per point; all points use the same random numbers.
    seed : int, optional
        Instead of the scenario's.
    jobs, executor, out, plan, progress
        As for `experiments.designs.sweep.sweep`; the plan is for all assumptions in Sobol that may be.

    Returns
    -------
    Sensitivity
        Morris (1991) with the mean absolute effect of Campolongo et al. (2007); Sobol with Saltelli's design; both by
        SALib.

    Raises
    ------
    ScenarioError
        Unknown results or keys, or too small a design.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    scenario = scenario.with_(replications=replications, **({} if seed is None else {"seed": seed}))
    county = load_county(scenario.county)
    everything = EVERYTHING in of
    chosen = [] if everything else outcomes_of(of or _defaults(county), county.targets)
    if not everything and not _asks_for(county, EBIKES, chosen):
        # the e-bikes take time, and no chosen result needs them
        scenario = scenario.with_(fleet={"ebikes": False})
    work = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    trial = _Trial(scenario, county, work, out, progress)
    axes = [parse_axis(text, county) for text in over]
    if everything or not axes:
        base = answers([scenario], work, out=out)[0]
        if everything:
            known = [row["target_id"] for row in base["targets"] if row["value"] is not None]
            chosen = [name for name in known if assumptions(county, base["assumptions"], [name])]
        axes = axes or assumptions(county, base["assumptions"], chosen)
    if trajectories < 2 or len(axes) < 2:
        raise ScenarioError("sensitivity: expected at least 2 trajectories and 2 assumptions.")
    # Sobol sequences are balanced at powers of 2 only
    if samples and (samples & (samples - 1) or top < 1):
        raise ScenarioError(f"sensitivity: samples {samples}: expected a power of 2, and top of at least 1.")
    if plan is not None:
        plan(_most_points(len(axes), len(chosen), trajectories, samples, top))
    ranked = _morris(trial, axes, chosen, trajectories)
    # an assumption without any effect needs no indices
    moving = ranked.filter((pl.col("mu_star") > 0.0) & (pl.col("rank") <= top)).sort("rank")
    leading = {name: moving.filter(result=name)["key"].to_list() for name in chosen}
    by_key = {axis.key: axis for axis in axes}
    sobol = [
        _sobol(trial, [by_key[key] for key in keys], name, samples)
        for name, keys in leading.items()
        if samples and keys
    ]
    # each once, though several results may share it
    first = dict.fromkeys(key for keys in leading.values() for key in keys)
    return Sensitivity(
        ranked,
        pl.concat(sobol) if sobol else pl.DataFrame(schema=_SOBOL),
        _tornado(trial, [by_key[key] for key in first], chosen),
    )


def _most_points(axes: int, results: int, trajectories: int, samples: int, top: int) -> int:
    """Return how many points there are at most: Morris, Sobol of each result, both ends of each leading assumption."""
    leading = min(axes, top)
    return trajectories * (axes + 1) + results * samples * (leading + 2) + 1 + 2 * min(axes, top * results)


def _defaults(county: County) -> list[str]:
    """Return the metrics that are explained where nothing is asked for."""
    asked = county.targets["metric"].to_list()
    names = [metric for metric in DEFAULT_OF if metric in asked]
    if not names:
        raise ScenarioError(f"sensitivity: {county.name} has no target of {', '.join(DEFAULT_OF)}; say --of what.")
    return names


def _asks_for(county: County, metric: str, chosen: Sequence[str]) -> bool:
    """Return whether one of the chosen targets asks for a metric."""
    return county.targets.filter((pl.col("metric") == metric) & pl.col("target").is_in(list(chosen))).height > 0


_MORRIS = {
    "result": pl.String,
    "rank": pl.Int64,
    "key": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "confidence": pl.String,
    "mu_star": pl.Float64,
    "mu_star_conf": pl.Float64,
    "sigma": pl.Float64,
}
_SOBOL: dict[str, pl.DataType] = {
    "result": pl.String(),
    "key": pl.String(),
    **dict.fromkeys(("s1", "s1_conf", "st", "st_conf"), pl.Float64()),
}
_TORNADO: dict[str, pl.DataType] = {
    "result": pl.String(),
    "key": pl.String(),
    **dict.fromkeys(("base", "at_low", "at_high", "swing"), pl.Float64()),
    **dict.fromkeys(("base_verdict", "low_verdict", "high_verdict"), pl.String()),
}


@dataclass(frozen=True, slots=True)
class _Trial:
    """Answers points of the scenario."""

    scenario: Scenario
    county: County
    executor: Executor
    out: Path | None
    progress: Callable[[int, int], None] | None

    def __call__(self, axes: Sequence[Axis], rows: NDArray[np.float64]) -> list[PointAnswer]:
        """Return the answers of rows of values."""
        points = [
            {axis.key: axis.value(float(value)) for axis, value in zip(axes, row, strict=True)} for row in rows.tolist()
        ]
        scenarios = [at(self.scenario, point) for point in points]
        return answers(scenarios, self.executor, out=self.out, progress=self.progress)


def _problem(axes: Sequence[Axis]) -> dict[str, object]:
    """Return the axes as SALib takes them."""
    bounds = [[axis.low, axis.high] for axis in axes]
    return {"num_vars": len(axes), "names": [axis.key for axis in axes], "bounds": bounds}


def _series(found: Sequence[PointAnswer], name: str) -> NDArray[np.float64]:
    """Return a result at all points.

    Raises
    ------
    ScenarioError
        It has no value at some of them.
    """
    values = [outcome(answered, name) for answered in found]
    seen = [value for value in values if value is not None]
    if len(seen) < len(values):
        raise ScenarioError(
            f"sensitivity: {name} has no value at {len(values) - len(seen)} of {len(values)} points; leave it out of "
            "--of, or simulate more days."
        )
    return np.array(seen)


def _morris(trial: _Trial, axes: Sequence[Axis], names: Sequence[str], trajectories: int) -> pl.DataFrame:
    """Screen all assumptions."""
    from SALib.analyze import morris as analysis  # noqa: PLC0415 - loads plotting libraries
    from SALib.sample import morris as design  # noqa: PLC0415

    problem = _problem(axes)
    # seeded, so that a sensitivity that is run again finds the answers that it keeps
    rows = design.sample(problem, trajectories, num_levels=LEVELS, seed=trial.scenario.seed)
    found = trial(axes, rows)
    keys = pl.format(f"{FIGURES}.{{}}", "key")
    confidence = dict(trial.county.figures.select(keys, "confidence").iter_rows())
    table = []
    for name in names:
        shown = analysis.analyze(problem, rows, _series(found, name), num_levels=LEVELS, seed=trial.scenario.seed)
        effects = np.nan_to_num(np.asarray(shown["mu_star"], dtype=float))
        # ties by name: ranks must not depend on the order of the axes
        order = sorted(range(len(axes)), key=lambda row: (-effects[row], axes[row].key))
        for rank, row in enumerate(order, start=1):
            axis = axes[row]
            known = "assumption" if axis.key.startswith(f"{TABLES}.") else confidence.get(axis.key)
            values = (effects[row], float(shown["mu_star_conf"][row]), float(shown["sigma"][row]))
            table.append((name, rank, axis.key, axis.low, axis.high, known, *values))
    return pl.DataFrame(table, schema=_MORRIS, orient="row")


def _sobol(trial: _Trial, axes: Sequence[Axis], name: str, samples: int) -> pl.DataFrame:
    """Return the shares of the variance of a result."""
    from SALib.analyze import sobol as analysis  # noqa: PLC0415
    from SALib.sample import sobol as design  # noqa: PLC0415

    problem = _problem(axes)
    # first and total order only: second order would take nearly twice the points
    rows = design.sample(problem, samples, calc_second_order=False, seed=trial.scenario.seed)
    values = _series(trial(axes, rows), name)
    # without variance shares of it are 0 / 0
    if np.ptp(values) == 0.0:
        return pl.DataFrame([(name, axis.key, 0.0, 0.0, 0.0, 0.0) for axis in axes], schema=_SOBOL, orient="row")
    shown = analysis.analyze(problem, values, calc_second_order=False, seed=trial.scenario.seed)
    table = [
        (name, axis.key, *(float(shown[part][row]) for part in ("S1", "S1_conf", "ST", "ST_conf")))
        for row, axis in enumerate(axes)
    ]
    return pl.DataFrame(table, schema=_SOBOL, orient="row").sort("st", descending=True, maintain_order=True)


def _tornado(trial: _Trial, axes: Sequence[Axis], names: Sequence[str]) -> pl.DataFrame:
    """Move one assumption at a time to the ends of its range."""
    points = [trial.scenario]
    for axis in axes:
        points += [at(trial.scenario, {axis.key: axis.value(end)}) for end in (axis.low, axis.high)]
    found = answers(points, trial.executor, out=trial.out, progress=trial.progress)
    table = []
    for name in names:
        values = _series(found, name).tolist()
        said = [verdict_of(answered, name) for answered in found]
        for row, axis in enumerate(axes):
            first = 1 + 2 * row  # the scenario itself, then both ends of each axis
            low, high = values[first], values[first + 1]
            table.append((name, axis.key, values[0], low, high, abs(high - low), said[0], said[first], said[first + 1]))
    frame = pl.DataFrame(table, schema=_TORNADO, orient="row")
    order = {name: number for number, name in enumerate(names)}
    return frame.sort(pl.col("result").replace_strict(order), pl.col("swing"), descending=[False, True])
