"""SimPy actor: a vessel that sails its voyages, burns LNG and decides at each station whether to bunker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shipping.bunkering import BunkeringStation, Call

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from shipping.bunkering import Waiting

SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class VesselSpec:
    """What a vessel is; fields as in `shipping.tables.Fleet`. A tank of None never runs dry."""

    vessel_id: str
    hotel_kw: float
    port_hotel_share: float
    sfc_kg_kwh: float
    density_t_m3: float
    tank_m3: float | None
    tank_start_m3: float
    fill_max_share: float
    reserve_share: float
    may_share: float
    may_queue: int
    max_queue: int
    patience_min: float

    def burn_m3_h(self, power_kw: float) -> float:
        """Return the LNG burnt in an hour at a power."""
        return power_kw * self.sfc_kg_kwh / (1000.0 * self.density_t_m3)


@dataclass(frozen=True, slots=True)
class Leg:
    """Way to the next stop: hours and km; the station there, or None at the end of the voyage."""

    hours: float
    length_km: float
    station: BunkeringStation | None


@dataclass(frozen=True, slots=True)
class Voyage:
    """A voyage cut into legs at the stations that it passes."""

    depart_min: float
    propulsion_kw: float
    cargo_t: float
    legs: tuple[Leg, ...]


@dataclass(slots=True)
class Account:
    """Sums over the run."""

    voyages: int = 0
    distance_km: float = 0.0
    sailing_h: float = 0.0
    waiting_h: float = 0.0
    energy_kwh: float = 0.0
    fuel_t: float = 0.0
    cargo_tkm: float = 0.0
    lng_bunkered_m3: float = 0.0


@dataclass(eq=False)
class Vessel:
    """A vessel with its tank and accounts."""

    env: simpy.Environment
    spec: VesselSpec
    voyages: list[Voyage]
    calls: list[Call]
    level_m3: float = field(init=False)
    stranded: bool = field(init=False, default=False)
    account: Account = field(init=False, default_factory=Account)
    _since_min: float = field(init=False, default=0.0)
    _power_kw: float = field(init=False, default=0.0)
    _speed_km_h: float = field(init=False, default=0.0)
    _cargo_t: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Fill the tank to its first level."""
        self.level_m3 = self.spec.tank_start_m3

    def run(self) -> Generator[Any, Any, None]:
        """Sail all voyages in order; stop where the tank runs dry."""
        for number, voyage in enumerate(self.voyages):
            self._become(self.spec.hotel_kw * self.spec.port_hotel_share)
            if voyage.depart_min > self.env.now:
                yield self.env.timeout(voyage.depart_min - self.env.now)
            self.settle()
            self.account.voyages += 1
            for place, leg in enumerate(voyage.legs):
                yield from self._sail(voyage, leg)
                if self.stranded:
                    self._become(0.0)
                    return
                if leg.station is not None and self.spec.tank_m3 is not None:
                    yield from self._visit(leg.station, self._need_m3(number, place))
        self._become(self.spec.hotel_kw * self.spec.port_hotel_share)

    def settle(self) -> None:
        """Book time, energy and LNG since the last change of state; an empty tank gives no power."""
        hours = (self.env.now - self._since_min) / 60.0
        self._since_min = float(self.env.now)
        if hours <= 0.0:
            return
        energy = self._power_kw * hours
        if self.spec.tank_m3 is not None:
            burnt = self.spec.burn_m3_h(self._power_kw) * hours
            if burnt > self.level_m3:
                energy *= self.level_m3 / burnt
                burnt = self.level_m3
            self.level_m3 -= burnt
        account = self.account
        account.energy_kwh += energy
        account.fuel_t += energy * self.spec.sfc_kg_kwh / 1000.0
        if self._speed_km_h > 0.0:
            account.sailing_h += hours
            account.distance_km += self._speed_km_h * hours
            account.cargo_tkm += self._speed_km_h * hours * self._cargo_t
        else:
            account.waiting_h += hours

    def wanted_m3(self) -> float:
        """Return the volume that fills the tank as far as it may be filled."""
        self.settle()
        return max(0.0, (self.spec.tank_m3 or 0.0) * self.spec.fill_max_share - self.level_m3)

    def _become(self, power_kw: float, speed_km_h: float = 0.0, cargo_t: float = 0.0) -> None:
        """Change the state, booking what was before."""
        self.settle()
        self._power_kw, self._speed_km_h, self._cargo_t = power_kw, speed_km_h, cargo_t

    def _sail(self, voyage: Voyage, leg: Leg) -> Generator[Any, Any, None]:
        """Sail one leg, or as far as the LNG lasts."""
        if leg.hours <= 0.0:
            return
        power = voyage.propulsion_kw + self.spec.hotel_kw
        self._become(power, leg.length_km / leg.hours, voyage.cargo_t)
        burn = self.spec.burn_m3_h(power)
        hours = leg.hours
        if self.spec.tank_m3 is not None and burn * hours > self.level_m3 + SLACK:
            hours = self.level_m3 / burn
            self.stranded = True
        yield self.env.timeout(60.0 * hours)
        self.settle()

    def _need_m3(self, number: int, place: int) -> float:
        """Return the LNG needed from a stop of a voyage to the next station on the vessel's way."""
        need = 0.0
        hours_ahead = 0.0
        for later in range(number, len(self.voyages)):
            voyage = self.voyages[later]
            if later > number:
                idle = max(0.0, (voyage.depart_min - self.env.now) / 60.0 - hours_ahead)
                need += self.spec.burn_m3_h(self.spec.hotel_kw * self.spec.port_hotel_share) * idle
                hours_ahead += idle
            burn = self.spec.burn_m3_h(voyage.propulsion_kw + self.spec.hotel_kw)
            for leg in voyage.legs[place + 1 if later == number else 0 :]:
                need += burn * leg.hours
                hours_ahead += leg.hours
                if leg.station is not None:
                    return need
        return need

    def _visit(self, station: BunkeringStation, need_m3: float) -> Generator[Any, Any, None]:
        """Decide at a station: pass, turn away or bunker."""
        spec, tank = self.spec, self.spec.tank_m3 or 0.0
        left = self.level_m3 - need_m3
        must, dry = left < spec.reserve_share * tank - SLACK, left < -SLACK
        if not must and self.level_m3 >= spec.may_share * tank - SLACK:
            return
        call = Call(spec.vessel_id, station.spec.station, float(self.env.now))
        self.calls.append(call)
        queue = len(station.waiting)
        if not must and not self._finds_it_easy(station, queue):
            call.outcome = "passed"
        elif must and not dry and queue > spec.max_queue:
            call.outcome = "balked"
        else:
            yield from self._bunker(station, call, dry=dry)

    def _finds_it_easy(self, station: BunkeringStation, queue: int) -> bool:
        """Return whether a call that could be put off is worth it: open, short queue, stock at hand."""
        in_stock = min(self.wanted_m3(), station.most_m3) <= station.available_m3
        return station.is_open() and queue <= self.spec.may_queue and in_stock

    def _bunker(self, station: BunkeringStation, call: Call, *, dry: bool) -> Generator[Any, Any, None]:
        """Queue, bunker and leave; give up after the patience unless the tank would run dry."""
        self._become(self.spec.hotel_kw)
        place = station.ask(call, self)
        yield from self._queue(station, place, dry=dry)
        if call.start_min is None:
            call.wait_end_min = float(self.env.now)
            call.outcome = "stockout" if call.short else "reneged"
            return
        volume = yield from station.serve(call)
        self.settle()
        self.level_m3 += volume
        self.account.lng_bunkered_m3 += volume
        yield self.env.timeout(station.spec.purge_min)
        self.settle()
        station.release(call)

    def _queue(self, station: BunkeringStation, place: Waiting, *, dry: bool) -> Generator[Any, Any, None]:
        """Wait for the berth; the patience runs from the arrival or the next opening."""
        if dry or self.spec.patience_min == float("inf"):
            yield place.granted
            return
        opening = station.spec.next_opening(self.env.now)
        limit = self.env.timeout(opening + self.spec.patience_min - self.env.now)
        yield place.granted | limit
        if place.call.start_min is None:
            station.leave(place)
