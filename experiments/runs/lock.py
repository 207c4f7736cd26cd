"""Who is computing a run: a file per process in the run folder, so that nobody removes the folder meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.storage import write_through

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = ".lock-"
BEAT_S = 15.0
STALE_S = 600.0
"""A heartbeat older than this is that of a process which ended without removing its lock."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that computes a run.

    Attributes
    ----------
    host : str
        Name of its machine.
    pid : int
        Its id there.
    start : str or None
        When it started, in the words of its machine; tells it from a later process with the same id.
    """

    host: str
    pid: int
    start: str | None

    @classmethod
    def this(cls) -> Owner:
        """Return this process."""
        return cls(socket.gethostname(), os.getpid(), _start(os.getpid()))

    def __str__(self) -> str:
        """Return the owner in words."""
        return f"process {self.pid} on {self.host}"

    def lives(self, beat_s: float) -> bool:
        """Return whether the process still runs.

        On this machine its id tells. Elsewhere, and where ids cannot be asked for, its heartbeat does.

        Parameters
        ----------
        beat_s : float
            Age of its last heartbeat, seconds.
        """
        if self.host != socket.gethostname() or os.name == "nt":  # a signal, even 0, ends a process there
            return beat_s < STALE_S
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it lives, and is somebody else's
        return _start(self.pid) == self.start


@contextlib.contextmanager
def being_computed(folder: Path) -> Iterator[None]:
    """Hold a lock on a run folder while it is being computed.

    Several processes may hold one each: they share the work.

    Parameters
    ----------
    folder : pathlib.Path
        The run folder; it exists.
    """
    file = folder / f"{PREFIX}{uuid.uuid4().hex}"
    write_through(file, json.dumps(asdict(Owner.this())).encode(), durable=False)
    done = threading.Event()
    heart = threading.Thread(target=_beat, args=(file, done), daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()
        file.unlink(missing_ok=True)


def owners(folder: Path) -> list[Owner]:
    """Return the processes that compute a run at this moment; locks that they left behind do not count."""
    found = []
    for file in sorted(folder.glob(f"{PREFIX}*")):
        beat_s = _age_s(file)
        if beat_s is None:
            continue  # removed meanwhile: the process has finished
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            owner = Owner(str(values["host"]), int(values["pid"]), values["start"])
        except (OSError, ValueError, KeyError, TypeError):
            owner, alive = Owner("an unknown machine", 0, None), beat_s < STALE_S
        else:
            alive = owner.lives(beat_s)
        if alive:
            found.append(owner)
    return found


def _age_s(file: Path) -> float | None:
    """Return how long ago a file was written or touched, seconds; None where there is none."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return None


def _beat(file: Path, done: threading.Event) -> None:
    """Touch the lock now and then until the work is done."""
    while not done.wait(BEAT_S):
        with contextlib.suppress(OSError):  # a file system that is away for a moment; the next beat may succeed
            os.utime(file)


def _start(pid: int) -> str | None:
    """Return when a process started, None where the system does not say; "" for one that has ended already."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name in brackets may hold blanks
    return "" if state == "Z" else fields[18]
