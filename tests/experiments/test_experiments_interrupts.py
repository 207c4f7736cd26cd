"""Ctrl-C that Python has to ignore, or that compiled code makes another error of, still stops what it came for."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest

from experiments.interrupts import AGAIN_S, interrupts_kept


class _InterruptedAtItsEnd:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


class _InterruptedInCompiledCode:
    def __del__(self):
        raise SystemError("a function returned a result with an exception set") from KeyboardInterrupt()


@pytest.mark.parametrize("kind", [_InterruptedAtItsEnd, _InterruptedInCompiledCode])
def test_an_interrupt_that_python_must_ignore_comes_again(capsys, kind):
    before = sys.unraisablehook

    def run():
        with interrupts_kept():
            kind()
            time.sleep(60.0)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert capsys.readouterr().err == ""
    assert sys.unraisablehook is before


def test_an_error_that_comes_of_a_lost_interrupt_is_one():
    def run():
        with interrupts_kept():
            _InterruptedAtItsEnd()
            raise RuntimeError("no compiled object yet")

    with pytest.raises(KeyboardInterrupt):
        run()
    # and none comes after it
    time.sleep(10 * AGAIN_S)


class _FaultyAtItsEnd:
    def __del__(self):
        raise ValueError("of somebody else")


def test_other_errors_that_python_must_ignore_are_told_as_before(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(str(lost.exc_value)))
    with interrupts_kept():
        _FaultyAtItsEnd()
    assert told == ["of somebody else"]


def test_a_run_in_another_thread_leaves_the_hook_to_the_main_one():
    seen = []

    def look():
        with interrupts_kept():
            seen.append(sys.unraisablehook)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [sys.unraisablehook]
