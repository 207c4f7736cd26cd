"""Files that are written whole or not at all; frames as bytes and back."""

import os

import polars as pl
import pytest

from data.errors import DataError
from data.storage import content_of, files_below, frame_bytes, frame_from, read_sealed, write_sealed, write_whole


def test_a_frame_survives_and_the_same_frame_gives_the_same_bytes():
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert frame_from(frame_bytes(frame)).equals(frame)
    assert frame_bytes(frame) == frame_bytes(pl.concat([frame.head(1), frame.tail(1)], rechunk=False))


@pytest.mark.parametrize("keep", [0, 20, -1])
def test_what_is_no_parquet_is_a_fault(keep):
    content = frame_bytes(pl.DataFrame({"a": [1, 2]}))
    with pytest.raises(DataError, match="not a table in Parquet"):
        frame_from(content[:keep] if keep >= 0 else content[:keep] + b"?")


def test_a_panic_of_polars_is_a_fault(monkeypatch):
    def panic(*_):
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(pl, "read_parquet", panic)
    with pytest.raises(DataError, match=r"not a table in Parquet \(index out of bounds\)"):
        frame_from(b"")


def test_a_file_is_as_before_or_whole(tmp_path, monkeypatch):
    file = tmp_path / "a.json"
    write_whole(file, b"old")
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(number) or real(number))
    write_whole(file, b"quick", durable=False)
    assert (file.read_bytes(), synced) == (b"quick", [])
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert len(synced) >= 1  # the content before the name; the folder where the system can

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"newer")
    assert file.read_bytes() == b"new"


def test_a_bit_that_flips_in_a_sealed_file_is_noticed(tmp_path):
    file = tmp_path / "answer.json"
    content = {"measures": {"wait_mean_min": [1.5, None, 1e-7]}, "name": "德庆"}
    write_sealed(file, content)
    assert read_sealed(file) == content
    whole = file.read_bytes()
    for number in range(len(whole) * 8):
        spoilt = bytearray(whole)
        spoilt[number // 8] ^= 1 << number % 8
        file.write_bytes(spoilt)
        assert read_sealed(file) is None


@pytest.mark.parametrize("text", ["", "{}", "{", "[1]", '{"a": 1}', "[" * 100_000, '{"seal": "0"}'])
def test_what_is_not_sealed_is_as_good_as_nothing(tmp_path, text):
    file = tmp_path / "answer.json"
    assert read_sealed(file) is None
    file.write_text(text)
    assert read_sealed(file) is None


def test_files_below_a_folder_come_in_the_order_of_their_names(tmp_path):
    for name in ("b.csv", "a/z.csv", "a.csv", "a/deep/x.graphml", "a/notes.txt", ".csv"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    found = files_below(tmp_path, (".csv", ".graphml"))
    assert [name for name, _ in found] == ["a.csv", "a/deep/x.graphml", "a/z.csv", "b.csv"]
    assert [content_of(path).decode() for _, path in found] == [name for name, _ in found]
