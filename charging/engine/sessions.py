"""The table of sessions of a finished simulation, from what was written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.demand import SHOWN
from charging.engine.ends.reasons import FINE, HAD_TO_LEAVE, REASONS
from charging.engine.ledger import station_of
from charging.engine.log import OUTCOMES, SERVED, UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from charging.engine.ledger import Run
    from data.arrays import Floats, Ints


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
    "unmet_kwh",
    "reason",
)


_NO_SHARE: Final = 1e-9
"""This share of the energy asked for is lost in rounding, not to the vehicle."""
_SHOWN_AS: Final = ("request_id", "origin", "vehicle_class", "current", "request_min", "asked_kwh")


def sessions_of(layout: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Return one row per request.

    Parameters
    ----------
    layout
        The checked layout, one row per pile group.
    run
        What happened. ``run.columns`` are taken out one by one: a year of them beside its table would double the
        memory.
    """
    columns = {column.name: column for column in _columns(layout["group_id"].to_list(), run)}
    sessions = pl.DataFrame([columns[name] for name in _SESSION_COLUMNS])
    if not sessions["request_id"].is_sorted():
        sessions = sessions.sort("request_id")
    return sessions


def _columns(groups: Sequence[str], run: Run) -> Iterator[pl.Series]:
    """Yield the columns of the sessions, one at a time: what leads to one is let go of before the next is made."""
    columns, guns = run.columns, run.guns
    for name, shown in zip(SHOWN, _SHOWN_AS, strict=True):
        if shown != "request_min":
            yield run.requests[name].alias(shown)
    yield pl.Series("request_min", columns.pop("begin"))
    for name in ("meter_kwh", "cost_cny", "peak_kw"):
        yield pl.Series(name, columns.pop(name))
    gun = columns.pop("gun")
    yield _numbers("pile", guns.pile[gun])
    yield _numbers("gun", guns.gun[gun])
    yield _named("group_id", groups, guns.group[gun])
    yield pl.Series("tries", columns.pop("tries")).cast(pl.Int64)
    for name in ("travel_min", "travel_km"):
        yield pl.Series(name, columns.pop(name))
    plug, end, energy = columns.pop("plug"), columns.pop("end"), columns.pop("energy_kwh")
    plugged = ~np.isnan(plug)
    unmet = _unmet_kwh(run.requests["energy_kwh"].to_numpy(), energy)
    yield _named("reason", REASONS, _reasons(columns.pop("reason"), plugged, unmet))
    yield pl.Series("unmet_kwh", unmet)
    del unmet
    yield _named("outcome", OUTCOMES, _outcomes(columns.pop("outcome"), plugged, end))
    yield _times("leave_min", np.where(plugged, _leave_min(end, columns), end))
    end[~plugged] = np.nan  # of the others it is when they gave up, which is no end of a charge
    # a charge of no length has no mean power
    with np.errstate(divide="ignore", invalid="ignore"):
        yield _times("mean_kw", np.where(end > plug, 60.0 * energy / (end - plug), np.nan))
    yield pl.Series("energy_kwh", energy)
    yield _times("full_min", end)
    del end, energy
    station, arrive = station_of(gun, guns, columns.pop("station")), columns.pop("arrive")
    yield pl.Series("wait_min", columns.pop("lost_min") + np.where(plugged, plug - arrive, 0.0))
    yield _times("plug_min", plug)
    yield _times("arrive_min", np.where(station >= 0, arrive, np.nan))
    yield _named("station_id", run.names, station)


def _times(column: str, values: Floats) -> pl.Series:
    """Return numbers as a column; NaN is null."""
    return pl.Series(column, values, nan_to_null=True)


def _outcomes(written: Ints, plugged: NDArray[np.bool_], end: Floats) -> Ints:
    """Return the number of each outcome: a vehicle that plugged in was served, if the charge ended."""
    return np.where(plugged, np.where(np.isnan(end), UNFINISHED, SERVED), written)


def _leave_min(end: Floats, columns: dict[str, NDArray[Any]]) -> Floats:
    """Return when vehicles that charged leave: after the overstay, or when they have to."""
    leave: Floats = end + columns.pop("overstay_min")
    return np.minimum(leave, columns.pop("leave_by_min")) if "leave_by_min" in columns else leave


def _unmet_kwh(asked: Floats, energy: Floats) -> Floats:
    """Return the energy asked for and not delivered, kWh; what rounding leaves of it is none."""
    unmet = np.maximum(asked - energy, 0.0)
    unmet[unmet <= _NO_SHARE * asked] = 0.0
    return unmet


def _reasons(written: Ints, plugged: NDArray[np.bool_], unmet: Floats) -> Ints:
    """Return the number of each reason: who plugged in had to leave, if energy is missing."""
    return np.where(plugged, np.where(unmet > 0.0, HAD_TO_LEAVE, FINE), written)


def _numbers(column: str, values: Ints) -> pl.Series:
    """Return whole numbers as a column; -1 is null."""
    numbers = pl.Series(column, values)
    return numbers.set(numbers < 0, None)


def _named(column: str, names: Sequence[str | None], numbers: NDArray[Any]) -> pl.Series:
    """Return the names behind numbers as a column; -1 is null."""
    return pl.Series(column, [*names, None], dtype=pl.String).gather(np.where(numbers < 0, len(names), numbers))
