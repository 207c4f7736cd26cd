"""Through traffic: its vessels meet others only at locks, so everything between locks is a closed form of arrays."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from charging.engine.clock import NORMAL
from shipping.engine.voyage_totals import TOTALS, VESSEL_COLUMNS
from shipping.ports.quay import Quay, QuayCall
from shipping.river.locks import DOWN, UP, Lock, Transit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import simpy
    from numpy.typing import NDArray

    from charging.engine.clock import Call, Clock
    from data.arrays import Floats, Ints
    from shipping.ships.sailing import Passage, Sailed, Sailing

    AtLock = tuple[float, float, float, int]  # length, beam, draught, priority


class LockOnWay(NamedTuple):
    """A lock, its place on the river and its node."""

    chainage_km: float
    node: str
    lock: Lock


class Ways(NamedTuple):
    """Ways of voyages.

    Attributes
    ----------
    ends_km : sequence of tuple of float
        Ends of each way, none twice.
    number : numpy.ndarray
        Which way each voyage takes.
    routes : sequence of sequence of LockOnWay
        Locks between the ends of each way, in the order in which they are passed.
    """

    ends_km: Sequence[tuple[float, float]]
    number: Ints
    routes: Sequence[Sequence[LockOnWay]]


@dataclass(eq=False)
class Through:
    """The through voyages of a run.

    Attributes
    ----------
    voyages : polars.DataFrame
        Through voyages, `data.schemas.shipping.Voyages`.
    points : numpy.ndarray
        Number of each voyage's operating point.
    ways : Ways
        Which way each voyage takes, and the locks on it.
    sizes : sequence of tuple
        How each voyage stands at a lock: length, beam and draught, m, and priority; may be empty without locks.
    entries : list of tuple
        Takes who comes to a lock: ids of voyage and vessel, node of the lock, and the entry.
    load : callable or None
        Says of a voyage (its number here) and the time at which it is ready when it sets out, its operating point, and
        which part of its cargo it takes; None: there is water for all, and nobody has to ask.
    quays : mapping of str to Quay
        Berths by terminal.
    end_min : float
        End of the run: what would begin then or later is left out, and a lock that would be met then is not asked.
        Infinite: somebody waits until all have sailed (``outstanding`` and ``drained``).
    depart : list of float
        Departures; of a voyage that follows another NaN until that one has ended.
    """

    clock: Clock
    sailing: Sailing
    voyages: pl.DataFrame
    points: Ints
    ways: Ways
    sizes: Sequence[AtLock]
    entries: list[tuple[int, str, str, Transit]]
    load: Callable[[int, float], tuple[float, int, float]] | None = None
    quays: Mapping[str, Quay] = field(default_factory=dict)
    end_min: float = math.inf
    passed: dict[int, list[Transit]] = field(init=False, default_factory=dict)
    depart: list[float] = field(init=False)
    outstanding: int = field(init=False, default=0)
    drained: simpy.Event = field(init=False)
    _first: NDArray[np.bool_] = field(init=False)
    _last_min: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Send those that follow no other to their first lock, or to their end."""
        self.drained = self.clock.event()
        ends, number, routes = self.ways
        way_of = number.tolist()
        sides = [DOWN if end >= start else UP for start, end in ends]
        self._ends: list[tuple[float, float]] = [ends[way] for way in way_of]
        self.routes = [routes[way] for way in way_of]
        self._sides = [sides[way] for way in way_of]
        self._point_list = self.points.tolist()
        self.taken = [1.0] * len(self.routes)
        self._stay = self.voyages["depart_min"].to_list()
        names = ("voyage_id", "vessel_id", "cargo_t", "handling_min", "terminal")
        self._ids, self._owners, self._cargo, self._handling, terminals = (self.voyages[n].to_list() for n in names)
        follows = self.voyages["follows"].to_list()
        self._next = self._followers(follows)
        self._first = np.array([before is None for before in follows], dtype=np.bool_)
        self._berths = {number: name for number, name in enumerate(terminals) if name is not None}
        self.depart = np.where(self._first, self.voyages["depart_min"].to_numpy(), np.nan).tolist()
        self._onward = self._next.keys() | self._berths.keys()
        # where nothing comes after a lockage, and nobody counts, nobody needs to hear of it
        self._counted = self.end_min == math.inf
        self._heard: Collection[int] = range(len(self.routes))
        if not self._counted:
            self._heard = self._onward
            if any(len(route) > 1 for route in routes):
                self._heard = self._onward | {number for number, route in enumerate(self.routes) if len(route) > 1}
        # what nobody waits for needs no clock
        awaited = [bool(route) or n in self._onward for n, route in enumerate(self.routes)]
        begin = np.flatnonzero(self._first).tolist()
        self.outstanding = len(self.routes) - sum(not awaited[number] for number in begin)
        if self.load is not None:
            begin = [number for number in begin if self._sets_out(number, self.depart[number])]
        self._begin([number for number in begin if awaited[number]])

    def _begin(self, bound: list[int]) -> None:
        """Let the first voyages begin for which somebody waits."""
        if not bound:
            self.drained.succeed()
            return
        first = [self.routes[number][0] if self.routes[number] else None for number in bound]
        start, depart = self.voyages["from_km"].to_numpy()[bound], np.array(self.depart, dtype=np.float64)[bound]
        ways = zip(self.ways.ends_km, self.ways.routes, strict=True)
        to = np.array([route[0].chainage_km if route else end for (_, end), route in ways])[self.ways.number[bound]]
        points = np.array(self._point_list, dtype=np.int64)[bound]
        # all at once: a closed form of arrays is what makes a year of traffic cheap
        arrive = self.sailing.arrivals(points, start, to, depart).tolist()
        # in the order of the voyages, those that come to one lock together
        done = 0
        for site, run in itertools.groupby(first):
            begun, done = done, done + sum(1 for _ in run)
            if site is not None:
                self._call_at_first_lock(site, bound[begun:done], arrive[begun:done])
            else:
                for number, time_min in zip(bound[begun:done], arrive[begun:done], strict=True):
                    self._ended(number, time_min, self.clock.minute)

    def _call_at_first_lock(self, site: LockOnWay, numbers: list[int], arrive_min: list[float]) -> None:
        """Let voyages arrive at the first lock on their way, as `_call_at_lock` does one by one."""
        sides, sizes, now, go_on, heard = self._sides, self.sizes, self.clock.minute, self._go_on, self._heard
        transits = [
            Transit(number, sides[number], *sizes[number], go_on if number in heard else None, now, time_min)
            for number, time_min in zip(numbers, arrive_min, strict=True)
            if time_min < self.end_min
        ]
        numbers = [one.number for one in transits]
        ids, owners, node = self._ids, self._owners, site.node
        self.entries += [(ids[n], owners[n], node, one) for n, one in zip(numbers, transits, strict=True)]
        self.passed.update(zip(numbers, [[one] for one in transits], strict=True))
        site.lock.expect_all(transits)

    def _sets_out(self, number: int, ready_min: float) -> bool:
        """Load a voyage and note when it departs; return False where there is never water enough for it."""
        departs = ready_min
        if self.load is not None:
            departs, self._point_list[number], self.taken[number] = self.load(number, ready_min)
        self.depart[number] = departs if departs < math.inf else math.nan
        return departs < math.inf

    def _followers(self, follows: list[int | None]) -> dict[int, int]:
        """Return which voyage follows which."""
        number_of = {voyage: number for number, voyage in enumerate(self._ids)}
        return {number_of[before]: number for number, before in enumerate(follows) if before is not None}

    def _call_at_lock(self, number: int, time_min: float, known_min: float) -> None:
        """Let a vessel arrive at its next lock at a time, which is known since another."""
        if time_min >= self.end_min:
            return
        done = self.passed.setdefault(number, [])
        site = self.routes[number][len(done)]
        on_lockage = self._go_on if number in self._heard else None
        transit = Transit(number, self._sides[number], *self.sizes[number], on_lockage, known_min, time_min)
        done.append(transit)
        self.entries.append((self._ids[number], self._owners[number], site.node, transit))
        site.lock.expect_all((transit,))

    def _go_on(self, transit: Transit) -> None:
        """Let a vessel go on when its lockage begins, since it is known then when that ends."""
        number, leaves = transit.number, transit.leave_min
        route, count = self.routes[number], len(self.passed[number])
        if count < len(route):
            here, there = route[count - 1].chainage_km, route[count].chainage_km
            self._call_at_lock(number, self.sailing.arrive(self._point_list[number], here, there, leaves), leaves)
        elif number in self._onward:
            here, end = route[-1].chainage_km, self._ends[number][1]
            self._ended(number, self.sailing.arrive(self._point_list[number], here, end, leaves), leaves)
        else:
            self._done(leaves)

    def _ended(self, number: int, time_min: float, known_min: float) -> None:
        """Let the voyages that follow one begin: the way to a lock is known as soon as that one's end is.

        Its end is known since the vessel left its last lock or terminal. Where it ends at a terminal, voyages begin
        when it has been handled there.
        """
        while number not in self._berths:
            step = self._begin_next(number, time_min, known_min)
            if step is None:
                return
            number, time_min = step
        self.clock.call_at(time_min, NORMAL, self._moor, number)

    def _begin_next(self, number: int, time_min: float, known_min: float) -> tuple[int, float] | None:
        """Let the voyage begin that follows one; return it and when it ends, None if it meets a lock before or none."""
        self._done(known_min)
        after = self._next.get(number)
        if after is None:
            return None
        ready = time_min + self._stay[after]
        if ready > self.end_min or not self._sets_out(after, ready):
            return None
        start = self._ends[after][0]
        arrive = self.sailing.arrive(self._point_list[after], start, self._stop(after, 0), self.depart[after])
        if self.routes[after]:
            self._call_at_lock(after, arrive, known_min)
            return None
        return after, arrive

    def _moor(self, call: Call) -> None:
        """Let a vessel arrive at the terminal where its voyage ends."""
        number: int = call.load
        quay = self.quays[self._berths[number]]
        quay.arrive(
            QuayCall(
                self._ids[number],
                self._owners[number],
                quay.terminal,
                self._cargo[number] * self.taken[number],
                self._handling[number] or 0.0,
                lambda: self._handled(number),
            )
        )

    def _handled(self, number: int) -> None:
        """Let a vessel leave its terminal."""
        now = self.clock.minute
        step = self._begin_next(number, now, now)
        if step is not None:
            self._ended(*step, now)

    def _done(self, time_min: float) -> None:
        """Count a voyage that passes its last lock at a time, or has none; where somebody waits for that."""
        if not self._counted:
            return
        self.outstanding -= 1
        self._last_min = max(self._last_min, time_min)
        if not self.outstanding:
            self.clock.succeed_at(self._last_min, self.drained)

    def sail(self, end_min: float, log: list[Passage] | None, *, begun_by: float | None = None) -> pl.DataFrame:
        """Return one row per voyage: what has begun by the end, ways between locks in full, waits up to the end.

        ``begun_by`` goes before the end for what counts as begun.
        """
        number, start, end, depart = self._ways(end_min if begun_by is None else begun_by)
        rows: list[Passage] | None = None if log is None else []
        points = np.array(self._point_list, dtype=np.int64)
        sailed = self.sailing.many(points[number], start, end, depart, log=rows)
        if log is not None:
            log += [passage._replace(voyage=number[passage.voyage]) for passage in rows or ()]
        sums = self._sums(number, np.abs(end - start), sailed)
        self._add_waits(sums, end_min, points)
        # A voyage has arrived if the last way that it has begun leads to its end.
        arrive = np.full(self.voyages.height, np.nan)
        last = end == self.voyages["to_km"].to_numpy()[number]
        arrive[number[last]] = sailed.arrive_min[last]
        begun = np.zeros(self.voyages.height, dtype=bool)
        begun[number] = True
        taken = pl.Series(self.taken, dtype=pl.Float64)
        table = self.voyages.select("voyage_id", "vessel_id", "vessel_class").with_columns(
            pl.Series("depart_min", self.depart, dtype=pl.Float64),
            pl.Series("arrive_min", arrive).fill_nan(None),
            *(pl.Series(name, values) for name, values in sums.items() if name != "fuel_kg"),
            fuel_t=pl.Series(sums["fuel_kg"] / 1000.0),
            cargo_tkm=pl.Series(sums["distance_km"]) * self.voyages["cargo_t"] * taken,
            cargo_left_t=self.voyages["cargo_t"] * (1.0 - taken),
        )
        return table.filter(begun)

    def _sums(self, number: Ints, distance_km: Floats, sailed: Sailed) -> dict[str, Floats]:
        """Return the totals of the voyages from those of their ways."""
        parts = {
            "distance_km": distance_km,
            "sailing_h": sailed.sailing_h,
            "waiting_h": sailed.still_h,
            "energy_kwh": sailed.energy_kwh,
            "waiting_kwh": sailed.still_kwh,
            "fuel_kg": sailed.fuel_kg,
        }
        count = self.voyages.height
        return {
            # bincount adds in the order of the ways, so sums are the same in every process
            name: np.bincount(number, weights=values, minlength=count).astype(np.float64)
            for name, values in parts.items()
        }

    def _add_waits(self, sums: dict[str, Floats], end_min: float, points: Ints) -> None:
        """Add the time at locks, at hotel load, to the totals."""
        rows = [(number, one.arrive_min, one.leave_min) for number, done in self.passed.items() for one in done]
        if not rows:
            return
        numbers, *times = zip(*rows, strict=True)
        number = np.array(numbers, dtype=np.int64)
        arrive, leave = (np.array(column, dtype=np.float64) for column in times)
        # a vessel that is still in the lock at the end has no leave_min: `fmin` takes the end instead of NaN
        hours = np.maximum(0.0, np.fmin(leave, end_min) - arrive) / 60.0
        used, kind = np.unique(points[number], return_inverse=True)
        operating = [self.sailing.table.points[point] for point in used.tolist()]
        power, fuel = (
            np.array(values, dtype=np.float64)[kind] * hours
            for values in ([point.hotel_kw for point in operating], [point.hotel_kg_h for point in operating])
        )
        taken = (("waiting_h", hours), ("energy_kwh", power), ("waiting_kwh", power), ("fuel_kg", fuel))
        for name, values in taken:
            # one after the other, in the order of a voyage's locks
            np.add.at(sums[name], number, values)

    def _ways(self, end_min: float) -> tuple[Ints, Floats, Floats, Floats]:
        """Return the ways between locks that have begun by the end: voyage, ends, departure; ways of a voyage in order.

        The way to the first lock counts even if it ends after the run: it began before.
        """
        depart = np.array(self.depart, dtype=np.float64)
        # one that follows another has begun when that one has ended and the stay is over; NaN: not yet
        begun = (self._first | (depart <= end_min)) & ~np.isnan(depart)
        numbers = np.flatnonzero(begun)
        starts, ends = (self.voyages[name].to_numpy() for name in ("from_km", "to_km"))
        here, since = starts[numbers], depart[numbers]
        locks = np.array([len(route) for route in self.routes], dtype=np.int64)
        ways: list[tuple[Ints, Floats, Floats, Floats]] = []
        # all to their first lock or end, then those that left it by the end to the next
        while numbers.size or not ways:
            position, stop, leaves = len(ways), ends[numbers], np.full(numbers.size, np.nan)
            ahead = np.flatnonzero(locks[numbers] > position)
            met = numbers[ahead].tolist()
            stop[ahead] = [self.routes[number][position].chainage_km for number in met]
            leaves[ahead] = [self._leaves(number, position) for number in met]
            ways.append((numbers, here, stop, since))
            on = leaves <= end_min
            numbers, here, since = numbers[on], stop[on], leaves[on]
        number, start, end, departs = (np.concatenate(parts) for parts in zip(*ways, strict=True))
        return number, start, end, departs

    def _stop(self, number: int, position: int) -> float:
        """Return where a way of a voyage ends: at a lock, or at the end of the voyage."""
        route = self.routes[number]
        return route[position].chainage_km if position < len(route) else self._ends[number][1]

    def _leaves(self, number: int, position: int) -> float:
        """Return when a voyage leaves one of its locks; NaN while it is not known, or where there is no such lock."""
        done = self.passed.get(number, ())
        return done[position].leave_min if position < len(done) else math.nan


def through_totals(sailed: pl.DataFrame, vessels: pl.DataFrame) -> pl.DataFrame:
    """Return one row per vessel id of the through traffic from the rows of its voyages."""
    return (
        sailed.group_by("vessel_id")
        .agg(pl.len().cast(pl.Int64).alias("voyages"), *(pl.col(name).sum() for name in TOTALS))
        .join(vessels.select("vessel_id", "vessel_class", "fuel", "kind"), on="vessel_id")
        .with_columns(lng_bunkered_m3=0.0, tank_end_m3=pl.lit(None, dtype=pl.Float64), stranded=False)
        .sort("vessel_id")
        .select(VESSEL_COLUMNS)
    )
