"""``simulate``: a layout and a table of requests in, sessions, load and station figures out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from charging.behaviour import Behaviour
from charging.demand import Demand, build_demand
from charging.load import PowerPieces, load_table
from charging.model import Log, Network
from charging.power import POLICIES
from charging.stations import Group, Pile, Station
from charging.summary import station_summary
from charging.tariff import session_cost_cny
from data.errors import DataError, nearest
from data.schemas.crossing import Layout, Requests, Travel, Vehicles
from data.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ENGINES = ("simpy",)


@dataclass(frozen=True, slots=True)
class ChargingResult:
    """Tables of one simulation.

    Attributes
    ----------
    sessions
        One row a request, ordered by ``request_id``.
    load
        One row a station and interval with load.
    stations
        One row a station with its service and use.
    """

    sessions: pl.DataFrame
    load: pl.DataFrame
    stations: pl.DataFrame


def simulate(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
    tariff: pl.DataFrame | None = None,
    seed: int = 0,
    engine: str = "simpy",
) -> ChargingResult:
    """Simulate charging requests on a layout of stations, event by event.

    Parameters
    ----------
    layout
        One row a pile group: ``station_id, group_id, town, current, pile_kw, piles, guns_per_pile, sharing,
        gun_amps, transformer_kw``.
    requests
        One row a request: ``request_id, arrive_min, origin, current, energy_kwh`` (battery side), ``accept_kw,
        vehicle_class, battery_kwh, soc_start, patience_min, max_queue, overstay_min``. Nulls: constant power,
        infinite patience, never balks, no overstay. ``arrive_min`` is when the driver leaves the origin for a
        station; with no way to go, also the arrival.
    travel
        ``origin, station_id, minutes, km``; None puts every station at zero distance. Rows whose origin is a
        station id serve drivers who go on to the next station.
    behaviour
        A :class:`~charging.behaviour.Behaviour`, a mapping of its settings, or None.
    vehicles
        Vehicle classes with pack voltage, on-board charger, curve and efficiencies; None charges at constant power.
    tariff
        ``start_min, cny_per_kwh`` price steps; None costs nothing.
    seed
        Not used by this model: all that is random is drawn in the requests. Kept for engines that draw failures.
    engine
        ``simpy``.

    Returns
    -------
    ChargingResult
        Sessions, load and stations. Each request has one row and one outcome: ``served``; ``balked`` or ``reneged``
        at the only station it tried; ``unserved`` after several, or with no station in reach.

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column; an unknown engine.
    """
    del seed
    if engine not in ENGINES:
        raise DataError(f"engine {engine!r} is not known.{nearest(engine, ENGINES)} Known: {', '.join(ENGINES)}.")
    settings = Behaviour.of(behaviour)
    layout = validate(layout, Layout, table="layout")
    requests = validate(requests, Requests, table="requests")
    travel = None if travel is None else validate(travel, Travel, table="travel")
    vehicles = None if vehicles is None else validate(vehicles, Vehicles, table="vehicles")
    stations = build_stations(layout)
    demand = build_demand(requests, vehicles, travel, stations)
    log = Network(stations, demand, settings).run()
    return _tables(layout, stations, demand, log, settings, tariff)


def build_stations(layout: pl.DataFrame) -> list[Station]:
    """Return the stations of a checked layout, in its order."""
    stations: dict[str, Station] = {}
    for row in layout.iter_rows(named=True):
        name = row["station_id"]
        station = stations.setdefault(name, Station(len(stations), name, row["transformer_kw"]))
        group = Group(
            station,
            row["group_id"],
            row["current"],
            row["pile_kw"],
            row["sharing"],
            row["gun_amps"],
            guns_per_pile=row["guns_per_pile"],
        )
        guns = row["guns_per_pile"]
        group.piles = [Pile(group, number, [None] * guns) for number in range(row["piles"])]
        group.idle = list(range(row["piles"]))
        station.groups[row["current"]].append(group)
        usable = 1 if row["sharing"] == POLICIES[0] else guns
        station.gun_count[row["current"]] += row["piles"] * usable
    return list(stations.values())


def _tables(
    layout: pl.DataFrame,
    stations: list[Station],
    demand: Demand,
    log: Log,
    settings: Behaviour,
    tariff: pl.DataFrame | None,
) -> ChargingResult:
    """Return the tables of a finished simulation."""
    names = [station.station_id for station in stations]
    pieces = PowerPieces.of(log.pieces)
    current = _current_used(stations, log)
    efficiency = _efficiency(demand, current, settings)
    sessions = _sessions(demand, log, names, pieces, efficiency)
    cost = np.zeros(demand.size) if tariff is None else session_cost_cny(pieces, efficiency, tariff, demand.size)
    sessions = sessions.with_columns(cost_cny=cost).sort("request_id")
    load = load_table(pieces, np.asarray(log.station, dtype=np.int64), efficiency, names, settings.interval_min)
    return ChargingResult(sessions, load, station_summary(layout, sessions, load))


def _current_used(stations: list[Station], log: Log) -> list[str | None]:
    """Return the current of the gun that each request used, None where it was not served."""
    kind = {
        (station.number, group.group_id): group.current
        for station in stations
        for groups in station.groups.values()
        for group in groups
    }
    return [None if gun is None else kind[at, gun[0]] for at, gun in zip(log.station, log.gun, strict=True)]


def _efficiency(demand: Demand, current: list[str | None], settings: Behaviour) -> NDArray[np.float64]:
    """Return battery kWh per meter kWh for each request."""
    return np.array([demand.efficiency(index, kind, settings) for index, kind in enumerate(current)], dtype=np.float64)


def _sessions(
    demand: Demand, log: Log, names: list[str], pieces: PowerPieces, efficiency: NDArray[np.float64]
) -> pl.DataFrame:
    """Return one row a request."""
    energy = np.bincount(pieces.request, weights=pieces.energy_kwh(), minlength=demand.size)
    peak = np.zeros(demand.size)
    np.maximum.at(peak, pieces.request, np.maximum(pieces.start_kw, pieces.end_kw))
    guns = log.gun
    frame = pl.DataFrame(
        {
            "request_id": pl.Series(demand.request_id, dtype=pl.Int64),
            "origin": pl.Series(demand.origin, dtype=pl.String),
            "vehicle_class": pl.Series(demand.vehicle_class, dtype=pl.String),
            "current": pl.Series(demand.current, dtype=pl.String),
            "request_min": pl.Series(demand.arrive_min, dtype=pl.Float64),
            "asked_kwh": pl.Series(demand.energy_kwh, dtype=pl.Float64),
            "station_id": pl.Series([names[at] if at >= 0 else None for at in log.station], dtype=pl.String),
            "group_id": pl.Series([None if gun is None else gun[0] for gun in guns], dtype=pl.String),
            "pile": pl.Series([None if gun is None else gun[1] for gun in guns], dtype=pl.Int64),
            "gun": pl.Series([None if gun is None else gun[2] for gun in guns], dtype=pl.Int64),
            "arrive_min": pl.Series(log.arrive, dtype=pl.Float64),
            "plug_min": pl.Series(log.plug, dtype=pl.Float64),
            "full_min": pl.Series(log.full, dtype=pl.Float64),
            "leave_min": pl.Series(log.leave, dtype=pl.Float64),
            "wait_min": pl.Series(log.wait, dtype=pl.Float64),
            "energy_kwh": energy,
            "meter_kwh": energy / efficiency,
            "peak_kw": peak,
            "tries": pl.Series(log.tries, dtype=pl.Int64),
            "outcome": pl.Series(log.outcome, dtype=pl.String),
            "travel_min": pl.Series(log.travel_min, dtype=pl.Float64),
            "travel_km": pl.Series(log.travel_km, dtype=pl.Float64),
        }
    )
    times = ["arrive_min", "plug_min", "full_min", "leave_min"]
    minutes = pl.col("full_min") - pl.col("plug_min")
    return frame.with_columns(pl.col(times).fill_nan(None)).with_columns(
        mean_kw=pl.when(minutes > 0.0).then(60.0 * pl.col("energy_kwh") / minutes)
    )
