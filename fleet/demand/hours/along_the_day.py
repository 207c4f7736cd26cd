"""When a vehicle's public charges of a day begin: in the order in which it drives, none before it can be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    rows = np.lexsort((charges.charge, ordered, charges.vehicle))
    vehicle, charge, day = charges.vehicle[rows], charges.charge[rows], charges.day[rows]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = vehicle[1:] != vehicle[:-1]
    needed = np.zeros(len(rows))
    # a night between two charges, or the other shift of a taxi, is no drive
    on = (day[1:] == day[:-1]) & (charge[1:] > charge[:-1])
    needed[1:] = charges.stay_min[rows][:-1] + np.where(on, charges.drive_min[rows][1:], 0.0)
    needed[first] = 0.0
    begin = ordered[rows]
    earliest = _earliest(first, needed, begin)
    # rounding of the two sums moves nobody who need not wait
    moved = np.empty_like(ordered)
    moved[rows] = np.where(earliest > begin + _ROUNDING_MIN, earliest, begin)
    return moved


def _earliest(first: NDArray[np.bool_], needed: Floats, begin: Floats) -> Floats:
    """Return when each charge can begin at the earliest, with what is `needed` since the one before.

    Charge by charge, for all vehicles at once: a year has many charges and few per vehicle.
    """
    number = np.arange(len(first))
    vehicle = np.cumsum(first) - 1
    position = number - np.maximum.accumulate(np.where(first, number, 0))
    order = np.argsort(position, kind="stable")
    ends = np.cumsum(np.bincount(position)).tolist()
    earliest = np.empty_like(begin)
    so_far, last = np.zeros(int(first.sum())), np.full(int(first.sum()), -np.inf)
    for start, end in zip((0, *ends[:-1]), ends, strict=True):
        here = order[start:end]
        whose = vehicle[here]
        so_far[whose] += needed[here]
        # the latest of all starts, with what was spent since: each charge waits for all before it
        last[whose] = np.maximum(last[whose], begin[here] - so_far[whose])
        earliest[here] = last[whose] + so_far[whose]
    return earliest
