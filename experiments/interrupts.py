"""Ctrl-C where Python or compiled code would lose it."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN_S = 0.02
"""After which an interrupt that was lost comes again, s."""


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
