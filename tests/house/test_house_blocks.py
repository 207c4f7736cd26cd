"""Python in the README, the tour and the recipes runs: on a day of the county of three towns."""

import re
from pathlib import Path

import pytest

import experiments
from experiments import Scenario, run

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [
    (f"{page.relative_to(ROOT).as_posix()}:{number}", code)
    for page in PAGES
    for number, code in enumerate(BLOCK.findall(page.read_text("utf8")))
]
MARKS = {
    "README.md:0": pytest.mark.whole,
    "docs/how-to/many-runs.md:0": pytest.mark.whole,
    "docs/files.md:0": pytest.mark.slow,
}
"""Blocks that run scenarios several times, or fit a log (which the gallery does too): more than a second."""


@pytest.fixture(scope="module")
def folder(small_scenario, tmp_path_factory):
    """Return the folder of a run that the pages read back."""
    return run(small_scenario, out=tmp_path_factory.mktemp("runs") / "one").folder


def small(code, folder):
    """Return a block as it runs here: another county, a run of a day, files where they lie."""
    code = re.sub(r'"runs/(NAME|may|june)"', repr(str(folder)), code)
    code = re.sub(r'Scenario\.load\("[^"]*"\)', "small_scenario", code)
    code = code.replace("days=2, replications=2", "days=1, replications=2")
    code = code.replace('["plan-2025", "half-plan"]', '["today", "seat-only"]')
    code = code.replace(
        '["mine", "theirs", "deqing"], sets=["days=7"], replications=10', "[str(county)], replications=1"
    )
    code = code.replace("jobs=0", "jobs=1")
    return code.replace("docs/examples", (ROOT / "docs" / "examples").as_posix())


def marked(name, code):
    return pytest.param(code, id=name, marks=MARKS.get(name, ()))


@pytest.mark.parametrize("code", [marked(*block) for block in BLOCKS])
def test_the_python_of_a_page_runs(code, folder, small_scenario, three_towns, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layout = three_towns.layout("seat-only")
    layout.write_csv("mine-today.csv")
    names = {"small_scenario": small_scenario, "my_dataframe": layout, "county": three_towns.path}
    exec(compile(small(code, folder), "page", "exec"), names)  # noqa: S102 - our own pages


def test_the_pages_with_python_are_seen():
    names = [name.partition(":")[0] for name, _ in BLOCKS]
    assert {"README.md", "docs/tour.md", "docs/another-county.md"} <= set(names)
    assert sum(name.startswith("docs/how-to/") for name in names) >= 3
    # what a page loads is replaced: no block runs Deqing by the week
    assert not [code for _, code in BLOCKS if "Scenario(" in code]


def test_the_readme_lists_what_dir_lists():
    text = (ROOT / "README.md").read_text("utf8")
    said = text[text.index("All of it, `dir(experiments)`:") :].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", said))
    assert named == {name for name in dir(experiments) if not name.startswith("__")}
    assert Scenario is experiments.Scenario
