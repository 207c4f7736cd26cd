"""A layout over the ranges of what is assumed: which size holds the target, and whether it stays the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import investment_fen
from charging.sizing import SEARCH
from data.goals import Finding, Shown
from data.money import FEN
from experiments.runs.assumptions.axes import at, free_axes, points_of
from experiments.runs.plan import prepare
from experiments.scorecard.service import behind_service
from experiments.sizing.stations.growth import MEASURE, sizes_around
from experiments.sizing.stations.judged_layouts import FOUND, compared_layouts
from experiments.sizing.stations.occasions import Occasion
from experiments.sizing.stations.trial import FRESH, totals
from experiments.statistics.estimates import drawn_interval
from experiments.statistics.measures import MEASURES
from experiments.statistics.selection import best_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charging.sizing import Sites
    from data.arrays import Floats
    from data.goals import Figure, Goal
    from experiments.sizing.stations.trial import Trial

WANTED: Final = 0.9
"""Share of the points at which a size holds the target that may be called safe."""
_SCHEMA: Final = {
    "piles": pl.Int64,
    "guns": pl.Int64,
    "build_cny": pl.Float64,
    **{f"{MEASURE}{end}": pl.Float64 for end in ("", "_low", "_high")},
    "holds_share": pl.Float64,
}


def over_assumptions(
    answer: pl.DataFrame, sites: Sites, trial: Trial, goals: Sequence[Goal], *, points: int
) -> tuple[tuple[Finding, ...], dict[str, pl.DataFrame]]:
    """Return what holds at points of the assumptions' ranges, and the table ``robust``.

    The points are those of a run's sample: a Latin hypercube over the figures and tables behind the service of the
    stations that are assumptions with a range. Each is one replication of the first week, on the same random numbers;
    it says how far the assumptions move a measure, about the mean that the replications give.

    Parameters
    ----------
    answer : polars.DataFrame
        The layout that was found.
    sites, trial
        What it was found among, and with.
    goals : sequence of Goal
        The target: at a point its limits hold for the measures themselves, because chance is in the replications.
    points : int
        How many.

    Returns
    -------
    tuple
        Findings, and ``robust`` with a row per size around the answer, small to large: ``piles, guns, build_cny,
        not_in_time_share`` (of the replications, with the ends of 95 % of the points) and ``holds_share``, the share of
        the points at which all goals are met. No table where nothing is assumed.
    """
    weeks = _weeks(trial, points)
    if len(weeks) == 1:
        return (Finding("robust_nothing"),), {}
    there = trial.of_weeks(weeks)
    sizes = {str(number): sites.with_piles(piles) for number, piles in enumerate(sizes_around(answer, sites))}
    found = _about(sizes, trial, there, goals, SEARCH)
    county = trial.occasions[0].case.county
    prices = Prices.from_county(county) if county.infrastructure_prices.height else None
    rows = [_row(sizes[name], values, goals, prices) for name, values in found.items()]
    table = pl.DataFrame(rows, schema=_SCHEMA)
    beside = _about(compared_layouts(answer, sites, trial), trial, there, [], FRESH)
    shares = best_shares(np.vstack([values[MEASURE][1] for values in beside.values()]))
    best: dict[str, Figure] = {"ways": len(beside), "best_share": shares[list(beside).index(FOUND)]}
    says = [*_holds(table, totals(answer), points), *([Finding("robust_best", best)] if len(beside) > 1 else [])]
    return tuple(says), {"robust": table}


def _weeks(trial: Trial, points: int) -> list[Occasion]:
    """Return the first week as the tables have it, and at each point of the assumptions."""
    case = trial.occasions[0].case
    # what is behind the holidays counts where the week is one of them
    holidays = case.county.calendar.filter(
        pl.lit(case.scenario.start).is_between(pl.col("start_date"), pl.col("end_date"))
    )
    figures, tables = behind_service(holidays=holidays.height > 0)
    axes = free_axes(case.scenario, case.county, set(case.county.assumed_figures(figures)), set(tables))
    drawn = points_of(axes, seed=case.scenario.seed, samples=points) if axes else []
    moved = [prepare(at(case.scenario, point)).case for point in drawn]
    return [Occasion(f"{number}", each, 1.0) for number, each in enumerate([case, *moved])]


def _about(
    layouts: Mapping[str, pl.DataFrame], trial: Trial, there: Trial, goals: Sequence[Goal], seeds: int
) -> dict[str, dict[str, tuple[float, Floats]]]:
    """Return of each layout by measure the mean of the replications, and the values at the points about it."""
    names = dict.fromkeys((MEASURE, *(goal.measure for goal in goals)))
    by_week = {name: there.by_week(layouts, MEASURES[name], seeds) for name in names}
    found: dict[str, dict[str, tuple[float, Floats]]] = {}
    for layout, frame in layouts.items():
        shown = trial.evaluate(frame, seeds).measures
        found[layout] = {}
        for name, values in by_week.items():
            base, *moved = values[layout]
            mean = shown[name].value or 0.0
            # no share and no wait is below 0
            found[layout][name] = mean, np.maximum(0.0, np.array(moved) - base + mean)
    return found


def _row(
    layout: pl.DataFrame, values: Mapping[str, tuple[float, Floats]], goals: Sequence[Goal], prices: Prices | None
) -> dict[str, float | None]:
    """Return the row of a size."""
    piles, guns = totals(layout)
    mean, drawn = values[MEASURE]
    low, high = drawn_interval(drawn)
    holds = np.all([[goal.met(Shown(value)) for value in values[goal.measure][1]] for goal in goals], axis=0)
    return {
        "piles": piles,
        "guns": guns,
        "build_cny": None if prices is None else investment_fen(layout, prices) / FEN,
        MEASURE: mean,
        f"{MEASURE}_low": low,
        f"{MEASURE}_high": high,
        "holds_share": float(holds.mean()),
    }


def _holds(table: pl.DataFrame, answer: tuple[int, int], points: int) -> list[Finding]:
    """Return at how many points the answer holds, and which size holds at enough of them."""
    row = table.filter(piles=answer[0], guns=answer[1]).row(0, named=True)
    held: dict[str, Figure] = {
        "points": points,
        "holds_share": row["holds_share"],
        "measure": MEASURE,
        "value": Shown(row[MEASURE], row[f"{MEASURE}_low"], row[f"{MEASURE}_high"]),
    }
    safe = table.filter(pl.col("holds_share") >= WANTED).head(1)
    wanted: dict[str, Figure] = {"wanted_share": WANTED}
    for piles, guns in safe.select("piles", "guns").iter_rows():
        return [Finding("robust_holds", held), Finding("robust_size", wanted | {"piles": piles, "guns": guns})]
    return [Finding("robust_holds", held), Finding("robust_none", wanted)]
