"""Tables of a finished simulation: sessions and load from what was written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.log import OUTCOMES, SERVED, UNFINISHED, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.model import Run

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


def sessions_and_load(layout: pl.DataFrame, run: Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row a request, and the load of stations by interval.

    Parameters
    ----------
    layout
        The checked layout, one row a pile group.
    run
        What happened; its books are closed.
    """
    names, demand, log, books = run
    metered, cost = books.metered()
    books.close()
    station = books.station()
    group, pile, gun = books.places()
    plug, full = view(log.plug), view(log.full)
    arrive = np.where(station >= 0, view(log.arrive), np.nan)
    leave = np.where(np.isnan(plug), view(log.leave), full + view(demand.overstay_min))
    wait = view(log.lost_min) + np.where(np.isnan(plug), 0.0, plug - arrive)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(full > plug, 60.0 * books.energy_kwh / (full - plug), np.nan)
    table = demand.table
    sessions = pl.DataFrame(
        [
            *(table[name] for name in ("request_id", "origin", "vehicle_class", "current")),
            table["arrive_min"].alias("request_min"),
            table["energy_kwh"].alias("asked_kwh"),
            _named("station_id", names, station),
            _named("group_id", layout["group_id"].to_list(), group),
            _numbers("pile", pile),
            _numbers("gun", gun),
            *(_times(name, values) for name, values in _clocks(arrive, plug, full, leave).items()),
            pl.Series("wait_min", wait),
            pl.Series("energy_kwh", books.energy_kwh),
            pl.Series("meter_kwh", metered),
            pl.Series("peak_kw", books.peak_kw),
            pl.Series("tries", view(log.tries)).cast(pl.Int64),
            _named("outcome", OUTCOMES, _outcomes(view(log.outcome), plug, full)),
            pl.Series("travel_min", view(log.travel_min)),
            pl.Series("travel_km", view(log.travel_km)),
            _times("mean_kw", mean),
            pl.Series("cost_cny", cost),
        ]
    ).select(_SESSION_COLUMNS)
    if not sessions["request_id"].is_sorted():
        sessions = sessions.sort("request_id")
    return sessions, books.load.table()


def _clocks(arrive: Floats, plug: Floats, full: Floats, leave: Floats) -> dict[str, Floats]:
    """Return the times of a session by column."""
    return {"arrive_min": arrive, "plug_min": plug, "full_min": full, "leave_min": leave}


def _times(column: str, values: Floats) -> pl.Series:
    """Return numbers as a column; NaN is null."""
    return pl.Series(column, values, nan_to_null=True)


def _outcomes(written: NDArray[np.int8], plug: Floats, full: Floats) -> NDArray[np.int8]:
    """Return the number of each outcome: who plugged in was served, if the charge ended."""
    ended = np.where(np.isnan(full), np.int8(UNFINISHED), np.int8(SERVED))
    return np.where(np.isnan(plug), written, ended)


def _numbers(column: str, values: Numbers) -> pl.Series:
    """Return whole numbers as a column; -1 is null."""
    numbers = pl.Series(column, values)
    return numbers.set(numbers < 0, None)


def _named(column: str, names: Sequence[str], numbers: NDArray[Any]) -> pl.Series:
    """Return the names behind numbers as a column; -1 is null."""
    return pl.Series(column, [*names, None], dtype=pl.String).gather(np.where(numbers < 0, len(names), numbers))
