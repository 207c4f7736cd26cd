"""Errors of the toolkit, and the record of one fault in an input."""

from __future__ import annotations

import difflib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN_FAULTS = 50
SHOWN_WARNINGS = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a table: what, where, and what to do about it.

    Attributes
    ----------
    file : str
        File name (``towns.csv``) or table name (``layout``) of the input.
    row : int or None
        Line of the file (the header is line 1), or data row of a frame counted from 1. None: the whole table.
    column : str or None
        Column of the fault; None: the whole row or table.
    got : str
        What stands there.
    expected : str
        What should stand there.
    remedy : str
        What to do.
    """

    file: str
    row: int | None
    column: str | None
    got: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the fault as one line of text."""
        where = self.file
        if self.row is not None:
            where += f", {'line' if self.file.endswith('.csv') else 'row'} {self.row}"
        if self.column is not None:
            where += f", column '{self.column}'"
        text = f"{where}: got {self.got}; expected {self.expected}."
        return f"{text} {self.remedy}" if self.remedy else text


class XijiangError(ValueError):
    """Base of all errors that the toolkit raises about its inputs."""


class ScenarioError(XijiangError):
    """A scenario, option or argument is wrong."""


class InfeasibleError(XijiangError):
    """No design within the given bounds reaches the target."""


class UnusualWarning(UserWarning):
    """An input is possible, but far from what is usual: worth a look before its results are used."""


class DataError(XijiangError):
    """A table is wrong; ``faults`` lists everything that is wrong with it.

    Attributes
    ----------
    faults : tuple of Fault
        All faults found; empty where the error is not about cells of a table.
    """

    def __init__(self, message: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)

    @classmethod
    def of(cls, subject: str, faults: Sequence[Fault]) -> Self:
        """Return an error whose message lists the faults found in `subject` (at most 50 of them)."""
        noun = "fault" if len(faults) == 1 else "faults"
        lines = [f"{subject}: {len(faults)} {noun}", *(f"  - {fault}" for fault in faults[:SHOWN_FAULTS])]
        if len(faults) > SHOWN_FAULTS:
            lines.append(f"  ... and {len(faults) - SHOWN_FAULTS} more")
        return cls("\n".join(lines), faults=faults)


def warn_of(subject: str, texts: Sequence[str]) -> None:
    """Warn of what is unusual in `subject`: the first texts, and how many more there are."""
    for text in texts[:SHOWN_WARNINGS]:
        warnings.warn(f"{subject}: {text}", UnusualWarning, stacklevel=3)
    if len(texts) > SHOWN_WARNINGS:
        more = f"{subject}: {len(texts) - SHOWN_WARNINGS} more values are unusual. `xijiang county check` lists them."
        warnings.warn(more, UnusualWarning, stacklevel=3)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint about the known name that resembles `name` most.

    Parameters
    ----------
    name : str
        The name that was not found.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``" Did you mean 'x'?"`` (with the leading blank), or ``""`` where nothing resembles it.
    """
    folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(str(name).casefold(), folded, n=1)
    return f" Did you mean '{folded[close[0]]}'?" if close else ""
