"""The page of a sweep: how far each measure moves over what was varied, plots of it, and all points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.report.designed.design_page import DesignPage
from experiments.report.designed.plain_tables import shown_frame
from experiments.report.notebook.design_plots import SweepPlots
from experiments.report.sections import Plot, Section
from experiments.report.sentences.comparing import measure_name, number_text
from experiments.report.sentences.flipping import assumption_name
from experiments.report.sentences.story import _
from experiments.report.words.place_names import county_title
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from data.county import County
    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

ASKED: Final = ("wait_mean_min", "p95_wait_min", "late_share", "unserved_share", "utilisation_share", "peak_kw")
"""Measures of charging that are told and drawn, where they move."""
_RIVER: Final = ("lng_wait_mean_min",)
_MOST_PLOTS: Final = 4


def sweep_page(
    points: pl.DataFrame,
    axes: Sequence[str],
    scenario: Scenario,
    county: County,
    commands: Sequence[str],
    *,
    language: str,
    translate: Translate,
) -> DesignPage:
    """Return the page of a sweep.

    Parameters
    ----------
    points : polars.DataFrame
        One row per point, as `experiments.sweep` returns them.
    axes : sequence of str
        Keys that were varied.
    scenario : Scenario
        What was varied.
    county : data.County
        Its county.
    commands : sequence of str
        Commands that repeat it.
    language, translate
        The reader's.
    """
    varied = translate(_(", ")).join(axis_name(axis, translate) for axis in axes)
    moving = [name for name in (*ASKED, *_RIVER) if _moves(points, name)]
    return DesignPage(
        title=translate(_("Sweep of {scenario} over {axes}")).format(
            scenario=translate(scenario.title) or scenario.name, axes=varied
        ),
        about=translate(_("{scenario}: {points} points of {replications} x {days} days · {county}")).format(
            scenario=scenario.name,
            points=points.height,
            replications=scenario.replications,
            days=scenario.days,
            county=county_title(county, language),
        ),
        answer=_answer(points, axes, moving, translate),
        told=[*(_told(points, axes, name, translate) for name in moving[1:]), *_still(points, moving, translate)],
        sections=_plots(points, axes, moving, language, translate),
        tables={"points": shown_frame(_shown(points, axes), translate(_("All points")), translate)},
        commands=commands,
        notes=[
            translate(_("All points use the same random numbers: what differs between them is what was varied.")),
            translate(_("Bands and intervals: 95 per cent, of the mean over replications.")),
        ],
    )


def axis_name(axis: str, translate: Translate) -> str:
    """Return the name of what was varied: a figure or table of the county in words, a key of a scenario as it is."""
    return assumption_name(axis, translate) if axis.startswith(("figures.", "tables.")) else axis


def _moves(points: pl.DataFrame, name: str) -> bool:
    """Return whether a measure was seen and is not the same at all points."""
    return name in points.columns and points[name].drop_nulls().n_unique() > 1


def _answer(points: pl.DataFrame, axes: Sequence[str], moving: Sequence[str], translate: Translate) -> str:
    """Return the sentence of the first measure that moves."""
    if not moving:
        return translate(_("Nothing that is asked of charging or bunkering changes over the points."))
    return _told(points, axes, moving[0], translate)


def _told(points: pl.DataFrame, axes: Sequence[str], name: str, translate: Translate) -> str:
    """Return between which values a measure lies, and at which points."""
    seen = points.drop_nulls(name).sort(name, maintain_order=True)
    least, most = seen.row(0, named=True), seen.row(-1, named=True)
    said = translate(_("{measure}: from {low} {unit} ({at_low}) to {high} {unit} ({at_high})."))
    unit = translate(MEASURES[name].unit)
    return said.format(
        measure=measure_name(name, translate),
        low=number_text(least[name]),
        high=number_text(most[name]),
        unit=unit,
        at_low=_place(least, axes, translate),
        at_high=_place(most, axes, translate),
    )


def _place(row: dict[str, float], axes: Sequence[str], translate: Translate) -> str:
    """Return where a point lies."""
    return translate(_(", ")).join(f"{axis_name(axis, translate)} = {row[axis]:.4g}" for axis in axes)


def _still(points: pl.DataFrame, moving: Sequence[str], translate: Translate) -> list[str]:
    """Return which of the measures stay as they are."""
    names = [name for name in ASKED if name not in moving and name in points.columns and points[name].count()]
    if not names:
        return []
    listed = translate(_("; ")).join(measure_name(name, translate) for name in names)
    return [translate(_("The same at all points: {list}.")).format(list=listed)]


def _plots(
    points: pl.DataFrame, axes: Sequence[str], moving: Sequence[str], language: str, translate: Translate
) -> list[Section]:
    """Return the first measures that move, drawn over the first axis."""
    drawn = SweepPlots(points, axes)
    caption = translate(_("Over {axis}; one line for each value of the others.")).format(
        axis=axis_name(axes[0], translate)
    )
    return [
        Section(f"s-{name}", measure_name(name, translate), [Plot(drawn.measure(name, language=language), caption)])
        for name in moving[:_MOST_PLOTS]
    ]


def _shown(points: pl.DataFrame, axes: Sequence[str]) -> pl.DataFrame:
    """Return the columns that differ between points, the axes first; a column of one value says nothing."""
    bounds = {f"{name}_{end}" for name in points.columns for end in ("low", "high")}
    kept = [
        name
        for name in points.columns
        if name not in ("point", *axes, *bounds) and points[name].drop_nulls().n_unique() > 1
    ]
    ends = [f"{name}_{end}" for name in kept for end in ("low", "high") if f"{name}_{end}" in points.columns]
    return points.select("point", *axes, *kept, *ends)
