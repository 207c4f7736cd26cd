"""How many guns of a layout can be used at once: what its guns are, and what shares a pile or a charger."""

from __future__ import annotations

import polars as pl

from charging.power.allocation import EXCLUSIVE, POLICIES

USABLE_PER_PILE = (
    pl.when(pl.col("sharing") == POLICIES[EXCLUSIVE]).then(pl.lit(1, pl.Int64)).otherwise(pl.col("guns_per_pile"))
)
"""Guns of a pile that can be used at once: an exclusive pile serves one vehicle, however many guns hang on it."""


def usable_guns(layout: pl.DataFrame) -> pl.DataFrame:
    """Return how many guns of each station can be used at once, in the layout's order.

    Groups that share their chargers (``charger_id``) count once, as the group with most of them.
    """
    # a group without a charger of its own name stands for itself
    own = pl.concat_str(pl.lit("group "), "group_id")
    shared = pl.concat_str(pl.lit("charger "), "charger_id") if "charger_id" in layout.columns else own
    return (
        layout.select("station_id", charger=pl.coalesce(shared, own), guns=pl.col("piles") * USABLE_PER_PILE)
        .group_by("station_id", "charger", maintain_order=True)
        .agg(pl.col("guns").max())
        .group_by("station_id", maintain_order=True)
        .agg(usable_guns=pl.col("guns").sum())
    )
