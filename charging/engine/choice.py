"""Rules of guns, drivers and stations as plain functions of numbers, free of any simulator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


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
