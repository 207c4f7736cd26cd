"""What the grid sees: town transformers, rooftop PV and storage at stations, managed AC charging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

    Floats = NDArray[np.float64]

MANAGED: Final = ("immediate", "valley", "levelled")
"""Ways of charging AC sessions between plugging in and leaving."""

_HOURS: Final = 24
_DAY_MIN: Final = 1440.0


def pv_kw(county: County, *, month: int, kwp: float, intervals: int, interval_min: float) -> Floats:
    """Return the power of modules in the intervals of days, kW.

    A mean day of the month: a half sine between sunrise and sunset that yields ``kwh_per_kwp_day``, the same every day.

    Raises
    ------
    DataError
        No row for the month.
    """
    rows = county.pv_months.filter(pl.col("month") == month)
    if not rows.height:
        raise DataError(f"pv_months: no row for month {month}; add it.")
    row = rows.row(0, named=True)
    edges = interval_min * np.arange(intervals + 1)
    day, hour = np.divmod(edges / 60.0, _HOURS)
    span = row["sunset_h"] - row["sunrise_h"]
    angle = np.clip((hour - row["sunrise_h"]) / span, 0.0, 1.0) * np.pi
    given = kwp * row["kwh_per_kwp_day"] * (day + (1.0 - np.cos(angle)) / 2.0)
    return np.asarray(np.diff(given) * 60.0 / interval_min)


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
        """Refuse what no storage is.

        Raises
        ------
        DataError
            A negative size or power, or an efficiency outside (0, 1].
        """
        if self.kwh < 0.0 or self.kw < 0.0:
            raise DataError(f"storage: {self.kwh} kWh and {self.kw} kW, expected 0 or more.")
        if not 0.0 < self.efficiency <= 1.0:
            raise DataError(f"storage: efficiency {self.efficiency}, expected above 0 and at most 1.")


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
    load_kw: Floats, pv: Floats, price: Floats, storage: Storage, *, interval_min: float, limit_kw: float | None = None
) -> Dispatch:
    """Return how storage is run: PV that is left over first, then the cheap hours; out above the limit, then when dear.

    Cheap are prices below the mean, dear those above it. Charging from the grid never lifts the draw above the
    limit (the load's own peak where there is none); discharging never feeds in.

    Parameters
    ----------
    load_kw, pv, price : numpy.ndarray
        Load, PV and price by interval.
    storage : Storage
        Empty at the start.
    interval_min : float
        Length of an interval.
    limit_kw : float, optional
        Draw that should not be exceeded.
    """
    hours = interval_min / 60.0
    grid = load_kw - pv
    charge, discharge = np.zeros(len(load_kw)), np.zeros(len(load_kw))
    levels = np.zeros(len(load_kw))
    mean = float(price.mean()) if len(price) else 0.0
    cap = float(np.max(load_kw, initial=0.0)) if limit_kw is None else limit_kw
    level = 0.0
    for at in range(len(load_kw)):
        room = min(storage.kw, (storage.kwh - level) / (hours * storage.efficiency)) if storage.kwh else 0.0
        ready = min(storage.kw, level / hours)
        if grid[at] < 0.0:
            charge[at] = min(-grid[at], room)
        elif limit_kw is not None and grid[at] > limit_kw:
            discharge[at] = min(grid[at] - limit_kw, ready)
        elif price[at] < mean:
            charge[at] = max(0.0, min(room, cap - grid[at]))
        elif price[at] > mean:
            discharge[at] = min(grid[at], ready)
        level += (charge[at] * storage.efficiency - discharge[at]) * hours
        level = min(max(level, 0.0), storage.kwh)
        levels[at] = level
    used = np.minimum(pv, load_kw + charge)
    return Dispatch(grid + charge - discharge, used, charge, discharge, levels)


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
    steps = int(days * _DAY_MIN / interval_min)
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


def _prices(tariff: pl.DataFrame | None, start: Floats) -> Floats:
    """Return the price at the start of each interval."""
    if tariff is None or not tariff.height:
        return np.ones(len(start))
    steps = tariff.sort("start_min")
    at = np.searchsorted(steps["start_min"].to_numpy(), start, side="right") - 1
    return np.asarray(steps["cny_per_kwh"].to_numpy()[np.maximum(at, 0)])


def _base_shape(county: County, start: Floats) -> Floats:
    """Return the load of the other users over their peak."""
    shape = county.profiles.filter(pl.col("profile") == "town_base").sort("hour")["share"].to_numpy()
    if len(shape) != _HOURS:
        raise DataError("profiles: profile 'town_base' needs 24 hours.")
    return np.asarray(shape[((start % _DAY_MIN) // 60.0).astype(int)] / shape.max())


def managed_load(
    sessions: pl.DataFrame, way: str, *, interval_min: float, tariff: pl.DataFrame | None = None, ac_kw: float
) -> pl.DataFrame:
    """Return the load of AC sessions when they are charged in another way between plugging in and leaving.

    Parameters
    ----------
    sessions : polars.DataFrame
        Sessions of a simulation; the served AC ones count.
    way : str
        ``immediate``: at full power from plugging in. ``valley``: in the cheapest intervals of the stay.
        ``levelled``: evenly over the stay. All give every session its energy before it leaves, as far as the power
        allows.
    interval_min : float
        Interval of the load.
    tariff : polars.DataFrame, optional
        Price steps, for ``valley``.
    ac_kw : float
        Power of an AC gun at the meter.

    Returns
    -------
    polars.DataFrame
        ``start_min, mean_kw`` of all AC sessions together (meter side).

    Raises
    ------
    DataError
        An unknown way, or a power not above 0.
    """
    if way not in MANAGED:
        raise DataError(f"managed charging: way {way!r}.{nearest(way, MANAGED)} Expected one of {', '.join(MANAGED)}.")
    if not ac_kw > 0.0:
        raise DataError(f"managed charging: ac_kw {ac_kw}, expected more than 0.")
    own = sessions.filter((pl.col("current") == "ac") & (pl.col("outcome") == "served")).sort("request_id")
    last = float(own["leave_min"].to_numpy().max(initial=0.0))
    steps = int(last // interval_min) + 1
    starts = interval_min * np.arange(steps, dtype=np.float64)
    price = _prices(tariff, starts)
    total = np.zeros(steps)
    for plug, leave, energy in own.select("plug_min", "leave_min", "meter_kwh").iter_rows():
        first, end = int(plug // interval_min), min(steps, int(leave // interval_min) + 1)
        inside = np.minimum(starts[first:end] + interval_min, leave) - np.maximum(starts[first:end], plug)
        most = ac_kw * np.maximum(inside, 0.0) / 60.0
        if way == "levelled":
            given = most * min(1.0, energy / most.sum()) if most.sum() > 0.0 else most
        else:
            order = np.arange(end - first) if way == "immediate" else np.argsort(price[first:end], kind="stable")
            before = np.concatenate([[0.0], np.cumsum(most[order])[:-1]])
            given = np.zeros(end - first)
            given[order] = np.clip(energy - before, 0.0, most[order])
        total[first:end] += given * 60.0 / interval_min
    return pl.DataFrame({"start_min": starts, "mean_kw": total})


WAYS: Final = {"way": pl.String, **dict.fromkeys(("energy_kwh", "peak_kw", "energy_cny"), pl.Float64)}
"""Schema of the table of ways of charging."""


def managed_ways(sessions: pl.DataFrame, tariff: pl.DataFrame, *, interval_min: float, ac_kw: float) -> pl.DataFrame:
    """Return energy, peak and price of the AC sessions in each way of charging them.

    Returns
    -------
    polars.DataFrame
        One row a way: ``way, energy_kwh`` (meter), ``peak_kw, energy_cny`` (at the tariff, fees included).
    """
    rows = []
    for way in MANAGED:
        curve = managed_load(sessions, way, interval_min=interval_min, tariff=tariff, ac_kw=ac_kw)
        energy = curve["mean_kw"].to_numpy() * interval_min / 60.0
        price = _prices(tariff, curve["start_min"].to_numpy())
        peak = float(curve["mean_kw"].to_numpy().max(initial=0.0))
        rows.append((way, float(energy.sum()), peak, float(energy @ price)))
    return pl.DataFrame(rows, schema=WAYS, orient="row")
