"""Plots of the report: frames in, plotly figures out. Labels that come from data are escaped."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import polars as pl

from charging import load_by_hour
from data.arrays import DAY_MIN
from experiments.report.guards import label
from experiments.report.words.labels import code
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

PALETTE = ("#1f6f8b", "#e07a5f", "#81b29a", "#f2cc8f", "#3d405b", "#9c6644", "#7b2cbf", "#6c757d")

_DIGITS: Final = 1  # of a kW or m3: more cannot be seen, and each digit is a byte per point of the page

MODE_BAR: Final = (
    "Download plot as a PNG",
    "Zoom",
    "Pan",
    "Zoom in",
    "Zoom out",
    "Autoscale",
    "Reset axes",
    "Box Select",
    "Lasso Select",
)
"""Words of plotly's buttons."""


def styled(figure: go.Figure, *, height: int = 380, **layout: Any) -> go.Figure:  # noqa: ANN401 - plotly's layout keys
    """Return the figure in the report's style."""
    figure.update_layout(
        template="plotly_white",
        colorway=list(PALETTE),
        height=height,
        margin={"l": 50, "r": 16, "t": 20, "b": 50},
        # below the axis, out of the way of the buttons on narrow screens too
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        # the page's own colours show through, in the dark too
        modebar={"bgcolor": "rgba(0,0,0,0)"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
        **layout,
    )
    return figure


def carbon_by_hour(sessions: pl.DataFrame, load: pl.DataFrame, days: int, translate: Translate) -> go.Figure:
    """Return bars of the carbon of charging by hour of the day, mean over days and replications."""
    # the series itself, not a list of it: a thousand replications have millions of sessions
    metered = math.fsum(sessions["meter_kwh"])
    factor = math.fsum(sessions["kgco2"]) / metered if metered else 0.0
    table = load_by_hour(load, kgco2_per_kwh=factor / (days * max(1, sessions["replication"].n_unique())))
    figure = go.Figure(go.Bar(x=table["hour"].to_list(), y=table["kgco2"].to_list(), marker={"color": "#6a8caf"}))
    figure.update_yaxes(title=translate("kg CO2 a day"), rangemode="tozero").update_xaxes(
        title=translate("hour of the day"), dtick=2
    )
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
    # lying, so that names of any length stand beside their bar; the first on top
    bars = go.Bar(y=[label(name) for name in rows[place]], x=rows["mean"].to_list(), error_x=error, orientation="h")
    figure = go.Figure(bars)
    figure.update_xaxes(title=title, rangemode="tozero")
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return styled(figure, height=90 + 24 * rows.height)


def county_load(
    load: pl.DataFrame,
    stations: pl.DataFrame,
    days: int,
    interval_min: float,
    translate: Translate,
    *,
    start: dt.date | None = None,
) -> go.Figure:
    """Return the mean load over replications, towns and service areas stacked; each interval is a step.

    The axis has dates and hours from `start` on; days of the run where it is not given.
    """
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
    steps = math.ceil(days * 1440.0 / interval_min)
    # by multiplication, as the load's own edges
    grid = pl.DataFrame({"start_min": [interval_min * step for step in range(steps)]})
    for site, name in ((False, translate("towns")), (True, translate("service areas"))):
        if not (kind["kind"] == site).any():
            continue
        part = grid.join(rows.filter(pl.col("kind") == site), on="start_min", how="left", maintain_order="left")
        figure.add_scatter(
            x=(part["start_min"] / DAY_MIN).to_list() if start is None else _times(part["start_min"], start),
            y=part["kw"].fill_null(0.0).to_list(),
            name=name,
            stackgroup="load",
            mode="lines",
            # steps: the area under them is the energy
            line={"width": 0.5, "shape": "hv"},
        )
    figure.update_xaxes(title=translate("day of the run") if start is None else None)
    if start is not None:
        figure.update_xaxes(tickformat="%m-%d<br>%H:%M", hoverformat="%Y-%m-%d %H:%M")
    figure.update_yaxes(title=translate("mean power, kW"))
    return styled(figure)


def _times(start_min: pl.Series, start: dt.date) -> list[str]:
    """Return minutes of the run as dates with their hour."""
    first = dt.datetime.combine(start, dt.time())
    return [(first + dt.timedelta(minutes=minute)).isoformat(" ") for minute in start_min]


def town_day(load: pl.DataFrame, days: int, names: PlaceNames, translate: Translate) -> go.Figure:
    """Return the load of a day by part, stacked, with the capacity above it: all towns, and each town by choice.

    Means over days and replications; what is charged after the last day stands in no day.
    """
    runs = days * max(1, load["replication"].n_unique())
    parts = {name: f"{name}_kw" for name in ("base", "home", "depot", "work", "public", "swap")}
    rows = (
        load.filter(pl.col("start_min") < days * DAY_MIN, pl.col("base_kw").is_not_null())
        .group_by("town", minute=pl.col("start_min") % DAY_MIN)
        .agg((pl.col(*parts.values()).sort().sum() / runs), pl.col("capacity_kw").first())
        .sort("town", "minute")
    )
    together = rows.group_by("minute").agg(pl.col(*parts.values(), "capacity_kw").sort().sum()).sort("minute")
    # a site outside the towns has no other users and its own connection
    towns = [town for (town,), part in rows.group_by("town", maintain_order=True) if part["base_kw"].max() > 0.0]  # type: ignore[operator]  # a number
    views = [(translate("all towns"), together)]
    views += [(label(names.place(town)), rows.filter(pl.col("town") == town)) for town in towns]
    figure = go.Figure()
    for number, (_, table) in enumerate(views):
        hours = (table["minute"] / 60.0).to_list()
        for kind, column in parts.items():
            figure.add_scatter(
                x=hours,
                y=table[column].round(_DIGITS).to_list(),
                name=code(f"load_{kind}", translate),
                stackgroup=f"view{number}",
                mode="lines",
                line={"width": 0.5, "shape": "hv"},
                visible=number == 0,
            )
        figure.add_scatter(
            x=hours,
            y=table["capacity_kw"].to_list(),
            name=translate("capacity"),
            mode="lines",
            line={"color": "#333", "dash": "dash"},
            visible=number == 0,
        )
    lines = len(parts) + 1
    buttons = [
        {
            "label": name,
            "method": "restyle",
            "args": ["visible", [at // lines == number for at in range(lines * len(views))]],
        }
        for number, (name, _) in enumerate(views)
    ]
    menu = {"buttons": buttons, "x": 1.0, "xanchor": "right", "y": 1.3, "yanchor": "top"}
    figure.update_xaxes(title=translate("hour of the day"), dtick=2)
    figure.update_yaxes(title=translate("mean power, kW"), rangemode="tozero")
    return styled(figure, height=440, updatemenus=[menu])


def tank_levels(tanks: pl.DataFrame, names: PlaceNames, translate: Translate) -> go.Figure:
    """Return tank levels over time: the first replication in full, some others faint."""
    figure = go.Figure()
    for number, station in enumerate(tanks["station"].unique(maintain_order=True)):
        colour = PALETTE[number % len(PALETTE)]
        for replication in tanks["replication"].unique().sort()[:6]:
            part = tanks.filter((pl.col("station") == station) & (pl.col("replication") == replication))
            first = replication == tanks["replication"].min()
            figure.add_scatter(
                x=(part["time_min"] / DAY_MIN).round(4).to_list(),
                y=part["level_m3"].round(_DIGITS).to_list(),
                name=label(names.name("lng_stations", station)),
                legendgroup=station,
                showlegend=bool(first),
                opacity=1.0 if first else 0.2,
                mode="lines",
                line={"shape": "hv", "color": colour, "width": 2 if first else 1},
            )
    figure.update_xaxes(title=translate("day of the run"))
    figure.update_yaxes(title=translate("tank level, m³"), rangemode="tozero")
    return styled(figure)


def carbon_bars(carbon: pl.DataFrame, translate: Translate) -> go.Figure:
    """Return intensities by boundary and series in each year, with the grid of the base year."""
    rows = carbon.filter(pl.col("grid") == HEADLINE_GRID).sort("mode", "boundary", "series", "year")
    figure = go.Figure()
    for year in rows["year"].unique().sort():
        part = rows.filter(pl.col("year") == year)
        figure.add_bar(
            x=[[label(code(name, translate)) for name in part["boundary"]], part["series"].to_list()],
            y=part["intensity_g_per_tkm"].to_list(),
            name=str(year),
        )
    figure.update_yaxes(title=translate("g per t·km"))
    return styled(figure, barmode="group")


def stock_area(cars: pl.DataFrame, translate: Translate) -> go.Figure:
    """Return the cars of households by power over the years."""
    figure = go.Figure()
    for power in cars["power"].unique().sort():
        part = cars.filter(pl.col("power") == power).sort("year")
        figure.add_scatter(
            x=part["year"].to_list(),
            y=part["vehicles"].to_list(),
            name=label(code(power, translate)),
            stackgroup="cars",
            mode="lines",
        )
    figure.update_yaxes(title=translate("vehicles"))
    return styled(figure)
