"""Days of vans that drive several tours: the longest tour first, each to the van with least time left; compiled.

This is best fit decreasing for bins (Johnson 1973): never more than 11/9 of the fewest vans, and one.

Memory map. ``legs`` has a row per way, those of a tour one after the other, the last one home: its km and minutes, and
of the stop at its end the service and the window. ``tours`` has the rows of its legs, what a van needs for it and what
it takes at least, and how it is driven; ``vans`` has each van after the tours that it drives so far.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from charging.power.compiled import compiled, inner

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

KM, WAY, SERVICE, EARLIEST, LATEST = range(5)
"""Columns of a leg; that home has neither service nor window."""
FIRST, END, NEED, LEAST, VAN, CLOCK, STAY, CHARGED, READY = range(9)
"""Columns of a tour: first of its legs and the one after the last; energy with which a van leaves for it, kWh; ways and
services without waits, min; the van, -1 where it cannot drive it even alone; when it begins, how long the van stands in
the depot before, what it charges there, and its battery then."""
BEGIN, BACK, KWH, TOURS = range(4)
"""Columns of a van: when its day began and when it is back, its battery then, and how many tours it drives."""


class VanLimits(NamedTuple):
    """What decides which tours a van drives: as of `fleet.operators.distribution.vans.Van`."""

    usable_kwh: float
    reserve_kwh: float
    kwh_per_km: float
    charge_kw: float
    start_min: float
    shift_min: float
    load_min: float


@inner
def _stay(need_kwh: float, kwh: float, tours: float, van: VanLimits) -> tuple[float, float, float]:
    """Return how long a van stands in the depot before a tour, min, what it charges, and its battery then, kWh.

    Between two tours the van stands there until it is loaded and its battery lasts for the next one.
    """
    if tours == 0.0:
        return van.load_min, 0.0, kwh
    short = need_kwh - kwh if need_kwh > kwh else 0.0
    stay = max(van.load_min, short / van.charge_kw * 60.0)
    room, given = van.usable_kwh - kwh, van.charge_kw * stay / 60.0
    charged = min(room, given)
    return stay, charged, kwh + charged


@inner
def _back_min(legs: Floats, tours: Floats, tour: int, vans: Floats, one: int, van: VanLimits) -> float:
    """Return when a van is back from one more tour; NaN where time or battery do not last."""
    stay, _, kwh = _stay(tours[tour, NEED], vans[one, KWH], vans[one, TOURS], van)
    clock = vans[one, BACK] + stay
    if kwh < tours[tour, NEED] - 1e-9:
        return math.nan
    home = int(tours[tour, END]) - 1
    for leg in range(int(tours[tour, FIRST]), home):
        arrive = max(clock + legs[leg, WAY], legs[leg, EARLIEST])
        if arrive > legs[leg, LATEST] + 1e-6:
            return math.nan
        clock = arrive + legs[leg, SERVICE]
    clock += legs[home, WAY]
    return math.nan if clock - vans[one, BEGIN] > van.shift_min + 1e-6 else clock


@inner
def _drive(legs: Floats, tours: Floats, tour: int, vans: Floats, one: int, van: VanLimits) -> None:
    """Let a van drive one more tour."""
    back_min = _back_min(legs, tours, tour, vans, one, van)
    tours[tour, CLOCK] = vans[one, BACK]
    tours[tour, STAY], tours[tour, CHARGED], kwh = _stay(tours[tour, NEED], vans[one, KWH], vans[one, TOURS], van)
    tours[tour, READY] = kwh
    for leg in range(int(tours[tour, FIRST]), int(tours[tour, END])):
        kwh -= legs[leg, KM] * van.kwh_per_km
    vans[one, BACK], vans[one, KWH] = back_min, kwh
    vans[one, TOURS] += 1.0


@inner
def _begin(legs: Floats, tours: Floats, tour: int, vans: Floats, one: int, van: VanLimits) -> None:
    """Begin the day of a van that waits for its first tour: it leaves no earlier than the tour's first window."""
    first = int(tours[tour, FIRST])
    vans[one, BEGIN] = vans[one, BACK] = max(van.start_min, legs[first, EARLIEST] - legs[first, WAY] - van.load_min)
    vans[one, KWH], vans[one, TOURS] = van.usable_kwh, 0.0


@inner
def _measure(legs: Floats, tours: Floats, tour: int, van: VanLimits) -> None:
    """Note what a tour needs, and what it takes at least."""
    km, least_min, home = 0.0, 0.0, int(tours[tour, END]) - 1
    for leg in range(int(tours[tour, FIRST]), home + 1):
        km += legs[leg, KM]
        if leg < home:
            least_min += legs[leg, WAY] + legs[leg, SERVICE]
    tours[tour, NEED] = km * van.kwh_per_km + van.reserve_kwh
    tours[tour, LEAST] = legs[home, WAY] + least_min


@inner
def _fullest(legs: Floats, tours: Floats, tour: int, vans: Floats, used: int, van: VanLimits) -> int:
    """Return the van that is back latest from one more tour; -1 where none can drive it."""
    best, which = -math.inf, -1
    # sums of another order differ by less than a ms
    needed = van.load_min + tours[tour, LEAST] - 1e-4
    for one in range(used):
        # most vans have too little time left, which is seen without driving the tour
        if vans[one, TOURS] > 0.0 and van.shift_min - (vans[one, BACK] - vans[one, BEGIN]) >= needed:
            back_min = _back_min(legs, tours, tour, vans, one, van)
            if back_min > best:
                best, which = back_min, one
    return which


@compiled
def driven_days(legs: Floats, tours: Floats, van: VanLimits) -> tuple[Ints, Floats]:
    """Return the order in which tours are given to vans, and the vans; see the memory map.

    A county has a hundred tours, each tried with most of the vans: 0.1 ms instead of 4 ms.

    Parameters
    ----------
    legs, tours
        As there; of tours the columns after the first two are filled here.
    van
        What a van can do.
    """
    number = len(tours)
    # the row after the last is that of a van with nothing else to do
    order, vans, alone = np.empty(number, dtype=np.int64), np.zeros((number + 1, 4)), number
    length = np.zeros(number)
    for tour in range(number):
        _measure(legs, tours, tour, van)
        _begin(legs, tours, tour, vans, alone, van)
        back_min = _back_min(legs, tours, tour, vans, alone, van)
        if not math.isnan(back_min):
            length[tour] = back_min - vans[alone, BEGIN]
        # the longest first; of tours alike the one with the lower number
        place = tour
        while place > 0 and length[order[place - 1]] < length[tour]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = tour
    used = 0
    for place in range(number):
        tour = order[place]
        which = _fullest(legs, tours, tour, vans, used, van)
        if which < 0:
            which, used = used, used + 1
            _begin(legs, tours, tour, vans, which, van)
            if math.isnan(_back_min(legs, tours, tour, vans, which, van)):
                tours[tour, VAN] = -1.0
                continue
        tours[tour, VAN] = which
        _drive(legs, tours, tour, vans, which, van)
    return order, vans[:used]
