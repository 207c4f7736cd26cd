"""Tables that are kept in the user's cache folder: computed once, whoever asks, and again where a bit has changed."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError
from data.kept.kept_files import read_kept, store, write_kept
from data.storage import frame_bytes, frame_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SUFFIX: Final = ".tables"
_SORTED: Final = ".sorted"
"""Entry with the columns of each table that polars knows to be sorted, and whether they fall. It adds up rows of sorted
keys in another order than of others: without that the last digit of an answer told whether its tables were kept."""


def read_stored(kind: str, key: str) -> dict[str, pl.DataFrame] | None:
    """Return the tables that are kept under a key; None where there are none, or not a bit for bit the same.

    Parameters
    ----------
    kind : str
        Folder of the store, one per kind of tables.
    key : str
        Digest of all that decides them: it is the name of the file.
    """
    content = read_kept(_file(kind, key))
    try:
        return None if content is None else _unpacked(content)
    except (DataError, zipfile.BadZipFile, EOFError, KeyError):
        return None


def write_stored(kind: str, key: str, tables: Mapping[str, pl.DataFrame]) -> None:
    """Keep tables under a key; where that cannot be, nothing happens: it costs time, nothing else."""
    write_kept(_file(kind, key), _packed(tables))


def clear_store() -> int:
    """Remove all that is kept and return how many bytes it took.

    Raises
    ------
    DataError
        It cannot be removed.
    """
    place, size = store(), stored_bytes()
    try:
        if place.exists():
            shutil.rmtree(place)
    except OSError as error:
        why = error.strerror or error
        raise DataError(f"{place}: cannot be removed ({why}). Remove the folder by hand.") from error
    return size


def stored_bytes() -> int:
    """Return how many bytes all that is kept takes."""
    return sum(file.stat().st_size for file in store().rglob("*") if file.is_file())


def _file(kind: str, key: str) -> Path:
    """Return the file of a key."""
    return store() / kind / f"{key}{_SUFFIX}"


def _packed(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Return tables as the bytes of one file."""
    packed = io.BytesIO()
    # stored as they are: Parquet has compressed them
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, frame in tables.items():
            # without the time of day, so that the same tables are the same bytes
            archive.writestr(zipfile.ZipInfo(name), frame_bytes(frame))
        known = {name: _sorted_columns(frame) for name, frame in tables.items()}
        archive.writestr(zipfile.ZipInfo(_SORTED), json.dumps(known))
    return packed.getvalue()


def _sorted_columns(frame: pl.DataFrame) -> dict[str, bool]:
    """Return the columns that are known to be sorted, and whether they fall."""
    return {
        name: flags["SORTED_DESC"]
        for name, flags in frame.flags.items()
        if flags.get("SORTED_ASC") or flags.get("SORTED_DESC")
    }


def _unpacked(content: bytes) -> dict[str, pl.DataFrame]:
    """Return the tables of a file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = {name: frame_from(archive.read(name)) for name in archive.namelist() if name != _SORTED}
        known: dict[str, dict[str, bool]] = json.loads(archive.read(_SORTED))
    return {
        name: frame.with_columns(pl.col(column).set_sorted(descending=falls) for column, falls in known[name].items())
        for name, frame in tables.items()
    }
