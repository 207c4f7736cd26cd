"""Errors: their family, their message, and the hint about the nearest name."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

from data.errors import (
    AGAIN_S,
    DataError,
    Fault,
    InfeasibleError,
    ScenarioError,
    XijiangError,
    interrupts_kept,
    nearest,
)


@pytest.mark.parametrize("kind", [DataError, ScenarioError, InfeasibleError])
def test_errors_are_value_errors_of_one_family(kind):
    assert issubclass(kind, XijiangError)
    assert issubclass(kind, ValueError)


def test_fault_in_a_file_names_the_line():
    fault = Fault("towns.csv", 3, "town", "'nort'", "a town", "Correct it.")
    assert str(fault) == "towns.csv, line 3, column 'town': got 'nort'; expected a town. Correct it."


def test_fault_in_a_frame_names_the_row():
    assert str(Fault("layout", 3, None, "1", "2")) == "layout, row 3: got 1; expected 2."


def test_data_error_lists_all_faults_and_keeps_them():
    faults = [Fault("layout", row, "piles", "0", "more") for row in (1, 2)]
    error = DataError.of("layout", faults)
    assert error.faults == tuple(faults)
    assert str(error).splitlines()[0] == "layout: 2 faults"
    assert "row 1" in str(error)
    assert "row 2" in str(error)


def test_data_error_shows_fifty_faults_at_most():
    error = DataError.of("layout", [Fault("layout", row, None, "0", "1") for row in range(60)])
    assert str(error).endswith("... and 10 more")
    assert len(error.faults) == 60


def test_data_error_survives_a_process_boundary():
    error = DataError.of("layout", [Fault("layout", 1, None, "0", "1")])
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copy) == str(error)
    assert copy.faults == error.faults


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pile_kWh", " Did you mean 'pile_kw'?"),
        ("PILE_KW", " Did you mean 'pile_kw'?"),
        ("zebra", ""),
    ],
)
def test_nearest_name(name, hint):
    assert nearest(name, ["piles", "pile_kw", "station_id"]) == hint


def test_nearest_of_nothing_known():
    assert not nearest("x", [])


def test_errors_import_without_frames():
    code = "import data.errors, sys; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
