"""What a report says of a run, whatever it is written as: answer, scorecard, tables, limits, how to repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from experiments.report.headline import headline
from experiments.report.language import LANGUAGES, SPACES
from experiments.report.parts import concerns, parts_of
from experiments.report.repeat import command, commands
from experiments.report.shown_tables import Tables
from experiments.report.topics import next_steps, topics
from experiments.report.verdicts import Verdicts
from experiments.report.words.limits import LIMITS
from experiments.report.words.place_names import PlaceNames, county_title

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.runs.tables import Run


FILLS: Final = {"met": "#d8f0e0", "missed": "#fbdcd6", "open": "#e8ecef"}
"""Colour of a verdict by its style, as on the page."""


def run_content(run: Run, language: str, translate: Translate) -> dict[str, Any]:
    """Return what there is to say of a run in a language: all but the plots.

    Parameters
    ----------
    run : Run
        Scenario, tables, manifest and county of a run; nothing else is read.
    language : str
        Of `experiments.report.language.LANGUAGES`.
    translate : Translate
        Into it.

    Returns
    -------
    dict
        ``scenario, manifest, county``; ``answer`` (text), ``topics``, ``steps``; ``scorecard`` (rows of
        `experiments.report.verdicts.TargetRow`) and ``scorecard_heads``; tables of
        `experiments.report.shown_tables.Shown`: ``stations, preview, checks, figures, sources`` and by name ``more``;
        ``limits`` and ``commands`` (lists of texts).
    """
    names = PlaceNames(run.county, language, translate)
    tables = Tables(names, translate, original=language == LANGUAGES[0])
    verdicts = Verdicts(run.tables, run.county, language, names, translate, command=command(run))
    return {
        "scenario": run.scenario,
        "manifest": run.manifest,
        "county": county_title(run.county, language),
        "answer": SPACES[language].join(headline(run, verdicts, translate)),
        "topics": topics(verdicts, translate),
        "steps": next_steps(verdicts, translate),
        "scorecard": verdicts.rows(),
        "scorecard_heads": scorecard_heads(translate),
        "stations": tables.stations(run.tables["stations"]),
        "preview": tables.preview(run.tables["preview"]),
        "checks": tables.checks(run.tables["checks"]),
        "more": tables.more(run.tables),
        "figures": tables.figures(run.county),
        "sources": tables.sources(run.county),
        "limits": _limits(parts_of(run), translate),
        "commands": commands(run),
    }


def scorecard_heads(translate: Translate) -> list[str]:
    """Return the heads of the scorecard."""
    return [
        translate("target no."),
        translate("measure"),
        translate("year"),
        translate("target"),
        translate("value"),
        translate("interval"),
        translate("kind of interval"),
        translate("verdict"),
        translate("evidence"),
    ]


def _limits(parts: frozenset[str], translate: Translate) -> list[str]:
    """Return what the models of these parts leave out, each with its subject."""
    said = translate("{subject}: {limit}")
    return [
        said.format(subject=translate(subject), limit=translate(limit))
        for subject, limits in LIMITS.items()
        for key, limit in limits.items()
        if concerns(subject, parts) and concerns(key, parts)
    ]
