"""``xijiang run``: how many short runs over the assumptions there are, and what it says of them."""

import json

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Keep the answers of points in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("given", "points"),
    [
        (("-n", "1"), 0),
        (("-n", "5"), 64),
        (("-n", "5", "--points", "0"), 0),
        (("-n", "1", "--points", "7"), 7),
        (("-n", "1", "--set", "points=9"), 9),
    ],
)
def test_short_runs_come_with_replications_unless_they_are_named(xijiang, small_toml, given, points):
    code, out, err = xijiang("run", small_toml, *given, "--dry-run", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["short runs over the assumptions"] == points


def test_a_run_says_what_the_assumptions_mean_and_again_to_the_same_bytes(xijiang, small_toml, tmp_path):
    given = ("run", small_toml, "-j", "1", "--points", "4", "--out")
    code, out, err = xijiang(*given, str(tmp_path / "a"))
    assert (code, err) == (0, "")
    assert "Assumptions: 4 short runs on the same random numbers, " in out
    assert "Of the draws of the assumptions " in out
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["assumptions"]["points"] == 4
    # rebuilt from its manifest, points and all
    again = ("run", "--from", str(tmp_path / "a" / "manifest.json"), "-j", "1", "--out", str(tmp_path / "b"))
    assert xijiang(*again)[0] == 0
    for name in ("scorecard", "flips", "answer_draws", "assumption_draws"):
        file = f"{name}.parquet"
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert "满足限值" not in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert xijiang("report", str(tmp_path / "a"), "--language", "zh")[0] == 0
