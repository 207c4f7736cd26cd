"""The actors of one simulation of the river, on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from charging.engine.clock import Clock
from data.errors import DataError
from data.streams import stream
from shipping.engine.inputs import HULL_COLUMNS
from shipping.engine.through_voyages import COLUMNS, Through
from shipping.engine.vessel import Leg, Vessel, VesselSpec, Voyage
from shipping.ports.bunkering import BunkeringStation, Call, Truck
from shipping.ports.station_spec import StationSpec
from shipping.river.locks import DOWN, UP, Lock, Transit, check_fits
from shipping.ships.hulls import Hull
from shipping.ships.propulsion import PHYSICS
from shipping.ships.sailing import Sailing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from shipping.river.reaches import Reaches
    from shipping.ships.sailing import Passage

    Closed = Mapping[str, tuple[tuple[float, float], ...]]

FAIRWAY = "fairway"
"""What a closure names that stops all vessels under way."""
_NO_LIMIT = 1_000_000


class River:
    """Stations, locks, cycling vessels and through traffic; ``closed`` holds closures by what they close."""

    def __init__(self, reaches: Reaches, stations: pl.DataFrame, seed: int, closed: Closed, *, log: bool) -> None:
        self.clock = Clock()
        self.reaches = reaches
        self.calls: list[Call] = []
        self.trucks: list[Truck] = []
        self.tank_rows: list[tuple[str, float, float, str]] = []
        self.vessels: list[Vessel] = []
        self.transits: list[tuple[int, str, str, Transit]] = []
        self._sizes: dict[tuple[str, float], tuple[float, float, float, int]] = {}
        self.closed = closed
        self.log: list[tuple[int, list[Passage]]] | None = [] if log else None
        self.sailing = Sailing.on(reaches, closed.get(FAIRWAY, ()))
        self.stations = [self._station(row, seed) for row in stations.iter_rows(named=True)]
        self.locks = {
            site.node: Lock(self.clock, site.chambers, site.rules, self._closed(site.node)) for site in reaches.locks
        }
        self.through: Through | None = None

    def _closed(self, lock: str) -> tuple[tuple[float, float], ...]:
        """Return when a lock is closed: by itself, or with the fairway."""
        return tuple(sorted((*self.closed.get(lock, ()), *self.closed.get(FAIRWAY, ()))))

    def _station(self, row: dict[str, Any], seed: int) -> BunkeringStation:
        """Return the actor of a station; a first level that is not given is drawn."""
        if row["tank_start_m3"] is None:
            drawn = stream(seed, "shipping", "station tank", row["station"])
            low, high = sorted((row["reorder_share"], row["fill_max_share"]))
            row = {**row, "tank_start_m3": row["tank_m3"] * float(drawn.uniform(low, high))}
        leads = stream(seed, "shipping", "truck lead", row["station"])
        spec = StationSpec(**row, closed=self.closed.get(row["station"], ()))
        return BunkeringStation(self.clock, spec, leads, self.tank_rows, self.trucks)

    def add_vessel(self, row: dict[str, Any], voyages: Sequence[dict[str, Any]]) -> None:
        """Add a cycling vessel with its voyages in order of departure."""
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
            _NO_LIMIT if row["may_queue"] is None else row["may_queue"],
            _NO_LIMIT if row["max_queue"] is None else row["max_queue"],
            infinite if row["patience_h"] is None else 60.0 * row["patience_h"],
        )
        plan = [self._voyage(row, voyage) for voyage in voyages]

        def transit(voyage: Voyage, leg: Leg) -> Transit:
            node = next(name for name, lock in self.locks.items() if lock is leg.stop)
            return self._transit(
                voyage.voyage_id, row, voyage.load_share, node, DOWN if leg.to_km >= leg.from_km else UP
            )

        self.vessels.append(Vessel(self.clock, spec, plan, self.calls, self.sailing, transit, self.log))

    def _voyage(self, vessel: dict[str, Any], voyage: dict[str, Any]) -> Voyage:
        """Cut a voyage into legs at the stations and locks between its ends."""
        start, end = voyage["from_km"], voyage["to_km"]
        low, high = min(start, end), max(start, end)
        stops: list[tuple[float, BunkeringStation | Lock]] = [
            (at.spec.chainage_km, at)
            for at in self.stations
            if low <= at.spec.chainage_km <= high and at.spec.chainage_km != start and at.takes(vessel["dwt_t"])
        ]
        stops += [
            (site.chainage_km, self.locks[site.node]) for site in self.reaches.locks if low < site.chainage_km < high
        ]
        stops.sort(key=lambda stop: abs(stop[0] - start))
        marks = [start, *(at for at, _ in stops), end]
        ways = zip(marks[:-1], marks[1:], [*(stop for _, stop in stops), None], strict=True)
        drive = self.sailing.drives.number(vessel, voyage["load_share"])
        legs = tuple(Leg(*way) for way in ways)
        if any(isinstance(leg.stop, Lock) for leg in legs):
            self._check_lock(vessel, voyage)
        own = (voyage["voyage_id"], voyage["depart_min"], drive, voyage["cargo_t"], voyage["load_share"])
        return Voyage(*own, legs)

    def _check_lock(self, vessel: Mapping[str, Any], voyage: Mapping[str, Any]) -> None:
        """Refuse a vessel whose size is not known or that fits no chamber of a lock on its way."""
        low, high = sorted((voyage["from_km"], voyage["to_km"]))
        for site in self.reaches.locks:
            if not low < site.chainage_km < high:
                continue
            missing = [name for name in HULL_COLUMNS if vessel[name] is None]
            if missing:
                raise DataError(
                    f"vessels, '{vessel['vessel_id']}': no {', '.join(missing)}; its voyage passes lock '{site.node}', "
                    "whose chambers take vessels by their size. Give them, or take the chambers off the node."
                )
            made = self._at_lock(vessel, voyage["load_share"], UP)
            check_fits([(vessel["vessel_id"], made)], site.chambers, lock=site.node)

    def _transit(self, voyage_id: int, vessel: Mapping[str, Any], load: float, node: str, side: str) -> Transit:
        """Return a vessel's place at a lock, and remember it for the table of locks."""
        made = self._at_lock(vessel, load, side)
        self.transits.append((voyage_id, vessel["vessel_id"], node, made))
        return made

    def _at_lock(self, vessel: Mapping[str, Any], load_share: float, side: str) -> Transit:
        """Return a vessel as it stands at a lock: its size, and its draught with the load."""
        key = (vessel["vessel_id"], load_share)
        if key not in self._sizes:
            hull = Hull(*(vessel[name] for name in HULL_COLUMNS))
            empty = hull.draught_m if vessel["empty_draught_m"] is None else vessel["empty_draught_m"]
            draught = hull.at_load(load_share, empty_draught_m=empty).draught_m
            self._sizes[key] = (hull.length_m, hull.beam_m, draught, vessel["lock_priority"] or 0)
        return Transit(0, side, *self._sizes[key])

    def add_through(self, voyages: pl.DataFrame, vessels: pl.DataFrame) -> None:
        """Add the through traffic."""
        which = self._drives_of(voyages, vessels)
        rows = {row["vessel_id"]: row for row in vessels.iter_rows(named=True)} if self.locks else {}
        if self.locks:
            for row in voyages.unique(["vessel_id", "load_share", "from_km", "to_km"]).iter_rows(named=True):
                self._check_lock(rows[row["vessel_id"]], row)
        ids, owners, loads = (voyages[name].to_list() for name in ("voyage_id", "vessel_id", "load_share"))
        nodes = {id(lock): node for node, lock in self.locks.items()}

        def transit(number: int, lock: Lock, side: str) -> Transit:
            return self._transit(ids[number], rows[owners[number]], loads[number], nodes[id(lock)], side)

        sites = [(site.chainage_km, self.locks[site.node]) for site in self.reaches.locks]
        self.through = Through(self.clock, self.sailing, voyages, which, sites, transit)

    def _drives_of(self, voyages: pl.DataFrame, vessels: pl.DataFrame) -> NDArray[np.int64]:
        """Return the number of the drive of each voyage."""
        physics = vessels.select("vessel_id", *PHYSICS)
        own = voyages.select("vessel_id", "load_share").join(physics, on="vessel_id", how="left", maintain_order="left")
        columns = ["load_share", *PHYSICS]
        kinds = own.select(columns).unique(maintain_order=True)
        numbers = [self.sailing.drives.number(row, row["load_share"]) for row in kinds.iter_rows(named=True)]
        found = own.join(
            kinds.with_columns(drive=pl.Series(numbers, dtype=pl.Int64)),
            on=columns,
            how="left",
            maintain_order="left",
            nulls_equal=True,
        )
        return found["drive"].to_numpy()

    def run(self, end_min: float | None, latest_min: float) -> float:
        """Run to the end and book everything up to it; return the end."""
        sailing = [self.clock.process(vessel.run()) for vessel in self.vessels]
        if self.through is not None and self.through.outstanding:
            sailing.append(self.through.drained)
        if end_min is not None:
            self.clock.run(until=end_min)
        elif sailing:
            self.clock.run(until=self.clock.all_of(sailing) | self.clock.timeout(latest_min))
        for vessel in self.vessels:
            vessel.settle()
        for station in self.stations:
            station.record("end")
        return float(self.clock.now)

    def sailed(self, end_min: float) -> tuple[pl.DataFrame, list[Passage]]:
        """Return the through voyages, a row each, and their passages where they are logged."""
        if self.through is None:
            raise RuntimeError("no through traffic was added")
        log: list[Passage] | None = None if self.log is None else []
        hotel = {at: (one.hotel_kw, one.hotel_kg_h) for at, one in enumerate(self.sailing.drives.drives)}
        return self.through.sail(end_min, hotel, log), log or []

    def trips(self) -> list[tuple[Any, ...]]:
        """Return a row a voyage that a cycling vessel has begun: columns of `simulation.VOYAGES`."""
        rows: list[tuple[Any, ...]] = []
        for vessel in self.vessels:
            for trip in vessel.trips:
                after = trip.after or vessel.sums()
                taken = (new - old for new, old in zip(after, trip.before, strict=True))
                rows.append((trip.voyage_id, vessel.spec.vessel_id, trip.depart_min, trip.arrive_min, *taken))
        return rows

    def accounts(self, vessels: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
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
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.join(vessels.select("vessel_id", "vessel_class", "fuel", "kind"), on="vessel_id").select(COLUMNS)
