"""What is saved against the counterfactual: tonnes by measure and year, and what a tonne costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import scalar
from experiments.report.figures import styled
from experiments.report.plots.plain_figure import PlainFigure
from experiments.report.words.labels import code
from experiments.scorecard.facts.saved import TOGETHER

if TYPE_CHECKING:
    from experiments.report.language import Translate

_DOT: Final = "#1f1f1f"
_COSTS: Final = "#e07a5f"
_LEAST: Final = 1e-6  # of the largest total: less is rounding of a sum of several worlds


def saved_by_measure(savings: pl.DataFrame, translate: Translate) -> PlainFigure:
    """Return what each measure saves in each year, one upon the other, with the sum of all.

    Parameters
    ----------
    savings : polars.DataFrame
        Rows of the run table ``savings`` of one part: ``year, measure, b_tco2``.
    translate : Translate
        Into the language.
    """
    figure = PlainFigure()
    together = savings.filter(measure=TOGETHER).sort("year")
    least = _LEAST * scalar(together, pl.col("b_tco2").abs().max(), default=0.0)
    for measure in savings["measure"].unique(maintain_order=True).to_list():
        rows = savings.filter(measure=measure).sort("year")
        if measure == TOGETHER or not (rows["b_tco2"].abs() > least).any():
            continue
        # what a measure adds stands below 0
        figure.add_bar(x=rows["year"].to_list(), y=rows["b_tco2"].to_list(), name=code(measure, translate))
    figure.add_scatter(
        x=together["year"].to_list(),
        y=together["b_tco2"].to_list(),
        mode="lines+markers",
        name=code(TOGETHER, translate),
        line={"color": _DOT, "width": 1.5},
        marker={"size": 5},
    )
    figure.update_yaxes(title=translate("t CO2 less a year")).update_xaxes(dtick=5)
    return styled(figure, barmode="relative")


def cost_by_measure(savings: pl.DataFrame, year: int, translate: Translate) -> PlainFigure | None:
    """Return what a tonne costs by measure in a year, cheapest first; None where no cost is known.

    Parameters
    ----------
    savings : polars.DataFrame
        Rows of the run table ``savings``: ``year, part, measure, b_tco2, cny_per_tco2`` and its range.
    year : int
        The year.
    translate : Translate
        Into the language.
    """
    rows = savings.filter(pl.col("year") == year, pl.col("measure") != TOGETHER).drop_nulls("cny_per_tco2")
    rows = rows.sort("cny_per_tco2")
    if not rows.height:
        return None
    tonnes = translate("{number} t")
    # lengths of the whiskers; none where the range of the prices is not known
    up, down = (
        (pl.coalesce(f"cny_per_tco2_{end}", "cny_per_tco2") - pl.col("cny_per_tco2")).abs() for end in ("high", "low")
    )
    whiskers = rows.select(up=up, down=down)
    figure = PlainFigure().add_bar(
        y=[code(name, translate) for name in rows["measure"]],
        x=rows["cny_per_tco2"].to_list(),
        error_x={"type": "data", "array": whiskers["up"].to_list(), "arrayminus": whiskers["down"].to_list()},
        text=[tonnes.format(number=f"{value:,.0f}") for value in rows["b_tco2"]],
        orientation="h",
        marker={"color": _COSTS},
    )
    figure.update_xaxes(title=translate("CNY per t of CO2"))
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return styled(figure, height=110 + 34 * rows.height)
