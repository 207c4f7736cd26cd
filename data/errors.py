"""Errors of the toolkit, and the record of one fault in an input."""

from __future__ import annotations

import _thread
import contextlib
import difflib
import signal
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHOWN_FAULTS = 50
SHOWN_WARNINGS = 5
AGAIN_S = 0.02
"""After which an interrupt that was lost comes again, s."""


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


@contextlib.contextmanager
def interrupts_kept() -> Iterator[None]:
    """Raise what Ctrl-C raised also where it would be lost.

    A signal that comes while numba loads or compiles a function ends there as a `SystemError`, often of a `SystemError`
    and so on, with the `KeyboardInterrupt` as the cause of the first. One that comes while Python is called back from
    where nothing can be raised (``__del__``, a weak reference, a compiler that hands over its code) is printed as
    ignored, and the program goes on, at times to another error: here that one, or else the next step, ends in it.

    Raises
    ------
    KeyboardInterrupt
        Instead of an error that comes of one.
    """
    with _lost_interrupts() as lost:
        try:
            yield
        except Exception as error:
            first = _first_of(error)
            if isinstance(first, KeyboardInterrupt):
                raise first from None
            if lost:
                lost.clear()
                raise KeyboardInterrupt from None
            raise


def _first_of(error: BaseException | None) -> BaseException | None:
    """Return what compiled code has made a `SystemError` of, or the error itself where it is none."""
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


@contextlib.contextmanager
def _lost_interrupts() -> Iterator[list[int]]:
    """Note interrupts that Python has to ignore, and send each once more, unless it was taken from the list by then."""
    lost: list[int] = []
    # only the main thread is ever interrupted
    if threading.current_thread() is not threading.main_thread():
        yield lost
        return
    before = sys.unraisablehook

    def hear(ignored: sys.UnraisableHookArgs) -> None:
        if isinstance(_first_of(ignored.exc_value), KeyboardInterrupt):
            lost.append(signal.SIGINT)
            # no `threading.Thread`: what was interrupted may hold the locks that its start takes
            _thread.start_new_thread(_send_soon, (lost,))
        else:
            before(ignored)

    sys.unraisablehook = hear
    try:
        yield lost
    finally:
        sys.unraisablehook = before


def _send_soon(lost: list[int]) -> None:
    """Interrupt the main thread when it has left what it was in, where the interrupt is still lost."""
    time.sleep(AGAIN_S)
    if not lost:
        return
    lost.clear()
    if hasattr(signal, "pthread_kill"):
        # a real signal: it also ends a wait
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
