"""The load of stations by interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
            room = ((0, 0), (0, more - count))
            self.energy_kwh, self.meter_kwh = (np.pad(was, room) for was in (self.energy_kwh, self.meter_kwh))

    def table(self) -> pl.DataFrame:
        """Return the load by station and interval.

        Returns
        -------
        polars.DataFrame
            ``station_id, start_min, energy_kwh`` (battery), ``meter_kwh, mean_kw`` (meter side), ``ac_kwh`` (of
            ``meter_kwh``, what AC guns took); intervals without load have no row. Sorted by station and time.
        """
        stations = len(self.names)
        fast, slow = np.vsplit(self.meter_kwh, 2)
        used = [np.flatnonzero((at_dc > 0.0) | (at_ac > 0.0)) for at_dc, at_ac in zip(fast, slow, strict=True)]
        number = np.repeat(np.arange(stations, dtype=np.uint32), [len(here) for here in used])
        metered = pl.Series("meter_kwh", _chosen(used, lambda row, here: fast[row, here] + slow[row, here]))
        # column by column, a station at a time: masks and sums of the whole would take more than the table
        return pl.DataFrame(
            [
                pl.Series("station_id", self.names, dtype=pl.String).gather(number),
                pl.Series("start_min", _chosen(used, lambda _, here: self.edges_min[here])),
                pl.Series(
                    "energy_kwh",
                    _chosen(used, lambda row, here: self.energy_kwh[row, here] + self.energy_kwh[row + stations, here]),
                ),
                metered,
                (metered * (60.0 / self.interval_min)).alias("mean_kw"),
                pl.Series("ac_kwh", _chosen(used, lambda row, here: slow[row, here])),
            ]
        )


def _chosen(used: Sequence[Ints], values: Callable[[int, Ints], Floats]) -> Floats:
    """Return a column of the table: the values of each station at the intervals that it uses."""
    result = np.empty(sum(map(len, used)))
    first = 0
    for row, here in enumerate(used):
        result[first : first + len(here)] = values(row, here)
        first += len(here)
    return result
