"""Write docs/trust.md: what the tests would notice, counted.

Run: python benchmarks/trust_page.py [cases]
Runs the checks of `xijiang verify`, the wrong inputs of tests/trust/fuzzing and the faults that are listed in
tests/trust/hand_faults.py; 1,600 cases and all faults take about 15 minutes of CPU.
"""

import contextlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import experiments.verification

ROOT = Path(__file__).parents[1]
TRUST = ROOT / "tests" / "trust"
PAGE = ROOT / "docs" / "trust.md"
CASES, SEED = 1600, 1
TEXT = """# What the tests would notice

Made by `benchmarks/trust_page.py`.

## Checks against theory and published cases

{checks}

`xijiang verify` prints them all with what was expected, what came out and how far apart they may be.

## Wrong inputs

{cases} different inputs (seed {seed}) that are wrong in one place were given to the command line. A finding is a
traceback, a command that takes more than a minute, an input that means nothing and is accepted, or a message that does
not name the file or option. Counties that are odd but accepted are planned, and {simulated} of them were simulated.

| input | tried | refused |
|---|---|---|
{rows}

Findings: {findings}.

## Faults put in by hand

{noticed} of {faults} faults in `tests/trust/hand_faults.py` make their test file fail.
"""


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


def write(cases: int) -> str:
    """Run everything and return the page."""
    fuzzing, faults = loaded("trust_fuzzing", TRUST / "fuzzing" / "__init__.py"), loaded("f", TRUST / "hand_faults.py")
    table = experiments.verification.verify()
    counts = table.group_by("room", maintain_order=True).agg(held="holds").iter_rows()
    rooms = [f"| {room} | {len(held)} | {sum(held)} |" for room, held in counts]
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        os.environ["POLARS_MAX_THREADS"] = "1"
        done = fuzzing.campaign(Path(place) / "fuzz", fuzzing.counties(ROOT), number=cases, seed=SEED)
        with faults.tree(Path(place) / "tree") as tree:
            noticed = sum(faults.noticed(fault, tree) for fault in faults.FAULTS)
    for found in done.findings:
        sys.stderr.write(f"{found}\n")
    return TEXT.format(
        checks="\n".join(["| room | checks | hold |", "|---|---|---|", *rooms]),
        cases=f"{done.cases.total():,}",
        seed=SEED,
        simulated=done.simulated,
        rows="\n".join(f"| {kind} | {number} | {done.refused[kind]} |" for kind, number in sorted(done.cases.items())),
        findings=len(done.findings) or "none",
        noticed=noticed,
        faults=len(faults.FAULTS),
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(write(int(sys.argv[1]) if len(sys.argv) > 1 else CASES), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
