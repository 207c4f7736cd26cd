"""``size``: the least infrastructure that meets a target of service, by what is sized."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from data.errors import ScenarioError, nearest
from experiments.runs.executors import InProcess, Processes, executor_of
from experiments.runs.plan import prepare
from experiments.runs.provenance import digest
from experiments.scenario.model import Scenario
from experiments.sizing.evaluations import Evaluations
from experiments.sizing.operators.operator_choice import parse_completed, size_operator
from experiments.sizing.sized import Sized
from experiments.sizing.stations.choices import LATE, Choices
from experiments.sizing.targets import parse_budget, parse_goals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from data.goals import Finding, Sizing
    from experiments.runs.executors import Executor

__all__ = ["KINDS", "size"]

KINDS = {
    "charging": "experiments.sizing.stations.chargers:size_chargers",
    "sites": "experiments.sizing.stations.sites:size_sites",
    "storage": "experiments.sizing.stations.storage:size_storage",
    "path": "experiments.sizing.stations.build_path:size_path",
    "bunkering": "experiments.sizing.bunkering:size_bunkering",
    "swap": "experiments.sizing.stations.swap:size_swap",
    "electric": "experiments.sizing.shore:size_electric",
    "ebikes": "experiments.sizing.bikes:size_bikes",
    "fleet": "experiments.sizing.fleets:size_fleet",
}
"""What can be sized, and by which function."""
_BOUNDED = {
    "charging": {
        "least": "charging.sizing.least",
        "spending": "charging.sizing.spending",
        "judged": "experiments.sizing.stations.growth",
    },
    "path": {
        "least": "charging.sizing.least",
        "path": "charging.sizing.build_path",
        "stations": "experiments.sizing.stations.build_path",
    },
    "ebikes": {"search": "fleet.ebikes.sizing"},
    "electric": {"search": "shipping.sizing.shore"},
}
"""Searches that end after a number of sizes, and the modules that say after how many."""
_WORTH_PROCESSES = 8
"""Days that are simulated per size below which another process takes longer to start than it saves."""
CHOSEN = ("charging", "path")
"""What takes the options of chargers."""


def size(
    kind: str,
    scenario: Scenario | str | Path,
    *,
    target: str | None = None,
    budget: str | None = None,
    layouts: Sequence[str] = (),
    operator: str | None = None,
    timetable: Path | None = None,
    log: Path | None = None,
    completed: str | float | None = None,
    replications: int | None = None,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
    keep: Path | None = None,
    minimise: str | None = None,
    holidays: bool = False,
    years: Sequence[int] = (),
    jobs: int = 1,
    executor: Executor | str | None = None,
    candidates: Path | None = None,
    points: int = 0,
    language: str = "en",
) -> Sized:
    """Return the least infrastructure that meets a target.

    Parameters
    ----------
    kind : str
        What is sized: a name of `KINDS`.
    scenario : Scenario, str or pathlib.Path
        Demand, sites and everything else.
    target : str, optional
        Measures and limits, as ``p95_wait_min<=15,unserved_share<=0.01``; None takes the county's criteria.
    budget : str, optional
        The most there may be, as ``piles=320,guns=450``; for chargers ``cny=30000000`` too.
    layouts : sequence of str
        For ``charging``: choose among these layouts (names or files) instead of sizing the scenario's. For ``path``:
        the layout that stands already.
    operator : str, optional
        For ``fleet``: plan the electric fleet of an operator, by kind (``bus``, ``vans``, ...) or id, instead of the
        path of new vehicles.
    timetable : pathlib.Path, optional
        GTFS feed whose trips a bus operator drives, instead of the county's lines.
    log : pathlib.Path, optional
        Table of the days of an operator's vehicles (``vehicle, date, km``), instead of drawn ones.
    completed : str or float, optional
        Share of duties that an operator's plan must complete on simulated days, as ``0.98`` or ``98%``; None takes the
        county's ``operators.completed_share``.
    replications, seed : int, optional
        Instead of those of the scenario.
    progress : callable, optional
        Called with what was simulated last (for ``charging``), or what is planned (for an operator), in words.
    minimise : str, optional
        For ``charging``: ``guns`` (as without), ``piles`` or ``cost``; ``late`` spends the whole budget instead, such
        that the fewest are not served in time.
    holidays : bool
        For ``charging``: whether the weeks of the county's holidays count as well, for their days of a year.
    years : sequence of int
        For ``charging``: years that count alike instead of the scenario's. For ``path``: the years in which is built.
    keep : pathlib.Path, optional
        Folder that keeps what each size was found to give; the same sizing goes on with it. It exists.
    jobs, executor
        For ``charging`` and ``path``: as for `run`.
    candidates : pathlib.Path, optional
        For ``sites``: a file of candidates instead of the county's; see `data.imports.candidate_sites`.
    points : int
        For ``charging``: points of the ranges of what is assumed at which the answer and what it is compared with are
        looked at as well.
    language : str
        ``en`` or ``zh``: of the words of `progress`.

    Returns
    -------
    Sized
        Answer, frontier, what binds, and whether the target can be met.

    Raises
    ------
    ScenarioError
        Unknown kind, measure or budget; faults in the scenario.
    """
    check_kind(kind)
    tell = _told_in(language, progress)
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    given = {"replications": replications, "seed": seed}
    scenario = scenario.with_(**{name: value for name, value in given.items() if value is not None})
    module, _, name = KINDS[kind].partition(":")
    # imported by name: each kind loads its models only when it is asked for
    sizer = getattr(importlib.import_module(module), name)
    _check_operator(kind, operator, timetable=timetable, log=log, completed=completed)
    if operator is not None:
        found = size_operator(
            scenario,
            parse_goals(target),
            parse_budget(budget),
            operator=operator,
            timetable=timetable,
            log=log,
            completed=None if completed is None else parse_completed(completed),
            progress=tell,
        )
        return Sized.of(found, kind, scenario)
    if candidates is not None and kind != "sites":
        raise ScenarioError(f"size {kind}: --candidates is for sites only.")
    options: dict[str, object]
    if kind in CHOSEN:
        choices = Choices(minimise or "guns", holidays, tuple(sorted(set(years))), tuple(layouts), points)
        options = {"choices": choices, "progress": tell, "executor": _started(scenario, executor, jobs)}
    else:
        options = {} if kind != "sites" else {"candidates": candidates}
        chosen = {"--layout": layouts, "--minimise": minimise, "--holidays": holidays, "--years": years}
        for name, value in chosen.items():
            if value:
                raise ScenarioError(f"size {kind}: {name} is for {' and '.join(CHOSEN)} only.")
    if points and (kind != "charging" or layouts):
        raise ScenarioError(f"size {kind}: --points is for charging only, without --layout.")
    if keep is not None and kind != "fleet":  # a fleet is computed at once: there is nothing to go on with
        options["kept"] = Evaluations(keep, digest(kind, prepare(scenario).key, str(scenario.replications)))
    result: Sizing = sizer(scenario, parse_goals(target), parse_budget(budget), **options)
    return Sized.of(result, kind, scenario)


def _check_operator(
    kind: str, operator: str | None, *, timetable: Path | None, log: Path | None, completed: str | float | None
) -> None:
    """Raise ScenarioError for an operator where none is sized, and for what is an operator's without one."""
    if operator is not None and kind != "fleet":
        raise ScenarioError(f"size {kind}: --operator is for fleet only.")
    if timetable is not None and operator is None:
        raise ScenarioError("--timetable: got no --operator; expected one whose buses drive it. Add --operator bus.")
    if log is not None and operator is None:
        raise ScenarioError("--log: got no --operator; expected one whose vehicles it is of. Add --operator taxi.")
    if completed is not None and operator is None:
        raise ScenarioError("--completed: got no --operator; expected one whose duties they are. Add --operator bus.")


