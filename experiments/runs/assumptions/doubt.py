"""The scorecard with its doubt: intervals over the assumptions, shares that keep a limit, and what would flip it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.memory.stored_tables import StoredTables, with_tables
from experiments.pathways.carbon_draws import ACCOUNTS, ENDS
from experiments.runs.assumptions.axes import at, axes_of
from experiments.runs.assumptions.flips import Drawn, flips, flips_of_all
from experiments.runs.assumptions.sampling import POINTS, RUNS, draw_sample
from experiments.runs.assumptions.short_runs import SIMULATED, key_of, points_alone
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.provenance import code_digest, digest
from experiments.scenario.county import HORIZON
from experiments.scorecard.answer import Verdict
from experiments.scorecard.card import FLIPS, REMEDIES
from experiments.scorecard.remedies import Doubts, remedies
from experiments.scorecard.score import Evidence, answer_to, score
from experiments.statistics.estimates import keeps_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from experiments.runs.assumptions.flips import Places
    from experiments.runs.assumptions.sampling import Sample
    from experiments.runs.case import Case
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario
    from experiments.scorecard.answer import Answer
    from experiments.scorecard.evidence import Target
    from experiments.scorecard.registry import Answering

LATER: Final = frozenset(("answer_draws", "assumption_draws", "least_guns"))
"""Tables that are made, or get more rows, when the first answers are there."""


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """The scorecard of a run as it is before assumptions are drawn, and how it goes on from there.

    Attributes
    ----------
    found : dict of str to polars.DataFrame
        What `experiments.scorecard.score.score` returns.
    answering : AnsweredOnce
        Gives the same answers again, but for those that have read what has changed since.
    """

    found: dict[str, pl.DataFrame]
    answering: AnsweredOnce


class AnsweredOnce:
    """Answers to targets, each made once for all that no later table changes.

    Parameters
    ----------
    answering : callable, optional
        Gives the answers; `experiments.scorecard.score.answer_to` by default.
    """

    def __init__(self, answering: Answering | None) -> None:
        self._answering = answering or answer_to
        self._made: dict[Target, tuple[Answer, set[str]]] = {}

    def __call__(self, evidence: Evidence, target: Target) -> Answer:
        """Return the answer to a target: the one before, unless it has read a table of `LATER`."""
        made = self._made.get(target)
        if made is not None and made[1].isdisjoint(LATER):
            return made[0]
        tables, read = evidence.tables, set[str]()
        stored_tables = tables if isinstance(tables, StoredTables) else StoredTables(tables, {})
        answer = self._answering(replace(evidence, tables=stored_tables.watched(read)), target)
        self._made[target] = answer, read
        return answer


def first_answers(
    case: Case,
    tables: Mapping[str, pl.DataFrame],
    *,
    metrics: Collection[str] | None = None,
    answering: Answering | None = None,
    beside: bool = True,
) -> FirstAnswers:
    """Return the scorecard of a run as far as its own tables tell it; see `scored`.

    The tables of `LATER` may be without rows as yet where the scenario asks for points.
    """
    answers = AnsweredOnce(answering)
    evidence = Evidence(case.scenario, case.county, tables, facts=beside)
    return FirstAnswers(score(evidence, metrics=metrics, answering=answers), answers)


def scored(
    case: Case,
    tables: Mapping[str, pl.DataFrame],
    executor: Executor,
    *,
    metrics: Collection[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    first: FirstAnswers | None = None,
    beside: bool = True,
) -> dict[str, pl.DataFrame]:
    """Return the scorecard of a run, the draws behind its intervals, and what would change its verdicts.

    Parameters
    ----------
    case : Case
        What was simulated; ``scenario.points`` short runs are made, none where it is 0.
    tables : mapping of str to polars.DataFrame
        Tables of the run, with the draws of its accounts.
    executor : Executor
        Where the short runs are computed.
    metrics : collection of str, optional
        Metrics whose targets are answered; all of the county's by default.
    progress : callable, optional
        Called with points done and points in all.
    first : FirstAnswers, optional
        Of the same case and tables, but for those of `LATER`; made here where nobody has made them.
    beside : bool
        Whether what stands beside the answers is asked for: facts behind them, and what would close the open ones.

    Returns
    -------
    dict of str to polars.DataFrame
        ``scorecard``, ``facts``, ``assumptions``, ``answer_draws``, ``assumption_draws``, ``flips`` and ``remedies``.
    """
    first = first or first_answers(case, tables, metrics=metrics, beside=beside)
    found = first.found
    draws = {name: tables[name] for name in ("answer_draws", "assumption_draws")}
    sample = None
    if case.scenario.points:
        axes = axes_of(case.scenario, case.county, found["assumptions"])
        asked = dict(found["scorecard"].select("target_id", "metric").iter_rows())
        sample = draw_sample(case.portable, axes, asked, executor, points=case.scenario.points, progress=progress)
    if sample is not None:
        sampled = sample.tables()
        draws = {name: pl.concat([table, sampled[name]]) for name, table in draws.items()}
    if case.scenario.points:
        # intervals and shares need the draws, which needed the assumptions that the first answers name
        drawn = Evidence(case.scenario, case.county, with_tables(tables, draws), facts=beside)
        found = score(drawn, metrics=metrics, answering=first.answering)
    turning = [
        *_of_accounts(found["scorecard"], draws),
        *_of_runs(case.portable, found["scorecard"], sample, draws["answer_draws"], executor),
    ]
    turned = pl.concat([FLIPS.to_frame(), *turning])
    closing = REMEDIES.to_frame()
    if beside:
        closing = remedies(case.scenario, case.county, found, Doubts(turned, SIMULATED, POINTS, HORIZON[-1]))
    return {**found, **draws, "flips": turned, "remedies": closing}


def _asked(card: pl.DataFrame, drawn: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return one criterion per target that was drawn, in the order of the scorecard.

    That which decides; where it is open, the first whose value breaks its limit, else the first with a limit.
    """
    chosen: dict[str, tuple[tuple[bool, ...], dict[str, Any]]] = {}
    for row in card.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        if (row["target_id"], row["criterion"]) not in drawn:
            continue
        limited = row["limit"] is not None and row["comparator"] != "none"
        breaks = limited and not keeps_limit(np.array([row["value"]]), row["comparator"], row["limit"])[0]
        claim = (row["decides"] and row["verdict"] != Verdict.OPEN, bool(breaks), row["decides"], limited)
        if row["target_id"] not in chosen or claim > chosen[row["target_id"]][0]:
            chosen[row["target_id"]] = (claim, row)
    return [row for _, row in chosen.values()]


