"""Prices of infrastructure, as a county's table states them: by item, by rated power, at an end of their range."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

TABLE: Final = "infrastructure_prices"
Level = Literal["low", "value", "high"]
"""Ends of what things cost: of an item that saves money the low end of the costs is the high end of its range."""
_SAVES: Final = ("low_voltage",)
"""Items of which more makes stations cheaper: the more power low voltage carries, the fewer need a transformer."""
_OTHER_END: Final[Mapping[Level, Level]] = {"low": "high", "value": "value", "high": "low"}


class Price(NamedTuple):
    """A row of the table at one end of its range."""

    rated_kw: float
    cny: float
    life_years: float | None
    guns: int


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of infrastructure.

    Attributes
    ----------
    rows : mapping of str to tuple of Price
        Rows of each item, by rising rated power.
    """

    rows: Mapping[str, tuple[Price, ...]]

    @classmethod
    def from_county(cls, county: County, *, level: Level = "value") -> Self:
        """Return the prices of a county, all at the low end, at the value or at the high end of their ranges.

        Raises
        ------
        DataError
            If the county has no table ``infrastructure_prices``, or none of its rows is of an item that is needed.
        """
        return cls.from_table(county.infrastructure_prices, level=level)

    @classmethod
    def from_table(cls, table: pl.DataFrame, *, level: Level = "value") -> Self:
        """Return the prices of a table; see `from_county`."""
        if not table.height:
            raise DataError(
                f"{TABLE}: got no rows; expected the prices of piles, works and connections. Add the table."
            )
        rows: dict[str, list[Price]] = {}
        saves = pl.col("item").is_in(_SAVES)
        figure = pl.when(saves).then(pl.col(_OTHER_END[level])).otherwise(pl.col(level))
        columns = pl.col("item"), pl.col("rated_kw"), figure, pl.col("life_years"), pl.col("guns").fill_null(1)
        for item, *price in table.sort("item", "rated_kw").select(*columns).iter_rows():
            rows.setdefault(item, []).append(Price(*price))
        return cls({item: tuple(prices) for item, prices in rows.items()})

    def _of(self, item: str) -> tuple[Price, ...]:
        """Return the rows of an item."""
        if item not in self.rows:
            raise DataError(f"{TABLE}: got no row of item '{item}'; expected at least one. Add it.")
        return self.rows[item]

    def figure(self, item: str) -> float:
        """Return the value of an item that has no rated power."""
        return self._of(item)[0].cny

    def life_years(self, item: str) -> float:
        """Return how long an item lasts.

        Raises
        ------
        DataError
            If its row says nothing.
        """
        life = self._of(item)[0].life_years
        if life is None:
            raise DataError(f"{TABLE}: got no life_years of item '{item}'; expected years. Fill the cell.")
        return life

    def largest_kw(self, item: str) -> float:
        """Return the largest rated power of an item in the table."""
        return self._of(item)[-1].rated_kw

    def at_power(self, item: str, kw: float) -> float:
        """Return the price of a piece of a rated power, CNY.

        In line between two rows, per kW above the largest; below the smallest as the smallest, because housings and
        meters do not shrink with the power.
        """
        rows = self._of(item)
        if kw <= rows[0].rated_kw:
            return rows[0].cny
        for low, high in itertools.pairwise(rows):
            if kw <= high.rated_kw:
                part = (kw - low.rated_kw) / (high.rated_kw - low.rated_kw)
                return low.cny + part * (high.cny - low.cny)
        return rows[-1].cny * kw / rows[-1].rated_kw

    def guns_at_power(self, item: str, kw: float) -> int:
        """Return how many guns the price of a piece includes: those of the largest row that is not above its power."""
        rows = self._of(item)
        return [row.guns for row in rows if row.rated_kw <= kw or row is rows[0]][-1]
