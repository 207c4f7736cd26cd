"""The actors of one simulation of the river, on one clock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.clock import Clock
from data.errors import DataError
from data.streams import stream
from shipping.engine.inputs import HULL_COLUMNS
from shipping.engine.through_voyages import LockOnWay, Through, Ways
from shipping.engine.vessel import Vessel
from shipping.engine.voyage_plan import Leg, VesselSpec, Voyage, VoyageRow
from shipping.engine.voyage_totals import VESSEL_COLUMNS, VESSEL_TOTALS
from shipping.ports.bunkering import BunkeringStation, Call, Truck
from shipping.ports.quay import Quay, QuayCall
from shipping.ports.station_spec import StationSpec
from shipping.river.locks import ARRIVAL, DOWN, UP, Lock, Transit, check_fits
from shipping.river.reaches import passes_lock
from shipping.ships.loading import Loading
from shipping.ships.sailing import Sailing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import simpy

    from data.arrays import Floats, Ints
    from shipping.engine.through_voyages import AtLock
    from shipping.engine.vessel import Ahead
    from shipping.river.locks import OnLockage
    from shipping.river.reaches import Reaches
    from shipping.ships.loading import Run
    from shipping.ships.propulsion import ShipDesign
    from shipping.ships.sailing import Passage

    Closed = Mapping[str, tuple[tuple[float, float], ...]]

FAIRWAY: Final = "fairway"
"""What a closure names that stops all vessels under way."""


_NO_SIZE: Final = (math.inf, math.inf, math.inf, 0)


def _nothing() -> None:
    """Do nothing: what calls at terminals do when a run is over."""


class River:
    """Stations, locks, cycling vessels and through traffic; ``closed`` holds closures by what they close.

    A run that repeats another on the same waterway and closures takes over its ``sailing``, and with it what that one
    has computed; ``lock_type`` and ``quay_type`` are what its locks and terminals are. ``terminals`` has the berths of
    each.
    """

    def __init__(
        self,
        reaches: Reaches,
        stations: pl.DataFrame,
        seed: int,
        closed: Closed,
        *,
        log: bool,
        sailing: Sailing | None = None,
        lock_type: type[Lock] = Lock,
        terminals: Mapping[str, int] | None = None,
        quay_type: type[Quay] = Quay,
    ) -> None:
        self.clock = Clock()
        self.reaches = reaches
        self.calls: list[Call] = []
        self.trucks: list[Truck] = []
        self.tank_rows: list[tuple[str, float, float, str]] = []
        self.vessels: list[Vessel] = []
        self._entries: list[tuple[int, str, str, Transit]] = []
        self._sizes: dict[tuple[ShipDesign, float], tuple[float, float, float]] = {}
        self._legs: dict[tuple[float, float, float | None, float], tuple[Leg, ...]] = {}
        self._ahead: dict[tuple[int, int, int, int, float], Ahead] = {}
        self._fitting: set[tuple[str, ShipDesign, float]] = set()  # lock, design and load of who fits a chamber
        self.closed = closed
        self.log: list[tuple[int, list[Passage]]] | None = [] if log else None
        self.sailing = sailing or Sailing.on(reaches, closed.get(FAIRWAY, ()))
        self.loading = Loading(self.sailing)
        self.moored: list[QuayCall] = []
        self.quays = {
            name: quay_type(self.clock, name, berths, self.moored) for name, berths in (terminals or {}).items()
        }
        self.stations = [self._station(row, seed) for row in stations.iter_rows(named=True)]
        self.locks = {
            site.node: lock_type(self.clock, site.chambers, site.rules, self._closed(site.node))
            for site in reaches.locks
        }
        self._nodes = {lock: node for node, lock in self.locks.items()}
        self.through: Through | None = None
        self._begun_by = math.inf
        self._last_min = math.inf

    def _closed(self, lock: str) -> tuple[tuple[float, float], ...]:
        """Return when a lock is closed: by itself, or with the fairway."""
        return tuple(sorted((*self.closed.get(lock, ()), *self.closed.get(FAIRWAY, ()))))

    def _station(self, row: dict[str, Any], seed: int) -> BunkeringStation:  # Any: cells of a frame
        """Return the actor of a station; a first level that is not given is drawn."""
        if row["tank_start_m3"] is None:
            drawn = stream(seed, "shipping", "station tank", row["station"])
            # sorted: a reorder level above the most that is filled would turn the bounds round
            low, high = sorted((row["reorder_share"], row["fill_max_share"]))
            row = {**row, "tank_start_m3": row["tank_m3"] * float(drawn.uniform(low, high))}
        leads = stream(seed, "shipping", "truck lead", row["station"])
        spec = StationSpec(**row, closed=self.closed.get(row["station"], ()))
        return BunkeringStation(self.clock, spec, leads, self.tank_rows, self.trucks)

    def add_vessel(self, spec: VesselSpec, voyages: Sequence[VoyageRow]) -> None:
        """Add a cycling vessel with its voyages in order of departure."""
        # a voyage that begins at a lock passes it if the vessel comes from its other side
        before = [None, *(voyage.from_km for voyage in voyages)][: len(voyages)]
        plan = [self._voyage(spec, voyage, came) for voyage, came in zip(voyages, before, strict=True)]

        def transit(voyage: Voyage, lock: Lock, on_lockage: OnLockage, known_min: float) -> Transit:
            # of the voyage, not of the leg: that to a lock at its start has no length
            side = DOWN if voyage.legs[-1].to_km >= voyage.legs[0].from_km else UP
            size = self._size_of(spec.design, voyage.load_share)
            entry = Transit(0, side, *size, spec.lock_priority, on_lockage, known_min)
            self._entries.append((voyage.voyage_id, spec.vessel_id, self._nodes[lock], entry))
            return entry

        def load(voyage: Voyage, ready_min: float) -> tuple[float, Voyage]:
            way = voyage.legs[0].from_km, voyage.legs[-1].to_km
            departs, share = self.loading.begins(spec.design, voyage.load_share, way, ready_min)
            if share == voyage.load_share or departs == math.inf:
                return departs, voyage
            point = self.sailing.table.number(spec.design, share)
            return departs, voyage.loaded(point, voyage.cargo_t * share / voyage.load_share, share)

        rest = (transit, load, self._ahead, self.log)
        self.vessels.append(Vessel(self.clock, spec, plan, self.calls, self.sailing, *rest))

    def _voyage(self, spec: VesselSpec, voyage: VoyageRow, came_from_km: float | None) -> Voyage:
        """Cut a voyage into legs at the stations and locks between its ends."""
        start, end = voyage.from_km, voyage.to_km
        # a fleet goes up and down between the same few places
        way = (start, end, came_from_km, spec.dwt_t)
        legs = self._legs.get(way)
        if legs is None:
            legs = self._legs[way] = self._legs_of(*way)
        point = self.sailing.table.number(spec.design, voyage.load_share)
        if any(isinstance(leg.stop, Lock) for leg in legs):
            self._check_lock(spec.vessel_id, spec.design, voyage.load_share, (start, end))
        follows = voyage.follows is not None
        quay = None if voyage.terminal is None else self.quays[voyage.terminal]
        return Voyage(
            voyage.voyage_id,
            voyage.depart_min,
            point,
            voyage.cargo_t,
            voyage.load_share,
            legs,
            follows,
            quay,
            voyage.handling_min or 0.0,
        )

    def _legs_of(self, start: float, end: float, came_from_km: float | None, dwt_t: float) -> tuple[Leg, ...]:
        """Return the legs of a vessel of a deadweight between two places: see `_voyage`."""
        low, high = min(start, end), max(start, end)
        # A station at the start was passed at the end of the voyage before: the vessel has decided there.
        stops: list[tuple[float, BunkeringStation | Lock]] = [
            (station.spec.chainage_km, station)
            for station in self.stations
            if low <= station.spec.chainage_km <= high and station.spec.chainage_km != start and station.takes(dwt_t)
        ]
        stops += [
            (site.chainage_km, self.locks[site.node])
            for site in self.reaches.locks
            if passes_lock(site.chainage_km, start, end, came_from_km)
        ]
        stops.sort(key=lambda stop: abs(stop[0] - start))  # in the order of sailing, in either direction
        marks = [start, *(chainage for chainage, _ in stops), end]
        ways = zip(marks[:-1], marks[1:], [*(stop for _, stop in stops), None], strict=True)
        return tuple(Leg(*way) for way in ways)

    def _check_lock(self, vessel_id: str, design: ShipDesign, load_share: float, way: tuple[float, float]) -> None:
        """Raise DataError for a vessel whose size is not known or that fits no chamber of a lock on its way."""
        for site in self.reaches.locks:
            if not passes_lock(site.chainage_km, *way):
                continue
            # who looks at the water loads for the sill: it has to fit empty
            share = 0.0 if self.loading.asks else load_share
            if (site.node, design, share) in self._fitting:
                continue
            missing = [name for name in HULL_COLUMNS if getattr(design, name) is None]
            if missing:
                raise DataError(
                    f"vessels, '{vessel_id}': no {', '.join(missing)}; its voyage passes lock '{site.node}', "
                    "whose chambers take vessels by their size. Give them, or take the chambers off the node."
                )
            size = self._size_of(design, share)
            check_fits([(vessel_id, Transit(0, UP, *size))], site.chambers, site.rules, lock=site.node)
            self._fitting.add((site.node, design, share))  # hundreds of vessels are a few dozen designs and loads
            self.locks[site.node].sizes.add(size[:2])

    def _size_of(self, design: ShipDesign, load_share: float) -> tuple[float, float, float]:
        """Return a vessel's length, beam, and draught with the load."""
        key = (design, load_share)  # a design passes a lock thousands of times a year, with two or three loads
        size = self._sizes.get(key)
        if size is None:
            hull = design.hull_at(load_share)
            size = self._sizes[key] = (hull.length_m, hull.beam_m, hull.draught_m)
        return size

    def add_through(
        self,
        voyages: pl.DataFrame,
        design_of: Mapping[str, ShipDesign],
        priority_of: Mapping[str, int | None],
        *,
        end_min: float = math.inf,
    ) -> None:
        """Add the through traffic; designs and priorities (None: 0) by vessel id; ``end_min`` as of `Through`."""
        # hundreds of thousands of voyages: most are the same few vessels and loads on the same few ways
        shares, start, end = (voyages[name].to_numpy() for name in ("load_share", "from_km", "to_km"))
        rows, way = _told_apart(start, end)
        ways = list(zip(start[rows].tolist(), end[rows].tolist(), strict=True))
        rows, kind = _told_apart(voyages["vessel_id"].rank("dense").to_numpy(), shares)
        loaded = list(zip(voyages["vessel_id"].gather(rows).to_list(), shares[rows].tolist(), strict=True))
        runs = [self.loading.run_of(one) for one in ways]
        first, _ = _told_apart(kind, way)
        both = [(loaded[k], ways[w], runs[w]) for k, w in zip(kind[first].tolist(), way[first].tolist(), strict=True)]
        kinds = _kinds(design_of, both)
        if self.locks:
            # Before the clock starts: a vessel that fits no chamber would block its queue for ever.
            for (design, share, _), (owner, passed) in kinds.items():
                self._check_lock(owner, design, share, passed)
        alike = [(design_of[owner], load, priority_of[owner] or 0) for owner, load in loaded]
        table, clock, entries = self.sailing.table, self.clock, self._entries
        points = np.array(table.numbers([(design, share) for design, share, _ in alike]), dtype=np.int64)[kind]
        kind_of = kind.tolist()
        size_of = [self._size_at_locks(*stands) for stands in alike] if self.locks else []
        sizes = [size_of[number] for number in kind_of] if self.locks else []

        def loads(number: int, ready_min: float) -> tuple[float, int, float]:
            design, wanted, priority = alike[kind_of[number]]
            departs, share = self.loading.begins(design, wanted, ways[way[number]], ready_min)
            if share == wanted or departs == math.inf:
                return departs, int(points[number]), 1.0
            if sizes:
                sizes[number] = self._size_at_locks(design, share, priority)
            return departs, table.number(design, share), share / wanted

        asks = loads if self._low_water(kinds) else None
        sailed = Ways(ways, way, [self._route(one, run) for one, run in zip(ways, runs, strict=True)])
        self.through = Through(clock, self.sailing, voyages, points, sailed, sizes, entries, asks, self.quays, end_min)

    def _route(self, way: tuple[float, float], run: Run) -> list[LockOnWay]:
        """Return the locks of a way whose run of reaches is known, in the order in which they are passed."""
        passed = run[2] if way[1] >= way[0] else run[2][::-1]
        sites = [self.reaches.locks[number] for number in passed]
        return [LockOnWay(site.chainage_km, site.node, self.locks[site.node]) for site in sites]

    def _size_at_locks(self, design: ShipDesign, load_share: float, priority: int) -> AtLock:
        """Return how a vessel stands at a lock; one whose size is not known passes none."""
        return _NO_SIZE if None in design.size_m else (*self._size_of(design, load_share), priority)

    def _low_water(self, kinds: Iterable[tuple[ShipDesign, float, Run]]) -> bool:
        """Return whether any kind of voyage (design, load, run) finds too little water for its cargo in any period."""
        if not self.loading.asks:
            return False
        periods = 0, self.reaches.period_start_min.size - 1
        return any(
            design.draught_m is not None and self.loading.share_on(design, wanted, run, *periods) != wanted
            for design, wanted, run in kinds
        )

    def run(self, end_min: float | None, latest_min: float = math.inf) -> float:
        """Run to the end and book everything up to it; return the end, which comes at the latest at a time."""
        # without an end all voyages are sailed, also those that need no clock
        self._begun_by = math.inf if end_min is None else end_min
        for vessel in self.vessels:
            vessel.task = self.clock.start(vessel.run())
        if end_min is not None:
            self.clock.run_before(end_min)
        else:
            self._run_out([vessel.task.ended for vessel in self.vessels], latest_min)
        self._last_min = self.clock.now if end_min is None else math.nextafter(end_min, 0.0)
        for vessel in self.vessels:  # what is under way at the end is booked up to it
            vessel.settle()
        for station in self.stations:
            station.record("end")
        return float(self.clock.now)

    def _run_out(self, sailing: list[simpy.Event], latest_min: float) -> None:
        """Run until all have sailed their voyages, or to the latest end."""
        if self.through is not None and self.through.outstanding:
            sailing.append(self.through.drained)
        if sailing:
            # A vessel may wait for LNG that never comes: the latest end keeps such a run from going on for ever.
            self.clock.run_until(self.clock.all_of(sailing) | self.clock.timeout(latest_min))

    def close(self) -> None:
        """Let go of what points back at the model, when its tables are made: it is freed then without a collector."""
        self.clock.stop()
        for _, _, _, entry in self._entries:
            entry.on_lockage = None
        for call in self.moored:
            call.on_leave = _nothing
        for vessel in self.vessels:
            vessel.task.drop()
        self.vessels.clear()
        self.through = None

    def transits(self) -> list[tuple[int, str, str, Transit]]:
        """Return the entries at locks of those that had arrived there by the end, in the order of their arrivals.

        Each with the ids of voyage and vessel, and the lock's node.
        """
        arrived = [row for row in self._entries if row[3].arrive_min <= self._last_min]
        # stable: those without a difference in the order in which they were expected
        return sorted(arrived, key=lambda row: ARRIVAL(row[3]))

    def sailed(self, end_min: float) -> tuple[pl.DataFrame, list[Passage]]:
        """Return the through voyages, one row each, and their passages where they are logged."""
        if self.through is None:
            raise RuntimeError("no through traffic was added")
        log: list[Passage] | None = None if self.log is None else []
        return self.through.sail(end_min, log, begun_by=self._begun_by), log or []

    def trips(self) -> list[tuple[object, ...]]:
        """Return one row per voyage that a cycling vessel has begun: columns of `shipping.results.river_tables`."""
        rows: list[tuple[object, ...]] = []
        for vessel in self.vessels:
            for trip in vessel.trips:
                taken = (trip.after or vessel.totals).since(trip.before)
                rows.append((trip.voyage_id, vessel.spec.vessel_id, trip.depart_min, trip.arrive_min, *taken))
        return rows

    def vessel_totals(self, vessels: pl.DataFrame) -> pl.DataFrame:
        """Return the row of each cycling vessel."""
        rows = [
            (
                vessel.spec.vessel_id,
                vessel.begun,
                *vessel.totals.values(),
                vessel.bunkered_m3,
                None if vessel.spec.tank_m3 is None else vessel.level_m3,
                vessel.stranded,
            )
            for vessel in self.vessels
        ]
        if not rows:
            return pl.DataFrame(schema={name: VESSEL_TOTALS.get(name, pl.String) for name in VESSEL_COLUMNS})
        frame = pl.DataFrame(rows, schema=VESSEL_TOTALS, orient="row")
        owners = vessels.select("vessel_id", "vessel_class", "fuel", "kind")
        return frame.join(owners, on="vessel_id").select(VESSEL_COLUMNS)


def _told_apart(*columns: Floats | Ints) -> tuple[Ints, Ints]:
    """Return the first row of each combination of values, in their order, and which combination each row has."""
    code = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        code = code * values.size + place
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order], rank[number]


def _kinds(
    design_of: Mapping[str, ShipDesign], voyages: Iterable[tuple[tuple[str, float], tuple[float, float], Run]]
) -> dict[tuple[ShipDesign, float, Run], tuple[str, tuple[float, float]]]:
    """Return the kinds of voyages, each a design, a load and a run of reaches, with owner and way of the first.

    Voyages come as owner and load, way, and run of reaches, none twice. A hundred thousand passages are a few hundred
    kinds, on a few dozen runs of reaches.
    """
    kinds: dict[tuple[ShipDesign, float, Run], tuple[str, tuple[float, float]]] = {}
    for (owner, load), way, run in voyages:
        kinds.setdefault((design_of[owner], load, run), (owner, way))
    return kinds
