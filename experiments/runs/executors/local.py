"""Where replications are computed: in this process or in several. Work goes out as text; results come as files."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import types
import warnings
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from data.errors import ScenarioError, UnusualWarning, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")

NAMES = ("in-process", "processes", "dask")
RESTARTS = 3
PATIENCE_S = 0.5
"""How long a worker that is to end may take, s."""
THREADS = "POLARS_MAX_THREADS"


class Executor(Protocol):
    """Computes pieces of work that are described by short texts."""

    def map(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[str]:
        """Yield the answer to each item, in the order in which they are finished.

        Parameters
        ----------
        work : callable
            A function of a module, from a text to a text.
        items : sequence of str
            Texts that describe the pieces of work.
        """
        ...


@dataclass(frozen=True, slots=True)
class Work(Generic[Piece, Answer]):
    """How pieces of work are computed: as objects in this process, as texts in another one.

    Attributes
    ----------
    here : callable
        Computes a piece in this process.
    there : callable
        A function of a module that computes a piece in another process, from its text to the answer's.
    encode, decode : callable
        Text of a piece; answer of a text.
    """

    here: Callable[[Piece], Answer]
    there: Callable[[str], str]
    encode: Callable[[Piece], str]
    decode: Callable[[str], Answer]


def compute_all(executor: Executor, work: Work[Piece, Answer], pieces: Sequence[Piece]) -> Iterator[Answer]:
    """Yield the answer to each piece as it comes; only what leaves this process becomes text."""
    if isinstance(executor, InProcess):
        # no text in between: the objects are at hand
        yield from map(work.here, pieces)
        return
    for text in executor.map(work.there, [work.encode(piece) for piece in pieces]):
        yield work.decode(text)


@dataclass(frozen=True, slots=True)
class InProcess:
    """Computes one piece after the other in this process."""

    def map(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[str]:
        """Yield the answer to each item in order."""
        for item in items:
            yield work(item)


@dataclass(frozen=True, slots=True)
class Processes:
    """Computes pieces in several fresh processes (spawn) on this machine.

    Attributes
    ----------
    jobs : int
        Number of processes.
    """

    jobs: int

    def map(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[str]:
        """Yield the answer to each item as it comes; what a process that died had not finished is tried again.

        Raises
        ------
        ScenarioError
            If processes die again and again.
        """
        # a dict keeps the order, and an item that is done leaves it in one step
        left = dict.fromkeys(items)
        vain = 0
        while vain < RESTARTS:
            before = len(left)
            try:
                for item, answer in self._attempt(work, list(left)):
                    del left[item]
                    yield answer
            except BrokenProcessPool:
                # a pool that finished something is not in vain: only repeated deaths give up
                vain = 0 if len(left) < before else vain + 1
                continue
            return
        raise ScenarioError(
            f"processes: worker processes died {RESTARTS} times with nothing done, {len(left)} of {len(items)} pieces "
            "are left (memory may be short). Finished ones are kept. Try fewer with -j, or -j 1."
        )

    def _attempt(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield items and answers from one pool of processes."""
        before = set(multiprocessing.active_children())
        # spawn: a forked child would inherit the locks of polars' threads
        context = multiprocessing.get_context("spawn")
        pool = concurrent.futures.ProcessPoolExecutor(
            min(self.jobs, len(items)) or 1, mp_context=context, initializer=_start_worker
        )
        try:
            with one_thread(), without_main(work):
                futures = {pool.submit(work, item): item for item in items}
            for future in concurrent.futures.as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            _stop(pool, set(multiprocessing.active_children()) - before)
            raise
        pool.shutdown()


def _stop(
    pool: concurrent.futures.ProcessPoolExecutor, workers: Collection[multiprocessing.process.BaseProcess]
) -> None:
    """End a pool and its workers at once: what they have in hand is not written yet, so nothing is lost."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(PATIENCE_S)
        # a worker in a long step of a library hears nothing
        worker.kill()
    # The pool's own thread ends when it sees its workers gone. It is waited for, though not for ever: an interpreter
    # that ends before it stumbles over its pipes.
    closing = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
    closing.start()
    closing.join(PATIENCE_S)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let processes that are started meanwhile use polars with one thread.

    Several processes do not fight for cores then, and sums do not depend on how threads shared the rows.
    """
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before


@contextlib.contextmanager
def without_main(work: Callable[[str], str]) -> Iterator[None]:
    """Let processes that are started meanwhile leave the user's script alone, unless the work stands in it.

    A fresh process imports the script that started it; one without ``if __name__ == "__main__"`` would start itself
    again, and one read from stdin cannot be found. The work needs its own module only.
    """
    if work.__module__ == "__main__":
        yield
        return
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, which stops its workers, and end when the parent was killed."""
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


def cores() -> int:
    """Return the number of cores that this process may use."""
    # cores that a container or taskset allows may be fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor_of(name: str | None, *, jobs: int) -> Executor:
    """Return the executor of a name.

    Parameters
    ----------
    name : str or None
        ``in-process``, ``processes`` or ``dask:HOST:PORT``; None takes processes where there is more than one job.
    jobs : int
        Number of processes; 0 for one per core.

    Raises
    ------
    ScenarioError
        If the name is unknown, dask is not installed, or `jobs` is negative.
    """
    if jobs < 0:
        raise ScenarioError(f"-j {jobs}: expected 1 or more processes, or 0 for one per core.")
    jobs = jobs or cores()
    if name is None:
        return InProcess() if jobs == 1 else Processes(jobs)
    kind, _, address = name.partition(":")
    if kind == "dask":
        from experiments.runs.executors.cluster import dask_of  # noqa: PLC0415 - only where a cluster is used

        return dask_of(address)
    if name == "in-process":
        return InProcess()
    if name == "processes":
        return Processes(jobs)
    raise ScenarioError(
        f"--executor {name}: not known.{nearest(kind, NAMES)} Known: in-process, processes, dask:HOST:PORT."
    )
