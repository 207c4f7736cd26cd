"""Batteries of a station: when they charge and discharge; and what else stands beside its piles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from charging.power.compiled import compiled
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


@dataclass(frozen=True, slots=True)
class Storage:
    """Battery storage at a station.

    Attributes
    ----------
    kwh, kw : float
        Size and power; 0 for none.
    efficiency : float
        Out over in.
    """

    kwh: float
    kw: float
    efficiency: float

    def __post_init__(self) -> None:
        """Validate size, power and efficiency.

        Raises
        ------
        DataError
            A negative size or power, or an efficiency outside (0, 1].
        """
        if self.kwh < 0.0 or self.kw < 0.0:
            raise DataError(f"storage: {self.kwh} kWh and {self.kw} kW, expected 0 or more.")
        if not 0.0 < self.efficiency <= 1.0:
            raise DataError(f"storage: efficiency {self.efficiency}, expected above 0 and at most 1.")


@dataclass(frozen=True, slots=True)
class StationEquipment:
    """What stands at a charging station beside its piles, on average.

    Attributes
    ----------
    pv_kwp
        Peak power of the modules on roof and canopy, kW.
    storage_kwh, storage_kw
        Battery storage: size and power; 0 for none.
    storage_efficiency
        Out over in.
    """

    pv_kwp: float
    storage_kwh: float
    storage_kw: float
    storage_efficiency: float

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the equipment of the county's figures ``grid.*``."""
        return cls(
            pv_kwp=county.figure("grid.pv_kwp_per_station"),
            storage_kwh=county.figure("grid.storage_kwh_per_station"),
            storage_kw=county.figure("grid.storage_kw_per_station"),
            storage_efficiency=county.figure("grid.storage_efficiency"),
        )

    def storage(self, stations: int) -> Storage:
        """Return the storage of `stations` stations together."""
        return Storage(self.storage_kwh * stations, self.storage_kw * stations, self.storage_efficiency)


@dataclass(frozen=True, eq=False, slots=True)
class Dispatch:
    """How PV and storage serve a load, by interval.

    Attributes
    ----------
    grid_kw : numpy.ndarray
        Drawn from the grid (negative: fed in).
    pv_used_kw : numpy.ndarray
        PV that the load or the storage takes.
    charge_kw, discharge_kw : numpy.ndarray
        Storage, at its connection.
    level_kwh : numpy.ndarray
        Stored energy after each interval.
    """

    grid_kw: Floats
    pv_used_kw: Floats
    charge_kw: Floats
    discharge_kw: Floats
    level_kwh: Floats


def dispatch(
    load_kw: Floats,
    pv: Floats,
    price: Floats,
    storage: Storage,
    *,
    interval_min: float,
    limit_kw: float | Floats | None = None,
) -> Dispatch:
    """Return how storage is run: PV that is left over first, then the cheap hours; out above the limit, then when dear.

    Cheap are prices below the mean, dear those above it. Charging from the grid never lifts the draw above the
    load's own peak or the limit; discharging never feeds in.

    Parameters
    ----------
    load_kw, pv, price : numpy.ndarray
        Load, PV and price by interval.
    storage : Storage
        Empty at the start.
    interval_min : float
        Length of an interval.
    limit_kw : float or numpy.ndarray, optional
        Draw that should not be exceeded, on the whole or by interval: what others leave of a transformer. NaN for
        none; below 0 the storage gives all that the load takes.
    """
    grid = load_kw - pv
    run = np.zeros((3, len(load_kw)))
    # most towns have none, and their steps need no look
    if storage.kwh > 0.0:
        limits = np.broadcast_to(np.asarray(np.inf if limit_kw is None else limit_kw, dtype=np.float64), load_kw.shape)
        # no limit where none is known
        limit = np.where(np.isnan(limits), np.inf, limits)
        cap = np.minimum(limit, float(np.max(load_kw, initial=0.0)))
        mean = float(price.mean()) if len(price) else 0.0
        given = np.stack([grid, limit, cap, price])
        size = (float(storage.kwh), float(storage.kw), float(storage.efficiency))
        _run(given, run, mean, size, float(interval_min / 60.0))
    charge, discharge, levels = run
    used = np.minimum(pv, load_kw + charge)
    return Dispatch(grid + charge - discharge, used, charge, discharge, levels)


@compiled
def _run(given: Floats, run: Floats, mean_cny: float, size: tuple[float, float, float], hours: float) -> None:
    """Write charge, discharge and level of each step of some hours into the rows of `run`.

    Rows of `given` are draw, its limit, the draw up to which the grid charges, and price; `size` is kWh, kW and
    efficiency. Compiled, because a week of a county's towns has ten thousand steps: 0.1 ms instead of 10 ms.
    """
    kwh, kw, efficiency = size
    level = 0.0
    for step in range(given.shape[1]):
        draw, most, below, cny = given[0, step], given[1, step], given[2, step], given[3, step]
        # at the connection: losses are booked on the way in
        room = min(kw, (kwh - level) / (hours * efficiency))
        ready = min(kw, level / hours)
        # left over PV goes in whatever the price: it costs nothing
        into = out = 0.0
        if draw < 0.0:
            into = min(-draw, room)
        elif draw > most:
            # only down to the limit: the rest is kept for the next peak
            out = min(draw - most, draw, ready)
        elif cny < mean_cny:
            into = max(0.0, min(room, below - draw))
        elif cny > mean_cny:
            # not more than is drawn: storage never feeds in
            out = min(draw, ready)
        level += (into * efficiency - out) * hours
        # rounding of many steps must not leave a level below 0 or above full
        level = min(max(level, 0.0), kwh)
        run[0, step], run[1, step], run[2, step] = into, out, level
