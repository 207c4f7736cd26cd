"""Opening hours and fees of stations on arrays, by the rules of ``charging.inputs``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.engine.compiled.rules.shared import (
    amount_at,
    is_within,
    mean_amount,
    next_end,
    shortened_min,
    with_stay_cny,
)
from charging.engine.compiled.state.tables import Span, Station, Step
from charging.engine.compiled.state.world import Rule
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World


@inner
def is_open(world: World, station: int, at_min: float) -> bool:
    """Return whether vehicles may plug in at a station at a time."""
    count = world.book[station, Station.SPANS]
    if count < 0:
        return True
    first = world.book[station, Station.FIRST_SPAN]
    return is_within(
        world.reals[first : first + count, Span.OPENS_MIN], world.reals[first : first + count, Span.CLOSES_MIN], at_min
    )


@inner
def closes_after(world: World, station: int, now: float) -> float:
    """Return the next closing time of a station, minutes; never where vehicles may plug in at any time."""
    count = world.book[station, Station.SPANS]
    if count < 0:
        return math.inf
    first = world.book[station, Station.FIRST_SPAN]
    return next_end(
        world.reals[first : first + count, Span.OPENS_MIN], world.reals[first : first + count, Span.CLOSES_MIN], now
    )


@inner
def expected_cny(world: World, station: int, kwh: float, start_min: float, charge_min: float) -> float:
    """Return what a driver expects to pay for a charge from a time on (``charging.inputs.fees.Fees.expected_cny``)."""
    end_min = start_min + charge_min
    energy_cny = kwh * _mean(world, station, Station.ENERGY_FEE, start_min, end_min)
    if world.book[station, Station.STAY_FEES] == 0:
        return energy_cny
    start_cny = _amount(world, station, Station.START_FEE, start_min)
    return with_stay_cny(energy_cny, start_cny, _mean(world, station, Station.TIME_FEE, start_min, end_min), charge_min)


@inner
def overstay_min(world: World, station: int, wished_min: float, full_min: float) -> float:
    """Return how long a driver stands at the gun after the charge, who would like to stay ``wished_min``."""
    free = world.reals[world.book[station, Station.IDLE_FREE], 0]
    discouraged = world.rules[Rule.IDLE_RESPONSE_H_CNY] * _amount(world, station, Station.IDLE_FEE, full_min + free)
    return shortened_min(wished_min, free, discouraged)


@inner
def _amount(world: World, station: int, fee: int, at_min: float) -> float:
    """Return what a fee is at a time."""
    first, last = world.book[station, fee], world.book[station, fee + 1] - 1
    return amount_at(world.reals[first:last, Step.FROM_MIN], world.reals[first:last, Step.CNY], at_min)


@inner
def _mean(world: World, station: int, fee: int, start_min: float, end_min: float) -> float:
    """Return what a fee is on average over a stay."""
    first, last = world.book[station, fee], world.book[station, fee + 1] - 1
    steps, amounts = world.reals[first:last, Step.FROM_MIN], world.reals[first:last, Step.CNY]
    return mean_amount(steps, amounts, world.reals[first : last + 1, Step.BEFORE], start_min, end_min)
