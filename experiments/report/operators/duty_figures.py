"""Plots of operators' fleets: duties as bars over the day, load of depots, routes in the plane of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from experiments.report.county_map.plane import Plane
from experiments.report.figures import PALETTE, styled
from experiments.report.guards import label
from experiments.report.plots.plain_figure import PlainFigure

if TYPE_CHECKING:
    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

_SERVICE: Final = ("trip", "delivery")
"""Legs with passengers or parcels; the others are ways without."""
_COLOURS: Final = {"service": "#1f6f8b", "empty": "#c9b79c", "charge": "#81b29a"}
MOST_ROWS: Final = 80
"""Duties that are drawn in a plot, evenly from all: more are thinner than a line of the page."""
_HOUR: Final = 60.0


def duty_bars(duties: pl.DataFrame, translate: Translate) -> PlainFigure:
    """Return duties as bars over the hours of the day, a row each, by operator the first to leave on top.

    Of more than `MOST_ROWS` duties every so many-th is drawn, so that all operators and hours are seen.

    Parameters
    ----------
    duties
        Rows of some operators of the run table ``duties``, of one kind of day.
    translate
        Into the language of the page.
    """
    order = {name: number for number, name in enumerate(duties["operator"].unique(maintain_order=True))}
    first = duties.group_by("operator", "duty").agg(pl.col("start_min").min().alias("leaves"))
    first = first.sort(pl.col("operator").replace_strict(order, return_dtype=pl.Int64), "leaves", "duty")
    shown = np.unique(np.linspace(0, first.height - 1, min(MOST_ROWS, first.height)).round().astype(np.int64))
    rows = first[shown].with_row_index("row", offset=1).cast({"row": pl.Int64}).drop("leaves")
    legs = duties.join(rows, on=["operator", "duty"]).sort("row", "leg")
    service = pl.col("activity").is_in(list(_SERVICE))
    ends = legs.select("row", start="end_min", end=pl.col("start_min").shift(-1).over("row"), kw="charger_kw")
    stays = ends.drop_nulls(["end", "kw"]).filter(pl.col("end") > pl.col("start"))
    parts = {
        "service": (legs.filter(service), translate("with passengers or parcels")),
        "empty": (legs.filter(~service), translate("empty")),
        "charge": (stays.rename({"start": "start_min", "end": "end_min"}), translate("at a charger")),
    }
    figure = PlainFigure()
    for kind, (table, name) in parts.items():
        hours = (table["end_min"] - table["start_min"]) / _HOUR
        figure.add_bar(
            y=table["row"].to_list(),
            x=hours.round(3).to_list(),
            base=(table["start_min"] / _HOUR).round(3).to_list(),
            orientation="h",
            name=name,
            marker={"color": _COLOURS[kind]},
        )
    figure.update_xaxes(title=translate("hour of the day"), dtick=2)
    figure.update_yaxes(title=translate("duty"), autorange="reversed")
    return styled(figure, height=130 + 9 * rows.height, barmode="overlay", bargap=0.25)


def depot_curves(loads: pl.DataFrame, names: PlaceNames, translate: Translate) -> PlainFigure:
    """Return the load of depots over the day, managed and (broken) as vehicles come; `loads` is ``depot_loads``."""
    figure = PlainFigure()
    lines = {"managed_kw": (translate("managed"), "solid"), "at_once_kw": (translate("charged as they come"), "dot")}
    for number, ((operator,), rows) in enumerate(loads.group_by("operator", maintain_order=True)):
        for column, (way, dash) in lines.items():
            figure.add_scatter(
                x=(rows["start_min"] / _HOUR).to_list(),
                y=rows[column].round(1).to_list(),
                name=f"{label(names.name('operators', str(operator)))}: {way}",
                mode="lines",
                line={"shape": "hv", "dash": dash, "color": PALETTE[number % len(PALETTE)], "width": 1.5},
            )
    figure.update_xaxes(title=translate("hour of the day"), dtick=2)
    figure.update_yaxes(title=translate("mean power, kW"), rangemode="tozero")
    return styled(figure, height=320)


def route_map(duties: pl.DataFrame, county: County, names: PlaceNames, translate: Translate) -> PlainFigure:
    """Return the ways of all operators in km, each leg as a line between its ends, with the towns."""
    plane = Plane.of(county)
    figure = PlainFigure()
    columns = ("from_lon", "from_lat", "to_lon", "to_lat")
    for (operator,), rows in duties.group_by("operator", maintain_order=True):
        x: list[float | None] = []
        y: list[float | None] = []
        for start_lon, start_lat, end_lon, end_lat in rows.select(columns).unique(maintain_order=True).iter_rows():
            start, end = plane.km(start_lon, start_lat), plane.km(end_lon, end_lat)
            x += [round(start[0], 2), round(end[0], 2), None]
            y += [round(start[1], 2), round(end[1], 2), None]
        name = label(names.name("operators", str(operator)))
        figure.add_scatter(x=x, y=y, mode="lines", name=name, line={"width": 1}, hoverinfo="name")
    towns = [plane.km(lon, lat) for lon, lat in county.towns.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[point[0] for point in towns],
        y=[point[1] for point in towns],
        text=[label(names.name("towns", town)) for town in county.towns["town"]],
        mode="markers+text",
        textposition="top center",
        name=translate("towns"),
        marker={"color": "#3d405b", "size": 6},
    )
    figure.update_xaxes(title=translate("km"), range=list(plane.x_range))
    figure.update_yaxes(title=translate("km"), range=list(plane.y_range), scaleanchor="x")
    return styled(figure, height=560)
