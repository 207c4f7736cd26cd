"""Prices of charging: time-of-use steps of a county."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.schemas.charging import Tariff
from data.tables.validate import validate

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

FEE: Final = "charging.service_fee_cny_kwh"
"""Figure of what stations keep of the public price, CNY per meter kWh; the rest is for the electricity."""


def tariff_of(county: County, start: date, *, days: int = 7) -> pl.DataFrame:
    """Return the public price by hour from a day on.

    Parameters
    ----------
    county
        Reads ``tariff_tou``, ``tariff_seasons`` and the figures ``tariff.flat_cny_kwh`` (the price that the
        multipliers of the time-of-use periods apply to) and ``charging.service_fee_cny_kwh``.
    start
        First day; minute 0 of the simulation.
    days
        Days to cover; two more are added for sessions that end later.

    Returns
    -------
    polars.DataFrame
        ``start_min, cny_per_kwh``: the price of a meter kWh from that minute to the next row's.
    """
    prices = prices_by_month(county)
    given = np.array([prices[(start + timedelta(days=day)).month] for day in range(days + 2)], dtype=np.float64).ravel()
    return pl.DataFrame({"start_min": 60.0 * np.arange(len(given)), "cny_per_kwh": given})


def prices_by_month(county: County) -> dict[int, tuple[float, ...]]:
    """Return the public price of each hour of the day by month, CNY per meter kWh; reads what ``tariff_of`` names."""
    flat = county.figure("tariff.flat_cny_kwh")
    fee = county.figure(FEE)
    steps, seasons = county.tariff_tou, county.tariff_seasons
    # columns, because a query takes longer than these few rows
    multiplier = dict(zip(zip(steps["season"], steps["hour"], strict=True), steps["multiplier"], strict=True))
    season = dict(zip(seasons["month"], seasons["season"], strict=True))
    return {
        month: tuple(flat * multiplier[name, hour] + fee for hour in range(HOURS)) for month, name in season.items()
    }


def price_steps(tariff: pl.DataFrame | None) -> tuple[Floats, Floats]:
    """Return the edges of the price steps (min, infinite at the end) and the prices; empty without a tariff.

    Raises
    ------
    DataError
        A bad table, naming row and column; one without rows, with steps that do not increase, or that starts after
        minute 0.
    """
    if tariff is None:
        return np.empty(0), np.empty(0)
    tariff = validate(tariff, Tariff, table="tariff")
    steps = tariff["start_min"].to_numpy()
    if not len(steps) or steps[0] > 0.0 or np.any(np.diff(steps) <= 0.0):
        raise DataError("tariff: column start_min must start at 0 or before and increase from row to row.")
    return np.append(steps, np.inf), tariff["cny_per_kwh"].to_numpy()


def prices_at(tariff: pl.DataFrame | None, start: Floats) -> Floats:
    """Return the price at the start of each interval, CNY/kWh; the same for all without a tariff."""
    if tariff is None or not tariff.height:
        return np.ones(len(start))
    steps = tariff.sort("start_min")
    step = np.searchsorted(steps["start_min"].to_numpy(), start, side="right") - 1
    return np.asarray(steps["cny_per_kwh"].to_numpy()[np.maximum(step, 0)])
