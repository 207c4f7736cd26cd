"""Figures of the report: frames in, plotly figures out. Maps are Cartesian in km, so nothing is fetched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
import polars as pl

from charging import load_by_hour

if TYPE_CHECKING:
    from data.county import County

_PALETTE = ("#1f6f8b", "#e07a5f", "#81b29a", "#f2cc8f", "#3d405b", "#9c6644", "#7b2cbf", "#6c757d")
_EARTH_KM = 6371.0088


def styled(figure: go.Figure, *, height: int = 380, **layout: Any) -> go.Figure:  # noqa: ANN401 - plotly's layout keys
    """Return the figure in the report's style."""
    figure.update_layout(
        template="plotly_white",
        colorway=list(_PALETTE),
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        legend={"orientation": "h", "y": 1.12, "x": 0},
        font={"family": "system-ui, sans-serif", "size": 13},
        **layout,
    )
    return figure


def county_map(county: County, layout: pl.DataFrame, stations: pl.DataFrame, word: dict[str, str]) -> go.Figure:
    """Return roads, river, towns, charging stations (size: guns, colour: use) and LNG stations in km."""
    lon0, lat0 = (float(county.towns[column].to_numpy().mean()) for column in ("lon", "lat"))

    def km(lon: float, lat: float) -> tuple[float, float]:
        scale = math.radians(1.0) * _EARTH_KM
        return (lon - lon0) * scale * math.cos(math.radians(lat0)), (lat - lat0) * scale

    nodes = {
        name: km(lon, lat)
        for table, key in (("towns", "town"), ("places", "place"), ("service_areas", "site"))
        for name, lon, lat in getattr(county, table).select(key, "lon", "lat").iter_rows()
    }
    figure = go.Figure()
    _lines(
        figure, [(nodes[a], nodes[b]) for a, b in county.road_links.select("from_node", "to_node").iter_rows()], word
    )
    inside = county.river_nodes.filter(pl.col("chainage_km").is_between(0.0, 250.0)).drop_nulls("lon")
    river = [km(lon, lat) for lon, lat in inside.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[point[0] for point in river],
        y=[point[1] for point in river],
        mode="lines",
        name=word["water"],
        line={"color": "#74a9cf", "width": 6, "shape": "spline"},
        hoverinfo="skip",
    )
    _stations(figure, layout, stations, km, word)
    lng = county.lng_stations.join(county.river_nodes.select("node", "lon", "lat"), on="node").filter("in_county")
    at = [km(lon, lat) for lon, lat in lng.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[point[0] for point in at],
        y=[point[1] for point in at],
        mode="markers",
        name=word["lng"],
        marker={"symbol": "diamond", "size": 14, "color": "#7b2cbf"},
        text=lng["name_en"].to_list(),
        hoverinfo="text",
    )
    towns = [km(lon, lat) for lon, lat in county.towns.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[point[0] for point in towns],
        y=[point[1] - 1.2 for point in towns],
        mode="text",
        text=county.towns.select(pl.coalesce("name_zh" if word["town"] != "towns" else "name_en", "town"))
        .to_series()
        .to_list(),
        textposition="bottom center",
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(scaleanchor="x", title="km", range=[-22, 28])
    figure.update_xaxes(title="km", range=[-42, 42])
    return styled(figure, height=600)


def _lines(
    figure: go.Figure, links: list[tuple[tuple[float, float], tuple[float, float]]], word: dict[str, str]
) -> None:
    """Draw road links as one trace."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in links:
        xs += [start[0], end[0], None]
        ys += [start[1], end[1], None]
    line = {"color": "#c9c9c9", "width": 1.5}
    figure.add_scatter(x=xs, y=ys, mode="lines", name=word["road"], line=line, hoverinfo="skip")


def _stations(figure: go.Figure, layout: pl.DataFrame, stations: pl.DataFrame, km: Any, word: dict[str, str]) -> None:  # noqa: ANN401
    """Draw charging stations."""
    where = layout.group_by("station_id", maintain_order=True).agg(pl.col("lon", "lat").first()).drop_nulls()
    mean = stations.group_by("station_id").agg(
        pl.col("guns").first(), pl.col("gun_utilisation_share").mean(), pl.col("wait_p95_min").mean()
    )
    table = where.join(mean, on="station_id", how="inner", maintain_order="left")
    at = [km(lon, lat) for lon, lat in table.select("lon", "lat").iter_rows()]
    figure.add_scatter(
        x=[point[0] for point in at],
        y=[point[1] for point in at],
        mode="markers",
        name=word["stations"],
        marker={
            "size": [6 + 2.2 * math.sqrt(guns) for guns in table["guns"]],
            "color": [100 * share for share in table["gun_utilisation_share"]],
            "colorscale": "YlOrRd",
            "cmin": 0,
            "colorbar": {"title": {"text": f"{word['use']}, %", "side": "right"}, "thickness": 12},
            "line": {"color": "#555", "width": 0.5},
        },
        text=[
            f"{row['station_id']}: {row['guns']} guns, {100 * row['gun_utilisation_share']:.1f} %"
            for row in table.iter_rows(named=True)
        ],
        hoverinfo="text",
    )


def carbon_by_hour(sessions: pl.DataFrame, load: pl.DataFrame, days: int, word: dict[str, str]) -> go.Figure:
    """Return bars of the carbon of charging by hour of the day, mean over days and replications."""
    metered = math.fsum(sessions["meter_kwh"].to_list())
    factor = math.fsum(sessions["kgco2"].to_list()) / metered if metered else 0.0
    table = load_by_hour(load, kgco2_per_kwh=factor / (days * max(1, sessions["replication"].n_unique())))
    figure = go.Figure(go.Bar(x=table["hour"].to_list(), y=table["kgco2"].to_list(), marker={"color": "#6a8caf"}))
    figure.update_yaxes(title=word["kgco2_day"], rangemode="tozero").update_xaxes(title=word["hour"], dtick=2)
    return styled(figure, height=320)


def interval_bars(table: pl.DataFrame, place: str, value: str, title: str, *, percent: bool = False) -> go.Figure:
    """Return bars of the mean over replications with whiskers from the lowest to the highest replication."""
    factor = 100.0 if percent else 1.0
    mean = pl.col(value).mean() * factor
    rows = (
        table.group_by(place, maintain_order=True)
        .agg(
            mean.alias("mean"),
            (pl.col(value).min() * factor).alias("low"),
            (pl.col(value).max() * factor).alias("high"),
        )
        .with_columns(pl.col("mean", "low", "high").fill_null(0.0))
    )
    error = {
        "type": "data",
        "symmetric": False,
        "array": (rows["high"] - rows["mean"]).to_list(),
        "arrayminus": (rows["mean"] - rows["low"]).to_list(),
        "color": "#555",
    }
    figure = go.Figure(go.Bar(x=rows[place].to_list(), y=rows["mean"].to_list(), error_y=error))
    figure.update_yaxes(title=title + (", %" if percent else ""), rangemode="tozero")
    return styled(figure, height=320)


def county_load(load: pl.DataFrame, stations: pl.DataFrame, days: int, word: dict[str, str]) -> go.Figure:
    """Return the mean load over replications, towns and service areas stacked."""
    runs = max(1, load["replication"].n_unique())
    kind = stations.select("station_id", kind=pl.col("site").is_not_null()).unique()
    rows = (
        load.filter(pl.col("start_min") < days * 1440.0)
        .join(kind, on="station_id")
        .group_by("kind", "start_min")
        .agg(kw=pl.col("mean_kw").sum() / runs)
        .sort("kind", "start_min")
    )
    figure = go.Figure()
    grid = pl.DataFrame({"start_min": [15.0 * step for step in range(days * 96)]})
    for site, name in ((False, word["town"]), (True, word["site"])):
        part = grid.join(rows.filter(pl.col("kind") == site), on="start_min", how="left", maintain_order="left")
        figure.add_scatter(
            x=(part["start_min"] / 1440.0).to_list(),
            y=part["kw"].fill_null(0.0).to_list(),
            name=name,
            stackgroup="load",
            mode="lines",
            line={"width": 0.5},
        )
    figure.update_xaxes(title=word["day"])
    figure.update_yaxes(title=word["power"])
    return styled(figure)


def tank_levels(tanks: pl.DataFrame, word: dict[str, str]) -> go.Figure:
    """Return tank levels over time: the first replication in full, some others faint."""
    figure = go.Figure()
    for number, station in enumerate(tanks["station"].unique(maintain_order=True)):
        colour = _PALETTE[number % len(_PALETTE)]
        for replication in tanks["replication"].unique().sort()[:6]:
            part = tanks.filter((pl.col("station") == station) & (pl.col("replication") == replication))
            first = replication == tanks["replication"].min()
            figure.add_scatter(
                x=(part["time_min"] / 1440.0).to_list(),
                y=part["level_m3"].to_list(),
                name=station,
                legendgroup=station,
                showlegend=bool(first),
                opacity=1.0 if first else 0.2,
                mode="lines",
                line={"shape": "hv", "color": colour, "width": 2 if first else 1},
            )
    figure.update_xaxes(title=word["day"])
    figure.update_yaxes(title=word["tank"], rangemode="tozero")
    return styled(figure)


def carbon_bars(carbon: pl.DataFrame, word: dict[str, str]) -> go.Figure:
    """Return intensities by boundary and series in each year, moving grid factor."""
    rows = carbon.filter(pl.col("grid") == "moving").sort("mode", "boundary", "series", "year")
    figure = go.Figure()
    for year in rows["year"].unique().sort():
        part = rows.filter(pl.col("year") == year)
        figure.add_bar(
            x=[part["boundary"].to_list(), part["series"].to_list()],
            y=part["intensity_g_per_tkm"].to_list(),
            name=str(year),
        )
    figure.update_yaxes(title=word["gram"])
    return styled(figure, barmode="group")


def stock_area(stock: pl.DataFrame, word: dict[str, str]) -> go.Figure:
    """Return private cars by power over the years."""
    figure = go.Figure()
    cars = stock.filter(pl.col("vehicle_class") == "private_car")
    for power in cars["power"].unique().sort():
        part = cars.filter(pl.col("power") == power).sort("year")
        figure.add_scatter(
            x=part["year"].to_list(), y=part["vehicles"].to_list(), name=power, stackgroup="cars", mode="lines"
        )
    figure.update_yaxes(title=word["vehicles"])
    return styled(figure)


def petroleum_line(petroleum: pl.DataFrame, word: dict[str, str]) -> go.Figure:
    """Return petrol and diesel by year."""
    figure = go.Figure()
    for fuel in ("petrol_t", "diesel_t"):
        figure.add_scatter(
            x=petroleum["year"].to_list(),
            y=petroleum[fuel].to_list(),
            name=fuel.removesuffix("_t"),
            stackgroup="oil",
            mode="lines",
        )
    figure.update_yaxes(title=word["tonnes"])
    return styled(figure)
