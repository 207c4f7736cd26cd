"""A layout as a size: its piles by the rows of the sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from charging.sizing import Sites
    from charging.sizing.pile_sites import Piles


def piles_of(layout: pl.DataFrame, sites: Sites) -> Piles:
    """Return the piles of each row of the sites in a layout; 0 where it has no such group."""
    columns = "station_id", "group_id", "piles"
    found = {(station, group): piles for station, group, piles in layout.select(columns).iter_rows()}
    return tuple(found.get(key, 0) for key in sites.layout.select("station_id", "group_id").iter_rows())
