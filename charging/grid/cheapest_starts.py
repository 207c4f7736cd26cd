"""Where in its stay a charge costs least, and what it costs: compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled, inner

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

PLACES: Final = 48  # a quarter of an hour apart in a stay with 12 h of slack
_ALIKE: Final = 1e-9  # of the cost: what sums of prices round to
START_MIN, PRICE, UNTIL = range(3)
"""Rows of the steps of a tariff: when each begins, its price, and price times minutes of all before it."""
HINT_MIN: Final = 60.0
"""How far apart the times are whose steps are known, so that the step of any other is found beside one of them."""


@inner
def _step(minute: float, steps: Floats, hints: Ints) -> int:
    """Return the number of the step at a time; the first one holds before its start, too."""
    last = steps.shape[1] - 1
    if not minute < steps[START_MIN, last]:
        return int(last)
    hint = int(max(minute - steps[START_MIN, 0], 0.0) / HINT_MIN)
    step = hints[min(hint, len(hints) - 1)]
    while steps[START_MIN, step + 1] <= minute:
        step += 1
    # the quotient may have been rounded up to the next hint
    while step > 0 and steps[START_MIN, step] > minute:
        step -= 1
    return int(step)


@inner
def _to(minute: float, step: int, steps: Floats) -> float:
    """Return the price times minutes up to a time in a step."""
    return float(steps[UNTIL, step] + steps[PRICE, step] * (minute - steps[START_MIN, step]))


@compiled
def find_steps(minutes: Floats, steps: Floats, hints: Ints, found: Ints) -> None:
    """Write the number of the step at each time: 120,000 of them take 1 ms, by halving all steps 4 ms."""
    for number in range(len(minutes)):
        found[number] = _step(minutes[number], steps, hints)


@compiled
def price_over(begin: Floats, end: Floats, steps: Floats, hints: Ints, over: Floats) -> None:
    """Write the price times minutes from one time to another."""
    for number in range(len(over)):
        first, last = begin[number], end[number]
        to_end = _to(last, _step(last, steps, hints), steps)
        over[number] = to_end - _to(first, _step(first, steps, hints), steps)


@compiled
def first_cheapest(plug_min: Floats, latest_min: Floats, steps: Floats, hints: Ints, begin: Floats) -> None:
    """Write the first time in each slack at which the price is the least of the slack."""
    for stay in range(len(begin)):
        begin[stay] = plug_min[stay]
        first = _step(plug_min[stay], steps, hints)
        least = steps[PRICE, first]
        for step in range(first + 1, _step(latest_min[stay], steps, hints) + 1):
            if steps[PRICE, step] < least:
                begin[stay], least = steps[START_MIN, step], steps[PRICE, step]


@inner
def _next_min(step: int, steps: Floats) -> float:
    """Return when the step after one begins; infinite after the last one."""
    return float(steps[START_MIN, step + 1]) if step + 1 < steps.shape[1] else np.inf


@inner
def _costs(places: Floats, minutes: float, steps: Floats, hints: Ints, cost: Floats) -> None:
    """Write what a charge of some minutes costs from each of some places on, which are in order."""
    on, off = _step(places[0], steps, hints), _step(places[0] + minutes, steps, hints)
    on_end, off_end = _next_min(on, steps), _next_min(off, steps)
    on_min, on_cny, on_sum = steps[START_MIN, on], steps[PRICE, on], steps[UNTIL, on]
    off_min, off_cny, off_sum = steps[START_MIN, off], steps[PRICE, off], steps[UNTIL, off]
    for number in range(PLACES):
        begins, ends = places[number], places[number] + minutes
        # most places lie in the steps of those before them
        if begins >= on_end or ends >= off_end:
            while begins >= on_end:
                on += 1
                on_end = _next_min(on, steps)
            while ends >= off_end:
                off += 1
                off_end = _next_min(off, steps)
            on_min, on_cny, on_sum = steps[START_MIN, on], steps[PRICE, on], steps[UNTIL, on]
            off_min, off_cny, off_sum = steps[START_MIN, off], steps[PRICE, off], steps[UNTIL, off]
        cost[number] = (off_sum + off_cny * (ends - off_min)) - (on_sum + on_cny * (begins - on_min))


@compiled
def choose(stays: Floats, steps: Floats, hints: Ints, begin: Floats) -> None:
    """Write the place of each charge into `begin`: the one that its digits choose among those that cost least.

    Compiled, because each of 120,000 stays a week has 48 places with two prices each: 46 ms instead of 660 ms.
    """
    plug_min, slack_min, minutes, lot, digits = stays[0], stays[1], stays[2], stays[3], stays[4]
    places, cost = np.empty(PLACES), np.empty(PLACES)
    for stay in range(len(begin)):
        # a loop of its own, which the processor does four places at a time
        for number in range(PLACES):
            # shifted by the lot, so that vehicles with the same stay do not begin in the same minute either
            places[number] = plug_min[stay] + slack_min[stay] * ((number + lot[stay]) / PLACES)
        _costs(places, minutes[stay], steps, hints, cost)
        least = np.inf
        for number in range(PLACES):
            least = min(least, cost[number])
        limit = least * (1.0 + _ALIKE) + _ALIKE
        count = 0
        for number in range(PLACES):
            count += cost[number] <= limit
        wanted = np.floor(digits[stay] * count)
        for number in range(PLACES):
            if cost[number] <= limit:
                if wanted < 1.0:
                    begin[stay] = places[number]
                    break
                wanted -= 1.0
