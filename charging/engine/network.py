"""The charging network in SimPy: drivers, queues and guns, event by event; `shared_piles` divides the power."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from charging.engine.choice import balks, expected_wait_min, in_turn, travel_cost_min
from charging.engine.clock import FIRST, NORMAL, Clock
from charging.engine.columns import counts_of
from charging.engine.ledger import Books, Guns
from charging.engine.log import BALKED, RENEGED, UNFINISHED, UNSERVED, Log
from charging.engine.shared_piles import Sharing
from charging.engine.stations import Pile
from charging.power.records import Battery, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from charging.engine.demand import Demand, Options
    from charging.engine.stations import Group, Station
    from charging.inputs.behaviour import Behaviour


_SLACK_KW = 1e-9
"""Offers that differ by rounding are equal: the first counts."""


class Outage(NamedTuple):
    """A pile (its number in its group) that is out of service from ``start_min`` to ``end_min``."""

    start_min: float
    end_min: float
    group: Group
    pile: int


class Run(NamedTuple):
    """A simulation that is over: names of the stations, requests, what is written down of them, and the books."""

    names: list[str]
    demand: Demand
    log: Log
    books: Books


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
    tariff
        Price steps; None costs nothing.
    """

    def __init__(
        self,
        stations: list[Station],
        demand: Demand,
        behaviour: Behaviour,
        outages: Sequence[Outage] = (),
        tariff: pl.DataFrame | None = None,
    ) -> None:
        self.clock = Clock()
        self.stations = stations
        self.demand = demand
        self.behaviour = behaviour
        self.log = Log.of(demand)
        self.guns = Guns.of(stations, demand, behaviour)
        names = [station.station_id for station in stations]
        fees = np.array([station.fee_cny_kwh for station in stations])
        self.books = Books(
            self.guns,
            demand,
            self.log,
            names,
            fees_cny_kwh=fees,
            tariff=tariff,
            interval_min=behaviour.interval_min,
        )
        self.sharing = Sharing(
            self.clock, stations, demand, self.guns, behaviour.module_kw, self._on_shared_full, self.books.add
        )
        self._tried: dict[int, set[int]] = {}
        self._options = demand.first_options()
        self._places = counts_of(np.full(demand.size, -1))
        self._minutes_known: dict[bytes, memoryview[float]] = {}
        self._kind = demand.kind
        self._overstay_min = demand.overstay_min
        self._plug_min, self._gun, self._end_min = self.log.plug, self.log.gun, self.log.end
        self._sees_queues = behaviour.information == "arrival" and any(len(options) > 1 for options in self._options)
        self._hours = any(station.hours is not None for station in stations)
        self._fees = behaviour.price_weight > 0.0 and any(station.fee_cny_kwh for station in stations)
        self._only = [self._only_station(options) for options in self._options]
        by_priority = behaviour.queue_rule == "priority"
        for station in stations:
            station.open_queues(self._places, by_priority=by_priority)
            for group in station.groups["any"]:
                if group.alone:
                    group.open(self._on_leave)
                else:
                    group.free = group.piles * group.guns_per_pile
        for outage in outages:
            self.clock.call_at(outage.start_min, FIRST, self._on_switch, (outage.group, outage.pile, True))
            self.clock.call_at(outage.end_min, FIRST, self._on_switch, (outage.group, outage.pile, False))

    def _only_station(self, options: Options) -> Station | None:
        """Return the station of drivers who are at the only one that suits, and always open."""
        return (
            self.stations[options[0][0]] if len(options) == 1 and options[0][1:] == (0, 0) and not self._hours else None
        )

    def run(self) -> Run:
        """Simulate until the last vehicle has left, and return what happened; the network is spent then."""
        self.clock.run_with(self.demand.arrive_min, self._request)
        for index, place in enumerate(self._places):
            if place >= 0:  # nothing happens any more, for the guns never came back
                self._quit(index, self.stations[place])
                self._give_up(index, self.stations[place])
                self.log.outcome[index] = UNFINISHED
        return self._close()

    def _close(self) -> Run:
        """Book all that was charged and let go of the rest, for events point back here: memory would be held."""
        self.sharing.write()
        self.books.add_alone([group for at in self.stations for group in at.groups["any"] if group.alone])
        run = Run([station.station_id for station in self.stations], self.demand, self.log, self.books)
        vars(self.sharing).clear()
        vars(self).clear()
        return run

    # drivers ------------------------------------------------------------------------------------------------

    def _request(self, index: int) -> None:
        """Start a driver."""
        kind = self._kind[index]
        station = self._only[kind]
        if station is not None:
            self._arrive(index, station)
        else:
            self._drive_on(index, self._options[kind], refusal=UNSERVED)

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
            self.log.end[index] = self.clock.minute
            if tried is None:
                self.log.tries[index] = 0
            else:
                del self._tried[index]
            return
        number, minutes, km = options[0] if len(options) == 1 else self._choose(index, options)
        if tried is not None:
            self.log.tries[index] += 1
        if km > 0.0:
            self.log.travel_km[index] += km
        if minutes > 0.0:
            self.log.travel_min[index] += minutes
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
        if not (live or margin or self._fees):
            return options[0]
        if not self._fees and options[0][1] + margin < options[1][1] and self._is_free(index, options[0][0]):
            return options[0]  # no other can be as good
        best = math.inf
        seen: list[tuple[float, tuple[int, float, float]]] = []
        for option in options:
            if option[1] >= best + margin and seen:
                break  # options are sorted by minutes, and a wait and a fee only add to them
            station = self.stations[option[0]]
            cost = self._cost_min(index, station, option[1], self._wait_seen(index, station) if live else 0.0)
            if cost < best:
                best, chosen = cost, option
            seen.append((cost, option))
        if not margin:
            return chosen
        good = [option for cost, option in seen if cost <= best + margin]
        wanted = self._wanted(index)
        guns = [self.stations[option[0]].guns[wanted] for option in good]
        return good[in_turn(self.demand.request_id.item(index), guns)]

    def _cost_min(self, index: int, station: Station, minutes: float, wait_min: float) -> float:
        """Return the generalised cost of a station to a driver, minutes of travel."""
        fee_cny = station.fee_cny_kwh * self.demand.asked_kwh(index) if self._fees else 0.0
        weights = self.behaviour
        return travel_cost_min(
            minutes, wait_min, fee_cny, wait_weight=weights.wait_weight, price_weight=weights.price_weight
        )

    def _is_free(self, index: int, number: int) -> bool:
        """Tell whether a station has a free gun that suits."""
        return self.stations[number].has_free_gun(self._wanted(index))

    def _wanted(self, index: int) -> str:
        """Return the current that a request wants."""
        return self.demand.kinds[self._kind[index]][1]

    def _wait_seen(self, index: int, station: Station) -> float:
        """Return the wait that someone expects who sees this station now, minutes."""
        wanted = self._wanted(index)
        if station.has_free_gun(wanted):
            return 0.0
        return expected_wait_min(station.queue_length(wanted), station.guns[wanted], self.demand.alone_min(index))

    def _set_out(self, index: int, number: int, minutes: float) -> None:
        """Drive to a station; where guns are reserved, book a free one there."""
        booked = None
        if self.behaviour.queue_rule == "reservation":
            station = self.stations[number]
            found = self._free_gun(index, station)
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
            self._plug(index, booked[1])

    def _arrive(self, index: int, station: Station) -> None:
        """Take a free gun, queue, or drive on."""
        group = station.sole
        if self._hours and not station.is_open(self.clock.minute):
            self._turn_away(index, station, refusal=BALKED)
        elif group is None:
            if not self._plugs(index, station):
                self._balk_or_queue(index, station)
        elif group.idle:
            self._start(index, group.idle.pop())
        elif group.free:
            self._note(index, self.sharing.plug_best(group, index))
        else:
            self._balk_or_queue(index, station)

    def _balk_or_queue(self, index: int, station: Station) -> None:
        """Join the queue of a station without a free gun, and mind the driver's patience; or drive on."""
        demand = self.demand
        lines = station.lines[demand.kinds[self._kind[index]][1]]
        waiting = lines[0].length if len(lines) == 1 else min(line.length for line in lines)
        if balks(waiting, demand.max_queue[index]) or (self._sees_queues and self._prefers_other(index, station)):
            self._turn_away(index, station, refusal=BALKED)
            return
        self._places[index] = station.number
        priority = 0 if demand.priority is None else demand.priority[index]
        for line in lines:
            line.join(index, priority)
        patience = demand.patience_min[index]
        if patience < math.inf or self._hours:
            now = self.clock.minute
            leave = min(now + patience, station.closes_after(now))
            if leave < math.inf:
                self.clock.call_at(leave, NORMAL, self._on_wait_end, (index, station, self.log.tries[index]))

    def _turn_away(self, index: int, station: Station, *, refusal: int) -> None:
        """Send a driver on from a station that was tried in vain."""
        self.log.station[index] = station.number
        self._tried.setdefault(index, set()).add(station.number)
        self._drive_on(index, self.demand.options_from(index, station), refusal=refusal)

    def _prefers_other(self, index: int, station: Station) -> bool:
        """Tell whether a driver who sees the queue here finds another station cheaper (``arrival`` level)."""
        behaviour = self.behaviour
        if len(self._options[self._kind[index]]) == 1:
            return False
        tried = self._tried.get(index, set())
        if len(tried) + 1 >= behaviour.max_tries:
            return False
        others = [option for option in self.demand.options_from(index, station) if option[0] not in tried]
        if not others:
            return False
        here = self._cost_min(index, station, 0.0, self._wait_seen(index, station))
        if not self._fees:
            return others[0][1] < here
        return min(self._cost_min(index, self.stations[other[0]], other[1], 0.0) for other in others) < here

    def _quit(self, index: int, station: Station) -> None:
        """Take a driver out of the queue."""
        self._places[index] = -1
        for line in station.lines[self.demand.kinds[self._kind[index]][1]]:
            line.length -= 1

    def _give_up(self, index: int, station: Station) -> None:
        """Write down a wait in vain."""
        self.log.lost_min[index] += self.clock.minute - self.log.arrive[index]
        self.log.station[index] = station.number

    def _on_wait_end(self, event: Any) -> None:  # noqa: ANN401
        """Let a driver who still waits give up this queue: out of patience, or the station closes."""
        index, station, tries = event.load
        if self._places[index] == station.number and self.log.tries[index] == tries:
            self._quit(index, station)
            self._give_up(index, station)
            self._turn_away(index, station, refusal=RENEGED)

    # guns ---------------------------------------------------------------------------------------------------

    def _plugs(self, index: int, station: Station) -> bool:
        """Plug in at the free gun with the most power now for this vehicle; tell whether there was one."""
        group = station.sole
        if group is not None:
            if group.idle:
                self._start(index, group.idle.pop())
            elif group.free:
                self._note(index, self.sharing.plug_best(group, index))
            else:
                return False
            return True
        found = self._free_gun(index, station)
        if found is None:
            return False
        self._take(*found)
        self._plug(index, found[1])
        return True

    def _free_gun(self, index: int, station: Station) -> tuple[Group, Pile | int] | None:
        """Return group and place (pile that is alone, or gun) with the most power now for this vehicle, or None."""
        best: tuple[Group, Pile | int] | None = None
        best_kw = -1.0
        place: Pile | int
        for group in station.groups[self._wanted(index)]:
            if group.idle:
                limit_kw = self.guns.terms.item(
                    group.number, int(self.demand.batteries.item(index, Battery.MODEL)), Terms.MOST_KW
                )
                offer = min(self.demand.requested_kw(index), limit_kw)
                place = group.idle[-1]
            elif group.free:
                offer, place = self.sharing.offer(group, index)
            else:
                continue
            if offer > best_kw + _SLACK_KW:
                best, best_kw = (group, place), offer
        return best

    def _take(self, group: Group, place: Pile | int) -> None:
        """Keep a place that is free."""
        if isinstance(place, Pile):
            group.idle.remove(place)
        else:
            self.sharing.take(place)

    def _plug(self, index: int, place: Pile | int) -> None:
        """Start charging at a place that was taken."""
        if isinstance(place, Pile):
            self._start(index, place)
        else:
            self.sharing.plug(place, index)
            self._note(index, place)

    def _note(self, index: int, gun: int) -> None:
        """Write down a charge that begins."""
        self._plug_min[index] = self.clock.minute
        self._gun[index] = gun
        if self._tried:
            self._tried.pop(index, None)

    def _start(self, index: int, pile: Pile) -> None:
        """Start charging at a pile that shares with nobody: when the vehicle leaves is known at once."""
        clock = self.clock
        self._plug_min[index] = now = clock.minute
        self._gun[index] = pile.gun
        if self._tried:
            self._tried.pop(index, None)
        minutes = pile.group.minutes or self._minutes(pile.group)
        clock.put(now + minutes[index] + self._overstay_min[index], FIRST, pile)

    def _minutes(self, group: Group) -> memoryview[float]:
        """Return how long each request charges at a group of piles that are alone, minutes."""
        terms = self.guns.terms[group.number, :, Terms.MOST_KW].tobytes()
        if terms not in self._minutes_known:
            self._minutes_known[terms] = self.demand.minutes(self.guns.terms[group.number, :, Terms.MOST_KW])
        group.minutes = self._minutes_known[terms]
        return group.minutes

    def _on_leave(self, pile: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """Leave a pile that is alone, and call who is next."""
        group = pile.group
        group.vacate(pile)
        if group.queue.length:
            self._free(group)

    def _on_shared_full(self, index: int, gun: int) -> None:
        """End a charge at a pile that is shared; the vehicle leaves, or overstays."""
        now = self._end_min[index] = self.clock.minute
        overstay = self._overstay_min[index]
        if overstay > 0.0:
            self.clock.call_at(now + overstay, FIRST, self._on_shared_leave, gun)
        else:
            group = self.sharing.release(gun)
            if group.queue.length:
                self._free(group)

    def _on_shared_leave(self, event: Any) -> None:  # noqa: ANN401
        """Leave a shared pile after an overstay."""
        self._free(self.sharing.leave(event.load))

    def _free(self, group: Group) -> None:
        """Call the next in the queue to a gun that has become free, if it may be used."""
        station = group.station
        if self._hours and not station.is_open(self.clock.minute):
            return
        index = group.queue.first()
        if index >= 0 and self._plugs(index, station):
            self._quit(index, station)

    # stations -----------------------------------------------------------------------------------------------

    def _on_switch(self, event: Any) -> None:  # noqa: ANN401
        """Put a pile out of service, or back and call who waits."""
        group, pile, down = event.load
        if group.alone:
            group.switch(pile, down=down)
        else:
            self.sharing.switch(group, pile, down=down)
        if not down:
            for _ in range(group.guns_per_pile):
                self._free(group)
