"""Figures that are given for some years and linear between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County


@dataclass(frozen=True, slots=True)
class Anchors:
    """Values of some years: linear between them, constant outside.

    Attributes
    ----------
    years : tuple of int
        Years, rising.
    values : tuple of float
        Value of each year.
    """

    years: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def from_county(cls, county: County, key: str, years: Sequence[int]) -> Anchors:
        """Return the figures ``<key>_<year>`` of a county."""
        return cls(tuple(years), tuple(county.figure(f"{key}_{year}") for year in years))

    def at(self, year: int) -> float:
        """Return the value of a year."""
        return float(np.interp(year, self.years, self.values))
