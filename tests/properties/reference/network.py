"""The event loop: drivers come, queue, charge, leave and come back. The next event is found by looking at all."""

import math
from dataclasses import dataclass

from .cars import Car
from .choice import Choice
from .power import SLACK, Power
from .stations import Station, fits

FREES, COMES, ENDS = range(3)


@dataclass(eq=False)
class Booking:
    """A gun that is kept for a driver on the way."""

    pile: object
    arrive: float
    made: int


class Reference(Choice, Power):
    """The network: events one by one."""

    def __init__(self, network):
        self.network = network
        names = dict.fromkeys(group["station_id"] for group in network["groups"])
        self.stations = [
            Station(number, name, [dict(g) for g in network["groups"] if g["station_id"] == name], network["tariff"])
            for number, name in enumerate(names)
        ]
        self.cars = [Car(row, number) for number, row in enumerate(network["requests"])]
        self.calls, self.turn = [], 0
        self.out = {
            car.number: {"tries": 0, "energy_kwh": 0.0, "wait_min": 0.0, "cost_cny": 0.0, "reason": None}
            for car in self.cars
        }
        self.visits = []
        # of the free piles of a group that share with nobody, the one that went free last is taken
        self.freed = {}
        for station in self.stations:
            for pile in station.piles():
                self.freed[pile] = -pile.number

    def at(self, minute, order, what, *load):
        """Call something at a time; what happens at the same time goes by order: FREES, COMES, ENDS."""
        self.turn += 1
        self.calls.append((minute, order, self.turn, what, load))

    def run(self):
        """Run until nothing is left, and return by request what happened."""
        for start, end, pile in self.outages():
            self.at(start, FREES, self.fail, pile)
            self.at(end, FREES, self.repair, pile)
        first = [car for car in self.cars if car.follows is None]
        for car in sorted(first, key=lambda car: (car.arrive_min, car.number)):
            self.at(car.arrive_min, COMES, self.start, car, 0.0)
        now = 0.0
        while True:
            charging = [car for car in self.cars if car.pile is not None and car in car.pile.order]
            due = [(min(car.full, car.stop, car.leave_by), FREES, 0, self.due, (car,)) for car in charging]
            if not due and not self.calls:
                self.end(now)
                return self.out
            event = min([*due, *self.calls], key=lambda event: event[:3])
            if event in self.calls:
                self.calls.remove(event)
            now = event[0]
            event[3](now, *event[4])

    def end(self, now):
        """Write down who waits for guns that never came back, and who never began."""
        for car in self.cars:
            out = self.out[car.number]
            if car.waits_at is not None:
                out["wait_min"] += now - car.arrive
                out |= {"station_id": car.waits_at.name, "reason": "guns never came back"}
                self.visit(car, car.waits_at, now, "unfinished")
            elif "outcome" not in out:
                out["reason"] = "never began"
            if "outcome" not in out:
                out |= {"outcome": "unfinished", "leave_min": None}

    # drivers

    def start(self, now, car, after):
        """Begin a request, ``after`` the end of the one that it follows."""
        car.leave_by, car.overstay = after + car.row["leave_by"], car.overstay_min
        self.drive_on(now, car, self.ways(car, car.origin), "unserved")

    def story_ends(self, car, end):
        """Let the cars that follow one begin some time after its end."""
        for other in self.cars:
            if other.follows == car.number:
                self.at(end + other.arrive_min, COMES, self.start, other, end)

    def drive_on(self, now, car, ways, refusal):
        """Send a car to the next station, or end its story."""
        ways = [way for way in self.in_time(now, car, ways) if way[1].is_open(now + way[0])]
        ways = [way for way in ways if way[1] not in car.tried]
        out = self.out[car.number]
        if not ways or len(car.tried) >= self.network["max_tries"]:
            out["outcome"] = refusal if len(car.tried) <= 1 else "unserved"
            out["leave_min"] = now
            if not car.tried:
                out["reason"] = self.why_none(now, car)
            self.story_ends(car, now)
            return
        minutes, station = self.choose(now, car, ways)
        out["tries"] += 1
        if minutes > 0.0:
            if self.network["queue_rule"] == "reservation":
                self.book(now, car, station, now + minutes)
            self.at(now + minutes, COMES, self.reach, car, station)
        else:
            self.reach(now, car, station)

    def why_none(self, now, car):
        """Return why a driver sets out to no station."""
        ways = self.ways(car, car.origin)
        if not ways:
            return "none in reach"
        return "closed" if self.in_time(now, car, ways) else "had to leave"

    def reach(self, now, car, station):
        """Arrive: plug in, queue, or drive on."""
        car.arrive = now
        if car.booking is not None:
            pile = self.drop(car)
            self.plug_at(now, car, pile)
        elif not station.is_open(now):
            self.turn_away(now, car, station, "balked", "closed")
        elif not self.plugs(now, car, station):
            if station.waiting(car.wanted) >= car.max_queue or self.prefers_other(now, car, station):
                self.turn_away(now, car, station, "balked", "queue too long")
                return
            station.queue.append(car)
            if self.network["queue_rule"] == "priority":
                station.queue.sort(key=lambda waiting: -waiting.priority)  # keeps the order of those alike
            car.waits_at = station
            ends = min(now + car.patience_min, station.hours.ends_after(now), car.leave_by)
            if ends < math.inf:
                self.at(ends, ENDS, self.give_up, car, station, len(car.tried))

    def turn_away(self, now, car, station, refusal, reason):
        """Leave a station without a charge."""
        self.visit(car, station, now, refusal if station.is_open(now) else "closed")
        car.tried.append(station)
        self.out[car.number] |= {"station_id": station.name, "reason": reason}
        self.drive_on(now, car, self.ways(car, station.name), refusal)

    def visit(self, car, station, now, outcome):
        """Write down a visit."""
        self.visits.append((car.number, station.name, len(car.tried) + 1, car.arrive, now, outcome))

    def give_up(self, now, car, station, tries):
        """Lose patience, have to leave, or be sent away by a station that closes."""
        if car.waits_at is station and len(car.tried) == tries:
            station.queue.remove(car)
            car.waits_at = None
            self.out[car.number]["wait_min"] += now - car.arrive
            reason = "out of patience" if station.is_open(now) else "closed"
            self.turn_away(now, car, station, "reneged", "had to leave" if car.leave_by <= now else reason)

    # guns

    def best_pile(self, now, car, station):
        """Return the pile whose free gun has the most power now, group by group; None without one.

        Guns of the current that the driver would rather take go before all others.
        """
        suiting = station.suits(car.wanted)
        rather = [group for group in suiting if car.expects_first(group)]
        return self.best_of(now, car, rather) or self.best_of(now, car, suiting)

    def best_of(self, now, car, groups):
        """Return the pile among groups whose free gun has the most power now; None without one."""
        best, chosen = -1.0, None
        for group in groups:
            offer = self.offer(now, car, group)
            if offer is not None and offer[0] > best + SLACK:
                best, chosen = offer
        return chosen

    def offer(self, now, car, group):
        """Return the best offer of a group and its pile, None without a free gun."""
        free = [pile for pile in group["at"] if pile.free]
        empty = [pile for pile in free if not any(pile.guns)]
        if empty:
            alone = len(empty[0].guns) == 1 and empty[0].station.limit is None
            pile = max(empty, key=self.freed.get) if alone else empty[0]
            return pile.offer(car, now)[0], pile
        best = None
        for pile in free:
            got, asked = pile.offer(car, now)
            if best is None or got > best[0] + SLACK:
                best = got, pile
                if got >= asked:
                    break
        return best

    def plugs(self, now, car, station):
        """Plug in at the best free gun; return whether there was one."""
        pile = self.best_pile(now, car, station)
        if pile is None:
            return False
        self.plug_at(now, car, pile)
        return True

    def plug_at(self, now, car, pile):
        """Begin to charge."""
        pile.guns[pile.guns.index(None)] = car
        pile.order.append(car)
        car.pile = pile
        if pile.group["current"] == "dc" and car.overstay_dc_min is not None:
            car.overstay = car.overstay_dc_min
        car.begin(pile.group, now)
        out = self.out[car.number]
        out |= {"outcome": "served", "station_id": pile.station.name, "group_id": pile.group["group_id"]}
        out |= {"pile": pile.number, "plug_min": now, "reason": None}
        out["wait_min"] += now - car.arrive
        self.visit(car, pile.station, now, "plugged")
        self.divide(now, pile, came=True)

    def due(self, now, car):
        """Let something happen at a pile: a breakpoint, a full car, one that has to leave."""
        pile = car.pile
        car.move(now)
        if now < min(car.full, car.leave_by):
            self.divide(now, pile)
            return
        if now >= car.full:
            car.soc = car.charge["target"]
        pile.order.remove(car)
        car.overstay = pile.station.overstay(car.overstay, now, self.network["idle_response_h_cny"])
        leave = min(now + car.overstay, car.leave_by)
        self.bill(car, now, leave)
        self.story_ends(car, leave)
        if leave <= now:
            self.unplug(car)
        self.divide(now, pile)
        if leave <= now:
            self.call_next(now, pile)
        else:
            self.at(leave, FREES, self.leave, car)

    def bill(self, car, full, leave):
        """Write down what a car got and what it pays."""
        out, station = self.out[car.number], car.pile.station
        gained = (car.soc - car.charge["start"]) * car.capacity
        out |= {"full_min": full, "leave_min": leave, "energy_kwh": gained}
        out["meter_kwh"] = gained / car.charge["efficiency"]
        out["cost_cny"] = car.energy_cny / car.charge["efficiency"]
        out["cost_cny"] += station.stay_cny(out["plug_min"], full, leave)
        if car.energy_kwh - gained > SLACK * car.energy_kwh:
            out["reason"] = "had to leave"

    def leave(self, now, car):
        """Leave after an overstay."""
        pile = car.pile
        self.unplug(car)
        self.call_next(now, pile)

    def unplug(self, car):
        """Free the gun."""
        self.vacate(car.pile, car)
        car.pile = None

    def vacate(self, pile, holder):
        """Free a gun of a pile, and note which piles are free again."""
        before = {each for each in (pile, *pile.siblings()) if each.free}
        pile.guns[pile.guns.index(holder)] = None
        self.note_free(pile, before)

    def note_free(self, pile, before):
        """Note that a pile, and those of the same charger, are free that were not ``before``."""
        for each in (pile, *pile.siblings()):
            if each.free and each not in before:
                self.turn += 1
                self.freed[each] = self.turn

    def call_next(self, now, pile):
        """Call cars to a gun that became free, and to others of its charger; who waits longest goes first."""
        freed = [pile.group, *(other.group for other in pile.siblings() if other.in_use)]
        if any(pile.guns):
            freed = [pile.group]  # another car still stands at the charger
        firsts = {id(group): self.first(pile.station, group) for group in freed}
        freed.sort(key=lambda group: self.rank(firsts[id(group)]))
        for group in freed:
            self.call_to(now, pile.station, group)

    def first(self, station, group):
        """Return the car that is next for the guns of a group; None without one."""
        return next((car for car in station.queue if fits(group, car.wanted)), None)

    def rank(self, car):
        """Return by what those who wait for guns of several kinds are ordered."""
        if car is None:
            return math.inf, math.inf
        return -car.priority if self.network["queue_rule"] == "priority" else 0.0, car.arrive

    def call_to(self, now, station, group):
        """Call the first in the queue for the guns of a group to any free gun; who has to leave now gives up."""
        if not station.is_open(now):
            return
        car = self.first(station, group)
        while car is not None and car.leave_by <= now:
            self.give_up(now, car, station, len(car.tried))
            car = self.first(station, group)
        if car is not None and self.plugs(now, car, station):
            station.queue.remove(car)
            car.waits_at = None

    # bookings

    def book(self, now, car, station, arrive):
        """Keep a free gun that will be open on arrival, if there is one."""
        pile = self.best_pile(now, car, station)
        if pile is None or not station.is_open(arrive):
            return
        self.turn += 1
        booking = car.booking = Booking(pile, arrive, self.turn)
        pile.guns[pile.guns.index(None)] = booking
        keep = self.network["booking_min"]
        if keep is not None and now + keep < arrive:
            self.at(now + keep, FREES, self.expire, car, booking)

    def drop(self, car):
        """End the booking of a car, and return the pile."""
        booking, car.booking = car.booking, None
        self.vacate(booking.pile, booking)
        return booking.pile

    def expire(self, now, car, booking):
        """Let a booking end that still stands."""
        if car.booking is booking:
            self.call_next(now, self.drop(car))

    # outages

    def outages(self):
        """Return start, end and pile of the outages."""
        groups = {(station.name, group["group_id"]): group for station in self.stations for group in station.groups}
        return [
            (start, end, groups[name, group]["at"][pile]) for start, end, name, group, pile in self.network["outages"]
        ]

    def fail(self, now, pile):
        """Put a pile out of service; its bookings end, and their drivers book another gun that is free."""
        pile.failed = True
        booked = [car for car in self.cars if car.booking is not None and car.booking.pile is pile]
        for car in sorted(booked, key=lambda car: car.booking.made):
            arrive = car.booking.arrive
            self.call_next(now, self.drop(car))
            self.book(now, car, pile.station, arrive)

    def repair(self, now, pile):
        """Bring a pile back, and call as many cars as it has guns."""
        before = {each for each in (pile, *pile.siblings()) if each.free}
        pile.failed = False
        self.note_free(pile, before)
        if pile.in_use:
            for _ in pile.guns:
                self.call_to(now, pile.station, pile.group)
