"""Rules of guns, drivers and stations as plain functions of numbers, free of any simulator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.power.allocation import DYNAMIC, EQUAL, divide, water_level
from charging.power.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def gun_limit_kw(gun_amps: float | None, pack_voltage_v: float | None) -> float:
    """Return the power that a gun's current limit leaves (kW); infinite where current or voltage is unknown."""
    if gun_amps is None or pack_voltage_v is None:
        return float("inf")
    return gun_amps * pack_voltage_v / 1000.0


@compiled
def newcomer_kw(pile_kw: float, policy: int, wishes: Floats, module_kw: float) -> float:
    """Return the power that a vehicle would get now on a pile where others may charge already.

    Parameters
    ----------
    pile_kw
        Rated power of the pile, kW.
    policy
        Number of the pile's sharing policy (``charging.power.allocation.POLICIES``).
    wishes
        Power that each vehicle could take, kW, first come first: the newcomer is the last.
    module_kw
        Size of the power modules of a dynamic pile, kW; 0 divides continuously.
    """
    others = len(wishes) - 1
    wish_kw = wishes[others]
    if policy == DYNAMIC:
        if module_kw == 0.0:
            return float(min(wish_kw, water_level(pile_kw, wishes)))
        parts = np.empty(others + 1)
        divide(policy, pile_kw, wishes, module_kw, parts)
        return float(parts[others])
    if policy == EQUAL:
        return float(min(wish_kw, pile_kw / (others + 1)))
    return float(min(wish_kw, pile_kw)) if others == 0 else 0.0


def balks(waiting: int, max_queue: float) -> bool:
    """Tell whether a driver who finds no free gun and ``waiting`` vehicles in the queue drives on."""
    return waiting >= max_queue


def expected_wait_min(waiting: int, guns: int, charge_min: float) -> float:
    """Return the wait a driver expects who sees no free gun, minutes.

    ``guns`` guns that are all busy free one every ``charge_min / guns`` minutes, and ``waiting`` vehicles
    go first; the driver takes the own charging time as typical.
    """
    return (waiting + 1) * charge_min / guns


def travel_cost_min(
    minutes: float, wait_min: float, fee_cny: float = 0.0, *, wait_weight: float, price_weight: float = 0.0
) -> float:
    """Return the generalised cost of a station in minutes of travel: the way, the wait and the station's fee."""
    return minutes + wait_weight * wait_min + price_weight * fee_cny


def in_turn(number: int, weights: Sequence[float]) -> int:
    """Return which of equally good places the ``number``-th driver takes.

    Places get drivers in proportion to their weights, spread evenly over the numbers (golden-ratio sequence), so
    that the same driver takes the same place in every run.
    """
    golden = 0.5 * (math.sqrt(5.0) - 1.0)
    at = (number * golden) % 1.0 * math.fsum(weights)
    for index, weight in enumerate(weights):
        at -= weight
        if at < 0.0:
            return index
    return len(weights) - 1


def is_open(at_min: float, open_min: float, close_min: float) -> bool:
    """Tell whether a time (min) lies in the daily opening hours, minutes of the day; they may pass midnight."""
    of_day = at_min % 1440.0
    if open_min <= close_min:
        return open_min <= of_day < close_min
    return of_day >= open_min or of_day < close_min
