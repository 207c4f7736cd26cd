"""`size`, `compare` and `sweep` that are killed at random moments go on to the same tables."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

COUNTY = Path(__file__).parents[2] / "counties" / "three-towns"
COMMANDS = {
    "size": ("size", "charging", str(COUNTY), "-n", "2", "--days", "1"),
    "sweep": ("sweep", str(COUNTY), "--over", "figures.charging.max_tries=1:3:3", "-n", "2", "--days", "1"),
    "compare": ("compare", str(COUNTY), "--layout", "today", "--layout", "seat-only", "-n", "2", "--days", "1"),
}
MOMENTS = 10


def started(command, out):
    code = "from experiments.cli import main; main()"
    given = [sys.executable, "-c", code, *command, "--quiet", "--out", str(out)]
    return subprocess.Popen(
        given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
    )


def tables(folder):
    """Return the bytes of all tables; logs and manifests say when a run was made, hidden folders are of the dead."""
    files = [file for file in folder.rglob("*") if file.suffix in {".csv", ".parquet", ".json"}]
    inside = {file.relative_to(folder): file for file in files if file.name != "manifest.json"}
    return {
        name.as_posix(): file.read_bytes()
        for name, file in inside.items()
        if not any(part.startswith(".") for part in name.parts)
    }


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_what_was_killed_at_ten_moments_goes_on_to_equal_bytes(tmp_path, command):
    began = time.monotonic()
    whole = started(COMMANDS[command], tmp_path / "whole")
    shown, _ = whole.communicate(timeout=300)
    took = time.monotonic() - began
    assert whole.returncode == 0, shown.decode()
    expected = tables(tmp_path / "whole")
    assert len(expected) > 5
    moments = np.random.default_rng(4)
    for number in range(MOMENTS):
        out = tmp_path / str(number)
        killed = started(COMMANDS[command], out)
        time.sleep(moments.uniform(0.05, 0.95) * took)
        if killed.poll() is None:
            os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=60)
        again = started(COMMANDS[command], out)
        shown, _ = again.communicate(timeout=300)
        assert again.returncode == 0, shown.decode()
        assert tables(out) == expected
