"""Write docs/trust.md: what the tests would notice, counted.

Run: python benchmarks/trust_page.py [--cases N] [--kills N] [PART...]
Parts are checks (`xijiang verify`), inputs (tests/trust/fuzzing), kills, damage and company (tests/trust/disturbing),
and faults (tests/trust/hand_faults.py); by default all, which takes about half an hour of CPU. Counts are kept in
docs/trust.csv, so that a part can be counted again alone; coverage comes from `benchmarks/coverage_table.py`, mutants
from `benchmarks/mutants.py`. docs/validation.md shows the same counts.
"""

import argparse
import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Protocol

from trust_counts import PAGE, Row, keep, version, write_page

import experiments.verification

ROOT = Path(__file__).parents[1]
TRUST = ROOT / "tests" / "trust"
CASES, KILLS, SEED = 1600, 50, 1


class Counted(Protocol):
    """What was tried, how often, how often all was well, and what was not."""

    what: str
    tried: int
    held: int
    findings: list[str]


def loaded(name: str, file: Path) -> ModuleType:
    """Return a module, or a package with its folder, of the tests."""
    where = [str(file.parent)] if file.stem == "__init__" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=where)
    if spec is None or spec.loader is None:
        raise ImportError(name=name, path=str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def told(words: str) -> None:
    """Say at once what went wrong."""
    sys.stderr.write(f"{words}\n")


def checks(_: argparse.Namespace) -> Iterator[Row]:
    """Count the checks of `xijiang verify`."""
    table = experiments.verification.verify()
    for room, held in table.group_by("room", maintain_order=True).agg(held="holds").iter_rows():
        yield Row("checks", room, len(held), sum(held), version())


def inputs(asked: argparse.Namespace) -> Iterator[Row]:
    """Count wrong inputs and findings among them."""
    fuzzing = loaded("trust_fuzzing", TRUST / "fuzzing" / "__init__.py")
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        counties = fuzzing.counties(ROOT)
        done = fuzzing.campaign(Path(place) / "fuzz", counties, number=asked.cases, seed=SEED, tell=told)
    for kind, number in sorted(done.cases.items()):
        found = sum(words.startswith(f"{kind}: ") for words in done.findings)
        how = f"{done.refused[kind]:,} refused" if done.refused[kind] else "none changed an answer"
        yield Row("inputs", f"{kind} ({how})", number, number - found, version())
    odd = "counties that are odd, accepted and simulated"
    yield Row("inputs", odd, done.simulated, done.simulated - done.simulated_badly, version())


def kills(asked: argparse.Namespace) -> Iterator[Row]:
    """Count commands that were killed at random moments and went on to the same bytes."""
    disturbing = loaded("trust_disturbing", TRUST / "disturbing" / "__init__.py")
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        yield from map(row_of, disturbing.kills(Path(name), number=asked.kills, seed=SEED))


def damage(_: argparse.Namespace) -> Iterator[Row]:
    """Count stored files that were damaged, and named or made again."""
    fuzzing = loaded("trust_fuzzing", TRUST / "fuzzing" / "__init__.py")
    disturbing = loaded("trust_disturbing", TRUST / "disturbing" / "__init__.py")
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        yield row_of(disturbing.damaged(Path(name), fuzzing.trial.tried, seed=SEED))


def company(_: argparse.Namespace) -> Iterator[Row]:
    """Count processes that shared a folder, lost a worker or found the disk full."""
    disturbing = loaded("trust_disturbing", TRUST / "disturbing" / "__init__.py")
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        place = Path(name)
        yield row_of(disturbing.small_files(place / "small", number=8, seed=SEED))
        yield row_of(disturbing.lost_workers(place / "workers", number=5, seed=SEED))
        yield row_of(disturbing.shared(place / "shared"))


def row_of(count: Counted) -> Row:
    """Return a count of disturbances, and say what was not well."""
    for words in count.findings:
        told(words)
    return Row("disturbances", count.what, count.tried, count.held, version())


def faults(_: argparse.Namespace) -> Iterator[Row]:
    """Count the faults put in by hand that make their test file fail."""
    listed = loaded("trust_hand_faults", TRUST / "hand_faults.py")
    with tempfile.TemporaryDirectory() as place, listed.tree(Path(place) / "tree") as tree:
        noticed = sum(listed.noticed(fault, tree) for fault in listed.FAULTS)
    yield Row("faults", "listed in tests/trust/hand_faults.py", len(listed.FAULTS), noticed, version())


PARTS = {
    "checks": checks,
    "inputs": inputs,
    "kills": kills,
    "damage": damage,
    "company": company,
    "faults": faults,
}


def main() -> None:
    """Count the parts that are asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help="all by default")
    parser.add_argument("--cases", type=int, default=CASES, help="wrong inputs")
    parser.add_argument("--kills", type=int, default=KILLS, help="commands that are killed")
    asked = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = "1"
    for part in asked.parts or PARTS:
        for row in PARTS[part](asked):
            keep([row])
        write_page()
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
