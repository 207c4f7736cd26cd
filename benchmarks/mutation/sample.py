"""The seeded sample of mutants: strata of modules, the tests that mirror them, and the draw."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

if TYPE_CHECKING:
    import random

ROOT = Path(__file__).parents[2]
SEED = 1
# What these give for floats is an error or the same by accident: too easy to notice, or nothing to notice.
TRIVIAL = ("BitOr", "BitAnd", "BitXor", "LShift", "RShift", "_Is", "_IsNot", "MatMul")
# Operators that change what a rule gives; those on decorators and imports make modules that cannot be loaded.
KINDS = (
    "ReplaceBinaryOperator",
    "ReplaceComparisonOperator",
    "ReplaceUnaryOperator",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "AddNot",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceTrueWithFalse",
)


NO_RULES = ("__init__.py", "verification.py", "known_answers.py", "compiled.py")
"""Modules that hold checks, or how others are compiled."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the rules: its modules, and the tests that mirror them, in the order in which they are tried."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def files(self) -> list[Path]:
        """Return the modules, in order of their names."""
        found = {path for pattern in self.modules for path in ROOT.glob(pattern)}
        return sorted(path.relative_to(ROOT) for path in found if path.name not in NO_RULES)


CHARGING = ("tests/charging",)
FLEET = ("tests/fleet", "tests/verification/test_verification_carbon.py")
SHIPPING = ("tests/shipping",)
STATISTICS = ("tests/experiments/statistics", "tests/experiments/designs/test_experiments_judgement.py")
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
    Stratum("queueing", ("charging/queueing/*.py",), CHARGING),
    Stratum(
        "accounts of roads",
        ("fleet/emissions/*.py", "fleet/vehicles/*.py"),
        FLEET,
    ),
    Stratum(
        "accounts of ships",
        ("shipping/emissions/*.py", "shipping/ships/*.py"),
        SHIPPING,
    ),
    Stratum("bunkering", ("shipping/ports/*.py", "shipping/sizing/*.py"), SHIPPING),
    Stratum("statistics", ("experiments/statistics/*.py",), STATISTICS),
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
    """Take away what has no effect on what a module gives: annotations, marks of a signature, flags of a dataclass."""

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        """Return the parameters as if all could be given by name and by position; their defaults stay."""
        self.generic_visit(node)
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.defaults = [*node.defaults, *(default for default in node.kw_defaults if default is not None)]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Return the class without the flags of its decorators: frozen or not, with slots or without."""
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Return the statement, but none that imports types for the checker alone."""
        if any(isinstance(part, ast.Name) and part.id == "TYPE_CHECKING" for part in ast.walk(node.test)):
            return None
        return self.generic_visit(node)

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
    """Return a module as a tree without annotations and the like; two modules with the same tree do the same."""
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
