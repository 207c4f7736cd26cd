"""The tree: no import circles, no crowded folder, no name twice in a package."""

import ast
import collections
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("data", "charging", "fleet", "shipping", "experiments")
MOST_MODULES = 13
COMMANDS = "experiments/cli"  # a file a command, named as the command is


def modules():
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): file
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if file.name != "__init__.py"
    }


def imports_of(file, known):
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found & known.keys()


def test_no_modules_import_each_other_in_a_circle_not_even_for_types():
    known = modules()
    graph = {name: imports_of(file, known) - {name} for name, file in known.items()}

    def reached(start):
        seen, todo = set(), list(graph[start])
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += graph[here]
        return seen

    assert sorted(name for name in graph if name in reached(name)) == []


def test_no_folder_is_crowded():
    files = collections.Counter(file.parent.relative_to(ROOT).as_posix() for file in modules().values())
    assert {folder: count for folder, count in files.items() if count > MOST_MODULES and folder != COMMANDS} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_modules_of_a_package_have_one_name(package):
    places = collections.defaultdict(list)
    for name, file in modules().items():
        if name.split(".", maxsplit=1)[0] == package and file.parent.relative_to(ROOT).as_posix() != COMMANDS:
            places[file.stem].append(name)
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}
