"""The map of a county: roads, river, towns and stations in Cartesian km, so that nothing is fetched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl

from experiments.report.figures import styled
from experiments.report.guards import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

    Km = Callable[[float, float], tuple[float, float]]

_EARTH_KM = 6371.0088
_ROOM_SHARE = 0.15  # of the towns' extent, on each side of the map
_ROOM_KM = 3.0  # more, for the names of places at the edge


def county_map(
    county: County,
    layout: pl.DataFrame,
    stations: pl.DataFrame,
    names: PlaceNames,
    translate: Translate,
    *,
    river: bool = True,
) -> go.Figure:
    """Return roads, towns and charging stations (size: guns, colour: use) in km; LNG stations with the river."""
    lon0, lat0 = (float(county.towns[column].to_numpy().mean()) for column in ("lon", "lat"))

    def km(lon: float, lat: float) -> tuple[float, float]:
        scale = math.radians(1.0) * _EARTH_KM
        return (lon - lon0) * scale * math.cos(math.radians(lat0)), (lat - lat0) * scale

    nodes = {
        name: km(lon, lat)
        for table, key in (("towns", "town"), ("places", "place"), ("service_areas", "site"))
        for name, lon, lat in county.tables[table].select(key, "lon", "lat").iter_rows()
    }
    figure = go.Figure()
    links = county.road_links.select("from_node", "to_node").iter_rows()
    _roads(figure, [(nodes[start], nodes[end]) for start, end in links], translate("roads"))
    if river:
        _river(figure, county, km, translate("river"))
    _stations(figure, _used(layout, stations), km, names, translate)
    if river:
        _lng_stations(figure, county, km, names, translate("LNG stations"))
    towns = [km(lon, lat) for lon, lat in county.towns.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[x for x, _ in towns],
        y=[y - 1.2 for _, y in towns],  # below the stations of the town
        mode="text",
        text=[label(names.name("towns", town)) for town in county.towns["town"]],
        textposition="bottom center",
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(scaleanchor="x", title="km", range=_span([y for _, y in towns]))
    figure.update_xaxes(title="km", range=_span([x for x, _ in towns]))
    return styled(figure, height=600)


def _span(values: list[float]) -> list[float]:
    """Return a range with all values well inside: roads and river go on beyond the towns."""
    room = _ROOM_SHARE * (max(values) - min(values)) + _ROOM_KM
    return [min(values) - room, max(values) + room]


def _roads(figure: go.Figure, links: list[tuple[tuple[float, float], tuple[float, float]]], name: str) -> None:
    """Draw road links as one trace; a gap follows each."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in links:
        xs += [start[0], end[0], None]
        ys += [start[1], end[1], None]
    line = {"color": "#c9c9c9", "width": 1.5}
    figure.add_scatter(x=xs, y=ys, mode="lines", name=name, line=line, hoverinfo="skip")


def _river(figure: go.Figure, county: County, km: Km, name: str) -> None:
    """Draw the river where its nodes have coordinates."""
    inside = county.river_nodes.filter(pl.col("chainage_km").is_between(0.0, 250.0)).drop_nulls("lon")
    points = [km(lon, lat) for lon, lat in inside.select("lon", "lat").iter_rows()]
    if not points:
        return
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        name=name,
        line={"color": "#74a9cf", "width": 6, "shape": "spline"},
        hoverinfo="skip",
    )


def _used(layout: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """Return one row per station with coordinates: guns and their use, mean over replications."""
    where = layout.group_by("station_id", maintain_order=True).agg(pl.col("lon", "lat").first()).drop_nulls()
    mean = stations.group_by("station_id").agg(pl.col("guns").first(), pl.col("gun_utilisation_share").mean())
    return where.join(mean, on="station_id", how="inner", maintain_order="left").with_columns(
        pl.col("gun_utilisation_share").fill_null(0.0)
    )


def _stations(figure: go.Figure, table: pl.DataFrame, km: Km, names: PlaceNames, translate: Translate) -> None:
    """Draw charging stations."""
    points = [km(lon, lat) for lon, lat in table.select("lon", "lat").iter_rows()]
    said = translate("{station}: {guns} guns, in use {use:.1%} of the time")
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="markers",
        name=translate("charging stations"),
        marker={
            "size": [6 + 2.2 * math.sqrt(guns) for guns in table["guns"]],  # the area grows with the guns
            "color": [100 * share for share in table["gun_utilisation_share"]],
            "colorscale": "YlOrRd",
            "cmin": 0,
            "colorbar": {"title": {"text": translate("guns in use, %"), "side": "right"}, "thickness": 12},
            "line": {"color": "#555", "width": 0.5},
        },
        text=[
            label(said.format(station=names.station(station), guns=guns, use=share))
            for station, guns, share in table.select("station_id", "guns", "gun_utilisation_share").iter_rows()
        ],
        hoverinfo="text",
    )


def _lng_stations(figure: go.Figure, county: County, km: Km, names: PlaceNames, name: str) -> None:
    """Draw the LNG stations of the county."""
    nodes = county.river_nodes.select("node", "lon", "lat")
    table = county.lng_stations.filter("in_county").join(nodes, on="node", maintain_order="left")
    points = [km(lon, lat) for lon, lat in table.select("lon", "lat").iter_rows()]
    if not points:
        return
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="markers",
        name=name,
        marker={"symbol": "diamond", "size": 14, "color": "#7b2cbf"},
        text=[label(names.name("lng_stations", station)) for station in table["station"]],
        hoverinfo="text",
    )
