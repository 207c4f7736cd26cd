"""Many counties in one call: each runs as it would alone, and scorecards and measures come back by county."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import ScenarioError
from experiments.designs.alternative_runs import mean_values
from experiments.runs.execute import run
from experiments.runs.executors import Executor, Work, compute_all, executor_of
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario, from_json
from experiments.scenario.start import load_scenario
from experiments.scorecard.card import SCORECARD
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Rows = list[list[Any]]

MEASURED: Final = pl.Schema(
    {"county": pl.String, "measure": pl.String, "unit": pl.String, **dict.fromkeys(("mean", "low", "high"), pl.Float64)}
)
"""Columns of the measures by county: mean over replications, with its 95 % interval where there are several."""


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class CountyRuns:
    """What many counties come to. The runs themselves are not in memory: `open_run` opens one by its folder.

    Attributes
    ----------
    scorecard : polars.DataFrame
        The scorecards one below the other, with ``county`` in front, counties in the order that was asked for.
    measures : polars.DataFrame
        Columns of `MEASURED`.
    folders : mapping of str to pathlib.Path
        Run folder of each county; empty where none was asked for.
    """

    scorecard: pl.DataFrame
    measures: pl.DataFrame
    folders: Mapping[str, Path]

    def __repr__(self) -> str:
        """Return one line about the runs."""
        names = self.scorecard["county"].unique(maintain_order=True).to_list()
        return f"CountyRuns({len(names)} counties: {', '.join(names)})"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A county to run: its name, its scenario as text, and its run folder, if any."""

    county: str
    scenario: str
    folder: str | None

    def to_json(self) -> str:
        """Return the piece as text."""
        return json.dumps([self.county, self.scenario, self.folder])


def run_counties(
    counties: Sequence[Scenario | str | Path],
    *,
    sets: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> CountyRuns:
    """Run many counties, each in one process from its tables to its scorecard.

    Parameters
    ----------
    counties : sequence of Scenario, str or pathlib.Path
        Folders of counties, each with its default scenario, or scenarios of counties.
    sets : sequence of str
        Other values for all of them, such as ``days=7``; not for scenarios that are objects.
    replications, seed : int, optional
        Instead of those of the scenarios.
    out : str or pathlib.Path, optional
        Folder that gets a run folder for each county, by its name; what it holds already is not computed again. None
        keeps scorecards and measures alone.
    jobs : int
        Processes; 0 for one per core. A county is computed in one of them.
    executor : Executor or str, optional
        As for `run`.
    progress : callable, optional
        Called after each county with how many are done, how many there are, and its name.

    Returns
    -------
    CountyRuns
        Scorecards and measures by county. Memory does not grow with their number: a county that is done is let go.

    Raises
    ------
    ScenarioError
        No county at all, two of one name, or faults in a scenario; nothing is computed then.
    DataError
        Faults in the tables of a county; nothing is computed then.
    """
    pieces = _pieces(counties, sets, replications, seed, None if out is None else Path(out))
    chosen = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    found: dict[str, tuple[Rows, Rows]] = {}
    for county, card, measures in compute_all(chosen, Work(_here, _there, _Piece.to_json, json.loads), pieces):
        found[county] = card, measures
        if progress is not None:
            progress(len(found), len(pieces), county)
    cards = [[piece.county, *row] for piece in pieces for row in found[piece.county][0]]
    measured = [[piece.county, *row] for piece in pieces for row in found[piece.county][1]]
    return CountyRuns(
        pl.DataFrame(cards, schema={"county": pl.String(), **SCORECARD}, orient="row"),
        pl.DataFrame(measured, schema=MEASURED, orient="row"),
        {piece.county: Path(piece.folder) for piece in pieces if piece.folder is not None},
    )


def _pieces(
    counties: Sequence[Scenario | str | Path],
    sets: Sequence[str],
    replications: int | None,
    seed: int | None,
    out: Path | None,
) -> list[_Piece]:
    """Return the work, all of it checked: a fault in the last county would cost the work of all before."""
    pieces = []
    for asked in counties:
        scenario = asked if isinstance(asked, Scenario) else load_scenario(str(asked), sets=sets)
        plan = prepare(scenario, replications=replications, seed=seed)
        folder = None if out is None else str((out / plan.county.name).absolute())
        pieces.append(_Piece(plan.county.name, plan.scenario.model_dump_json(), folder))
    if not pieces:
        raise ScenarioError("run_counties: got no county; expected at least one folder of tables or scenario.")
    twice = [name for name, count in Counter(piece.county for piece in pieces).items() if count > 1]
    if twice:
        raise ScenarioError(
            f"run_counties: several counties are called {', '.join(sorted(twice))}; expected each name once, because "
            "results go by it. Rename their folders, or run them one after the other."
        )
    return pieces


def _here(piece: _Piece) -> tuple[str, Rows, Rows]:
    """Run a county in this process."""
    result = run(from_json(piece.scenario), out=piece.folder, executor="in-process")
    means = mean_values({piece.county: result}, list(MEASURES.values()), result.scenario.replications)
    cards, measured = (table.rows() for table in (result.scorecard, means.drop("alternative")))
    return piece.county, [list(row) for row in cards], [list(row) for row in measured]


def _there(text: str) -> str:
    """Run a county in another process, from its text to that of its rows."""
    return json.dumps(_here(_Piece(*json.loads(text))))
