"""Every public function has an example on a page that is executed with the documents, or in its docstring."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PACKAGES = (
    "data",
    "charging",
    "charging.power",
    "charging.queueing",
    "charging.siting",
    "fleet",
    "shipping",
    "experiments",
)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n((?::[^\n]*\n)*)(.*?)^```", re.DOTALL | re.MULTILINE)


def cells(file):
    """Return the code of a page's cells that must not fail."""
    return [code for tags, code in CELL.findall(file.read_text("utf-8")) if "raises-exception" not in tags]


def called(code):
    """Return the names that code calls, as they are written: ``fleet.stock``, ``run``."""
    calls = (node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return {ast.unparse(function) for function in calls}


@pytest.fixture(scope="module")
def examples():
    pages = [*(DOCS / "gallery").glob("*.md"), *(DOCS / "notebooks").glob("*.md")]
    return set().union(*(called(code) for page in pages for code in cells(page)))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_function_has_an_example_that_runs(package, examples):
    module = importlib.import_module(package)
    functions = [name for name in module.__all__ if inspect.isfunction(getattr(module, name))]
    assert functions
    last = package.rpartition(".")[2]
    missing = [name for name in functions if name not in examples and f"{last}.{name}" not in examples]
    assert missing == []


def test_every_page_is_in_the_table_of_contents():
    listed = "".join(page.read_text("utf-8") for page in DOCS.rglob("*.md") if "_build" not in page.parts)
    pages = [page for folder in ("notebooks", "gallery", "how-to") for page in (DOCS / folder).glob("*.md")]
    assert len([page for page in pages if page.parent.name == "notebooks"]) == 7
    assert [page.name for page in pages if page.stem != "index" and f"\n{page.stem}\n" not in listed] == []


def test_documents_are_as_long_as_a_reader_needs_and_name_no_page_twice():
    pages = [page for page in DOCS.rglob("*.md") if not {"_build", "generated"} & set(page.parts)]
    lines = sum(len(page.read_text("utf-8").splitlines()) for page in pages)
    assert lines > 2800
    titles = [next(line for line in page.read_text("utf-8").splitlines() if line.startswith("# ")) for page in pages]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("charging", marks=pytest.mark.whole),
        pytest.param("shipping", marks=pytest.mark.whole),
        pytest.param("fleet", marks=pytest.mark.slow),
        pytest.param("experiments", marks=pytest.mark.slow),
    ],
)
def test_the_examples_run(page):
    code = "\n".join(cells(DOCS / "gallery" / f"{page}.md"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