def _told_in(language: str, progress: Callable[[str], None] | None) -> Callable[[Finding], None] | None:
    """Return progress that takes findings, and says them in words."""
    if progress is None:
        return None
    # whoever does not listen needs no words
    from experiments.report.language import translator  # noqa: PLC0415 - as above
    from experiments.report.words.findings import finding_text  # noqa: PLC0415 - as above

    translate = translator(language)
    return lambda found: progress(finding_text(found, translate))


def _started(scenario: Scenario, executor: Executor | str | None, jobs: int) -> Executor:
    """Return where weeks are simulated; processes load the simulators while this one reads tables."""
    work = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    if isinstance(work, Processes):
        if scenario.replications * scenario.days < _WORTH_PROCESSES:
            return InProcess()
        work.start(scenario.replications)
    return work


def most_tried(kind: str, scenario: Scenario, *, minimise: str | None = None, years: Sequence[int] = ()) -> int | None:
    """Return how many sizes a sizing tries at the most, as `size` is asked; None where nothing bounds its search."""
    if kind not in _BOUNDED:
        return None
    bounds = {name: importlib.import_module(module) for name, module in _BOUNDED[kind].items()}
    if kind == "path":
        count = len(bounds["stations"].years_of(scenario, years))
        return int(bounds["least"].MOST_TRIED + count * bounds["path"].MOST_TRIED_A_YEAR)
    if kind == "charging":
        search = bounds["spending" if minimise == LATE else "least"].MOST_TRIED
        return int(search + bounds["judged"].MOST_TRIED)
    return int(bounds["search"].MOST_TRIED)


def check_kind(kind: str) -> None:
    """Raise ScenarioError for a kind that nothing sizes."""
    if kind not in KINDS:
        raise ScenarioError(f"size {kind}: not known.{nearest(kind, KINDS)} Known: {', '.join(KINDS)}.")
