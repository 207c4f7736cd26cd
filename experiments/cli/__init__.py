"""The command line ``xijiang``. Heavy libraries are imported inside the commands: ``--help`` stays fast."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from typing import TYPE_CHECKING, TextIO

from data.errors import UnusualWarning, XijiangError
from experiments.cli.app import app
from experiments.cli.options import INFEASIBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["app", "main"]

FAULT = 1
DEBUG = "--debug"
THREADS = "POLARS_MAX_THREADS"


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Exit codes: 0 done, 1 fault in an input (one message on stderr), 2 usage, 3 target infeasible, 130 interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments instead of those of the process.
    """
    os.environ[THREADS] = "1"  # sums must not depend on how threads share the rows; processes use the other cores
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _shown_warnings():
            app(args=[argument for argument in given if argument != DEBUG], prog_name="xijiang")
    except XijiangError as error:
        if DEBUG in given:
            raise
        code = INFEASIBLE if type(error).__name__ == "InfeasibleError" else FAULT
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(code)
    except OSError as error:
        if DEBUG in given:
            raise
        place = f" {error.filename}" if error.filename else ""
        sys.stderr.write(f"Error:{place}: {error.strerror or error}\n")
        sys.exit(FAULT)
