"""The charging network in SimPy: drivers, queues and guns, event by event.

``preferences`` say where drivers go, ``shared_piles`` divides the power, ``log`` and ``ledger`` write down what
happened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from charging.engine.choice import balks
from charging.engine.clock import FIRST, LAST, NORMAL, Clock
from charging.engine.columns import counts_of
from charging.engine.ends.leaving import in_time
from charging.engine.ends.reasons import (
    CLOSED,
    HAD_TO_LEAVE,
    NO_GUNS,
    NONE_IN_REACH,
    OUT_OF_PATIENCE,
    QUEUE_TOO_LONG,
)
from charging.engine.ledger import ChargeMinutes, EnergyLedger, Guns, Run
from charging.engine.log import BALKED, RENEGED, UNFINISHED, UNSERVED, SessionLog
from charging.engine.operation.bookings import Bookings
from charging.engine.operation.chargers import SharedChargers
from charging.engine.preferences import Preferences
from charging.engine.shared_piles import SharedPiles
from charging.engine.stations import Pile
from charging.engine.visits.refused import CLOSED as CLOSED_VISIT
from charging.engine.visits.refused import RefusedVisits
from charging.power.allocation import SLACK_KW
from charging.power.records import Battery, Terms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import polars as pl

    from charging.engine.clock import Call
    from charging.engine.demand import Demand
    from charging.engine.ends.following import Chains
    from charging.engine.operation.bookings import Booking
    from charging.engine.reach import Option, Options
    from charging.engine.stations import Group, Station
    from charging.inputs.behaviour import Behaviour


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
        Settings of drivers, chargers and the load's interval.
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
        self._clock = Clock()
        self._stations = stations
        self._demand = demand
        self._rules = behaviour
        self._log = SessionLog.empty(demand)
        self._guns = Guns.from_stations(stations, demand, behaviour)
        self._ledger = EnergyLedger(stations, self._guns, demand, self._log, behaviour, tariff)
        self._shared = SharedPiles(
            self._clock, stations, demand, self._guns, behaviour.module_kw, self._end_shared, self._ledger.add
        )
        self._refused = RefusedVisits()
        self._tried: dict[int, set[int]] = {}
        self._options = demand.first_options()
        self._waits_at = counts_of(np.full(demand.size, -1))
        self._minutes = ChargeMinutes(self._guns, demand)
        # what is read for every driver stands on the network itself
        self._kind, self._wanted = demand.kind, [wanted for _, wanted in demand.kinds]
        self._max_queue, self._patience_min = demand.max_queue, demand.patience_min
        self._overstay_dc = demand.overstay_dc_min
        self._overstay_min, self._leave_by, self._chains = demand.overstay_min, demand.leave_by_min, demand.chains
        self._plug_min, self._gun, self._end_min = self._log.plug, self._log.gun, self._log.end
        self._sees_queues = behaviour.information == "arrival" and any(len(options) > 1 for options in self._options)
        self._hours = any(station.hours is not None for station in stations)
        self._any_time = not self._hours and demand.leave_by_min is None
        self._preferences = Preferences(stations, demand, self._guns, behaviour)
        self._chargers = SharedChargers(stations, self._guns, self._shared)
        self._bookings = Bookings()
        self._idle_fees = behaviour.idle_response_h_cny > 0.0 and any(station.fees.idle.asked for station in stations)
        self._standing = self._chargers.any or self._idle_fees
        self._hands_over = self._any_time and not self._standing
        self._only = [self._only_station(options) for options in self._options]
        self._open_stations()
        for outage in outages:
            self._clock.call_at(outage.start_min, FIRST, self._on_switch, (outage.group, outage.pile, True))
            self._clock.call_at(outage.end_min, FIRST, self._on_switch, (outage.group, outage.pile, False))

    def _open_stations(self) -> None:
        """Set up queues and guns, all free."""
        by_priority = self._rules.queue_rule == "priority"
        for station in self._stations:
            station.open_queues(self._waits_at, by_priority=by_priority)
            for group in station.groups["any"]:
                if group.alone:
                    for pile in group.open(self._on_leave):
                        self._clock.keep(pile)
                else:
                    group.free = group.piles * group.guns_per_pile

    def _only_station(self, options: Options) -> Station | None:
        """Return the station of drivers who are at the only one that suits, and always open."""
        here = len(options) == 1 and options[0][1:] == (0, 0) and not self._hours
        return self._stations[options[0][0]] if here else None

    def run(self) -> Run:
        """Simulate until the last vehicle has left, and return what happened."""
        chains = self._chains
        times = self._demand.arrive_min
        self._clock.run_with(times if chains is None else times[: chains.roots], self._request)
        for index, number in enumerate(self._waits_at):
            if number >= 0:  # nothing happens any more, because the guns never came back
                self._leave_queue(index, self._stations[number])
                self._give_up(index, self._stations[number])
                self._log.outcome[index], self._log.reason[index] = UNFINISHED, NO_GUNS
                self._refused.note(index, number, self._log, self._clock.minute, UNFINISHED)
        if chains is not None:
            self._log.never_began(self._clock.minute)
        self._clock.stop()
        self._shared.write()
        self._ledger.add_alone(self._minutes)
        return self._ledger.close(self._refused)

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
        tried = self._tried.get(index)  # most drivers try one station only: no set is made for them
        if tried is not None and len(tried) >= self._rules.max_tries:
            self._end_unserved(index, refusal)
            return
        if tried is None and self._any_time:
            # nothing is left out, and of one there is nothing to choose
            single = len(options) == 1
            chosen = options[0] if single else self._preferences.choose(index, options, self._clock.minute)
        else:
            left = self._left(index, options, tried)
            chosen = self._preferences.choose(index, left, self._clock.minute)
        if chosen is None:
            self._end_unserved(index, refusal)
            return
        number, minutes, km = chosen
        if tried is not None:
            self._log.tries[index] += 1
        # the log begins with zeros, and at zero distance nothing is to add
        if km > 0.0:
            self._log.travel_km[index] += km
        if minutes > 0.0:
            self._log.travel_min[index] += minutes
            self._set_out(index, number, minutes)
        else:
            if tried is not None:
                self._log.arrive[index] = self._clock.minute
            self._arrive(index, self._stations[number])

    def _left(self, index: int, options: Options, tried: Collection[int] | None) -> Iterable[Option]:
        """Return the options that were not tried and are open on arrival in time, each looked at when it is needed."""
        now, stations = self._clock.minute, self._stations
        left: Iterable[Option] = options
        if self._hours:
            left = (option for option in left if stations[option[0]].is_open(now + option[1]))
        if tried is not None:
            left = (option for option in left if option[0] not in tried)
        return left if self._leave_by is None else in_time(left, now, self._leave_by[index])

    def _end_unserved(self, index: int, refusal: int) -> None:
        """End the story of a request that is not served."""
        tried = self._tried.pop(index, ())
        # a driver who tried one station says why it failed; after several, or none, the request is unserved
        self._log.outcome[index] = refusal if len(tried) <= 1 else UNSERVED
        self._log.end[index] = self._clock.minute
        if not tried:
            self._log.tries[index] = 0  # fresh logs say 1
            self._log.reason[index] = self._why_none(index)
        if self._chains is not None:
            self._call_followers(self._chains, index, self._clock.minute)

    def _why_none(self, index: int) -> int:
        """Return the code of the reason why a driver sets out to no station."""
        options = self._options[self._kind[index]]
        if not options:
            return NONE_IN_REACH
        now = self._clock.minute
        late = self._leave_by is not None and next(in_time(options, now, self._leave_by[index]), None) is None
        return HAD_TO_LEAVE if late else CLOSED

    def _set_out(self, index: int, number: int, minutes: float) -> None:
        """Drive to a station; where guns are reserved, book a free one there."""
        arrive_min = self._clock.minute + minutes
        if self._rules.queue_rule == "reservation":
            self._book(index, self._stations[number], arrive_min)
        self._clock.call_at(arrive_min, NORMAL, self._on_arrival, (index, number))

    def _on_arrival(self, call: Call) -> None:
        """Reach a station after a drive."""
        index, number = call.load
        self._log.arrive[index] = self._clock.minute
        booking = self._bookings.end(index)
        if booking is None:
            self._arrive(index, self._stations[number])
        else:
            self._chargers.vacate(self._number_of(booking.gun))  # until the driver plugs in, in this instant
            self._plug(index, booking.group, booking.gun)

    def _book(self, index: int, station: Station, arrive_min: float) -> None:
        """Book a free gun that will be open on arrival, if there is one, until the booking ends."""
        best = self._free_gun(index, station)
        if best is None or not station.is_open(arrive_min):
            return
        group, gun = best
        self._take(group, gun)
        number = self._number_of(gun)
        self._chargers.occupy(number)
        booking = self._bookings.book(index, group, gun, int(self._guns.pile[number]), arrive_min)
        keep_min = self._rules.booking_min
        if keep_min is not None and self._clock.minute + keep_min < arrive_min:
            end_min = self._clock.minute + keep_min
            self._clock.call_at(end_min, FIRST, self._on_booking_end, (index, booking.number))

    def _on_booking_end(self, call: Call) -> None:
        """Let a booking end before the driver is there, if it still stands."""
        index, number = call.load
        booking = self._bookings.end(index, number)
        if booking is not None:
            self._give_back(booking)

    def _give_back(self, booking: Booking) -> None:
        """Let others have a gun that was booked."""
        if isinstance(booking.gun, Pile):
            booking.group.vacate(booking.gun)
        else:
            self._shared.leave(booking.gun)
        self._call_next(booking.group, self._number_of(booking.gun))

    def _arrive(self, index: int, station: Station) -> None:
        """Take a free gun, queue, or drive on."""
        group = station.sole
        if self._hours and not station.is_open(self._clock.minute):
            self._log.reason[index] = CLOSED
            self._turn_away(index, station, refusal=BALKED)
        elif group is None:
            if not self._plugs(index, station):
                self._balk_or_queue(index, station)
        elif group.idle:
            self._start(index, group.idle.pop())
        elif group.free:
            self._plug_best(index, group)
        else:
            self._balk_or_queue(index, station)

    def _balk_or_queue(self, index: int, station: Station) -> None:
        """Join the queue of a station without a free gun, and mind the driver's patience; or drive on."""
        demand = self._demand
        lines = station.lines[self._wanted[self._kind[index]]]
        waiting = lines[0].length if len(lines) == 1 else min(line.length for line in lines)
        if balks(waiting, self._max_queue[index]) or (
            self._sees_queues
            and self._preferences.prefers_other(index, station, self._tried.get(index, ()), self._clock.minute)
        ):
            self._log.reason[index] = QUEUE_TOO_LONG
            self._turn_away(index, station, refusal=BALKED)
            return
        # entries of the queue are not taken out when a driver leaves it: this says which of them still count
        self._waits_at[index] = station.number
        priority = 0 if demand.priority is None else demand.priority[index]
        for line in lines:
            line.join(index, priority)
        patience = self._patience_min[index]
        leave_by = math.inf if self._leave_by is None else self._leave_by[index]
        if patience < math.inf or self._hours or leave_by < math.inf:
            now = self._clock.minute
            # a station that closes sends those in the queue away
            leave = min(now + patience, station.closes_after(now), leave_by)
            if leave < math.inf:
                self._clock.call_at(leave, LAST, self._on_wait_end, (index, station, self._log.tries[index]))

    def _turn_away(self, index: int, station: Station, *, refusal: int) -> None:
        """Send a driver on from a station that was tried in vain."""
        now = self._clock.minute
        end = CLOSED_VISIT if self._hours and not station.is_open(now) else refusal
        self._refused.note(index, station.number, self._log, now, end)
        self._log.station[index] = station.number
        self._tried.setdefault(index, set()).add(station.number)
        self._drive_on(index, self._demand.options_from(index, station), refusal=refusal)

    def _leave_queue(self, index: int, station: Station) -> None:
        """Take a driver out of the queue."""
        self._waits_at[index] = -1
        for line in station.lines[self._wanted[self._kind[index]]]:
            line.length -= 1

    def _give_up(self, index: int, station: Station) -> None:
        """Write down a wait in vain."""
        self._log.lost_min[index] += self._clock.minute - self._log.arrive[index]
        self._log.station[index] = station.number

    def _on_wait_end(self, call: Call) -> None:
        """Let a driver who still waits give up this queue: out of patience, or the station closes."""
        index, station, tries = call.load
        # a call of an earlier wait at the same station may still stand in the clock's queue: the tries tell them apart
        if self._waits_at[index] == station.number and self._log.tries[index] == tries:
            self._renege(index, station)

    def _renege(self, index: int, station: Station) -> None:
        """Let a driver give up a queue."""
        now = self._clock.minute
        self._leave_queue(index, station)
        self._give_up(index, station)
        if self._leave_by is not None and self._leave_by[index] <= now:
            self._log.reason[index] = HAD_TO_LEAVE
        else:
            self._log.reason[index] = OUT_OF_PATIENCE if station.is_open(now) else CLOSED
        self._turn_away(index, station, refusal=RENEGED)

    def _call_followers(self, chains: Chains, index: int, end_min: float) -> None:
        """Let the requests that follow one begin some time after its end."""
        for follower in chains.after(index):
            self._clock.call_at(
                end_min + self._demand.arrive_min[follower], NORMAL, self._on_begin, (follower, end_min)
            )

    def _on_begin(self, call: Call) -> None:
        """Start a driver who comes back."""
        index, end_min = call.load
        self._log.begin[index] = self._log.arrive[index] = self._clock.minute
        if self._leave_by is not None:
            self._leave_by[index] += end_min
            self._demand.batteries[index, Battery.LEAVE_MIN] = self._leave_by[index]
        self._request(index)

    # guns ---------------------------------------------------------------------------------------------------

    def _plugs(self, index: int, station: Station) -> bool:
        """Plug in at the free gun with the most power now for this vehicle; return whether there was one."""
        group = station.sole
        if group is not None:
            if group.idle:
                self._start(index, group.idle.pop())
            elif group.free:
                self._plug_best(index, group)
            else:
                return False
            return True
        best = self._free_gun(index, station)
        if best is None:
            return False
        self._take(*best)
        self._plug(index, *best)
        return True

    def _free_gun(self, index: int, station: Station) -> tuple[Group, Pile | int] | None:
        """Return group and gun (a pile that is alone, or a number) with the most power now for this vehicle."""
        best: tuple[Group, Pile | int] | None = None
        best_kw = -1.0
        gun: Pile | int
        all_it_takes = False
        wanted = self._preferences.wanted(index)
        leading = station.leading[wanted]
        for place, group in enumerate(station.groups[wanted]):
            if place == leading and best is not None:
                break  # a gun that is taken first is free
            if group.idle:
                wanted_kw, limit_kw = self._demand.requested_kw(index), self._limit_kw(group, index)
                offer_kw, gun, all_it_takes = min(wanted_kw, limit_kw), group.idle[-1], wanted_kw <= limit_kw
            elif group.free:
                offer_kw, gun, all_it_takes = self._shared.offer(group, index)
            else:
                continue
            if offer_kw > best_kw + SLACK_KW:
                best, best_kw = (group, gun), offer_kw
            if all_it_takes:
                break  # no other gun gives more
        return best

    def _limit_kw(self, group: Group, index: int) -> float:
        """Return the most power that a vehicle gets at the guns of a group, kW."""
        model = int(self._demand.batteries.item(index, Battery.MODEL))
        return self._guns.terms.item(group.number, model, Terms.MOST_KW)

    def _take(self, group: Group, gun: Pile | int) -> None:
        """Keep a free gun for a vehicle."""
        if isinstance(gun, Pile):
            group.idle.remove(gun)
        else:
            self._shared.take(gun)

    def _plug_best(self, index: int, group: Group) -> None:
        """Start charging at the free gun with the most power now of a group whose piles share."""
        if self._overstay_dc is not None:
            self._mind_current(index, group, self._overstay_dc)
        self._note(index, self._shared.plug_best(group, index))

    def _mind_current(self, index: int, group: Group, overstay_dc_min: memoryview[float]) -> None:
        """Let a driver who could have taken another current overstay as drivers do at this one."""
        if group.current == "dc":
            minutes = self._overstay_min[index] = overstay_dc_min[index]
            self._demand.batteries[index, Battery.OVERSTAY_MIN] = minutes

    def _plug(self, index: int, group: Group, gun: Pile | int) -> None:
        """Start charging at a gun of a group that was taken."""
        if isinstance(gun, Pile):
            self._start(index, gun)
        else:
            if self._overstay_dc is not None:
                self._mind_current(index, group, self._overstay_dc)
            self._shared.plug(gun, index)
            self._note(index, gun)

    def _note(self, index: int, gun: int) -> None:
        """Write down a charge that begins."""
        self._plug_min[index] = self._clock.minute
        self._gun[index] = gun
        if self._tried:
            self._tried.pop(index, None)
        if self._standing:
            self._chargers.occupy(gun)

    def _start(self, index: int, pile: Pile) -> None:
        """Start charging at a pile that shares with nobody: when the vehicle leaves is known at once."""
        clock = self._clock
        self._plug_min[index] = now = clock.minute
        self._gun[index] = pile.gun
        if self._tried:
            self._tried.pop(index, None)
        if self._overstay_dc is not None:
            self._mind_current(index, pile.group, self._overstay_dc)
        minutes = self._minutes.by_group[pile.group.number] or self._minutes.of(pile.group.number)
        if self._standing:
            self._chargers.occupy(pile.gun)
            self._mind_fee(index, pile.group.station, now + minutes[index])
        leave = now + minutes[index] + self._overstay_min[index]
        if self._leave_by is not None:
            leave = min(leave, self._leave_by[index])
        # nothing can change this charge: it needs one call, at its end, and the ledger adds it when all is over
        clock.put(leave, FIRST, pile)
        if self._chains is not None:
            self._call_followers(self._chains, index, leave)

    def _on_leave(self, pile: Pile) -> None:
        """Leave a pile that is alone, and call the next vehicle."""
        group = pile.group
        queue = group.queue
        if queue.length and self._hands_over and not group.down and group.station.sole is group:
            # the pile goes to the next in the one queue there is, and need not be idle in between
            index = queue.first()
            self._waits_at[index] = -1
            queue.length -= 1
            self._start(index, pile)
            return
        group.vacate(pile)
        if self._standing:
            self._call_next(group, pile.gun)
        elif queue.length:
            self._free(group)

    def _mind_fee(self, index: int, station: Station, full_min: float) -> None:
        """Let a driver stay less long after the charge where that costs a fee."""
        if self._idle_fees:
            wished_min, response = self._overstay_min[index], self._rules.idle_response_h_cny
            self._overstay_min[index] = station.fees.overstay_min(wished_min, full_min, response)

    def _call_next(self, group: Group, gun: int) -> None:
        """Call vehicles to a gun that became free, and to those that its charger could not give until now."""
        freed = [group, *self._chargers.vacate(gun)]
        if len(freed) > 1:
            # who waits longest goes first, whatever the kind of gun
            freed.sort(key=lambda one: self._turn(one.queue.first()))
        for one in freed:
            self._free(one)

    def _turn(self, index: int) -> tuple[float, float]:
        """Return by what those who wait at guns of several kinds are ordered; -1 waits for nothing."""
        if index < 0:
            return math.inf, math.inf
        priority = self._demand.priority
        by_priority = priority is not None and self._rules.queue_rule == "priority"
        return -priority[index] if by_priority and priority is not None else 0.0, self._log.arrive[index]

    def _end_shared(self, index: int, gun: int) -> None:
        """End a charge at a pile that is shared; the vehicle leaves, or overstays."""
        now = self._end_min[index] = self._clock.minute
        if self._standing:
            self._mind_fee(index, self._stations[self._guns.station.item(gun)], now)
        # the power went to the others already; what an overstay keeps is the gun
        overstay = self._overstay_min[index]
        leave = now + overstay if self._leave_by is None else min(now + overstay, self._leave_by[index])
        if self._chains is not None:
            self._call_followers(self._chains, index, leave)
        if overstay > 0.0 and (self._leave_by is None or self._leave_by[index] > now):
            self._clock.call_at(leave, FIRST, self._on_shared_leave, gun)
        else:
            group = self._shared.release(gun)
            if self._standing:
                self._call_next(group, gun)
            elif group.queue.length:
                self._free(group)

    def _on_shared_leave(self, call: Call) -> None:
        """Leave a shared pile after an overstay."""
        self._call_next(self._shared.leave(call.load), call.load)

    def _free(self, group: Group) -> None:
        """Call the next vehicle in the queue to a gun that has become free, if it may be used."""
        station = group.station
        if self._hours and not station.is_open(self._clock.minute):
            return
        index = group.queue.first()
        if self._leave_by is not None:
            # a gun that comes free in the instant in which a driver has to leave is for the next one
            while index >= 0 and self._leave_by[index] <= self._clock.minute:
                self._renege(index, station)
                index = group.queue.first()
        if index >= 0 and self._plugs(index, station):
            self._leave_queue(index, station)

    # stations -----------------------------------------------------------------------------------------------

    def _on_switch(self, call: Call) -> None:
        """Put a pile out of service, or back and call vehicles that wait."""
        group, pile, down = call.load
        if down:
            self._chargers.take_out(group, pile)
            self._lose_bookings(group, pile)
        elif self._chargers.bring_back(group, pile):
            # each gun that came back may serve one vehicle of the queue
            for _ in range(group.guns_per_pile):
                self._free(group)

    def _lose_bookings(self, group: Group, pile: int) -> None:
        """End the bookings of a pile that failed; their drivers book another gun that is free now."""
        for index in self._bookings.at(group, pile):
            booking = self._bookings.end(index)
            if booking is not None:
                self._give_back(booking)
                self._book(index, group.station, booking.arrive_min)

    def _number_of(self, gun: Pile | int) -> int:
        """Return the number of a gun among all guns."""
        return gun.gun if isinstance(gun, Pile) else gun
