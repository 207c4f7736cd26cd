"""One wrong input: how it is tried, and what counts as a finding."""

from __future__ import annotations

import contextlib
import io
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HANG_S = 60
"""Seconds of the processor after which a command hangs: on a busy machine the clock on the wall says little."""
WAITS = 10
"""So many times longer, by the clock on the wall, hangs a command that takes no time of the processor."""
CODES = (0, 1, 2, 3)
SIGNS = ("Traceback", "this should not happen", "memory is short")
"""Words of a command that did not understand what went wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """A command on changed files.

    Attributes
    ----------
    kind : str
        Kind of the input.
    words : str
        What was changed, to find it again.
    command : tuple of str
        The command and its options.
    places : tuple of str
        One of these must stand in the message of a command that refuses.
    absurd : bool
        Whether the input means nothing, so that the command must refuse it.
    changes : tuple of (path, bytes or None)
        Files with other contents; None: deleted.
    """

    kind: str
    words: str
    command: tuple[str, ...]
    places: tuple[str, ...] = ()
    absurd: bool = False
    changes: tuple[tuple[Path, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exit code and all that was printed."""

    code: int | str
    shown: str


class HangError(BaseException):
    """A command that did not end in time; no command catches it as an error of its own."""


@contextlib.contextmanager
def changed(case: Case) -> Iterator[None]:
    """Put the case's files in place of those that are there, and these back afterwards."""
    before = [(path, path.read_bytes() if path.exists() else None) for path, _ in case.changes]
    _write(case.changes)
    try:
        yield
    finally:
        _write(before)


def _write(files: list[tuple[Path, bytes | None]] | tuple[tuple[Path, bytes | None], ...]) -> None:
    """Write or delete files."""
    for path, content in files:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)


def tried(command: tuple[str, ...], *, limit_s: int = HANG_S) -> Outcome:
    """Return how a command ends; one that takes longer than the limit hangs."""
    shown = io.StringIO()
    for sign in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(sign, _hangs)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    signal.alarm(WAITS * limit_s)
    code: int | str | None
    try:
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            cli.main(command)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException as error:  # noqa: BLE001 - whatever escapes is the finding
        code = f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.alarm(0)
    return Outcome(code, shown.getvalue())


def _hangs(*_: object) -> None:
    raise HangError


def finding(case: Case, outcome: Outcome) -> str | None:
    """Return what is wrong about how a command took a case; None where it did well."""
    if outcome.code not in CODES:
        return f"ended with {outcome.code}"
    sign = next((sign for sign in SIGNS if sign in outcome.shown), None)
    if sign is not None:
        return sign if sign == SIGNS[0] else outcome.shown[outcome.shown.index(sign) :].splitlines()[0]
    if outcome.code == 0:
        return "an absurd input was accepted" if case.absurd else None
    # boxes of the command line break words over lines
    flat = _flat(outcome.shown)
    if not any(_flat(place) in flat for place in case.places):
        return f"the message names none of {case.places}: {outcome.shown[-300:]}"
    return None


def _flat(text: str) -> str:
    """Return a text without blanks; an option and the parameter that it sets are one name."""
    return "".join(text.split()).replace("_", "-")
