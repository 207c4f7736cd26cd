"""Counts of what the tests would notice, kept in docs/trust.csv and docs/mutants.csv, and shown on two pages."""

import csv
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DATA, MUTANTS = ROOT / "docs" / "trust.csv", ROOT / "docs" / "mutants.csv"
PAGE, VALIDATION = ROOT / "docs" / "trust.md", ROOT / "docs" / "validation.md"
SECTION = "## What the tests would notice"
TITLES = {
    "checks": "Checks against theory and published cases (`xijiang verify`)",
    "inputs": "Inputs that are wrong in one place",
    "disturbances": "Disturbances, and the same bytes afterwards",
    "faults": "Faults put in by hand, each noticed by a test",
    "coverage": "Lines and branches that tests reach",
    "mutants": "Small changes of the rules that a test notices",
}
"""The parts, in the order of the page."""
ALIVE = ("not noticed", "not reached")
"""Outcomes of mutants that no test notices."""
TEXT = """# What the tests would notice

Made by `benchmarks/trust_page.py`, `benchmarks/coverage_table.py` and `benchmarks/mutants.py`; do not edit by hand.

{parts}
## What is counted

`xijiang verify` prints its checks with what was expected, what came out, how far apart they may be, and the source.

A wrong input is a table, scenario, option, manifest or point of a sweep that is changed in one place and given to the
command line (seed 1). All is well unless there is a traceback, a command takes more than a minute, an input that means
nothing is accepted, or a message names neither file nor option.

A disturbance is a process that is killed (SIGKILL) at a random moment, two processes on one folder, a worker that is
killed, a disk that fills up, or a stored file that is damaged or removed. All is well where the same command then goes
on to the same bytes as if nothing had happened, or says in one message which file is wrong.

Lines and branches are those that the quick tests reach in their own process: a lower bound of what `make test` reaches,
with its whole runs and its worker processes. Tests of charging, of its properties and of the fleet run
uncompiled (`NUMBA_DISABLE_JIT=1`).

Mutants are tried on the tests of their own package alone, so that the share is a lower bound; those that live, and why
some of them change nothing that a user could see, are listed in [Mutants](mutants.md).
"""


class Row(NamedTuple):
    """One count.

    Attributes
    ----------
    part : str
        A key of ``TITLES``.
    what : str
        What was tried.
    tried, held : int
        How often, and how often all was well.
    version : str
        The commit that was measured.
    """

    part: str
    what: str
    tried: int
    held: int
    version: str


def version(*folders: str) -> str:
    """Return the last commit, of the tree or of some folders; a plus sign where files differ from it."""
    last = _git("log", "-1", "--abbrev=8", "--format=%h", "--", *folders)
    # what is counted is written into docs: no other tree for that
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", *(folders or (".", ":!docs")))
    return f"{last}+" if changed else last


def _git(*arguments: str) -> str:
    """Return what git says about the tree."""
    git = shutil.which("git") or "git"
    return subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def known() -> list[Row]:
    """Return the counts that are kept."""
    if not DATA.exists():
        return []
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            Row(row["part"], row["what"], int(row["tried"]), int(row["held"]), row["version"])
            for row in csv.DictReader(file)
        ]


def keep(rows: Iterable[Row]) -> None:
    """Put counts in place of those of the same."""
    new = {(row.part, row.what.partition(" (")[0]): row for row in rows}
    old = {(row.part, row.what.partition(" (")[0]): row for row in known()}
    kept = (old | new).values()
    order = list(TITLES)
    with DATA.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(sorted(kept, key=lambda row: order.index(row.part)))


def mutants() -> list[Row]:
    """Return the mutants that were tried and noticed, by stratum."""
    if not MUTANTS.exists():
        return []
    with MUTANTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for stratum in dict.fromkeys(row["stratum"] for row in rows):
        here = [row for row in rows if row["stratum"] == stratum]
        noticed = sum(row["outcome"] not in ALIVE for row in here)
        # tried over several states of the tree
        versions = ", ".join(sorted({row["version"] for row in here if row.get("version")}))
        found.append(Row("mutants", stratum, len(here), noticed, versions))
    return found


def sections() -> str:
    """Return a table for each part that was counted."""
    rows = [*known(), *mutants()]
    parts = []
    for part, title in TITLES.items():
        here = [row for row in rows if row.part == part]
        if not here:
            continue
        lines = [f"| {row.what} | {row.tried:,} | {row.held:,} | {_share(row)} | {row.version} |" for row in here]
        if part == "mutants":
            total = Row(part, "all", sum(row.tried for row in here), sum(row.held for row in here), "")
            lines.append(f"| {total.what} | {total.tried:,} | {total.held:,} | {_share(total)} | |")
        head = "| what | tried | well | share | version |\n|---|---|---|---|---|\n"
        parts.append(f"## {title}\n\n{head}" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _share(row: Row) -> str:
    """Return the share of trials after which all was well, never rounded up to all of them."""
    return "100 %" if row.held == row.tried else f"{min(100.0 * row.held / max(row.tried, 1), 99.9):.1f} %"


def section() -> str:
    """Return the counts as a section of docs/validation.md."""
    parts = sections().replace("\n## ", "\n### ").replace("## ", "### ", 1)
    said = "Counted by scripts; what is counted, and how, stands in [What the tests would notice](trust.md)."
    return f"{SECTION}\n\n{said}\n\n{parts}"


def write_page() -> None:
    """Write docs/trust.md from the counts that are kept, and the same counts into docs/validation.md."""
    PAGE.write_text(TEXT.format(parts=sections()), encoding="utf-8")
    whole = VALIDATION.read_text(encoding="utf-8")
    before, there, after = whole.partition(f"{SECTION}\n")
    # the other sections are of the models, and take minutes
    rest = after[after.index("\n## ") :]
    if there:
        VALIDATION.write_text(f"{before}{section()}{rest}", encoding="utf-8")
