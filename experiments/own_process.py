"""Threads and the collector of cycles in processes that are this project's own: the command line and its workers.

Libraries share sums among as many threads as the machine has cores: the last digit depends on how, and starting them
takes time. Here each has one thread, and other processes use the other cores.

Loading the libraries makes 250,000 objects that stay until the end. The collector looks at them again and again while
they are loaded, and once more when the process ends: a fifth of the time of a process that does little else. A library
must not set the collector of whoever uses it, so only processes that end with their task do this.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

POLARS_THREADS: Final = "POLARS_MAX_THREADS"
ONE_THREAD: Final = {POLARS_THREADS: "1", "OPENBLAS_NUM_THREADS": "1"}
"""Variables of the environment that libraries read when they are loaded."""
_LOADED: Final = 300_000
"""New objects up to which they are taken for libraries."""
OBJECTS: Final = 50_000
"""New objects after which the collector of cycles looks at them: some 10 MB, while a replication takes 100 MB."""


def collect_late() -> None:
    """Let the collector leave alone what this process loads, then and at its end."""
    gc.set_threshold(_LOADED, *gc.get_threshold()[1:])
    gc.callbacks.append(_on_collection)
    # first of all, so that it comes last
    atexit.register(_end)


def end_as_it_is(code: int) -> None:
    """Let this process end with a code as it is, without taking apart what an interrupt has left half made.

    A compiler that was stopped in the middle crashes when it is taken apart. What is to be done at the end is done.
    """
    _codes.append(code)


_codes: list[int] = []
"""What this process ends with where it ends as it is."""


def _end() -> None:
    """Do what is left at the end of this process."""
    # an interpreter that ends collects all that is left, though its memory is about to go anyway
    gc.freeze()
    if not _codes:
        return
    for stream in (sys.stdout, sys.stderr):
        # whoever read it may be gone
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(_codes[-1])


def _on_collection(phase: str, _: Mapping[str, int]) -> None:
    """Set apart what is there at the first collection; from then on the collector comes more often."""
    # a replication sets both for itself, and later puts back what was before
    if phase == "start" and gc.get_threshold()[0] > OBJECTS:
        gc.freeze()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
