"""Sailing times and energy on a waterway, reach by reach: for many voyages as arrays, for one as numbers.

A vessel takes the current and depth of the period in which it enters a reach (or the part of a reach between two
stops). While the fairway is closed it lies still and takes its hotel load.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from shipping.river.closures import OpenTime
from shipping.river.reaches import KEPT_WAYS
from shipping.ships.propulsion import SpeedPowerTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from data.arrays import Floats, Ints
    from shipping.river.reaches import Reaches

    _Ways = dict[tuple[int, float, float, int], tuple[float, float, float]]

_AT_ONCE: Final = 4_096
"""Voyages whose reaches are worked out at once: as many as a processor's cache holds, however long the run."""


class Sailed(NamedTuple):
    """What sailing took: arrival, hours under way and lying still, energy and fuel; by voyage."""

    arrive_min: Floats
    sailing_h: Floats
    still_h: Floats
    energy_kwh: Floats
    still_kwh: Floats
    fuel_kg: Floats


class Passage(NamedTuple):
    """Passages of one reach: positions of the voyages, ends, times and energy."""

    voyage: Ints
    reach: int
    down: bool
    from_km: Floats
    to_km: Floats
    start_min: Floats
    stop_min: Floats
    energy_kwh: Floats


@dataclass(eq=False)
class Sailing:
    """Sailing on a waterway with the operating points of its vessels."""

    reaches: Reaches
    table: SpeedPowerTable
    open_time: OpenTime
    _known: _Ways = field(default_factory=dict)
    _starts: list[float] = field(init=False)
    _marks: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the starts of the periods and the chainages as lists: single voyages read them one by one."""
        self._starts = self.reaches.period_start_min.tolist()
        self._marks = self.reaches.chainage_km.tolist()

    @classmethod
    def on(cls, reaches: Reaches, closed: Sequence[tuple[float, float]] = ()) -> Sailing:
        """Return sailing on a waterway; ``closed`` are closures of the fairway."""
        # operating points and ways of those who sailed here before: closures change neither
        table = reaches.kept("table", SpeedPowerTable(reaches))
        known: _Ways = {}
        return cls(reaches, table, OpenTime.from_closures(closed), reaches.kept("ways", known))

    def many(
        self,
        points: Ints,
        from_km: Floats,
        to_km: Floats,
        depart_min: Floats,
        *,
        log: list[Passage] | None = None,
    ) -> Sailed:
        """Sail many voyages at once.

        Parameters
        ----------
        points : numpy.ndarray
            Number of each voyage's operating point in the table.
        from_km, to_km : numpy.ndarray
            Ends by chainage.
        depart_min : numpy.ndarray
            Departures.
        log : list of Passage, optional
            Takes the passages of the reaches.

        Returns
        -------
        Sailed
            Arrays, one value per voyage.
        """
        sums = np.zeros((5, points.size))
        return Sailed(self._sail(points, from_km, to_km, depart_min, sums, log), *sums)

    def arrivals(self, points: Ints, from_km: Floats, to_km: Floats, depart_min: Floats) -> Floats:
        """Return when many voyages arrive: as `many`, without what they take."""
        return self._sail(points, from_km, to_km, depart_min)

    def _sail(
        self,
        points: Ints,
        from_km: Floats,
        to_km: Floats,
        depart_min: Floats,
        sums: Floats | None = None,
        log: list[Passage] | None = None,
    ) -> Floats:
        """Sail many voyages and return when they arrive; what they take is added to ``sums``, if given."""
        # Only the operating points of these voyages are stacked: the table may hold hundreds more.
        used, kind = np.unique(points, return_inverse=True)
        chosen_points = [self.table.points[number] for number in used]
        tables = tuple(
            np.stack([getattr(point, name) for point in chosen_points])
            if chosen_points
            else np.zeros((0, *self.reaches.depth_m.shape))
            for name in ("speed_km_h", "power_kw", "fuel_kg_h")
        )
        hotel = np.array([(point.hotel_kw, point.hotel_kg_h) for point in chosen_points]).reshape(-1, 2)[kind]
        time = np.array(depart_min, dtype=np.float64)
        at_once = log is None and len(self._starts) == 1 and not self.open_time.closed
        for down in (True, False):
            chosen = np.flatnonzero(to_km >= from_km if down else to_km < from_km)
            if at_once:
                for first in range(0, chosen.size, _AT_ONCE):
                    part = chosen[first : first + _AT_ONCE]
                    self._pass_all(part, (kind[part], tables), (from_km, to_km, time, sums), down=down)
                continue
            order = range(len(self.reaches.down_km_h[0])) if down else range(len(self.reaches.down_km_h[0]) - 1, -1, -1)
            for reach in order if chosen.size else ():
                self._pass(chosen, reach, (kind, tables, hotel), (from_km, to_km, time, sums), down=down, log=log)
        return time

    def _pass_all(
        self,
        chosen: Ints,
        physics: tuple[Ints, tuple[Floats, ...]],
        state: tuple[Floats, Floats, Floats, Floats | None],
        *,
        down: bool,
    ) -> None:
        """Take voyages all the way: as `_pass` reach by reach, where no period ends and nothing closes."""
        from_km, to_km, time, sums = state
        kind, tables = physics
        marks, ends = self.reaches.chainage_km[:, None], (from_km[chosen], to_km[chosen])
        # one row per reach; of those that lie beside a way no length, which adds nothing
        length = np.minimum(np.maximum(*ends), marks[1:]) - np.maximum(np.minimum(*ends), marks[:-1])
        current = (self.reaches.down_km_h if down else self.reaches.up_km_h)[0][:, None]
        speeds, powers, fuels = (table[:, 0].T for table in tables)
        hours = np.maximum(length, 0.0) / (speeds[:, kind] + current)
        order = slice(None) if down else slice(None, None, -1)
        taken = [(time, 60.0 * hours)]
        if sums is not None:
            taken += [(sums[0], hours), (sums[2], powers[:, kind] * hours), (sums[4], fuels[:, kind] * hours)]
        for total, parts in taken:
            added = total[chosen]
            # one after the other, in the order of sailing: a sum over an axis adds in another
            for part in parts[order]:
                added += part
            total[chosen] = added

    def _pass(
        self,
        chosen: Ints,
        reach: int,
        physics: tuple[Ints, tuple[Floats, ...], Floats],
        state: tuple[Floats, Floats, Floats, Floats | None],
        *,
        down: bool,
        log: list[Passage] | None,
    ) -> None:
        """Take the voyages that sail through a reach through it: times and sums move on."""
        from_km, to_km, time, sums = state
        kind_of, (speeds, powers, fuels), hotel = physics
        upper, lower = self.reaches.chainage_km[reach], self.reaches.chainage_km[reach + 1]
        ends = (from_km[chosen], to_km[chosen])
        high, low = np.minimum(np.maximum(*ends), lower), np.maximum(np.minimum(*ends), upper)
        inside = high > low
        if not inside.any():
            return
        here, length = chosen[inside], (high - low)[inside]
        start, kind = time[here], kind_of[here]
        # The period of entering holds for the whole reach: an hour or two, while currents change by the month.
        period = self.period(start)
        current = (self.reaches.down_km_h if down else self.reaches.up_km_h)[period, reach]
        hours = length / (speeds[kind, period, reach] + current)
        stop = self.open_time.after(start, 60.0 * hours)
        time[here] = stop
        if sums is None:
            return
        energy = powers[kind, period, reach] * hours
        fuel = fuels[kind, period, reach] * hours
        if self.open_time.closed:
            still = np.maximum((stop - start) / 60.0 - hours, 0.0)
            resting = hotel[here, 0] * still
            energy += resting
            fuel += hotel[here, 1] * still
            sums[1, here] += still
            sums[3, here] += resting
        sums[0, here] += hours
        sums[2, here] += energy
        sums[4, here] += fuel
        if log is not None:
            first, last = (low, high) if down else (high, low)
            log.append(Passage(here, reach, down, first[inside], last[inside], start, stop, energy))

    def one(
        self, point: int, from_km: float, to_km: float, depart_min: float, *, log: list[Passage] | None = None
    ) -> Sailed:
        """Sail one voyage, as `many`; arrays of one value."""
        if log is None:
            return Sailed(*(np.array([value]) for value in self.single(point, from_km, to_km, depart_min)))
        ends = (np.array([value], dtype=np.float64) for value in (from_km, to_km, depart_min))
        return self.many(np.array([point]), *ends, log=log)

    def arrive(self, point: int, from_km: float, to_km: float, depart_min: float) -> float:
        """Return when one voyage arrives: as `single`, without what it takes."""
        period = self.period_of(depart_min)
        known = self._known.get((point, from_km, to_km, period)) or self.estimate(point, from_km, to_km, period)
        arrive = self.open_time.after_one(depart_min, 60.0 * known[0])
        if self._stays_in(period, arrive):
            return arrive
        return self._reach_by_reach(point, from_km, to_km, depart_min)[0]

    def single(self, point: int, from_km: float, to_km: float, depart_min: float) -> tuple[float, ...]:
        """Sail one voyage, as `many`, with numbers: the fields of `Sailed`.

        Most voyages end in the period in which they begin: those are one look-up, whatever closes on the way.
        """
        period = self.period_of(depart_min)
        hours, energy, fuel = self.estimate(point, from_km, to_km, period)
        arrive = self.open_time.after_one(depart_min, 60.0 * hours)
        if not self._stays_in(period, arrive):
            return self._reach_by_reach(point, from_km, to_km, depart_min)
        operating = self.table.points[point]
        still = max(0.0, (arrive - depart_min) / 60.0 - hours) if self.open_time.closed else 0.0
        resting = operating.hotel_kw * still
        return arrive, hours, still, energy + resting, resting, fuel + operating.hotel_kg_h * still

    def _stays_in(self, period: int, arrive_min: float) -> bool:
        """Return whether a voyage ends before its period does."""
        return period + 1 == len(self._starts) or arrive_min <= self._starts[period + 1]

    def _reach_by_reach(self, point: int, from_km: float, to_km: float, depart_min: float) -> tuple[float, ...]:
        """Sail one voyage over the end of a period, as `_pass` does for many."""
        operating, reaches = self.table.points[point], self.reaches
        marks, down = self._marks, to_km >= from_km
        current = reaches.down_km_h if down else reaches.up_km_h
        low, high = min(from_km, to_km), max(from_km, to_km)
        numbers = range(len(marks) - 1) if down else range(len(marks) - 2, -1, -1)
        time, sums = depart_min, [0.0] * 5
        for reach in numbers:
            length = min(high, marks[reach + 1]) - max(low, marks[reach])
            if length <= 0.0:
                continue
            period = self.period_of(time)
            hours = length / float(operating.speed_km_h[period, reach] + current[period, reach])
            stop = self.open_time.after_one(time, 60.0 * hours)
            still = max(0.0, (stop - time) / 60.0 - hours) if self.open_time.closed else 0.0
            resting = operating.hotel_kw * still
            energy = float(operating.power_kw[period, reach]) * hours + resting
            fuel = float(operating.fuel_kg_h[period, reach]) * hours + operating.hotel_kg_h * still
            taken = (hours, still, energy, resting, fuel)
            sums = [total + part for total, part in zip(sums, taken, strict=True)]
            time = stop
        return time, *sums

    def estimate(self, point: int, from_km: float, to_km: float, period: int) -> tuple[float, float, float]:
        """Return hours, energy in kWh and fuel in kg of a way if current and depth stay those of a period."""
        key = (point, from_km, to_km, period)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= KEPT_WAYS:
                self._known.clear()
            operating = self.table.points[point]
            hours = self.hours(point, from_km, to_km, period)
            rates = (operating.power_kw, operating.fuel_kg_h)
            energy, fuel = (float(hours @ rate[period]) for rate in rates)
            known = self._known[key] = (float(hours.sum()), energy, fuel)
        return known

    def hours(self, point: int, from_km: float, to_km: float, period: int) -> Floats:
        """Return the hours that a way takes in each reach if current and depth stay those of a period."""
        marks, speed = self.reaches.chainage_km, self.table.points[point].speed_km_h[period]
        low, high = min(from_km, to_km), max(from_km, to_km)
        length = np.maximum(np.minimum(high, marks[1:]) - np.maximum(low, marks[:-1]), 0.0)
        current = self.reaches.down_km_h if to_km >= from_km else self.reaches.up_km_h
        return np.asarray(length / (speed + current[period]))

    def period_of(self, time_min: float) -> int:
        """Return the period at one time: cheaper than `period` for the calls of single vessels."""
        if len(self._starts) == 1:
            return 0
        return max(0, bisect.bisect_right(self._starts, time_min) - 1)

    def period(self, time_min: ArrayLike) -> Ints:
        """Return the period at a time."""
        if self.reaches.period_start_min.size == 1:
            return np.zeros(np.shape(time_min), dtype=np.int64)
        # before the first period its values hold too
        period = np.searchsorted(self.reaches.period_start_min, time_min, side="right") - 1
        return np.asarray(np.maximum(period, 0))
