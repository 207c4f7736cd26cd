"""Every command of the README runs: on the county of three towns, with fewer points, draws and years."""

import re
import shlex
from pathlib import Path

import pytest

from experiments import run

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
THREE_TOWNS = ROOT / "tests" / "counties" / "three-towns"
EXAMPLES = ROOT / "docs" / "examples"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)

ELSEWHERE = {
    "roads fetch": "tests/experiments/exchange/test_exchange_stations.py",
    "explore": "tests/browser/test_browser_explorer.py",
    "verify": "tests/verification/test_verification_all.py",
    "run --executor": "tests/experiments/runs/test_experiments_cluster.py",
}
"""Commands that need a network, end with Ctrl-C or take minutes whatever the county, and where they run instead."""
SMALLER = {
    "-n": "1", "-j": "1", "--days": "1", "--precision": "90%", "--years": "2025,2026", "--residents": "9000",
    "--evs": "300",
}  # fmt: skip
"""Values of options in the test."""
PLACES = {
    "plan-2025": "today", "half-plan": "seat-only", "before-plan": "today", "T04": "P3", "T11": "P5",
    "charging.layout=population": "charging.layout=seat-only", "tables.through_traffic": "tables.energy_use",
    "fleet.to_water_share=0:0.3:3": "charging.max_tries=1:2:2", "mine": str(THREE_TOWNS),
    "path/to/tables": str(THREE_TOWNS),
}  # fmt: skip
"""What stands for the names of Deqing in the county of three towns."""
MORE = {
    "carbon": ("--years", "2020,2030", "--samples", "2"),
    "sensitivity": ("--points", "4"),
    "sensitivity --design": ("--trajectories", "2", "--samples", "0"),
    "monitor": ("--county", str(THREE_TOWNS)),
    "export layout": ("--county", str(THREE_TOWNS)),
    "import stations": ("--map", str(EXAMPLES / "stations.toml")),
    "import sessions": ("--map", str(EXAMPLES / "sessions.toml")),
    "calibrate": ("--map", str(EXAMPLES / "sessions.toml")),
}
"""What makes a command smaller, or what it needs here, by the beginning of it."""
RIVER = ("size bunkering", "size electric")
"""Commands that need a river: a day of Deqing."""
SLOW = (
    "run --precision", "compare", "size", "sweep", "sensitivity", "carbon", "quick", "county new", "monitor",
    "run deqing-2030 -n 20", "run --set figures.charging.max_tries=5", "run --from", "run mine", "calibrate",
)  # fmt: skip
"""Commands of more than a second or two, which have quick tests of their own."""


def commands():
    """Return the commands of the README, each once, without what follows a ``#``."""
    lines = [line for block in BLOCK.findall(README.read_text("utf8")) for line in block.splitlines()]
    found = (line.partition("  #")[0].partition(" #")[0].strip() for line in lines)
    return list(dict.fromkeys(line for line in found if line.startswith("xijiang ")))


def begins(words, name):
    """Return whether a command begins with words, the last of which may be an option anywhere."""
    named = name.split()
    if named[-1].startswith("--"):
        return words[: len(named) - 1] == named[:-1] and named[-1] in words
    return words[: len(named)] == named


def elsewhere(line):
    return any(begins(shlex.split(line)[1:], name) for name in ELSEWHERE)


def word_here(before, word, words, small_toml, folder):
    """Return a word of a command as it stands here, after the word before it."""
    files = {
        "runs/NAME/manifest.json": folder / "manifest.json",
        "RUN": folder,
        "runs/NAME": folder,
        "FILE": EXAMPLES / ("stations.csv" if "stations" in words else "sessions.csv"),
    }
    if before in SMALLER:
        return SMALLER[before]
    if words[:2] == ["county", "new"]:
        return word
    if word.startswith("deqing-"):
        return word if any(begins(words, name) for name in RIVER) else small_toml
    return str(files.get(word, PLACES.get(word, word)))


def smaller(line, small_toml, folder):
    """Return the words of a command as they run here."""
    words = shlex.split(line)[1:]
    made = [
        word_here(before, word, words, small_toml, folder) for before, word in zip(["", *words], words, strict=False)
    ]
    if words[0] in ("run", "carbon") and small_toml not in made and not {"mine", "--from"} & set(words):
        made.insert(1, small_toml)
    # the default scenario of a county's folder, and the river of Deqing: a day
    if words == ["run", "mine"] or any(begins(words, name) for name in RIVER):
        made += ["-n", "1", "--days", "1"]
    found = max((name for name in MORE if begins(words, name)), key=len, default=None)
    return [*made, *(MORE[found] if found else ())]


@pytest.fixture(scope="module")
def folder(small_scenario, tmp_path_factory):
    """Return the folder of a run, for the commands that take one."""
    return run(small_scenario, out=tmp_path_factory.mktemp("runs") / "one").folder


@pytest.fixture
def here(xijiang, tmp_path):
    """Return the command line in a folder with the files that the README names."""
    (tmp_path / "towns.csv").write_text("town,residents,lon,lat\nNorth,12000,105.1,30.2\nSouth,30000,105.2,30.1\n")
    hours = (f"a,2025-08-01 {hour:02d}:00,{40 - 12 * hour}" for hour in range(6))
    (tmp_path / "ais.csv").write_text("\n".join(["mmsi,time,river km", *hours]))
    return xijiang


def parameters():
    for line in commands():
        if not elsewhere(line):
            slow = any(begins(shlex.split(line)[1:], name) for name in SLOW)
            yield pytest.param(line, marks=pytest.mark.slow if slow else (), id=line.removeprefix("xijiang "))


@pytest.mark.parametrize("line", list(parameters()))
def test_a_command_of_the_readme_runs(here, small_toml, folder, line):
    code, out, err = here(*smaller(line, small_toml, folder))
    # a size that cannot be met, and a log that holds rows nobody can use, are answers
    assert code in ((0, 3) if line.startswith("xijiang size") else (0,)), err
    assert out
    assert "Error" not in err


def test_commands_that_run_elsewhere_do():
    assert all((ROOT / file).is_file() for file in ELSEWHERE.values())
    for name, file in ELSEWHERE.items():
        text = (ROOT / file).read_text("utf8")
        assert all(word.strip("-") in text for word in name.split()[-1:])


def test_all_commands_of_the_readme_are_seen():
    found = commands()
    assert len(found) > 40
    # an exception that fits no command any more is one too many
    assert [name for name in ELSEWHERE if not any(begins(shlex.split(line)[1:], name) for line in found)] == []


def test_what_takes_minutes_says_so():
    text = README.read_text("utf8")
    for line in ("--design morris", "sweep deqing-2030"):
        assert re.search(rf"{line}.*#.*(min|hour)", text)
