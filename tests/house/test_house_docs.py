"""The documents name things that exist."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = ("data", "charging", "fleet", "shipping", "experiments", "tests", "benchmarks", "docs")
PATH = re.compile(rf"`((?:{'|'.join(PACKAGES)})/[\w./-]+)`")
# pages that the build of the documents makes
MADE = re.compile(r"(^|/)generated/")
LINK = re.compile(r"\]\(([\w./-]+\.md)\)")


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_paths_in_documents_exist(file):
    text = file.read_text("utf8")
    paths = set(PATH.findall(text))
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
    links = (link for link in LINK.findall(text) if not MADE.search(link))
    assert sorted(link for link in links if not (file.parent / link).exists()) == []


def test_the_recipes_and_the_map_name_modules():
    for name in ("extend.md", "architecture.md"):
        assert len(PATH.findall((ROOT / "docs" / name).read_text("utf8"))) >= 8


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf8")))
    assert listed == {file.name for file in folder.glob("[0-9]*.md")}


@pytest.fixture
def check():
    """Return the module that checks built pages."""
    found = importlib.util.spec_from_file_location("check_built", ROOT / "docs" / "check_built.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_built_pages_load_nothing_from_a_network_and_name_what_is_there(check, tmp_path, monkeypatch, capsys):
    (tmp_path / "a.html").write_text(
        '<link rel="canonical" href="https://x.example/a.html"><h1 id="top"></h1><a href="b.html#here">b</a>'
        '<a href="https://x.example">out</a><a href="#top">up</a><img src="data:image/png;base64,AA==">'
    )
    (tmp_path / "b.html").write_text('<p id="here"></p>')
    assert check.faults(tmp_path) == []
    (tmp_path / "b.html").write_text(
        '<script src="https://cdn.example/mathjax.js"></script><script src="//cdn.example/x.js"></script>'
        '<img src="gone.svg"><a href="a.html#gone">a</a>'
    )
    monkeypatch.setattr("sys.argv", ["check_built.py", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        check.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "a.html: b.html#here is not there",
        "b.html: loads https://cdn.example/mathjax.js",
        "b.html: loads //cdn.example/x.js",
        "b.html: gone.svg is not there",
        "b.html: a.html#gone is not there",
    ]


def test_ci_builds_the_documents():
    assert "make docs" in (ROOT / ".ci" / "run").read_text("utf8")
    made = (ROOT / "Makefile").read_text("utf8")
    assert "sphinx -W" in made
    assert "docs/check_built.py" in made
