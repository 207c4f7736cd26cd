"""The charging network in SimPy: drivers, queues and guns, event by event. ``charging.sharing`` divides the power."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from charging.clock import FIRST, NORMAL, Clock
from charging.log import BALKED, RENEGED, SERVED, UNFINISHED, UNSERVED, Log
from charging.ramps import CONSTANT
from charging.rules import balks, expected_wait_min, in_turn, travel_cost_min
from charging.sharing import Sharing
from charging.stations import CURRENTS, Charge, Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.behaviour import Behaviour
    from charging.demand import Demand, Options
    from charging.stations import Group, Pile, Station


class Outage(NamedTuple):
    """A pile that is out of service from ``start_min`` to ``end_min``."""

    start_min: float
    end_min: float
    pile: Pile


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
    outages
        When piles are out of service.
    """

    def __init__(
        self, stations: list[Station], demand: Demand, behaviour: Behaviour, outages: Sequence[Outage] = ()
    ) -> None:
        self.clock = Clock()
        self.stations = stations
        self.demand = demand
        self.behaviour = behaviour
        self.log = Log.of_size(demand.size)
        self._sharing = Sharing(self.clock, self.log, behaviour.module_kw, self._on_shared_full)
        self._tried: dict[int, set[int]] = {}
        self._places = [-1] * demand.size
        self._hours = any(station.hours is not None for station in stations)
        by_priority = behaviour.queue_rule == "priority"
        for station in stations:
            station.queues = {kind: Queue(station.number, self._places, by_priority) for kind in CURRENTS}
        for outage in outages:
            self.clock.call_at(outage.start_min, FIRST, self._on_switch, (outage.pile, True))
            self.clock.call_at(outage.end_min, FIRST, self._on_switch, (outage.pile, False))

    def run(self) -> Log:
        """Simulate until the last vehicle has left and return what happened."""
        if self.demand.size:
            self.clock.call_at(self.demand.arrive_min[0], NORMAL, self._on_request, 0)
        self.clock.run()
        self._note_unfinished()
        return self.log

    def _note_unfinished(self) -> None:
        """Name those who still wait when nothing happens any more, for their guns never came back."""
        for index, place in enumerate(self._places):
            if place >= 0:
                self._quit(index, self.stations[place])
                self.log.outcome[index] = UNFINISHED

    # drivers ------------------------------------------------------------------------------------------------

    def _on_request(self, event: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """Start a driver and wait for the next request."""
        index = event.load
        following = index + 1
        demand = self.demand
        if following < demand.size:
            self.clock.call_at(demand.arrive_min[following], NORMAL, self._on_request, following)
        self._drive_on(index, demand.reach.options(demand.origin[index], demand.current[index]), refusal=UNSERVED)

    def _drive_on(self, index: int, options: Options, *, refusal: int) -> None:
        """Send a driver to the next station, or end the story of the request."""
        tried = self._tried.get(index)
        if self._hours:
            now = self.clock.now
            options = [option for option in options if self.stations[option[0]].is_open(now + option[1])]
        if tried is not None:
            options = [option for option in options if option[0] not in tried]
        if not options or (tried is not None and len(tried) >= self.behaviour.max_tries):
            self.log.outcome[index] = refusal if tried is None or len(tried) <= 1 else UNSERVED
            self.log.leave[index] = self.clock.now
            self._tried.pop(index, None)
            return
        number, minutes, km = options[0] if len(options) == 1 else self._choose(index, options)
        log = self.log
        log.tries[index] += 1
        if minutes > 0.0:
            log.travel_min[index] += minutes
            log.travel_km[index] += km
            self._set_out(index, number, minutes)
        else:
            self._arrive(index, self.stations[number])

    def _choose(self, index: int, options: Options) -> tuple[int, float, float]:
        """Return the option with the least generalised cost as this driver sees it (first of equals)."""
        behaviour = self.behaviour
        live = behaviour.information == "live"
        margin = behaviour.indifference_min
        if not (live or margin):
            return options[0]
        best = math.inf
        costs = []
        for number, minutes, _ in options:
            if minutes > best + margin:
                break  # options are sorted by minutes, and a wait only adds to them
            wait = self._wait_seen(index, self.stations[number]) if live else 0.0
            cost = travel_cost_min(minutes, wait, wait_weight=behaviour.wait_weight)
            costs.append(cost)
            best = min(best, cost)
        if not margin:
            return options[costs.index(best)]
        good = [option for option, cost in zip(options, costs, strict=False) if cost <= best + margin]
        wanted = self.demand.current[index]
        guns = [self.stations[option[0]].guns[wanted] for option in good]
        return good[in_turn(self.demand.request_id[index], guns)]

    def _wait_seen(self, index: int, station: Station) -> float:
        """Return the wait that someone expects who sees this station now, minutes."""
        wanted = self.demand.current[index]
        if station.has_free_gun(wanted):
            return 0.0
        minutes = 60.0 * self.demand.energy_kwh[index] / self.demand.accept_kw[index]
        return expected_wait_min(station.queue_length(wanted), station.guns[wanted], minutes)

    def _set_out(self, index: int, number: int, minutes: float) -> None:
        """Drive to a station; where guns are reserved, book a free one there."""
        booked = None
        if self.behaviour.queue_rule == "reservation":
            station = self.stations[number]
            found = self._free_gun(index, station, self.demand.current[index])
            if found is not None and station.is_open(self.clock.now + minutes):
                booked = (found[0], *found[0].take(found[1]))
        self.clock.call_at(self.clock.now + minutes, NORMAL, self._on_arrival, (index, number, booked))

    def _on_arrival(self, event: Any) -> None:  # noqa: ANN401
        """Reach a station after a drive."""
        index, number, booked = event.load
        station = self.stations[number]
        if booked is None:
            self._arrive(index, station)
        else:
            self.log.station[index] = number
            self.log.arrive[index] = self.clock.now
            self._plug(index, *booked)

    def _arrive(self, index: int, station: Station) -> None:
        """Take a free gun, queue, or drive on."""
        demand = self.demand
        wanted = demand.current[index]
        self.log.station[index] = station.number
        self.log.arrive[index] = self.clock.now
        if station.hours is not None and not station.is_open(self.clock.now):
            self._turn_away(index, station, refusal=BALKED)
            return
        found = self._free_gun(index, station, wanted)
        if found is not None:
            self._plug(index, found[0], *found[0].take(found[1]))
        elif balks(station.queue_length(wanted), demand.max_queue[index]) or self._prefers_other(index, station):
            self._turn_away(index, station, refusal=BALKED)
        else:
            self._queue(index, station, wanted)

    def _turn_away(self, index: int, station: Station, *, refusal: int) -> None:
        """Send a driver on from a station that was tried in vain."""
        self._tried.setdefault(index, set()).add(station.number)
        self._drive_on(index, self.demand.options_from(index, station), refusal=refusal)

    def _prefers_other(self, index: int, station: Station) -> bool:
        """Tell whether a driver who sees the queue here finds another station cheaper (``arrival`` level)."""
        behaviour = self.behaviour
        if behaviour.information != "arrival":
            return False
        tried = self._tried.get(index, set())
        if len(tried) + 1 >= behaviour.max_tries:
            return False
        others = [option for option in self.demand.options_from(index, station) if option[0] not in tried]
        if not others:
            return False
        here = travel_cost_min(0.0, self._wait_seen(index, station), wait_weight=behaviour.wait_weight)
        return others[0][1] < here

    def _queue(self, index: int, station: Station, wanted: str) -> None:
        """Join the queue, and mind the driver's patience."""
        now = self.clock.now
        self._places[index] = station.number
        self.log.wait[index] -= now
        for kind in station.currents(wanted):
            station.queues[kind].join(index, self.demand.priority[index])
        patience = self.demand.patience_min[index]
        closes = station.closes_after(now)
        if patience < math.inf or closes < math.inf:
            leave = min(now + patience, closes)
            self.clock.call_at(leave, NORMAL, self._on_wait_end, (index, station, self.log.tries[index]))

    def _quit(self, index: int, station: Station) -> None:
        """Take a driver out of the queue."""
        self._places[index] = -1
        self.log.wait[index] += self.clock.now
        for kind in station.currents(self.demand.current[index]):
            station.queues[kind].length -= 1

    def _on_wait_end(self, event: Any) -> None:  # noqa: ANN401
        """Let a driver who still waits give up this queue: out of patience, or the station closes."""
        index, station, tries = event.load
        if self._places[index] == station.number and self.log.tries[index] == tries:
            self._quit(index, station)
            self._turn_away(index, station, refusal=RENEGED)

    # guns ---------------------------------------------------------------------------------------------------

    def _free_gun(self, index: int, station: Station, wanted: str) -> tuple[Group, int] | None:
        """Return group and pile of the free gun with the most power now for this vehicle, or None."""
        groups = station.groups[wanted]
        if len(groups) == 1:
            if groups[0].idle:
                return groups[0], groups[0].idle[0]
            if not groups[0].partly:
                return None
        best: tuple[Group, int] | None = None
        best_kw = -1.0
        for group in groups:
            if group.idle or group.partly:
                limit = self.demand.vehicle[index].limit_kw(group.current, group.gun_amps)
                offer, number = group.offer(min(self.demand.wish_kw(index), limit), self.clock.now)
                if offer > best_kw:
                    best, best_kw = (group, number), offer
        return best

    def _plug(self, index: int, group: Group, pile: Pile, gun: int) -> None:
        """Start charging at a gun that was taken."""
        log, demand = self.log, self.demand
        now = self.clock.now
        log.plug[index] = now
        log.group[index] = group.number
        log.pile[index] = pile.number
        log.gun[index] = gun
        if self._tried:
            self._tried.pop(index, None)
        most_kw = min(demand.vehicle[index].limit_kw(group.current, group.gun_amps), group.pile_kw)
        accept_kw = demand.accept_kw[index]
        table = demand.tables[index]
        if not group.alone:
            ramp = table.capped(most_kw / accept_kw)
            self._sharing.start(
                Charge(
                    index,
                    pile,
                    gun,
                    table,
                    ramp,
                    demand.scale_min[index],
                    accept_kw,
                    most_kw,
                    demand.vehicle[index].efficiency(group.current, self.behaviour),
                    demand.first_soc[index],
                    demand.last_soc[index],
                    since_min=now,
                )
            )
            return
        log.plug_kw[index] = most_kw
        if table is CONSTANT:
            minutes = 60.0 * demand.energy_kwh[index] / min(accept_kw, most_kw)
        else:
            ramp = table.capped(most_kw / accept_kw)
            span = ramp.minutes_at(demand.last_soc[index]) - ramp.minutes_at(demand.first_soc[index])
            minutes = span * demand.scale_min[index]
        self.clock.call_at(now + minutes, FIRST, self._on_full, (index, pile, gun))

    def _on_full(self, event: Any) -> None:  # noqa: ANN401
        """End a charge at a pile that is not shared."""
        self._full(*event.load)

    def _on_shared_full(self, charge: Charge) -> None:
        """End a charge at a pile that is shared."""
        self._full(charge.index, charge.pile, charge.gun)

    def _full(self, index: int, pile: Pile, gun: int) -> None:
        """Note the end of a charge; the vehicle leaves, or overstays."""
        now = self.clock.now
        self.log.full[index] = now
        self.log.outcome[index] = SERVED
        overstay = self.demand.overstay_min[index]
        if overstay > 0.0:
            self.clock.call_at(now + overstay, FIRST, self._on_leave, (index, pile, gun))
        else:
            self._leave(index, pile, gun)

    def _on_leave(self, event: Any) -> None:  # noqa: ANN401
        """Leave after an overstay."""
        self._leave(*event.load)

    def _leave(self, index: int, pile: Pile, gun: int) -> None:
        """Free the gun and call the next in the queue."""
        self.log.leave[index] = self.clock.now
        group = pile.group
        group.release(pile, gun)
        if group.station.queues[group.current].length:
            self._call_next(group)

    def _call_next(self, group: Group) -> None:
        """Give a gun that has become free to the next in the queue, if it may be used."""
        station = group.station
        index = station.queues[group.current].first()
        if index < 0 or not station.is_open(self.clock.now):
            return
        found = self._free_gun(index, station, self.demand.current[index])
        if found is not None:
            self._quit(index, station)
            self._plug(index, found[0], *found[0].take(found[1]))

    # stations -----------------------------------------------------------------------------------------------

    def _on_switch(self, event: Any) -> None:  # noqa: ANN401
        """Put a pile out of service, or back and call who waits."""
        pile, down = event.load
        pile.group.switch(pile, down=down)
        if not down:
            for _ in range(len(pile.guns) - pile.taken):
                self._call_next(pile.group)
