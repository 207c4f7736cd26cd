"""The command line ``xijiang``. Heavy libraries are imported inside the commands: ``--help`` stays fast."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from data.errors import UnusualWarning, XijiangError
from experiments.cli.app import app
from experiments.cli.options import INFEASIBLE, INTERRUPTED
from experiments.interrupts import interrupts_kept
from experiments.own_process import ONE_THREAD, collect_late, end_as_it_is

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

__all__ = ["app", "main"]

FAULT = 1
TERMINATED = 143
DEBUG = "--debug"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a disk, or a share of it, that takes no more."""


@contextlib.contextmanager
def _shown_warnings() -> Iterator[None]:
    """Print what is unusual in the inputs as lines of its own, each once; other warnings are left as they are."""
    seen: set[str] = set()
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, UnusualWarning):
                shown(message, category, filename, lineno, file, line)
            elif str(message) not in seen:
                seen.add(str(message))
                sys.stderr.write(f"Warning: {message}\n")

        warnings.simplefilter("always", UnusualWarning)
        warnings.showwarning = show
        yield


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[list[int]]:
    """Let SIGTERM end a command as Ctrl-C does, with what is kept said; yields the signals that came."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return

    def end(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Exit codes: 0 done, 1 fault in an input (one message on stderr), 2 usage, 3 target infeasible, 130 interrupted by
    Ctrl-C, 143 by SIGTERM.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments instead of those of the process.
    """
    os.environ.update(ONE_THREAD)
    if arguments is None:
        collect_late()
    given = list(sys.argv[1:] if arguments is None else arguments)
    own = arguments is None and threading.current_thread() is threading.main_thread()
    with _shown_warnings(), _ending_on_sigterm() as came:
        try:
            with interrupts_kept():
                app(args=[argument for argument in given if argument != DEBUG], prog_name="xijiang")
        except (SystemExit, KeyboardInterrupt) as end:
            if isinstance(end, SystemExit) and end.code != INTERRUPTED:
                raise
            # where no command has said what it keeps, typer itself has ended it
            of = end if isinstance(end, KeyboardInterrupt) else getattr(end.__context__, "__cause__", None)
            if isinstance(of, KeyboardInterrupt):
                sys.stderr.write("\nStopped; what the command keeps, it keeps as it was. The same command goes on.\n")
            code = TERMINATED if came else INTERRUPTED
            if own:
                end_as_it_is(code)
            sys.exit(code)
        except BaseException as error:
            text = _told(error)
            if text is None or DEBUG in given:
                raise
            sys.stderr.write(f"Error: {text}\n")
            sys.exit(INFEASIBLE if type(error).__name__ == "InfeasibleError" else FAULT)
        finally:
            if own:
                _let_go()


def _let_go() -> None:
    """Let the process end at once: all is said and written."""
    # Ctrl-C while the interpreter ends is no matter for a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    team = sys.modules.get("experiments.runs.executors.team")
    if team is not None:
        # processes that wait for work would take a tenth of a second to tidy up
        team.stop_kept()


def _told(error: BaseException) -> str | None:
    """Return an error as a line for the user; None where it is none of ours to tell."""
    if isinstance(error, XijiangError):
        return str(error)
    if isinstance(error, OSError):
        text = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        full = error.errno in _FULL
        return f"{text}. Make room: what is finished is kept, and the same command goes on with it." if full else text
    if isinstance(error, MemoryError):
        return "memory is short. Try fewer processes (-j 1), days or replications; what is finished is kept."
    # a panic of a library in Rust is an exception that is no Exception
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__}: {error}".splitlines()[0]
        return (
            f"this should not happen ({kind}, {Path(place.filename).name}:{place.lineno}). It is a fault of the "
            "toolkit: please report it with the command and what --debug shows."
        )
    return None
