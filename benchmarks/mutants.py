"""Write docs/mutants.md: how many small changes of the rules make a test fail, and which ones none.

Run: python benchmarks/mutants.py [count] (needs the extra `mutation`)
Mutants are made by cosmic-ray's operators, drawn with a seed in equal shares over strata of modules, and tried in turn
(one of each stratum, then the next of each), uncompiled, on the tests that reach the changed line. What is found is
kept beside the page's data as it comes (docs/mutants.csv), so that a stopped run goes on; reasons why a mutant may live
are written there by hand, in the last column. 300 mutants take about half an hour of one core.
"""

from __future__ import annotations

import csv
import functools
import random
import sys
import time
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from coverage_table import digest, modules
from mutation import reach, sample, trial
from trust_counts import version, write_page

if TYPE_CHECKING:
    from mutation.reach import Reach
    from mutation.sample import Mutant, Stratum

ROOT = Path(__file__).parents[1]
PAGE, DATA, KEPT = ROOT / "docs" / "mutants.md", ROOT / "docs" / "mutants.csv", ROOT / ".benchmarks"
COUNT, NEAREST_S, BESIDE_S = 300, 20.0, 3.0
"""Mutants, and seconds of tests that reach the line of one and of others of the same files: quickest first."""
FIELDS = ("stratum", "module", "line", "right", "wrong", "operator", "occurrence", "outcome", "version", "reason")
ALIVE = (trial.NOT_NOTICED, trial.NOT_REACHED)
TEXT = """# Mutants: small changes of the rules that tests notice

Made by `benchmarks/mutants.py` (seed {seed}); each changes one operator, number or condition of one module and is
tried on the tests that reach the changed line, without compilation. {killed} of {tried} make a test fail or never end:
{share:.0f} %. Of the {alive} others {excused} have a reason below, by reading the code, why they change nothing that a
user could see. Of seed 1 the tests noticed 245 of 304 (81 %) when it was drawn: tests of those that lived were written
after it, so another seed would lie between the two.

| part | tried | noticed | share |
|---|---|---|---|
{rows}

By module: {modules}.

## Not noticed

{survivors}
"""


def known() -> dict[tuple[str, ...], dict[str, str]]:
    """Return what was found before, by mutant."""
    if not DATA.exists():
        return {}
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = [{field: row.get(field) or "" for field in FIELDS} for row in csv.DictReader(file)]
    return {(row["module"], row["right"], row["wrong"], row["operator"], row["occurrence"]): row for row in rows}


def keep(rows: list[dict[str, str]]) -> None:
    """Write what was found."""
    with DATA.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def page(rows: list[dict[str, str]]) -> str:
    """Return the page."""
    lines = []
    for stratum in sample.STRATA:
        here = [row for row in rows if row["stratum"] == stratum.name]
        noticed = sum(row["outcome"] not in ALIVE for row in here)
        if here:
            lines.append(f"| {stratum.name} | {len(here)} | {noticed} | {100.0 * noticed / len(here):.0f} % |")
    left = [row for row in rows if row["outcome"] in ALIVE]
    counts = {
        module: sum(row["module"] == module for row in rows) for module in sorted({row["module"] for row in rows})
    }
    return TEXT.format(
        seed=sample.SEED,
        killed=len(rows) - len(left),
        tried=len(rows),
        share=100.0 * (len(rows) - len(left)) / len(rows),
        alive=len(left),
        excused=sum(bool(row["reason"]) for row in left),
        rows="\n".join(lines),
        modules=", ".join(f"`{module}` {count}" for module, count in counts.items()),
        survivors="\n".join(map(_survivor, left)) or "None.",
    )


def _survivor(row: dict[str, str]) -> str:
    """Return a line about a mutant that no test notices."""
    reason = row["reason"] or ("no test reaches the line" if row["outcome"] == trial.NOT_REACHED else "")
    return f"- `{row['module']}`: `{row['right']}` → `{row['wrong']}`{': ' if reason else ''}{reason}"


@functools.cache
def reached(stratum: Stratum) -> Reach:
    """Return which tests reach the modules of a stratum, for the packages and tests as they stand."""
    code = modules()
    files = []
    for test in stratum.tests:
        whole = ROOT / test
        there = sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]
        files.append(KEPT / f"reach-{digest([*code, *there])}.json")
    return reach.merged([reach.measured((test,), ROOT, file) for test, file in zip(stratum.tests, files, strict=True)])


def outcome(mutant: Mutant, tests: Reach) -> str:
    """Return whether tests notice a mutant: first those that reach its line, then others of the same files.

    These catch what a test of the line left in a memory that others read.
    """
    right = (ROOT / mutant.module).read_text(encoding="utf-8")
    nearest = tests.within(tests.tests(mutant.module, mutant.line, right), NEAREST_S)
    found = trial.NOT_REACHED
    for chosen, anew in ((nearest, False), (tests.within(tests.beside(nearest), BESIDE_S), True)):
        if found in ALIVE and chosen:
            found = trial.tried(mutant, ROOT, {test: tests.seconds[test] for test in chosen}, anew=anew)
    return found


def drawn(count: int) -> list[Mutant]:
    """Return the sample, one of each stratum in turn, so that a part of it is a sample too."""
    shares = [-(-count // len(sample.STRATA))] * len(sample.STRATA)
    each = [
        sample.draw(stratum, share, random.Random(sample.SEED))  # noqa: S311 - a sample, not a secret
        for stratum, share in zip(sample.STRATA, shares, strict=True)
    ]
    return [mutant for turn in zip_longest(*each) for mutant in turn if mutant is not None]


def main() -> None:
    """Try mutants and write the page."""
    found, mutants = known(), drawn(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
    keys = [tuple(map(str, mutant.key())) for mutant in mutants]
    trial.preload(ROOT)
    for key, mutant in zip(keys, mutants, strict=True):
        if key in found:
            continue
        began = time.monotonic()
        made = outcome(mutant, reached(mutant.stratum))
        values = (mutant.stratum.name, mutant.module, mutant.line, mutant.right, mutant.wrong, mutant.operator)
        found[key] = dict(zip(FIELDS, map(str, (*values, mutant.occurrence, made, version(), "")), strict=True))
        said = f"{mutant.stratum.name}: {made}: {mutant.module}:{mutant.line}: {mutant.right} -> {mutant.wrong}"
        sys.stderr.write(f"{time.monotonic() - began:.1f} s: {said}\n")
        # what a stopped run found is not lost: rows of the sample that are not tried yet stay as they were
        keep([found[each] for each in keys if each in found])
    PAGE.write_text(page([found[key] for key in keys]), encoding="utf-8")
    write_page()


if __name__ == "__main__":
    main()
