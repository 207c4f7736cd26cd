"""Managed AC charging: at once, in the valley of the tariff, levelled."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from charging.inputs.tariff import prices_at
from data.errors import DataError, nearest
from data.outcomes import SERVED

MANAGED: Final = ("immediate", "valley", "levelled")
"""Ways of charging AC sessions between plugging in and leaving."""


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
    # sorted, so that sums of power have one order
    slow = sessions.filter((pl.col("current") == "ac") & SERVED).sort("request_id")
    last = float(slow["leave_min"].to_numpy().max(initial=0.0))
    steps = int(last // interval_min) + 1
    starts = interval_min * np.arange(steps, dtype=np.float64)
    price = prices_at(tariff, starts)
    total = np.zeros(steps)
    for plug, leave, energy in slow.select("plug_min", "leave_min", "meter_kwh").iter_rows():
        first, end = int(plug // interval_min), min(steps, int(leave // interval_min) + 1)
        inside = np.minimum(starts[first:end] + interval_min, leave) - np.maximum(starts[first:end], plug)
        most = ac_kw * np.maximum(inside, 0.0) / 60.0
        if way == "levelled":
            # the same share of what each interval could give: level in power
            given = most * min(1.0, energy / most.sum()) if most.sum() > 0.0 else most
        else:
            # stable: of equally cheap intervals the earlier comes first
            order = np.arange(end - first) if way == "immediate" else np.argsort(price[first:end], kind="stable")
            before = np.concatenate([[0.0], np.cumsum(most[order])[:-1]])
            given = np.zeros(end - first)
            given[order] = np.clip(energy - before, 0.0, most[order])
        # mean over the whole interval, also where the vehicle was there for a part of it
        total[first:end] += given * 60.0 / interval_min
    return pl.DataFrame({"start_min": starts, "mean_kw": total})


WAYS: Final = {"way": pl.String, **dict.fromkeys(("energy_kwh", "peak_kw", "energy_cny"), pl.Float64)}
"""Schema of the table of ways of charging."""


def managed_ways(sessions: pl.DataFrame, tariff: pl.DataFrame, *, interval_min: float, ac_kw: float) -> pl.DataFrame:
    """Return energy, peak and price of the AC sessions in each way of charging them.

    Returns
    -------
    polars.DataFrame
        One row per way: ``way, energy_kwh`` (meter), ``peak_kw, energy_cny`` (at the tariff, fees included).
    """
    rows = []
    for way in MANAGED:
        curve = managed_load(sessions, way, interval_min=interval_min, tariff=tariff, ac_kw=ac_kw)
        energy = curve["mean_kw"].to_numpy() * interval_min / 60.0
        price = prices_at(tariff, curve["start_min"].to_numpy())
        peak = float(curve["mean_kw"].to_numpy().max(initial=0.0))
        rows.append((way, float(energy.sum()), peak, float(energy @ price)))
    return pl.DataFrame(rows, schema=WAYS, orient="row")
