"""Named random streams: every decision of a model owns its generator; the law of figures with a range."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError, ScenarioError

if TYPE_CHECKING:
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
    digest = hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()
    # the generator of `default_rng([seed, int.from_bytes(digest, "big")])`, given the words into which numpy would take
    # both numbers apart: 10 us instead of 12, and a replication has thousands of streams
    words = bytearray(_words(int(seed)) + _words(int.from_bytes(digest, "big")))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(np.frombuffer(words, dtype="<u4"))))


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
