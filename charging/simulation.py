"""``simulate``: a layout and a table of requests in, sessions, load and station figures out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from charging.behaviour import Behaviour
from charging.demand import Demand, build_demand
from charging.load import load_table
from charging.log import OUTCOMES, Log
from charging.model import Network, Outage
from charging.pieces import integrate
from charging.power import POLICIES
from charging.stations import Group, Pile, Station
from charging.summary import station_summary
from charging.tariff import session_cost_cny
from data.errors import DataError, nearest
from data.schemas.crossing import Layout, Outages, Requests, Travel, Vehicles
from data.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    outages: pl.DataFrame | None = None,
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
    outages
        ``station_id, group_id, pile, start_min, end_min``: when piles are out of service
        (``charging.outages.draw_outages``); None never fails.
    seed
        Not used by this model: all that is random is drawn before, in the requests and outages.
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
    log = Network(stations, demand, settings, _outages(outages, stations)).run()
    return _tables(layout, stations, demand, log, settings, tariff)


def build_stations(layout: pl.DataFrame) -> list[Station]:
    """Return the stations of a checked layout, in its order."""
    stations: dict[str, Station] = {}
    for number, row in enumerate(layout.iter_rows(named=True)):
        name = row["station_id"]
        hours = None if row["opens_min"] is None else (row["opens_min"], row["closes_min"])
        station = stations.setdefault(name, Station(len(stations), name, row["transformer_kw"], hours))
        guns, exclusive = row["guns_per_pile"], row["sharing"] == POLICIES[0]
        group = Group(
            station,
            number,
            row["group_id"],
            row["current"],
            row["pile_kw"],
            row["sharing"],
            row["gun_amps"],
            guns_per_pile=guns,
            idle=list(range(row["piles"])),
            alone=(guns == 1 or exclusive) and row["transformer_kw"] is None,
        )
        group.piles = [Pile(group, pile, [False] * guns) for pile in range(row["piles"])]
        station.add(group, row["piles"] * (1 if exclusive else guns))
    return list(stations.values())


def _outages(table: pl.DataFrame | None, stations: list[Station]) -> list[Outage]:
    """Return the outages of piles.

    Raises
    ------
    DataError
        A pile that the layout lacks.
    """
    if table is None:
        return []
    groups = {(group.station.station_id, group.group_id): group for at in stations for group in at.groups["any"]}
    result = []
    columns = ("station_id", "group_id", "pile", "start_min", "end_min")
    for row, (station, name, pile, start, end) in enumerate(
        validate(table, Outages, table="outages").select(columns).iter_rows()
    ):
        group = groups.get((station, name))
        if group is None or pile >= len(group.piles):
            raise DataError(
                f"outages: row {row}: got pile {pile} of group {name!r} at station {station!r}, which the layout lacks."
            )
        result.append(Outage(start, end, group.piles[pile]))
    return result


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
    batteries, curves = demand.batteries()
    stretches = log.stretches(demand)
    pieces = integrate(stretches, batteries, curves)
    current = [None, *layout["current"]]
    efficiency = demand.efficiency([current[group + 1] for group in log.group], settings)
    sessions = _sessions(layout, demand, log, names)
    part = batteries.battery_kwh[stretches.request] * (stretches.end_soc - stretches.start_soc)
    energy = np.bincount(stretches.request, weights=part, minlength=demand.size)
    cost = np.zeros(demand.size) if tariff is None else session_cost_cny(pieces, efficiency, tariff, demand.size)
    minutes = pl.col("full_min") - pl.col("plug_min")
    sessions = sessions.with_columns(
        energy_kwh=energy, meter_kwh=energy / efficiency, peak_kw=pieces.peak_kw(demand.size), cost_cny=cost
    ).with_columns(mean_kw=pl.when(minutes > 0.0).then(60.0 * pl.col("energy_kwh") / minutes))
    load = load_table(pieces, np.asarray(log.station, dtype=np.int64), efficiency, names, settings.interval_min)
    sessions = sessions.select(_SESSION_COLUMNS).sort("request_id")
    return ChargingResult(sessions, load, station_summary(layout, sessions, load))


_SESSION_COLUMNS = (
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


def _sessions(layout: pl.DataFrame, demand: Demand, log: Log, names: list[str]) -> pl.DataFrame:
    """Return one row a request, without energy and cost."""
    groups = layout["group_id"].to_list()
    table = demand.table
    times = {name: pl.Series(name, getattr(log, name[:-4]), dtype=pl.Float64) for name in _TIMES}
    return pl.DataFrame(
        [
            table["request_id"],
            table["origin"],
            table["vehicle_class"],
            table["current"],
            table["arrive_min"].alias("request_min"),
            table["energy_kwh"].alias("asked_kwh"),
            _named("station_id", names, log.station),
            _named("group_id", groups, log.group),
            pl.Series("pile", log.pile, dtype=pl.Int64),
            pl.Series("gun", log.gun, dtype=pl.Int64),
            *times.values(),
            pl.Series("wait_min", log.wait, dtype=pl.Float64),
            pl.Series("tries", log.tries, dtype=pl.Int64),
            _named("outcome", OUTCOMES, log.outcome),
            pl.Series("travel_min", log.travel_min, dtype=pl.Float64),
            pl.Series("travel_km", log.travel_km, dtype=pl.Float64),
        ]
    ).with_columns(
        pl.col(_TIMES).fill_nan(None), *(pl.when(pl.col(name) >= 0).then(pl.col(name)) for name in ("pile", "gun"))
    )


_TIMES = ("arrive_min", "plug_min", "full_min", "leave_min")


def _named(column: str, names: Sequence[str], numbers: list[int]) -> pl.Series:
    """Return the names behind numbers as a column; -1 is null."""
    known = pl.Series(column, [None, *names], dtype=pl.String)
    return known.gather(pl.Series(numbers, dtype=pl.Int64) + 1)
