"""What SECURITY.md promises: nothing is unpickled or evaluated, and ruff's rules of security hold without exception."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
RUNNING = {"eval", "exec", "compile", "__import__"}
"""Built-in functions that make code of text."""
LOADING = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml"}
"""Modules that make objects, and so run code, of what stands in a file."""
ALLOWED = {("data/roads/osm.py", "S310"), ("experiments/report/guards.py", "S704")}
"""Rules of security that are set aside, each where a line says why."""


def dangers(code):
    """Return what code does that runs what it reads."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            yield from [name] if name in RUNNING else []
            flags = {key.arg: key.value for key in node.keywords}
            for flag in ("shell", "allow_pickle"):
                if isinstance(flags.get(flag), ast.Constant) and flags[flag].value is True:
                    yield flag
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from [name for name in names if name.partition(".")[0] in LOADING]


def sources():
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def test_nothing_that_is_read_is_run():
    found = [(file.relative_to(ROOT).as_posix(), *dangers(file.read_text(encoding="utf-8"))) for file in sources()]
    assert [row for row in found if len(row) > 1] == []


@pytest.mark.parametrize(
    "code",
    [
        "eval(text)",
        "import pickle",
        "from yaml import load",
        "subprocess.run(text, shell=True)",
        "np.load(file, allow_pickle=True)",
    ],
)
def test_what_runs_what_it_reads_is_seen(code):
    assert len(list(dangers(code))) == 1


def test_rules_of_security_are_set_aside_where_it_is_listed_alone():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert ruff["select"] == ["ALL"]
    rules = [rule for rule in ruff["ignore"] if re.fullmatch(r"S\d*", rule)]
    for pattern, ignored in ruff["per-file-ignores"].items():
        if not pattern.startswith(("tests/", "benchmarks/")):
            rules += [rule for rule in ignored if re.fullmatch(r"S\d*", rule)]
    assert rules == []
    lines = ((file, line) for file in sources() for line in file.read_text(encoding="utf-8").splitlines())
    aside = {
        (file.relative_to(ROOT).as_posix(), rule)
        for file, line in lines
        for rule in re.findall(r"\bS\d{3}\b", line.partition("# noqa:")[2])
    }
    assert aside == ALLOWED
