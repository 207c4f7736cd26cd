"""Files that are written whole or not at all; frames and counties as bytes and back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import uuid
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from data.county import County
from data.county_folder.county_file import CountyFile
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # damaged Parquet can make polars panic: an exception that is no Exception, so it is named here
        raise DataError(f"not a table in Parquet ({error}).") from error


def write_whole(file: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name, then under its own.

    Parameters
    ----------
    file : pathlib.Path
        The file; its folder exists.
    content : bytes
        What it will hold.
    durable : bool
        Whether to wait for the disk, so that after a power failure it is as before, or whole.
    """
    temporary = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    write_through(temporary, content, durable=durable)
    temporary.replace(file)
    if durable:
        sync_folder(file.parent)


def write_through(file: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file; where it is to be durable, wait until it is on the disk."""
    with file.open("wb") as opened:
        opened.write(content)
        if durable:
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
        "files_digest": county.files_digest,
        "overrides": dict(county.overrides),
        "about": asdict(county.about),
    }
    files = {ABOUT: json.dumps(about, indent=2, sort_keys=True).encode()}
    for folder, frames in ((_TABLES, county.tables), (_LAYOUTS, county.layouts)):
        files |= {f"{folder}/{name}{_SUFFIX}": frame_bytes(frame) for name, frame in frames.items()}
    return files


def county_from(files: Mapping[str, bytes], *, path: Path) -> County:
    """Return the county that `county_files` packed.

    Parameters
    ----------
    files : mapping of str to bytes
        The files by name.
    path : pathlib.Path
        Folder that they lie in.

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
        path=path,
        tables=frames[_TABLES],
        layouts=frames[_LAYOUTS],
        files_digest=about["files_digest"],
        overrides=about["overrides"],
        about=_county_file(about.get("about", {})),
    )


def _county_file(about: Mapping[str, Any]) -> CountyFile:
    """Return what a county says of itself, from JSON, which knows lists alone."""
    found = CountyFile(**about)
    modules = None if found.modules is None else tuple(found.modules)
    return replace(found, modules=modules, next_commands=tuple(found.next_commands))
