"""Every cell that may be empty, empty: a county takes it or refuses it by name, and a run of what it takes ends."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

from .tables import schema_of, text_of
from .trial import Case, changed, finding, tried

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


def emptied(folder: Path, county: Path, *, tables: Collection[str] | None = None) -> tuple[int, list[str]]:
    """Return how many cases were tried, and what was found.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder to work in.
    county : pathlib.Path
        A county with one scenario; its files stay as they are.
    tables : collection of str, optional
        Tables whose columns are emptied; all by default.
    """
    copy = shutil.copytree(county, folder / county.name)
    cases = [case for case in _cases(copy) if tables is None or case.changes[0][0].stem in tables]
    found = [f"{case.words}: {words}" for case in cases if (words := _tried(case, folder / "run")) is not None]
    return len(cases), found


def _cases(county: Path) -> Iterator[Case]:
    """Yield each column that may be empty and is not: the table without it, and with a cell of it empty."""
    for file in sorted([*county.glob("*.csv"), *county.glob("layouts/*.csv")]):
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
        columns = schema_of(file).columns()
        for place, name in enumerate(rows[0]):
            full = [number for number, row in enumerate(rows) if number and row[place]]
            if not (columns[name].nullable and full):
                continue
            without = [[*row[:place], *row[place + 1 :]] for row in rows]
            number = full[len(full) // 2]
            cell = [row if at != number else [*row[:place], "", *row[place + 1 :]] for at, row in enumerate(rows)]
            for how, made in (("no column", without), (f"line {number + 1} empty", cell)):
                words = f"{county.name}/{file.name}, {name}: {how}"
                places = (file.name, file.stem, name)
                command = ("county", "check", str(county))
                yield Case("emptied", words, command, places, changes=((file, text_of(made)),))


def _tried(case: Case, run: Path) -> str | None:
    """Return what is wrong about how a case was taken: by the check, and by a run of what that takes."""
    with changed(case):
        checked = tried(case.command)
        words = finding(case, checked)
        if words is not None or checked.code != 0:
            return words
        command = ("run", case.command[-1], "--out", str(run), "-n", "1", "--days", "1", "--points", "0", "--quiet")
        words = finding(case, tried(command))
        shutil.rmtree(run, ignore_errors=True)
        return words if words is None else f"accepted, then {words}"
