"""Processes that are killed, work on one folder together, lose a worker, or find the disk full."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .commands import COMMANDS, LIMIT_S, SMALL, Count, differs, gone_on, started, tables, whole

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

IN_TURN = (*SMALL, *SMALL, *SMALL, "run of Deqing")
SESSION, UTIME, CSTIME = 3, 11, 14
"""Places in what `_processes` gives: session, and time of the processor, own and of children that were waited for."""
WORKERS = ("run", COMMANDS["run"][1], "-n", "9", "--days", "1", "--points", "0", "-j", "2")


def kills(folder: Path, *, number: int, seed: int, in_turn: tuple[str, ...] = IN_TURN) -> list[Count]:
    """Kill commands at random moments, and let each go on.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder to work in.
    number : int
        Commands that are killed while they run; those that were through already count for nothing.
    seed : int
        Seed of the moments.
    in_turn : tuple of str
        Names of the commands.
    """
    rng = np.random.default_rng(seed)
    counts, expected, took = {}, {}, {}
    for name in dict.fromkeys(in_turn[:number]):
        began = _children_s()
        expected[name] = whole(COMMANDS[name], folder / name)
        took[name] = _children_s() - began
        counts[name] = Count(f"{name}: killed at a random moment")
    tried = 0
    while sum(count.tried for count in counts.values()) < number and tried < 4 * number:
        name, out = in_turn[tried % min(len(in_turn), number)], folder / f"killed-{tried}"
        moment, began = rng.uniform(0.02, 0.98) * took[name], _children_s()
        tried += 1
        if _killed(started(COMMANDS[name], out), moment):
            counts[name].note(f"{name} after {moment:.2f} s of CPU", gone_on(COMMANDS[name], out, expected[name]))
        else:
            # the first of a command may have compiled the rules, which takes longer than all the rest
            took[name] = _children_s() - began
        shutil.rmtree(out, ignore_errors=True)
    return list(counts.values())


def _children_s() -> float:
    """Return what processes that were started and have ended took of the processor, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _killed(process: subprocess.Popen[str], moment_s: float) -> bool:
    """Kill a process and its workers when they have used so much of the processor; return whether they were at work.

    By the clock on the wall a busy machine would put all moments into the beginning, or behind the end.
    """
    while process.poll() is None:
        if _session_s(process.pid) >= moment_s:
            # a process that has ended by now and is not waited for yet still has its group
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
            return process.returncode == -signal.SIGKILL
        time.sleep(0.02)
    process.communicate(timeout=60)
    return False


def _session_s(session: int) -> float:
    """Return what the processes of a session and those that they waited for have taken of the processor, s."""
    used = 0
    for fields in _processes():
        if fields[SESSION] == session:
            used += sum(fields[UTIME : CSTIME + 1])
    return used / os.sysconf("SC_CLK_TCK")


def _processes() -> Iterator[list[int]]:
    """Return the numbers of /proc/PID/stat that follow the state of each process, the process itself before them."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield [int(status.parent.name), *map(int, status.read_text().rpartition(")")[2].split()[1:16])]


def shared(folder: Path, names: tuple[str, ...] = SMALL) -> Count:
    """Start each command twice at once on one folder."""
    count = Count("two processes on one folder")
    for name in names:
        expected = whole(COMMANDS[name], folder / "alone")
        both = [started(COMMANDS[name], folder / "both") for _ in range(2)]
        said = [(process.communicate(timeout=LIMIT_S)[1], process.returncode) for process in both]
        wrong = [f"ended with {code}: {text[-500:]}" for text, code in said if code != 0]
        count.note(name, wrong[0] if wrong else differs(tables(folder / "both"), expected))
        shutil.rmtree(folder)
    return count


def lost_workers(folder: Path, *, number: int, seed: int) -> Count:
    """Kill the worker process of a run with two at random moments; the run itself goes on."""
    rng, count = np.random.default_rng(seed), Count("worker killed at a random moment")
    began = time.monotonic()
    expected = whole(WORKERS, folder / "whole")
    took = time.monotonic() - began
    tried = 0
    while count.tried < number and tried < 4 * number:
        tried += 1
        out = folder / str(tried)
        process = started(WORKERS, out)
        moment = time.monotonic() + rng.uniform(0.1, 0.8) * took
        while (time.monotonic() < moment or not _workers(process.pid)) and process.poll() is None:
            time.sleep(0.02)
        workers = _workers(process.pid)
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        _, said = process.communicate(timeout=LIMIT_S)
        if workers:
            failed = f"ended with {process.returncode}: {said[-500:]}" if process.returncode else None
            count.note(f"worker loss {tried}", failed or differs(tables(out), expected))
        shutil.rmtree(out, ignore_errors=True)
    return count


def _workers(parent: int) -> list[int]:
    """Return the worker processes of a process."""
    found = []
    for process, own_parent, *_ in _processes():
        if own_parent == parent:
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{process}/cmdline").read_text()
                found += [process] if "spawn_main" in words else []
    return found


def small_files(folder: Path, *, number: int, seed: int) -> Count:
    """Let no file grow beyond a random size, as on a disk that fills up; then let the command go on without a limit."""
    rng, count = np.random.default_rng(seed), Count("disk that fills up at a random size")
    expected = {name: whole(COMMANDS[name], folder / name) for name in SMALL[:number]}
    for turn in range(number):
        name, out = SMALL[turn % len(SMALL)], folder / f"full-{turn}"
        most = int(10.0 ** rng.uniform(2.0, 4.5))
        process = started(COMMANDS[name], out, file_bytes=most)
        _, said = process.communicate(timeout=LIMIT_S)
        words, wrong = f"{name} with files of {most} bytes", None
        if process.returncode not in {0, 1} or "Traceback" in said:
            wrong = f"ended with {process.returncode}: {said[-500:]}"
        elif process.returncode == 1 and not (said.startswith("Error: ") and said.count("\n") == 1):
            wrong = f"more than one message: {said[-500:]}"
        count.note(words, wrong or gone_on(COMMANDS[name], out, expected[name]))
        shutil.rmtree(out, ignore_errors=True)
    return count
