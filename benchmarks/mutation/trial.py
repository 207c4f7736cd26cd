"""One mutant, tried: a process of its own loads the changed module instead of the right one and runs tests.

The process is forked from one that has loaded the libraries, and none of the packages, so that it starts at once.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from .sample import Mutant

LIBRARIES = (
    "polars",
    "dataframely",
    "pydantic",
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "scipy.sparse",
    "numba",
    "simpy",
    "networkx",
    "highspy",
    "pytest",
    "typer",
    "rich",
)
"""What tests load, and no thread is started by loading it: a forked process has no threads of its parent."""
UNTRIED = 9
"""Exit code of a trial that could not begin."""
MOST_BYTES = 6 * 2**30
"""A mutant that makes a loop endless must not fill the machine's memory."""
NOTICED, NOT_NOTICED, HANGS, NOT_REACHED = "noticed", "not noticed", "hangs", "not reached"
# exit codes of pytest: all passed; some failed; stopped, such as by a module that cannot be loaded; an error inside
OUTCOMES = {0: NOT_NOTICED, 1: NOTICED, 2: NOTICED, 3: NOTICED}


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant, tree: Path) -> None:
        self.name = str(mutant.module.with_suffix("")).replace("/", ".")
        self.file, self.code = str(tree / mutant.module), mutant.code

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


def preload(tree: Path) -> None:
    """Load the libraries, so that forked processes have them; rules run uncompiled."""
    os.environ.update(NUMBA_DISABLE_JIT="1", PYTHONPATH=str(tree))
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = True
    for library in LIBRARIES:
        importlib.import_module(library)


def tried(mutant: Mutant, tree: Path, tests: Sequence[str], normal_s: float) -> str:
    """Return whether tests notice a mutant.

    Parameters
    ----------
    mutant : Mutant
        What is changed.
    tree : pathlib.Path
        Where packages and tests are; nothing in it is changed.
    tests : sequence of str
        Tests by pytest's names, in the order in which they are run, until one fails.
    normal_s : float
        Seconds that they take without the mutant; it hangs where it takes much more of the processor.
    """
    process = os.fork()
    if process == 0:
        _run(mutant, tree, tests, limit_s=int(30.0 + 5.0 * normal_s))
    until = time.monotonic() + 20.0 * (30.0 + 5.0 * normal_s)
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
        return HANGS if os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL} else NOTICED
    code = os.WEXITSTATUS(status)
    if code not in OUTCOMES:
        raise RuntimeError(f"{mutant.module}:{mutant.line}: the trial ended with {code}: pytest could not begin")
    return OUTCOMES[code]


def _run(mutant: Mutant, tree: Path, tests: Sequence[str], limit_s: int) -> None:
    """Run tests with a mutant and end with pytest's exit code (in the forked process)."""
    code = UNTRIED
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        sys.meta_path.insert(0, Mutated(mutant, tree))
        options = [
            "-q",
            "-x",
            "--no-header",
            "--assert=plain",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-p",
            "no:dash",
        ]
        code = int(importlib.import_module("pytest").main([*options, *tests]))
    finally:
        os._exit(code)
