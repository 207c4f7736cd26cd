"""CSV as spreadsheets and libraries write it: its encoding, its separator, its decimal comma.

A file is read where it can be read in one way only; what is ambiguous is left for the fault of the cell.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ROWS = 100_000
"""More rows no table of a county has; reading more would take minutes and all memory."""
COMMA, SEMICOLON, TAB = ",", ";", "\t"
SEPARATOR_NAMES = {COMMA: "comma", SEMICOLON: "semicolon", TAB: "tab"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMON_SHARE = 0.8  # of the characters of a Chinese text stand in GB 2312, the 6,763 common ones; by chance few do
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")


class UnknownEncodingError(ValueError):
    """Bytes that are no text in an encoding that is known here."""

    def __init__(self, byte: int) -> None:
        super().__init__(f"at byte {byte}")
        self.byte = byte


class UnreadableRowError(ValueError):
    """A row that cannot be read: what is wrong with it, and where it begins."""

    def __init__(self, line: int, got: str, expected: str, remedy: str) -> None:
        super().__init__(f"line {line}: {got}")
        self.line, self.got, self.expected, self.remedy = line, got, expected, remedy


class ControlCharacterError(UnreadableRowError):
    """A character that no keyboard writes, in a line: left by a broken copy or another kind of file."""

    def __init__(self, line: int, character: str) -> None:
        got = f"the control character U+{ord(character):04X}"
        super().__init__(line, got, "text without control characters", "Take it out, or bring the file back.")


class CsvRow(NamedTuple):
    """A row of a CSV file: the line where it begins, its cells without outer blanks."""

    line: int
    cells: list[str]


def decode(content: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 (as Excel's "Unicode text"), or GBK (as Excel in China saves CSV).

    Raises
    ------
    UnknownEncodingError
        If it is none of these.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content, name)
    # every second byte of Latin text in UTF-16 is zero, and none is in the others
    if content[1:2] == b"\0":
        return _decoded(content, "utf-16-le")
    if content[:1] == b"\0":
        return _decoded(content, "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _chinese(content)
        if text is None:
            raise UnknownEncodingError(error.start) from error
        return text


def _decoded(content: bytes, name: str) -> str:
    """Return the text of bytes that say which encoding they are in."""
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise UnknownEncodingError(error.start) from error


def _chinese(content: bytes) -> str | None:
    """Return GBK text; None where the bytes are more likely another encoding, such as Latin-1."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [letter for letter in text if not letter.isascii()]
    common = sum(len(letter.encode("gb2312", errors="ignore")) == 2 for letter in foreign)
    return text if common >= _COMMON_SHARE * len(foreign) else None


def separator_of(text: str) -> str:
    """Return what separates the cells of the header: a comma; a semicolon or a tab where it has no comma."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    plain = re.sub(r'"[^"]*"', "", header)
    found = [mark for mark in (COMMA, TAB, SEMICOLON) if mark in plain]
    return found[0] if found else COMMA


def csv_rows(text: str, separator: str) -> tuple[list[str], list[CsvRow]]:
    """Return the names of the header, and the rows that are not empty.

    Excel may write ``sep=;`` as a line before the header; it is skipped.

    Raises
    ------
    UnreadableRowError
        A cell that is longer than any text, as behind a quote that is left open, more rows than any table has, or a
        control character.
    """
    # two keys that differ by what nobody sees would be two keys
    control = _CONTROL.search(text)
    if control is not None:
        raise ControlCharacterError(1 + text.count("\n", 0, control.start()), control.group())
    # newline='': the reader itself counts the lines of quoted cells that span several
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    names = _next(reader, 1) or []
    if names and names[0].lower().startswith("sep="):
        names = _next(reader, 2) or []
    rows: list[CsvRow] = []
    before = reader.line_num
    while (cells := _next(reader, before + 1)) is not None:
        # a row's first line: a quoted cell may span several
        line, before = before + 1, reader.line_num
        # spreadsheets leave empty lines at the end
        if any(cells):
            if len(rows) == MOST_ROWS:
                remedy = "Leave out what the county does not need; a county has thousands of rows, not millions."
                raise UnreadableRowError(line, "one more row", f"at most {MOST_ROWS:,} rows", remedy)
            rows.append(CsvRow(line, cells))
    return names, rows


def _next(reader: Iterator[list[str]], line: int) -> list[str] | None:
    """Return the row that begins in a line without outer blanks; None at the end."""
    try:
        cells = next(reader, None)
    except csv.Error as error:
        limit = csv.field_size_limit()
        expected = f"cells of at most {limit:,} characters"
        remedy = "Close the quote that is left open, or shorten the cell."
        raise UnreadableRowError(line, f"what is no row ({error})", expected, remedy) from error
    return None if cells is None else [cell.strip() for cell in cells]


def with_decimal_points(series: pl.Series) -> pl.Series:
    """Return a column of text with points for decimal commas, where cells are separated by something else."""
    return pl.Series(series.name, [None if cell is None else _with_point(cell) for cell in series], dtype=pl.String)


def _with_point(cell: str) -> str:
    """Return a number such as ``12,5`` or ``1.234,5`` with a decimal point; other text as it is."""
    if _THOUSANDS.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell
