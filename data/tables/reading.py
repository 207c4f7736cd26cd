"""Reading of county tables from CSV files, with the line of every row kept for messages."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from data.errors import Fault
from data.tables.validate import inspect_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import dataframely as dy


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
    """Read one CSV file (UTF-8, comma, header; an empty cell is null) and check it against its schema.

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
        # utf-8-sig drops the mark that spreadsheets put at the beginning
        text = (folder / file).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        faults = [] if optional else [_missing(folder, file, header, otherwise)]
        return replace(empty_table(file, schema), faults=faults)
    except UnicodeDecodeError as error:
        got = f"bytes that are not UTF-8 (at byte {error.start})"
        fault = Fault(file, None, None, got, "UTF-8 text", "Save the file as UTF-8.")
        return ReadTable(file, _empty(schema), (), faults=[fault])
    raw, lines, faults = _parse(text, file=file, header=header)
    if raw is None:
        return ReadTable(file, _empty(schema), (), faults=faults)
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


def _parse(text: str, *, file: str, header: str) -> tuple[pl.DataFrame | None, list[int], list[Fault]]:
    """Split CSV text into text columns, the line of each row, and the faults of its shape."""
    # newline='': the reader itself counts the lines of quoted cells that span several
    reader = csv.reader(io.StringIO(text, newline=""))
    names = [name.strip() for name in next(reader, [])]
    if not any(names):
        return None, [], [Fault(file, 1, None, "no header", f"the header {header}", "Write the header line.")]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        remedy = "Rename or remove the repeated columns."
        return None, [], [Fault(file, 1, repeated[0], "the column twice", "each column once", remedy)]
    rows: list[list[str | None]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    before = reader.line_num
    for cells in reader:
        # a row's first line: a quoted cell may span several
        line, before = before + 1, reader.line_num
        # spreadsheets leave empty lines at the end
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            remedy = "Quote cells that contain commas."
            faults.append(Fault(file, line, None, f"{len(cells)} cells", f"{len(names)} cells", remedy))
            # left out: its cells would stand in the wrong columns
            continue
        rows.append([cell.strip() or None for cell in cells])
        lines.append(line)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame, lines, faults
