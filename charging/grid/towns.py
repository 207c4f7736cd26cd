"""What the grid sees: town transformers, with rooftop PV and storage at stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from charging.grid.pv import pv_kw
from charging.grid.storage import Storage, dispatch
from charging.inputs.tariff import prices_at
from data.arrays import DAY_MIN, HOURS
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


_NEARLY_FULL_SHARE: Final = 0.8
"""What ``over_80_min`` counts: the column's name states it, so it is no figure of a county."""

TOWNS: Final = {
    "town": pl.String,
    "capacity_kw": pl.Float64,
    "peak_kw": pl.Float64,
    "charging_peak_kw": pl.Float64,
    "peak_share": pl.Float64,
    "over_80_min": pl.Float64,
    "over_100_min": pl.Float64,
    "pv_kwh": pl.Float64,
    "self_consumption_share": pl.Float64,
    "peak_shaved_kw": pl.Float64,
}
"""Schema of the table of town grids."""


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


def town_grids(
    county: County,
    layout: pl.DataFrame,
    load: pl.DataFrame,
    tariff: pl.DataFrame | None,
    *,
    month: int,
    days: int,
    interval_min: float,
) -> pl.DataFrame:
    """Return the load of each town against its grid, with PV and storage of its stations.

    The other users of a town follow the profile ``town_base`` with its peak in ``town_grid``; charging comes on top.
    Each station in the town has the PV and storage of the figures ``grid.*``, run by :func:`dispatch` on the town's
    charging together.

    Parameters
    ----------
    county
        ``town_grid``, ``pv_months``, ``profiles``, figures ``grid.*``.
    layout, load
        Layout and load of a simulation.
    tariff
        Price steps; None: one price.
    month, days
        Month of the sunshine; days from minute 0 that are looked at.
    interval_min
        Interval of the load.

    Returns
    -------
    polars.DataFrame
        One row per town of ``town_grid``: ``town, capacity_kw, peak_kw, charging_peak_kw, peak_share, over_80_min,
        over_100_min, pv_kwh, self_consumption_share, peak_shaved_kw`` (of the charging).
    """
    equipment = StationEquipment.from_county(county)
    steps = int(days * DAY_MIN / interval_min)
    start = interval_min * np.arange(steps, dtype=np.float64)
    price = prices_at(tariff, start)
    base = _base_shape(county, start)
    towns = dict(layout.select("station_id", "town").unique().iter_rows())
    rows = []
    for name, capacity, base_peak in county.town_grid.select("town", "capacity_kw", "base_peak_kw").iter_rows():
        stations = [station for station, town in towns.items() if town == name]
        charging = _curve(load.filter(pl.col("station_id").is_in(stations)), steps, interval_min)
        kwp = equipment.pv_kwp * len(stations)
        pv = pv_kw(county, month=month, kwp=kwp, intervals=steps, interval_min=interval_min)
        run = dispatch(charging, pv, price, equipment.storage(len(stations)), interval_min=interval_min)
        # the shape is over its peak, because the table states the peak of the others
        total = base_peak * base + run.grid_kw
        given = float(pv.sum()) * interval_min / 60.0
        rows.append(
            (
                name,
                capacity,
                float(total.max(initial=0.0)),
                float(charging.max(initial=0.0)),
                float(total.max(initial=0.0)) / capacity,
                float((total > _NEARLY_FULL_SHARE * capacity).sum()) * interval_min,
                float((total > capacity).sum()) * interval_min,
                given,
                # without PV nothing is divided by it
                float(run.pv_used_kw.sum()) * interval_min / 60.0 / given if given > 0.0 else 0.0,
                # fed-in power is no peak
                float(charging.max(initial=0.0)) - max(0.0, float(run.grid_kw.max(initial=0.0))),
            )
        )
    return pl.DataFrame(rows, schema=TOWNS, orient="row")


def _curve(load: pl.DataFrame, steps: int, interval_min: float) -> Floats:
    """Return the load of some stations together, by interval, in a fixed order of adding."""
    total = np.zeros(steps)
    for start, power in load.sort("station_id", "start_min").select("start_min", "mean_kw").iter_rows():
        # a start is a multiple of the interval, up to rounding
        step = round(start / interval_min)
        if step < steps:
            total[step] += power
    return total


def _base_shape(county: County, start: Floats) -> Floats:
    """Return the load of the other users over their peak."""
    shape = county.profiles.filter(pl.col("profile") == "town_base").sort("hour")["share"].to_numpy()
    if len(shape) != HOURS:
        raise DataError("profiles: profile 'town_base' needs 24 hours.")
    return np.asarray(shape[((start % DAY_MIN) // 60.0).astype(int)] / shape.max())
