"""What the generators of streams begin with: what numpy's `SeedSequence` makes, kept for those who ask again.

A replication has more than two thousand streams, and numpy takes some 40 us to seed one of them. The points of a design
and of a sample have one seed, so that all but the first find their beginnings here. Another replication has the same
streams with another seed: theirs are made together, in array operations, as soon as it has asked for a few.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Begin = NDArray[np.uint64]
    Words = NDArray[np.uint32]
    Name = tuple[str, ...]

KEPT_SEEDS: Final = 8
"""Seeds whose beginnings are kept: a replication has its own, and the visitors of each holiday have theirs."""
MOST_KEPT: Final = 4096
"""Streams of a seed that are kept at most: 300 bytes each; and names that are remembered for the seeds to come."""
FORESEEN_FROM: Final = 16
"""Streams after which the others of a seed are foreseen: whoever asks for less would not be paid back for them."""
_HASH_WORDS: Final = 4


@dataclass(slots=True)
class _OfSeed:
    """Beginnings of a seed: those that were asked for, and those that may be."""

    asked: dict[Name, Begin] = field(default_factory=dict)
    foreseen: dict[Name, Begin] = field(default_factory=dict)


class Beginnings:
    """Beginnings of streams by seed and name, computed when they are asked for."""

    def __init__(self) -> None:
        self._by_seed: dict[int, _OfSeed] = {}
        # hashes of the names that some seed has asked for, those of the latest last
        self._names: dict[Name, bytes] = {}

    def of(self, seed: int, name: Name) -> Begin:
        """Return what the generator of ``default_rng([seed, hash of the name])`` begins with: four words of 64 bits.

        Callers share them and must not change them.
        """
        known = self._by_seed.get(seed)
        if known is None:
            known = self._by_seed[seed] = _OfSeed()
            for old in list(self._by_seed)[:-KEPT_SEEDS]:
                self._by_seed.pop(old, None)
        found = known.asked.get(name)
        if found is None:
            found = known.foreseen.pop(name, None)
            if found is None:
                found = self._made(seed, name)
            if len(known.asked) < MOST_KEPT:
                known.asked[name] = found
                if len(known.asked) == FORESEEN_FROM:
                    known.foreseen = self._foreseen(seed)
        return found

    def _made(self, seed: int, name: Name) -> Begin:
        """Return the beginning of a stream that nobody has foreseen, and remember its name."""
        if name not in self._names:
            self._names[name] = _digest(name)
            if len(self._names) > MOST_KEPT:
                del self._names[next(iter(self._names))]
        return beginning(seed, name)

    def _foreseen(self, seed: int) -> dict[Name, Begin]:
        """Return the beginnings of a seed's streams of all names that are known."""
        names = list(self._names.items())
        begins = beginnings(seed, [digest for _, digest in names])
        # a hash that begins with zeros has fewer words, once in billions of names: left to numpy
        return {name: begin for (name, digest), begin in zip(names, begins, strict=True) if any(digest[:4])}


def beginning(seed: int, name: Name) -> Begin:
    """Return the beginning of a stream."""
    words = bytearray(_words(seed) + _words(int.from_bytes(_digest(name), "big")))
    # given the words into which numpy would take both numbers apart, which it does no faster than anybody
    state = np.random.SeedSequence(np.frombuffer(words, dtype="<u4")).generate_state(4, np.uint64)
    begin = np.asarray(state, dtype=np.uint64)
    begin.flags.writeable = False
    return begin


def _digest(name: Name) -> bytes:
    """Return the hash of a name, whose parts are kept apart."""
    return hashlib.blake2b("\x1f".join(name).encode(), digest_size=4 * _HASH_WORDS).digest()


def _words(number: int) -> bytes:
    """Return a whole number as words of four bytes, the lowest first; at least one word."""
    return number.to_bytes(4 * max(1, -(-number.bit_length() // 32)), "little")


# of `numpy.random.SeedSequence`, whose results numpy has promised to keep
_INIT_A, _MULT_A = 0x43B0D7E5, 0x931E8875
_INIT_B, _MULT_B = 0x8B51F9DD, 0x58F38DED
_MIX_L, _MIX_R = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)
_SHIFT: Final = np.uint32(16)
_POOL: Final = 4
_WORD: Final = 0xFFFFFFFF


def beginnings(seed: int, digests: Sequence[bytes]) -> Begin:
    """Return the beginnings of the streams of one seed with some hashes, a row each, as `beginning` does one by one.

    The algorithm of `numpy.random.SeedSequence` on arrays: what it multiplies by does not depend on what is hashed, so
    that all streams go through it side by side, a hundred times faster than one after another.
    """
    # the number is big-endian and its lowest word comes first
    hashed = np.frombuffer(b"".join(digests), dtype=">u4").reshape(-1, _HASH_WORDS)[:, ::-1].astype(np.uint32)
    own = np.frombuffer(_words(seed), dtype="<u4").astype(np.uint32)
    entropy = [*(np.full(len(hashed), word) for word in own), *hashed.T]
    mixing = _Hash(_INIT_A, _MULT_A)
    pool = [mixing.of(word) for word in entropy[:_POOL]]
    for source in range(_POOL):
        for place in range(_POOL):
            if place != source:
                pool[place] = _mixed(pool[place], mixing.of(pool[source]))
    for word in entropy[_POOL:]:
        pool = [_mixed(value, mixing.of(word)) for value in pool]
    drawing = _Hash(_INIT_B, _MULT_B)
    # twice round the pool: 64 bits are two words, the lower one first
    halves = [drawing.of(value).astype(np.uint64) for value in (*pool, *pool)]
    begins = np.stack(
        [low | high << np.uint64(32) for low, high in zip(halves[::2], halves[1::2], strict=True)], axis=1
    )
    begins.flags.writeable = False
    return begins


class _Hash:
    """The hash of numpy's `SeedSequence`, whose constant moves on with each word."""

    def __init__(self, begin: int, factor: int) -> None:
        self._constant, self._factor = begin, factor

    def of(self, value: Words) -> Words:
        """Return the hash of the next word."""
        value = value ^ np.uint32(self._constant)
        self._constant = self._constant * self._factor & _WORD
        value *= np.uint32(self._constant)
        return np.asarray(value ^ value >> _SHIFT)


def _mixed(first: Words, second: Words) -> Words:
    """Return two words mixed."""
    mixed = first * _MIX_L - second * _MIX_R
    return np.asarray(mixed ^ mixed >> _SHIFT)
