"""A file to import: its bytes, its text, or the JSON in it; and notes on what an import took or left out."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import DataError
from data.tables.csv_text import (
    COMMA,
    UnknownEncodingError,
    UnreadableRowError,
    csv_rows,
    decode,
    separator_of,
    with_decimal_points,
)

if TYPE_CHECKING:
    from pathlib import Path

LINE = "line"
"""Column of a table as read: the line of the file where the row begins."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a file that was not taken.

    Attributes
    ----------
    where : str
        Its place in the file, such as ``line 12`` or ``location LOC1, evse 3256``.
    what : str
        Its name.
    reason : str
        Why it was left out.
    """

    where: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A value that the file does not say, and what was taken instead.

    Attributes
    ----------
    station : str
        The station.
    column : str
        Column of the layout.
    value : str
        What was taken.
    why : str
        Where it comes from: a figure of the county, or how it was worked out.
    """

    station: str
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class SourceFile:
    """A file to import. Its text and JSON are read once, when first asked for."""

    path: Path

    @functools.cached_property
    def content(self) -> bytes:
        """The bytes of the file.

        Raises
        ------
        DataError
            If the file cannot be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise DataError(f"{self.path}: the file cannot be read ({error.strerror}). Check its name.") from error

    @functools.cached_property
    def text(self) -> str:
        """The text of the file; see `data.tables.csv_text.decode`.

        Raises
        ------
        DataError
            If it is not text.
        """
        try:
            return decode(self.content)
        except UnknownEncodingError as error:
            raise DataError(
                f"{self.path}: got bytes that are not UTF-8, UTF-16 or GBK ({error}); expected text. Save it as UTF-8."
            ) from error

    @functools.cached_property
    def json(self) -> Any:  # noqa: ANN401 - JSON may hold anything
        """The JSON of the file; None where it holds none."""
        if not self.is_json:
            return None
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise DataError(f"{self.path}: the JSON is damaged ({error}). Download it again.") from error

    @functools.cached_property
    def is_json(self) -> bool:
        """Whether the file begins as JSON of objects does."""
        return self.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}

    @functools.cached_property
    def table(self) -> pl.DataFrame:
        """The rows of a CSV file as text, with their `LINE`; cells without text are null.

        Raises
        ------
        DataError
            If there is no header, a column stands twice, or a row cannot be read or has another number of cells.
        """
        separator = separator_of(self.text)
        try:
            names, rows = csv_rows(self.text, separator)
        except UnreadableRowError as error:
            text = f"line {error.line}: got {error.got}; expected {error.expected}. {error.remedy}"
            raise DataError(f"{self.path}, {text}") from None
        if not any(names) or len(set(names)) < len(names):
            raise DataError(f"{self.path}, line 1: got {names}; expected a header that names each column once.")
        wrong = [row.line for row in rows if len(row.cells) != len(names)]
        if wrong:
            lines = ", ".join(map(str, wrong[:5]))
            raise DataError(
                f"{self.path}: lines with other than {len(names)} cells: {lines}. Quote cells that hold a separator."
            )
        schema = {name or f"column {number}": pl.String for number, name in enumerate(names, 1)}
        frame = pl.DataFrame([[cell or None for cell in row.cells] for row in rows], schema=schema, orient="row")
        if separator != COMMA:
            frame = frame.with_columns(with_decimal_points(column) for column in frame)
        return frame.with_columns(pl.Series(LINE, [row.line for row in rows], dtype=pl.Int64))


def left_out_table(rows: list[LeftOut]) -> pl.DataFrame:
    """Return what was left out as a table: where, what, reason."""
    return pl.DataFrame(
        [(row.where, row.what, row.reason) for row in rows],
        schema=dict.fromkeys(("where", "what", "reason"), pl.String),
        orient="row",
    )


def taken_table(rows: list[Taken]) -> pl.DataFrame:
    """Return what was taken instead of missing values as a table: station, column, value, why."""
    return pl.DataFrame(
        [(row.station, row.column, row.value, row.why) for row in rows],
        schema=dict.fromkeys(("station_id", "column", "value", "why"), pl.String),
        orient="row",
    )
