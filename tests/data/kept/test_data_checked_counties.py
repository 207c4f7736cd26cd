"""Counties that were checked before: the same tables and warnings without a check, unless anything differs."""

import pytest
from polars.testing import assert_frame_equal

from data import county as module
from data.county import load_county
from data.errors import DataError, UnusualWarning
from data.kept import checked_counties
from data.kept.kept_files import store


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep things in a folder of the test; each load is that of a new process."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module._checked.cache_clear()
    yield
    module._checked.cache_clear()


@pytest.fixture
def checks(monkeypatch):
    """Return the folders that were checked."""
    seen = []
    real = module.inspect_county
    monkeypatch.setattr(module, "inspect_county", lambda folder: seen.append(folder) or real(folder))
    return seen


def again(folder):
    module._checked.cache_clear()
    return load_county(folder)


def test_a_county_comes_back_as_it_was_without_a_check(small, checks):
    first = load_county(small)
    second = again(small)
    assert checks == [small]
    assert (second.name, second.digest, second.path, second.about) == (
        first.name,
        first.digest,
        first.path,
        first.about,
    )
    for kind in ("tables", "layouts"):
        frames, kept = getattr(first, kind), getattr(second, kind)
        assert list(kept) == list(frames)
        for name, frame in frames.items():
            assert_frame_equal(kept[name], frame, check_exact=True)


def test_what_is_unusual_is_said_each_time(small, edit, checks):
    edit("layouts/now.csv", "dc,120,4", "dc,5000,4")
    texts = []
    for _ in range(2):
        with pytest.warns(UnusualWarning, match="pile_kw") as said:
            again(small)
        texts.append([str(one.message) for one in said])
    assert texts[0] == texts[1]
    assert checks == [small]


def test_faults_are_told_each_time(small, edit, checks):
    edit("figures.csv", "charging.efficiency_dc,0.92", "charging.efficiency_dc,92")
    for _ in range(2):
        with pytest.raises(DataError, match=r"figures\.csv, line 2"):
            again(small)
    assert checks == [small] * 2


@pytest.mark.parametrize("change", ["cell", "name", "rules"])
def test_whatever_decides_a_check_asks_for_another_one(small, checks, monkeypatch, change):
    load_county(small)
    if change == "cell":
        towns = small / "towns.csv"
        towns.write_text(towns.read_text("utf-8") + "\n", "utf-8")
    elif change == "name":
        (small / "notes.txt").write_text("what nothing reads", "utf-8")
    else:
        monkeypatch.setattr(checked_counties, "_rules", lambda: "of another version")
    again(small)
    assert checks == [small, small]


def test_half_a_file_is_read_anew(small, checks):
    load_county(small)
    (file,) = (store() / checked_counties.KIND).iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    again(small)
    again(small)
    assert checks == [small, small]


def test_files_that_change_during_the_check_are_not_kept(small, monkeypatch):
    real = module.inspect_county

    def slow(folder):
        found = real(folder)
        towns = small / "towns.csv"
        towns.write_text(towns.read_text("utf-8") + "\n", "utf-8")
        return found

    monkeypatch.setattr(module, "inspect_county", slow)
    load_county(small)
    assert not (store() / checked_counties.KIND).exists()
