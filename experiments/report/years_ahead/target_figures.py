"""Paths to the targets of the plan: with their bands, and without the measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from experiments.report.figures import broken, styled
from experiments.report.path_figures import limit_line
from experiments.report.plots.plain_figure import PlainFigure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate

_TITLE_WIDTH: Final = 20
"""Letters in a line along the axis."""
_COLOURS: Final = ("#1f6f8b", "#e07a5f", "#3d405b")


def target_path(rows: pl.DataFrame, names: Mapping[str, str], translate: Translate) -> PlainFigure:
    """Return the path to a target by year: each criterion with its band, without the measures, and the limit.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows of a target of the run table ``target_paths``: ``criterion, unit, year, value, low, high, without, limit``.
    names : mapping of str to str
        Name of each criterion in the language.
    translate : Translate
        Into the language.
    """
    figure = PlainFigure()
    share = rows["unit"][0] == "share"
    shown = rows.with_columns(pl.col("value", "low", "high", "without", "limit") * (100.0 if share else 1.0))
    for number, (criterion, name) in enumerate(names.items()):
        own = shown.filter(criterion=criterion).sort("year")
        colour = _COLOURS[number % len(_COLOURS)]
        _band(figure, own.drop_nulls(["low", "high"]), colour)
        _path(figure, own, "value", name, {"color": colour})
        without = translate("{name}, without the measures") if len(names) > 1 else translate("without the measures")
        without = without.format(name=name)
        _path(figure, own, "without", without, {"color": colour, "dash": "dot"})
    limited = rows.drop_nulls("limit")
    if limited.height:
        years = rows["year"].sort().to_list()
        limit_line(figure, years, shown.drop_nulls("limit")["limit"][0], limited["year"][0], translate)
    title = _title(rows, translate) if share else translate("t a year")
    figure.update_yaxes(title=broken(title, _TITLE_WIDTH), **({} if share else {"rangemode": "tozero"}))
    return styled(figure, height=360)


def _title(rows: pl.DataFrame, translate: Translate) -> str:
    """Return the title of the axis of shares: changes may be below 0."""
    if (rows["value"] < 0.0).any():
        return translate("change, %")
    return translate("share of what is new, %")


def _band(figure: PlainFigure, rows: pl.DataFrame, colour: str) -> None:
    """Draw the range of the draws of the assumptions."""
    years = rows["year"].to_list()
    if len(years) == 1:
        # drawn in the year of the target alone
        value = rows["value"][0]
        ends = {"array": [rows["high"][0] - value], "arrayminus": [value - rows["low"][0]]}
        error = {"type": "data", "symmetric": False, "color": colour, **ends}
        point = {"mode": "markers", "marker": {"color": colour, "size": 6}, "showlegend": False}
        figure.add_scatter(x=years, y=[value], error_y=error, **point)
    elif years:
        figure.add_scatter(
            x=[*years, *reversed(years)],
            y=[*rows["low"].to_list(), *reversed(rows["high"].to_list())],
            fill="toself",
            fillcolor=f"rgba({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))}, 0.15)",
            line={"width": 0},
            showlegend=False,
            hoverinfo="skip",
        )


def _path(figure: PlainFigure, rows: pl.DataFrame, column: str, name: str, line: dict[str, str]) -> None:
    """Draw a line over the years; none where there are no values."""
    known = rows.drop_nulls(column)
    if known.height:
        figure.add_scatter(x=known["year"].to_list(), y=known[column].to_list(), mode="lines", name=name, line=line)
