"""Where the depots of operators stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.memory.remembering import remembered
from data.roads.graph import node_rows
from data.roads.nearest_town import nearest_towns

if TYPE_CHECKING:
    from data.county import County

DEPOT: Final = "depot"
"""Name of the depot among the places of a plan."""


def depot_place(county: County, operator: dict[str, Any]) -> pl.DataFrame:
    """Return the depot of an operator as a place: ``place, town, lon, lat``; `town` null where it is none."""
    where = operator["depot"]
    node = node_rows(county)[where][0]
    row = (DEPOT, where if node["table"] == "towns" else None, node["x"], node["y"])
    kinds = {"place": pl.String, "town": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    return pl.DataFrame([row], schema=kinds, orient="row")


def depot_town(county: County, operator: dict[str, Any]) -> str:
    """Return the town of an operator's depot: the nearest one by road where the depot is no town itself."""
    # of the operator its depot alone decides
    return remembered(county, ("depot_town", operator["depot"]), lambda watched: _town(watched, operator))


def _town(county: County, operator: dict[str, Any]) -> str:
    """Return the town of an operator's depot, looked up anew."""
    place = depot_place(county, operator)
    if place["town"][0] is not None:
        return str(place["town"][0])
    # a node of the road graph: some road leads to it
    return str(nearest_towns(county, place.select("lon", "lat", station_id="place"))["town"][0])
