"""The load of stations by interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN

if TYPE_CHECKING:
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
        # a station at a time into room that fits: masks and halves of the whole would take more than the table
        used = [
            np.flatnonzero((self.meter_kwh[row] > 0.0) | (self.meter_kwh[row + stations] > 0.0))
            for row in range(stations)
        ]
        height = [len(here) for here in used]
        start, energy, metered, at_ac = (np.empty(sum(height)) for _ in range(4))
        first = 0
        for row, here in enumerate(used):
            part = slice(first, first := first + len(here))
            start[part] = self.edges_min[here]
            at_ac[part] = self.meter_kwh[row + stations, here]
            metered[part] = self.meter_kwh[row, here] + at_ac[part]
            energy[part] = self.energy_kwh[row, here] + self.energy_kwh[row + stations, here]
        number = np.repeat(np.arange(stations, dtype=np.uint32), height)
        return pl.DataFrame(
            {
                "station_id": pl.Series(self.names, dtype=pl.String).gather(number),
                "start_min": start,
                "energy_kwh": energy,
                "meter_kwh": metered,
                "mean_kw": metered * (60.0 / self.interval_min),
                "ac_kwh": at_ac,
            }
        )
