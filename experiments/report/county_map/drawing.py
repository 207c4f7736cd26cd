"""The map of a county: what it is drawn from, and what the page plays on it."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

from experiments.report.county_map import map_layers, places_drawn
from experiments.report.county_map.map_cards import station_cards, town_cards
from experiments.report.county_map.map_day import played_day
from experiments.report.county_map.plane import Plane, spread
from experiments.report.figures import styled
from experiments.report.guards import label
from experiments.report.plots.plain_figure import PlainFigure

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from experiments.report.county_map.places_drawn import Ground
    from experiments.report.county_map.plane import Point
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames
    from experiments.runs.tables import Run

HEIGHT_PX: Final = 640
NEUTRAL: Final = "#dfe6e2"
"""Colour of symbols that the layer does not speak of."""
BAR: Final = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "thickness": 10, "len": 0.5, "outlinewidth": 0}
"""Where the scale stands: above the map, so that a narrow page loses no width."""


def county_map(
    county: County,
    layout: pl.DataFrame,
    stations: pl.DataFrame,
    names: PlaceNames,
    translate: Translate,
    *,
    river: bool = True,
    homes: pl.DataFrame | None = None,
) -> PlainFigure:
    """Return the map of a county, in km east and north of the middle of its towns.

    Parameters
    ----------
    county : data.County
        Its border, towns, roads and river.
    layout, stations : polars.DataFrame
        Run tables; the symbols of stations grow with their guns, their colour is the use of the guns. Stations at one
        place are drawn around it.
    names : PlaceNames
        Names in the language.
    translate : Translate
        Into the language.
    river : bool
        Whether the river is drawn, with its terminals and LNG stations.
    homes : polars.DataFrame, optional
        Run table: villages are drawn, hidden until their layer is chosen.
    """
    ground = places_drawn.Ground(county, Plane.of(county), names, translate)
    figure = PlainFigure()
    places_drawn.draw_outline(figure, ground)
    _draw_towns(figure, ground)
    places_drawn.draw_roads(figure, ground)
    if river:
        places_drawn.draw_river(figure, ground)
    if homes is not None and homes.height:
        _draw_homes(figure, homes, ground)
    symbols = _draw_stations(figure, map_layers.stations_on_map(county, layout, stations), ground)
    if river:
        places_drawn.draw_lng_stations(figure, ground)
    places_drawn.draw_names(figure, ground, symbols)
    places_drawn.draw_scale(figure, ground)
    # a km is as long up as to the right, whatever the width of the page
    figure.update_yaxes(scaleanchor="x", constrain="domain", range=list(ground.plane.y_range), visible=False)
    figure.update_xaxes(constrain="domain", range=list(ground.plane.x_range), visible=False)
    styled(figure, height=HEIGHT_PX)
    return figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"y": -0.01})


def map_payload(run: Run, names: PlaceNames, translate: Translate, *, river: bool) -> dict[str, Any]:
    """Return what the page needs to change the map: layers, the day that is played, and a card per station and town."""
    county, tables = run.county, run.tables
    shown = map_layers.stations_on_map(county, tables["layout"], tables["stations"])
    stations = shown["station_id"].to_list()
    lng = places_drawn.at_nodes(county, "lng_stations")["station"].to_list() if river else []
    layers = [
        *map_layers.station_layers(shown, translate),
        map_layers.home_layer(tables["homes"], translate) if "homes" in tables else None,
        map_layers.grid_layer(county, tables["grid"], translate),
    ]
    day = played_day(tables, stations, lng, run.scenario.days, translate)
    return {
        "scale": map_layers.SCALE,
        "neutral": NEUTRAL,
        "bar": BAR,
        "layers": [layer.payload() for layer in layers if layer is not None],
        "day": None if day is None else day | {"date": str(run.scenario.start + dt.timedelta(days=day["day"]))},
        "guns": shown["guns"].to_list(),
        "names": [names.station(station) for station in stations],
        "lng": [names.name("lng_stations", station) for station in lng],
        "cards": {
            "stations": station_cards(shown, run.scenario.days, names, translate),
            "towns": town_cards(county, tables, names, translate),
        },
    }


def _draw_towns(figure: PlainFigure, ground: Ground) -> None:
    """Draw the towns; the area of a symbol grows with the residents."""
    towns = ground.county.towns
    points = [ground.plane.km(lon, lat) for lon, lat in towns.select("lon", "lat").iter_rows()]
    said = ground.translate("{town}: {residents:,.0f} residents")
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="markers",
        name=ground.translate("towns"),
        marker={
            "size": places_drawn.town_sizes_px(ground.county),
            "color": NEUTRAL,
            "line": {"color": "#9fb0a8", "width": 1},
            "opacity": 0.85,
        },
        text=[
            label(said.format(town=ground.names.name("towns", town), residents=residents))
            for town, residents in towns.select("town", "residents").iter_rows()
        ],
        hoverinfo="text",
        meta=map_layers.TOWNS,
    )


def _draw_homes(figure: PlainFigure, homes: pl.DataFrame, ground: Ground) -> None:
    """Draw the villages, which the page shows when it colours them."""
    points = [ground.plane.km(lon, lat) for lon, lat in homes.select("lon", "lat").iter_rows()]
    most = float(homes["residents"].to_numpy().max())
    figure.add_scatter(
        x=[round(x, 2) for x, _ in points],
        y=[round(y, 2) for _, y in points],
        mode="markers",
        name=ground.translate("villages"),
        marker={
            "size": [round(4.0 + 14.0 * math.sqrt(people / most), 1) for people in homes["residents"]],
            "color": NEUTRAL,
            "line": {"color": "#777", "width": 0.5},
        },
        hoverinfo="skip",
        visible=False,
        showlegend=False,
        meta=map_layers.HOMES,
    )


def _draw_stations(figure: PlainFigure, table: pl.DataFrame, ground: Ground) -> list[tuple[Point, float]]:
    """Draw charging stations by the use of their guns; return where they are drawn, with their radius in pixels."""
    plane, translate = ground.plane, ground.translate
    points = spread([plane.km(lon, lat) for lon, lat in table.select("lon", "lat").iter_rows()], plane.apart_km)
    said = translate("{station}: {guns} guns, in use {use:.1%} of the time")
    layer = map_layers.station_layers(table, translate)[0]
    sizes = [6 + 2.2 * math.sqrt(guns) for guns in table["guns"]]  # the area grows with the guns
    figure.add_scatter(
        x=[round(x, 3) for x, _ in points],
        y=[round(y, 3) for _, y in points],
        mode="markers",
        name=translate("charging stations"),
        marker={
            "size": sizes,
            "color": layer.values,
            "colorscale": map_layers.SCALE,
            "cmin": layer.low,
            "cmax": layer.high,
            "colorbar": BAR | {"title": {"text": layer.title, "side": "top"}},
            "showscale": True,
            "line": {"color": "#555", "width": 0.5},
        },
        text=[
            label(said.format(station=ground.names.station(station), guns=guns, use=use / 100.0))
            for station, guns, use in table.select("station_id", "guns", "use_percent").iter_rows()
        ],
        hoverinfo="text",
        meta=map_layers.STATIONS,
    )
    return [(point, size / 2.0) for point, size in zip(points, sizes, strict=True)]
