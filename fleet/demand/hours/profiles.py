"""Draws by hourly profile, and yearly figures between their years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats


def hourly_shares(
    profiles: pl.DataFrame, profile: str, *, hours: tuple[float, float] | None = None, outside: bool = False
) -> Floats:
    """Return the shares of the hours of a day by a profile.

    Parameters
    ----------
    profiles
        Rows ``profile, hour, share``.
    profile
        Name of the profile.
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
    # cut profiles no longer sum to 1
    return np.asarray(share / share.sum(), dtype=np.float64)


def times_of_day(shares: Floats, lot: Floats) -> Floats:
    """Return minutes from midnight by the shares of the hours, uniform within the hour.

    One lot between 0 and 1 decides both hour and minute: the inverse of the distribution function, so that a small
    change of the profile moves each time a little instead of drawing it anew.
    """
    below = np.concatenate([[0.0], np.cumsum(shares)])
    # over the last value, because a sum of rounded shares ends only near 1
    return np.asarray(np.interp(lot, below / below[-1], 60.0 * np.arange(len(below))))


def at_year(rows: pl.DataFrame, column: str, year: int) -> float:
    """Return a column's value in a year, linear between the rows and constant outside them."""
    return between_years(dict(zip(rows["year"].to_list(), rows[column].to_numpy().tolist(), strict=True)), year)


def between_years(values: Mapping[int, float], year: int) -> float:
    """Return the value in a year, linear between the years that are known and constant outside them."""
    years = sorted(values)
    return float(np.interp(year, years, [values[known] for known in years]))
