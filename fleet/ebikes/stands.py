"""Stands of shared e-bikes, customers who take bikes and leave them elsewhere, and crews and vans at work there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from fleet.ebikes import rides
from fleet.ebikes.rides import (
    AT,
    AWAY_BIKES,
    AWAY_SOC,
    BIKES,
    COUNT,
    DONE,
    FULL,
    HELD,
    LEAST_SOC,
    NOBODY,
    OPEN,
    OUTCOME,
    SINCE,
    SWAPPED_KWH,
    TALLY,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints

_SPARE: Final = 8  # more bikes than a point has at the start, before its row is made longer


class Work(NamedTuple):
    """What a crew or van does at a point, bike by bike.

    Attributes
    ----------
    kind : int
        ``SWAP``, ``LOAD`` or ``UNLOAD`` of `fleet.ebikes.rides`.
    point : int
        Where.
    bike_min : float
        Minutes per bike.
    most : int
        Bikes at most.
    limit : float
        SOC from which a battery is not due, or how many bikes are to stay; nothing for ``UNLOAD``.
    battery_kwh : float
        Size of a battery that is swapped.
    """

    kind: int
    point: int
    bike_min: float
    most: int
    limit: float = 0.0
    battery_kwh: float = 0.0


class Stands:
    """The bikes of all points: where they stand, with what charge, and since when one of them can be rented.

    They are kept as the memory map of `fleet.ebikes.rides` says.

    Parameters
    ----------
    bikes : sequence of int
        Bikes of each point at the start, their charge spread evenly from `lowest` to full.
    lowest : float
        SOC of the emptiest.
    least_soc : float
        SOC with which a bike can be rented.
    workers, most : int
        Crews and vans, and how many bikes or batteries one of them can carry.

    Attributes
    ----------
    working_min : float
        When the next bike is done by a crew or van; infinite where none is at work.
    following_min : float
        Before this minute no customer takes or brings a bike.
    """

    def __init__(self, bikes: Sequence[int], lowest: float, least_soc: float, workers: int = 1, most: int = 1) -> None:
        points = len(bikes)
        # points, and the tally
        self._stands = np.zeros((points + 1, BIKES + max(bikes) + _SPARE))
        self._stands[TALLY, LEAST_SOC] = least_soc
        self._stands[:points, COUNT] = bikes
        for point, number in enumerate(bikes):
            # in the middles of equal steps: no bike starts full or at the swap SOC, whatever their number
            self._stands[point, BIKES : BIKES + number] = [
                lowest + (1.0 - lowest) * (bike + 0.5) / number for bike in range(number)
            ]
        best = self._stands[np.arange(points), np.maximum(BIKES + self.count - 1, BIKES)]
        self._stands[:points, SINCE] = np.where((self.count > 0) & (best >= least_soc), 0.0, np.nan)
        self._rides = np.zeros((sum(bikes) + 1, 4))
        # no rule asks for a first of nobody
        self._work = np.full((max(1, workers), HELD + most), np.inf)
        self.working_min = math.inf
        self.expect(np.zeros((5, 0)))

    def expect(self, trips: Floats) -> None:
        """Give the trips that customers want to make: rows as there, by time, without what becomes of them."""
        self._trips = np.concatenate([trips, np.zeros((1, trips.shape[1]))])
        self._all = self._stands, self._rides, self._trips
        self.following_min = -math.inf

    def ride(self, until: float) -> None:
        """Let customers ride up to a minute, that minute with it."""
        while self.following_min <= until and self.following_min < math.inf:
            following = rides.ride_until(*self._all, until)
            if following == FULL:
                self._widen()
            else:
                self.following_min = following

    def begin(self, worker: int, work: Work, minute: float, order: int) -> bool:
        """Let a crew or van begin with work, after the customers of that minute; return whether there is any."""
        self.ride(minute)
        row = self._work[worker]
        # bikes that it carries stay in its row
        row[:HELD] = (minute, order, 0.0, *work, 0.0)
        began = rides.begin_work(self._stands, self._work, worker, minute)
        self.working_min = min(self.working_min, row.item(AT))
        return began

    def work(self, until: float, order: float, new: int) -> tuple[int, float, float] | None:
        """Let crews and vans work up to a time and order; return the first whose work ends, and that time and order.

        What begins from here on has the order ``new``.
        """
        while True:
            found = rides.work_until(*self._all, self._work, (float(until), float(order), float(new)))
            worker, minute, own_order, self.working_min, following = found
            if worker == FULL:
                self._widen()
                continue
            self.following_min = max(self.following_min, following)
            return None if worker == NOBODY else (worker, minute, own_order)

    def done(self, worker: int) -> list[float]:
        """Return the SOC with which a crew or van took the bikes of its last work."""
        row = self._work[worker]
        socs: list[float] = row[HELD : HELD + int(row.item(DONE))].tolist()
        return socs

    def _widen(self) -> None:
        """Make room for twice as many bikes per point."""
        self._stands = np.concatenate([self._stands, np.zeros_like(self._stands[:, BIKES:])], axis=1)
        self._all = self._stands, self._rides, self._trips

    def standing(self, point: int) -> Floats:
        """Return the SOC of the bikes of a point, rising."""
        return self._stands[point, BIKES : BIKES + self.bikes(point)]

    def bikes(self, point: int) -> int:
        """Return how many bikes stand at a point."""
        return int(self._stands.item(point, COUNT))

    @property
    def count(self) -> Ints:
        """Return how many bikes stand at each point."""
        return np.asarray(self._stands[:TALLY, COUNT].astype(np.int64))

    @property
    def open_min(self) -> Floats:
        """Return the minutes in which a bike could be rented, by point and hour of the day."""
        return self._stands[:TALLY, OPEN:BIKES]

    @property
    def outcome(self) -> Ints:
        """Return what became of each trip."""
        return np.asarray(self._trips[OUTCOME].astype(np.int64))

    def most_due(
        self,
        swap_soc: float,
        claimed: NDArray[np.bool_],
        places: Floats,
        here: tuple[float, float],
        rates: tuple[float, float, float, float],
    ) -> int | None:
        """Return the point with most batteries due for the time that they take from here; None where none is due.

        ``places`` are x and y of the points, km; ``rates`` as of `fleet.ebikes.rides.most_due`.
        """
        point = rides.most_due(self._stands, claimed, places, swap_soc, here, rates)
        return None if point < 0 else point

    def largest_move(
        self, target: Ints, town: Ints, claimed: NDArray[np.bool_], *, most: int, least: float
    ) -> tuple[int, int] | None:
        """Return the points of one town between which a van would move most bikes, above a least; None for none."""
        source, sink = rides.largest_move(self._stands, target, town, claimed, most, float(least))
        return None if source < 0 else (source, sink)

    def close(self, end_min: float) -> None:
        """Count what stood open at the end."""
        rides.count_to_end(self._stands, end_min)

    @property
    def swapped_kwh(self) -> float:
        """Return the energy that crews brought."""
        return self._stands.item(TALLY, SWAPPED_KWH)

    @property
    def all_bikes(self) -> int:
        """Return the bikes, wherever they are."""
        return int(self._stands[TALLY, AWAY_BIKES]) + int(self.count.sum())

    @property
    def all_soc(self) -> float:
        """Return the sum of the SOC of all bikes; ridden ones have what they will arrive with."""
        return float(self._stands[TALLY, AWAY_SOC]) + math.fsum(self.all_standing())

    def all_standing(self) -> Floats:
        """Return the SOC of all bikes that stand at points."""
        return np.concatenate([self.standing(point) for point in range(len(self.count))])
