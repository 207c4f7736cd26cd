"""Write docs/mutants.md: how many small changes of the rules make a test fail, and which ones none.

Run: python benchmarks/mutants.py [count] (needs the extra `mutation`)
Mutants are made by cosmic-ray's operators, drawn with a seed in equal shares over the strata below; each is tried on
the tests that mirror its module, uncompiled. What is found is kept beside the page's data as it comes
(docs/mutants.csv), so that a stopped run goes on. 300 mutants take about an hour and a half of one core.
"""

from __future__ import annotations

import ast
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parents[1]
PAGE, DATA = ROOT / "docs" / "mutants.md", ROOT / "docs" / "mutants.csv"
COPIED = ("charging", "data", "experiments", "fleet", "shipping", "tests", "pyproject.toml")
COUNT, SEED = 300, 1
# What these give for floats is an error or the same by accident: too easy to notice, or nothing to notice.
TRIVIAL = ("BitOr", "BitAnd", "BitXor", "LShift", "RShift", "_Is", "_IsNot", "MatMul")
# Operators that change what a rule gives; those on decorators and imports make modules that cannot be loaded.
KINDS = (
    "ReplaceBinaryOperator",
    "ReplaceComparisonOperator",
    "ReplaceUnaryOperator",
    "NumberReplacer",
    "ReplaceAndWithOr",
)
KINDS = (
    *KINDS,
    "ReplaceOrWithAnd",
    "AddNot",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceTrueWithFalse",
)
FIELDS = ("stratum", "module", "line", "right", "wrong", "operator", "occurrence", "outcome")
TEXT = """# Mutants: small changes of the rules that tests notice

Made by `benchmarks/mutants.py` (seed {seed}); each changes one operator, number or condition of one module and is
tried on the tests that mirror it, without compilation. {killed} of {tried} make a test fail: {share:.0f} %.

| part | tried | noticed | share |
|---|---|---|---|
{rows}

## Not noticed

{survivors}
"""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the rules: its modules, and the tests that mirror them, in the order in which they are tried."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def files(self) -> list[Path]:
        """Return the modules, in order of their names."""
        found = {path for pattern in self.modules for path in ROOT.glob(pattern)}
        return sorted(
            path.relative_to(ROOT)
            for path in found
            if path.name not in {"__init__.py", "verification.py", "compiled.py"}
        )


