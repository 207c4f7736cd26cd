"""Paths over the years against the targets of the plan: what is new, and what is burnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from experiments.report.figures import LIMIT, styled
from experiments.report.plots.plain_figure import PlainFigure
from experiments.report.words.labels import code

if TYPE_CHECKING:
    from experiments.report.language import Translate

_LINE: Final = "#1f6f8b"
_BAND: Final = "rgba(31, 111, 139, 0.18)"


def share_path(shares: pl.DataFrame, target: dict[str, Any] | None, translate: Translate) -> PlainFigure:
    """Return a share by year, with the interval of the target's year and the limit that the plan sets.

    Parameters
    ----------
    shares : polars.DataFrame
        ``year, share``.
    target : dict or None
        Row of the scorecard that asks for it: ``year, value, limit, assumption_low, assumption_high``; None where the
        plan does not.
    translate : Translate
        Into the language.
    """
    figure = PlainFigure()
    rows = shares.drop_nulls().sort("year")
    figure.add_scatter(
        x=rows["year"].to_list(),
        y=(100.0 * rows["share"]).to_list(),
        mode="lines",
        name=translate("on the path of the scenario"),
        line={"color": _LINE},
    )
    if target is not None and target["limit"] is not None:
        limit_line(figure, rows["year"].to_list(), 100.0 * target["limit"], target["year"], translate)
    if target is not None and target["assumption_low"] is not None and target["value"] is not None:
        ends = {end: 100.0 * target[end] for end in ("value", "assumption_low", "assumption_high")}
        figure.add_scatter(
            x=[target["year"]],
            y=[ends["value"]],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [ends["assumption_high"] - ends["value"]],
                "arrayminus": [ends["value"] - ends["assumption_low"]],
            },
            mode="markers",
            name=translate("estimated, with its range"),
            marker={"color": _LINE, "size": 9},
        )
    figure.update_yaxes(title=translate("share of new cars, %"), rangemode="tozero")
    return styled(figure)


def limit_line(figure: PlainFigure, years: list[int], percent: float, year: int, translate: Translate) -> None:
    """Draw the limit of the plan over the years, and mark its year."""
    said = translate("target of {year}").format(year=year)
    figure.add_scatter(
        x=[years[0], year, years[-1]],
        y=[percent] * 3,
        mode="lines+markers",
        name=said,
        line={"color": LIMIT, "dash": "dash"},
        marker={"size": [0, 10, 0], "symbol": "diamond"},
    )


def petroleum_paths(
    petroleum: pl.DataFrame, outlook: pl.DataFrame, target: dict[str, Any] | None, translate: Translate
) -> PlainFigure:
    """Return petrol and diesel by year, the range between the slow and the fast path, and the year of the target.

    Parameters
    ----------
    petroleum : polars.DataFrame
        Run table: ``year, petrol_t, diesel_t``.
    outlook : polars.DataFrame
        Run table: metric ``petroleum_t`` on the paths ``slow`` and ``fast``.
    target : dict or None
        Row of the scorecard that asks for the year of the peak: ``year, value, limit``; None where the plan does not.
    translate : Translate
        Into the language.
    """
    figure = PlainFigure()
    for fuel in ("petrol", "diesel"):
        figure.add_scatter(
            x=petroleum["year"].to_list(),
            y=petroleum[f"{fuel}_t"].to_list(),
            name=code(fuel, translate),
            stackgroup="oil",
            mode="lines",
        )
    paths = outlook.filter(pl.col("metric") == "petroleum_t").sort("year")
    slow, fast = (paths.filter(path=name) for name in ("slow", "fast"))
    if slow.height and slow["year"].to_list() == fast["year"].to_list():
        years = slow["year"].to_list()
        figure.add_scatter(
            x=[*years, *reversed(years)],
            y=[*slow["value"].to_list(), *reversed(fast["value"].to_list())],
            fill="toself",
            fillcolor=_BAND,
            line={"width": 1, "color": _LINE, "dash": "dot"},
            name=translate("from the fast path to the slow one"),
            hoverinfo="skip",
        )
    if target is not None and target["limit"] is not None:
        said = translate("peak at the latest in {year}").format(year=round(target["limit"]))
        figure.add_upright(target["limit"], said, {"color": LIMIT, "dash": "dash"})
    figure.update_yaxes(title=translate("t a year"), rangemode="tozero")
    return styled(figure)
