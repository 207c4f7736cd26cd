"""Tables that are kept in the user's cache folder: computed once, whoever asks, and again where a bit has changed."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from data.errors import DataError
from data.storage import frame_bytes, frame_from, write_whole
from experiments.runs.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

KEPT: Final = 64
"""Files of a kind that are kept; those that nobody has read for longest go first."""
_SUFFIX: Final = ".tables"
_SEAL: Final = 32
"""Characters of the hash that a file begins with."""


def store() -> Path:
    """Return the folder that holds what is kept, one folder per kind."""
    return Path(platformdirs.user_cache_path("xijiang")) / "stored"


def read_stored(kind: str, key: str) -> dict[str, pl.DataFrame] | None:
    """Return the tables that are kept under a key; None where there are none, or not a bit for bit the same.

    Parameters
    ----------
    kind : str
        Folder of the store, one per kind of tables.
    key : str
        Digest of all that decides them: it is the name of the file.
    """
    file = _file(kind, key)
    try:
        content = file.read_bytes()
        tables = _unpacked(content)
    except (OSError, DataError, zipfile.BadZipFile, EOFError):
        return None
    if tables is not None:
        # who reads it says that it is still of use; a folder that cannot be written to keeps all it has
        with contextlib.suppress(OSError):
            os.utime(file)
    return tables


def write_stored(kind: str, key: str, tables: Mapping[str, pl.DataFrame]) -> None:
    """Keep tables under a key; where that cannot be, nothing happens: it costs time, nothing else."""
    file = _file(kind, key)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # two processes may write the same: each under a name of its own, then one after the other under this one
        write_whole(file, _packed(tables), durable=False)
        sweep(file)


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
    """Return tables as the bytes of one file, with their hash in front."""
    packed = io.BytesIO()
    # stored as they are: Parquet has compressed them
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, frame in tables.items():
            archive.writestr(name, frame_bytes(frame))
    content = packed.getvalue()
    return digest(content).encode() + content


def _unpacked(content: bytes) -> dict[str, pl.DataFrame] | None:
    """Return the tables of a file; None where its hash is another."""
    seal, rest = content[:_SEAL], content[_SEAL:]
    if digest(rest).encode() != seal:
        return None
    with zipfile.ZipFile(io.BytesIO(rest)) as archive:
        return {name: frame_from(archive.read(name)) for name in archive.namelist()}


def sweep(file: Path) -> None:
    """Remove of the files beside one those that nobody has read for longest, as far as there are too many."""
    read = sorted((each.stat().st_mtime, each) for each in file.parent.glob(f"*{file.suffix}"))
    for _, each in read[:-KEPT]:
        each.unlink(missing_ok=True)
