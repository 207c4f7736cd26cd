"""Guards at the edge of the command line: what is unusual is said, what goes wrong is one line."""

import errno
import os
import shutil
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from data import load_county
from data.errors import UnusualWarning
from experiments import cli


@pytest.fixture
def crowded(three_towns, tmp_path):
    """Return a county whose seat has as many people as a large city."""
    folder = shutil.copytree(three_towns.path, tmp_path / "crowded")
    text = (folder / "towns.csv").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if ",seat," in line)
    cells = row.split(",")
    names = text.splitlines()[0].split(",")
    cells[names.index("residents")], cells[names.index("residents_high")] = "1100000", "1200000"
    (folder / "towns.csv").write_text(text.replace(row, ",".join(cells)), encoding="utf-8")
    return folder


def test_what_is_unusual_in_a_county_is_a_warning(crowded):
    with pytest.warns(UnusualWarning, match="county crowded: towns.csv, line 2, column 'residents'"):
        load_county(crowded)


def test_check_lists_warnings_and_finds_no_fault(crowded, xijiang):
    code, out, err = xijiang("county", "check", str(crowded))
    assert (code, out.splitlines()[0]) == (0, f"{crowded}: no faults, 1 warning.")
    assert err.startswith(
        "Warning: towns.csv, line 2, column 'residents': got 1100000.0; expected usually a number from"
    )


def test_a_command_says_once_what_is_unusual_in_its_inputs(crowded, small_toml, xijiang):
    code, _, err = xijiang(
        "run", small_toml, "--set", f"county={crowded}", "--set", "charging.layout=none", "--dry-run"
    )
    assert code == 1
    assert err.count("Warning: county crowded: towns.csv, line 2") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("runs", "clean", "--older-than", "nan"), "--older-than nan: expected days, at most 36,600"),
        (("runs", "clean", "--older-than", "1e308"), "--older-than 1e+308: expected days"),
        (("run", "{toml}", "--dry-run", "--precision", "abc"), "--precision abc: expected a share"),
        (("run", "{toml}", "--dry-run", "--precision", "5%", "--on", "nonsense"), "nonsense"),
        (("run", "{toml}", "--dry-run", "--on", "wait_mean_min"), "--on names a measure for --precision"),
        (("carbon", "--years", "1:99999999999"), "--years 1:99999999999: expected first:last"),
        (("roads", "fetch", "--margin-km", "nan", "--osm-file", "x.osm"), "margin_km is nan, expected a number from 0"),
        (("compare", "{toml}", "{toml}", "--select", "wait_mean_min", "--zone", "nan"), "zone nan: expected a number"),
        (("compare", "{toml}", "{toml}", "--select", "wait_mean_min", "--zone", "-1"), "zone -1: expected a number"),
        (("sweep", "{toml}", "--over", "days=1:2:3000000"), "got 3,000,000 points; expected at most 100,000"),
        (("run", "{toml}", "--set", "charging.module_kw=1e-300"), "charging.module_kw: got 1e-300"),
        (("run", "{toml}", "--set", "figures.charging.efficiency_dc=0"), "figures.charging.efficiency_dc: got 0"),
        (("size", "charging", "{toml}", "--target", "unserved_share<=5"), "5 % are 5% or 0.05"),
        (("size", "charging", "{toml}", "--budget", "piles=320,piles=1"), "piles is given already"),
    ],
)
def test_options_that_mean_nothing_are_one_line(xijiang, small_toml, tmp_path, arguments, words):
    before = set(tmp_path.rglob("*"))
    code, out, err = xijiang(*(argument.replace("{toml}", small_toml) for argument in arguments))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("Error: ")
    assert words in err
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "runs/x/sessions.parquet"),
            "runs/x/sessions.parquet: No space",
        ),
        (OSError(errno.EROFS, "Read-only file system"), "Error: Read-only file system\n"),
        (MemoryError(), "memory is short"),
        (KeyError("month"), "this should not happen (KeyError: 'month', test_cli_guards.py:"),
        (pl.exceptions.PanicException("index out of bounds"), "this should not happen (PanicException: index out of"),
        (RecursionError("maximum recursion depth"), "this should not happen (RecursionError"),
    ],
)
def test_what_goes_wrong_is_one_line_and_exit_1(xijiang, monkeypatch, error, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("experiments.runs.catalogue.list_runs", fail)
    code, out, err = xijiang("runs", "list")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert words in err
    assert ("Make room" in err) == (getattr(error, "errno", None) == errno.ENOSPC)
    with pytest.raises(type(error)):
        cli.main(["--debug", "runs", "list"])


def interrupted_in_compiled_code(*_, **__):
    loading = SystemError("_numba_unpickle returned a result with an exception set")
    loading.__cause__ = KeyboardInterrupt()
    raise SystemError("CPUDispatcher returned a result with an exception set") from loading


def interrupted(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize("stop", [interrupted, interrupted_in_compiled_code])
def test_ctrl_c_before_anything_is_said_and_ends_with_130(xijiang, monkeypatch, stop):
    monkeypatch.setattr("experiments.runs.catalogue.list_runs", stop)
    code, out, err = xijiang("runs", "list")
    assert (code, out) == (130, "")
    assert "Stopped" in err


@pytest.mark.parametrize("stop", [interrupted, interrupted_in_compiled_code])
def test_ctrl_c_in_a_run_says_what_is_kept(xijiang, small_toml, monkeypatch, stop):
    monkeypatch.setattr("experiments.runs.execute._replicate", stop)
    code, out, err = xijiang("run", small_toml, "--out", "made")
    assert (code, out) == (130, "")
    assert "replications are finished and kept in made" in err
    assert "stopped by the user" in Path("made/run.log").read_text()


def test_a_system_error_of_its_own_is_no_ctrl_c(xijiang, monkeypatch):
    def fail(*_, **__):
        raise SystemError("a fault")

    monkeypatch.setattr("experiments.runs.catalogue.list_runs", fail)
    code, _, err = xijiang("runs", "list")
    assert (code, "SystemError: a fault" in err) == (1, True)


def test_sigterm_ends_a_command_as_ctrl_c_does(xijiang, monkeypatch):
    def stop(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5.0)

    monkeypatch.setattr("experiments.runs.catalogue.list_runs", stop)
    before = signal.getsignal(signal.SIGTERM)
    code, _, err = xijiang("runs", "list")
    assert (code, "Stopped" in err) == (143, True)
    assert signal.getsignal(signal.SIGTERM) == before
