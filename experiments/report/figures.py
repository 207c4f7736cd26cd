"""Plots of the report: frames in, figures out. Labels that come from data are escaped."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import polars as pl

from data.arrays import DAY_MIN
from experiments.report.guards import label
from experiments.report.plots.plain_figure import PlainFigure
from experiments.report.words.labels import code
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

    Figure = TypeVar("Figure", bound="Laid")

LIMIT: Final = "#b23a48"
"""Colour of what the plan asks for."""
PALETTE = ("#1f6f8b", "#e07a5f", "#81b29a", "#f2cc8f", "#3d405b", "#9c6644", "#7b2cbf", "#6c757d")

DIGITS: Final = 1  # of a kW or m3: more cannot be seen, and each digit is a byte per point of the page

_GRID: Final = "#dfe6ec"
_AXIS: Final = {
    "automargin": True,
    "gridcolor": _GRID,
    "linecolor": _GRID,
    "zerolinecolor": _GRID,
    "title": {"standoff": 12},
    # unseen ticks hold the first label of one axis apart from that of the other
    "ticks": "outside",
    "ticklen": 6,
    "tickcolor": "rgba(0, 0, 0, 0)",
}
TEMPLATE: Final = {"layout": {"xaxis": _AXIS, "yaxis": _AXIS, "colorway": list(PALETTE), "hovermode": "closest"}}
"""What all plots share: a page carries it with each plot, and plotly's own templates are 7 kB each."""

_NARROW_LABEL: Final = 12
"""Letters of a line under a group of bars on a narrow screen."""

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


class Laid(Protocol):
    """A figure with a layout: a plain one, or one of plotly's own."""

    layout: Any

    def update_layout(self, **layout: Any) -> Any:  # noqa: ANN401 - plotly's layout keys
        """Set keys of the layout."""


def styled(figure: Figure, *, height: int = 380, **layout: Any) -> Figure:  # noqa: ANN401 - plotly's layout keys
    """Return the figure in the report's style."""
    if not isinstance(figure, PlainFigure):
        # what is set as an attribute replaces plotly's own template; an update would be beside it
        figure.layout.template = TEMPLATE
    figure.update_layout(
        template=TEMPLATE,
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


def interval_bars(table: pl.DataFrame, place: str, value: str, title: str, *, percent: bool = False) -> PlainFigure:
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
    figure = PlainFigure()
    figure.add_bar(y=[label(name) for name in rows[place]], x=rows["mean"].to_list(), error_x=error, orientation="h")
    figure.update_xaxes(title=title, rangemode="tozero")
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return styled(figure, height=90 + 24 * rows.height)


def tank_levels(tanks: pl.DataFrame, names: PlaceNames, translate: Translate) -> PlainFigure:
    """Return tank levels over time: the first replication in full, some others faint."""
    figure = PlainFigure()
    for number, station in enumerate(tanks["station"].unique(maintain_order=True)):
        colour = PALETTE[number % len(PALETTE)]
        for replication in tanks["replication"].unique().sort()[:6]:
            part = tanks.filter((pl.col("station") == station) & (pl.col("replication") == replication))
            first = replication == tanks["replication"].min()
            figure.add_scatter(
                x=(part["time_min"] / DAY_MIN).round(4).to_list(),
                y=part["level_m3"].round(DIGITS).to_list(),
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


def carbon_bars(
    carbon: pl.DataFrame, translate: Translate, *, targets: Mapping[str, Mapping[str, Any]] | None = None
) -> PlainFigure:
    """Return intensities by boundary and series in each year, with the grid of the base year, and the plan's targets.

    Parameters
    ----------
    carbon : polars.DataFrame
        Run table.
    translate : Translate
        Into the language.
    targets : mapping of str to mapping, optional
        By mode of the accounts the row of the scorecard that asks for a change: ``year`` and ``limit``, a share of the
        intensity of the first year.
    """
    rows = carbon.filter(pl.col("grid") == HEADLINE_GRID).sort("mode", "boundary", "series", "year")
    figure = PlainFigure()
    for year in rows["year"].unique().sort():
        part = rows.filter(pl.col("year") == year)
        figure.add_bar(x=_bounded(part, translate), y=part["intensity_g_per_tkm"].round(2).to_list(), name=str(year))
    base = rows.filter(pl.col("year") == pl.col("year").min())
    for year in sorted({target["year"] for target in (targets or {}).values()}):
        limits = {mode: target["limit"] for mode, target in (targets or {}).items() if target["year"] == year}
        part = base.filter(pl.col("mode").is_in(list(limits)))
        asked = part["intensity_g_per_tkm"] * (1.0 + part["mode"].replace_strict(limits, return_dtype=pl.Float64))
        figure.add_scatter(
            x=_bounded(part, translate),
            y=asked.round(2).to_list(),
            mode="markers",
            name=translate("target of {year}").format(year=year),
            # a line across the bars of its boundary and series
            marker={"symbol": "line-ew-open", "size": 26, "line": {"width": 3}, "color": LIMIT},
        )
    figure.update_yaxes(title=translate("g per t·km"))
    styled(figure, barmode="group", height=420)
    # the two lines under the bars take what room a narrow screen has: the legend stands above
    return figure.update_layout(legend={"y": 1.02, "yanchor": "bottom"}, margin={"t": 60})


def _bounded(rows: pl.DataFrame, translate: Translate) -> list[list[str]]:
    """Return the two lines under each group of bars: boundary and series."""
    names = {name: broken(code(name, translate), _NARROW_LABEL) for name in rows["boundary"].unique()}
    return [[names[name] for name in rows["boundary"]], rows["series"].to_list()]


def broken(text: str, width: int) -> str:
    """Return a label in lines of a width in letters: words stay whole where they fit; Chinese is two letters wide."""
    wide = any(sign >= "\u2e80" for sign in text)
    return "<br>".join(label(line) for line in textwrap.wrap(text, max(1, width // 2) if wide else width))


def stock_area(cars: pl.DataFrame, translate: Translate) -> PlainFigure:
    """Return the cars of households by power over the years."""
    figure = PlainFigure()
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
