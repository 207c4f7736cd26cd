"""Managed AC charging: at once, in the valley of the tariff, levelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.inputs.tariff import prices_at
from data.errors import DataError, nearest
from data.outcomes import SERVED

if TYPE_CHECKING:
    from data.arrays import Floats

_GOLDEN: Final = 0.5 * (5.0**0.5 - 1.0)
"""Multiples of it, without their whole part, lie as evenly in [0, 1) as any sequence can at every length."""

MANAGED: Final = ("immediate", "valley", "levelled")
"""Ways of charging AC sessions between plugging in and leaving."""


def managed_load(
    sessions: pl.DataFrame,
    way: str,
    *,
    interval_min: float,
    tariff: pl.DataFrame | None = None,
    ac_kw: float | None = None,
    layout: pl.DataFrame | None = None,
    load: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the load of AC sessions when they are charged in another way between plugging in and leaving.

    Each session charges at the largest power that it drew in the simulation (``peak_kw``): what its on-board charger,
    the gun and its share of the pile let through. At that power its energy fits into its stay, in every way.

    Parameters
    ----------
    sessions : polars.DataFrame
        Sessions of a simulation; those served at AC guns count.
    way : str
        ``immediate``: at full power from plugging in, as in the simulation. ``valley``: in the cheapest intervals of
        the stay, the starts spread over all of the same price. ``levelled``: evenly over the stay.
    interval_min : float
        Interval of the load.
    tariff : polars.DataFrame, optional
        Price steps, for ``valley``.
    ac_kw : float, optional
        Power of an AC gun at the meter, for sessions without ``peak_kw``.
    layout : polars.DataFrame, optional
        Layout of the simulation: needed where requests take any current, to tell who stood at an AC gun.
    load : polars.DataFrame, optional
        Load of the simulation: with it ``immediate`` is exactly its AC load, also where curves or shared piles change
        the power on the way.

    Returns
    -------
    polars.DataFrame
        ``start_min, mean_kw`` of all AC sessions together (meter side).

    Raises
    ------
    DataError
        An unknown way, a power not above 0 or not known, or sessions of any current without the layout.

    Notes
    -----
    If everybody began with the first cheap minute, the cheap hours would begin with a peak of their own. Starts
    are therefore spread: the n-th session leaves the fractional part of n times the golden ratio of its slack before
    it. Where too many cars share few cheap hours the peak may pass that of ``immediate`` all the same;
    :func:`managed_ways` says so in ``peak_over_immediate``.
    """
    if way not in MANAGED:
        raise DataError(f"managed charging: way {way!r}.{nearest(way, MANAGED)} Expected one of {', '.join(MANAGED)}.")
    if ac_kw is not None and not ac_kw > 0.0:
        raise DataError(f"managed charging: ac_kw {ac_kw}, expected more than 0.")
    slow = at_ac_guns(sessions, layout).sort("request_id")
    last = float(slow["leave_min"].to_numpy().max(initial=0.0))
    steps = int(last // interval_min) + 1
    starts = interval_min * np.arange(steps, dtype=np.float64)
    if way == "immediate" and load is not None:
        return pl.DataFrame({"start_min": starts, "mean_kw": _as_simulated(load, steps, interval_min)})
    total = np.zeros(steps)
    price = prices_at(tariff if way == "valley" else None, starts)
    columns = slow.with_columns(kw=_own_kw(slow, ac_kw)).select("plug_min", "leave_min", "meter_kwh", "kw")
    for number, (plug, leave, energy, kw) in enumerate(columns.iter_rows()):
        first, end = int(plug // interval_min), min(steps, int(leave // interval_min) + 1)
        inside = np.minimum(starts[first:end] + interval_min, leave) - np.maximum(starts[first:end], plug)
        most = kw * np.maximum(inside, 0.0) / 60.0
        if way == "levelled":
            # the same share of what each interval could give: level in power
            given = most * min(1.0, energy / most.sum()) if most.sum() > 0.0 else most
        else:
            late = 0.0 if way == "immediate" else number * _GOLDEN % 1.0
            given = _cheapest_first(most, price[first:end], energy, late)
        total[first:end] += given * 60.0 / interval_min
    return pl.DataFrame({"start_min": starts, "mean_kw": total})


def at_ac_guns(sessions: pl.DataFrame, layout: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the sessions that were served at AC guns.

    Raises
    ------
    DataError
        Served requests for any current, and no layout that tells where they stood.
    """
    served = sessions.filter(SERVED)
    either = served.filter(pl.col("current") == "any")
    if either.height and layout is None:
        raise DataError("managed charging: requests for any current; give the layout, to tell who stood at an AC gun.")
    slow = served.filter(pl.col("current") == "ac")
    if not either.height or layout is None:
        return slow
    groups = layout.filter(pl.col("current") == "ac").select("station_id", "group_id")
    return pl.concat([slow, either.join(groups, on=["station_id", "group_id"], how="semi")])


def _as_simulated(load: pl.DataFrame, steps: int, interval_min: float) -> Floats:
    """Return the AC load of a simulation in so many intervals, kW."""
    step = np.rint(load["start_min"].to_numpy() / interval_min).astype(np.int64)
    taken = np.bincount(step, weights=load["ac_kwh"].to_numpy(), minlength=steps)[:steps]
    return np.asarray(taken * 60.0 / interval_min)


def _own_kw(sessions: pl.DataFrame, ac_kw: float | None) -> pl.Series:
    """Return the power at which each session charges, kW at the meter."""
    if "peak_kw" in sessions.columns:
        return sessions["peak_kw"]
    if ac_kw is None:
        raise DataError("managed charging: the sessions have no column peak_kw; give ac_kw.")
    return pl.repeat(ac_kw, sessions.height, dtype=pl.Float64, eager=True)


def _cheapest_first(most: Floats, price: Floats, energy: float, late_share: float) -> Floats:
    """Return the energy by interval of a session that charges where it is cheapest.

    Parameters
    ----------
    most, price
        By interval: the most that fits in, kWh, and the price.
    energy
        Energy of the session, kWh.
    late_share
        Share of the slack among intervals of one price that passes before it begins there.
    """
    given = np.zeros(len(most))
    for level in np.unique(price):
        here = np.flatnonzero(price == level)
        room = float(most[here].sum())
        part = min(energy, room)
        until = np.cumsum(most[here])
        begin = late_share * (room - part)
        passed = np.clip(until, begin, begin + part) - begin
        passed[-1] = part  # sums by another way round differently: all of it is given
        given[here] = np.diff(passed, prepend=0.0)
        energy -= part
    return given


WAYS: Final = {
    "way": pl.String,
    **dict.fromkeys(("energy_kwh", "peak_kw", "energy_cny", "peak_over_immediate"), pl.Float64),
}
"""Schema of the table of ways of charging."""


def managed_ways(
    sessions: pl.DataFrame,
    tariff: pl.DataFrame,
    *,
    interval_min: float,
    layout: pl.DataFrame | None = None,
    load: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return energy, peak and price of the AC sessions in each way of charging them.

    Parameters
    ----------
    sessions, tariff, interval_min, layout, load
        As for :func:`managed_load`.

    Returns
    -------
    polars.DataFrame
        One row per way: ``way, energy_kwh`` (meter), ``peak_kw, energy_cny`` (at the tariff, fees included),
        ``peak_over_immediate`` (above 1 the way makes a higher peak than charging at once; null without load).
    """
    rows: list[tuple[str, float, float, float, float | None]] = []
    at_once = 0.0
    for way in MANAGED:
        curve = managed_load(sessions, way, interval_min=interval_min, tariff=tariff, layout=layout, load=load)
        energy = curve["mean_kw"].to_numpy() * interval_min / 60.0
        price = prices_at(tariff, curve["start_min"].to_numpy())
        peak = float(curve["mean_kw"].to_numpy().max(initial=0.0))
        at_once = peak if way == MANAGED[0] else at_once
        rows.append((way, float(energy.sum()), peak, float(energy @ price), peak / at_once if at_once else None))
    return pl.DataFrame(rows, schema=WAYS, orient="row")
