"""``simulate``: waterway, voyages, stations and vessels in; calls, tanks and vessels out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import simpy

from data.errors import DataError, ScenarioError, nearest
from data.schemas.crossing import Voyages
from data.streams import stream
from data.validate import validate
from shipping.actors import Leg, Vessel, VesselSpec, Voyage
from shipping.bunkering import BunkeringStation, Call, StationSpec, Truck
from shipping.energy import power_kw
from shipping.fairway import Reaches
from shipping.inputs import check_inputs
from shipping.tables import Fleet, Supply
from shipping.through import ACCOUNT, COLUMNS, through_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

SETTLE_MIN = 60.0 * 1440.0


@dataclass(frozen=True, slots=True)
class RiverResult:
    """Tables of one simulation.

    Attributes
    ----------
    calls : polars.DataFrame
        `data.schemas.crossing.Calls`, one row a call in order of arrival. ``passed`` calls could be put off and
        were, because the station was closed, out of stock or its queue long.
    tanks : polars.DataFrame
        `data.schemas.crossing.Tanks`, level of each station's tank after each event.
    vessels : polars.DataFrame
        `data.schemas.crossing.Vessels`; through traffic summed by class. ``waiting_h`` is all time not under way
        between the first departure or minute 0 and the end: queue, bunkering and stays in port.
    trucks : polars.DataFrame
        One row an ordered delivery: ``station, order_min, due_min, unload_min, end_min, volume_m3``.
    end_min : float
        Minute at which the simulation ended.
    """

    calls: pl.DataFrame
    tanks: pl.DataFrame
    vessels: pl.DataFrame
    trucks: pl.DataFrame
    end_min: float


def simulate(
    waterway: nx.DiGraph,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int = 0,
    days: float | None = None,
    closures: pl.DataFrame | None = None,
) -> RiverResult:
    """Simulate voyages on the river with LNG bunkering.

    Parameters
    ----------
    waterway : networkx.DiGraph
        As from `shipping.waterway`.
    voyages : polars.DataFrame
        `data.schemas.crossing.Voyages`. A vessel sails its voyages in order of departure, each after the one
        before has ended.
    stations : polars.DataFrame
        `shipping.tables.Supply`; may have no rows.
    vessels : polars.DataFrame
        `shipping.tables.Fleet`: a row for every vessel id of the voyages.
    seed : int
        Seed of what is drawn at the stations: lead times of trucks and first tank levels.
    days : float, optional
        End of the simulation. None: when the last voyage has ended (at most 60 days after the last departure).
    closures : polars.DataFrame, optional
        ``station, start_min, end_min``: when fog or flood closes stations (`shipping.closures.draw_closures`). Who is
        being served then is finished.

    Returns
    -------
    RiverResult
        Calls, tanks, vessels and trucks.

    Raises
    ------
    ScenarioError
        If `days` is not above 0.
    DataError
        If tables have faults, vessels are missing, or places lie off the waterway.
    """
    if days is not None and not days > 0.0:
        raise ScenarioError(f"days: got {days}; expected more than 0, or None.")
    reaches = Reaches.of(waterway)
    voyages = validate(voyages, Voyages, table="voyages")
    stations = validate(stations, Supply, table="stations")
    vessels = validate(vessels, Fleet, table="vessels")
    check_inputs(reaches, voyages, stations, vessels)
    cycling = voyages.filter(pl.col("kind") == "cycling")
    river = _River(reaches, stations, seed, _closed(closures, stations))
    for row in vessels.filter(pl.col("kind") == "cycling").iter_rows(named=True):
        river.add_vessel(row, cycling.filter(pl.col("vessel_id") == row["vessel_id"]))
    last = float(voyages["depart_min"].max() or 0.0) if voyages.height else 0.0  # type: ignore[arg-type]
    end_min = river.run(None if days is None else 1440.0 * days, last + SETTLE_MIN)
    through = through_accounts(reaches, voyages.filter(pl.col("kind") == "through"), vessels)
    return RiverResult(
        _calls(river.calls, stations),
        _frame(river.tank_rows, {"station": pl.String, **_floats("time_min", "level_m3"), "event": pl.String}),
        pl.concat([river.accounts(vessels), through]),
        _trucks(river.trucks),
        end_min,
    )


class _River:
    """The actors of one simulation."""

    def __init__(
        self, reaches: Reaches, stations: pl.DataFrame, seed: int, closed: dict[str, tuple[tuple[float, float], ...]]
    ) -> None:
        self.env = simpy.Environment()
        self.reaches = reaches
        self.calls: list[Call] = []
        self.trucks: list[Truck] = []
        self.tank_rows: list[tuple[str, float, float, str]] = []
        self.vessels: list[Vessel] = []
        self.closed = closed
        self.stations = [self._station(row, seed) for row in stations.iter_rows(named=True)]

    def _station(self, row: dict[str, Any], seed: int) -> BunkeringStation:
        """Return the actor of a station; a first level that is not given is drawn."""
        if row["tank_start_m3"] is None:
            drawn = stream(seed, "shipping", "station tank", row["station"])
            low, high = sorted((row["reorder_share"], row["fill_max_share"]))
            row = {**row, "tank_start_m3": row["tank_m3"] * float(drawn.uniform(low, high))}
        leads = stream(seed, "shipping", "truck lead", row["station"])
        return BunkeringStation(
            self.env, StationSpec(**row, closed=self.closed.get(row["station"], ())), leads, self.tank_rows, self.trucks
        )

    def add_vessel(self, row: dict[str, Any], voyages: pl.DataFrame) -> None:
        """Add a vessel with its voyages."""
        infinite = float("inf")
        spec = VesselSpec(
            row["vessel_id"],
            row["hotel_kw"],
            row["port_hotel_share"],
            row["sfc_kg_kwh"],
            row["density_t_m3"] or 1.0,
            row["tank_m3"],
            row["tank_start_m3"] or 0.0,
            row["fill_max_share"] or 0.0,
            row["reserve_share"] or 0.0,
            row["may_share"] or 0.0,
            1_000_000 if row["may_queue"] is None else row["may_queue"],
            1_000_000 if row["max_queue"] is None else row["max_queue"],
            infinite if row["patience_h"] is None else 60.0 * row["patience_h"],
        )
        plan = [self._voyage(row, voyage) for voyage in voyages.sort("depart_min").iter_rows(named=True)]
        vessel = Vessel(self.env, spec, plan, self.calls)
        self.vessels.append(vessel)

    def _voyage(self, vessel: dict[str, Any], voyage: dict[str, Any]) -> Voyage:
        """Cut a voyage into legs at the stations between its ends."""
        start, end = voyage["from_km"], voyage["to_km"]
        low, high = min(start, end), max(start, end)
        passed = [at for at in self.stations if low <= at.spec.chainage_km <= high and at.spec.chainage_km != start]
        passed.sort(key=lambda at: abs(at.spec.chainage_km - start))
        marks = [start, *(at.spec.chainage_km for at in passed), end]
        hours = self.reaches.hours(marks[:-1], marks[1:], vessel["water_speed_km_h"]).tolist()
        lengths = np.abs(np.diff(marks)).tolist()
        legs = zip(hours, lengths, [*passed, None], strict=True)
        power = power_kw(
            vessel["water_speed_km_h"],
            reference_kw=vessel["reference_kw"],
            reference_speed_km_h=vessel["reference_speed_km_h"],
            load_share=voyage["load_share"],
            empty_power_share=vessel["empty_power_share"],
        )
        return Voyage(voyage["depart_min"], float(power), voyage["cargo_t"], tuple(Leg(*leg) for leg in legs))

    def run(self, end_min: float | None, latest_min: float) -> float:
        """Run to the end and book everything up to it; return the end."""
        sailing = [self.env.process(vessel.run()) for vessel in self.vessels]
        if end_min is not None:
            self.env.run(until=end_min)
        elif sailing:
            self.env.run(until=self.env.all_of(sailing) | self.env.timeout(latest_min))
        for vessel in self.vessels:
            vessel.settle()
        for station in self.stations:
            station.record("end")
        return float(self.env.now)

    def accounts(self, vessels: pl.DataFrame) -> pl.DataFrame:
        """Return the row of each cycling vessel."""
        rows = [
            (
                vessel.spec.vessel_id,
                *(getattr(vessel.account, name) for name in vessel.account.__slots__),
                None if vessel.spec.tank_m3 is None else vessel.level_m3,
                vessel.stranded,
            )
            for vessel in self.vessels
        ]
        frame = _frame(rows, {"vessel_id": pl.String, "voyages": pl.Int64, **ACCOUNT})
        return frame.join(vessels.select("vessel_id", "vessel_class", "fuel", "kind"), on="vessel_id").select(COLUMNS)


def _closed(closures: pl.DataFrame | None, stations: pl.DataFrame) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the closures by station.

    Raises
    ------
    DataError
        A station that is not there, or a closure that ends before it starts.
    """
    if closures is None:
        return {}
    known = stations["station"].to_list()
    found: dict[str, list[tuple[float, float]]] = {}
    for number, (name, start, end) in enumerate(closures.select("station", "start_min", "end_min").iter_rows(), 1):
        if name not in known:
            raise DataError(f"closures: row {number}: no station {name!r}.{nearest(name, known)}")
        if not start < end:
            raise DataError(f"closures: row {number}: from {start:g} to {end:g} min; expected an end after the start.")
        found.setdefault(name, []).append((start, end))
    return {name: tuple(sorted(spans)) for name, spans in found.items()}


