"""Errors: their family, their message, and the hint about the nearest name."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from data.errors import DataError, Fault, InfeasibleError, ScenarioError, XijiangError, nearest


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
