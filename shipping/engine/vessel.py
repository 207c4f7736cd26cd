"""SimPy actor: a vessel that sails its voyages, passes locks, burns LNG and decides at stations whether to bunker."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from charging.engine.clock import NORMAL
from data.outcomes import Outcome
from shipping.engine.voyage_totals import Trip, VoyageTotals
from shipping.ports.bunkering import BunkeringStation, Call
from shipping.ports.quay import QuayCall
from shipping.river.locks import Lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from charging.engine.clock import Clock, Task, Waits
    from shipping.engine.voyage_plan import Leg, VesselSpec, Voyage
    from shipping.ports.quay import Quay
    from shipping.river.locks import OnLockage, Transit
    from shipping.ships.sailing import Passage, Sailing

_SLACK_M3: Final = 1e-9  # of a tank: what sums of many small burns may be off, far below a litre


class Rates(NamedTuple):
    """What a vessel takes and does in an hour of its present state; ``moving`` is the share of it under way."""

    power_kw: float = 0.0
    still_kw: float = 0.0
    fuel_kg_h: float = 0.0
    speed_km_h: float = 0.0
    cargo_t: float = 0.0
    moving: float = 0.0


class Ahead(NamedTuple):
    """LNG in m3 and hours of the legs that lie ahead on a voyage, and whether the last of them ends at a station.

    ``need_m3`` and ``hours`` are their sums, in the order of sailing.
    """

    legs: list[tuple[float, float]]
    ends_there: bool
    need_m3: float
    hours: float


class _Asked(NamedTuple):
    """A call that asks for LNG; whether the tank would run dry without."""

    call: Call
    dry: bool


@dataclass(eq=False)
class Vessel:
    """A vessel with its tank and totals; ``transit`` makes its place at a lock, ``log`` takes its passages.

    ``load`` says of a voyage for which the vessel is ready when it sets out, and as what. ``task`` is what `run` is on
    the clock.
    """

    env: Clock
    spec: VesselSpec
    voyages: list[Voyage]
    calls: list[Call]
    sailing: Sailing
    transit: Callable[[Voyage, Lock, OnLockage, float], Transit]
    load: Callable[[Voyage, float], tuple[float, Voyage]]
    # by operating point, legs (kept by the river), first leg, period and density: vessels alike share what lies ahead
    ahead: dict[tuple[int, int, int, int, float], Ahead]
    log: list[tuple[int, list[Passage]]] | None = None
    task: Task = field(init=False)
    level_m3: float = field(init=False)
    stranded: bool = field(init=False, default=False)
    totals: VoyageTotals = field(init=False, default_factory=VoyageTotals)
    begun: int = field(init=False, default=0)
    bunkered_m3: float = field(init=False, default=0.0)
    trips: list[Trip] = field(init=False, default_factory=list)
    _since_min: float = field(init=False, default=0.0)
    _departed_min: float = field(init=False, default=0.0)
    _rates: Rates = field(init=False, default=Rates())
    _in_port: Rates = field(init=False)
    _at_hotel: Rates = field(init=False)

    def __post_init__(self) -> None:
        """Fill the tank to its first level, and work out what the vessel takes while it lies still."""
        self.level_m3 = self.spec.tank_start_m3
        self._in_port, self._at_hotel = (
            Rates(power_kw, power_kw, power_kw * self.spec.design.sfc_kg_kwh)
            for power_kw in (self.spec.port_kw, self.spec.design.hotel_kw)
        )

    def run(self) -> Waits:
        """Sail all voyages in order; stop where the tank runs dry."""
        for number, planned in enumerate(self.voyages):
            self._become(self._in_port)
            departs, voyage = self.load(planned, planned.departs(self.env.minute))
            if departs == math.inf:
                return
            if departs > self.env.minute:
                yield departs - self.env.minute
            self.settle()
            self.begun += 1
            trip = Trip(voyage.voyage_id, self.env.minute, self.totals.copy())
            self.trips.append(trip)
            self.totals.cargo_left_t += planned.cargo_t - voyage.cargo_t
            yield from self._under_way(number, voyage)
            if self.stranded:
                self._become(Rates())
                return
            self.settle()
            trip.arrive_min, trip.after = self.env.minute, self.totals.copy()
            if voyage.quay is not None:
                yield from self._berth(voyage, voyage.quay)
        self._become(self._in_port)

    def _under_way(self, number: int, voyage: Voyage) -> Waits:
        """Sail a voyage leg by leg: pass locks, and decide at stations; end early where the tank runs dry."""
        for position, leg in enumerate(voyage.legs):
            wait_min = self._sail(voyage, leg)
            if wait_min is not None:
                yield wait_min
                self.settle()
            if self.stranded:
                return
            if isinstance(leg.stop, Lock):
                yield from self._lock(voyage, leg.stop)
            elif leg.stop is not None and self.spec.tank_m3 is not None:
                asked = self._visit(leg.stop, self._need_m3(number, position))
                if asked is not None:
                    yield from self._bunker(leg.stop, asked)

    def settle(self) -> None:
        """Book time, energy and LNG since the last change of state; an empty tank gives no power."""
        now = self.env.minute
        hours = (now - self._since_min) / 60.0
        if hours <= 0.0:
            # most often it was settled at this very minute
            return
        self._since_min = now
        power_kw, still_kw, fuel_kg_h, speed_km_h, cargo_t, moving = self._rates
        totals = self.totals
        share = 1.0  # of the time that the tank lasted: an engine without LNG takes no energy and burns nothing
        fuel = fuel_kg_h * hours
        if self.spec.tank_m3 is not None:
            burnt = self.spec.volume_m3(fuel)
            if burnt > self.level_m3:
                share = self.level_m3 / burnt
                burnt = self.level_m3
            self.level_m3 -= burnt
        totals.energy_kwh += power_kw * hours * share
        totals.waiting_kwh += still_kw * hours * share
        totals.fuel_t += fuel * share / 1000.0
        totals.sailing_h += hours * moving
        totals.waiting_h += hours * (1.0 - moving)
        totals.distance_km += speed_km_h * hours
        totals.cargo_tkm += speed_km_h * hours * cargo_t

    def wanted_m3(self) -> float:
        """Return the volume that fills the tank as far as it may be filled."""
        self.settle()
        return max(0.0, (self.spec.tank_m3 or 0.0) * self.spec.fill_max_share - self.level_m3)

    def _become(self, rates: Rates) -> None:
        """Change the state, booking what was before."""
        if self.env.minute > self._since_min:
            self.settle()
        self._rates = rates

    def _sail(self, voyage: Voyage, leg: Leg) -> float | None:
        """Begin to sail a leg, or as far as the LNG lasts (at its mean consumption); return for how long, min.

        None for a leg that takes no time.
        """
        now = self.env.minute
        if self.log is None:
            done = self.sailing.single(voyage.point, leg.from_km, leg.to_km, now)
        else:
            log: list[Passage] = []
            sailed = self.sailing.one(voyage.point, leg.from_km, leg.to_km, now, log=log)
            done = tuple(float(value[0]) for value in sailed)
            self.log += [(voyage.voyage_id, log)] if log else []
        arrive, moving, still, energy, resting, fuel = done
        hours = moving + still
        if hours <= 0.0:
            return None
        speed = abs(leg.to_km - leg.from_km) / hours
        self._become(Rates(energy / hours, resting / hours, fuel / hours, speed, voyage.cargo_t, moving / hours))
        # The leg is booked at its mean rates, so that a tank that runs dry does so at that share of the way.
        needed = self.spec.volume_m3(fuel)
        if self.spec.tank_m3 is not None and needed > self.level_m3 + _SLACK_M3:
            arrive = now + (arrive - now) * self.level_m3 / needed
            self.stranded = True
        self._departed_min = now
        return arrive - now

    def _lock(self, voyage: Voyage, lock: Lock) -> Waits:
        """Pass a lock: queue, enter, level and leave, all at hotel load."""
        self._become(self._at_hotel)

        def leaves(passed: Transit) -> None:
            self.env.put(passed.leave_min, NORMAL, self.task)

        lock.arrive(self.transit(voyage, lock, leaves, self._departed_min))
        yield None
        self.settle()

    def _berth(self, voyage: Voyage, quay: Quay) -> Waits:
        """Wait for a berth and be handled, at the power of a stay in port."""
        self._become(self._in_port)
        call = QuayCall(
            voyage.voyage_id,
            self.spec.vessel_id,
            quay.terminal,
            voyage.cargo_t,
            voyage.handling_min,
            self._go_on,
        )
        quay.arrive(call)
        yield None
        self.settle()

    def _go_on(self) -> None:
        """Go on when all that happens at this minute before has happened."""
        self.env.put(self.env.minute, NORMAL, self.task)

    def _need_m3(self, number: int, position: int) -> float:
        """Return the LNG needed from a stop of a voyage to the next station on the vessel's way.

        The vessel reckons with the current of today and without waits at locks.
        """
        period = self.sailing.period_of(self.env.minute)
        known = self._ahead(self.voyages[number], position + 1, period)
        need, hours_ahead = known.need_m3, known.hours
        for later in range(number + 1, len(self.voyages)):
            if known.ends_there:
                return need
            voyage = self.voyages[later]
            # a stay in port burns too, at what the shore does not give
            ends = self.env.minute + 60.0 * hours_ahead
            idle = (voyage.departs(ends) - ends) / 60.0
            need += self.spec.burn_m3_h(self.spec.port_kw) * idle
            hours_ahead += idle
            known = self._ahead(voyage, 0, period)
            for volume_m3, hours in known.legs:
                need += volume_m3
                hours_ahead += hours
        return need

    def _ahead(self, voyage: Voyage, first: int, period: int) -> Ahead:
        """Return the legs of a voyage from one of them to the next station, or to its end."""
        key = (voyage.point, id(voyage.legs), first, period, self.spec.density_t_m3)
        known = self.ahead.get(key)
        if known is None:
            known = self.ahead[key] = self._to_station(voyage, first, period)
        return known

    def _to_station(self, voyage: Voyage, first: int, period: int) -> Ahead:
        """Work out the legs of a voyage from one of them to the next station, or to its end."""
        legs: list[tuple[float, float]] = []
        need, ahead_h = 0.0, 0.0
        for leg in voyage.legs[first:]:
            hours, _, fuel = self.sailing.estimate(voyage.point, leg.from_km, leg.to_km, period)
            volume_m3 = self.spec.volume_m3(fuel)
            legs.append((volume_m3, hours))
            need += volume_m3
            ahead_h += hours
            if isinstance(leg.stop, BunkeringStation):
                return Ahead(legs, ends_there=True, need_m3=need, hours=ahead_h)
        return Ahead(legs, ends_there=False, need_m3=need, hours=ahead_h)

    def _visit(self, station: BunkeringStation, need_m3: float) -> _Asked | None:
        """Decide at a station: pass, turn away (None), or bunker."""
        spec, tank = self.spec, self.spec.tank_m3 or 0.0
        # It must bunker if its reserve would go before the next station, and at any price if it would run dry.
        left = self.level_m3 - need_m3
        must, dry = left < spec.reserve_share * tank - _SLACK_M3, left < -_SLACK_M3
        if not must and self.level_m3 >= spec.may_share * tank - _SLACK_M3:
            return None
        call = Call(spec.vessel_id, station.spec.station, self.env.minute)
        self.calls.append(call)
        queue = len(station.waiting)  # those at the berths are not counted: a master sees the anchorage
        if not must and not self._finds_it_easy(station, queue):
            call.outcome = Outcome.PASSED
        elif must and not dry and queue > spec.max_queue:
            call.outcome = Outcome.BALKED
        else:
            return _Asked(call, dry)
        return None

    def _finds_it_easy(self, station: BunkeringStation, queue: int) -> bool:
        """Return whether a call that could be put off is worth it: open, short queue, stock at hand."""
        in_stock = min(self.wanted_m3(), station.most_m3) <= station.available_m3
        return station.is_open() and queue <= self.spec.may_queue and in_stock

    def _bunker(self, station: BunkeringStation, asked: _Asked) -> Waits:
        """Queue, bunker and leave; give up after the patience unless the tank would run dry."""
        call, dry = asked
        self._become(self._at_hotel)
        yield from self._queue(station, call, dry=dry)
        if call.start_min is None:
            call.wait_end_min = self.env.minute
            call.outcome = Outcome.STOCKOUT if call.short else Outcome.RENEGED
            return
        volume = yield from station.serve(call)
        self.settle()
        self.level_m3 += volume
        self.bunkered_m3 += volume
        # The LNG is on board, but hose and papers keep the berth.
        yield station.spec.purge_min
        self.settle()
        station.release(call)

    def _queue(self, station: BunkeringStation, call: Call, *, dry: bool) -> Waits:
        """Wait for the berth; the patience runs from the arrival or the next opening."""
        env, patience = self.env, self.spec.patience_min
        if dry or patience == math.inf:
            station.ask(call, self, self._go_on)
            yield None
            return
        over = False

        def ends(_: object) -> None:
            # the berth or the end of the patience, whatever comes first
            nonlocal over
            if not over:
                over = True
                self._go_on()

        entry = station.ask(call, self, lambda: env.call_at(env.minute, NORMAL, ends, None))
        # A vessel that comes at night knows the hours: its patience begins in the morning.
        opening = station.spec.next_opening(env.minute)
        env.call_at(env.minute + (opening + patience - env.minute), NORMAL, ends, None)
        yield None
        if call.start_min is None:
            station.leave(entry)
