"""Money: present values of what is paid month by month, whole fen, and prices with their ranges."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.county import County

MONTHS: Final = 12.0
"""Months of a year: the times at which is paid."""
FEN: Final = 100
"""Fen of a CNY: amounts that must add up are whole numbers of them."""
_ROUNDING: Final = 1e-9  # of a month


@functools.lru_cache(maxsize=1024)
def annuity(years: float, rate: float) -> float:
    """Return the present value of 1 per year, paid in equal parts at the ends of months (a part of a month in part).

    Parameters
    ----------
    years
        How long it is paid.
    rate
        Effective yearly rate: a month discounts by (1 + rate)^(1/12).

    Raises
    ------
    DataError
        Negative years, or a rate of -1 or less.

    Examples
    --------
    >>> annuity(10.0, 0.0)
    10.0
    >>> round(annuity(10.0, 0.05), 2)
    7.9
    """
    if years < 0.0 or rate <= -1.0:
        raise DataError(f"annuity: years {years} and rate {rate}; expected years of at least 0 and a rate above -1.")
    months = years * MONTHS
    # a rounding below a whole month would leave the last payment a month late
    whole = math.floor(months + _ROUNDING)
    # month by month: the closed form is 0 / 0 at a rate of 0
    present = math.fsum(float((1.0 + rate) ** (-month / MONTHS)) for month in range(1, whole + 1))
    present += max(0.0, months - whole) * float((1.0 + rate) ** (-(whole + 1) / MONTHS))
    return present / MONTHS


def fen(cny: float) -> int:
    """Return an amount in whole fen, half a fen to the even one.

    Examples
    --------
    >>> fen(12.34)
    1234
    """
    return round(cny * FEN)


class Price(NamedTuple):
    """A price with its range, CNY per unit."""

    low: float
    value: float
    high: float

    @classmethod
    def of_figure(cls, county: County, key: str) -> Price:
        """Return the price that a figure of a county states."""
        return cls(*county.figure_range(key))

    def over(self, divisor: float) -> Price:
        """Return the price divided by a positive number, such as by an annuity: what it costs a year."""
        return Price(self.low / divisor, self.value / divisor, self.high / divisor)


def bill(items: Iterable[tuple[float, Price]]) -> Price:
    """Return what amounts cost together, with the range of the sum.

    Each price moves the sum by its amount; prices are taken as independent, so the ways of all to their ends are
    combined as the root of the sum of squares (ISO/IEC Guide 98-3, 5.1.2).

    Parameters
    ----------
    items : iterable of (float, Price)
        Amount, below 0 for what is saved, and its price.
    """
    known = list(items)
    value = math.fsum(amount * price.value for amount, price in known)
    ways = [sorted((amount * price.low, amount * price.value, amount * price.high)) for amount, price in known]
    middle = [amount * price.value for amount, price in known]
    down = math.hypot(*(at - way[0] for at, way in zip(middle, ways, strict=True)))
    up = math.hypot(*(way[2] - at for at, way in zip(middle, ways, strict=True)))
    return Price(value - down, value, value + up)
