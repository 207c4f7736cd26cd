"""The search for the value of one assumption that turns a verdict, with as few runs as will do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

FINE: Final = 0.02
"""Share of the way to the end of a range to which a turning point is known."""


@dataclass(slots=True)
class Way:
    """The part of a range in which an assumption turns the verdict, and the criterion at both of its ends.

    Attributes
    ----------
    near, far : float
        The verdict is that of the tables at the near end, and the other one at the far end.
    at_near, at_far : float
        The criterion there.
    row : int
        Number of the assumption.
    """

    near: float
    far: float
    at_near: float
    at_far: float
    row: int
    _whole: float = 0.0
    _halve: bool = False

    def __post_init__(self) -> None:
        """Note how far the way went at first."""
        self._whole = self.far - self.near

    @property
    def narrow(self) -> bool:
        """Whether the place is known well enough."""
        return abs(self.far - self.near) <= FINE * abs(self._whole)

    def next_place(self, level: float) -> float:
        """Return where to look next: where a straight line crosses the limit, or half of the way where lines fail."""
        rise = self.at_far - self.at_near
        # a criterion without a value at the far end, or one that jumps, follows no line
        share = 0.5 if self._halve or not np.isfinite(rise) or rise == 0.0 else (level - self.at_near) / rise
        # just beyond a good guess lies the other end of a narrow way
        least = FINE / 2.0 * self._whole / (self.far - self.near)
        return self.near + float(np.clip(share, least, 1.0 - least)) * (self.far - self.near)

    def narrowed(self, place: float, value: float, *, turned: bool) -> None:
        """Put one end to a place that was looked at."""
        before = abs(self.far - self.near)
        if turned:
            self.far, self.at_far = place, value
        else:
            self.near, self.at_near = place, value
        self._halve = abs(self.far - self.near) > before / 2.0
