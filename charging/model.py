"""The charging network in SimPy: drivers, queues, piles that share power, exact between events.

Power changes only at events: a vehicle plugs in, gets full, reaches a breakpoint of its curve, or its share
changes. Shares are set at events from the power each vehicle can take until its next breakpoint; in between a
vehicle draws the lesser of its curve and its share, integrated in closed form (``charging.curves``).
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import simpy
from simpy.events import EventPriority

from charging.curves import Piece, log_mean, power_at
from charging.power import max_min, share
from charging.rules import balks, expected_wait_min, in_turn, travel_cost_min
from charging.stations import Charge, Group, Pile, Station, Waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from charging.behaviour import Behaviour
    from charging.demand import Demand, Options

_FIRST: Final = EventPriority(0)  # guns are freed before vehicles that arrive at the same instant look for one
_NORMAL: Final = EventPriority(1)
_SAME_KW: Final = 1e-12
_SAME_SOC: Final = 1e-12


@dataclass(slots=True)
class Log:
    """What happened to each request, by position in the request table; NaN where it did not happen."""

    arrive: list[float]
    plug: list[float]
    full: list[float]
    leave: list[float]
    wait: list[float]
    tries: list[int]
    station: list[int]
    gun: list[tuple[str, int, int] | None]
    outcome: list[str]
    travel_min: list[float]
    travel_km: list[float]
    pieces: Pieces

    @classmethod
    def of_size(cls, size: int) -> Log:
        """Return an empty log for ``size`` requests."""
        nan = math.nan
        return cls(
            arrive=[nan] * size,
            plug=[nan] * size,
            full=[nan] * size,
            leave=[nan] * size,
            wait=[0.0] * size,
            tries=[0] * size,
            station=[-1] * size,
            gun=[None] * size,
            outcome=["unserved"] * size,
            travel_min=[0.0] * size,
            travel_km=[0.0] * size,
            pieces=Pieces(),
        )


@dataclass(slots=True)
class Pieces:
    """Power over time in pieces: request, start and end (min), power at both (kW)."""

    request: array[int] = field(default_factory=lambda: array("q"))
    start_min: array[float] = field(default_factory=lambda: array("d"))
    end_min: array[float] = field(default_factory=lambda: array("d"))
    start_kw: array[float] = field(default_factory=lambda: array("d"))
    end_kw: array[float] = field(default_factory=lambda: array("d"))

    def add(self, request: int, start_min: float, end_min: float, start_kw: float, end_kw: float) -> None:
        """Append a piece."""
        self.request.append(request)
        self.start_min.append(start_min)
        self.end_min.append(end_min)
        self.start_kw.append(start_kw)
        self.end_kw.append(end_kw)


class Network:
    """All stations and drivers of one simulation.

    Parameters
    ----------
    stations
        Stations with their piles.
    demand
        Requests as columns, sorted by time, with the stations each can reach.
    behaviour
        Settings of drivers.
    """

    def __init__(self, stations: list[Station], demand: Demand, behaviour: Behaviour) -> None:
        self.env = simpy.Environment()
        self.stations = stations
        self.demand = demand
        self.behaviour = behaviour
        self.log = Log.of_size(demand.size)
        self._joined = 0
        self._tried: dict[int, set[int]] = {}

    def run(self) -> Log:
        """Simulate until the last vehicle has left and return what happened."""
        if self.demand.size:
            self._at(self.demand.arrive_min[0], _NORMAL, self._on_request, 0)
            self.env.run()
        return self.log

    def _at(self, time_min: float, priority: EventPriority, action: Callable[[Any], None], value: object) -> None:
        """Call ``action`` with an event that carries ``value`` at ``time_min``."""
        event = simpy.Event(self.env)
        event._ok = True  # noqa: SLF001 - a triggered event without a process is SimPy's cheapest call-back
        event._value = value  # noqa: SLF001
        event.callbacks.append(action)
        self.env.schedule(event, priority, time_min - self.env.now)

    # drivers ------------------------------------------------------------------------------------------------

    def _on_request(self, event: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """Start a driver and wait for the next request."""
        index = event._value  # noqa: SLF001
        following = index + 1
        if following < self.demand.size:
            self._at(self.demand.arrive_min[following], _NORMAL, self._on_request, following)
        charge = self.demand.charge(index)
        self._drive_on(charge, self.demand.options(index), refusal="unserved")

    def _drive_on(self, charge: Charge, options: Options, *, refusal: str) -> None:
        """Send a driver to the next station, or end the story of the request."""
        index = charge.index
        tried = self._tried.get(index, set())
        left = [option for option in options if option[0] not in tried]
        if not left or len(tried) >= self.behaviour.max_tries:
            self.log.outcome[index] = refusal if len(tried) <= 1 else "unserved"
            self.log.leave[index] = self.env.now
            self._tried.pop(index, None)
            return
        number, minutes, km = self._choose(charge, left)
        self.log.travel_min[index] += minutes
        self.log.travel_km[index] += km
        self.log.tries[index] += 1
        self._tried.setdefault(index, set()).add(number)
        if minutes > 0.0:
            self._at(self.env.now + minutes, _NORMAL, self._on_arrival, (charge, number))
        else:
            self._arrive(charge, number)

    def _choose(self, charge: Charge, options: Options) -> tuple[int, float, float]:
        """Return the option with the least generalised cost as this driver sees it (first of equals)."""
        behaviour = self.behaviour
        live = behaviour.information == "live"
        if len(options) == 1 or not (live or behaviour.indifference_min):
            return options[0]
        costs = [
            travel_cost_min(
                option[1],
                self._wait_seen(charge, self.stations[option[0]]) if live else 0.0,
                wait_weight=behaviour.wait_weight,
            )
            for option in options
        ]
        best = min(costs)
        if not behaviour.indifference_min:
            return options[costs.index(best)]
        good = [
            option for option, cost in zip(options, costs, strict=True) if cost <= best + behaviour.indifference_min
        ]
        wanted = self.demand.current[charge.index]
        guns = [self.stations[option[0]].guns(wanted) for option in good]
        return good[in_turn(self.demand.request_id[charge.index], guns)]

    def _wait_seen(self, charge: Charge, station: Station) -> float:
        """Return the wait that someone expects who sees this station now, minutes."""
        wanted = self.demand.current[charge.index]
        if station.has_free_gun(wanted):
            return 0.0
        minutes = 60.0 * self.demand.energy_kwh[charge.index] / charge.vehicle_kw
        return expected_wait_min(station.queue_length(wanted), station.guns(wanted), minutes)

    def _on_arrival(self, event: Any) -> None:  # noqa: ANN401
        """Reach a station after a drive."""
        charge, number = event._value  # noqa: SLF001
        self._arrive(charge, number)

    def _arrive(self, charge: Charge, number: int) -> None:
        """Take a free gun, queue, or drive on."""
        station = self.stations[number]
        index = charge.index
        wanted = self.demand.current[index]
        self.log.station[index] = number
        self.log.arrive[index] = self.env.now
        found = station.free_gun(charge, wanted, self.env.now)
        if found is not None:
            self._plug(charge, *found)
        elif balks(station.queue_length(wanted), self.demand.max_queue[index]) or self._prefers_other(charge, station):
            self._drive_on(charge, self.demand.options_from(index, station), refusal="balked")
        else:
            self._queue(charge, station, wanted)

    def _prefers_other(self, charge: Charge, station: Station) -> bool:
        """Tell whether a driver who sees the queue here finds another station cheaper (``arrival`` level)."""
        behaviour = self.behaviour
        index = charge.index
        tried = self._tried.get(index, set())
        if behaviour.information != "arrival" or len(tried) >= behaviour.max_tries:
            return False
        others = [option for option in self.demand.options_from(index, station) if option[0] not in tried]
        if not others:
            return False
        here = travel_cost_min(0.0, self._wait_seen(charge, station), wait_weight=behaviour.wait_weight)
        return others[0][1] < here

    def _queue(self, charge: Charge, station: Station, wanted: str) -> None:
        """Join the queue, and mind the driver's patience."""
        self._joined += 1
        waiter = Waiter(charge, wanted, self.env.now, self._joined)
        station.join(waiter)
        patience = self.demand.patience_min[charge.index]
        if math.isfinite(patience):
            self._at(self.env.now + patience, _NORMAL, self._on_patience_end, (waiter, station))

    def _on_patience_end(self, event: Any) -> None:  # noqa: ANN401
        """Let a driver who still waits give up this queue."""
        waiter, station = event._value  # noqa: SLF001
        if not waiter.alive:
            return
        station.quit(waiter)
        index = waiter.charge.index
        self.log.wait[index] += self.env.now - waiter.since_min
        self._drive_on(waiter.charge, self.demand.options_from(index, station), refusal="reneged")

    # guns ---------------------------------------------------------------------------------------------------

    def _plug(self, charge: Charge, group: Group, number: int) -> None:
        """Start charging at a pile's free gun."""
        group.take(number, charge)
        index = charge.index
        charge.limit_kw = group.limit_kw(charge)
        charge.active = True
        charge.since_min = self.env.now
        charge.efficiency = self.demand.efficiency(index, group.current, self.behaviour)
        charge.nominal_kw = min(charge.remaining_peak_kw(), group.pile_kw) / charge.efficiency
        station = group.station
        station.nominal_kw += charge.nominal_kw
        if station.limit_kw is not None:
            station.charging.append(charge)
        self.log.plug[index] = self.env.now
        self.log.gun[index] = (group.group_id, number, charge.gun)
        self._tried.pop(index, None)
        self._rebalance(charge.pile)

    def _on_full(self, event: Any) -> None:  # noqa: ANN401
        """End a charge, if the plan it belongs to still holds."""
        charge, version = event._value  # noqa: SLF001
        if charge.version != version or not charge.active:
            return
        self._advance(charge)
        charge.active = False
        pile = charge.pile
        station = pile.group.station
        station.nominal_kw -= charge.nominal_kw
        if station.limit_kw is not None:
            station.charging.remove(charge)
        index = charge.index
        self.log.full[index] = self.env.now
        self.log.outcome[index] = "served"
        overstay = self.demand.overstay_min[index]
        if overstay > 0.0:
            self._at(self.env.now + overstay, _FIRST, self._on_leave, charge)
        else:
            self._leave(charge)
        if pile.order or station.bound:
            self._rebalance(pile)

    def _on_leave(self, event: Any) -> None:  # noqa: ANN401
        """Leave after an overstay."""
        self._leave(event._value)  # noqa: SLF001

    def _leave(self, charge: Charge) -> None:
        """Free the gun and call the next in the queue."""
        pile = charge.pile
        assert pile is not None  # noqa: S101 - a vehicle that leaves stood at a gun
        group = pile.group
        self.log.leave[charge.index] = self.env.now
        group.release(charge)
        station = group.station
        waiter = station.first_waiting(group.current)
        if waiter is not None:
            station.quit(waiter)
            self.log.wait[waiter.charge.index] += self.env.now - waiter.since_min
            found = station.free_gun(waiter.charge, waiter.current, self.env.now)
            if found is not None:
                self._plug(waiter.charge, *found)

    # power --------------------------------------------------------------------------------------------------

    def _advance(self, charge: Charge) -> None:
        """Log what a charge drew since the last change, and set its SOC to now."""
        now = self.env.now
        start = charge.since_min
        soc = charge.soc
        add = self.log.pieces.add
        for piece in charge.plan:
            if start >= now:
                break
            end = start + piece.minutes
            if end <= now or math.isclose(end, now, rel_tol=1e-15, abs_tol=1e-9):
                add(charge.index, start, end, piece.start_kw, piece.end_kw)
                soc = piece.end_soc
            else:
                end_kw = power_at(piece, (now - start) / piece.minutes)
                mean_kw = log_mean(piece.start_kw, end_kw)
                add(charge.index, start, now, piece.start_kw, end_kw)
                soc += mean_kw * (now - start) / 60.0 / charge.battery_kwh
            start = end
        charge.soc = soc
        charge.since_min = now
        charge.plan = []

    def _set_cap(self, charge: Charge, cap_kw: float, until_soc: float | None = None) -> None:
        """Give a charge another cap, and plan on to its end, or to the SOC at which shares are set again."""
        target = charge.end_soc if until_soc is None else until_soc
        if charge.plan and abs(cap_kw - charge.cap_kw) <= _SAME_KW and charge.plan[-1].end_soc >= target - _SAME_SOC:
            return
        self._advance(charge)
        charge.cap_kw = cap_kw
        charge.version += 1
        cap = min(cap_kw, charge.limit_kw)
        if cap <= 0.0:
            return
        charge.plan = _plan(charge, cap, target)
        if target >= charge.end_soc:
            end = self.env.now + math.fsum(piece.minutes for piece in charge.plan)
            self._at(end, _FIRST, self._on_full, (charge, charge.version))

    def _rebalance(self, pile: Pile | None) -> None:
        """Set the caps of all vehicles whose share may have changed through an event at this pile."""
        assert pile is not None  # noqa: S101 - events happen at piles
        station = pile.group.station
        if station.limit_kw is not None and (station.bound or station.nominal_kw > station.limit_kw):
            self._rebalance_station(station)
            return
        shares, moving = self._pile_shares(pile)
        for part in shares:
            self._set_cap(part.charge, part.cap_kw, part.stop_soc if moving else None)
        if moving:
            pile.breaks += 1
            self._watch(shares, pile)

    def _pile_shares(self, pile: Pile) -> tuple[list[Share], bool]:
        """Return the pile's cap for each of its vehicles, and whether the caps move with the curves."""
        now = self.env.now
        shares = [Share.of(charge, now) for charge in pile.active()]
        capacity = pile.group.pile_kw
        policy = pile.group.sharing
        if len(shares) > 1 and policy != "dynamic":
            caps = share(capacity, [capacity] * len(shares), policy)
        elif len(shares) <= 1 or math.fsum(part.charge.remaining_peak_kw() for part in shares) <= capacity:
            caps = [capacity] * len(shares)
        else:
            caps = share(capacity, [part.wish_kw for part in shares], "dynamic", self.behaviour.module_kw)
            return [replace(part, cap_kw=cap) for part, cap in zip(shares, caps, strict=True)], True
        return [replace(part, cap_kw=cap) for part, cap in zip(shares, caps, strict=True)], False

    def _rebalance_station(self, station: Station) -> None:
        """Share a station's connection max-min fair over its guns, on top of the shares of the piles.

        The connection is metered: a vehicle's draw behind it is its power over its efficiency.
        """
        assert station.limit_kw is not None  # noqa: S101 - called for limited stations only
        shares: list[Share] = []
        for pile in dict.fromkeys(charge.pile for charge in station.charging):
            assert pile is not None  # noqa: S101 - a charging vehicle stands at a pile
            shares.extend(self._pile_shares(pile)[0])
        if shares:
            wishes = [min(part.cap_kw, part.wish_kw) / part.charge.efficiency for part in shares]
            granted = max_min(station.limit_kw, wishes)
            for part, metered in zip(shares, granted, strict=True):
                self._set_cap(part.charge, metered * part.charge.efficiency, part.stop_soc)
        station.bound = station.nominal_kw > station.limit_kw
        station.breaks += 1
        self._watch(shares, station)

    def _watch(self, shares: list[Share], owner: Pile | Station) -> None:
        """Wake when the first of these charges reaches a breakpoint of its curve."""
        soonest = math.inf
        for part in shares:
            charge = part.charge
            if charge.plan and part.stop_soc < charge.end_soc:
                soonest = min(soonest, charge.since_min + _minutes_to(charge, part.stop_soc))
        if math.isfinite(soonest):
            self._at(max(soonest, self.env.now), _FIRST, self._on_break, (owner, owner.breaks))

    def _on_break(self, event: Any) -> None:  # noqa: ANN401
        """Share again at a breakpoint, unless something else changed the shares since."""
        owner, breaks = event._value  # noqa: SLF001
        if owner.breaks != breaks:
            return
        if isinstance(owner, Station):
            self._rebalance_station(owner)
        else:
            self._rebalance(owner)


