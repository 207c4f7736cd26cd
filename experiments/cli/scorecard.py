"""The scorecard in the terminal: what decides, what would close what is open, and what assumptions mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
from rich.markup import escape
from rich.table import Table

from experiments.cli.display import render
from experiments.report.language import SPACES, translator
from experiments.report.repeat import command
from experiments.report.sentences.flipping import told_doubt
from experiments.report.sentences.run_lines import CLOSING, spent_line
from experiments.report.sentences.saving import tell_savings
from experiments.report.sentences.sentences_guns import tell_guns
from experiments.report.verdicts import Verdicts
from experiments.report.words.place_names import PlaceNames
from experiments.runs.manifest import MANIFEST
from experiments.scorecard.carbon import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import JustifyMethod

    from experiments.report.language import Translate
    from experiments.runs.result import Result

STYLES: Final[Mapping[str, str]] = {"met": "green", "missed": "red", "open": "dim"}
"""Colour by style of a verdict."""


def verdicts_of(result: Result, language: str) -> Verdicts:
    """Return the scorecard of a run in a language."""
    translate = translator(language)
    names = PlaceNames(result.county, language, translate)
    said = command(result) if result.folder is None else command(result, manifest=str(result.folder / MANIFEST))
    return Verdicts(result.tables, result.county, language, names, translate, command=said)


def _columns(translate: Translate) -> dict[str, JustifyMethod]:
    """Return the heads of the table, and on which side their cells stand."""
    return {
        "": "left",
        translate("measure"): "left",
        translate("target"): "right",
        translate("year"): "right",
        translate("value"): "right",
        translate("interval"): "right",
        translate("verdict"): "left",
    }


def scorecard_table(result: Result, *, language: str = "en") -> str:
    """Return the scorecard as text, with colours where the terminal has them, and what would close what is open.

    Parameters
    ----------
    result : Result
        The run. Of each target the criterion that decides is shown; it is named where it is not the metric itself.
    language : str
        Of `experiments.report.language.LANGUAGES`.
    """
    translate = translator(language)
    title = f"{result.scenario.name}: {translate(result.scenario.title)}"
    table = Table(title=escape(title), title_justify="left")
    for name, justify in _columns(translate).items():
        table.add_column(name, justify=justify)
    closing = []
    for row in verdicts_of(result, language).rows():
        shown = row.decider
        verdict = f"[{STYLES[row.line.style]}]{row.line.verdict}[/]"
        table.add_row(row.target, row.shown, shown.goal, row.year, shown.value, shown.interval, verdict)
        said = [row.reason, *row.remedies]
        if row.remedies:
            closing.append(f"{row.target}: {SPACES[language].join(filter(None, said))}")
    opened = [translate(CLOSING), *closing] if closing else []
    return "\n".join([render(table), *opened])


def guns_lines(result: Result, *, language: str = "en") -> list[str]:
    """Return whether the guns are enough in the years ahead, for the target that asks; nothing where nobody looked."""
    verdicts = verdicts_of(result, language)
    asking = result.scorecard.filter(metric="late_share")["target_id"].unique(maintain_order=True)
    told = [(target, verdicts.about(target, tell_guns)) for target in asking]
    return [f"{target}: {SPACES[language].join(lines)}" for target, lines in told if lines]


def saving_lines(result: Result, *, language: str = "en") -> list[str]:
    """Return what the scenario saves against its counterfactual; nothing where it names none."""
    verdicts = verdicts_of(result, language)
    asking = result.scorecard.filter(pl.col("metric").is_in(list(ACCOUNT)))["target_id"].unique(maintain_order=True)
    told = [(target, verdicts.about(target, tell_savings)) for target in asking]
    return [f"{target}: {SPACES[language].join(lines)}" for target, lines in told if lines]


def doubt_lines(result: Result, *, language: str = "en") -> list[str]:
    """Return what the assumptions mean for each target, where short runs were made, and what those took."""
    translate = translator(language)
    lines = spent_line(result.manifest, translate)
    verdicts = verdicts_of(result, language)
    decided = result.scorecard.filter("decides").select("target_id", "metric")
    for target, metric in decided.iter_rows() if result.scenario.points else ():
        told = told_doubt(target, result.scorecard, result.flips, verdicts.naming(target, metric), translate)
        lines += [f"{target}: {SPACES[language].join(told)}"] if told else []
    return lines
