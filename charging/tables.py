"""Tables of a finished simulation: sessions and load from what was written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.load import LoadMeter
from charging.log import OUTCOMES, SERVED, UNFINISHED
from charging.pieces import integrate
from charging.tariff import Bill

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.behaviour import Behaviour
    from charging.model import Network

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

_SESSION_COLUMNS: Final = (
    "request_id",
    "origin",
    "vehicle_class",
    "current",
    "request_min",
    "asked_kwh",
    "station_id",
    "group_id",
    "pile",
    "gun",
    "arrive_min",
    "plug_min",
    "full_min",
    "leave_min",
    "wait_min",
    "energy_kwh",
    "meter_kwh",
    "peak_kw",
    "tries",
    "outcome",
    "travel_min",
    "travel_km",
    "mean_kw",
    "cost_cny",
)


def sessions_and_load(
    layout: pl.DataFrame, network: Network, settings: Behaviour, tariff: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row a request, and the load of stations by interval.

    Parameters
    ----------
    layout
        The checked layout, one row a pile group.
    network
        A network that has run.
    settings
        Efficiencies and the interval of the load.
    tariff
        Price steps; None costs nothing.
    """
    demand, log = network.demand, network.log
    names = layout["station_id"].unique(maintain_order=True).to_list()
    group = np.array(log.group, dtype=np.int64)
    station = _station(layout, names, group, np.array(log.station, dtype=np.int64))
    stretches = log.stretches(demand, network.sharing.log())
    on_ac = np.append((layout["current"] == "ac").to_numpy(), False)[group]
    efficiency = demand.efficiency(on_ac, settings)
    part = demand.battery_kwh[stretches.request] * (stretches.end_soc - stretches.start_soc)
    energy = np.bincount(stretches.request, weights=part, minlength=demand.size)
    bill, peak = Bill(tariff, demand.size), np.zeros(demand.size)
    meter = LoadMeter.until(float(np.max(stretches.end_min, initial=0.0)), names, settings.interval_min)
    for some in stretches.parts():
        pieces = integrate(some, demand.batteries, demand.curves)
        meter.add(pieces, station, efficiency)
        bill.add(pieces)
        pieces.add_peak(peak)
    del stretches, part
    network.sharing.forget()
    plug, full = np.asarray(log.plug), np.asarray(log.full)
    arrive = np.where(station >= 0, np.asarray(log.arrive), np.nan)
    leave = np.where(np.isnan(plug), np.asarray(log.leave), full + np.array(demand.overstay_min))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(full > plug, 60.0 * energy / (full - plug), np.nan)
    table = demand.table
    sessions = pl.DataFrame(
        [
            *(table[name] for name in ("request_id", "origin", "vehicle_class", "current")),
            table["arrive_min"].alias("request_min"),
            table["energy_kwh"].alias("asked_kwh"),
            _named("station_id", names, station),
            _named("group_id", layout["group_id"].to_list(), group),
            *_places(network, group),
            *(_times(name, values) for name, values in _clocks(arrive, plug, full, leave).items()),
            pl.Series("wait_min", np.asarray(log.wait)),
            pl.Series("energy_kwh", energy),
            pl.Series("meter_kwh", energy / efficiency),
            pl.Series("peak_kw", peak),
            pl.Series("tries", np.array(log.tries, dtype=np.int64)),
            _named("outcome", OUTCOMES, _outcomes(log.outcome, plug, full)),
            pl.Series("travel_min", np.asarray(log.travel_min)),
            pl.Series("travel_km", np.asarray(log.travel_km)),
            _times("mean_kw", mean),
            pl.Series("cost_cny", bill.cost_cny(efficiency)),
        ]
    ).select(_SESSION_COLUMNS)
    if not sessions["request_id"].is_sorted():
        sessions = sessions.sort("request_id")
    return sessions, meter.table()


def _station(layout: pl.DataFrame, names: Sequence[str], group: Numbers, written: Numbers) -> Numbers:
    """Return the station of each request: that of its gun, or the last one it reached; -1 for none."""
    number = {name: position for position, name in enumerate(names)}
    of_group = np.array([*(number[name] for name in layout["station_id"]), -1], dtype=np.int64)
    return np.where(group >= 0, of_group[group], written)


def _clocks(arrive: Floats, plug: Floats, full: Floats, leave: Floats) -> dict[str, Floats]:
    """Return the times of a session by column."""
    return {"arrive_min": arrive, "plug_min": plug, "full_min": full, "leave_min": leave}


def _times(column: str, values: Floats) -> pl.Series:
    """Return numbers as a column; NaN is null."""
    return pl.Series(column, values, nan_to_null=True)


def _outcomes(written: array[int], plug: Floats, full: Floats) -> Numbers:
    """Return the number of each outcome: who plugged in was served, if the charge ended."""
    ended = np.where(np.isnan(full), UNFINISHED, SERVED)
    return np.where(np.isnan(plug), np.array(written, dtype=np.int64), ended)


def _places(network: Network, group: Numbers) -> list[pl.Series]:
    """Return pile and gun of each request, null for who got none; piles that are alone have gun 0."""
    pile, gun = np.array(network.log.pile, dtype=np.int64), np.array(network.log.gun, dtype=np.int64)
    shared = gun > 0
    if shared.any():
        pile[shared], gun[shared] = network.sharing.places(gun[shared] - 1)
    plugged = pl.Series(group >= 0)
    return [
        pl.select(pl.when(plugged).then(pl.Series(values))).to_series().alias(name)
        for name, values in (("pile", pile), ("gun", gun))
    ]


def _named(column: str, names: Sequence[str], numbers: Numbers) -> pl.Series:
    """Return the names behind numbers as a column; -1 is null."""
    return pl.Series(column, [*names, None], dtype=pl.String).gather(np.where(numbers < 0, len(names), numbers))
