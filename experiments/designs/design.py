"""Points of a design: the same scenario with other values, each answered with measures and target values."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from data.edits import RANGED, cells_of
from data.errors import ScenarioError, nearest
from data.storage import read_sealed, write_sealed
from experiments.designs.point_answers import answer_of_run, is_answer
from experiments.runs.assumptions.axes import NUMERIC, Axis
from experiments.runs.execute import run
from experiments.runs.executors import Work, compute_all
from experiments.runs.plan import prepare
from experiments.runs.stored.point_replication import SIMULATE_POINT
from experiments.scenario.files import FIGURES, TABLES
from experiments.scenario.model import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.county import County
    from experiments.designs.point_answers import PointAnswer
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario


def parse_axis(text: str, county: County) -> Axis:
    """Return the axis of ``key=low:high:count``; a figure's own range stands in for what is left out.

    Raises
    ------
    ScenarioError
        A key that is not numeric, a figure that does not exist or has no range, a range that is empty.
    """
    key, _, span = text.partition("=")
    faults = f"--over {text}: "
    key, ends = _known_key(key.strip(), county, faults)
    parts = span.split(":") if span else []
    try:
        numbers = [float(part) for part in parts]
        # one number is a count, two are a range, three both
        count = int(parts[-1]) if len(parts) in {1, 3} else None
    except ValueError:
        raise ScenarioError(f"{faults}expected key=low:high:count with numbers.") from None
    if len(numbers) < 2 and ends is not None:
        if None in ends:
            raise ScenarioError(f"{faults}the figure has no range of its own; give key=low:high:count.")
        numbers = [float(end) for end in ends if end is not None]
    wrong = len(numbers) not in {2, 3} or not all(map(math.isfinite, numbers))
    if wrong or not numbers[0] < numbers[1] or (count is not None and count < 2):
        raise ScenarioError(f"{faults}expected key=low:high:count with low < high and a count of at least 2.")
    return Axis(key, numbers[0], numbers[1], count)


def _known_key(key: str, county: County, faults: str) -> tuple[str, tuple[float | None, float | None] | None]:
    """Return a key in full, and the range that it has of its own; None for a key of the scenario."""
    head, _, rest = key.partition(".")
    if head == TABLES:
        try:
            cells = cells_of(county, rest)
        except ScenarioError as error:
            raise ScenarioError(f"{faults}{error}") from None
        return key, (cells.low, cells.high)
    if key in NUMERIC:
        return key, None
    named = rest if head == FIGURES else key
    rows = county.figures.filter(pl.col("key") == named)
    if not rows.height:
        known = [*NUMERIC, *(f"{FIGURES}.{name}" for name in county.figures["key"]), *(f"{TABLES}.{n}" for n in RANGED)]
        raise ScenarioError(f"{faults}'{key}' is not a numeric key.{nearest(key, known)}")
    return f"{FIGURES}.{named}", (rows["low"][0], rows["high"][0])


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a design.

    Attributes
    ----------
    number : int
        Its place in the design.
    scenario : Scenario
        The scenario with the point's values.
    file : pathlib.Path or None
        File that keeps its answer.
    targets : tuple of str
        Ids of the county's targets, which the answer has rows of.
    """

    number: int
    scenario: Scenario
    file: Path | None
    targets: tuple[str, ...] = ()


def answer(point: Point) -> tuple[int, PointAnswer]:
    """Simulate a point, unless its file holds the answer; return its number and the answer.

    A file that is damaged, or was changed, is as good as none: the answer is computed anew.
    """
    # the key is in the file's name: what decides the numbers is the same
    known = None if point.file is None else read_sealed(point.file)
    count = point.scenario.replications
    if known is not None and is_answer(known, replications=count, targets=point.targets):
        return point.number, cast("PointAnswer", known)
    found = answer_of_run(run(point.scenario.with_(points=0), simulator=SIMULATE_POINT, draws=False))
    if point.file is not None:
        # whole or not at all: a sweep that is stopped goes on with what is there
        write_sealed(point.file, found)
    return point.number, found


def answer_there(text: str) -> str:
    """Answer a point in another process, from the text of the point to that of number and answer."""
    values = json.loads(text)
    file = None if values["file"] is None else Path(values["file"])
    return json.dumps(answer(Point(values["number"], from_json(values["scenario"]), file, tuple(values["targets"]))))


def _encoded(point: Point) -> str:
    """Return a point as text."""
    file = None if point.file is None else str(point.file)
    said = {"number": point.number, "scenario": point.scenario.model_dump_json(), "file": file}
    return json.dumps({**said, "targets": point.targets})


def _decoded(text: str) -> tuple[int, PointAnswer]:
    """Return number and answer of a point from their text."""
    number, found = json.loads(text)
    return number, found


def answers(
    points: Sequence[Scenario],
    executor: Executor,
    *,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[PointAnswer]:
    """Return the answers of scenarios in order; with a folder, answers that it holds are not computed again.

    Raises
    ------
    ScenarioError
        A fault in a point, before anything is simulated.
    """
    # all points first: a fault in the last one would cost the work of all before
    asked = [(plan.key, tuple(plan.case.county.targets["target"])) for plan in map(prepare, points)]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    files = [
        None if out is None else (out / f"{key[:32]}-{point.replications}.json").absolute()
        for point, (key, _) in zip(points, asked, strict=True)
    ]
    pieces = [
        Point(number, point, file, targets)
        for number, (point, file, (_, targets)) in enumerate(zip(points, files, asked, strict=True))
    ]
    found: dict[int, PointAnswer] = {}
    # as they come, which is not the order of the points
    for number, answered in compute_all(executor, Work(answer, answer_there, _encoded, _decoded), pieces):
        found[number] = answered
        if progress is not None:
            progress(len(found), len(pieces))
    return [found[number] for number in range(len(points))]
