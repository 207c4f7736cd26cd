"""Draws of the vehicle day: an array per decision, so that moving one figure leaves all other draws as they were.

A decision of a day (how far, whether to top up) owns an array of vehicles by days; a decision of a public charge (up to
which SOC, at which hour, how patient) an array of vehicles by public charges. Both are indexed by vehicle, never handed
out in the order in which vehicles happen to ask: whoever charges once more or less shifts nobody else's numbers.
Columns come in blocks with a generator each, and vehicles fill a block row by row, so that neither another day nor
another vehicle changes what the others drew. So the points of a sample and the weeks of the years ahead, which are all
simulated with one seed, draw the same numbers, of more or fewer vehicles: those of the last seeds are kept. There are
several, because who visits for a holiday draws with a seed of that holiday.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from data.streams import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.arrays import Floats, Ints

    Law = Callable[[np.random.Generator, tuple[int, ...]], Floats]

# a week with its warm-up takes most vehicles through one block; wider ones draw what short runs never ask for
_BLOCK: Final = 8
_MOST_KEPT: Final = 8_000_000
"""Numbers that are kept at most: 64 MB, some times what a week of a county draws."""
_SEEDS: Final = 3
"""Seeds whose draws are kept: that of a replication, and those of the holidays that a week touches."""


def uniform(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return lots between 0 and 1."""
    return draw.random(shape)


def exponential(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return exponential numbers of mean 1."""
    return draw.standard_exponential(shape)


def normal(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return standard normal scores."""
    return draw.standard_normal(shape)


@dataclass(frozen=True, slots=True)
class _Beta:
    """The law of a beta distribution; two with the same parameters are the same law."""

    alpha: float
    beta: float

    def __call__(self, draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Return numbers between 0 and 1."""
        return draw.beta(self.alpha, self.beta, shape)


def beta(alpha: float, beta: float) -> Law:
    """Return the law of a beta distribution."""
    return _Beta(alpha, beta)


_LEAST_LOT: Final = 1e-300
"""Stands for a lot of 0, which has no finite place on the normal law."""


def poisson_quantile(lot: Floats, mean: Floats) -> Ints:
    """Return the quantiles of Poisson laws: the least number whose distribution function reaches the lot."""
    # the normal law with the Poisson law's skewness (Cornish and Fisher) hits the number or one beside it, which costs
    # less than to invert the distribution function by iteration
    normal = scipy.special.ndtri(np.maximum(lot, _LEAST_LOT))
    number = np.maximum(np.floor(mean + np.sqrt(mean) * normal + (normal * normal - 1.0) / 6.0), 0.0)
    less = np.flatnonzero(scipy.special.pdtr(number, mean) < lot)
    more = np.setdiff1d(np.flatnonzero(number > 0.0), less, assume_unique=True)
    while less.size:
        number[less] += 1.0
        less = less[scipy.special.pdtr(number[less], mean[less]) < lot[less]]
    while more.size:
        more = more[scipy.special.pdtr(number[more] - 1.0, mean[more]) >= lot[more]]
        number[more] -= 1.0
        more = more[number[more] > 0.0]
    return number.astype(np.int64)


@dataclass(slots=True)
class _LastSeeds:
    """Draws of the last seeds by their streams: fewer rows are the first of those that are there."""

    # the seed that was asked for last at the end
    seeds: list[int] = field(default_factory=list)
    tables: dict[tuple[object, ...], Floats] = field(default_factory=dict)
    kept: int = 0

    def drawn(self, seed: int, name: tuple[str, ...], law: Law, shape: tuple[int, ...]) -> Floats:
        """Return the draws of a stream in so many rows, which callers must not change."""
        if self.seeds[-1:] != [seed]:
            self._begin(seed)
        # with the seed: there are those of several, and another thread may have put its own in place
        key = (seed, name, law, shape[1:])
        known = self.tables.get(key)
        if known is not None and len(known) >= shape[0]:
            return known[: shape[0]]
        # whoever asks for more will ask for more still: fleets grow from year to year
        rows = shape[0] if known is None else 2 * shape[0]
        found = law(stream(seed, *name), (rows, *shape[1:]))
        found.flags.writeable = False
        more = found.size - (0 if known is None else known.size)
        # seeds before this one give way
        while self.kept + more > _MOST_KEPT and len(self.seeds) > 1:
            self._keep(self.seeds[1:])
        if self.kept + more <= _MOST_KEPT:
            self.tables[key], self.kept = found, self.kept + more
        return found[: shape[0]]

    def _begin(self, seed: int) -> None:
        """Put a seed last; where it is new, the one that nobody has asked for for longest may have to go."""
        others = [other for other in self.seeds if other != seed]
        self._keep([*others[1 - _SEEDS :], seed])

    def _keep(self, seeds: list[int]) -> None:
        """Keep the draws of some seeds alone."""
        if not set(self.seeds) <= set(seeds):
            self.tables = {key: found for key, found in list(self.tables.items()) if key[0] in seeds}
            self.kept = sum(found.size for found in self.tables.values())
        self.seeds = seeds


_LAST: Final = _LastSeeds()


class ByCharge:
    """Draws of one decision, by vehicle and by its public charges; or by hour and by the trips that begin in it.

    Parameters
    ----------
    seed : int
        Seed of the replication.
    owner, decision : str
        Vehicle class and decision, whose stream it is.
    vehicles : int
        Number of vehicles, or of hours.
    law : callable
        What is drawn.
    """

    def __init__(self, seed: int, owner: str, decision: str, vehicles: int, law: Law) -> None:
        self._seed, self._name, self._law = seed, ("fleet", owner, decision), law
        self._table = np.empty((vehicles, 0))

    def of(self, vehicle: Ints, charge: Ints) -> Floats:
        """Return the draws of some vehicles at their public charges, both numbered from 0."""
        needed = int(charge.max(initial=-1)) + 1
        return np.asarray(self.columns(needed)[vehicle, charge])

    def columns(self, needed: int) -> Floats:
        """Return the draws of all vehicles at so many charges or more, which callers must not change."""
        if needed > self._table.shape[1]:
            self._draw(needed)
        return self._table

    def _draw(self, needed: int) -> None:
        """Draw the blocks with so many columns that are not there yet."""
        vehicles, drawn = self._table.shape
        # blocks beyond what is needed are not drawn: a year of a class takes tens of MB per decision as it is
        blocks = [
            _LAST.drawn(self._seed, (*self._name, str(block)), self._law, (vehicles, _BLOCK))
            for block in range(drawn // _BLOCK, -(-needed // _BLOCK))
        ]
        self._table = np.concatenate([self._table, *blocks], axis=1) if drawn or len(blocks) > 1 else blocks[0]


def of_day(seed: int, owner: str, decision: str, day: int, law: Law, vehicles: int) -> Floats:
    """Return the draws of a decision on a day, one per vehicle, which callers must not change."""
    return _LAST.drawn(seed, ("fleet", owner, decision, str(day)), law, (vehicles,))
