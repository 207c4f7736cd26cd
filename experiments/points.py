"""Points of a design: the same scenario with other values, each answered with measures and target values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import ScenarioError, nearest
from experiments.layers import FIGURES
from experiments.measures import MEASURES
from experiments.running import prepare, run
from experiments.scenario import Scenario, from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from data.county import County
    from experiments.executors import Executor

NUMERIC = (
    "year",
    "days",
    "replications",
    "seed",
    "charging.max_tries",
    "charging.wait_weight",
    "charging.module_kw",
    "charging.interval_min",
)
"""Keys of a scenario that are numbers."""

WHOLE = ("year", "days", "replications", "seed", "charging.max_tries")


@dataclass(frozen=True, slots=True)
class Axis:
    """A key and the range that it is varied over.

    Attributes
    ----------
    key : str
        Numeric key of a scenario, ``figures.<key>`` for a figure of the county.
    low, high : float
        Ends of the range.
    count : int or None
        Values of a grid; None where the design decides.
    """

    key: str
    low: float
    high: float
    count: int | None = None

    def value(self, value: float) -> float | int:
        """Return a value as the key takes it."""
        return round(value) if self.key in WHOLE else value


def parse_axis(text: str, county: County) -> Axis:
    """Return the axis of ``key=low:high:count``; a figure's own range stands in for what is left out.

    Raises
    ------
    ScenarioError
        A key that is not numeric, a figure that does not exist or has no range, a range that is empty.
    """
    key, _, span = text.partition("=")
    key = key.strip()
    faults = f"--over {text}: "
    known = [*NUMERIC, *(f"{FIGURES}.{name}" for name in county.figures["key"])]
    if key not in known:
        raise ScenarioError(f"{faults}'{key}' is not a numeric key.{nearest(key, known)}")
    parts = span.split(":") if span else []
    try:
        numbers = [float(part) for part in parts]
        count = int(parts[2]) if len(parts) > 2 else None
    except ValueError:
        raise ScenarioError(f"{faults}expected key=low:high:count with numbers.") from None
    if len(numbers) in {0, 1} and key.startswith(f"{FIGURES}."):
        own = county.figures.row(by_predicate=pl.col("key") == key.partition(".")[2], named=True)
        if own["low"] is None or own["high"] is None:
            raise ScenarioError(f"{faults}the figure has no range of its own; give key=low:high:count.")
        count = int(numbers[0]) if numbers else None
        numbers = [own["low"], own["high"]]
    if len(numbers) not in {2, 3} or not numbers[0] < numbers[1] or (count is not None and count < 2):
        raise ScenarioError(f"{faults}expected key=low:high:count with low < high and a count of at least 2.")
    return Axis(key, numbers[0], numbers[1], count)


def at(scenario: Scenario, values: dict[str, float | int]) -> Scenario:
    """Return the scenario with other values; another year moves the first day along."""
    sets = [f"{key}={value!r}" for key, value in values.items()]
    if "year" in values:
        sets.append(f'start="{scenario.start.replace(year=int(values["year"])).isoformat()}"')
    return scenario.apply_sets(sets)


def answer(job: str) -> str:
    """Simulate a point and return its measures and target values.

    Parameters
    ----------
    job : str
        JSON: scenario, file to keep the answer in (or null).

    Returns
    -------
    str
        JSON: number of the point; measures, each with one value a replication; value of each target, and the
        assumptions that it rests on.
    """
    values = json.loads(job)
    file = None if values["file"] is None else Path(values["file"])
    if file is not None and file.exists():
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    else:
        result = run(from_json(values["scenario"]))
        count = result.scenario.replications
        known = {
            "measures": {name: measure.values(result.tables, count) for name, measure in MEASURES.items()},
            "targets": dict(result.tables["scorecard"].select("target", "value").iter_rows()),
            "assumptions": dict(result.tables["scorecard"].select("target", "assumptions").iter_rows()),
        }
        if file is not None:
            temporary = file.with_suffix(f".{values['number']}.tmp")
            temporary.write_text(json.dumps(known), encoding="utf-8")
            temporary.replace(file)
    return json.dumps({"number": values["number"], **known})


def answers(
    points: Sequence[Scenario],
    executor: Executor,
    *,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Return the answers of scenarios in order; with a folder, answers that it holds are not computed again.

    Raises
    ------
    ScenarioError
        A fault in a point, before anything is simulated.
    """
    keys = [prepare(point).key for point in points]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    jobs = []
    for number, (point, key) in enumerate(zip(points, keys, strict=True)):
        file = None if out is None else str((out / f"{key[:32]}-{point.replications}.json").absolute())
        jobs.append(json.dumps({"number": number, "scenario": point.model_dump_json(), "file": file}))
    found: dict[int, dict[str, Any]] = {}
    for text in executor.map(answer, jobs):
        one = json.loads(text)
        found[one["number"]] = one
        if progress is not None:
            progress(len(found), len(jobs))
    return [found[number] for number in range(len(points))]


def outcome(one: dict[str, Any], name: str) -> float | None:
    """Return a measure's mean over replications, or a target's value."""
    if name in one["measures"]:
        seen = [value for value in one["measures"][name] if value is not None]
        return sum(seen) / len(seen) if seen else None
    value: float | None = one["targets"][name]
    return value


def check_outcomes(names: Iterable[str], targets: Iterable[str]) -> list[str]:
    """Return names of measures or targets.

    Raises
    ------
    ScenarioError
        A name that is neither.
    """
    known = [*MEASURES, *targets]
    chosen = list(names)
    for name in chosen:
        if name not in known:
            raise ScenarioError(f"'{name}' is neither a measure nor a target.{nearest(name, known)}")
    return chosen
