"""Files that are written whole or not at all; frames and counties as bytes and back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from data.county import County
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = "county.json"
_TABLES, _LAYOUTS, _SUFFIX = "tables", "layouts", ".parquet"


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet; the same frame gives the same bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", compression_level=3, row_group_size=250_000)
    return buffer.getvalue()


def frame_from(content: bytes) -> pl.DataFrame:
    """Return the frame that Parquet holds.

    Raises
    ------
    DataError
        If it is not Parquet, or damaged.
    """
    try:
        return pl.read_parquet(io.BytesIO(content))
    except Exception as error:
        raise DataError(f"not a table in Parquet ({error}).") from error
    except BaseException as error:
        # damaged Parquet can make polars panic, and its exception is no Exception
        if isinstance(error, pl.exceptions.PanicException):
            raise DataError(f"not a table in Parquet ({error}).") from None
        raise


def write_whole(file: Path, content: bytes) -> None:
    """Write a file under a temporary name, then under its own; after a crash it is as before, or whole."""
    temporary = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    write_through(temporary, content)
    os.replace(temporary, file)  # noqa: PTH105 - says what it does
    sync_folder(file.parent)


def write_through(file: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do so."""
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def county_files(county: County) -> dict[str, bytes]:
    """Return a county as files: tables and layouts as they are now, edited or not, and what else it consists of.

    Returns
    -------
    dict of str to bytes
        ``county.json``, ``tables/<name>.parquet``, ``layouts/<name>.parquet``.
    """
    about = {
        "name": county.name,
        "path": str(county.path),
        "files_digest": county.files_digest,
        "overrides": dict(county.overrides),
    }
    files = {ABOUT: json.dumps(about, indent=2, sort_keys=True).encode()}
    for folder, frames in ((_TABLES, county.tables), (_LAYOUTS, county.layouts)):
        files |= {f"{folder}/{name}{_SUFFIX}": frame_bytes(frame) for name, frame in frames.items()}
    return files


def county_from(files: Mapping[str, bytes]) -> County:
    """Return the county that `county_files` packed.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    about = json.loads(files[ABOUT])
    frames: dict[str, dict[str, pl.DataFrame]] = {_TABLES: {}, _LAYOUTS: {}}
    for name, content in files.items():
        folder, _, rest = name.partition("/")
        if folder in frames:
            frames[folder][rest.removesuffix(_SUFFIX)] = frame_from(content)
    return County(
        name=about["name"],
        path=Path(about["path"]),
        tables=frames[_TABLES],
        layouts=frames[_LAYOUTS],
        files_digest=about["files_digest"],
        overrides=about["overrides"],
    )
