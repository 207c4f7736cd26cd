"""When a charge begins within its stay: on plugging in, by a timer at the cheap hours, or managed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

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
        self.start_min, self.price = edges[:-1][new], prices[new]
        self.until = np.append(0.0, np.cumsum(self.price[:-1] * np.diff(self.start_min)))

    def step(self, minute: Floats) -> Ints:
        """Return the number of the step at each time."""
        return np.maximum(np.searchsorted(self.start_min, minute, side="right") - 1, 0)

    def over(self, begin: Floats, end: Floats) -> Floats:
        """Return the price times minutes from one time to another."""
        return self._to(end) - self._to(begin)

    def _to(self, minute: Floats) -> Floats:
        step = self.step(minute)
        return np.asarray(self.until[step] + self.price[step] * (minute - self.start_min[step]))


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
    first, last = prices.step(plug_min), prices.step(latest_min)
    begin, least = plug_min.copy(), prices.price[first]
    for later in range(1, int((last - first).max(initial=0)) + 1):
        step = np.minimum(first + later, last)
        cheaper = (first + later <= last) & (prices.price[step] < least)
        begin = np.where(cheaper, prices.start_min[step], begin)
        least = np.where(cheaper, prices.price[step], least)
    return begin


def _spread(plug_min: Floats, latest_min: Floats, minutes: Floats, lot: Floats, prices: Prices) -> Floats:
    """Return times spread over those of the slack from which the charge costs least."""
    from charging.grid.cheapest_starts import PLACES, choose  # noqa: PLC0415 - numba loads with the first charge

    slack = np.maximum(latest_min - plug_min, 0.0)
    # the lot again, in other digits: which of the cheapest places
    digits = lot * PLACES % 1.0
    # all places of a charge lie after these: the steps of their prices are found by going on from here
    steps = np.stack([prices.step(plug_min), prices.step(plug_min + minutes)])
    begin = np.empty(len(plug_min))
    stays = np.stack([plug_min, slack, minutes, lot, digits])
    choose(stays, steps, np.stack([prices.start_min, prices.price, prices.until]), begin)
    return begin
