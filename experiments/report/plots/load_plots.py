"""Plots of loads: public charging over the run, a day of the towns' grids, carbon by hour."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from charging import load_by_hour
from data.arrays import DAY_MIN, HOURS
from experiments.report.figures import DIGITS, styled
from experiments.report.guards import label
from experiments.report.plots.plain_figure import PlainFigure
from experiments.report.words.labels import code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

_EXACT: Final = 2
"""Digits of a kW whose area is the energy of the run."""
_MS_PER_MIN: Final = 60_000.0
"""Plotly counts the steps of an axis of dates in milliseconds."""
_LAST_H: Final = 24.0
_BANDS: Final = {
    "valley": "rgba(46, 139, 87, 0.14)",
    "peak": "rgba(224, 122, 95, 0.16)",
    "sharp": "rgba(178, 58, 72, 0.26)",
}
"""Colours of the tariff's periods, cheap to dear."""


def carbon_by_hour(sessions: pl.DataFrame, load: pl.DataFrame, days: int, translate: Translate) -> PlainFigure:
    """Return bars of the carbon of charging by hour of the day, mean over days and replications."""
    # the series itself, not a list of it: a thousand replications have millions of sessions
    metered = math.fsum(sessions["meter_kwh"])
    factor = math.fsum(sessions["kgco2"]) / metered if metered else 0.0
    table = load_by_hour(load, kgco2_per_kwh=factor / (days * max(1, sessions["replication"].n_unique())))
    figure = PlainFigure().add_bar(
        x=table["hour"].to_list(), y=table["kgco2"].round(DIGITS).to_list(), marker={"color": "#6a8caf"}
    )
    figure.update_yaxes(title=translate("kg CO2 a day"), rangemode="tozero").update_xaxes(
        title=translate("hour of the day"), dtick=2
    )
    return styled(figure, height=320)


def county_load(
    load: pl.DataFrame,
    stations: pl.DataFrame,
    days: int,
    interval_min: float,
    translate: Translate,
    *,
    start: dt.date | None = None,
    bands: Sequence[Band] = (),
    connections_kw: float | None = None,
) -> PlainFigure:
    """Return the mean load over replications, towns and service areas stacked; each interval is a step.

    The axis has dates and hours from `start` on; days of the run where it is not given.

    Parameters
    ----------
    load, stations : polars.DataFrame
        Run tables.
    days, interval_min
        Of the run.
    translate : Translate
        Into the language.
    start : datetime.date, optional
        First day.
    bands : sequence of Band
        Hours of the tariff that are not flat, as `tariff_bands` returns them.
    connections_kw : float, optional
        What the connections of all stations carry together: a line that the legend shows, far above most loads.
    """
    runs = max(1, load["replication"].n_unique())
    kind = stations.select("station_id", kind=pl.col("site").is_not_null()).unique()
    rows = (
        load.filter(pl.col("start_min") < days * DAY_MIN)
        .join(kind, on="station_id")
        .group_by("kind", "start_min")
        .agg(kw=pl.col("mean_kw").sum() / runs)
        .sort("kind", "start_min")
    )
    figure = PlainFigure()
    steps = math.ceil(days * DAY_MIN / interval_min)
    # equal steps: first and width instead of a list
    along = _along(interval_min, start)
    # by multiplication, as the load's own edges
    grid = pl.DataFrame({"start_min": [interval_min * step for step in range(steps)]})
    for site, name in ((False, translate("towns")), (True, translate("service areas"))):
        if not (kind["kind"] == site).any():
            continue
        part = grid.join(rows.filter(pl.col("kind") == site), on="start_min", how="left", maintain_order="left")
        figure.add_scatter(
            **along,
            y=part["kw"].fill_null(0.0).round(_EXACT).to_list(),
            name=name,
            stackgroup="load",
            mode="lines",
            # steps: the area under them is the energy
            line={"width": 0.5, "shape": "hv"},
        )
    if connections_kw is not None:
        edge = grid["start_min"][-1] if steps else 0.0
        figure.add_scatter(
            x=_moments([0.0, edge], start),
            y=[connections_kw] * 2,
            name=translate("connections of all stations"),
            mode="lines",
            line={"color": "#333", "dash": "dash"},
            # on request: most loads are a small part of it
            visible="legendonly",
        )
    _draw_bands(figure, bands, start, translate)
    figure.update_xaxes(title=translate("day of the run") if start is None else None)
    if start is not None:
        figure.update_xaxes(type="date", tickformat="%m-%d<br>%H:%M", hoverformat="%Y-%m-%d %H:%M")
    figure.update_yaxes(title=translate("mean power, kW"))
    return styled(figure)


