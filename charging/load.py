"""Power over time from the pieces of a simulation: exact energy in any intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from charging.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from charging.pieces import PowerPieces

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]


_INTERVALS = 1024


@dataclass(slots=True)
class LoadMeter:
    """Adds up the load of stations by interval, in the order of the pieces: the same bytes every time.

    Attributes
    ----------
    names
        Station ids by number.
    interval_min
        Length of an interval, minutes.
    edges_min
        Edges of the intervals.
    energy_kwh, meter_kwh
        Battery and meter side, shape (stations, intervals).
    """

    names: list[str]
    interval_min: float
    edges_min: Floats
    energy_kwh: Floats
    meter_kwh: Floats

    @classmethod
    def of(cls, names: list[str], interval_min: float) -> LoadMeter:
        """Return a meter of stations that has read nothing yet."""
        edges = interval_min * np.arange(_INTERVALS + 1, dtype=np.float64)
        shape = (len(names), _INTERVALS)
        return cls(names, interval_min, edges, np.zeros(shape), np.zeros(shape))

    def add(self, pieces: PowerPieces, station: Numbers, efficiency: Floats) -> None:
        """Add pieces; station number and battery kWh per meter kWh are given by piece."""
        self._reach(float(np.max(pieces.end_min, initial=0.0)))
        columns = (pieces.start_min, pieces.end_min, pieces.start_kw, pieces.end_kw, self.edges_min)
        _add_energy(*columns, station, 1.0 / efficiency, self.energy_kwh, self.meter_kwh)

    def _reach(self, end_min: float) -> None:
        """Make room for intervals until a time."""
        count = self.energy_kwh.shape[1]
        needed = int(end_min // self.interval_min) + 2
        if needed > count:
            more = max(needed, 2 * count)
            self.edges_min = self.interval_min * np.arange(more + 1, dtype=np.float64)
            room = ((0, 0), (0, more - count))
            self.energy_kwh, self.meter_kwh = (np.pad(was, room) for was in (self.energy_kwh, self.meter_kwh))

    def table(self) -> pl.DataFrame:
        """Return the load by station and interval.

        Returns
        -------
        polars.DataFrame
            ``station_id, start_min, energy_kwh`` (battery), ``meter_kwh, mean_kw`` (meter side); intervals
            without load have no row. Sorted by station and time.
        """
        used = np.nonzero(self.meter_kwh)
        metered = self.meter_kwh[used]
        return pl.DataFrame(
            {
                "station_id": pl.Series(self.names, dtype=pl.String).gather(used[0]),
                "start_min": self.edges_min[used[1]],
                "energy_kwh": self.energy_kwh[used],
                "meter_kwh": metered,
                "mean_kw": metered * (60.0 / self.interval_min),
            }
        )


@compiled
def _add_energy(
    start_min: Floats,
    end_min: Floats,
    start_kw: Floats,
    end_kw: Floats,
    edges_min: Floats,
    row: Numbers,
    per_kwh: Floats,
    energy: Floats,
    metered: Floats,
) -> None:
    """Add the energy of pieces, and their energy times ``per_kwh``, to their rows and intervals."""
    for piece in range(len(start_min)):
        at = np.searchsorted(edges_min, start_min[piece], side="right") - 1
        start, power = start_min[piece], start_kw[piece]
        rate = decay_rate(start_kw[piece], end_kw[piece], end_min[piece] - start)
        while start < end_min[piece]:
            stop = min(end_min[piece], edges_min[at + 1])
            part = energy_kwh(power, rate, stop - start)
            energy[row[piece], at] += part
            metered[row[piece], at] += part * per_kwh[piece]
            power *= math.exp(rate * (stop - start))
            start = stop
            at += 1


@compiled
def priced(
    start_min: Floats,
    end_min: Floats,
    start_kw: Floats,
    end_kw: Floats,
    edges_min: Floats,
    price: Floats,
    request: Numbers,
    result: Floats,
) -> None:
    """Add the energy of pieces times the price of its interval to their requests; the edges enclose all."""
    for piece in range(len(start_min)):
        at = np.searchsorted(edges_min, start_min[piece], side="right") - 1
        start, power = start_min[piece], start_kw[piece]
        rate = decay_rate(start_kw[piece], end_kw[piece], end_min[piece] - start)
        while start < end_min[piece]:
            stop = min(end_min[piece], edges_min[at + 1])
            result[request[piece]] += price[at] * energy_kwh(power, rate, stop - start)
            power *= math.exp(rate * (stop - start))
            start = stop
            at += 1


@compiled
def decay_rate(start_kw: float, end_kw: float, minutes: float) -> float:
    """Return the rate per minute at which power goes exponentially from start to end; 0 where it is constant."""
    if minutes <= 0.0 or start_kw == end_kw:
        return 0.0
    return math.log(end_kw / start_kw) / minutes


@compiled
def energy_kwh(power_kw: float, rate: float, minutes: float) -> float:
    """Return the energy over some minutes of a power that changes at a rate per minute."""
    if abs(rate * minutes) < 1e-12:
        return power_kw * minutes / 60.0
    return power_kw * math.expm1(rate * minutes) / rate / 60.0
