"""Named random streams: every decision of a model owns its generator; the law of figures with a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from data.errors import DataError, ScenarioError
from data.memory.stream_states import Beginnings

if TYPE_CHECKING:
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
    begin = _Ready(_KNOWN.of(int(seed), name))
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


_KNOWN: Final = Beginnings()


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
