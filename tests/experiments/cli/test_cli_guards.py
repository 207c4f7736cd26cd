"""Guards at the edge of the command line: what is unusual is said, what goes wrong is one line."""

import shutil

import pytest

from data import load_county
from data.errors import UnusualWarning


@pytest.fixture
def crowded(three_towns, tmp_path):
    """Return a county whose seat has as many people as a large city."""
    folder = shutil.copytree(three_towns.path, tmp_path / "crowded")
    text = (folder / "towns.csv").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if ",seat," in line)
    cells = row.split(",")
    names = text.splitlines()[0].split(",")
    cells[names.index("residents")], cells[names.index("residents_high")] = "4000000", "4500000"
    (folder / "towns.csv").write_text(text.replace(row, ",".join(cells)), encoding="utf-8")
    return folder


def test_what_is_unusual_in_a_county_is_a_warning(crowded):
    with pytest.warns(UnusualWarning, match="county crowded: towns.csv, line 2, column 'residents'"):
        load_county(crowded)


def test_check_lists_warnings_and_finds_no_fault(crowded, xijiang):
    code, out, err = xijiang("county", "check", str(crowded))
    assert (code, out.splitlines()[0]) == (0, f"{crowded}: no faults, 1 warning.")
    assert err.startswith(
        "Warning: towns.csv, line 2, column 'residents': got 4000000.0; expected usually a number from"
    )


def test_a_command_says_once_what_is_unusual_in_its_inputs(crowded, small_toml, xijiang):
    code, _, err = xijiang(
        "run", small_toml, "--set", f"county={crowded}", "--set", "charging.layout=none", "--dry-run"
    )
    assert code == 1
    assert err.count("Warning: county crowded: towns.csv, line 2") == 1
