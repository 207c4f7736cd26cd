"""Statistics of simulation output against published tables and worked examples, for ``xijiang verify``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from data.streams import stream
from data.verification import Check
from experiments.statistics.estimates import mean_estimate, quantile_estimate
from experiments.statistics.paired import paired_difference
from experiments.statistics.selection import eta
from experiments.statistics.sequential import enough, replications_needed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = "statistics"
LAW = (1.20, 0.93, 1.02, 0.88, 0.95, 1.06, 1.17, 0.98, 1.24, 1.00)
"""Ten values whose mean, variance and interval are easily worked out by hand: their sum is 10.43."""


def checks() -> Iterator[Check]:
    """Yield the checks of the statistics."""
    yield from _intervals()
    yield from _procedures()
    yield _coverage()


def _intervals() -> Iterator[Check]:
    """Yield an interval of a mean, of a quantile, and of paired differences."""
    estimate = mean_estimate(LAW)
    mean = sum(LAW) / len(LAW)
    half = 2.262157 * math.sqrt(sum((value - mean) ** 2 for value in LAW) / 9.0 / 10.0)
    for name, expected, got in (("lower", mean - half, estimate.low), ("upper", mean + half, estimate.high)):
        yield _check(f"{name} end of a mean of ten values", "Student's t, t(0.975, 9) = 2.262157", expected, got, 1e-6)
    middle = quantile_estimate(list(range(1, 11)))
    source = "binomial(10, 1/2): ranks 2 and 9 cover with 97.9 %"
    for name, expected, got in (("lower", 2.0, middle.low), ("upper", 9.0, middle.high)):
        yield _check(f"{name} end of a median of ten values", source, expected, got, 0.0)
    pair = paired_difference([1.0, 2.0, 3.0], [2.0, 4.0, 4.0])
    upper = 4.0 / 3.0 + 4.302653 * math.sqrt(1.0 / 9.0)
    yield _check("upper end of differences 1, 2, 1", "Student's t, t(0.975, 2) = 4.302653", upper, pair.high, 1e-6)


def _procedures() -> Iterator[Check]:
    """Yield constants and rules of the sequential procedures."""
    for systems, first, constant in ((2, 10, 0.33405), (5, 10, 0.63497), (10, 20, 0.30293)):
        name = f"constant of KN, {systems} systems, {first} first replications"
        source = "((2 a / (k - 1))^(-2 / (n - 1)) - 1) / 2"
        yield _check(name, source, constant, eta(systems, first, 0.05), 2e-5)
    estimate = mean_estimate(LAW)
    relative = 0.5 * (_number(estimate.high) - _number(estimate.low)) / _number(estimate.value)
    # held against g / (1 + g): the precision that just suffices is r / (1 - r)
    least = relative / (1.0 - relative)
    source = "half width against g / (1 + g) (Law, 9.4.1)"
    for factor, suffices in ((0.999, 0.0), (1.001, 1.0)):
        got = float(enough(LAW, precision=factor * least))
        yield _check(f"enough at {factor} of the precision that suffices", source, suffices, got, 0.0)
    needed = math.ceil(10.0 * (relative * 1.05 / 0.05) ** 2)
    yield _check("replications for a precision of 5 %", source, needed, replications_needed(LAW, precision=0.05), 0.0)


def _coverage() -> Check:
    """Return how often intervals of a skewed mean hold the true one."""
    draws = stream(1, "verify", "coverage").gamma(4.0, 0.25, (1000, 20))
    found = [mean_estimate(row.tolist()) for row in draws]
    covered = np.mean([_number(each.low) <= 1.0 <= _number(each.high) for each in found])
    return _check("share of intervals that hold the mean, 20 gamma values", "95 %", 0.95, float(covered), 0.03)


def _check(name: str, source: str, expected: float, got: float | None, tolerance: float) -> Check:
    """Return a check of this room."""
    return Check(ROOM, name, source, expected, _number(got), tolerance)


def _number(value: float | None) -> float:
    """Return a number; none at all is no number, which no check takes."""
    return math.nan if value is None else value
