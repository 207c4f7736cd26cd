"""County tables with wrong cells, columns, rows and files."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import dataframely as dy

from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout

from .trial import Case

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

NO_NUMBERS = ("abc", "nan", "inf", "-inf", "1e999", "1,5", "--1", "0x10", "１２", "1 2", "1e308", "-1e308")
STRUCTURES = (
    "no column",
    "column misspelt",
    "unknown column",
    "row twice",
    "cell too many",
    "cell too few",
    "open quote",
    "zero byte",
    "not utf-8",
    "file misspelt",
    "file empty",
    "header only",
    "huge cell",
    "columns twice",
    "windows line ends",
    "byte order mark",
    "cut",
)
HARMLESS = ("windows line ends", "byte order mark", "cut", "header only", "huge cell")
"""May be accepted, as long as nothing goes wrong."""


def schema_of(file: Path) -> type[dy.Schema]:
    """Return the schema of a table's file."""
    return Layout if file.parent.name == "layouts" else TABLES[file.stem]


def table_case(rng: np.random.Generator, county: Path) -> Case:
    """Return a case with one thing wrong in one table of a county."""
    files = sorted([*county.glob("*.csv"), *county.glob("layouts/*.csv")])
    # a table that waits for the county's own figures has a header alone, and no cells to spoil
    files = [file for file in files if file.read_bytes().count(b"\n") > 1]
    file = files[int(rng.integers(len(files)))]
    if rng.random() < 0.3:
        return _structure(rng, county, file)
    return _cell(rng, county, file)


def _cell(rng: np.random.Generator, county: Path, file: Path) -> Case:
    """Return a case with a wrong cell."""
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
    place = int(rng.integers(len(rows[0])))
    column = schema_of(file).columns()[rows[0][place]]
    row = int(rng.integers(1, len(rows)))
    value, absurd = _value(rng, column)
    was, rows[row][place] = rows[row][place], value
    words = f"{county.name}/{file.name}, line {row + 1}, {rows[0][place]}: {was!r} becomes {value!r}"
    return _case(
        county, words, (file.name, file.stem), changes=((file, text_of(rows)),), absurd=absurd and value != was
    )


def _value(rng: np.random.Generator, column: dy.Column) -> tuple[str, bool]:
    """Return a value for a cell, and whether no table may hold it."""
    wrong: list[tuple[str, bool]] = [("", not column.nullable)]
    if isinstance(column, dy.Float64 | dy.Int64):
        wrong += [(text, True) for text in NO_NUMBERS]
        wrong += _beyond(column)
        if isinstance(column, dy.Int64):
            wrong += [("1.5", True), ("99999999999999999999", True)]
    elif isinstance(column, dy.Bool):
        wrong += [("maybe", True), ("2", True)]
    elif isinstance(column, dy.Date):
        wrong += [("2025-02-30", True), ("yesterday", True), ("20250101", True)]
    elif "values" in (column.metadata or {}):
        wrong += [("zzz", True), ("DC ", True), ("nan", True)]
    else:
        wrong += [("zzz\x00", True), ("zzz", False), ("x" * 3000, False), ("=1+1", False), ("<b>x</b>", False)]
    return wrong[int(rng.integers(len(wrong)))]


def _beyond(column: dy.Float64 | dy.Int64) -> list[tuple[str, bool]]:
    """Return values beyond the ends of what a column may hold."""
    found: list[tuple[str, bool]] = [("0", False), ("-1", False), ("1000000000000", False), ("1e-300", False)]
    low, high, above = (getattr(column, name) for name in ("min", "max", "min_exclusive"))
    if low is not None:
        found.append((f"{low - 1 - abs(low)}", True))
    if high is not None:
        found.append((f"{2 * abs(high) + 1}", True))
    if above is not None:
        found.append((f"{above}", True))
    return found


def _structure(rng: np.random.Generator, county: Path, file: Path) -> Case:
    """Return a case with a wrong file."""
    how = STRUCTURES[int(rng.integers(len(STRUCTURES)))]
    content = file.read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode())))
    place, row = int(rng.integers(len(rows[0]))), int(rng.integers(1, len(rows)))
    schema, name = schema_of(file), rows[0][place]
    absurd = how not in HARMLESS
    if how == "no column":
        absurd = not schema.columns()[name].nullable
    elif how == "row twice":
        absurd = bool(schema.primary_key())
    elif how == "file misspelt":
        absurd = file.parent.name != "layouts"  # another name is another layout
    words = f"{county.name}/{file.name}, line {row + 1}, {name}: {how}"
    if how == "file misspelt":
        changes: tuple[tuple[Path, bytes | None], ...] = ((file.with_name(f"{file.stem}x.csv"), content), (file, None))
    else:
        changes = ((file, _bytes(rng, how, _rows(how, rows, row, place))),)
    return _case(county, words, (file.name, file.stem), changes=changes, absurd=absurd)


def _rows(how: str, rows: list[list[str]], row: int, place: int) -> list[list[str]]:
    """Return the rows of a table, the header first, with what is wrong about them as rows."""
    cells = list(rows[row])
    before, after = rows[:row], rows[row + 1 :]
    header = list(rows[0])
    header[place] += "x"
    cells[place] = "1" * 200_000
    return {
        "no column": [each[:place] + each[place + 1 :] for each in rows],
        "column misspelt": [header, *rows[1:]],
        "unknown column": [[*each, "nonsense" if at == 0 else "1"] for at, each in enumerate(rows)],
        "columns twice": [[*each, each[place]] for each in rows],
        "row twice": [*rows, rows[row]],
        "cell too many": [*before, [*rows[row], "1"], *after],
        "cell too few": [*before, rows[row][:-1], *after],
        "huge cell": [*before, cells, *after],
        "header only": rows[:1],
    }.get(how, rows)


def _bytes(rng: np.random.Generator, how: str, rows: list[list[str]]) -> bytes:
    """Return a file's bytes, with what is wrong about them as bytes."""
    content = text_of(rows)
    at = int(rng.integers(len(content)))
    if how == "open quote":
        start = content.index(b"\n") + 1  # a quote is one only where a cell begins
        return content[:start] + b'"' + content[start:]
    return {
        "zero byte": content[:at] + b"\0" + content[at:],
        "not utf-8": content[:at] + b"\xff\xfe" + content[at:],
        "file empty": b"",
        "windows line ends": content.replace(b"\n", b"\r\n"),
        "byte order mark": b"\xef\xbb\xbf" + content,
        "cut": content[:at],
    }.get(how, content)


def text_of(rows: list[list[str]]) -> bytes:
    """Return rows as a file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _case(
    county: Path,
    words: str,
    places: tuple[str, ...],
    *,
    changes: tuple[tuple[Path, bytes | None], ...],
    absurd: bool,
) -> Case:
    """Return a case that checks a county."""
    return Case("tables", words, ("county", "check", str(county)), places, absurd, changes)
