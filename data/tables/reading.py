"""Reading of county tables from CSV files, with the line of every row kept for messages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from data.errors import Fault
from data.tables.csv_text import (
    COMMA,
    SEPARATOR_NAMES,
    UnknownEncodingError,
    UnreadableRowError,
    csv_rows,
    decode,
    separator_of,
    with_decimal_points,
)
from data.tables.validate import inspect_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import dataframely as dy


MOST_BYTES = 32_000_000
"""A larger file is no table of a county: it is not read at all."""


@dataclass(frozen=True)
class ReadTable:
    """A table as read: frame in the schema's shape, line of each row in the file, faults so far.

    Attributes
    ----------
    file : str
        Path of the file below the county's folder, for messages.
    frame : polars.DataFrame
        The rows; cells that could not be used are null.
    lines : sequence of int
        Line in the file of each row; the header is line 1.
    present : bool
        Whether the file exists.
    faults : list of Fault
        What is wrong with the file and its cells.
    """

    file: str
    frame: pl.DataFrame
    lines: Sequence[int]
    present: bool = True
    faults: list[Fault] = field(default_factory=list)


def read_table(
    folder: Path, file: str, schema: type[dy.Schema], *, optional: bool = False, otherwise: str = ""
) -> ReadTable:
    """Read one CSV file (with a header; an empty cell is null) and check it against its schema.

    Besides UTF-8 with commas, what spreadsheets write is read: UTF-16, GBK, semicolons or tabs, decimal commas
    where cells are not separated by commas.

    Parameters
    ----------
    folder : pathlib.Path
        The county's folder.
    file : str
        Path of the file below it, such as ``towns.csv``.
    schema : type of dataframely.Schema
        What the table must look like.
    optional : bool
        Whether the file may be absent.
    otherwise : str
        What else helps where it is absent and may not be: the end of the remedy.

    Returns
    -------
    ReadTable
        The table; faults are listed in it, never raised.
    """
    header = ",".join(schema.column_names())
    try:
        size = (folder / file).stat().st_size
        if size > MOST_BYTES:
            got = f"a file of {size / 1e6:,.0f} MB"
            fault = Fault(file, None, None, got, f"at most {MOST_BYTES / 1e6:.0f} MB", "Leave out what is not needed.")
            return ReadTable(file, _empty(schema), (), faults=[fault])
        text = decode((folder / file).read_bytes())
    except FileNotFoundError:
        faults = [] if optional else [_missing(folder, file, header, otherwise)]
        return replace(empty_table(file, schema), faults=faults)
    except UnknownEncodingError as error:
        got = f"bytes that are not UTF-8, UTF-16 or GBK (at byte {error.byte})"
        remedy = "Save the file as UTF-8 (in Excel: CSV UTF-8)."
        fault = Fault(file, None, None, got, "UTF-8 text", remedy)
        return ReadTable(file, _empty(schema), (), faults=[fault])
    separator = separator_of(text)
    raw, lines, faults = _parse(text, separator, file=file, header=header)
    if raw is None:
        return ReadTable(file, _empty(schema), (), faults=faults)
    if separator != COMMA:
        numbers = [name for name, column in schema.columns().items() if column.dtype.is_numeric()]
        raw = raw.with_columns(with_decimal_points(raw[name]) for name in numbers if name in raw.columns)
    frame, more = inspect_frame(raw, schema, table=file, rows=lines, parse_text=True)
    return ReadTable(file, frame, lines, faults=faults + more)


def empty_table(file: str, schema: type[dy.Schema]) -> ReadTable:
    """Return a table that is not looked at: no rows, no faults."""
    return ReadTable(file, _empty(schema), (), present=False)


def _missing(folder: Path, file: str, header: str, otherwise: str) -> Fault:
    """Return the fault of a table that is not there."""
    remedy = f"Create it with the header {header}{'.' if otherwise else ''}{otherwise}"
    return Fault(file, None, None, f"no file {folder / file}", "a table", remedy)


def _empty(schema: type[dy.Schema]) -> pl.DataFrame:
    """Return the schema's frame without rows."""
    return pl.DataFrame(schema={name: column.dtype for name, column in schema.columns().items()})


def _parse(text: str, separator: str, *, file: str, header: str) -> tuple[pl.DataFrame | None, list[int], list[Fault]]:
    """Split CSV text into text columns, the line of each row, and the faults of its shape."""
    try:
        names, found = csv_rows(text, separator)
    except UnreadableRowError as error:
        return None, [], [Fault(file, error.line, None, error.got, error.expected, error.remedy)]
    if not any(names):
        return None, [], [Fault(file, 1, None, "no header", f"the header {header}", "Write the header line.")]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        remedy = "Rename or remove the repeated columns."
        return None, [], [Fault(file, 1, repeated[0], "the column twice", "each column once", remedy)]
    rows: list[list[str | None]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for line, cells in found:
        if len(cells) != len(names):
            remedy = f"Quote cells that contain a {SEPARATOR_NAMES[separator]}."
            faults.append(Fault(file, line, None, f"{len(cells)} cells", f"{len(names)} cells", remedy))
            # left out: its cells would stand in the wrong columns
            continue
        rows.append([cell or None for cell in cells])
        lines.append(line)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame, lines, faults
