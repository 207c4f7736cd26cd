"""What a quick search of tours begins with: the nearest place each time, and the places near to each; compiled.

A county's networks have a thousand places a day, each compared with hundreds of others: 2 ms instead of 20 ms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from charging.power.compiled import compiled

if TYPE_CHECKING:
    from data.arrays import Floats, Ints


_M: Final = 1000
_S: Final = 60


class TourLimits(NamedTuple):
    """What a tour may carry, and how far and how long it may be: parcels, kg, m, s."""

    parcels: float
    payload_kg: float
    range_m: float
    shift_s: float


@compiled
def whole_between(km: Floats, minutes: Floats, rows: Ints) -> tuple[Ints, Ints]:
    """Return metres and seconds between some places, rounded up: what holds in whole ones holds.

    Parameters
    ----------
    km, minutes
        Ways between all places.
    rows
        Rows of the places.
    """
    metres = np.empty((len(rows), len(rows)), dtype=np.int64)
    seconds = np.empty((len(rows), len(rows)), dtype=np.int64)
    for place, row in enumerate(rows):
        for other, column in enumerate(rows):
            metres[place, other] = math.ceil(km[row, column] * _M)
            seconds[place, other] = math.ceil(minutes[row, column] * _S)
    return metres, seconds


@compiled
def nearest_in_turn(
    metres: Ints, seconds: Ints, parcels: Floats, kg: Floats, service_s: Floats, most: TourLimits
) -> tuple[Ints, Ints]:
    """Return the pieces in the order in which vans bring them, and the number of the tour of each, rising from 0.

    See `fleet.operators.distribution.tour_search.nearest_tours`; of pieces alike the first is the nearest.
    """
    number = len(parcels)
    order, tours = np.empty(number, dtype=np.int64), np.empty(number, dtype=np.int64)
    served = np.zeros(number, dtype=np.bool_)
    at, tour, carried, carried_kg, way_m, spent_s = 0, -1, 0.0, 0.0, 0.0, 0.0
    for turn in range(number):
        piece = -1
        for other in range(number):
            if not served[other] and (piece < 0 or metres[at, other + 1] < metres[at, piece + 1]):
                piece = other
        served[piece] = True
        place = piece + 1
        to_m, to_s = metres[at, place], seconds[at, place]
        full = carried + parcels[piece] > most.parcels or carried_kg + kg[piece] > most.payload_kg
        far = way_m + to_m + metres[place, 0] > most.range_m
        late = spent_s + to_s + service_s[piece] + seconds[place, 0] > most.shift_s
        if tour < 0 or full or far or late:
            tour += 1
            carried, carried_kg, way_m, spent_s = 0.0, 0.0, 0.0, 0.0
            to_m, to_s = metres[0, place], seconds[0, place]
        order[turn], tours[turn] = piece, tour
        carried, carried_kg = carried + parcels[piece], carried_kg + kg[piece]
        way_m, spent_s = way_m + to_m, spent_s + to_s + service_s[piece]
        at = place
    return order, tours


@compiled
def nearest_of_each(metres: Ints, seconds: Ints, m_cost: int, s_cost: int, most: int) -> Ints:
    """Return the pieces to which the way of each is cheapest, there or back, cheapest first; as many as `most`.

    Pieces of one place are as near: the one with the lower number goes first.

    Parameters
    ----------
    metres, seconds
        Ways between the depot, which is first, and the places of the pieces.
    m_cost, s_cost
        Cost of a metre and of a second.
    most
        How many; fewer than there are pieces.
    """
    number = len(metres) - 1
    near, cost = np.empty((number, most), dtype=np.int64), np.empty(most, dtype=np.int64)
    cheaper = np.empty((number, number), dtype=np.int64)
    for piece in range(number):
        for other in range(piece):
            there = metres[piece + 1, other + 1] * m_cost + seconds[piece + 1, other + 1] * s_cost
            back = metres[other + 1, piece + 1] * m_cost + seconds[other + 1, piece + 1] * s_cost
            cheaper[piece, other] = cheaper[other, piece] = min(there, back)
    for piece in range(number):
        found = 0
        for other in range(number):
            here = cheaper[piece, other]
            if other == piece or (found == most and (most == 0 or here >= cost[most - 1])):
                continue
            row = min(found, most - 1)
            while row > 0 and cost[row - 1] > here:
                cost[row], near[piece, row] = cost[row - 1], near[piece, row - 1]
                row -= 1
            cost[row], near[piece, row] = here, other
            found = min(found + 1, most)
    return near
