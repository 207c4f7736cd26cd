"""Named random streams: every decision of a model owns its generator; the law of figures with a range."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from data.errors import DataError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from data.arrays import Floats


def stream(seed: int, *name: str) -> np.random.Generator:
    """Return the generator that belongs to one decision.

    The name is hashed into the seed, so that a decision draws the same numbers whatever other decisions are
    added, removed or drawn in another order. This gives common random numbers between alternatives.

    Parameters
    ----------
    seed : int
        Seed of the replication, not negative.
    *name : str
        Path of the decision, such as ``stream(7, "charging", "patience")``. The parts are kept apart:
        ``("a", "bc")`` and ``("ab", "c")`` are different streams.

    Returns
    -------
    numpy.random.Generator
        A fresh generator; the same arguments give the same draws on every machine.

    Raises
    ------
    ScenarioError
        If the seed is negative or the name is empty.

    Examples
    --------
    Other draws in between change nothing:

    >>> first = stream(7, "charging", "patience").random()
    >>> _ = stream(7, "charging", "arrivals").random(1000)
    >>> stream(7, "charging", "patience").random() == first
    True
    """
    if seed < 0:
        raise ScenarioError(f"seed: got {seed}; expected a whole number that is not negative.")
    if not name or not all(name):
        raise ScenarioError(f"stream name: got {name!r}; expected at least one part, none of them empty.")
    begin = _Ready(_state(int(seed), name))
    return np.random.Generator(np.random.PCG64(begin))  # type: ignore[arg-type] # stub: it takes any ISeedSequence


class _Ready(ISeedSequence):
    """Hands a generator the state that it begins with."""

    __slots__ = ("_begin",)

    def __init__(self, begin: NDArray[np.uint64]) -> None:
        self._begin = begin

    def generate_state(self, n_words: int, dtype: object = np.uint32) -> NDArray[np.uint64]:
        """Return the state: four numbers of 64 bits, which `numpy.random.PCG64` asks for."""
        del n_words, dtype
        return self._begin


# points of a design and weeks of the years ahead are simulated with one seed, and have some hundreds of streams each
@functools.lru_cache(maxsize=4096)
def _state(seed: int, name: tuple[str, ...]) -> NDArray[np.uint64]:
    """Return what the generator of ``default_rng([seed, hash of the name])`` begins with, 64 bits four times.

    Numpy's own steps, of which `SeedSequence` takes most: it is given the words into which it would take both numbers
    apart, and its last step is stated here, because that one calls Python for each word. A replication has a thousand
    streams, and this halves their time.
    """
    digest = hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()
    words = bytearray(_words(seed) + _words(int.from_bytes(digest, "big")))
    pool = np.random.SeedSequence(np.frombuffer(words, dtype="<u4")).pool.tolist()
    state = []
    for word, (flip, factor) in zip((*pool, *pool), _LAST_STEP, strict=True):
        mixed = (word ^ flip) * factor & _WORD
        state.append(mixed ^ mixed >> 16)
    begin = np.array([low | high << 32 for low, high in zip(state[::2], state[1::2], strict=True)], dtype=np.uint64)
    begin.flags.writeable = False
    return begin


_WORD: Final = 0xFFFFFFFF


def _last_step() -> Iterator[tuple[int, int]]:
    """Yield by which number each word of a state is flipped and multiplied: constants of numpy's `SeedSequence`."""
    flip = 0x8B51F9DD
    for _ in range(8):
        factor = flip * 0x58F38DED & _WORD
        yield flip, factor
        flip = factor


_LAST_STEP: Final = tuple(_last_step())


def _words(number: int) -> bytes:
    """Return a whole number as words of four bytes, the lowest first; at least one word."""
    return number.to_bytes(4 * max(1, -(-number.bit_length() // 32)), "little")


def latin(seed: int, *name: str, samples: int) -> Floats:
    """Return scores between 0 and 1, one in each of as many equal parts as there are samples, in random order.

    Columns of several names together are a Latin hypercube (McKay, Beckman and Conover, Technometrics 21(2), 1979), and
    a further name leaves the others as they are, which a design that is drawn at once would not.

    Parameters
    ----------
    seed : int
        Seed of the sample, not negative.
    *name : str
        Path of what is drawn, as for `stream`.
    samples : int
        How many.

    Raises
    ------
    ScenarioError
        As for `stream`.
    """
    rng = stream(seed, *name)
    return np.asarray((rng.permutation(samples) + rng.uniform(size=samples)) / samples)


def triangular(low: float, mode: float, high: float, scores: Floats) -> Floats:
    """Return quantiles of a triangular law at scores between 0 and 1; the mode where the law has no width.

    Raises
    ------
    DataError
        Bounds in the wrong order.
    """
    if not low <= mode <= high:
        raise DataError(f"range {low} to {high} around {mode}: expected low <= value <= high.")
    width = high - low
    if width == 0.0:
        return np.full(len(scores), mode)
    peak = (mode - low) / width
    rising, falling = np.sqrt(peak * scores), 1.0 - np.sqrt((1.0 - peak) * (1.0 - scores))
    return np.asarray(low + width * np.where(scores < peak, rising, falling))
