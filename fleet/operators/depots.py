"""Where the depots of operators stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.tables.distances import great_circle_m

if TYPE_CHECKING:
    from data.county import County

DEPOT: Final = "depot"
"""Name of the depot among the places of a plan."""


def depot_place(county: County, operator: dict[str, Any]) -> pl.DataFrame:
    """Return the depot of an operator as a place: ``place, town, lon, lat``; `town` null where it is none."""
    where = operator["depot"]
    town = county.towns.filter(pl.col("town") == where)
    if town.height:
        row = (DEPOT, where, town["lon"][0], town["lat"][0])
    else:
        place = county.places.filter(pl.col("place") == where)
        row = (DEPOT, None, place["lon"][0], place["lat"][0])
    kinds = {"place": pl.String, "town": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    return pl.DataFrame([row], schema=kinds, orient="row")


def depot_town(county: County, operator: dict[str, Any]) -> str:
    """Return the town of an operator's depot: the nearest one where the depot is a place of its own."""
    place, towns = depot_place(county, operator), county.towns
    if place["town"][0] is not None:
        return str(place["town"][0])
    here = (np.full(towns.height, place["lat"][0]), np.full(towns.height, place["lon"][0]))
    away = great_circle_m(towns["lat"].to_numpy(), towns["lon"].to_numpy(), *here)
    return str(towns["town"][int(away.argmin())])
