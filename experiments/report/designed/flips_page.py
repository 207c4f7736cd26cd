"""The page of a sensitivity analysis by short runs: which assumptions decide which target, and where each turns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import polars as pl

from experiments.report.designed.design_page import DesignPage
from experiments.report.designed.plain_tables import shown_frame
from experiments.report.figures import styled
from experiments.report.guards import label
from experiments.report.language import SPACES
from experiments.report.sections import Plot, Section
from experiments.report.sentences.flipping import assumption_name, told_doubt
from experiments.report.sentences.story import _
from experiments.report.verdicts import criterion_name
from experiments.report.words.place_names import county_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

_COLUMNS: Final = ("target_id", "criterion", "rank", "assumption", "share", "at_tables", "beyond", "flips_at")


def flips_page(
    found: Mapping[str, pl.DataFrame],
    scenario: Scenario,
    county: County,
    commands: Sequence[str],
    *,
    language: str,
    translate: Translate,
) -> DesignPage:
    """Return the page of `experiments.designs.quick_flips.what_flips`.

    Parameters
    ----------
    found : mapping of str to polars.DataFrame
        ``scorecard`` and ``flips``.
    scenario : Scenario
        What was asked about.
    county : data.County
        Its county.
    commands : sequence of str
        Commands that repeat it.
    language, translate
        The reader's.
    """
    card, flips = found["scorecard"], found["flips"]

    def named(criterion: str) -> str:
        return criterion_name(criterion, translate)

    said = {
        target: told_doubt(target, card, flips, named, translate)
        for target in card["target_id"].unique(maintain_order=True)
    }
    space = SPACES[language]
    return DesignPage(
        title=translate(_("Which assumptions decide: {scenario}")).format(
            scenario=translate(scenario.title) or scenario.name
        ),
        about=f"{scenario.name} · {county_title(county, language)}",
        answer=_answer(flips, translate),
        told=[f"{target}: {space.join(lines)}" for target, lines in said.items() if lines],
        sections=_bars(flips, translate),
        tables={
            "flips": shown_frame(
                flips.select(name for name in _COLUMNS if name in flips.columns),
                translate(_("Assumptions by target")),
                translate,
                named={"assumption": lambda key: assumption_name(key, translate), "criterion": named},
            )
        },
        commands=commands,
        notes=[
            translate(
                _(
                    "Share: of the variance of the result over draws of all assumptions within their ranges. "
                    "Turning points: each assumption alone, all others as in the tables."
                )
            )
        ],
    )


def _answer(flips: pl.DataFrame, translate: Translate) -> str:
    """Return which targets an assumption alone can turn."""
    turning = flips.filter(pl.col("flips_at").is_not_null())
    if not turning.height:
        return translate(_("None of these assumptions alone turns a verdict within its range."))
    parts = [
        translate(_("{target} by {assumptions}")).format(
            target=target,
            assumptions=translate(_(", ")).join(assumption_name(key, translate) for key in rows["assumption"]),
        )
        for (target,), rows in turning.group_by("target_id", maintain_order=True)
    ]
    said = translate(_("An assumption alone, within its range, turns the verdict of: {list}."))
    return said.format(list=translate(_("; ")).join(parts))


def _bars(flips: pl.DataFrame, translate: Translate) -> list[Section]:
    """Return the shares of the doubt by assumption, a plot per target."""
    caption = translate(_("Share of the doubt about the result that is in each assumption, %."))
    plots = []
    for (target,), rows in flips.group_by("target_id", maintain_order=True):
        names = [label(assumption_name(key, translate)) for key in rows["assumption"]]
        bars = go.Bar(y=names, x=(100.0 * rows["share"]).to_list(), orientation="h", name=label(str(target)))
        figure = go.Figure(bars)
        figure.update_xaxes(title=translate(_("share of the doubt, %")), rangemode="tozero")
        figure.update_yaxes(type="category", autorange="reversed", automargin=True)
        plots.append(Plot(styled(figure, height=110 + 28 * rows.height), f"{target}. {caption}"))
    return [Section("s-doubt", translate(_("Where the doubt is")), plots)] if plots else []
