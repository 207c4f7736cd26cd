"""Processes of this machine that compute pieces of work; they are kept for the next run of this process."""

from __future__ import annotations

import concurrent.futures
import contextlib
import importlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import types
import warnings
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import UnusualWarning
from experiments.own_process import ONE_THREAD, collect_late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess

PATIENCE_S = 0.5
"""How long a worker that is to end may take, s."""
WORKER = ("charging.power.machine_code", "scipy.special", "networkx", "experiments.runs.worker", "charging.simulation")
"""Modules that a process loads while it waits for its first piece; a replication needs them all."""


class Team:
    """Fresh processes (spawn) that take texts and give texts.

    Spawn, because a forked child would inherit the locks of polars' threads. A fresh process spends a second on loading
    libraries, which is why a team starts as early as possible and is kept; see `team_of`.

    Parameters
    ----------
    size : int
        Number of processes.
    work : callable
        What they will be asked to compute; decides whether they need the user's script.
    """

    def __init__(self, size: int, work: Callable[[str], str] | None = None) -> None:
        self.size = size
        self.place = _place()
        before = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")
        self._pool = concurrent.futures.ProcessPoolExecutor(size, mp_context=context, initializer=_start_worker)
        # only those of this pool: the caller may have children of its own
        self._children: set[BaseProcess] = set()
        # the pool starts a process for a piece that finds none idle: all of them now, while they leave the script alone
        with deaf_to_interrupts(), one_thread(), without_main(work), contextlib.suppress(BrokenProcessPool):
            while len(self._children) < size:
                self._pool.submit(_load)
                self._children = set(multiprocessing.active_children()) - before

    def load(self, *modules: str) -> None:
        """Let each process load modules, so that its first piece of work need not."""
        for _ in range(self.size):
            self._pool.submit(_load, *modules)

    def submit(self, work: Callable[[str], str], text: str) -> concurrent.futures.Future[str]:
        """Let the next free process compute a piece.

        Raises
        ------
        concurrent.futures.process.BrokenProcessPool
            A process died.
        """
        return self._pool.submit(work, text)

    def end(self) -> None:
        """End the processes when they have done what they were given."""
        self._pool.shutdown()

    def stop(self) -> None:
        """End the processes now: what they have in hand is not written yet, so nothing is lost."""
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.join(PATIENCE_S)
            # a worker in a long step of a library hears nothing
            child.kill()
            child.join(PATIENCE_S)
        # The pool's own thread ends when it sees its workers gone. It is waited for, though not for ever: an
        # interpreter that ends before it stumbles over its pipes.
        closing = threading.Thread(target=self._pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        closing.start()
        closing.join(PATIENCE_S)


_kept: list[Team] = []
_keeping = threading.Lock()


def team_of(size: int) -> Team:
    """Return a team of at least a size: the one that was kept, if it would find the same modules, or a new one.

    Who takes it gives it back with `keep`, or stops it.
    """
    with _keeping:
        team = _kept.pop() if _kept else None
    if team is not None and (team.size < size or team.place != _place()):
        team.end()
        team = None
    return Team(size) if team is None else team


def keep(team: Team) -> None:
    """Keep a team that has nothing left to do for the next one who wants it; it ends with this process."""
    with _keeping:
        spare = list(_kept)
        _kept[:] = [team]
    for old in spare:
        old.end()


def stop_kept() -> None:
    """Stop the team that is kept, if any: it has nothing in hand."""
    with _keeping:
        spare = list(_kept)
        _kept.clear()
    for team in spare:
        team.stop()


def _place() -> tuple[str, ...]:
    """Return where modules and files are looked for: a process that was started elsewhere would find others."""
    return (str(Path.cwd()), *sys.path)


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back: processes that are started meanwhile never hear it, and this one does so afterwards.

    A terminal sends it to all of them. A process that hears it while it still loads Python prints a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let the libraries of processes that are started meanwhile use one thread each."""
    before = {name: os.environ.pop(name, None) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def without_main(work: Callable[[str], str] | None) -> Iterator[None]:
    """Let processes that are started meanwhile leave the user's script alone, unless the work stands in it.

    A fresh process imports the script that started it; one without ``if __name__ == "__main__"`` would start itself
    again, and one read from stdin cannot be found. The work needs its own module only.
    """
    if work is not None and work.__module__ == "__main__":
        yield
        return
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _load(*modules: str) -> None:
    """Load modules, if any."""
    for module in modules:
        importlib.import_module(module)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, which stops its workers, and end when the parent was killed."""
    collect_late()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the parent has said what is unusual in the inputs
    warnings.simplefilter("ignore", UnusualWarning)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    """End this process as soon as the one behind the sentinel has ended."""
    multiprocessing.connection.wait([sentinel])
    # sys.exit would end this thread alone
    os._exit(1)
