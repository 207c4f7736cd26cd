"""Ways of heavy trucks: they drive as others do, to stations that they can enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK = "@trucks"


def truck_origin(town: str) -> str:
    """Name the heavy trucks of a town as an origin, such as ``decheng@trucks``."""
    return town + _MARK


def truck_stations(places: pl.DataFrame) -> list[str]:
    """Return the stations that heavy trucks can enter.

    Those with ``truck_access``; all, where no row of the table says anything about it.
    """
    named = places.select("station_id").to_series().unique(maintain_order=True).to_list()
    if "truck_access" not in places.columns or places["truck_access"].null_count() == places.height:
        return named
    return (
        places.filter(pl.col("truck_access").fill_null(value=False))["station_id"].unique(maintain_order=True).to_list()
    )


def with_truck_ways(travel: pl.DataFrame, towns: Sequence[str], places: pl.DataFrame) -> pl.DataFrame:
    """Return a travel table with the ways of heavy trucks from towns to the stations that they can enter.

    Parameters
    ----------
    travel
        ``origin, station_id, minutes, km`` from towns and other origins; ways of trucks in it are replaced.
    towns
        Origins of the trucks; those that the table does not know are left out.
    places
        Rows with ``station_id`` and, where known, ``truck_access``, such as a charging layout.

    Returns
    -------
    polars.DataFrame
        Sorted by origin and station. A town from which trucks reach no station has one row, with itself and no way: a
        simulation then knows the origin, and that its drivers find no station in reach.
    """
    others = travel.filter(~pl.col("origin").str.ends_with(_MARK))
    known = others.filter(pl.col("origin").is_in(list(towns)))
    named = known.with_columns(origin=pl.col("origin") + _MARK)
    ways = named.filter(pl.col("station_id").is_in(truck_stations(places)))
    cut_off = named.select("origin").unique().join(ways, on="origin", how="anti")
    alone = cut_off.select("origin", station_id="origin", minutes=pl.lit(0.0), km=pl.lit(0.0))
    return pl.concat([others, ways, alone]).sort("origin", "station_id")
