"""Who reaches a public pile in what time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from data.county import County


def access(county: County, layout: pl.DataFrame, travel: pl.DataFrame) -> pl.DataFrame:
    """Return how far the residents of each town are from the nearest public pile.

    Returns
    -------
    polars.DataFrame
        ``town, residents, nearest_min, nearest_km, stations_in_town, guns_in_town, guns_per_1000``; service-area
        stations do not count, because they are reached from the expressway only.
    """
    public = layout.filter(pl.col("site").is_null())
    nearest = (
        travel.filter(pl.col("station_id").is_in(public["station_id"].to_list()))
        .group_by("origin")
        .agg(nearest_min=pl.col("minutes").min(), nearest_km=pl.col("km").min())
    )
    here = public.group_by("town").agg(
        stations_in_town=pl.col("station_id").n_unique().cast(pl.Int64),
        guns_in_town=(pl.col("piles") * pl.col("guns_per_pile")).sum(),
    )
    return (
        county.towns.select("town", "residents")
        .join(nearest, left_on="town", right_on="origin", how="left", maintain_order="left")
        .join(here, on="town", how="left", maintain_order="left")
        .with_columns(pl.col("stations_in_town", "guns_in_town").fill_null(0))
        .with_columns(guns_per_1000=1000.0 * pl.col("guns_in_town") / pl.col("residents"))
    )


def access_figures(table: pl.DataFrame, *, within_min: tuple[float, ...] = (5.0, 10.0, 20.0)) -> pl.DataFrame:
    """Return how well residents reach public piles, in one row.

    Parameters
    ----------
    table
        From :func:`access`.
    within_min
        Minutes for the shares of residents in reach.

    Returns
    -------
    polars.DataFrame
        ``within_<m>_min_share`` for each, ``mean_min`` over residents, and ``gini``: Gini coefficient of the guns per
        resident over residents (0: each town has guns in proportion to its residents).
    """
    weight = table["residents"].to_numpy().astype(float)
    minutes = table["nearest_min"].fill_null(np.inf).to_numpy()
    row = {f"within_{limit:g}_min_share": float(weight[minutes <= limit].sum() / weight.sum()) for limit in within_min}
    return pl.DataFrame(
        [row | {"mean_min": float(np.average(minutes, weights=weight)), "gini": gini(table["guns_in_town"], weight)}]
    )


def gini(amounts: pl.Series, weight: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the Gini coefficient of amounts that groups of people (``weight``) have.

    Twice the area between the Lorenz curve and the line of equality: 0 if all have the same per head, towards 1 if one
    small group has all.
    """
    have = amounts.to_numpy().astype(float)
    if have.sum() <= 0.0:
        return 0.0
    order = np.argsort(have / weight, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order]) / weight.sum()])
    share = np.concatenate([[0.0], np.cumsum(have[order]) / have.sum()])
    return float(1.0 - np.sum(np.diff(people) * (share[1:] + share[:-1])))
