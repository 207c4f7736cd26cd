"""The scorecard with its doubt: intervals over the assumptions, shares that keep a limit, and what would flip it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.memory.stored_tables import with_tables
from experiments.pathways.carbon_draws import ACCOUNTS, carbon_draws, drawn_ranges
from experiments.runs.assumptions.axes import at, axes_of
from experiments.runs.assumptions.flips import Drawn, flips
from experiments.runs.assumptions.sampling import POINTS, draw_sample
from experiments.runs.assumptions.short_runs import SIMULATED, key_of, short_runs
from experiments.scenario.county import HORIZON
from experiments.scorecard.card import FLIPS
from experiments.scorecard.remedies import Doubts, remedies
from experiments.scorecard.score import Evidence, score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from experiments.runs.assumptions.sampling import Sample
    from experiments.runs.case import Case
    from experiments.runs.executors import Executor


def scored(
    case: Case,
    tables: Mapping[str, pl.DataFrame],
    executor: Executor,
    *,
    progress: Callable[[int, int], None] | None = None,
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
    progress : callable, optional
        Called with points done and points in all.

    Returns
    -------
    dict of str to polars.DataFrame
        ``scorecard``, ``facts``, ``assumptions``, ``answer_draws``, ``assumption_draws``, ``flips`` and ``remedies``.
    """
    found = score(Evidence(case.scenario, case.county, tables))
    draws = {name: tables[name] for name in ("answer_draws", "assumption_draws")}
    sample = None
    if case.scenario.points:
        axes = axes_of(case.scenario, case.county, found["assumptions"])
        metrics = dict(case.county.targets.select("target", "metric").iter_rows())
        sample = draw_sample(case.scenario, axes, metrics, executor, points=case.scenario.points, progress=progress)
    if sample is not None:
        draws = {name: pl.concat([table, sample.tables()[name]]) for name, table in draws.items()}
        # intervals and shares need the draws, which needed the assumptions that the first answers name
        found = score(Evidence(case.scenario, case.county, with_tables(tables, draws)))
    turning = [
        *_of_accounts(case, found["scorecard"], draws),
        *([] if sample is None else _of_runs(case, found["scorecard"], sample, executor)),
    ]
    turned = pl.concat([FLIPS.to_frame(), *turning])
    closing = remedies(case.scenario, case.county, found, Doubts(turned, SIMULATED, POINTS, HORIZON[-1]))
    return {**found, **draws, "flips": turned, "remedies": closing}


def _asked(card: pl.DataFrame, drawn: set[tuple[str, str]]) -> pl.DataFrame:
    """Return one criterion per target that was drawn: that which decides, else the first with a limit, else the first.

    In the order of the scorecard.
    """
    known = pl.struct("target_id", "criterion").is_in([{"target_id": a, "criterion": b} for a, b in sorted(drawn)])
    rows = card.filter(known & pl.col("value").is_not_null())
    # stable: criteria stand in their order
    first = rows.with_columns(limited_=pl.col("limit").is_not_null()).sort(
        "decides", "limited_", descending=True, maintain_order=True
    )
    chosen = first.unique("target_id", keep="first", maintain_order=True).drop("limited_")
    return chosen.sort("target_id", maintain_order=True)


def _of_accounts(case: Case, card: pl.DataFrame, draws: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Return what would flip the carbon targets: by an emulator of their draws, where it is trusted."""
    answers = draws["answer_draws"].filter(sample=ACCOUNTS)
    if not answers.height:
        return []
    assumed = draws["assumption_draws"].filter(sample=ACCOUNTS).pivot("assumption", index="draw", values="value")
    names = assumed.columns[1:]
    points = assumed.sort("draw").select(names).to_numpy()
    ranges = drawn_ranges(case.county, carbon_draws(case.scenario, case.county))
    known = set(answers.select("target_id", "criterion").unique().iter_rows())
    found = []
    for row in _asked(card, known).iter_rows(named=True):
        mine = answers.filter(target_id=row["target_id"], criterion=row["criterion"]).sort("draw")
        drawn = Drawn(
            row["target_id"],
            row["criterion"],
            row["comparator"],
            row["limit"],
            row["value"],
            float(mine["at_tables"][0]),
            mine["value"].to_numpy(),
            names,
            points,
            [ranges[name] for name in names],
        )
        found.append(flips(drawn, None))
    return found


def _of_runs(case: Case, card: pl.DataFrame, sample: Sample, executor: Executor) -> list[pl.DataFrame]:
    """Return what would flip targets that are simulated: by short runs with one assumption moved at a time."""
    # what no assumption moves cannot be turned by one
    moved = sample.tables()["answer_draws"].group_by("target_id", "criterion").agg(pl.col("value").n_unique())
    known = set(moved.filter(pl.col("value") > 1).select("target_id", "criterion").iter_rows())
    found = []
    for row in _asked(card, known).iter_rows(named=True):
        name = key_of(row["target_id"], row["criterion"])
        axes = sample.axes[row["target_id"]]
        values, base = sample.values(name), sample.base[name]
        if values is None or base is None:
            continue
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
        )
        metric = row["metric"]

        def along(places: Sequence[tuple[str, float]], name: str = name, metric: str = metric) -> list[float]:
            moved = [at(case.scenario, {key: value}) for key, value in places]
            answers = short_runs(moved, [metric], executor)
            # a criterion that has no value there keeps no limit
            return [float("nan") if one.get(name) is None else float(one[name] or 0.0) for one in answers]

        found.append(flips(drawn, along))
    return found
