"""The charging network in SimPy: drivers, queues and guns, event by event. ``charging.sharing`` divides the power."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from charging.clock import FIRST, NORMAL, Clock
from charging.log import BALKED, RENEGED, UNFINISHED, UNSERVED, Log
from charging.rules import balks, expected_wait_min, in_turn, travel_cost_min
from charging.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.behaviour import Behaviour
    from charging.demand import Demand, Options
    from charging.stations import Group, Station


class Outage(NamedTuple):
    """A pile (its number in its group) that is out of service from ``start_min`` to ``end_min``."""

    start_min: float
    end_min: float
    group: Group
    pile: int


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
        self.log = Log.of(demand)
        self.sharing = Sharing(self.clock, stations, demand, behaviour.module_kw, self._on_shared_full)
        self._tried: dict[int, set[int]] = {}
        self._options = demand.first_options()
        self._places = [-1] * demand.size
        self._hours = any(station.hours is not None for station in stations)
        by_priority = behaviour.queue_rule == "priority"
        for station in stations:
            station.open_queues(self._places, by_priority=by_priority)
        for outage in outages:
            self.clock.call_at(outage.start_min, FIRST, self._on_switch, (outage.group, outage.pile, True))
            self.clock.call_at(outage.end_min, FIRST, self._on_switch, (outage.group, outage.pile, False))

    def run(self) -> None:
        """Simulate until the last vehicle has left; ``log`` says what happened."""
        self.clock.run_with(self.demand.arrive_min, self._request)
        self._note_unfinished()

    def _note_unfinished(self) -> None:
        """Name those who still wait when nothing happens any more, for their guns never came back."""
        for index, place in enumerate(self._places):
            if place >= 0:
                self._quit(index, self.stations[place])
                self.log.outcome[index] = UNFINISHED

    # drivers ------------------------------------------------------------------------------------------------

    def _request(self, index: int) -> None:
        """Start a driver."""
        options = self._options[index]
        if len(options) == 1 and options[0][1:] == (0.0, 0.0) and not self._hours:
            self._arrive(index, self.stations[options[0][0]])
        else:
            self._drive_on(index, options, refusal=UNSERVED)

    def _drive_on(self, index: int, options: Options, *, refusal: int) -> None:
        """Send a driver to the next station, or end the story of the request."""
        tried = self._tried.get(index)
        if self._hours:
            now = self.clock.minute
            options = [option for option in options if self.stations[option[0]].is_open(now + option[1])]
        if tried is not None:
            options = [option for option in options if option[0] not in tried]
        if not options or (tried is not None and len(tried) >= self.behaviour.max_tries):
            self.log.outcome[index] = refusal if tried is None or len(tried) <= 1 else UNSERVED
            self.log.leave[index] = self.clock.minute
            if tried is None:
                self.log.tries[index] = 0
            else:
                del self._tried[index]
            return
        number, minutes, km = options[0] if len(options) == 1 else self._choose(index, options)
        if tried is not None:
            self.log.tries[index] += 1
        self.log.travel_min[index] += minutes
        self.log.travel_km[index] += km
        if minutes > 0.0:
            self._set_out(index, number, minutes)
        else:
            if tried is not None:
                self.log.arrive[index] = self.clock.minute
            self._arrive(index, self.stations[number])

    def _choose(self, index: int, options: Options) -> tuple[int, float, float]:
        """Return the option with the least generalised cost as this driver sees it (first of equals)."""
        behaviour = self.behaviour
        live = behaviour.information == "live"
        margin = behaviour.indifference_min
        if not (live or margin):
            return options[0]
        best = math.inf
        seen: list[tuple[float, tuple[int, float, float]]] = []
        for option in options:
            if option[1] >= best + margin and seen:
                break  # options are sorted by minutes, and a wait only adds to them
            wait = self._wait_seen(index, self.stations[option[0]]) if live else 0.0
            cost = travel_cost_min(option[1], wait, wait_weight=behaviour.wait_weight)
            if cost < best:
                best, chosen = cost, option
            seen.append((cost, option))
        if not margin:
            return chosen
        good = [option for cost, option in seen if cost <= best + margin]
        wanted = self.demand.current[index]
        guns = [self.stations[option[0]].guns[wanted] for option in good]
        return good[in_turn(self.demand.table["request_id"][index], guns)]

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
            if found is not None and station.is_open(self.clock.minute + minutes):
                booked = found
                self._take(*found)
        self.clock.call_at(self.clock.minute + minutes, NORMAL, self._on_arrival, (index, number, booked))

    def _on_arrival(self, event: Any) -> None:  # noqa: ANN401
        """Reach a station after a drive."""
        index, number, booked = event.load
        self.log.arrive[index] = self.clock.minute
        if booked is None:
            self._arrive(index, self.stations[number])
        else:
            self._plug(index, *booked)

    def _arrive(self, index: int, station: Station) -> None:
        """Take a free gun, queue, or drive on."""
        wanted = self.demand.current[index]
        if self._hours and not station.is_open(self.clock.minute):
            self._turn_away(index, station, refusal=BALKED)
        elif not self._plugs(index, station, wanted):
            if balks(station.queue_length(wanted), self.demand.max_queue[index]) or self._prefers_other(index, station):
                self._turn_away(index, station, refusal=BALKED)
            else:
                self._queue(index, station, wanted)

    def _turn_away(self, index: int, station: Station, *, refusal: int) -> None:
        """Send a driver on from a station that was tried in vain."""
        self.log.station[index] = station.number
        self._tried.setdefault(index, set()).add(station.number)
        self._drive_on(index, self.demand.options_from(index, station), refusal=refusal)

    def _prefers_other(self, index: int, station: Station) -> bool:
        """Tell whether a driver who sees the queue here finds another station cheaper (``arrival`` level)."""
        behaviour = self.behaviour
        if len(self._options[index]) == 1 or behaviour.information != "arrival":
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
        now = self.clock.minute
        self._places[index] = self.log.station[index] = station.number
        self.log.wait[index] -= now
        station.waiting += 1
        for queue in station.lines[wanted]:
            queue.join(index, self.demand.priority[index])
        leave = now + self.demand.patience_min[index]
        if self._hours:
            leave = min(leave, station.closes_after(now))
        if leave < math.inf:
            self.clock.call_at(leave, NORMAL, self._on_wait_end, (index, station, self.log.tries[index]))

    def _quit(self, index: int, station: Station) -> None:
        """Take a driver out of the queue."""
        self._places[index] = -1
        station.waiting -= 1
        self.log.wait[index] += self.clock.minute
        for queue in station.lines[self.demand.current[index]]:
            queue.length -= 1

    def _on_wait_end(self, event: Any) -> None:  # noqa: ANN401
        """Let a driver who still waits give up this queue: out of patience, or the station closes."""
        index, station, tries = event.load
        if self._places[index] == station.number and self.log.tries[index] == tries:
            self._quit(index, station)
            self._turn_away(index, station, refusal=RENEGED)

    # guns ---------------------------------------------------------------------------------------------------

    def _plugs(self, index: int, station: Station, wanted: str) -> bool:
        """Plug in at the free gun with the most power now for this vehicle; tell whether there was one."""
        groups = station.groups[wanted]
        if len(groups) == 1:
            group = groups[0]
            if group.idle:
                self._plug_alone(index, group, group.idle.pop())
            elif group.free:
                most_kw, efficiency = self._terms(index, group)
                self._note_plug(index, group, self.sharing.plug_best(group, index, most_kw, efficiency))
            else:
                return False
            return True
        found = self._free_gun(index, station, wanted)
        if found is None:
            return False
        self._take(*found)
        self._plug(index, *found)
        return True

    def _free_gun(self, index: int, station: Station, wanted: str) -> tuple[Group, int] | None:
        """Return group and place (pile that is alone, or gun) with the most power now for this vehicle, or None."""
        best: tuple[Group, int] | None = None
        best_kw = -1.0
        for group in station.groups[wanted]:
            if group.has_free_gun():
                limit_kw = self._terms(index, group)[0]
                if group.alone:
                    offer, place = min(self.demand.wish_kw(index), limit_kw), group.idle[-1]
                else:
                    offer, place = self.sharing.offer(group, index, limit_kw)
                if offer > best_kw:
                    best, best_kw = (group, place), offer
        return best

    def _take(self, group: Group, place: int) -> None:
        """Keep a place that is free."""
        if group.alone:
            group.idle.remove(place)
        else:
            self.sharing.take(place)

    def _terms(self, index: int, group: Group) -> tuple[float, float]:
        """Return the most power that a vehicle gets at a group's guns (kW), and its efficiency there."""
        vehicle = self.demand.vehicle[index]
        terms = group.terms.get(vehicle)
        if terms is None:
            most_kw = min(vehicle.limit_kw(group.current, group.gun_amps), group.pile_kw)
            terms = group.terms[vehicle] = (most_kw, vehicle.efficiency(group.current, self.behaviour))
        return terms

    def _note_plug(self, index: int, group: Group, gun: int) -> None:
        """Write down a charge that begins at a gun of a shared pile."""
        self.log.plug[index] = self.clock.minute
        self.log.group[index] = group.number
        self.log.gun[index] = gun + 1
        if self._tried:
            self._tried.pop(index, None)

    def _plug(self, index: int, group: Group, place: int) -> None:
        """Start charging at a place that was taken."""
        if group.alone:
            self._plug_alone(index, group, place)
        else:
            self._note_plug(index, group, place)
            self.sharing.plug(place, index, *self._terms(index, group))

    def _plug_alone(self, index: int, group: Group, pile: int) -> None:
        """Start charging at a pile that shares with nobody: when it ends is known at once."""
        log, clock = self.log, self.clock
        log.plug[index] = now = clock.minute
        log.group[index] = group.number
        log.pile[index] = pile
        log.plug_kw[index] = most_kw = self._terms(index, group)[0]
        if self._tried:
            self._tried.pop(index, None)
        log.full[index] = end = now + self.demand.minutes(index, most_kw)
        clock.call_at(end, FIRST, self._on_full, (index, group, pile))

    def _on_full(self, event: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """End a charge at a pile that is alone; the vehicle leaves, or overstays."""
        index, group, pile = event.load
        overstay = self.demand.overstay_min[index]
        if overstay > 0.0:
            self.clock.call_at(self.clock.minute + overstay, FIRST, self._on_leave, (group, pile))
        else:
            group.vacate(pile)
            if group.station.waiting:
                self._free(group)

    def _on_leave(self, event: Any) -> None:  # noqa: ANN401
        """Leave a pile that is alone after an overstay."""
        group, pile = event.load
        group.vacate(pile)
        self._free(group)

    def _on_shared_full(self, index: int, gun: int) -> None:
        """End a charge at a pile that is shared; the vehicle leaves, or overstays."""
        now = self.log.full[index] = self.clock.minute
        overstay = self.demand.overstay_min[index]
        if overstay > 0.0:
            self.clock.call_at(now + overstay, FIRST, self._on_shared_leave, gun)
        else:
            group = self.sharing.release(gun)
            if group.station.waiting:
                self._free(group)

    def _on_shared_leave(self, event: Any) -> None:  # noqa: ANN401
        """Leave a shared pile after an overstay."""
        self._free(self.sharing.release(event.load))

    def _free(self, group: Group) -> None:
        """Call the next in the queue to a gun that has become free, if it may be used."""
        station = group.station
        queue = station.queues[group.current]
        if not queue.length or (self._hours and not station.is_open(self.clock.minute)):
            return
        index = queue.first()
        if index >= 0 and self._plugs(index, station, self.demand.current[index]):
            self._quit(index, station)

    # stations -----------------------------------------------------------------------------------------------

    def _on_switch(self, event: Any) -> None:  # noqa: ANN401
        """Put a pile out of service, or back and call who waits."""
        group, pile, down = event.load
        if group.alone:
            group.switch(pile, down=down)
        else:
            self.sharing.switch(group.first_pile + pile, down=down)
        if not down:
            for _ in range(group.guns_per_pile):
                self._free(group)
