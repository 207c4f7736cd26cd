"""When a vehicle's public charges of a day begin: in the order in which it drives, none before it can be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

_ROUNDING_MIN: Final = 1e-6


class DayCharges(NamedTuple):
    """Charges of a class, an entry each.

    Attributes
    ----------
    vehicle, charge, day, leg : numpy.ndarray of int
        Vehicle, number of its charge in the order in which it drives, day, and part of the day in which it happens.
    stay_min : numpy.ndarray
        How long the charge takes at full power.
    drive_min : numpy.ndarray
        How long the vehicle has driven since the charge before of the same day; 0 for the first.
    """

    vehicle: Ints
    charge: Ints
    day: Ints
    leg: Ints
    stay_min: Floats
    drive_min: Floats


def along_the_day(minutes: Floats, charges: DayCharges) -> Floats:
    """Return times that a vehicle can keep, from times that are drawn charge by charge.

    The times of a day (of each part of it) are handed to its charges in their order, which leaves the hours of all
    charges together as they were drawn. A charge that would begin before the vehicle has ended the one before and
    driven on begins as soon as it is there.

    Parameters
    ----------
    minutes : numpy.ndarray
        Times as drawn, from midnight of the first day.
    charges : DayCharges
        The charges.
    """
    part = (charges.leg, charges.day, charges.vehicle)
    ordered = np.empty_like(minutes)
    ordered[np.lexsort((charges.charge, *part))] = minutes[np.lexsort((minutes, *part))]
    columns = {name: getattr(charges, name) for name in ("vehicle", "charge", "day", "stay_min", "drive_min")}
    rows = pl.DataFrame({**columns, "begin_min": ordered}).with_row_index("row").sort("vehicle", "begin_min", "charge")
    # a night between two charges, or the other shift of a taxi, is no drive
    on = (pl.col("day") == pl.col("day").shift(1)) & (pl.col("charge") > pl.col("charge").shift(1))
    drive = pl.when(on.over("vehicle")).then("drive_min").otherwise(0.0)
    needed = (pl.col("stay_min").shift(1).over("vehicle") + drive).fill_null(0.0)
    rows = rows.with_columns(spent_min=needed.cum_sum().over("vehicle"))
    # the latest of all starts, with what was spent since: each charge waits for all before it
    begin = (pl.col("begin_min") - pl.col("spent_min")).cum_max().over("vehicle") + pl.col("spent_min")
    # rounding of the two sums moves nobody who need not wait
    moved = pl.when(begin > pl.col("begin_min") + _ROUNDING_MIN).then(begin).otherwise("begin_min")
    return np.asarray(rows.with_columns(begin_min=moved).sort("row")["begin_min"].to_numpy())
