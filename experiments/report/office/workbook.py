"""The scorecard and the tables of a run as a workbook: numbers stay numbers, names stay text."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from experiments.report.office.content import FILLS, run_content

if TYPE_CHECKING:
    from experiments.report.language import Translate
    from experiments.report.shown_tables import Cell, Shown
    from experiments.report.verdicts import TargetRow
    from experiments.runs.tables import Run

_LONGEST: Final = 31  # characters that Excel lets the name of a sheet have
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
_WIDEST: Final = 60
_WIDE: Final = {"evidence": 90, "measure": 40}


def scorecard_row(row: TargetRow, space: str) -> list[str]:
    """Return the cells of a target under `experiments.report.office.content.scorecard_heads`."""
    line = row.decider
    said = space.join([*([row.reason] if row.reason else []), *row.remedies, *row.evidence]).replace("`", "")
    return [row.target, row.shown, row.year, line.goal, line.value, line.span, line.kind, row.line.verdict, said]


def run_workbook(run: Run, language: str, translate: Translate, space: str) -> bytes:
    """Return the workbook of a run: the answer, the scorecard, then a sheet per table.

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
    buffer = io.BytesIO()
    # names come from tables: none is a formula or a link
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheets = _Sheets(book, translate)
        sheets.answer(told)
        sheets.scorecard(told["scorecard_heads"], [(row, scorecard_row(row, space)) for row in told["scorecard"]])
        titles = {
            "stations": translate("Stations"),
            "checks": translate("Accounts of the simulation"),
            "figures": translate("Figures and assumptions"),
            "sources": translate("Sources"),
        }
        tables = {table.title: table for table in told["more"].values()}
        tables |= {title: told[key] for key, title in titles.items()}
        for title, table in tables.items():
            sheets.table(title, table)
    return buffer.getvalue()


class _Sheets:
    """Sheets of a workbook, each with a name that no other has.

    Parameters
    ----------
    book : xlsxwriter.Workbook
        The workbook.
    translate : Translate
        Into the language.
    """

    def __init__(self, book: xlsxwriter.Workbook, translate: Translate) -> None:
        self._book = book
        self._translate = translate
        self._taken: set[str] = set()
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._share = book.add_format({"num_format": "0.0%", "valign": "top"})
        self._number = book.add_format({"num_format": "#,##0.###", "valign": "top"})
        self._year = book.add_format({"num_format": "0", "valign": "top"})
        self._verdicts = {
            style: book.add_format({"bg_color": colour, "bold": True, "valign": "top"})
            for style, colour in FILLS.items()
        }

    def answer(self, told: dict[str, Any]) -> None:
        """Write what the run says, by topic, and what identifies it."""
        sheet = self._sheet(self._translate("The answer"))
        sheet.set_column(0, 0, 100)
        scenario, manifest = told["scenario"], told["manifest"]
        title = self._translate(scenario.title) or scenario.name
        size = self._translate("from {start}, days: {days}, replications: {replications}")
        lines = [(title, self._bold), (told["county"], self._text)]
        shown = size.format(start=scenario.start, days=scenario.days, replications=manifest["replications"])
        lines += [(shown, self._text), (told["answer"], self._text)]
        for topic in told["topics"]:
            lines.append((topic.title, self._bold))
            lines += [(f"{said.text} {said.verdict} ({said.target})", self._text) for said in topic.said]
        for head, key in (("What to do next", "steps"), ("What the model does not do", "limits")):
            lines.append((self._translate(head), self._bold))
            lines += [(text.replace("`", ""), self._text) for text in told[key]]
        lines.append((self._translate("How to repeat this run"), self._bold))
        lines += [(text, self._text) for text in told["commands"]]
        for row, (text, look) in enumerate(lines):
            sheet.write_string(row, 0, text, look)

    def scorecard(self, heads: list[str], rows: list[tuple[TargetRow, list[str]]]) -> None:
        """Write the scorecard, a row per target, its verdict in colour."""
        sheet = self._sheet(self._translate("Scorecard of the plan's measures"))
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self._bold)
        for number, (row, cells) in enumerate(rows, start=1):
            for column, text in enumerate(cells):
                look = self._verdicts[row.line.style] if column == len(cells) - 2 else self._text
                sheet.write_string(number, column, text, look)
        for column, width in enumerate((9, _WIDE["measure"], 7, 16, 16, 24, 24, 12, _WIDE["evidence"])):
            sheet.set_column(column, column, width)
        _ready(sheet, len(rows), len(heads))
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def table(self, title: str, table: Shown) -> None:
        """Write a table of the report."""
        sheet = self._sheet(title)
        for column, head in enumerate(table.heads):
            sheet.write_string(0, column, head, self._bold)
            longest = max((len(row[column].text) for row in table.rows), default=0)
            sheet.set_column(column, column, min(_WIDEST, max(10, min(len(head), 24), longest + 1)))
        for number, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                self._cell(sheet, number, column, cell)
        _ready(sheet, len(table.rows), len(table.heads))

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell) -> None:  # noqa: ANN401 - xlsxwriter has no types
        """Write a cell: a number where the download has one, text otherwise."""
        value = _as_number(cell)
        if value is None:
            sheet.write_string(row, column, cell.text, self._text)
            return
        plain = self._year if cell.text == cell.csv else self._number
        sheet.write_number(row, column, value, self._share if cell.text.endswith("%") else plain)

    def _sheet(self, title: str) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Return a new sheet; its name is the title, cut, and numbered where another has it."""
        name = _FORBIDDEN.sub(" ", title)[:_LONGEST].strip().strip("'") or "-"
        number = 1
        # Excel takes names that differ in case for the same
        while name.lower() in self._taken:
            number += 1
            name = f"{name[: _LONGEST - 4].strip()} ({number})"
        self._taken.add(name.lower())
        return self._book.add_worksheet(name)


def _ready(sheet: Any, rows: int, columns: int) -> None:  # noqa: ANN401 - xlsxwriter has no types
    """Let the head stay in view and on each printed page, and rows be filtered; on A4."""
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, rows), columns - 1)
    sheet.repeat_rows(0)
    sheet.set_paper(9)  # A4


def _as_number(cell: Cell) -> float | None:
    """Return the number of a cell; None where it is text."""
    try:
        return float(cell.csv) if cell.csv and not cell.hint else None
    except ValueError:
        return None