def _along(interval_min: float, start: dt.date | None) -> dict[str, Any]:
    """Return where equal steps lie on an axis of dates, or of days where no date is known."""
    if start is None:
        return {"x0": 0.0, "dx": interval_min / DAY_MIN}
    return {"x0": _moments([0.0], start)[0], "dx": interval_min * _MS_PER_MIN}


def _moments(minutes: Sequence[float], start: dt.date | None) -> list[Any]:
    """Return minutes of the run as dates with their hour, or as days where no date is known."""
    if start is None:
        return [minute / DAY_MIN for minute in minutes]
    first = dt.datetime.combine(start, dt.time())
    return [(first + dt.timedelta(minutes=minute)).isoformat(" ") for minute in minutes]


@dataclass(frozen=True, slots=True)
class Band:
    """Hours of one period of the tariff.

    Attributes
    ----------
    period : str
        ``valley``, ``peak`` or ``sharp``; flat hours have no band.
    begin_min, end_min : float
        From the run's first minute.
    """

    period: str
    begin_min: float
    end_min: float


def tariff_bands(tariff: pl.DataFrame, seasons: pl.DataFrame, start: dt.date, days: int) -> list[Band]:
    """Return the hours of a run that are not flat, neighbours of one period as one band.

    Parameters
    ----------
    tariff, seasons : polars.DataFrame
        Tables ``tariff_tou`` and ``tariff_seasons`` of the county.
    start : datetime.date
        First day.
    days : int
        Of the run.
    """
    period = {(season, hour): name for season, hour, name in tariff.select("season", "hour", "period").iter_rows()}
    season = dict(seasons.select("month", "season").iter_rows())
    hours = [
        period[season[(start + dt.timedelta(days=day)).month], hour] for day in range(days) for hour in range(HOURS)
    ]
    found = []
    for name, group in itertools.groupby(enumerate(hours), key=lambda one: one[1]):
        numbers = [number for number, _ in group]
        if name != "flat":
            found.append(Band(name, 60.0 * numbers[0], 60.0 * (numbers[-1] + 1)))
    return found


def _draw_bands(figure: PlainFigure, bands: Sequence[Band], start: dt.date | None, translate: Translate) -> None:
    """Draw the tariff behind the load, and its colours in the legend."""
    shapes = []
    for band in bands:
        begin, end = _moments([band.begin_min, band.end_min], start)
        shapes.append(
            {"type": "rect", "xref": "x", "yref": "paper", "x0": begin, "x1": end, "y0": 0, "y1": 1, "layer": "below"}
            | {"fillcolor": _BANDS[band.period], "line": {"width": 0}}
        )
    figure.update_layout(shapes=shapes)
    for period, colour in _BANDS.items():
        if any(band.period == period for band in bands):
            # a point that is nowhere: it is there for the legend
            figure.add_scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=code(f"tariff_{period}", translate),
                marker={"symbol": "square", "size": 12, "color": colour},
            )


def town_day(load: pl.DataFrame, days: int, names: PlaceNames, translate: Translate) -> PlainFigure:
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
    towns = [town for (town,), part in rows.group_by("town", maintain_order=True) if (part["base_kw"] > 0.0).any()]
    views = [(translate("all towns"), together)]
    views += [(label(names.place(town)), rows.filter(pl.col("town") == town)) for town in towns]
    figure = PlainFigure()
    for number, (_, table) in enumerate(views):
        along = _hours(table["minute"])
        for kind, column in parts.items():
            figure.add_scatter(
                **along,
                y=table[column].round(DIGITS).to_list(),
                name=code(f"load_{kind}", translate),
                stackgroup=f"view{number}",
                mode="lines",
                line={"width": 0.5, "shape": "hv"},
                visible=number == 0,
            )
        figure.add_scatter(
            x=[0.0, _LAST_H],
            y=table["capacity_kw"].head(1).to_list() * 2,
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


def _hours(minutes: pl.Series) -> dict[str, Any]:
    """Return where the steps of a day lie, h: first and width where they are equal, else each."""
    hours = minutes / 60.0
    widths = hours.diff().drop_nulls()
    if hours.len() < 2 or (widths - widths[0]).abs().max() > 1e-9:
        return {"x": hours.to_list()}
    return {"x0": hours[0], "dx": widths[0]}