@dataclass(frozen=True, slots=True)
class Share:
    """A charge at an event: what it could take until its next breakpoint (kW), that SOC, and its cap (kW)."""

    charge: Charge
    wish_kw: float
    stop_soc: float
    cap_kw: float

    @classmethod
    def of(cls, charge: Charge, now_min: float) -> Share:
        """Return a charge's wish now; its cap is still open."""
        return cls(charge, *charge.wish_kw(charge.soc_at(now_min)), math.inf)


def _plan(charge: Charge, cap_kw: float, end_soc: float) -> list[Piece]:
    """Return the pieces of a charge to a SOC under a cap."""
    if charge.curve is not None:
        return charge.curve.pieces(
            battery_kwh=charge.battery_kwh,
            vehicle_kw=charge.vehicle_kw,
            cap_kw=cap_kw,
            soc=charge.soc,
            end_soc=end_soc,
        )
    power = min(cap_kw, charge.vehicle_kw)
    minutes = 60.0 * charge.battery_kwh * (end_soc - charge.soc) / power
    return [Piece(minutes, power, power, end_soc)]


def _minutes_to(charge: Charge, soc: float) -> float:
    """Return the minutes until a charge that was planned just now reaches ``soc``."""
    total = 0.0
    for piece in charge.plan:
        total += piece.minutes
        if piece.end_soc >= soc - 1e-12:
            return total
    return total
