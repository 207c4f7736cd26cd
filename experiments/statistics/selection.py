"""Selection of the best of several systems with a stated probability: procedure KN, and the chance of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.streams import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.arrays import Floats

DRAWS: Final = 20_000
SAME: Final = 1e-9
"""What values that were moved to a base and back may differ by; what matters of shares and minutes is far larger."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Outcome of a selection.

    Attributes
    ----------
    best : int
        Position of the selected system.
    left : tuple of int
        Systems that were still in when it stopped; more than one if the replications ran out.
    replications : tuple of int
        How many replications each system took.
    certain : bool
        Whether one was left: it is the best, or within the zone of the best, with the stated probability.
    """

    best: int
    left: tuple[int, ...]
    replications: tuple[int, ...]
    certain: bool


def select_best(
    sample: Callable[[int, int], Sequence[float]],
    systems: int,
    *,
    zone: float,
    confidence: float = 0.95,
    first: int = 10,
    most: int = 1000,
    step: int = 1,
    least: bool = True,
) -> Selection:
    """Select the system with the least (or largest) mean by sequential elimination.

    Parameters
    ----------
    sample : callable
        ``sample(system, n)`` returns the first ``n`` replications of a system; replication r of all systems should
        use the same random numbers.
    systems : int
        Number of systems k, at least 1.
    zone : float
        Indifference zone: a difference below it does not matter, above 0.
    confidence : float
        Least probability of a correct selection if the best is better by at least the zone.
    first : int
        Replications before anything is dropped (n0), at least 2.
    most : int
        Replications after which the best so far is taken.
    step : int
        Replications that are added at a time; larger steps cost samples, not correctness.
    least : bool
        Whether the least mean is the best.

    Returns
    -------
    Selection
        Procedure KN of Kim and Nelson, ACM TOMACS 11(3), 2001, with c = 1: eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1))
        - 1) / 2 and h^2 = 2 eta (n0 - 1). Valid with common random numbers and unequal variances.

    Raises
    ------
    ValueError
        A zone not above 0, or fewer than 2 first replications.
    """
    if not zone > 0.0:
        raise ValueError(f"select_best: zone {zone}; expected more than 0.")
    if first < 2:
        raise ValueError(f"select_best: first {first}; expected at least 2 replications.")
    if systems == 1:
        return Selection(0, (0,), (0,), certain=True)
    # one direction inside: the least is the best
    sign = 1.0 if least else -1.0
    values: dict[int, Floats] = {at: sign * np.asarray(sample(at, first), dtype=float)[:first] for at in range(systems)}
    # from the first replications alone: the procedure's guarantee rests on variances that are not updated
    squared = _pair_variances(values)
    h2 = 2.0 * eta(systems, first, 1.0 - confidence) * (first - 1)
    left = list(range(systems))
    taken = [first] * systems
    count = first
    while True:
        # also before the second stage: clear losers need no further replication
        left = _survivors(left, values, squared, h2=h2, zone=zone)
        if len(left) == 1 or count >= most:
            break
        count = min(most, count + step)
        for at in left:
            # the whole series again: replications that are there are not simulated twice
            values[at] = sign * np.asarray(sample(at, count), dtype=float)[:count]
            taken[at] = count
    best = min(left, key=lambda at: float(values[at].mean()))
    return Selection(best, tuple(left), tuple(taken), certain=len(left) == 1)


def eta(systems: int, first: int, error: float) -> float:
    """Return the constant eta of procedure KN with c = 1."""
    return 0.5 * (math.pow(2.0 * error / (systems - 1), -2.0 / (first - 1)) - 1.0)


def _pair_variances(values: dict[int, Floats]) -> dict[tuple[int, int], float]:
    """Return the variance of the difference of each pair in the first replications."""
    return {
        (one, other): float(np.var(values[one] - values[other], ddof=1))
        for one in values
        for other in values
        if one != other
    }


def _survivors(
    left: Sequence[int], values: dict[int, Floats], squared: dict[tuple[int, int], float], *, h2: float, zone: float
) -> list[int]:
    """Return the systems that no other beats by more than the width of the triangle."""
    kept = []
    for one in left:
        count = len(values[one])
        total = float(values[one].sum())
        # the triangle narrows with each replication and is closed where its width is 0
        widths = {
            other: max(0.0, zone / 2.0 * (h2 * squared[one, other] / zone**2 - count)) for other in left if other != one
        }
        if all(total <= float(values[other].sum()) + width for other, width in widths.items()):
            kept.append(one)
    if not kept:  # ties to the last bit: all are equally good
        return [min(left, key=lambda at: (math.fsum(values[at]), at))]
    # equal sums and no variance of the differences: more replications cannot tell them apart
    same = {float(values[at].sum()) for at in kept}
    closed = all(squared[one, other] == 0.0 for one in kept for other in kept if one != other)
    return kept[:1] if len(kept) > 1 and len(same) == 1 and closed else kept


def best_chances(values: Floats, seed: int) -> list[float]:
    """Return the probability of each row that its mean is the least."""
    count = values.shape[1]
    random = stream(seed, "compare", "best")
    scores = random.standard_normal((DRAWS, count))
    # one scale per draw for all alternatives: their spread is estimated from the same replications
    scale = np.sqrt(random.chisquare(count - 1, DRAWS) / (count - 1))
    apart = values - values.mean(axis=1, keepdims=True)
    drawn = values.mean(axis=1) + scores @ apart.T / np.sqrt(count * (count - 1)) / scale[:, None]
    # alternatives that are the same in every replication are drawn the same, but for the last digit of a sum
    best = np.isclose(drawn, drawn.min(axis=1, keepdims=True), rtol=1e-12, atol=0.0)
    shares = best / best.sum(axis=1, keepdims=True)
    return [float(share) for share in shares.mean(axis=0)]


def best_shares(values: Floats, *, least: bool = True) -> list[float]:
    """Return the share of the columns in which each row has the least (or largest) value.

    Rows that are equal in a column share it. Values that differ by less than 1e-9 are equal: they were moved to a base
    and back.
    """
    table = values if least else -values
    best = table <= table.min(axis=0) + SAME
    return [float(share) for share in (best / best.sum(axis=0)).mean(axis=1)]
