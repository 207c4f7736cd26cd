"""The load of stations by interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.columns import numbers, numbers_to_write, view
from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints


_LATER_MIN: Final = 2.0 * DAY_MIN
"""Room for charges after the last request; more is made where it does not do."""


@dataclass(slots=True)
class Load:
    """The load of stations by interval, to which ``charging.power.metering.meter`` adds.

    Attributes
    ----------
    names
        Station ids by number.
    interval_min
        Length of an interval, minutes.
    edges_min
        Edges of the intervals.
    energy_kwh, meter_kwh
        Battery and meter side, shape (2 x stations, intervals): all at DC guns, then all at AC guns (:meth:`rows_of`).
    """

    names: list[str]
    interval_min: float
    edges_min: Floats
    energy_kwh: Floats
    meter_kwh: Floats

    @classmethod
    def until(cls, end_min: float, names: list[str], interval_min: float) -> Load:
        """Return the load of stations before anything is charged, from minute 0 to about an end."""
        count = int((end_min + _LATER_MIN) // interval_min) + 2
        # edges by multiplication, not by adding up: no rounding grows over a year
        edges = interval_min * np.arange(count + 1, dtype=np.float64)
        rows = 2 * len(names)
        return cls(names, interval_min, edges, np.zeros((rows, count)), np.zeros((rows, count)))

    def rows_of(self, station: Ints, slow: NDArray[np.bool_]) -> Ints:
        """Return the rows of charges at stations, at DC guns or at AC guns (``slow``)."""
        return station + len(self.names) * slow

    def reach(self, end_min: float) -> None:
        """Make room for intervals until a time."""
        count = self.energy_kwh.shape[1]
        if end_min >= self.edges_min[-1]:
            # by a quarter at least: each growth copies the whole load
            more = max(int(end_min // self.interval_min) + 2, count + count // 4)
            self.edges_min = self.interval_min * np.arange(more + 1, dtype=np.float64)
            self.energy_kwh, self.meter_kwh = (_widened(was, more) for was in (self.energy_kwh, self.meter_kwh))

    def into_table(self) -> pl.DataFrame:
        """Return the load by station and interval, and hold nothing any more: both would be twice as much.

        Returns
        -------
        polars.DataFrame
            ``station_id, start_min, energy_kwh`` (battery), ``meter_kwh, mean_kw`` (meter side), ``ac_kwh`` (of
            ``meter_kwh``, what AC guns took); intervals without load have no row. Sorted by station and time.
        """
        stations = len(self.names)
        # column by column, a station at a time: masks and sums of the whole would take more than the table
        used = [_used(*self.meter_kwh[station::stations]) for station in range(stations)]
        energy = _chosen(used, *np.vsplit(self.energy_kwh, 2))
        self.energy_kwh = np.zeros((2 * stations, 0))
        metered = _chosen(used, *np.vsplit(self.meter_kwh, 2))
        ac = _chosen(used, np.vsplit(self.meter_kwh, 2)[1])
        self.meter_kwh = np.zeros((2 * stations, 0))
        start = _chosen(used, np.broadcast_to(self.edges_min, (stations, len(self.edges_min))))
        mean = view(numbers_to_write(len(metered)))
        np.multiply(metered, 60.0 / self.interval_min, out=mean)
        number = np.repeat(np.arange(stations, dtype=np.uint32), [len(here) for here in used])
        del used
        return pl.DataFrame(
            [
                pl.Series("station_id", self.names, dtype=pl.String).gather(pl.Series(number)),
                pl.Series("start_min", start),
                pl.Series("energy_kwh", energy),
                pl.Series("meter_kwh", metered),
                pl.Series("mean_kw", mean),
                pl.Series("ac_kwh", ac),
            ]
        )


def _widened(was: Floats, columns: int) -> Floats:
    """Return a table with more columns, of zeros; rows of zeros take no memory as they took none."""
    result = np.zeros((len(was), columns))
    for old, new in zip(was, result, strict=True):
        if old.any():
            new[: len(old)] = old
    return result


def _used(at_dc: Floats, at_ac: Floats) -> Ints:
    """Return the intervals of a station in which it has any load."""
    return np.flatnonzero((at_dc > 0.0) | (at_ac > 0.0)).astype(np.int32)


def _chosen(used: Sequence[Ints], *tables: Floats) -> Floats:
    """Return a column of the table: the sum of some tables, of each station at the intervals that it uses."""
    result = view(numbers(sum(map(len, used))))
    first = 0
    for station, here in enumerate(used):
        part = result[first : first + len(here)]
        for values in tables:
            # where nothing is to be added, memory is not written to, and so takes no room
            if values[station].any():
                part += values[station][here]
        first += len(here)
    return result
