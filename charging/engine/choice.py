"""Which station a driver goes to, as plain functions of numbers: no clock, no queue, no simulator.

An option is a station that suits: its number, minutes and km; options come nearest first. What a station costs a
driver is told in minutes of travel (``travel_cost_min``); the functions that compare stations take the cost as a
function of the option, and rely on it being at least the minutes of the way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from charging.engine.reach import Option
    from data.arrays import Floats, Ints

_GOLDEN: Final = 0.5 * (math.sqrt(5.0) - 1.0)
"""Multiples of it, without their whole part, lie as evenly in [0, 1) as any sequence can at every length."""


def balks(waiting: int, max_queue: float) -> bool:
    """Return whether a driver who sees no free gun and ``waiting`` vehicles in the queue drives on."""
    return waiting >= max_queue


def expected_wait_min(waiting: int, guns: int, charge_min: float) -> float:
    """Return the wait a driver expects who sees no free gun, minutes.

    ``guns`` guns that are all busy free one every ``charge_min / guns`` minutes, and ``waiting`` vehicles
    go first; the driver takes the charging time of the vehicle as typical.
    """
    return (waiting + 1) * charge_min / guns


def travel_cost_min(
    minutes: float, wait_min: float, fee_cny: float = 0.0, wait_weight: float = 1.0, price_weight: float = 0.0
) -> float:
    """Return the generalised cost of a station in minutes of travel: the way, the wait and the station's fee."""
    return minutes + wait_weight * wait_min + price_weight * fee_cny


def joint_charge_min(guns: Sequence[int] | Floats, charge_min: Sequence[float] | Floats) -> float:
    """Return the minutes of a charge at guns of several kinds that are taken as they come free: a harmonic mean.

    ``guns`` guns of each kind end a charge every ``charge_min / guns`` minutes.
    """
    ends_per_min, total = 0.0, 0
    for kind in range(len(guns)):
        if charge_min[kind] <= 0.0:
            return 0.0  # who asks for no energy takes all charges for as short
        ends_per_min += guns[kind] / charge_min[kind]
        total += guns[kind]
    return total / ends_per_min


def is_clearly_nearest(options: Sequence[Option], margin_min: float) -> bool:
    """Return whether the first of several options is nearer than the second by more than a margin.

    Where it also has a free gun and fees do not count, no other option can be as good.
    """
    return options[0][1] + margin_min < options[1][1]


def good_options(
    options: Iterable[Option], cost_min: Callable[[Option], float], *, margin_min: float = 0.0
) -> list[Option]:
    """Return the options that cost at most ``margin_min`` more than the cheapest, nearest first.

    Parameters
    ----------
    options
        At least one, nearest first.
    cost_min
        Cost of an option, minutes of travel; at least the minutes of its way.
    margin_min
        Differences of cost that a driver does not mind. With 0 the answer is the first of the cheapest alone.
    """
    best = math.inf
    chosen: list[Option] = []
    seen: list[tuple[float, Option]] = []
    for option in options:
        # waits and fees only add to the way: farther options cannot be as good any more
        if option[1] > best + margin_min:
            break
        cost = cost_min(option)
        if cost < best:
            best, chosen = cost, [option]
        seen.append((cost, option))
    if not margin_min:
        return chosen
    return [option for cost, option in seen if cost <= best + margin_min]


def any_cheaper(options: Iterable[Option], cost_min: Callable[[Option], float], than_min: float) -> bool:
    """Return whether any option, nearest first, costs less than ``than_min`` minutes of travel."""
    for option in options:
        if option[1] >= than_min:
            return False
        if cost_min(option) < than_min:
            return True
    return False


def in_turn(number: float, weights: Sequence[float] | Floats) -> int:
    """Return which of equally good stations the ``number``-th driver takes.

    Stations get drivers in proportion to their weights, spread evenly over the numbers (golden-ratio sequence), so
    that the same driver takes the same station in every run.
    """
    total = 0.0
    for weight in weights:
        total += weight
    point = (number * _GOLDEN) % 1.0 * total
    for index in range(len(weights)):
        point -= weights[index]
        if point < 0.0:
            return index
    return len(weights) - 1


def all_in_turn(numbers: Ints, weights: Sequence[float]) -> Ints:
    """Return which of equally good stations each of some drivers takes, to the last digit as `in_turn` does."""
    total = 0.0
    for weight in weights:
        total += weight
    point = (numbers * _GOLDEN) % 1.0 * total
    taken = np.full(len(numbers), len(weights) - 1, dtype=np.int64)
    waits = np.ones(len(numbers), dtype=np.bool_)
    for index, weight in enumerate(weights):
        point -= weight
        here = waits & (point < 0.0)
        taken[here] = index
        waits &= ~here
    return taken
