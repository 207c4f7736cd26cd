"""Tables of counties without faults, kept by what decides that: checking takes 30 times as long as reading them."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from data.kept.kept_files import read_kept, store, write_kept
from data.storage import content_of, files_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KIND: Final = "counties"
"""Folder of the store."""
_SUFFIX: Final = ".county"
_PACKAGE: Final = Path(__file__).parents[1]
_RULES: Final = (".py", ".csv", ".json", ".toml")
"""Files of this package that decide what a fault is; those of its county are data like any other's."""
_LIBRARIES: Final = ("dataframely", "networkx", "polars")
"""Libraries that read and check."""
_LENGTH: Final = 8
"""Bytes of the length of a file's head."""


@dataclass(frozen=True)
class CheckedTables:
    """Tables and layouts of a county in which nothing is wrong, and what is unusual in them, as it is said."""

    tables: Mapping[str, pl.DataFrame]
    layouts: Mapping[str, pl.DataFrame]
    warnings: tuple[str, ...]


def checked_key(folder: Path, digest: str) -> str:
    """Return the key of a county's tables: its files, the rules of this version, and what applies them.

    Parameters
    ----------
    folder : pathlib.Path
        The county's folder: names of files that nothing reads are faults too.
    digest : str
        Digest of the files that are read.
    """
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*"))
    county_file = folder / "county.toml"
    parts = [digest, str(folder), *names, county_file.read_text("utf-8") if county_file.is_file() else "", _rules()]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


@functools.cache
def _rules() -> str:
    """Return the hash of this package without its county, and of the versions of what it stands on."""
    total = hashlib.blake2b(digest_size=16)
    for name, path in files_below(_PACKAGE, _RULES):
        if not name.startswith("deqing/"):
            content = hashlib.blake2b(content_of(path), digest_size=16).hexdigest()
            total.update(f"{name} {content}\n".encode())
    versions = [f"{name}={metadata.version(name)}" for name in _LIBRARIES]
    total.update("\n".join((platform.python_version(), *versions)).encode())
    return total.hexdigest()


def read_checked(key: str) -> CheckedTables | None:
    """Return the tables that are kept under a key; None where there are none."""
    content = read_kept(_file(key))
    if content is None:
        return None
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
    head = json.loads(content[_LENGTH:end])
    found: dict[str, dict[str, pl.DataFrame]] = {"tables": {}, "layouts": {}}
    for kind, name, size in head["frames"]:
        # Arrow's own format: reading it takes a twentieth of the time that Parquet takes for tables of ten rows
        found[kind][name] = pl.read_ipc_stream(io.BytesIO(content[end : end + size]))
        end += size
    return CheckedTables(found["tables"], found["layouts"], tuple(head["warnings"]))


def write_checked(key: str, checked: CheckedTables) -> None:
    """Keep tables under a key; where that cannot be, nothing happens."""
    frames = list(_frames(checked))
    head = {"frames": [(kind, name, len(content)) for kind, name, content in frames], "warnings": checked.warnings}
    text = json.dumps(head).encode()
    length = len(text).to_bytes(_LENGTH, "big")
    write_kept(_file(key), b"".join((length, text, *(content for _, _, content in frames))))


def _frames(checked: CheckedTables) -> Iterator[tuple[str, str, bytes]]:
    """Yield kind, name and bytes of each frame."""
    for kind, frames in (("tables", checked.tables), ("layouts", checked.layouts)):
        for name, frame in frames.items():
            stream = io.BytesIO()
            frame.write_ipc_stream(stream, compression="lz4", compat_level=pl.CompatLevel.newest())
            yield kind, name, stream.getvalue()


def _file(key: str) -> Path:
    """Return the file of a key."""
    return store() / KIND / f"{key}{_SUFFIX}"
