"""What more or fewer guns than the answer would give: sizes that grow by one pile after another, through the answer."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.costs.accounts import cny_per_avoided
from charging.costs.station_costs import station_costs
from charging.sizing import SEARCH
from charging.sizing.thumbs import RULES
from data.arrays import scalar
from data.money import FEN
from experiments.sizing.stations.layout_piles import piles_of

if TYPE_CHECKING:
    from charging.costs.price_table import Prices
    from charging.sizing import Sites
    from charging.sizing.pile_sites import Piles
    from experiments.sizing.stations.trial import Trial

MEASURE: Final = "not_in_time_share"
_STEPS: Final = (0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5)
"""Guns of the sizes that are looked at, as shares of the answer's."""
MOST_TRIED: Final = len(_STEPS) + len(RULES) + 1
"""Layouts that are looked at around an answer and beside it; those of the county of the same size come on top."""
_SCHEMA: Final = {
    "piles": pl.Int64,
    "guns": pl.Int64,
    "build_cny": pl.Float64,
    **{f"{MEASURE}{end}": pl.Float64 for end in ("", "_low", "_high")},
    "cny_per_avoided": pl.Float64,
}


def growth(answer: pl.DataFrame, sites: Sites, trial: Trial, prices: Prices | None) -> pl.DataFrame:
    """Return service and cost of sizes around the answer, on the random numbers of the search.

    Returns
    -------
    polars.DataFrame
        One row per size, small to large: ``piles, guns, build_cny, not_in_time_share`` with its interval, and
        ``cny_per_avoided``, what a request more in time costs against the row before (yearly costs without power).
        Costs are null without prices. Each size holds the one before: below the answer the piles that are missed least
        are gone (formulas), above it piles are added where the queue shrinks most.
    """
    asked = sum(
        trial.requests(SEARCH, 0, number).height * week.days / week.case.scenario.days
        for number, week in enumerate(trial.occasions)
    )
    rows: list[dict[str, float | None]] = []
    yearly: list[int] = []
    for piles in sizes_around(answer, sites):
        layout = sites.with_piles(piles)
        shown = trial.evaluate(layout, SEARCH).measures[MEASURE]
        rows.append(
            {
                "piles": sum(piles),
                "guns": sites.guns(piles),
                MEASURE: shown.value,
                f"{MEASURE}_low": shown.low,
                f"{MEASURE}_high": shown.high,
            }
        )
        if prices is not None:
            costs = station_costs(layout, prices)
            rows[-1]["build_cny"] = scalar(costs, pl.col("investment_fen").sum(), default=0.0) / FEN
            yearly.append(int(scalar(costs, pl.col("yearly_fen").sum(), default=0.0)))
    for (before, after), (less, more) in zip(itertools.pairwise(rows), itertools.pairwise(yearly), strict=False):
        late, late_before = ((each[MEASURE] or 0.0) * asked for each in (after, before))
        after["cny_per_avoided"] = cny_per_avoided(more, less, lost_with=late, lost_without=late_before)
    return pl.DataFrame(rows, schema=_SCHEMA)


def sizes_around(answer: pl.DataFrame, sites: Sites) -> list[Piles]:
    """Return some sizes from small to large, each with the one before in it, and the answer among them."""
    piles = piles_of(answer, sites)
    guns = sites.guns(piles)
    below = sites.thinned(piles)
    above = sites.order(piles, lambda more: sites.guns(more) <= _STEPS[-1] * guns)
    known = {sites.guns(size): size for size in (*below, *above)}
    found = (known[min(known, key=lambda have: (abs(have - share * guns), have))] for share in _STEPS)
    return list(dict.fromkeys(found))
