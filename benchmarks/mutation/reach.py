"""Which tests reach which lines of which modules, measured once without compilation.

A mutant is tried on the tests that reach its line alone, quickest first: that makes hundreds of them affordable.
Run: python benchmarks/mutation/reach.py OUT.json TEST... (a process of its own: it measures from the first import on).
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
SETUP = "setup "
"""Stands before a test whose set-up reached a line: other tests of its file may share what was set up."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Tests of a stratum, and the lines that they reach.

    Attributes
    ----------
    seconds : mapping of str to float
        How long each test took, with its set-up.
    lines : mapping of str to mapping of str to list of str
        By module and line number: tests that reach it, those whose set-up does after ``SETUP``.
    """

    seconds: Mapping[str, float]
    lines: Mapping[str, Mapping[str, list[str]]]

    def tests(self, module: Path, line: int, code: str) -> list[str]:
        """Return the tests that reach the statement of a line, file by file, quickest first."""
        lines = self.lines.get(str(module), {})
        inside = statement(code, line)
        if inside is None:
            # what runs when a module is loaded is reached by whoever uses the module
            reached = {test for tests in lines.values() for test in tests}
        else:
            reached = {test for number in inside for test in lines.get(str(number), [])}
        return self.ordered(reached)

    def beside(self, tests: Sequence[str]) -> list[str]:
        """Return the other tests of the files of some tests, quickest first."""
        files = {_file(test) for test in tests}
        return self.ordered({test for test in self.seconds if _file(test) in files} - set(tests))

    def within(self, tests: Sequence[str], most_s: float) -> list[str]:
        """Return the first of some tests that take so many seconds together, one at least."""
        spent = accumulate(self.seconds[test] for test in tests)
        return [test for test, until in zip(tests, spent, strict=True) if until <= most_s] or list(tests[:1])

    def ordered(self, reached: set[str]) -> list[str]:
        """Return tests, and for a set-up all tests of its file; files and tests that take least come first."""
        shared = {_file(test.removeprefix(SETUP)) for test in reached if test.startswith(SETUP)}
        chosen = {test for test in self.seconds if test in reached or _file(test) in shared}
        files: dict[str, float] = {}
        for test in chosen:
            files[_file(test)] = files.get(_file(test), 0.0) + self.seconds[test]
        return sorted(chosen, key=lambda test: (files[_file(test)], _file(test), self.seconds[test]))


def merged(parts: Sequence[Reach]) -> Reach:
    """Return the reach of tests that were measured apart."""
    lines: dict[str, dict[str, list[str]]] = {}
    for part in parts:
        for module, found in part.lines.items():
            here = lines.setdefault(module, {})
            for line, tests in found.items():
                here[line] = here.get(line, []) + tests
    return Reach({test: took for part in parts for test, took in part.seconds.items()}, lines)


def _file(test: str) -> str:
    """Return the file of a test."""
    return test.partition("::")[0]


def statement(code: str, line: int) -> range | None:
    """Return the lines of the smallest statement around a line; None for one that runs when the module is loaded.

    Of a statement with a body it is the head. Defaults of parameters run when a module is loaded.
    """
    best: ast.stmt | None = None
    inside = False
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or node.lineno):
            continue
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line:
            inside = True
        if best is None or node.lineno >= best.lineno:
            best = node
    if best is None or not inside or isinstance(best, ast.FunctionDef | ast.ClassDef):
        return None
    body = getattr(best, "body", None)
    last = body[0].lineno - 1 if body else best.end_lineno or best.lineno
    return range(best.lineno, max(last, best.lineno) + 1)


def measured(tests: tuple[str, ...], tree: Path, out: Path) -> Reach:
    """Return the reach of tests in a tree; one that was measured before is read from its file."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(tree), "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        there = [test for test in tests if (tree / test).exists()]
        command = [sys.executable, str(Path(__file__).resolve()), str(out), *there]
        subprocess.run(command, cwd=tree, env=environment, check=True)
    found = json.loads(out.read_text(encoding="utf-8"))
    # elapsed time on a busy machine says which tests take long; that of the processor says how long
    scale = min(found["cpu_s"] / max(sum(found["seconds"].values()), 1e-9), 1.0)
    return Reach({test: scale * seconds for test, seconds in found["seconds"].items()}, found["lines"])


class Contexts:
    """A pytest plugin that tells coverage which test runs, and notes how long it takes."""

    def __init__(self, measure: coverage.Coverage) -> None:
        self.measure = measure
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Count what follows for the set-up of a test."""
        self.measure.switch_context(SETUP + item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Run the test itself; what it shares with others is set up by now."""
        self.measure.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a phase of a test took; tests that fail or are skipped notice nothing."""
        if report.failed:
            self.failed.append(report.nodeid)
        if report.passed:
            self.seconds[report.nodeid] = round(self.seconds.get(report.nodeid, 0.0) + report.duration, 3)


def lines_of(measure: coverage.Coverage, tree: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Return the tests by line of each module that any test reached."""
    data = measure.get_data()
    for file in sorted(data.measured_files()):
        contexts = data.contexts_by_lineno(file)
        lines = {str(line): [test for test in tests if test] for line, tests in sorted(contexts.items())}
        yield str(Path(file).relative_to(tree)), {line: tests for line, tests in lines.items() if tests}


def main() -> None:
    """Measure, and write what was found."""
    tree, out, tests = Path.cwd(), Path(sys.argv[1]), sys.argv[2:]
    sources = [str(tree / name) for name in PACKAGES]
    # branches too: the same file tells what no test reaches (`coverage combine`)
    measure = coverage.Coverage(str(out.with_suffix(".coverage")), branch=True, config_file=False, source=sources)
    began = time.process_time()
    measure.start()
    contexts = Contexts(measure)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not whole"]
    pytest.main([*options, *tests], plugins=[contexts])
    measure.stop()
    measure.save()
    if contexts.failed:
        sys.stderr.write(f"left out, because they fail without any mutant: {', '.join(contexts.failed)}\n")
    seconds = {test: took for test, took in contexts.seconds.items() if test not in contexts.failed}
    found = {"seconds": seconds, "lines": dict(lines_of(measure, tree)), "cpu_s": time.process_time() - began}
    out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
