"""The report: one HTML file that works offline, made of what the run folder holds and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.storage import write_whole
from experiments.report.language import SPACES, translator
from experiments.report.office.content import run_content
from experiments.report.rendering import drawn, rendered
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames

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
        File to write, under a temporary name that is then its own: a page (HTML); a workbook or a document for a word
        processor where it ends in ``.xlsx`` or ``.docx``.
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
    translate, target = translator(language), Path(path)
    ending = target.suffix.lower()
    if ending in _OFFICE:
        content = _OFFICE[ending](result, language, translate, SPACES[language])
    else:
        content = _page(result, language, translate).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, content)
    return target


def _workbook(run: Run, language: str, translate: Translate, space: str) -> bytes:
    """Return the workbook of a run."""
    from experiments.report.office.workbook import run_workbook  # noqa: PLC0415 - loads what a page does without

    return run_workbook(run, language, translate, space)


def _document(run: Run, language: str, translate: Translate, space: str) -> bytes:
    """Return the document of a run."""
    from experiments.report.office.document import run_document  # noqa: PLC0415 - as above

    return run_document(run, language, translate, space)


_OFFICE: Final = {".xlsx": _workbook, ".docx": _document}
"""What writes a file by its ending; others are pages."""


def _page(run: Run, language: str, translate: Translate) -> str:
    """Return the page of a run."""
    told = run_content(run, language, translate)
    plots = drawn(sections(run, PlaceNames(run.county, language, translate), translate), language, translate)
    contents = _contents(
        {section["id"]: section["title"] for section in plots},
        {f"s-{name}": table.title for name, table in told["more"].items()},
        translate,
    )
    return rendered("template.html.j2", language, translate, **told, contents=contents, sections=plots)


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
