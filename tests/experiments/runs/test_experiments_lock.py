"""Locks of run folders: several owners, a heartbeat, and processes that ended without removing theirs."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.runs import lock
from experiments.runs.lock import Owner, being_computed, owners


def write(folder, age_s=0.0, **values):
    """Write a lock as another process would have."""
    file = folder / f".lock-{len(list(folder.iterdir())):032x}"
    file.write_text(json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "start": None, **values}))
    os.utime(file, (time.time() - age_s,) * 2)
    return file


def test_a_lock_holds_until_the_work_is_done_or_fails(tmp_path):
    with being_computed(tmp_path):
        assert owners(tmp_path) == [Owner.this()]
        with being_computed(tmp_path):
            assert owners(tmp_path) == [Owner.this(), Owner.this()]
        assert owners(tmp_path) == [Owner.this()]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError, match="stopped"), being_computed(tmp_path):
        raise RuntimeError("stopped")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_vanished_meanwhile_is_no_fault(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with being_computed(folder):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def test_a_lock_of_a_dead_process_does_not_hold(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    deadline = time.monotonic() + 300.0
    write(tmp_path, pid=process.pid, start="7")
    while owners(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert owners(tmp_path) == []  # ended, though nobody asked for its exit code yet
    process.wait()
    assert owners(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to tell processes apart")
def test_a_lock_of_an_earlier_process_with_the_same_id_does_not_hold(tmp_path):
    write(tmp_path, start="1")
    assert owners(tmp_path) == []
    write(tmp_path, start=Owner.this().start)
    assert owners(tmp_path) == [Owner.this()]


def test_a_process_of_this_machine_holds_however_long_it_was_stopped(tmp_path):
    write(tmp_path, age_s=10.0 * lock.STALE_S, start=Owner.this().start)
    assert owners(tmp_path) == [Owner.this()]


@pytest.mark.parametrize(("age_s", "holds"), [(0.0, True), (lock.STALE_S / 2.0, True), (2.0 * lock.STALE_S, False)])
def test_the_heartbeat_tells_on_another_machine(tmp_path, age_s, holds):
    write(tmp_path, age_s, host="elsewhere", pid=1)
    assert [str(owner) for owner in owners(tmp_path)] == (["process 1 on elsewhere"] if holds else [])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": "x"}', '{"host": "x", "pid": "y", "start": null}'])
def test_a_lock_that_cannot_be_read_holds_while_it_is_fresh(tmp_path, text):
    file = write(tmp_path)
    file.write_text(text)
    assert [owner.host for owner in owners(tmp_path)] == ["an unknown machine"]
    os.utime(file, (0.0, 0.0))
    assert owners(tmp_path) == []


def test_the_heart_beats(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "BEAT_S", 0.01)
    with being_computed(tmp_path):
        (file,) = tmp_path.iterdir()
        os.utime(file, (0.0, 0.0))
        deadline = time.monotonic() + 300.0
        while file.stat().st_mtime < time.time() - 60.0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