def _calls(calls: list[Call], stations: pl.DataFrame) -> pl.DataFrame:
    """Return the table of calls; a wait ends with the berth or with giving up."""
    density = dict(stations.select("station", "density_t_m3").iter_rows())
    rows = [
        (
            number,
            call.vessel_id,
            call.station,
            call.arrive_min,
            call.start_min,
            call.end_min,
            None if call.wait_end_min is None else call.wait_end_min - call.arrive_min,
            call.volume_m3,
            None if call.volume_m3 is None else call.volume_m3 * density[call.station],
            call.outcome,
        )
        for number, call in enumerate(calls)
    ]
    numbers = ("arrive_min", "start_min", "end_min", "wait_min", "volume_m3", "mass_t")
    names = {"call_id": pl.Int64, "vessel_id": pl.String, "station": pl.String}
    return _frame(rows, {**names, **_floats(*numbers), "outcome": pl.String})


def _trucks(trucks: list[Truck]) -> pl.DataFrame:
    """Return the table of deliveries."""
    names = ("order_min", "due_min", "unload_min", "end_min", "volume_m3")
    rows = [(truck.station, *(getattr(truck, name) for name in names)) for truck in trucks]
    return _frame(rows, {"station": pl.String, **_floats(*names)})


def _floats(*names: str) -> dict[str, Any]:
    """Return a schema of number columns."""
    return dict.fromkeys(names, pl.Float64)


def _frame(rows: Iterable[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    """Return rows as a frame."""
    return pl.DataFrame(list(rows), schema=schema, orient="row")