CHARGING = ("tests/charging/power", "tests/charging/engine", "tests/charging/results")
STRATA = (
    Stratum(
        "power sharing",
        ("charging/power/*sharing.py", "charging/power/allocation.py", "charging/power/changes.py"),
        CHARGING,
    ),
    Stratum("curves", ("charging/power/curves.py", "charging/power/vehicle_state.py"), CHARGING),
    Stratum(
        "metering",
        ("charging/power/metering.py", "charging/power/limit_minutes.py", "charging/power/cut_short.py"),
        CHARGING,
    ),
    Stratum("queueing", ("charging/queueing/*.py",), ("tests/charging/queueing", "tests/charging/sizing")),
    Stratum(
        "accounts of roads",
        ("fleet/emissions/*.py", "fleet/vehicles/*.py"),
        ("tests/fleet/emissions", "tests/fleet/vehicles"),
    ),
    Stratum(
        "accounts of ships",
        ("shipping/emissions/*.py", "shipping/ships/*.py"),
        ("tests/shipping/emissions", "tests/shipping/ships"),
    ),
    Stratum(
        "bunkering", ("shipping/ports/*.py", "shipping/sizing/*.py"), ("tests/shipping/ports", "tests/shipping/sizing")
    ),
    Stratum("statistics", ("experiments/statistics/*.py",), ("tests/experiments/statistics",)),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of a module: the operator, which of its places, and the line before and after."""

    stratum: Stratum
    module: Path
    operator: str
    occurrence: int
    line: int
    right: str
    wrong: str
    code: str

    def key(self) -> tuple[str, str, str, str, int]:
        """Return what tells it from others, whatever stands above it in its module."""
        return (str(self.module), self.right, self.wrong, self.operator, self.occurrence)


class _Bare(ast.NodeTransformer):
    """Take away what has no effect when the module runs: annotations."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Return the parameter without its annotation."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Return the function without the annotation of what it returns."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Return the assignment without its annotation."""
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def bare(code: str) -> str:
    """Return a module as a tree without annotations; two modules with the same tree do the same."""
    return ast.dump(_Bare().visit(ast.parse(code)))


def operators() -> list[str]:
    """Return the names of the operators that are used."""
    names = (name for name in cosmic_ray.plugins.operator_names() if name.split("/")[1].startswith(KINDS))
    return [name for name in names if not any(word in name for word in TRIVIAL)]


def draw(stratum: Stratum, number: int, random_numbers: random.Random) -> list[Mutant]:
    """Return mutants of a stratum; first a module, then a place, so that long modules do not take all."""
    places: dict[Path, list[tuple[str, int]]] = {}
    for module in stratum.files():
        tree = get_ast((ROOT / module).read_text(encoding="utf-8"))
        nodes = list(ast_nodes(tree))
        for operator in operators():
            made = cosmic_ray.plugins.get_operator(operator)()
            count = sum(1 for node in nodes for _ in made.mutation_positions(node))
            places.setdefault(module, []).extend((operator, occurrence) for occurrence in range(count))
    found: list[Mutant] = []
    modules = [module for module in places if places[module]]
    while len(found) < number and modules:
        module = modules[random_numbers.randrange(len(modules))]
        operator, occurrence = places[module].pop(random_numbers.randrange(len(places[module])))
        if not places[module]:
            modules.remove(module)
        mutant = _mutant(stratum, module, operator, occurrence)
        if mutant is not None:
            found.append(mutant)
    return found


def _mutant(stratum: Stratum, module: Path, operator: str, occurrence: int) -> Mutant | None:
    """Return a mutant, or None for one that changes nothing that runs or cannot be read."""
    right = (ROOT / module).read_text(encoding="utf-8")
    wrong = mutate_code(right, cosmic_ray.plugins.get_operator(operator)(), occurrence)
    try:
        same = wrong is None or bare(wrong) == bare(right)
    except SyntaxError:
        return None
    if same:
        return None
    pairs = zip(right.splitlines(), wrong.splitlines(), strict=False)
    line, (old, new) = next((row, pair) for row, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return Mutant(stratum, module, operator, occurrence, line, old.strip(), new.strip(), wrong)


def outcome(mutant: Mutant, tree: Path, limit_s: float) -> str:
    """Return `noticed`, `hangs` or `not noticed`: whether the tests fail in a copy of the tree with the mutant."""
    module = tree / mutant.module
    right = module.read_text(encoding="utf-8")
    module.write_text(mutant.code, encoding="utf-8")
    try:
        return "not noticed" if passes(mutant.stratum, tree, limit_s) else "noticed"
    except subprocess.TimeoutExpired:
        return "hangs"
    finally:
        module.write_text(right, encoding="utf-8")


def passes(stratum: Stratum, tree: Path, limit_s: float) -> bool:
    """Return whether the tests of a stratum pass in a copy of the tree."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    tests = [test for test in stratum.tests if (tree / test).exists()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-m", "not slow and not whole", *tests]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=limit_s, check=False)
    return done.returncode == 0


def known() -> dict[tuple[str, str, str, str, int], dict[str, str]]:
    """Return what was found before, by mutant."""
    if not DATA.exists():
        return {}
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["module"], row["right"], row["wrong"], row["operator"], int(row["occurrence"])): row for row in rows}


def keep(rows: list[dict[str, str]]) -> None:
    """Write what was found."""
    with DATA.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def page(rows: list[dict[str, str]]) -> str:
    """Return the page."""
    lines = []
    for stratum in STRATA:
        here = [row for row in rows if row["stratum"] == stratum.name]
        noticed = sum(row["outcome"] != "not noticed" for row in here)
        if here:
            lines.append(f"| {stratum.name} | {len(here)} | {noticed} | {noticed / len(here):.0%} |".replace("%", " %"))
    left = [row for row in rows if row["outcome"] == "not noticed"]
    survivors = [f"- `{row['module']}`: `{row['right']}` → `{row['wrong']}`" for row in left]
    killed = len(rows) - len(left)
    return TEXT.format(
        seed=SEED,
        killed=killed,
        tried=len(rows),
        share=100.0 * killed / len(rows),
        rows="\n".join(lines),
        survivors="\n".join(survivors) or "None.",
    )


def main() -> None:
    """Try mutants and write the page."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    before = known()
    rows: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as place:
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(place) / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, Path(place) / name)
        for stratum in STRATA:
            mutants = draw(stratum, -(-count // len(STRATA)), random.Random(SEED))  # noqa: S311 - a sample, not a secret
            began = time.monotonic()
            if any(mutant.key() not in before for mutant in mutants) and not passes(stratum, Path(place), 3600.0):
                raise SystemExit(f"{stratum.name}: its tests fail without any mutant")
            limit_s = 60.0 + 4.0 * (time.monotonic() - began)
            for mutant in mutants:
                row = before.get(mutant.key())
                if row is None:
                    made = outcome(mutant, Path(place), limit_s)
                    values = (stratum.name, mutant.module, mutant.line, mutant.right, mutant.wrong, mutant.operator)
                    row = dict(zip(FIELDS, map(str, (*values, mutant.occurrence, made)), strict=True))
                    sys.stderr.write(
                        f"{stratum.name}: {made}: {mutant.module}:{mutant.line}: {mutant.right} -> {mutant.wrong}\n"
                    )
                rows.append(row)
                keep(rows)
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
