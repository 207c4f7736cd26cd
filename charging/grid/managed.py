"""Managed AC charging: at once, in the valley of the tariff, levelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.grid.spread import Cells, mean_kw
from charging.grid.starts import MANAGED_START, PLUG_IN, Prices, charge_starts
from charging.inputs.tariff import prices_at
from data.errors import DataError, nearest
from data.outcomes import SERVED

if TYPE_CHECKING:
    from data.arrays import Floats

_GOLDEN: Final = 0.5 * (5.0**0.5 - 1.0)
"""Multiples of it, without their whole part, lie as evenly in [0, 1) as any sequence can at every length."""

MANAGED: Final = ("immediate", "valley", "levelled")
"""Ways of charging AC sessions between plugging in and leaving."""
_RULES: Final = {"immediate": PLUG_IN, "valley": MANAGED_START}
"""Start rules of those that run at their own power: as of private chargers."""


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
        ``immediate``: at full power from plugging in, as in the simulation. ``valley``: begun where the charge
        costs least, the starts spread over all such times. ``levelled``: evenly over the stay.
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
    Charges begin by the rules of :mod:`charging.grid.starts`, as those at chargers of one's own do; the lot of the
    n-th session is the fractional part of n times the golden ratio. Where too many cars share few cheap hours the peak
    may pass that of ``immediate`` all the same;
    :func:`managed_ways` says so in ``peak_over_immediate``.
    """
    if way not in MANAGED:
        raise DataError(f"managed charging: way {way!r}.{nearest(way, MANAGED)} Expected one of {', '.join(MANAGED)}.")
    if ac_kw is not None and not ac_kw > 0.0:
        raise DataError(f"managed charging: ac_kw {ac_kw}, expected more than 0.")
    slow = at_ac_guns(sessions, layout).sort("request_id")
    return _managed(slow, way, Prices(tariff), interval_min=interval_min, ac_kw=ac_kw, load=load)


def _managed(
    slow: pl.DataFrame,
    way: str,
    prices: Prices,
    *,
    interval_min: float,
    ac_kw: float | None = None,
    load: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the load of sessions at AC guns, in order of their requests, in a way of charging them."""
    last = float(slow["leave_min"].to_numpy().max(initial=0.0))
    steps = int(last // interval_min) + 1
    cells = Cells(1, steps, interval_min)
    if way == "immediate" and load is not None:
        return pl.DataFrame({"start_min": cells.start_min, "mean_kw": _as_simulated(load, steps, interval_min)})
    plug, leave, energy = (slow[name].to_numpy() for name in ("plug_min", "leave_min", "meter_kwh"))
    kw = _own_kw(slow, ac_kw).to_numpy()
    if way == "levelled":
        # the whole stay at the power that just fills it
        stay = leave - plug
        kw = np.divide(60.0 * energy, stay, out=np.zeros_like(stay), where=stay > 0.0)
        begin, minutes = plug, stay
    else:
        minutes = np.divide(60.0 * energy, kw, out=np.zeros_like(kw), where=kw > 0.0)
        lot = np.arange(slow.height, dtype=np.float64) * _GOLDEN % 1.0
        # rounding must not let a charge that fills its stay begin before it
        latest = np.maximum(leave - minutes, plug)
        begin = charge_starts(plug, latest, minutes, lot, _RULES[way], prices)
    total = mean_kw(begin, begin + minutes, kw, np.zeros(slow.height, dtype=np.int64), cells)[0]
    return pl.DataFrame({"start_min": cells.start_min, "mean_kw": total})


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
    slow, prices = at_ac_guns(sessions, layout).sort("request_id"), Prices(tariff)
    for way in MANAGED:
        curve = _managed(slow, way, prices, interval_min=interval_min, load=load)
        energy = curve["mean_kw"].to_numpy() * interval_min / 60.0
        price = prices_at(tariff, curve["start_min"].to_numpy())
        peak = float(curve["mean_kw"].to_numpy().max(initial=0.0))
        at_once = peak if way == MANAGED[0] else at_once
        rows.append((way, float(energy.sum()), peak, float(energy @ price), peak / at_once if at_once else None))
    return pl.DataFrame(rows, schema=WAYS, orient="row")
