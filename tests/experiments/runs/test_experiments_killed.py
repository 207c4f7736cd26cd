"""Runs whose processes are killed (SIGKILL) or that share a folder, with the real simulator in real processes."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import ANY

import pytest

from experiments import Scenario, run

COUNT = 9
SETS = ("days=1", "fleet.ebikes=false")
COMMAND = [sys.executable, "-c", "from experiments.cli import main; main()"]


@pytest.fixture
def start(small_toml):
    """Return a function that starts `xijiang run` in a session of its own."""

    def go(folder, *options):
        sets = [part for text in SETS for part in ("--set", text)]
        given = [*COMMAND, "run", small_toml, "-n", str(COUNT), "--points", "0", "--out", str(folder), *sets, *options]
        return subprocess.Popen(
            given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    return go


def finished(folder):
    """Return the notes of finished replications with what tells whether they were written again."""
    notes = folder.glob("replications/[0-9]*/part.json")
    return {note: (note.stat().st_ino, note.stat().st_mtime_ns) for note in notes}


def wait_for(process, folder, count):
    """Wait until so many replications are finished."""
    until = time.monotonic() + 300.0
    while len(finished(folder)) < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.005)


def stopped(start, folder, count, stop, *options):
    """Stop a run after so many replications; on a busy machine it may be through by then, and is started anew."""
    for _ in range(20):
        process = start(folder, *options)
        wait_for(process, folder, count)
        workers = children(process)
        stop(process)
        said = process.communicate()[1]
        if process.returncode != 0 and len(finished(folder)) < COUNT:
            return process, said, workers
        shutil.rmtree(folder)
    return pytest.fail("the run was always through before it could be stopped")


def children(process):
    """Return the worker processes of a process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            words = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if parent == process.pid and "spawn_main" in words:
            found.append(int(status.parent.name))
    return found


def tables_of(folder):
    return {file.name: file.read_bytes() for file in folder.glob("*.parquet")}


def computed(folder):
    """Return how often replications were simulated, from the log."""
    lines = (folder / "run.log").read_text(encoding="utf-8").splitlines()
    return sum(" replication " in line and "another process" not in line for line in lines)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, small_toml):
    """Return the tables of a run that nothing disturbed, from this process."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    run(Scenario.load(small_toml, sets=SETS), replications=COUNT, out=folder)
    return tables_of(folder)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(undisturbed, start, tmp_path, jobs):
    folder = tmp_path / "run"
    stopped(start, folder, 4, lambda process: os.killpg(process.pid, signal.SIGKILL), "-j", jobs)
    assert json.loads((folder / "manifest.json").read_text())["status"] == "running"
    before = finished(folder)
    assert 4 <= len(before) < COUNT
    second = start(folder, "-j", jobs)
    assert (second.communicate()[1], second.returncode) == ("", 0)
    after = finished(folder)
    assert len(after) == COUNT
    assert {note: after[note] for note in before} == before
    assert tables_of(folder) == undisturbed
    assert "finished" in (folder / "run.log").read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_processes_on_one_folder_share_the_work_and_give_the_same_bytes(undisturbed, start, tmp_path):
    folder = tmp_path / "run"
    both = [start(folder, "-j", "1") for _ in range(2)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [("", 0), ("", 0)]
    assert tables_of(folder) == undisturbed
    assert computed(folder) <= COUNT + 4


@pytest.mark.slow  # with the stand-in: test_experiments_executors.py; at random moments: tests/trust
def test_a_worker_process_that_is_killed_costs_a_retry(undisturbed, start, tmp_path):
    folder = tmp_path / "run"
    main = start(folder, "-j", "2")
    wait_for(main, folder, 4)
    workers = children(main)
    # the process itself is one of the two
    assert len(workers) == 1
    os.kill(workers[0], signal.SIGKILL)
    assert (main.communicate()[1], main.returncode) == ("", 0)
    assert tables_of(folder) == undisturbed
    assert computed(folder) <= COUNT


def test_workers_end_with_the_process_that_started_them(start, tmp_path):
    folder = tmp_path / "run"
    _, _, workers = stopped(start, folder, 2, lambda process: os.kill(process.pid, signal.SIGKILL), "-j", "2")
    assert workers
    until = time.monotonic() + 300.0
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ctrl_c_says_how_to_go_on_and_that_goes_on(undisturbed, start, small_toml, tmp_path, xijiang):
    folder = tmp_path / "run"
    first, said, _ = stopped(start, folder, 5, lambda process: os.killpg(process.pid, signal.SIGINT), "-j", "2")
    assert first.returncode == 130
    assert f"of {COUNT} replications are finished and kept in {folder}" in said
    told = re.search(rf"Go on with: xijiang (run {small_toml} --out {folder} --set days=1 .*)", said)
    assert "stopped by the user" in (folder / "run.log").read_text(encoding="utf-8")
    before = finished(folder)
    assert xijiang(*shlex.split(told[1])) == (0, ANY, "")
    assert {note: finished(folder)[note] for note in before} == before
    assert tables_of(folder) == undisturbed


@pytest.mark.whole
@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_sigterm_says_what_is_kept_and_leaves_nothing_behind(start, tmp_path, jobs):
    folder = tmp_path / "run"
    process, said, workers = stopped(start, folder, 2, subprocess.Popen.terminate, "-j", jobs)
    assert process.returncode == 143
    assert f"{len(finished(folder))} of {COUNT} replications are finished and kept in {folder}" in said
    assert "leaked" not in said
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert [item.name for item in folder.rglob(".*")] == []


@pytest.mark.parametrize("fed", ["file", pytest.param("stdin", marks=pytest.mark.slow)])
def test_a_script_without_a_guard_may_use_several_processes(small_toml, tmp_path, fed):
    code = (
        "from experiments import Scenario, run\n"
        f"result = run(Scenario.load({small_toml!r}, sets={SETS!r}), replications=3, seed=1, jobs=2)\n"
        "print(result)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    given = [sys.executable, str(script)] if fed == "file" else [sys.executable, "-"]
    shown = subprocess.run(given, input=code, capture_output=True, text=True, check=False, timeout=120)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Result('three-towns', 3 replications")
