"""What the grid sees: town transformers, rooftop PV and storage at stations, managed AC charging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.grid.pv import pv_kw
from charging.grid.storage import Storage, dispatch
from charging.inputs.tariff import _prices
from data.arrays import DAY_MIN, HOURS
from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


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
        One row a town of ``town_grid``: ``town, capacity_kw, peak_kw, charging_peak_kw, peak_share, over_80_min,
        over_100_min, pv_kwh, self_consumption_share, peak_shaved_kw`` (of the charging).
    """
    figure = county.figure
    steps = int(days * DAY_MIN / interval_min)
    start = interval_min * np.arange(steps, dtype=np.float64)
    price = _prices(tariff, start)
    base = _base_shape(county, start)
    towns = dict(layout.select("station_id", "town").unique().iter_rows())
    rows = []
    for name, capacity, base_peak in county.town_grid.select("town", "capacity_kw", "base_peak_kw").iter_rows():
        own = [station for station, town in towns.items() if town == name]
        charging = _curve(load.filter(pl.col("station_id").is_in(own)), steps, interval_min)
        kwp = figure("grid.pv_kwp_per_station") * len(own)
        pv = pv_kw(county, month=month, kwp=kwp, intervals=steps, interval_min=interval_min)
        kwh, kw = (figure(f"grid.storage_{unit}_per_station") * len(own) for unit in ("kwh", "kw"))
        storage = Storage(kwh, kw, figure("grid.storage_efficiency"))
        run = dispatch(charging, pv, price, storage, interval_min=interval_min)
        total = base_peak * base + run.grid_kw
        given = float(pv.sum()) * interval_min / 60.0
        rows.append(
            (
                name,
                capacity,
                float(total.max(initial=0.0)),
                float(charging.max(initial=0.0)),
                float(total.max(initial=0.0)) / capacity,
                float((total > 0.8 * capacity).sum()) * interval_min,
                float((total > capacity).sum()) * interval_min,
                given,
                float(run.pv_used_kw.sum()) * interval_min / 60.0 / given if given > 0.0 else 0.0,
                float(charging.max(initial=0.0)) - max(0.0, float(run.grid_kw.max(initial=0.0))),
            )
        )
    return pl.DataFrame(rows, schema=TOWNS, orient="row")


def _curve(load: pl.DataFrame, steps: int, interval_min: float) -> Floats:
    """Return the load of some stations together, by interval, in a fixed order of adding."""
    total = np.zeros(steps)
    for start, power in load.sort("station_id", "start_min").select("start_min", "mean_kw").iter_rows():
        at = round(start / interval_min)
        if at < steps:
            total[at] += power
    return total


def _base_shape(county: County, start: Floats) -> Floats:
    """Return the load of the other users over their peak."""
    shape = county.profiles.filter(pl.col("profile") == "town_base").sort("hour")["share"].to_numpy()
    if len(shape) != HOURS:
        raise DataError("profiles: profile 'town_base' needs 24 hours.")
    return np.asarray(shape[((start % DAY_MIN) // 60.0).astype(int)] / shape.max())
