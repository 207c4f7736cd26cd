"""Draws by hourly profile, and yearly figures between their years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats


def draw_minutes(
    profiles: pl.DataFrame,
    profile: str,
    number: int,
    draw: np.random.Generator,
    *,
    hours: tuple[float, float] | None = None,
    outside: bool = False,
) -> Floats:
    """Return times of day drawn from an hourly profile, minutes from midnight, uniform within the hour.

    Parameters
    ----------
    profiles
        Rows ``profile, hour, share``.
    profile, number, draw
        Name of the profile, how many times, and the generator.
    hours, outside
        Only hours that start between these two, or only the others; None for all.

    Raises
    ------
    DataError
        A profile that the table lacks, or that has nothing in the hours.
    """
    share = profiles.filter(pl.col("profile") == profile).sort("hour")["share"].to_numpy()
    if not len(share):
        raise DataError(f"profiles: no profile {profile!r}.")
    if hours is not None:
        hour = np.arange(len(share))
        inside = (hour >= hours[0]) & (hour < hours[1])
        share = np.where(inside != outside, share, 0.0)
        if not share.sum() > 0.0:
            raise DataError(f"profiles: profile {profile!r} has nothing in a shift from {hours[0]} to {hours[1]} h.")
    drawn = draw.choice(len(share), size=number, p=share / share.sum())
    return np.asarray(60.0 * (drawn + draw.uniform(size=number)), dtype=np.float64)


def at_year(rows: pl.DataFrame, column: str, year: int) -> float:
    """Return a column's value in a year, linear between the rows and constant outside them."""
    ordered = rows.sort("year")
    return float(np.interp(year, ordered["year"].to_numpy(), ordered[column].to_numpy()))
