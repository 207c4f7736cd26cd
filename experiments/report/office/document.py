"""The answer, the scorecard and its evidence as a document for a word processor."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from experiments.report.office.content import FILLS, run_content
from experiments.report.office.workbook import scorecard_row

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

    from experiments.report.language import Translate
    from experiments.report.shown_tables import Shown
    from experiments.runs.tables import Run

_FONTS: Final = {"en": "Calibri", "zh": "SimSun"}
_WIDTHS_CM: Final = (1.6, 6.2, 1.4, 3.2, 3.2, 4.6, 3.6, 2.2)


def run_document(run: Run, language: str, translate: Translate, space: str) -> bytes:
    """Return the document of a run: answer by topic, what to do next, scorecard, evidence, stations, sources, limits.

    Parameters
    ----------
    run : Run
        Scenario, tables, manifest and county of a run.
    language : str
        Of `experiments.report.language.LANGUAGES`.
    translate : Translate
        Into it.
    space : str
        What stands between two sentences.
    """
    told = run_content(run, language, translate)
    document = docx.Document()
    _dress(document, language)
    document.core_properties.created = document.core_properties.modified = dt.datetime.now(dt.UTC)
    document.core_properties.author = "xijiang"
    _answer(document, told, translate)
    _scorecard(document, told, translate, space)
    _evidence(document, told, translate, space)
    document.add_heading(translate("Stations"), 1)
    _grid(document, told["stations"])
    document.add_heading(translate("Sources"), 1)
    _grid(document, told["sources"])
    _listed(document, translate("What the model does not do"), told["limits"])
    _listed(document, translate("How to repeat this run"), told["commands"])
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _dress(document: Document, language: str) -> None:
    """Set paper and fonts: A4 across, so that the scorecard fits."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    for name in ("Normal", "Heading 1", "Heading 2", "Title", "List Bullet"):
        style = document.styles[name]
        style.font.name = _FONTS[language]
        properties = style.element.get_or_add_rPr()
        fonts = properties.find(qn("w:rFonts"))
        # word processors take another font for Chinese characters unless they are told
        fonts.set(qn("w:eastAsia"), _FONTS["zh"])
    document.styles["Normal"].font.size = Pt(10)


def _answer(document: Document, told: dict[str, Any], translate: Translate) -> None:
    """Write title, answer, topics and what to do next."""
    scenario, manifest = told["scenario"], told["manifest"]
    document.add_heading(translate(scenario.title) or scenario.name, 0)
    size = translate("from {start}, days: {days}, replications: {replications}")
    shown = size.format(start=scenario.start, days=scenario.days, replications=manifest["replications"])
    document.add_paragraph(f"{told['county']} · {shown}")
    document.add_heading(translate("The answer"), 1)
    document.add_paragraph(told["answer"])
    for topic in told["topics"]:
        document.add_heading(topic.title, 2)
        for said in topic.said:
            paragraph = document.add_paragraph(style="List Bullet")
            interval = f" ({said.interval})" if said.interval else ""
            paragraph.add_run(f"{said.text}{interval} ")
            paragraph.add_run(said.verdict).bold = True
            paragraph.add_run(f" {said.target}")
    if told["steps"]:
        _listed(document, translate("What to do next"), told["steps"])


def _scorecard(document: Document, told: dict[str, Any], translate: Translate, space: str) -> None:
    """Write the scorecard as a table; the evidence follows it."""
    document.add_heading(translate("Scorecard of the plan's measures"), 1)
    table = _table(document, told["scorecard_heads"][:-1])
    for row in told["scorecard"]:
        cells = table.add_row().cells
        for cell, text in zip(cells, scorecard_row(row, space)[:-1], strict=True):
            cell.text = text
        _fill(cells[-1], FILLS[row.line.style].removeprefix("#"))
    for column, width in zip(table.columns, _WIDTHS_CM, strict=True):
        for cell in column.cells:
            cell.width = Cm(width)
    _small(table, 8.0)


def _evidence(document: Document, told: dict[str, Any], translate: Translate, space: str) -> None:
    """Write the evidence of each target, and the assumptions that it rests on."""
    document.add_heading(translate("Evidence, target by target"), 1)
    rests = translate("Rests on assumptions: {list}")
    for row in told["scorecard"]:
        document.add_heading(f"{row.target} {row.measure}: {row.line.verdict}", 2)
        if row.wording:
            document.add_paragraph(row.wording).runs[0].italic = True
        if row.decided_by:
            document.add_paragraph(row.decided_by)
        said = scorecard_row(row, space)[-1]
        if said:
            document.add_paragraph(said)
        if row.rests_on:
            document.add_paragraph(rests.format(list=translate("; ").join(row.rests_on)))


def _listed(document: Document, title: str, texts: list[str]) -> None:
    """Write a list under a head."""
    document.add_heading(title, 1)
    for text in texts:
        document.add_paragraph(text.replace("`", ""), style="List Bullet")


def _grid(document: Document, shown: Shown) -> None:
    """Write a table of the report."""
    table = _table(document, shown.heads)
    for row in shown.rows:
        for cell, part in zip(table.add_row().cells, row, strict=True):
            cell.text = part.text
    _small(table, 7.0)


def _table(document: Document, heads: list[str]) -> Table:
    """Return a new table with its head, which is repeated on each page."""
    table: Table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = head
        for run in cell.paragraphs[0].runs:
            run.bold = True
    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way to repeat a head
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    properties.append(repeated)
    return table


def _fill(cell: Any, colour: str) -> None:  # noqa: ANN401 - python-docx exports no type of it
    """Colour the ground of a cell."""
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - as above


def _small(table: Table, points: float) -> None:
    """Set the letters of a table."""
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(points)
