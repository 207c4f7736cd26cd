"""Progress and tables in the terminal."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Self

import typer
from rich.cells import set_cell_size
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments.cli.options import INTERRUPTED
from experiments.formatting import figure
from experiments.interrupts import interrupts_kept
from experiments.report.words.terminal import PROGRESS, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl
    from rich.progress import TaskID

    from experiments.report.language import Translate
    from experiments.runs.execute import Progress as Done

WIDTH = 120
_UNBOUND = 100_000  # columns: wide enough for any id


class ProgressBar:
    """A bar on stderr with what was simulated; remembers how many replications are finished.

    Parameters
    ----------
    translate : Translate
        To the reader's language.
    shown : bool
        Whether anything is drawn.
    """

    def __init__(self, translate: Translate, *, shown: bool) -> None:
        self.done = 0
        self._translate = translate
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), disable=not shown
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        self._task = self._bar.add_task(self._translate(PROGRESS["reading"]), total=None)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._bar.stop()

    def update(self, done: Done) -> None:
        """Show how far the run is."""
        self.done = done.done
        if self._task is not None:
            finished, total = done.short or (done.done, done.total)
            self._bar.update(
                self._task, description=progress_text(done, self._translate), completed=finished, total=total
            )


class StatusLine:
    """One line on stderr that is written over; nothing where stderr is no terminal.

    Parameters
    ----------
    translate : Translate
        To the reader's language.
    shown : bool
        Whether anything is drawn.
    """

    def __init__(self, translate: Translate, *, shown: bool) -> None:
        self._translate = translate
        self._shown = shown and sys.stderr.isatty()
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave an empty line."""
        self.show("")
        if self._shown:
            sys.stderr.write("\r")

    def show(self, text: str) -> None:
        """Show a text."""
        if self._shown:
            sys.stderr.write("\r" + pad(text, shutil.get_terminal_size().columns - 1))
            sys.stderr.flush()

    def points(self, done: int, total: int) -> None:
        """Show how many points of a design are answered, and how long the others may take."""
        left = (time.monotonic() - self._began) / done * (total - done)
        text = self._translate(PROGRESS["point"]).format(number=done, total=total)
        self.show(text + (self._translate(PROGRESS["left"]).format(seconds=left) if left else ""))


@contextlib.contextmanager
def interruptible(kept: str, translate: Translate) -> Iterator[None]:
    """Say on Ctrl-C what is kept and how to go on, and end with exit code 130.

    Parameters
    ----------
    kept : str
        What is kept and where; empty where nothing is.
    translate : Translate
        To the reader's language.
    """
    try:
        with interrupts_kept():
            yield
    except KeyboardInterrupt:
        words = translate(STOPPED["kept" if kept else "lost"])
        sys.stderr.write("\n" + words.format(kept=kept, remedy=translate(STOPPED["out"])) + "\n")
        raise typer.Exit(INTERRUPTED) from None


def progress_text(done: Done, translate: Translate) -> str:
    """Return progress in the words of the domain."""
    if done.short is not None:
        key, number, total = "short", *done.short
    elif done.done == done.total:
        key, number, total = "replications", done.total, done.total
    else:
        key, number, total = "replication", done.done + 1, done.total
    text = translate(PROGRESS[key]).format(number=number, total=total)
    if done.kept:
        text += translate(PROGRESS["kept"]).format(kept=done.kept)
    if done.counts:
        text += translate(PROGRESS["last"]).format(sessions=done.counts["sessions"], calls=done.counts["calls"])
    if done.left_s:
        text += translate(PROGRESS["left"]).format(seconds=done.left_s)
    return text


def pad(text: str, cells: int) -> str:
    """Return a text of so many cells of a terminal, cut or filled: a Chinese letter takes two of them."""
    return set_cell_size(text, cells)


def render(table: Table) -> str:
    """Return a table as text for stdout: as wide as the terminal, or as wide as its ids need where it goes to a file.

    Ids and names are never cut: what does not fit goes on in the next line, and where stdout is no terminal, a line is
    as long as the longest words of its cells ask for, and at least `WIDTH`.
    """
    colours = Console().is_terminal
    for column in table.columns:
        column.overflow = "fold"
    width = shutil.get_terminal_size().columns if colours else _fitted(table)
    buffer = io.StringIO()
    Console(file=buffer, width=width, force_terminal=colours, highlight=False).print(table)
    return buffer.getvalue().rstrip("\n")


def _fitted(table: Table) -> int:
    """Give the columns of a table their widths for a file, none below its longest word; return the width of a line.

    What is left of `WIDTH` goes to the column that lacks most. Left to itself, rich narrows wide columns below their
    longest word, widens them again, and cuts the last column off: a phrase in Chinese is one word.
    """
    wide = Console(width=_UNBOUND)
    sizes = [
        [Measurement.get(wide, wide.options, part) for part in (column.header, *column.cells)]
        for column in table.columns
    ]
    least = [max((size.minimum for size in column), default=1) for column in sizes]
    most = [max((size.maximum for size in column), default=1) for column in sizes]
    # a border and a blank on both sides of each column, and the border at the end
    frame = 3 * len(sizes) + 1
    for _ in range(WIDTH - frame - sum(least)):
        lacking = [high - low for low, high in zip(least, most, strict=True)]
        if max(lacking, default=0) <= 0:
            break
        least[lacking.index(max(lacking))] += 1
    for column, cells in zip(table.columns, least, strict=True):
        column.width = cells
    return max(WIDTH, frame + sum(least))


@contextlib.contextmanager
def working(what: str, *, shown: bool) -> Iterator[None]:
    """Show on stderr what is being done and for how long, where stderr is a terminal.

    For work whose length is not known beforehand; see `ProgressBar` and `StatusLine` for the rest.

    Parameters
    ----------
    what : str
        In the words of the domain.
    shown : bool
        Whether anything is drawn.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    quiet = not (shown and sys.stderr.isatty())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        bar.add_task(what, total=None)
        yield


def figures_table(frame: pl.DataFrame, heads: Sequence[str] = ()) -> Table:
    """Return any table for the terminal, its figures rounded; its columns' names are its heads where none are given."""
    table = Table(*(heads or frame.columns))
    for row in frame.iter_rows():
        table.add_row(
            *(figure(value, None) if value is None or isinstance(value, float) else str(value) for value in row)
        )
    return table


def kept_points(out: Path, translate: Translate) -> str:
    """Return what a design that is stopped leaves behind."""
    return translate(STOPPED["points"]).format(folder=out / "points")


def print_json(content: object) -> None:
    """Print an answer for machines; what JSON does not know, such as dates, as text."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))