def _of_accounts(card: pl.DataFrame, draws: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Return what would flip the carbon targets: by an emulator of their draws, where it is trusted."""
    answers = draws["answer_draws"].filter(sample=ACCOUNTS)
    if not answers.height:
        return []
    assumed = draws["assumption_draws"].filter(sample=ACCOUNTS)
    points = assumed.pivot("assumption", index="draw", values="value").sort("draw").drop("draw")
    ends = {name: ends for name, *ends in assumed.select("assumption", *ENDS).unique().iter_rows()}
    known = set(answers.select("target_id", "criterion").unique().iter_rows())
    found = []
    for row in _asked(card, known):
        mine = answers.filter(target_id=row["target_id"], criterion=row["criterion"]).sort("draw")
        drawn = Drawn(
            row["target_id"],
            row["criterion"],
            row["comparator"],
            row["limit"],
            row["value"],
            float(mine["at_tables"][0]),
            mine["value"].to_numpy(),
            points.columns,
            points.to_numpy(),
            [(ends[name][0], ends[name][1], ends[name][2]) for name in points.columns],
        )
        found.append(kept_flips(drawn))
    return found


def kept_flips(drawn: Drawn) -> pl.DataFrame:
    """Return what an emulator says would flip a target; from the cache folder, where its draws come from too."""
    about = {one.name: getattr(drawn, one.name) for one in fields(drawn)}
    arrays = [about.pop(name).tobytes() for name in ("values", "points")]
    key = digest(code_digest(), json.dumps(about), *arrays)
    rows = stored("flips", key, lambda: {"rows": flips(drawn, None).rows()})["rows"]
    return pl.DataFrame(rows, schema=FLIPS, orient="row")


def _of_runs(
    scenario: Scenario, card: pl.DataFrame, sample: Sample | None, answers: pl.DataFrame, executor: Executor
) -> list[pl.DataFrame]:
    """Return what would flip targets that are simulated: by short runs with one assumption moved at a time."""
    if sample is None:
        return []
    # what no assumption moves cannot be turned by one
    drawn_of = answers.filter(sample=RUNS).group_by("target_id", "criterion")
    moved = drawn_of.agg(pl.col("value").n_unique())
    known = set(moved.filter(pl.col("value") > 1).select("target_id", "criterion").iter_rows())
    samples, rows = [], []
    for row in _asked(card, known):
        name = key_of(row["target_id"], row["criterion"])
        axes = sample.axes[row["target_id"]]
        values, base = sample.values(name), sample.base[name]
        if values is None or base is None:
            continue
        rows.append(row)
        drawn = Drawn(
            row["target_id"],
            row["criterion"],
            row["comparator"],
            row["limit"],
            row["value"],
            base,
            values,
            [axis.key for axis in axes],
            np.column_stack([sample.column(axis.key) for axis in axes]),
            [axis.ends for axis in axes],
            scenario.year,
        )
        samples.append(drawn)

    def along(asked: list[Places]) -> list[list[float]]:
        return _along(scenario, rows, asked, executor)

    return flips_of_all(samples, along)


def _along(
    scenario: Scenario, rows: Sequence[Mapping[str, Any]], asked: list[Places], executor: Executor
) -> list[list[float]]:
    """Return the criterion of each row at the places that are asked for it, one assumption moved at a time."""
    runs = [
        (at(scenario, {key: value}), (row["metric"],))
        for row, places in zip(rows, asked, strict=True)
        for key, value in places
    ]
    answers = iter(points_alone(scenario, runs, executor))
    values = []
    for row, places in zip(rows, asked, strict=True):
        name = key_of(row["target_id"], row["criterion"])
        found = [next(answers).get(name) for _ in places]
        # a criterion that has no value there keeps no limit
        values.append([float("nan") if value is None else float(value) for value in found])
    return values
