"""The documents name things that exist."""

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
