"""The store of tables: what a folder that cannot be written to, other processes and an end to its room do."""

import os

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.errors import DataError
from data.kept import kept_files
from data.kept.kept_files import store
from experiments.runs.stored.stored_frames import clear_store, read_stored, write_stored

TABLES = {
    "numbers": pl.DataFrame({"share": [0.1 + 0.2, None], "town": ["德城", None], "at": [1, 2]}),
    "none": pl.DataFrame(schema={"year": pl.Int64, "what": pl.String}),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep things in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_tables_come_back_as_they_were():
    write_stored("kind", "key", TABLES)
    found = read_stored("kind", "key")
    assert list(found) == list(TABLES)
    for name, frame in TABLES.items():
        assert_frame_equal(found[name], frame, check_exact=True)
    assert read_stored("kind", "other") is None
    assert read_stored("other", "key") is None


def test_columns_that_were_known_to_be_sorted_are_so_again():
    """Polars adds up rows of a sorted key in another order: the last digit would tell whether a table was kept."""
    frame = pl.DataFrame({"up": [3, 1, 2], "down": [1.0, 3.0, 2.0], "other": [2, 1, 3]})
    frame = frame.with_columns(pl.col("up").sort(), pl.col("down").sort(descending=True))
    write_stored("kind", "key", {"frame": frame})
    assert read_stored("kind", "key")["frame"].flags == frame.flags
    assert frame.flags["up"]["SORTED_ASC"]
    assert frame.flags["down"]["SORTED_DESC"]


def test_the_same_tables_are_the_same_bytes_and_nothing_else_is_left():
    write_stored("kind", "key", TABLES)
    (file,) = (path for path in store().rglob("*") if path.is_file())
    before = file.read_bytes()
    write_stored("kind", "key", TABLES)
    (again,) = (path for path in store().rglob("*") if path.is_file())
    assert again.read_bytes() == before


def test_a_place_that_cannot_be_written_to_costs_nothing_but_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    write_stored("kind", "key", TABLES)
    assert read_stored("kind", "key") is None


def test_a_store_that_may_only_be_read_gives_what_it_has(monkeypatch):
    write_stored("kind", "key", TABLES)

    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert read_stored("kind", "key").keys() == TABLES.keys()


def test_what_nobody_has_read_for_longest_goes_first(monkeypatch):
    monkeypatch.setattr(kept_files, "KEPT", 3)
    for number in range(3):
        write_stored("kind", f"{number}", TABLES)
        os.utime(store() / "kind" / f"{number}.tables", (number, number))
    read_stored("kind", "0")
    write_stored("kind", "3", TABLES)
    assert sorted(file.stem for file in (store() / "kind").iterdir()) == ["0", "2", "3"]


def test_all_of_it_can_be_removed():
    write_stored("kind", "key", TABLES)
    (file,) = store().rglob("*.tables")
    size = file.stat().st_size
    assert clear_store() == size > 0
    assert read_stored("kind", "key") is None
    assert clear_store() == 0


def test_a_store_that_cannot_be_removed_says_so(monkeypatch):
    write_stored("kind", "key", TABLES)

    def refused(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", refused)
    with pytest.raises(DataError, match=r"stored: cannot be removed \(Permission denied\)\. Remove the folder by hand"):
        clear_store()
