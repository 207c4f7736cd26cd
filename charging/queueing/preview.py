"""What queueing formulas say of a layout before anything is simulated, and how that compares with the simulation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.choice import in_turn
from charging.engine.columns import view
from charging.engine.demand import build_demand
from charging.inputs.behaviour import Behaviour
from charging.queueing.formulas import erlang_c, wait_mgc
from charging.simulation import build_stations
from data.arrays import DAY_MIN, HOURS
from data.schemas.charging import Layout, Requests, Travel, Vehicles
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.engine.demand import Demand
    from charging.engine.stations import Station
    from data.arrays import Floats, Ints


_AFTER_MIN: Final = 1e-9
"""A request at minute 0 of a day belongs to that day: the days covered end just after the last one."""


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
        One row per station: ``station_id, guns, requests, mean_stay_min, offered_erlang`` (over the whole days),
        ``busy_hour_erlang`` (in the hour of the day with most requests), ``utilisation_share`` (offered over guns),
        ``wait_share, wait_mean_min`` (Erlang C with the Allen-Cunneen correction for the spread of stays, at the busy
        hour; null where unstable) and ``stable`` (the busy hour's load is below the number of guns).

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column.
    """
    settings = Behaviour.of(behaviour)
    stations = build_stations(validate(layout, Layout, table="layout"))
    demand = _demand(requests, travel, vehicles, stations)
    station_of, stay = _assigned(demand, stations, settings)
    minute = np.asarray(demand.arrive_min)
    days = _days(minute)
    rows = []
    for station in stations:
        here = station_of == station.number
        rows.append(_row(station, stay[here], minute[here], days))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def busy_loads(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the load of each station and current in its busiest hour of the day, as `preview` assigns requests.

    Requests for either current count as dc where the station has such guns.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`preview`.

    Returns
    -------
    polars.DataFrame
        One row per station and current that it has: ``station_id, current, busy_hour_erlang``.
    """
    stations = build_stations(validate(layout, Layout, table="layout"))
    demand = _demand(requests, travel, vehicles, stations)
    station_of, stay = _assigned(demand, stations, Behaviour.of(behaviour))
    minute = np.asarray(demand.arrive_min)
    days = _days(minute)
    wanted = np.array([wanted.partition(" ")[0] for _, wanted in demand.kinds])[view(demand.kind)]
    rows = []
    for station in stations:
        requests_here = station_of == station.number
        # those that take any current go to dc first, where they are done sooner
        either = "dc" if station.groups["dc"] else "ac"
        for current in ("dc", "ac"):
            if station.groups[current]:
                here = requests_here & ((wanted == current) | ((wanted == "any") & (current == either)))
                rows.append((station.station_id, current, _busy_erlang(stay[here], minute[here], days)))
    schema = {"station_id": pl.String, "current": pl.String, "busy_hour_erlang": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _demand(
    requests: pl.DataFrame, travel: pl.DataFrame | None, vehicles: pl.DataFrame | None, stations: list[Station]
) -> Demand:
    """Return the demand that the tables make."""
    return build_demand(
        validate(requests, Requests, table="requests"),
        None if vehicles is None else validate(vehicles, Vehicles, table="vehicles"),
        None if travel is None else validate(travel, Travel, table="travel"),
        stations,
    )


def _days(minute: Floats) -> float:
    """Return the whole days that the arrivals cover."""
    return float(max(1, math.ceil((minute.max(initial=0.0) + _AFTER_MIN) / DAY_MIN)))


def _busy_erlang(stay: Floats, minute: Floats, days: float) -> float:
    """Return the offered load in the hour of the day with most requests."""
    if not len(stay):
        return 0.0
    by_hour = np.bincount((minute % DAY_MIN // 60.0).astype(np.int64), minlength=HOURS)
    return float(by_hour.max()) / (60.0 * days) * float(stay.mean())


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


def _assigned(demand: Demand, stations: list[Station], settings: Behaviour) -> tuple[Ints, Floats]:
    """Return the station of each request (-1 for none) and its minutes at the gun."""
    station_of = np.full(demand.size, -1, dtype=np.int64)
    stay = np.zeros(demand.size)
    overstay = view(demand.overstay_min)
    for kind, options in enumerate(demand.first_options()):
        requests = np.flatnonzero(view(demand.kind) == kind)
        good = [option for option in options if option[1] <= options[0][1] + settings.indifference_min]
        wanted = demand.kinds[kind][1]
        guns = [stations[option[0]].guns[wanted] for option in good]
        numbers = demand.request_id[requests].tolist() if good else []
        chosen = np.array([in_turn(number, guns) for number in numbers], dtype=np.int64)
        for option, (number, _, _) in enumerate(good):
            here = requests[chosen == option]
            groups = stations[number].groups[wanted]
            # a driver takes the most powerful gun that is free; in a preview all are
            limits = np.max([demand.limits_kw(each.current, each.gun_amps, each.pile_kw) for each in groups], axis=0)
            station_of[here] = number
            stay[here] = view(demand.minutes(limits, here)) + overstay[here]
    return station_of, stay


def _row(
    station: Station,
    stay: Floats,
    minute: Floats,
    days: float,
) -> tuple[object, ...]:
    """Return the figures of a station."""
    guns = station.guns["any"]
    if not len(stay):
        return (station.station_id, guns, 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, True)
    mean = float(stay.mean())
    offered = float(stay.sum()) / (days * DAY_MIN)
    busy = _busy_erlang(stay, minute, days)
    stable = busy < guns
    # squared coefficient of variation of the stays, for Allen and Cunneen's correction
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
