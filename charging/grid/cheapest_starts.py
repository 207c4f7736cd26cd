"""Among the places where a managed charge may begin, one of those that cost least: compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

PLACES: Final = 48  # a quarter of an hour apart in a stay with 12 h of slack
_ALIKE: Final = 1e-9  # of the cost: what sums of prices round to


@compiled
def choose(stays: Floats, steps: Ints, prices: Floats, begin: Floats) -> None:
    """Write the place of each charge into `begin`: the one that its digits choose among those that cost least.

    Compiled, because each of 20,000 stays a week has 48 places with two prices each: 9 ms instead of 110 ms.
    """
    plug_min, slack_min, minutes, lot, digits = stays[0], stays[1], stays[2], stays[3], stays[4]
    start_min, price, until = prices[0], prices[1], prices[2]
    places, cost = np.empty(PLACES), np.empty(PLACES)
    last = len(start_min) - 1
    for stay in range(len(begin)):
        on, off = steps[0, stay], steps[1, stay]
        # a loop of its own, which the processor does four places at a time
        for number in range(PLACES):
            # shifted by the lot, so that vehicles with the same stay do not begin in the same minute either
            places[number] = plug_min[stay] + slack_min[stay] * ((number + lot[stay]) / PLACES)
        least = np.inf
        for number in range(PLACES):
            starts = places[number]
            ends = starts + minutes[stay]
            while on < last and start_min[on + 1] <= starts:
                on += 1
            while off < last and start_min[off + 1] <= ends:
                off += 1
            to_end = until[off] + price[off] * (ends - start_min[off])
            cost[number] = to_end - (until[on] + price[on] * (starts - start_min[on]))
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
