"""What the generators of streams begin with: made by numpy's `SeedSequence`, and kept for those who ask again.

A replication has two thousand streams, and numpy takes some 40 us to seed one of them. The points of a design and of a
sample have one seed, so that all but the first find their beginnings here.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Begin = NDArray[np.uint64]

KEPT_SEEDS: Final = 8
"""Seeds whose beginnings are kept: a replication has its own, and the visitors of each holiday have theirs."""
MOST_KEPT: Final = 4096
"""Streams of a seed that are kept at most: 300 bytes each."""


class Beginnings:
    """Beginnings of streams by seed and name, computed when they are asked for."""

    def __init__(self) -> None:
        self._by_seed: dict[int, dict[tuple[str, ...], Begin]] = {}

    def of(self, seed: int, name: tuple[str, ...]) -> Begin:
        """Return what the generator of ``default_rng([seed, hash of the name])`` begins with: four words of 64 bits.

        Callers share them and must not change them.
        """
        known = self._by_seed.get(seed)
        if known is None:
            known = self._by_seed[seed] = {}
            for old in list(self._by_seed)[:-KEPT_SEEDS]:
                self._by_seed.pop(old, None)
        found = known.get(name)
        if found is None:
            found = beginning(seed, name)
            if len(known) < MOST_KEPT:
                known[name] = found
        return found


def beginning(seed: int, name: tuple[str, ...]) -> Begin:
    """Return the beginning of a stream."""
    # the parts of a name are kept apart
    digest = hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()
    words = bytearray(_words(seed) + _words(int.from_bytes(digest, "big")))
    # given the words into which numpy would take both numbers apart, which it does no faster than anybody
    state = np.random.SeedSequence(np.frombuffer(words, dtype="<u4")).generate_state(4, np.uint64)
    begin = np.asarray(state, dtype=np.uint64)
    begin.flags.writeable = False
    return begin


def _words(number: int) -> bytes:
    """Return a whole number as words of four bytes, the lowest first; at least one word."""
    return number.to_bytes(4 * max(1, -(-number.bit_length() // 32)), "little")
