"""Where replications are computed: in this process or in several. Work goes out as text; results come as files."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import queue
import sys
from collections import deque
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from data.errors import ScenarioError, nearest
from experiments.own_process import POLARS_THREADS
from experiments.runs.executors.team import WORKER, Team, keep, stop_kept, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")

NAMES = ("in-process", "processes", "dask")
RESTARTS = 3


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


def compute_all(
    executor: Executor,
    work: Work[Piece, Answer],
    pieces: Sequence[Piece],
    *,
    meanwhile: Callable[[], None] | None = None,
) -> Generator[Answer, None, None]:
    """Yield the answer to each piece as it comes; only what leaves this process becomes text.

    What this process has to do ``meanwhile`` is done before its first piece; where other processes share the work with
    it, they have begun by then.
    """
    if isinstance(executor, Processes) and len(pieces) > 1:
        if executor.others < executor.jobs:
            yield from executor.share(work, pieces, meanwhile=meanwhile)
        else:
            texts = [work.encode(piece) for piece in pieces]
            yield from map(work.decode, executor.map(work.there, texts, meanwhile=meanwhile))
        return
    if meanwhile is not None:
        meanwhile()
    if isinstance(executor, InProcess) or not pieces:
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
    """Computes pieces in several processes on this machine.

    Attributes
    ----------
    jobs : int
        Number of processes.
    here : bool
        Whether this process is one of them, where polars has one thread in it as in the others.
    """

    jobs: int
    here: bool = False

    @property
    def others(self) -> int:
        """Number of processes besides this one."""
        return self.jobs - 1 if self.here and _one_threaded() else self.jobs

    def start(self, pieces: int) -> None:
        """Start processes before there is work: they load what replications need while this one prepares them."""
        size = min(self.others, pieces - (self.others < self.jobs))
        if size > 0:
            team = team_of(size)
            team.load(*WORKER)
            keep(team)

    def dismiss(self) -> None:
        """Stop processes that `start` started: there will be no work for them."""
        stop_kept()

    def map(
        self, work: Callable[[str], str], items: Sequence[str], *, meanwhile: Callable[[], None] | None = None
    ) -> Iterator[str]:
        """Yield the answer to each item as it comes; what a process that died had not finished is tried again.

        What this process has to do ``meanwhile`` it does when the others have begun.

        Raises
        ------
        ScenarioError
            If processes die again and again.
        """
        # a dict keeps the order, and an item that is done leaves it in one step
        left = dict.fromkeys(items)
        vain, begun = 0, [] if meanwhile is None else [meanwhile]
        while vain < RESTARTS:
            before = len(left)
            try:
                for item, answer in self._attempt(work, list(left), begun):
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

    def _attempt(
        self, work: Callable[[str], str], items: Sequence[str], begun: list[Callable[[], None]]
    ) -> Iterator[tuple[str, str]]:
        """Yield items and answers from one team of processes; what ``begun`` holds is done once the team has begun."""
        if not items:
            return
        # work that stands in the user's script needs processes that know the script
        own = work.__module__ == "__main__"
        team = Team(self.jobs, work) if own else team_of(min(self.jobs, len(items)))
        try:
            futures = {team.submit(work, item): item for item in items}
            while begun:
                begun.pop()()
            for future in concurrent.futures.as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            team.stop()
            raise
        if own:
            team.end()
        else:
            keep(team)

    def share(
        self, work: Work[Piece, Answer], pieces: Sequence[Piece], *, meanwhile: Callable[[], None] | None = None
    ) -> Iterator[Answer]:
        """Yield the answer to each piece; this process computes some, the others the rest.

        What it has to do ``meanwhile`` it does when the others have begun.
        Where a process dies, this one computes no more: what killed it may be in the pieces, and is tried elsewhere.
        """
        left = deque(pieces)
        team = team_of(min(self.others, len(pieces) - 1))
        try:
            shared = _Shared(team, work, left)
            if meanwhile is not None:
                meanwhile()
            while left and not shared.broken:
                yield from shared.finished()
                # another process may have taken the last one meanwhile
                with contextlib.suppress(IndexError):
                    yield work.here(left.popleft())
            yield from shared.rest()
        except BaseException:
            team.stop()
            raise
        if shared.broken:
            team.stop()
            yield from map(work.decode, self.map(work.there, [work.encode(piece) for piece in left]))
        else:
            keep(team)


class _Shared(Generic[Piece, Answer]):
    """Pieces that a team takes from a common heap: whoever is done takes the next one.

    Parameters
    ----------
    team : Team
        Processes that take pieces.
    work : Work
        How pieces become texts and are computed.
    left : collections.deque
        The heap; pieces that a dead process had taken come back to it.
    """

    def __init__(self, team: Team, work: Work[Piece, Answer], left: deque[Piece]) -> None:
        self._team, self._work, self._left = team, work, left
        self._taken: dict[concurrent.futures.Future[str], Piece] = {}
        self._done: queue.SimpleQueue[concurrent.futures.Future[str]] = queue.SimpleQueue()
        self.broken = False
        for _ in range(team.size):
            self._give()

    def _give(self) -> None:
        """Give the team the next piece; called by this thread and by the one that hears of answers."""
        try:
            piece = self._left.popleft()
        except IndexError:
            return
        try:
            future = self._team.submit(self._work.there, self._work.encode(piece))
        except BrokenProcessPool:
            self._left.appendleft(piece)
            self.broken = True
            return
        self._taken[future] = piece
        future.add_done_callback(self._hear)

    def _hear(self, future: concurrent.futures.Future[str]) -> None:
        """Note an answer, and give out the next piece at once: this process may be busy with one of its own."""
        if not future.cancelled() and future.exception() is None:
            self._give()
        self._done.put(future)

    def finished(self) -> Iterator[Answer]:
        """Yield the answers that have come."""
        while not self._done.empty():
            yield from self._answer(self._done.get())

    def rest(self) -> Iterator[Answer]:
        """Yield all other answers as they come."""
        while self._taken:
            yield from self._answer(self._done.get())

    def _answer(self, future: concurrent.futures.Future[str]) -> Iterator[Answer]:
        """Yield an answer; where its process died, put the piece back."""
        piece = self._taken.pop(future)
        try:
            yield self._work.decode(future.result())
        except BrokenProcessPool:
            self.broken = True
            self._left.append(piece)


def _one_threaded() -> bool:
    """Return whether polars has one thread here, so that sums come out as in processes that were started."""
    if "polars" not in sys.modules and os.environ.get(POLARS_THREADS) == "1":
        return True  # it will have: it takes 0.1 s to load, and processes that are started now load it meanwhile
    import polars as pl  # noqa: PLC0415 - heavy: an executor is chosen before tables are needed

    return pl.thread_pool_size() == 1


def cores() -> int:
    """Return the number of cores that this process may use."""
    # cores that a container or taskset allows may be fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor_of(name: str | None, *, jobs: int) -> Executor:
    """Return the executor of a name.

    Parameters
    ----------
    name : str or None
        ``in-process``, ``processes`` or ``dask:HOST:PORT``; None takes processes where there is more than one job, this
        one among them.
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
        return InProcess() if jobs == 1 else Processes(jobs, here=True)
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
