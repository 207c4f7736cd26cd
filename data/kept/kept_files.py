"""Files in the user's cache folder: found by the key of what decides them, as long as no bit of them has changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

import platformdirs

from data.storage import write_whole

KEPT: Final = 64
"""Files of a kind that are kept; those that nobody has read for longest go first."""
_SEAL: Final = 32
"""Characters of the hash that a file begins with."""


def store() -> Path:
    """Return the folder that holds what is kept, one folder per kind."""
    return Path(platformdirs.user_cache_path("xijiang")) / "stored"


def read_kept(file: Path) -> bytes | None:
    """Return what `write_kept` wrote; None where there is no such file, or not a bit for bit the same."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    if _hash(content[_SEAL:]) != content[:_SEAL]:
        return None
    # who reads it says that it is still of use; a folder that cannot be written to keeps all it has
    with contextlib.suppress(OSError):
        os.utime(file)
    return content[_SEAL:]


def write_kept(file: Path, content: bytes) -> None:
    """Keep bytes in a file of the store; where that cannot be, nothing happens: it costs time, nothing else."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # two processes may write the same: each under a name of its own, then one after the other under this one
        write_whole(file, _hash(content) + content, durable=False)
        sweep(file)


def sweep(file: Path) -> None:
    """Remove of the files beside one those that nobody has read for longest, as far as there are too many."""
    read = sorted((each.stat().st_mtime, each) for each in file.parent.glob(f"*{file.suffix}"))
    for _, each in read[:-KEPT]:
        each.unlink(missing_ok=True)


def _hash(content: bytes) -> bytes:
    """Return the hash of what a file holds."""
    return hashlib.blake2b(content, digest_size=_SEAL // 2).hexdigest().encode()
