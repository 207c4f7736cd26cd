"""Examples in docstrings give what they say: rules that a reader can reckon by hand."""

import doctest
import importlib
from pathlib import Path

import pytest

import charging.power
import charging.queueing
import charging.siting

ROOT = Path(__file__).parents[2]
PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
LEAST = 45
"""Lines of examples: whoever takes one away says so here."""


def exemplary():
    """Return the names of the modules with examples."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    found = (file for file in files if ">>> " in file.read_text(encoding="utf-8"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in found]


MODULES = exemplary()


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_a_module_give_what_they_say(module):
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert failed == 0
    assert tried > 0


def test_examples_are_tried_in_every_package():
    assert {module.partition(".")[0] for module in MODULES} == set(PACKAGES)
    texts = ((ROOT / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8") for module in MODULES)
    assert sum(text.count(">>> ") for text in texts) >= LEAST


@pytest.mark.parametrize("package", [charging.power, charging.queueing, charging.siting])
def test_formulas_that_others_call_show_an_example(package):
    functions = [getattr(package, name) for name in package.__all__]
    bare = [function.__name__ for function in functions if ">>> " not in (function.__doc__ or "")]
    # classes say what an answer holds; functions are called
    assert [name for name in bare if not name[0].isupper()] == []


def test_a_wrong_example_is_seen():
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(example, out=lambda _: None) == (1, 1)
