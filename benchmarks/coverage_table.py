"""Count the lines and branches of the five packages that tests reach, compiled modules measured without compilation.

Run: python benchmarks/coverage_table.py [--missing] [PIECE...] (needs the extra `mutation`)
The tests are run in pieces, one process each, and what a piece found is kept for the packages as they stand
(.benchmarks), so that a stopped run goes on; test files that came later are run alone and added. Tests marked `slow`
are left out, as in `make test`. About three quarters of an hour of CPU.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import coverage
from trust_counts import Row, keep, version, write_page

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".benchmarks"
PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
QUICK, MOST = "not slow and not whole", "not slow"
LONG = ("test_charging_long_queues.py",)
"""Tests of speed, which take minutes without compilation: they reach what others reach too."""


class Piece(NamedTuple):
    """Tests that are run in one process.

    Attributes
    ----------
    folders : tuple of str
        Where they stand.
    marker : str
        Which of them.
    compiled : bool
        Whether the compiled rules run compiled, and so are not seen: whole runs would take hours otherwise.
    """

    folders: tuple[str, ...]
    marker: str = QUICK
    compiled: bool = True


PIECES = {
    "runs": Piece(("tests/experiments/runs",)),
    "statistics": Piece(("tests/experiments/statistics", "tests/experiments/designs")),
    **{
        name: Piece((f"tests/experiments/{name}",))
        for name in ("scorecard", "scenario", "report", "sizing", "exchange", "calibration", "counties", "pathways")
    },
    "commands": Piece(("tests/experiments/cli", "tests/experiments/explorer")),
    "rest": Piece(("tests/experiments",), MOST),
    "charging": Piece(("tests/charging",), compiled=False),
    "data": Piece(("tests/data",)),
    "fleet": Piece(("tests/fleet",), compiled=False),
    "shipping": Piece(("tests/shipping",)),
    "checks": Piece(("tests/verification",), MOST),
    "properties": Piece(("tests/properties",), MOST, compiled=False),
}
"""By name, those that were measured least first."""


def digest(files: Iterable[Path]) -> str:
    """Return a digest of what stands in files, of the tree as it is and not as it was committed."""
    names = sorted(files)
    content = b"".join(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() for file in names)
    return hashlib.sha256(content).hexdigest()[:10]


def modules() -> list[Path]:
    """Return the modules that are measured."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_files(name: str) -> list[Path]:
    """Return the files of tests of a piece, less those of folders that are another piece."""
    piece = PIECES[name]
    others = {folder for other in PIECES.values() for folder in other.folders if folder not in piece.folders}
    own = {file for folder in piece.folders for file in (ROOT / folder).rglob("test_*.py")}
    there = {file for folder in others for file in (ROOT / folder).rglob("test_*.py")}
    inside = any(other.startswith(f"{folder}/") for other in others for folder in piece.folders)
    return sorted(file for file in (own - there if inside else own) if file.name not in LONG)


def measured(name: str, code: str) -> Path:
    """Run what of a piece was not run on this code; return its data."""
    KEPT.mkdir(exist_ok=True)
    data = KEPT / f"coverage-{code}-{name}"
    note = data.with_name(f"{data.name}.json")
    done = json.loads(note.read_text(encoding="utf-8")) if note.exists() and data.exists() else {}
    files = {file.relative_to(ROOT).as_posix(): digest([file]) for file in test_files(name)}
    if any(files.get(file) != content for file, content in done.items()):
        # a test that was changed or removed no longer reaches what it reached
        done = {}
        data.unlink()
    fresh = [file for file in files if file not in done]
    if fresh:
        _run(PIECES[name], data, fresh)
        note.write_text(json.dumps(files, indent=1), encoding="utf-8")
    return data


def _run(piece: Piece, data: Path, files: list[str]) -> None:
    """Run tests under measurement and add what they reach to the data of a piece, once all of them have ended."""
    made = data.with_name(f"{data.name}.part")
    made.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    if not piece.compiled:
        environment["NUMBA_DISABLE_JIT"] = "1"
    sources = ",".join(str(ROOT / package) for package in PACKAGES)
    command = [sys.executable, "-m", "coverage", "run", "--branch", f"--data-file={made}", f"--source={sources}"]
    command += ["--rcfile=/dev/null", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-m", piece.marker, "--durations=15", *files]
    subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if data.exists():
        both = coverage.Coverage(str(data), branch=True, config_file=False)
        both.load()
        both.combine([str(made)])
        both.save()
    else:
        made.rename(data)


def main() -> None:
    """Measure, keep the counts and say what is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "pieces", nargs="*", choices=[*PIECES, []], default=[], help="measure these alone; keep no count"
    )
    parser.add_argument("--missing", action="store_true", help="list what no test reaches, by module")
    asked = parser.parse_args()
    code = digest(modules())
    files = [measured(name, code) for name in asked.pieces or PIECES]
    whole = coverage.Coverage(str(KEPT / f"coverage-{code}"), branch=True, config_file=False)
    whole.combine([str(file) for file in files], keep=True)
    rows = [row for package in (*PACKAGES, None) for row in counted(whole, package)]
    if not asked.pieces:
        keep(rows)
        write_page()
    for row in rows:
        sys.stdout.write(f"{row.what}: {row.held:,} of {row.tried:,}, {100.0 * row.held / row.tried:.2f} %\n")
    if asked.missing:
        whole.report(morfs=list(map(str, modules())), show_missing=True, skip_covered=True, file=sys.stdout)


def counted(whole: coverage.Coverage, package: str | None) -> list[Row]:
    """Return the lines and branches of a package, or of all, that are reached."""
    report = KEPT / "coverage-report.json"
    chosen = [str(module) for module in modules() if package in {None, module.relative_to(ROOT).parts[0]}]
    whole.json_report(morfs=chosen, outfile=str(report))
    totals, of = json.loads(report.read_text(encoding="utf-8"))["totals"], package or "the five packages"
    number, branches = totals["num_statements"], totals["num_branches"]
    return [
        Row("coverage", f"lines of {of}", number, number - totals["missing_lines"], version(*PACKAGES)),
        Row("coverage", f"branches of {of}", branches, branches - totals["missing_branches"], version(*PACKAGES)),
    ]


if __name__ == "__main__":
    main()
