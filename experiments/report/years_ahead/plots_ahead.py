"""Sections of the page about the years ahead: each plot with a caption that says what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from experiments.report.words.labels import code
from experiments.report.years_ahead.saving_figures import cost_by_measure, saved_by_measure
from experiments.report.years_ahead.target_figures import target_path
from experiments.scorecard.carbon import SERIES

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.report.plots.plain_figure import PlainFigure
    from experiments.report.words.place_names import PlaceNames
    from experiments.runs.tables import Run


class Drawn(NamedTuple):
    """Plots under one head: anchor, title, and each figure with its caption."""

    key: str
    title: str
    plots: list[tuple[PlainFigure, str]]


def plots_ahead(run: Run, names: PlaceNames, translate: Translate) -> list[Drawn]:
    """Return the paths to the targets, and what the measures save; nothing where the run has no such tables."""
    return [*_targets(run, names, translate), *_savings(run, translate)]


def _targets(run: Run, names: PlaceNames, translate: Translate) -> list[Drawn]:
    """Return the paths to the targets of the plan, with and without the measures; nothing where it has none."""
    table = run.tables["target_paths"]
    plots = []
    for part in table.partition_by("target_id", maintain_order=True):
        target, metric = part["target_id"][0], part["criterion"][0]
        criteria = part["criterion"].unique(maintain_order=True).to_list()
        lines = {one: code(one.removeprefix(f"{metric}_"), translate) for one in criteria}
        # the metric itself is the first of several series
        lines |= {metric: code(SERIES[0], translate) if len(criteria) > 1 else translate("with the scenario")}
        said = translate(
            "{target}, {measure}: the line is the path of the scenario, the area around it holds the draws of its "
            "assumptions, the dotted line is the path without the measures, the broken line the target."
        )
        drawn = target_path(part, lines, translate)
        plots.append((drawn, said.format(target=target, measure=names.measure(target))))
    return [Drawn("s-targets", translate("Paths to the targets"), plots)] if plots else []


def _savings(run: Run, translate: Translate) -> list[Drawn]:
    """Return what is saved against the counterfactual, by measure; nothing where the scenario names none."""
    table = run.tables["savings"]
    plots = []
    for part in table.partition_by("part", maintain_order=True):
        if not (part["b_tco2"].abs() > 0.0).any():
            continue
        said = translate(
            "{part}: CO2 that is saved against the path without the measures, direct and of electricity with the grid "
            "of the base year. Shapley values, which add up to the sum of all measures."
        )
        drawn = saved_by_measure(part, translate)
        named = code(part["part"][0], translate)
        plots.append((drawn, said.format(part=named[:1].upper() + named[1:])))
    costs = cost_by_measure(table, run.scenario.year, translate)
    if costs is not None:
        said = translate(
            "What a tonne costs in {year}, with the tonnes saved: costs of owning the vehicles bought in that year "
            "against those bought without the measures. Below 0 they are cheaper to own. Measures without a bar have "
            "no cost in the tables."
        )
        plots.append((costs, said.format(year=run.scenario.year)))
    return [Drawn("s-savings", translate("What the measures save"), plots)] if plots else []
