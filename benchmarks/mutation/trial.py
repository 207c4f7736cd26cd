"""One mutant, tried: a forked process puts the changed code in the place of the right one and runs tests.

The parent has loaded libraries and packages, and no thread of polars runs in it (a forked process has no threads of its
parent), so that a trial costs what its tests cost. Where only bodies of functions change, the functions get the changed
code; otherwise, or where asked for, all packages are loaded anew with the changed module among them.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pkgutil
import resource
import signal
import sys
import time
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from .sample import Mutant

LIBRARIES = ("scipy.stats", "scipy.optimize", "scipy.sparse", "simpy", "networkx", "highspy", "pytest", "typer", "rich")
PACKAGES = ("data", "charging", "fleet", "shipping", "experiments.statistics", "experiments.scenario")
ALL = ("charging", "data", "experiments", "fleet", "shipping")
HUNG, UNTRIED = 8, 9
"""Exit codes of a trial whose test does not end, and of one that could not begin."""
LEAST_S, MANY = 10.0, 10.0
"""A test hangs that takes these seconds, and so many times what it usually takes."""
MOST_BYTES = 6 * 2**30
"""A mutant that makes a loop endless must not fill the machine's memory."""
LONG_S = 1200.0
NOTICED, NOT_NOTICED, HANGS, NOT_REACHED = "noticed", "not noticed", "hangs", "not reached"
# exit codes of pytest: all passed; some failed; a module of tests cannot be loaded; an error inside; the same of what
# all tests share
OUTCOMES = {0: NOT_NOTICED, 1: NOTICED, 2: NOTICED, 3: NOTICED, 4: NOTICED, HUNG: HANGS}


class Limit:
    """A pytest plugin that ends the process where a test takes much more of the processor than it usually does."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self.seconds = seconds
        signal.signal(signal.SIGPROF, lambda *_: os._exit(HUNG))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Wind the clock up before a test and its set-up."""
        signal.setitimer(signal.ITIMER_PROF, LEAST_S + MANY * self.seconds.get(nodeid, 0.0))


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant, tree: Path) -> None:
        self.name, self.file, self.code = name_of(mutant.module), str(tree / mutant.module), mutant.code

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where the module is loaded from; None for all others."""
        del path, target
        return (
            importlib.util.spec_from_file_location(fullname, self.file, loader=self) if fullname == self.name else None
        )

    def get_filename(self, fullname: str) -> str:
        """Return the file of the module."""
        del fullname
        return self.file

    def get_data(self, path: str) -> bytes:
        """Return the mutant; no byte code is kept."""
        if path != self.file:
            raise OSError(path)
        return self.code.encode()


def name_of(module: Path) -> str:
    """Return the name of a module."""
    return str(module.with_suffix("")).replace("/", ".")


def preload(tree: Path) -> None:
    """Load libraries and packages, so that forked processes have them; rules run uncompiled."""
    os.environ.update(NUMBA_DISABLE_JIT="1", PYTHONPATH=str(tree))
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = True
    for library in LIBRARIES:
        importlib.import_module(library)
    for package in PACKAGES:
        loaded = importlib.import_module(package)
        for found in pkgutil.walk_packages(loaded.__path__, f"{package}."):
            importlib.import_module(found.name)
    threads = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    if any(thread.startswith("polars-0") for thread in threads):
        raise RuntimeError("polars has started its threads: a forked process would wait for them for ever")


def tried(mutant: Mutant, tree: Path, tests: Mapping[str, float], *, anew: bool = False) -> str:
    """Return whether tests notice a mutant.

    Parameters
    ----------
    mutant : Mutant
        What is changed.
    tree : pathlib.Path
        Where packages and tests are; nothing in it is changed.
    tests : mapping of str to float
        Tests by pytest's names, in the order in which they are run, until one fails, with the seconds of the processor
        that each takes without the mutant: where one takes many times that, it hangs.
    anew : bool
        Whether the packages are loaded anew, so that what runs when a module is loaded is changed too.
    """
    process = os.fork()
    if process == 0:
        _run(mutant, tree, tests, anew=anew)
    # a process that waits for ever takes no time of the processor
    until = time.monotonic() + LONG_S + 100.0 * sum(tests.values())
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return HANGS
        time.sleep(0.02)
    if os.WIFSIGNALED(status):
        return HANGS if os.WTERMSIG(status) == signal.SIGKILL else NOTICED
    code = os.WEXITSTATUS(status)
    if code not in OUTCOMES:
        raise RuntimeError(f"{mutant.module}:{mutant.line}: the trial ended with {code}: pytest could not begin")
    return OUTCOMES[code]


def _run(mutant: Mutant, tree: Path, tests: Mapping[str, float], *, anew: bool) -> None:
    """Run tests with a mutant and end with pytest's exit code (in the forked process)."""
    code = UNTRIED
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        if anew or not swapped(mutant, tree):
            for name in [name for name in sys.modules if name.partition(".")[0] in ALL]:
                del sys.modules[name]
            sys.meta_path.insert(0, Mutated(mutant, tree))
        options = ["-q", "-x", "--no-header", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"]
        code = int(importlib.import_module("pytest").main([*options, *tests], plugins=[Limit(tests)]))
    finally:
        os._exit(code)


def swapped(mutant: Mutant, tree: Path) -> bool:
    """Give the functions of a loaded module the mutant's code; return whether that is all that it changes."""
    file = str(tree / mutant.module)
    right, wrong = (
        compile(code, file, "exec", dont_inherit=True)
        for code in ((tree / mutant.module).read_text(encoding="utf-8"), mutant.code)
    )
    pairs = list(_changed(right, wrong))
    if not pairs or None in pairs:
        return False
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    for pair in pairs:
        old, new = pair or (right, wrong)
        found = [each for each in functions if each.__code__ == old]
        if not found:
            return False
        for each in found:
            each.__code__ = new
    return True


def _changed(right: CodeType, wrong: CodeType) -> Iterator[tuple[CodeType, CodeType] | None]:
    """Yield pairs of functions that differ; None where something outside of functions does."""
    old, new = ([part for part in code.co_consts if isinstance(part, CodeType)] for code in (right, wrong))
    plain = [tuple(part for part in code.co_consts if not isinstance(part, CodeType)) for code in (right, wrong)]
    if right.co_code != wrong.co_code or len(old) != len(new) or repr(plain[0]) != repr(plain[1]):
        yield None
        return
    for before, after in zip(old, new, strict=True):
        if before != after:
            # the body of a class has no variables of its own kind: it is not optimised as that of a function is
            if before.co_flags & 0x1:
                yield before, after
            else:
                yield from _changed(before, after)
