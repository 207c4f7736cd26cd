"""When a charge begins within its stay: on plugging in, by a timer at the cheap hours, or managed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from charging.engine.columns import read_only
from charging.grid.cheapest_starts import HINT_MIN, PLACES, choose, find_steps, first_cheapest, price_over
from charging.inputs.tariff import price_steps
from data.errors import DataError, nearest

if TYPE_CHECKING:
    import polars as pl

    from data.arrays import Floats, Ints

PLUG_IN: Final = "plug_in"
TIMER: Final = "timer"
MANAGED_START: Final = "managed"
START_RULES: Final = (PLUG_IN, TIMER, MANAGED_START)
"""``plug_in``: at once. ``timer``: when the cheapest hours of the stay begin. ``managed``: anywhere in its slack where
the charge costs least, spread over all such times."""


class Prices:
    """Prices of a tariff as steps, and what a constant power costs over a time.

    Parameters
    ----------
    tariff : polars.DataFrame, optional
        Steps ``start_min, cny_per_kwh``; the first holds before its start, too. None: one price.
    """

    def __init__(self, tariff: pl.DataFrame | None) -> None:
        edges, prices = price_steps(tariff)
        if not len(prices):
            edges, prices = np.array([0.0, np.inf]), np.ones(1)
        # steps of one price are one step: a timer does not ring where nothing changes
        new = np.append(True, np.diff(prices) != 0.0)
        start_min, price = edges[:-1][new], prices[new]
        until = np.append(0.0, np.cumsum(price[:-1] * np.diff(start_min)))
        times = np.arange(start_min[0], start_min[-1] + HINT_MIN, HINT_MIN)
        hints = np.searchsorted(start_min, times, side="right") - 1
        # as `charging.grid.cheapest_starts` has them
        self.steps = np.stack([start_min, price, until]), hints.astype(np.int64)

    def step(self, minute: Floats) -> Ints:
        """Return the number of the step at each time."""
        found = np.empty(len(minute), dtype=np.int64)
        find_steps(read_only(minute), *self.steps, found)
        return found

    def over(self, begin: Floats, end: Floats) -> Floats:
        """Return the price times minutes from one time to another."""
        over = np.empty(len(begin))
        price_over(read_only(begin), read_only(end), *self.steps, over)
        return over


def charge_starts(
    plug_min: Floats, latest_min: Floats, minutes: Floats, lot: Floats, rule: str, prices: Prices
) -> Floats:
    """Return when charges begin.

    A charge runs at one power without a break, so that it is where it begins that a rule decides. Under each rule it
    begins after plugging in and ends before leaving.

    Parameters
    ----------
    plug_min, latest_min : numpy.ndarray
        When vehicles plug in, and the last time from which the charge still ends in time.
    minutes : numpy.ndarray
        How long it takes.
    lot : numpy.ndarray
        Between 0 and 1: which of the equally cheap times a managed charge takes.
    rule : str
        One of `START_RULES`.
    prices : Prices
        The tariff.

    Raises
    ------
    DataError
        An unknown rule.

    Notes
    -----
    A timer rings for all at the same minute, and the cheap hours begin with a peak. Managed charges lie evenly over
    all times that cost them the same, so that the load rises as slowly as their slack allows.
    """
    if rule not in START_RULES:
        raise DataError(f"start of a charge: rule {rule!r}.{nearest(rule, START_RULES)} Expected one of {START_RULES}.")
    if rule == PLUG_IN:
        return plug_min
    if rule == TIMER:
        return _timed(plug_min, latest_min, prices)
    return _spread(plug_min, latest_min, minutes, lot, prices)


def _timed(plug_min: Floats, latest_min: Floats, prices: Prices) -> Floats:
    """Return the first time in each slack at which the price is the least of the slack."""
    begin = np.empty(len(plug_min))
    first_cheapest(read_only(plug_min), read_only(latest_min), *prices.steps, begin)
    return begin


def _spread(plug_min: Floats, latest_min: Floats, minutes: Floats, lot: Floats, prices: Prices) -> Floats:
    """Return times spread over those of the slack from which the charge costs least."""
    slack = np.maximum(latest_min - plug_min, 0.0)
    # the lot again, in other digits: which of the cheapest places
    digits = lot * PLACES % 1.0
    begin = np.empty(len(plug_min))
    choose(np.stack([plug_min, slack, minutes, lot, digits]), *prices.steps, begin)
    return begin
