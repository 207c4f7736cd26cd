"""What a budget of piles and guns can be spent on such that nothing of it is left over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Exact:
    """Piles and guns that are spent to the last.

    Attributes
    ----------
    piles, guns : int or None
        What is spent; None where the budget does not name it.
    kinds : tuple of int
        Guns per pile of the kinds of piles there are.
    fewest : tuple of float
        The fewest piles that have so many guns beyond those of as many piles of the smallest kind.
    """

    piles: int | None
    guns: int | None
    kinds: tuple[int, ...]
    fewest: tuple[float, ...]

    @classmethod
    def of(cls, budget: Mapping[str, int], kinds: Iterable[int]) -> Exact:
        """Return what of a budget can be spent to the last with piles of some kinds.

        Where no number of piles has exactly the guns, it is the most guns below, and then the most piles.
        """
        sizes = tuple(sorted(set(kinds)))
        piles, guns = budget.get("piles"), budget.get("guns")
        most = piles * sizes[-1] if piles is not None else guns or 0
        spent = cls(None, None, sizes, tuple(_fewest([size - sizes[0] for size in sizes], most)))
        if guns is None:
            return cls(piles, None, sizes, spent.fewest)
        if piles is None:
            return cls(None, spent.most_guns(guns), sizes, spent.fewest)
        # fewer guns than piles of the smallest kind have: piles are left, because there is no gun for them
        piles = min(piles, guns // sizes[0])
        least, top = piles * sizes[0], min(guns, piles * sizes[-1])
        exact = next((total for total in range(top, least - 1, -1) if spent.completes(piles, total)), least)
        return cls(piles, exact, sizes, spent.fewest)

    def most_guns(self, guns: int) -> int:
        """Return the most guns up to a number that piles of the kinds have."""
        reached = _fewest(self.kinds, guns)
        return next(total for total in range(guns, -1, -1) if math.isfinite(reached[total]))

    def completes(self, piles: int | None, guns: int | None) -> bool:
        """Return whether piles of the kinds can make exactly so many more piles and guns; None counts for any."""
        if (piles is not None and piles < 0) or (guns is not None and guns < 0):
            return False
        if piles is None:
            return guns is None or math.isfinite(_fewest(self.kinds, guns)[guns])
        if guns is None:
            return True
        beyond = guns - piles * self.kinds[0]
        return 0 <= beyond < len(self.fewest) and self.fewest[beyond] <= piles

    def left(self, piles: int, guns: int) -> tuple[int | None, int | None]:
        """Return the piles and guns that are left of what is spent; None where the budget does not name them."""
        return (
            None if self.piles is None else self.piles - piles,
            None if self.guns is None else self.guns - guns,
        )


def _fewest(sizes: Sequence[int], most: int) -> list[float]:
    """Return the fewest pieces of some sizes that add up to each total from 0 to `most`; infinite for none."""
    fewest = [0.0] + [math.inf] * most
    for total in range(1, most + 1):
        fewest[total] = min((fewest[total - size] + 1.0 for size in sizes if 0 < size <= total), default=math.inf)
    return fewest
