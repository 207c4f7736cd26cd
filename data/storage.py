"""Files that are written whole or not at all; frames as bytes and back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import uuid
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

SEAL = "seal"
"""Entry of a JSON object that holds the hash of the others."""
_PROBE = 4096
"""Bytes that are written to see whether a disk takes any: a block of most file systems."""


_PARQUET: Final[dict[str, Any]] = {"compression": "zstd", "compression_level": 3, "row_group_size": 250_000}


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet; the same frame gives the same bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, **_PARQUET)
    return buffer.getvalue()


def write_joined(parts: Sequence[Path], file: Path, *, durable: bool = True) -> None:
    """Write the rows of several Parquet files one after the other into one, with a few row groups in memory.

    The bytes are those that `frame_bytes` gives of all rows at once.

    Parameters
    ----------
    parts : sequence of pathlib.Path
        The files, with the same columns.
    file : pathlib.Path
        The file to write; its folder exists.
    durable : bool
        As for `write_whole`.

    Raises
    ------
    DataError
        A part is missing or damaged.
    OSError
        The disk is full, read-only or gone.
    """

    def write(temporary: Path) -> None:
        try:
            # in this order, so that rows come as the parts do
            pl.scan_parquet(list(parts)).sink_parquet(temporary, maintain_order=True, **_PARQUET)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise DataError(f"{file}: the parts of the table cannot be joined ({error}).") from error
        if durable:
            with temporary.open("rb+") as opened:
                os.fsync(opened.fileno())

    _settle(file, write, durable=durable)


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
    _settle(file, lambda temporary: write_through(temporary, content, durable=durable), durable=durable)


def _settle(file: Path, write: Callable[[Path], None], *, durable: bool) -> None:
    """Let a file be written under a temporary name, then give it its own."""
    temporary = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    try:
        write(temporary)
        temporary.replace(file)
    except OSError as error:
        raise _named(error, file) from error
    finally:
        # gone already where all went well: whatever happens, no half of a file stays
        temporary.unlink(missing_ok=True)
    if durable:
        sync_folder(file.parent)


def write_through(file: Path, content: bytes, *, durable: bool = True, append: bool = False) -> None:
    """Write a file, or append to it; where it is to be durable, wait until it is on the disk.

    Raises
    ------
    OSError
        The disk is full, read-only or gone; the error names the file.
    """
    try:
        with file.open("ab" if append else "wb") as opened:
            opened.write(content)
            if durable:
                opened.flush()
                os.fsync(opened.fileno())
    except OSError as error:
        raise _named(error, file) from error


def _named(error: OSError, file: Path) -> OSError:
    """Return an error of the operating system that names the file: writing alone does not say which."""
    return OSError(error.errno, error.strerror or str(error), str(file))


def files_below(folder: Path, suffixes: Collection[str]) -> list[tuple[str, str]]:
    """Return the files in a folder and below that end in one of some suffixes, in the order of their names.

    `pathlib` makes objects of all names on the way, which takes seven times as long: digests of code and counties are
    taken in every process.

    Returns
    -------
    list of (str, str)
        Name from the folder on, with ``/``, and path.
    """
    found: list[tuple[str, str]] = []
    for place, _, names in os.walk(folder):
        within = os.path.relpath(place, folder).replace(os.sep, "/")
        found += [
            (name if within == "." else f"{within}/{name}", os.path.join(place, name))  # noqa: PTH118 - as above
            for name in names
            if os.path.splitext(name)[1] in suffixes  # noqa: PTH122 - as above
        ]
    return sorted(found)


def content_of(path: str) -> bytes:
    """Return what a file of `files_below` holds."""
    with open(path, "rb") as opened:  # noqa: PTH123 - as there
        return opened.read()


def check_writable(folder: Path, option: str) -> None:
    """Validate that a folder can be made and takes a file, before the work whose results it will hold.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; where it does not exist, it does not afterwards either.
    option : str
        Option that names it, for the message.

    Raises
    ------
    DataError
        It cannot be made, or takes no file.
    """
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            write_through(probe, bytes(_PROBE))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise DataError(f"{option} {folder}: cannot be written ({why}). Choose another {option}.") from error
    finally:
        for place in absent:
            with contextlib.suppress(OSError):
                place.rmdir()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do so."""
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sealed_text(content: Mapping[str, object]) -> str:
    """Return a JSON object as text with its own hash among the entries; the same object gives the same text."""
    plain = {name: value for name, value in content.items() if name != SEAL}
    seal = hashlib.blake2b(_canonical(plain).encode(), digest_size=16).hexdigest()
    return f"{_canonical({**plain, SEAL: seal})}\n"


def read_sealed_text(text: str) -> dict[str, object] | None:
    """Return the object in a text of `sealed_text`, without its seal; None where a single bit of it has changed."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or SEAL not in content or sealed_text(content) != text:
        return None
    return {name: value for name, value in content.items() if name != SEAL}


def write_sealed(file: Path, content: Mapping[str, object]) -> None:
    """Write a JSON object so that `read_sealed` notices any later change; the folder exists."""
    write_whole(file, sealed_text(content).encode())


def read_sealed(file: Path) -> dict[str, object] | None:
    """Return what `write_sealed` wrote; None where there is no such file, or not a bit for bit the same."""
    try:
        return read_sealed_text(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _canonical(content: Mapping[str, object]) -> str:
    """Return the one text of a JSON object."""
    return json.dumps(content, indent=2, sort_keys=True)
