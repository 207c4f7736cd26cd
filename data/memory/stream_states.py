"""What the generators of streams begin with: numpy's `SeedSequence`, for many streams at once.

A replication has two thousand streams, and numpy takes 40 us to seed one of them, in Python for each word. The next
replication asks for streams of the same names under another seed: once it has asked for some, the beginnings of all the
others are computed together, 2 us each. Points of a design have one seed, whose beginnings are kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Begin = NDArray[np.uint64]
    Words = NDArray[np.uint32]

KEPT_SEEDS: Final = 8
"""Seeds whose beginnings are kept: a replication has its own, and the visitors of each holiday have theirs."""
MOST_KEPT: Final = 4096
"""Streams of a seed that are kept at most: 300 bytes each."""
ENOUGH: Final = 12
"""Streams of a seed that are computed one by one before it is looked who asked for the same: together as long."""


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
        if name not in known and len(known) == ENOUGH:
            known.update(self._alike(seed, known))
        found = known.get(name)
        if found is None:
            found = one(seed, name)
            if len(known) < MOST_KEPT:
                known[name] = found
        return found

    def _alike(self, seed: int, known: dict[tuple[str, ...], Begin]) -> dict[tuple[str, ...], Begin]:
        """Return the beginnings of a seed under all names of the seed that most of its names are shared with."""
        others = [other for other in list(self._by_seed.values()) if other is not known]
        shared = max(others, key=lambda other: len(known.keys() & other.keys()), default=known)
        # most of them: a replication of another case has streams of its own
        if shared is known or 4 * len(known.keys() & shared.keys()) < 3 * len(known):
            return {}
        names = list(shared)
        return dict(zip(names, together(seed, names), strict=True))


def one(seed: int, name: tuple[str, ...]) -> Begin:
    """Return the beginning of a stream."""
    words = bytearray(_words(seed) + _words(int.from_bytes(_hash(name), "big")))
    # given the words into which numpy would take both numbers apart, which it does no faster than anybody
    state = np.random.SeedSequence(np.frombuffer(words, dtype="<u4")).generate_state(4, np.uint64)
    begin = np.asarray(state, dtype=np.uint64)
    begin.flags.writeable = False
    return begin


def together(seed: int, names: Sequence[tuple[str, ...]]) -> Sequence[Begin]:
    """Return the beginnings of some streams of a seed: those of :func:`one`, held equal by a test."""
    hashes = [_hash(name) for name in names]
    if any(not any(digest[:4]) for digest in hashes):
        # a number with fewer words, of which a stream in four billion has one
        return [one(seed, name) for name in names]
    front = np.frombuffer(_words(seed), dtype="<u4")
    back = np.frombuffer(b"".join(hashes), dtype=">u4").reshape(len(names), 4)
    entropy = np.empty((len(front) + 4, len(names)), dtype=np.uint32)
    # the lowest word first
    entropy[: len(front)], entropy[len(front) :] = front[:, None], back[:, ::-1].T
    begins = _state(_pool(entropy))
    begins.flags.writeable = False
    return list(begins)


def _hash(name: tuple[str, ...]) -> bytes:
    """Return the hash of a name; its parts are kept apart."""
    return hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()


def _words(number: int) -> bytes:
    """Return a whole number as words of four bytes, the lowest first; at least one word."""
    return number.to_bytes(4 * max(1, -(-number.bit_length() // 32)), "little")


# constants of numpy's `SeedSequence`, after M. O'Neill's seed_seq_fe
_POOL: Final = 4
_BEGIN_POOL, _STEP_POOL = 0x43B0D7E5, 0x931E8875
_BEGIN_STATE, _STEP_STATE = 0x8B51F9DD, 0x58F38DED
_LEFT, _RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)
_HALF: Final = np.uint32(16)


def _constants(begin: int, step: int) -> Iterator[tuple[int, int]]:
    """Yield by which number each word is flipped, and multiplied."""
    while True:
        following = begin * step & 0xFFFFFFFF
        yield begin, following
        begin = following


def _rows(constants: Iterator[tuple[int, int]], number: int) -> Words:
    """Return the next constants: rows of words, of which each column is a stream."""
    return np.array([next(constants) for _ in range(number)], dtype=np.uint32).T[:, :, None]


def _hashed(words: Words, constants: Words) -> Words:
    """Return words hashed with a constant each."""
    words = (words ^ constants[0]) * constants[1]
    return words ^ words >> _HALF


def _mixed(words: Words, others: Words) -> Words:
    """Return words mixed with others."""
    words = words * _LEFT - others * _RIGHT
    return words ^ words >> _HALF


def _pool(entropy: Words) -> Words:
    """Return the pools of streams, from at least four words each: words by streams."""
    constants = _constants(_BEGIN_POOL, _STEP_POOL)
    pool = _hashed(entropy[:_POOL], _rows(constants, _POOL))
    for source in range(_POOL):
        others = [word for word in range(_POOL) if word != source]
        pool[others] = _mixed(pool[others], _hashed(pool[source], _rows(constants, len(others))))
    for word in entropy[_POOL:]:
        pool = _mixed(pool, _hashed(word, _rows(constants, _POOL)))
    return pool


_STATE: Final = _rows(_constants(_BEGIN_STATE, _STEP_STATE), 2 * _POOL)


def _state(pool: Words) -> Begin:
    """Return the states that follow from pools: streams by four words of 64 bits."""
    words = _hashed(np.concatenate([pool, pool]), _STATE).astype(np.uint64)
    return np.ascontiguousarray((words[::2] | words[1::2] << np.uint64(32)).T)
