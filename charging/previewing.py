"""What queueing formulas say of a layout before anything is simulated, and how that compares with the simulation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from charging.behaviour import Behaviour
from charging.demand import build_demand
from charging.queueing import erlang_c, wait_mgc
from charging.rules import in_turn
from charging.simulation import build_stations
from data.schemas.crossing import Layout, Requests, Travel, Vehicles
from data.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.demand import Demand
    from charging.stations import Station

_DAY_MIN = 1440.0


def preview(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return offered load, wait and stability of each station by Erlang C, without simulating.

    Each request goes to the nearest station that suits (evenly over those within the indifference), and stands at
    the most powerful gun there as long as an undisturbed charge and the overstay take. Guns of both currents count
    as one group. Sharing of power, other choices and patience are left out: the simulation shows what they change.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`charging.simulate`.

    Returns
    -------
    polars.DataFrame
        One row a station: ``station_id, guns, requests, mean_stay_min, offered_erlang`` (over the whole days),
        ``busy_hour_erlang`` (in the hour of the day with most requests), ``utilisation_share`` (offered over guns),
        ``wait_share, wait_mean_min`` (Erlang C with the Allen-Cunneen correction for the spread of stays, at the busy
        hour; null where unstable) and ``stable`` (the busy hour's load is below the number of guns).

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column.
    """
    settings = Behaviour.of(behaviour)
    layout = validate(layout, Layout, table="layout")
    requests = validate(requests, Requests, table="requests")
    stations = build_stations(layout)
    demand = build_demand(
        requests,
        None if vehicles is None else validate(vehicles, Vehicles, table="vehicles"),
        None if travel is None else validate(travel, Travel, table="travel"),
        stations,
    )
    place, stay = _assigned(demand, stations, settings)
    minute = np.asarray(demand.arrive_min)
    days = max(1.0, math.ceil((minute.max(initial=0.0) + 1e-9) / _DAY_MIN))
    rows = [_row(station, stay[place == station.number], minute[place == station.number], days) for station in stations]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "station_id": pl.String,
    "guns": pl.Int64,
    "requests": pl.Int64,
    "mean_stay_min": pl.Float64,
    "offered_erlang": pl.Float64,
    "busy_hour_erlang": pl.Float64,
    "utilisation_share": pl.Float64,
    "wait_share": pl.Float64,
    "wait_mean_min": pl.Float64,
    "stable": pl.Boolean,
}


def _assigned(
    demand: Demand, stations: list[Station], settings: Behaviour
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the station of each request (-1 for none) and its minutes at the gun."""
    place = np.full(demand.size, -1, dtype=np.int64)
    stay = np.zeros(demand.size)
    numbers = demand.table["request_id"].to_list()
    for index, options in enumerate(demand.first_options()):
        if not options:
            continue
        good = [option for option in options if option[1] <= options[0][1] + settings.indifference_min]
        wanted = demand.current[index]
        guns = [stations[option[0]].guns[wanted] for option in good]
        station = stations[good[in_turn(numbers[index], guns)][0]]
        vehicle = demand.vehicle[index]
        most = max(
            min(vehicle.limit_kw(group.current, group.gun_amps), group.pile_kw) for group in station.groups[wanted]
        )
        place[index] = station.number
        stay[index] = demand.minutes(index, most) + demand.overstay_min[index]
    return place, stay


def _row(
    station: Station,
    stay: np.ndarray[Any, np.dtype[np.float64]],
    minute: np.ndarray[Any, np.dtype[np.float64]],
    days: float,
) -> tuple[object, ...]:
    """Return the figures of a station."""
    guns = station.guns["any"]
    if not len(stay):
        return (station.station_id, guns, 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, True)
    mean = float(stay.mean())
    offered = float(stay.sum()) / (days * _DAY_MIN)
    by_hour = np.bincount((minute % _DAY_MIN // 60.0).astype(np.int64), minlength=24)
    busy = float(by_hour.max()) / (60.0 * days) * mean
    stable = busy < guns
    spread = float(stay.var()) / mean**2
    wait = wait_mgc(guns, busy, service_scv=spread) * mean if stable else None
    share = erlang_c(guns, busy) if stable else None
    return (station.station_id, guns, len(stay), mean, offered, busy, offered / guns, share, wait, stable)


def preview_against(table: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """Return the preview beside what the simulation showed, with the differences.

    Parameters
    ----------
    table
        From :func:`preview`.
    stations
        Station figures of a simulation of the same tables.

    Returns
    -------
    polars.DataFrame
        The preview with ``simulated_requests, simulated_utilisation_share, simulated_wait_mean_min`` and
        ``utilisation_difference, wait_difference_min`` (simulated minus preview).
    """
    shown = stations.select(
        "station_id",
        simulated_requests=pl.col("arrivals"),
        simulated_utilisation_share=pl.col("gun_utilisation_share"),
        simulated_wait_mean_min=pl.col("wait_mean_min"),
    )
    return table.join(shown, on="station_id", how="left", maintain_order="left").with_columns(
        utilisation_difference=pl.col("simulated_utilisation_share") - pl.col("utilisation_share"),
        wait_difference_min=pl.col("simulated_wait_mean_min") - pl.col("wait_mean_min"),
    )
