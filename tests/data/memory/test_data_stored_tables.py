"""Tables that are read when they are asked for: what stays in memory, what is read of large ones, what is missing."""

import polars as pl
import pytest

from data.errors import DataError
from data.memory import stored_tables
from data.memory.stored_tables import StoredTables, column_names, columns_of
from data.storage import frame_bytes, write_joined

ROWS = pl.DataFrame({"replication": [0, 0, 1], "wait_min": [1.0, None, 3.0], "outcome": ["served"] * 3})


@pytest.fixture
def tables(tmp_path):
    file = tmp_path / "sessions.parquet"
    file.write_bytes(frame_bytes(ROWS))
    return StoredTables({"layout": ROWS.head(1)}, {"sessions": file})


def test_names_rows_and_columns_are_those_of_memory_and_files(tables):
    assert list(tables) == ["sessions", "layout"]
    assert len(tables) == 2
    assert "sessions" in tables
    assert "calls" not in tables
    assert [tables.height(name) for name in tables] == [3, 1]
    assert column_names(tables, "sessions") == column_names(dict(tables), "sessions") == ROWS.columns
    assert tables["sessions"].equals(ROWS)
    assert columns_of(tables, "sessions", "wait_min").equals(ROWS.select("wait_min"))
    assert columns_of(dict(tables), "sessions", "wait_min").equals(ROWS.select("wait_min"))


def test_a_small_table_stays_in_memory_and_a_large_one_does_not(tables, tmp_path, monkeypatch):
    assert tables["sessions"] is tables["sessions"]
    large = StoredTables({}, {"sessions": tmp_path / "sessions.parquet"})
    monkeypatch.setattr(stored_tables, "KEPT_BYTES", 10)
    large.keep_small()
    assert large["sessions"] is not large["sessions"]
    assert columns_of(large, "sessions", "wait_min").columns == ["wait_min"]
    (tmp_path / "sessions.parquet").unlink()
    assert tables["sessions"].equals(ROWS)
    with pytest.raises(DataError, match=r"sessions\.parquet: the table cannot be read .*Run the same command again"):
        large["sessions"]


def test_parts_that_are_joined_give_the_bytes_of_all_rows_at_once(tmp_path):
    parts = [ROWS.with_columns(replication=pl.lit(number, pl.Int64)) for number in range(5)]
    files = [tmp_path / f"{number}.parquet" for number in range(5)]
    for file, part in zip(files, parts, strict=True):
        file.write_bytes(frame_bytes(part))
    write_joined(files, tmp_path / "all.parquet")
    assert (tmp_path / "all.parquet").read_bytes() == frame_bytes(pl.concat(parts))


def test_a_part_that_is_no_table_is_told_and_leaves_nothing(tmp_path):
    (tmp_path / "good.parquet").write_bytes(frame_bytes(ROWS))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"all\.parquet: the parts of the table cannot be joined"):
        write_joined([tmp_path / "good.parquet", tmp_path / "bad.parquet"], tmp_path / "all.parquet")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.parquet", "good.parquet"]
