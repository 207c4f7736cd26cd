"""The report: one HTML file that works offline, made of what the run folder holds and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.storage import write_whole
from experiments.report.headline import headline
from experiments.report.language import LANGUAGES, SPACES, translator
from experiments.report.parts import concerns, parts_of
from experiments.report.rendering import drawn, rendered
from experiments.report.repeat import command, commands
from experiments.report.sections import sections
from experiments.report.shown_tables import Tables
from experiments.report.topics import next_steps, topics
from experiments.report.verdicts import Verdicts
from experiments.report.words.limits import LIMITS
from experiments.report.words.place_names import PlaceNames, county_title

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.runs.tables import Run


def write_report(result: Run, path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a run.

    Parameters
    ----------
    result
        Scenario, tables, manifest and county of a run; nothing else is read.
    path
        HTML file to write; written under a temporary name and renamed.
    language
        ``en`` or ``zh``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ScenarioError
        A language that the report does not speak.
    """
    page = _page(result, language, translator(language))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page.encode())
    return target


def _page(run: Run, language: str, translate: Translate) -> str:
    """Return the page of a run."""
    names = PlaceNames(run.county, language, translate)
    tables = Tables(names, translate, original=language == LANGUAGES[0])
    verdicts = Verdicts(run.tables, run.county, language, names, translate, command=command(run))
    plots = drawn(sections(run, names, translate), language, translate)
    more = tables.more(run.tables)
    return rendered(
        "template.html.j2",
        language,
        translate,
        scenario=run.scenario,
        manifest=run.manifest,
        answer=SPACES[language].join(headline(run, verdicts, translate)),
        topics=topics(verdicts, translate),
        steps=next_steps(verdicts, translate),
        scorecard=verdicts.rows(),
        contents=_contents(
            {section["id"]: section["title"] for section in plots},
            {f"s-{name}": table.title for name, table in more.items()},
            translate,
        ),
        sections=plots,
        county=county_title(run.county, language),
        stations=tables.stations(run.tables["stations"]),
        preview=tables.preview(run.tables["preview"]),
        checks=tables.checks(run.tables["checks"]),
        more=more,
        figures=tables.figures(run.county),
        sources=tables.sources(run.county),
        limits=_limits(parts_of(run), translate),
        commands=commands(run),
    )


def _contents(plots: dict[str, str], more: dict[str, str], translate: Translate) -> dict[str, str]:
    """Return the titles of all sections by anchor, in the order of the page."""
    return {
        "s-answer": translate("The answer"),
        "s-scorecard": translate("Scorecard of the plan's measures"),
        "s-evidence": translate("Evidence, target by target"),
        **plots,
        "s-stations": translate("Stations"),
        "s-preview": translate("Queueing formulas against the simulation"),
        **more,
        "s-checks": translate("Accounts of the simulation"),
        "s-figures": translate("Figures and assumptions"),
        "s-sources": translate("Sources"),
        "s-limits": translate("What the model does not do"),
        "s-repeat": translate("How to repeat this run"),
    }


def _limits(parts: frozenset[str], translate: Translate) -> list[str]:
    """Return what the models of these parts leave out, each with its subject."""
    said = translate("{subject}: {limit}")
    return [
        said.format(subject=translate(subject), limit=translate(limit))
        for subject, limits in LIMITS.items()
        for key, limit in limits.items()
        if concerns(subject, parts) and concerns(key, parts)
    ]
