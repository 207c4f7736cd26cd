"""Count the lines and branches of the five packages that tests reach, compiled modules measured without compilation.

Run: python benchmarks/coverage_table.py [--missing] (needs the extra `mutation`)
The tests are run in pieces, one process each, and what a piece found is kept for this version (.benchmarks), so that a
stopped run goes on. Tests marked `slow` are left out, as in `make test`. About half an hour of CPU.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import coverage
from trust_counts import Row, keep, version

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".benchmarks"
PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
QUICK, MOST = "not slow and not whole", "not slow"
# What is compiled is measured as plain Python by the tests of its own package; whole runs would take hours that way.
PIECES = {
    "charging": (("tests/charging",), QUICK, False),
    "fleet": (("tests/fleet",), QUICK, False),
    "shipping": (("tests/shipping",), QUICK, False),
    "data": (("tests/data",), QUICK, False),
    "properties": (("tests/properties", "tests/verification"), MOST, False),
    "statistics": (("tests/experiments/statistics", "tests/experiments/designs"), QUICK, True),
    **{
        name: ((f"tests/experiments/{name}",), QUICK, True)
        for name in ("scorecard", "scenario", "report", "sizing", "exchange", "calibration", "counties", "pathways")
    },
    "runs": (("tests/experiments/runs",), QUICK, True),
    "commands": (("tests/experiments/cli", "tests/experiments/explorer"), QUICK, True),
    "rest": (("tests/experiments", "tests/house"), MOST, True),
}
"""By name: folders, marker, and whether the rules are compiled."""


def measured(name: str) -> Path:
    """Run a piece, unless it was run before; return its data."""
    folders, marker, compiled = PIECES[name]
    data = KEPT / f"coverage-{version()}-{name}"
    if data.exists():
        return data
    KEPT.mkdir(exist_ok=True)
    made = data.with_name(f"{data.name}.part")
    made.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    if not compiled:
        environment["NUMBA_DISABLE_JIT"] = "1"
    sources = ",".join(str(ROOT / package) for package in PACKAGES)
    command = [sys.executable, "-m", "coverage", "run", "--branch", f"--data-file={made}", f"--source={sources}"]
    command += ["--rcfile=/dev/null", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", marker]
    # what a piece of its own has is not run again
    left_out = [
        folder for other, piece in PIECES.items() if other != name for folder in piece[0] if folder not in folders
    ]
    ignored = [f"--ignore={folder}" for folder in left_out if any(folder.startswith(f"{own}/") for own in folders)]
    subprocess.run([*command, "--durations=40", *ignored, *folders], cwd=ROOT, env=environment, check=False)
    made.rename(data)
    return data


def main() -> None:
    """Measure, keep the counts and say what is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", action="store_true", help="list what no test reaches, by module")
    asked = parser.parse_args()
    files = [measured(name) for name in PIECES]
    whole = coverage.Coverage(str(KEPT / f"coverage-{version()}"), branch=True, config_file=False)
    whole.combine([str(file) for file in files], keep=True)
    modules = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    report = KEPT / f"coverage-{version()}.json"
    whole.json_report(morfs=list(map(str, modules)), outfile=str(report))
    totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    rows = [
        Row(
            "coverage", what, totals[f"num_{number}"], totals[f"num_{number}"] - totals[f"missing_{missing}"], version()
        )
        for what, number, missing in (
            ("lines of the five packages", "statements", "lines"),
            ("branches of the five packages", "branches", "branches"),
        )
    ]
    keep(rows)
    for row in rows:
        sys.stdout.write(f"{row.what}: {row.held:,} of {row.tried:,}, {100.0 * row.held / row.tried:.2f} %\n")
    if asked.missing:
        whole.report(morfs=list(map(str, modules)), show_missing=True, skip_covered=True, file=sys.stdout)


if __name__ == "__main__":
    main()
