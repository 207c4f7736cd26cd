"""Answers that are kept in the user's cache folder by the key of what decides them: computed once, whoever asks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from data.kept.kept_files import store
from data.storage import read_sealed, write_sealed

if TYPE_CHECKING:
    from collections.abc import Callable


def stored(kind: str, key: str, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what was computed under a key, from the cache folder where it is there.

    Parameters
    ----------
    kind : str
        Folder of the store, one per kind of answer.
    key : str
        Digest of all that decides the answer: it is the name of the file.
    build : callable
        Computes it: plain values that JSON holds.
    """
    file = store() / kind / key[:2] / f"{key}.json"
    known = read_sealed(file)
    if known is None:
        known = build()
        # a cache that cannot be written costs time, nothing else
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_sealed(file, known)
    return known
