"""A second simulator of the charging network: a plain event loop in plain Python that knows every rule of the engine.

It shares no code with the engine and is written to be read, not to be fast. `networks` draws random networks that mix
the rules, `tables` turns one into the tables of ``charging.simulate``, and `Reference` says how each request must fare.

Rules can be switched on and off in `RULES`. A rule that is off is not drawn; where the engine always does one of two
things, the other one is done. To hold the engine to a new rule: set it to True here, and run
``pytest tests/properties/test_properties_reference.py``; nothing else needs to change.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl
from hypothesis import strategies as st

DAY = 1440.0
SLACK = 1e-9
FREES, COMES, ENDS = range(3)

RULES = {
    # AC piles and guns are rated at the meter, the curve bounds DC power: classes, curves, losses, phases on AC
    "ac": True,
    # requests with leave_by_min
    "leave_by": True,
    # stations that open and close at the same minute, or at 0 and 1440, are open all day
    "all_day": True,
    # who sees a queue compares with stations that are open on arrival only (off: with closed ones too)
    "open_alternatives": True,
    # the expected wait counts what the guns give (off: the full power of the vehicle)
    "wait_by_gun": True,
    # results have a table of visits
    "visits": True,
}

CLASSES = {
    "car": {"dc_kw": 84.0, "ac_kw": 6.6, "volts": 380.0, "dc": 0.94, "ac": 0.89},
    "van": {"dc_kw": 50.0, "ac_kw": 22.0, "volts": None, "dc": 1.0, "ac": 0.92},
    "truck": {"dc_kw": 200.0, "ac_kw": 44.0, "volts": 600.0, "dc": 0.95, "ac": 1.0},
}
CURVES = {
    "car": ([0.0, 0.1, 0.5, 0.8, 1.0], [0.6, 1.0, 0.9, 0.5, 0.1]),
    "van": ([0.0, 0.7, 1.0], [1.0, 1.0, 0.2]),
    "truck": ([0.0, 0.2, 0.4, 0.85, 1.0], [0.5, 0.5, 1.0, 0.7, 0.15]),
}
FLAT = ([0.0, 1.0], [1.0, 1.0])


# charging along a curve --------------------------------------------------------------------------------------


def power_at(curve, soc):
    """Return the share of full power at a SOC, and the largest until the next breakpoint, and that breakpoint."""
    knots, shares = curve
    at = max(k for k in range(len(knots) - 1) if k == 0 or knots[k] <= soc + 1e-12)
    here = shares[at] + (shares[at + 1] - shares[at]) * (soc - knots[at]) / (knots[at + 1] - knots[at])
    return here, max(here, shares[at + 1]), knots[at + 1]


def peak_from(curve, soc):
    """Return the largest share of full power from a SOC on."""
    knots, shares = curve
    return max([power_at(curve, soc)[1], *(share for knot, share in zip(knots, shares, strict=True) if knot > soc)])


def pieces(curve, cap, start, end):
    """Yield stretches of SOC in which the power is linear: from, to, power at both ends (shares; cap is one too)."""
    knots, shares = curve
    for (low, high), (first, last) in zip(pairwise(knots), pairwise(shares), strict=True):
        slope = (last - first) / (high - low)
        cuts = [max(low, start), min(high, end)]
        if slope and min(first, last) < cap < max(first, last):
            cuts.insert(1, min(max(low + (cap - first) / slope, cuts[0]), cuts[-1]))
        for left, right in pairwise(cuts):
            if right > left:
                ends = [min(cap, first + slope * (soc - low)) for soc in (left, right)]
                yield left, right, *ends


def hours_between(curve, cap, start, end):
    """Return the hours of a charge of 1 kWh at 1 kW between two SOC."""
    total = 0.0
    for left, right, first, last in pieces(curve, cap, start, end):
        same = abs(last - first) < 1e-12 * first
        total += (right - left) / (first if same else (last - first) / math.log(last / first))
    return total


def soc_after(curve, cap, start, hours):
    """Return the SOC after some hours of such a charge."""
    for left, right, first, last in pieces(curve, cap, start, 1.0):
        slope = (last - first) / (right - left)
        needs = hours_between(curve, cap, left, right)
        if hours < needs:
            gain = first * hours if abs(slope) < 1e-12 else first / slope * math.expm1(slope * hours)
            return left + gain
        hours -= needs
    return 1.0


def level_of(capacity, wishes):
    """Return the most that each gets, max-min fair: the smallest wish first, each at most a part of what is left."""
    level = math.inf
    if sum(wishes) <= capacity:
        return level
    for done, wish in enumerate(sorted(wishes)):
        level = capacity / (len(wishes) - done)
        if wish > level:
            return level
        capacity -= wish
    return level


# what stands where -------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Car:
    """A request, and how far it has got."""

    row: dict
    number: int
    charge: dict = field(default_factory=dict)
    tried: list = field(default_factory=list)
    waits_at: object = None
    arrive: float = 0.0
    pile: object = None
    soc: float = 0.0
    since: float = 0.0
    cap: float = -1.0
    full: float = math.inf
    stop: float = math.inf
    stop_soc: float = 1.0

    def __getattr__(self, name):
        return self.row[name]

    def curve_for(self, group):
        """Return curve, its full power, the most that enters the battery, and efficiencies to meter and rating."""
        kind = CLASSES.get(self.vehicle_class)
        shaped = kind is not None and self.battery_kwh is not None
        on_ac = group["current"] == "ac"
        efficiency = 1.0 if kind is None else kind[group["current"]]
        per_rated = efficiency if on_ac else 1.0
        most = group["pile_kw"] * per_rated
        if on_ac and group["gun_amps"] is not None and group["phases"] is not None:
            most = min(most, group["gun_amps"] * group["phases"] * group["volts"] / 1000.0 * per_rated)
        if on_ac and kind is not None:
            most = min(most, kind["ac_kw"])
        if not on_ac and group["gun_amps"] is not None and kind is not None and kind["volts"] is not None:
            most = min(most, group["gun_amps"] * kind["volts"] / 1000.0)
        top = self.accept_kw
        if shaped and self.current == "ac":
            top, most = kind["dc_kw"], min(most, self.accept_kw)
        return CURVES[self.vehicle_class] if shaped else FLAT, top, most, efficiency, per_rated

    @property
    def capacity(self):
        """Return the kWh from SOC 0 to 1."""
        return self.battery_kwh if self.vehicle_class and self.battery_kwh is not None else self.energy_kwh

    def begin(self, group, now):
        """Take what the battery and the guns of a group say of the charge."""
        shaped = self.vehicle_class is not None and self.battery_kwh is not None
        curve, top, most, efficiency, per_rated = self.curve_for(group)
        self.soc = self.soc_start if shaped else 0.0
        self.charge = {
            "curve": curve,
            "top": top,
            "most": most,
            "efficiency": efficiency,
            "per_rated": per_rated,
            "target": min(1.0, self.soc + self.energy_kwh / self.capacity),
            "start": self.soc,
        }
        self.since, self.cap = now, -1.0

    def move(self, now):
        """Let the charge go on until now."""
        if now == self.stop:
            self.soc = self.stop_soc
        elif self.cap > 0.0 and now > self.since:
            hours = (now - self.since) / 60.0 * self.charge["top"] / self.capacity
            after = soc_after(self.charge["curve"], self.cap / self.charge["top"], self.soc, hours)
            self.soc = min(after, self.charge["target"])
        self.since = now

    def wish(self):
        """Return what it may draw until the next breakpoint, kW."""
        charge = self.charge
        return min(charge["top"] * power_at(charge["curve"], self.soc)[1], charge["most"])

    def peak(self):
        """Return what it may draw from now on, kW."""
        charge = self.charge
        return min(charge["top"] * peak_from(charge["curve"], self.soc), charge["most"])

    def set_cap(self, cap, *, watch):
        """Charge under a cap from now on; with ``watch`` the next breakpoint is an event."""
        charge = self.charge
        self.cap = min(cap, charge["most"])
        self.full = self.stop = math.inf
        if self.cap <= 0.0:
            return
        minutes_at = 60.0 * self.capacity / charge["top"]
        share = self.cap / charge["top"]
        hours = hours_between(charge["curve"], share, self.soc, charge["target"])
        self.full = self.since + minutes_at * hours
        knot = power_at(charge["curve"], self.soc)[2]
        if watch and knot < charge["target"]:
            self.stop_soc = knot
            self.stop = self.since + minutes_at * hours_between(charge["curve"], share, self.soc, knot)


@dataclass(eq=False)
class Pile:
    """A pile with its guns; ``order`` are the cars that charge, first come first."""

    group: dict
    station: object
    guns: list
    order: list = field(default_factory=list)

    def shares(self):
        """Return what each car may draw by the pile's rule, into the battery, and whether breakpoints count."""
        power, sharing = self.group["pile_kw"], self.group["sharing"]
        tight = False
        if not self.order:
            return [], tight
        parts = [power] * len(self.order)
        if sharing == "dynamic" and len(self.order) > 1:
            tight = sum(car.peak() / car.charge["per_rated"] for car in self.order) > power
            if tight:
                wishes = [car.wish() / car.charge["per_rated"] for car in self.order]
                level = level_of(power, wishes)
                parts = [power if wish <= level else level for wish in wishes]
        elif sharing == "equal":
            parts = [power / len(self.order)] * len(self.order)
        elif sharing != "dynamic":
            parts = [power if turn == 0 else 0.0 for turn in range(len(self.order))]
        return [part * car.charge["per_rated"] for part, car in zip(parts, self.order, strict=True)], tight

    def offer(self, car, now):
        """Return what a car that comes would get now, kW, and what it asks for."""
        curve, top, most, _, per_rated = car.curve_for(self.group)
        soc = car.soc_start if curve is not FLAT else 0.0
        asked = min(top * power_at(curve, soc)[0], most)
        for other in self.order:
            other.move(now)
        power, sharing = self.group["pile_kw"], self.group["sharing"]
        if sharing == "dynamic":
            wishes = [other.wish() / other.charge["per_rated"] for other in self.order]
            got = min(asked, level_of(power, [*wishes, asked / per_rated]) * per_rated)
        elif sharing == "equal":
            got = min(asked, power / (len(self.order) + 1) * per_rated)
        else:
            got = 0.0 if self.order else min(asked, power * per_rated)
        return got, asked


class Station:
    """A station: piles group by group, a queue per current, a connection."""

    def __init__(self, number, name, groups):
        self.number, self.name, self.groups = number, name, groups
        self.limit, self.fee = groups[0]["transformer_kw"], groups[0]["fee_cny_kwh"] or 0.0
        self.hours = (groups[0]["opens_min"], groups[0]["closes_min"])
        for group in groups:
            usable = 1 if group["sharing"] == "exclusive" else group["guns_per_pile"]
            group["usable"] = usable * group["piles"]
            group["at"] = [Pile(group, self, [None] * usable) for _ in range(group["piles"])]
        self.queue = []
        self.bound = False

    def suits(self, wanted):
        """Return the groups that suit a request."""
        return [group for group in self.groups if wanted in (group["current"], "any")]

    def is_open(self, at):
        """Return whether cars may plug in."""
        opens, closes = self.hours
        if opens is None or opens == closes or closes - opens >= DAY:
            return True
        return opens <= at % DAY < closes if opens < closes else not closes <= at % DAY < opens

    def closes_after(self, now):
        """Return the next closing time of a station that is open."""
        opens, closes = self.hours
        if opens is None or opens == closes or closes - opens >= DAY:
            return math.inf
        return next(day + closes for day in (now - now % DAY, now - now % DAY + DAY) if day + closes > now)

    def waiting(self, wanted):
        """Return how many a newcomer sees in the shortest queue that suits."""
        kinds = {group["current"] for group in self.suits(wanted)}
        return min(sum(car.current in (kind, "any") for car in self.queue) for kind in kinds)

    def free_guns(self, wanted):
        """Return whether a gun that suits is free."""
        return any(None in pile.guns for group in self.suits(wanted) for pile in group["at"])

    def piles(self):
        """Return all piles."""
        return [pile for group in self.groups for pile in group["at"]]


# the event loop ----------------------------------------------------------------------------------------------


class Reference:
    """The network: events one by one, the next found by looking at everything."""

    def __init__(self, network, rules=None):
        self.rules = RULES | (rules or {})
        self.network = network
        names = dict.fromkeys(group["station_id"] for group in network["groups"])
        self.stations = [
            Station(number, name, [dict(group) for group in network["groups"] if group["station_id"] == name])
            for number, name in enumerate(names)
        ]
        self.hours = any(station.hours[0] is not None for station in self.stations)
        self.cars = [Car(row, number) for number, row in enumerate(network["requests"])]
        self.calls, self.turn = [], 0
        self.out = {car.number: {"tries": 0, "energy_kwh": 0.0, "wait_min": 0.0} for car in self.cars}
        self.visits = []

    def at(self, minute, order, what, *load):
        """Call something at a time; what happens at the same time goes by order: FREES, COMES, ENDS."""
        self.turn += 1
        self.calls.append((minute, order, self.turn, what, load))

    def run(self):
        """Run until nothing is left, and return by request what happened."""
        for car in sorted(self.cars, key=lambda car: (car.arrive_min, car.number)):
            self.at(car.arrive_min, COMES, self.start, car)
        while True:
            charging = [car for car in self.cars if car.pile is not None and car in car.pile.order]
            due = [(min(car.full, car.stop, car.leave_by), FREES, 0, self.due, (car,)) for car in charging]
            if not due and not self.calls:
                return self.out
            event = min([*due, *self.calls], key=lambda event: event[:3])
            if event in self.calls:
                self.calls.remove(event)
            event[3](event[0], *event[4])

    # drivers

    def ways(self, car, origin):
        """Return stations that suit, with minutes and km, nearest first, from an origin or from a station."""
        roads = self.network["roads"]
        fitting = [station for station in self.stations if station.suits(car.current)]
        if roads is None:
            return [(0.0, station) for station in fitting if station.name != origin]
        direct = {station: roads.get((car.origin, station.name)) for station in fitting}
        onward = {station: roads.get((origin, station.name), minutes) for station, minutes in direct.items()}
        ways = [(minutes, station) for station, minutes in onward.items() if direct[station] is not None]
        return sorted((way for way in ways if way[1].name != origin), key=lambda way: (way[0], way[1].number))

    def start(self, now, car):
        """Begin a request."""
        self.drive_on(now, car, self.ways(car, car.origin), "unserved")

    def drive_on(self, now, car, ways, refusal):
        """Send a car to the next station, or end its story."""
        ways = [way for way in ways if way[1].is_open(now + way[0]) and now + way[0] < car.leave_by]
        ways = [way for way in ways if way[1] not in car.tried]
        out = self.out[car.number]
        if not ways or len(car.tried) >= self.network["max_tries"]:
            out["outcome"] = refusal if len(car.tried) <= 1 else "unserved"
            out["leave_min"] = now
            return
        live = self.network["information"] == "live"
        costs = [self.cost(car, way, self.wait_seen(car, way[1]) if live else 0.0) for way in ways]
        minutes, station = ways[costs.index(min(costs))]
        out["tries"] += 1
        if minutes > 0.0:
            self.at(now + minutes, COMES, self.reach, car, station)
        else:
            self.reach(now, car, station)

    def cost(self, car, way, wait):
        """Return the generalised cost of a station, minutes."""
        fee = self.network["price_weight"] * way[1].fee * car.energy_kwh
        return way[0] + self.network["wait_weight"] * wait + fee

    def wait_seen(self, car, station):
        """Return the wait that a driver expects, minutes."""
        if station.free_guns(car.current):
            return 0.0
        groups = station.suits(car.current)
        guns = sum(group["usable"] for group in groups)
        minutes = 60.0 * car.energy_kwh / car.accept_kw
        if self.rules["wait_by_gun"]:
            rates = []
            for group in groups:
                _, top, most, *_ = car.curve_for(group)
                rates.append(group["usable"] * min(top, most) / (60.0 * car.energy_kwh))
            minutes = guns / sum(rates)
        return (station.waiting(car.current) + 1) * minutes / guns

    def reach(self, now, car, station):
        """Arrive: plug in, queue, or drive on."""
        car.arrive = now
        if not station.is_open(now):
            self.turn_away(now, car, station, "balked")
        elif not self.plugs(now, car, station):
            if station.waiting(car.current) >= car.max_queue or self.prefers_other(now, car, station):
                self.turn_away(now, car, station, "balked")
                return
            station.queue.append(car)
            car.waits_at = station
            ends = min(now + car.patience_min, station.closes_after(now), car.leave_by)
            if ends < math.inf:
                self.at(ends, ENDS, self.give_up, car, station, len(car.tried))

    def prefers_other(self, now, car, station):
        """Return whether a driver who sees the queue expects to do better elsewhere."""
        if self.network["information"] != "arrival" or len(car.tried) + 1 >= self.network["max_tries"]:
            return False
        others = [way for way in self.ways(car, station.name) if way[1] not in car.tried]
        if self.rules["open_alternatives"]:
            others = [way for way in others if way[1].is_open(now + way[0])]
        here = self.cost(car, (0.0, station), self.wait_seen(car, station))
        return any(self.cost(car, way, 0.0) < here for way in others)

    def turn_away(self, now, car, station, refusal):
        """Leave a station without a charge."""
        outcome = refusal if station.is_open(now) else "closed"
        self.visits.append((car.number, station.name, len(car.tried) + 1, car.arrive, now, outcome))
        car.tried.append(station)
        self.out[car.number]["station_id"] = station.name
        self.drive_on(now, car, self.ways(car, station.name), refusal)

    def give_up(self, now, car, station, tries):
        """Lose patience, or be sent away by a station that closes."""
        if car.waits_at is station and len(car.tried) == tries:
            station.queue.remove(car)
            car.waits_at = None
            self.out[car.number]["wait_min"] += now - car.arrive
            self.turn_away(now, car, station, "reneged")

    # guns

    def plugs(self, now, car, station):
        """Plug in at the free gun with the most power now, group by group; return whether there was one."""
        best, chosen = -1.0, None
        for group in station.suits(car.current):
            offers = self.offers(now, car, group)
            if offers and offers[0] > best + SLACK:
                best, chosen = offers
        if chosen is None:
            return False
        chosen.guns[chosen.guns.index(None)] = car
        chosen.order.append(car)
        car.pile = chosen
        car.begin(chosen.group, now)
        out = self.out[car.number]
        out |= {"outcome": "served", "station_id": station.name, "plug_min": now}
        out["wait_min"] += now - car.arrive
        self.visits.append((car.number, station.name, len(car.tried) + 1, car.arrive, now, "plugged"))
        self.divide(now, chosen, came=True)
        return True

    def offers(self, now, car, group):
        """Return the best offer of a group and its pile, None without a free gun."""
        free = [pile for pile in group["at"] if None in pile.guns]
        empty = [pile for pile in free if not any(pile.guns)]
        if empty:
            return pile_offer(empty[0], car, now)
        best = None
        for pile in free:
            got, asked = pile.offer(car, now)
            if best is None or got > best[0] + SLACK:
                best = got, pile
                if got >= asked:
                    break
        return best

    def divide(self, now, pile, *, came=False):
        """Divide the power anew after a change at a pile."""
        station = pile.station
        if station.limit is None:
            self.divide_pile(now, pile)
            return
        was = station.bound
        if came or was:
            station.bound = self.claims(now, station) > station.limit + SLACK
        if station.bound:
            self.divide_connection(now, station)
        else:
            for each in station.piles() if was else [pile]:
                self.divide_pile(now, each)

    def divide_pile(self, now, pile):
        """Divide the power of a pile."""
        for car in pile.order:
            car.move(now)
        shares, tight = pile.shares()
        for car, share in zip(pile.order, shares, strict=True):
            car.set_cap(share, watch=tight)

    def claims(self, now, station):
        """Return the most that all cars behind a connection may still draw, kW at the meter."""
        total = 0.0
        for pile in station.piles():
            for car in pile.order:
                car.move(now)
            if pile.order:
                wanted = sum(car.peak() / car.charge["per_rated"] for car in pile.order)
                onwards = min(car.charge["efficiency"] / car.charge["per_rated"] for car in pile.order)
                total += min(wanted, pile.group["pile_kw"]) / onwards
        return total

    def divide_connection(self, now, station):
        """Divide a connection that may bind, on top of the piles' own rules."""
        draws = {}
        for pile in station.piles():
            if pile.order:
                for car in pile.order:
                    car.move(now)
                shares = pile.shares()[0]
                draws |= {
                    car: (share, min(share, car.wish()) / car.charge["efficiency"])
                    for car, share in zip(pile.order, shares, strict=True)
                }
        level = level_of(station.limit, [metered for _, metered in draws.values()])
        for car, (share, metered) in draws.items():
            car.set_cap(share if metered <= level else level * car.charge["efficiency"], watch=True)

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
        gained = (car.soc - car.charge["start"]) * car.capacity
        leave = min(now + car.overstay_min, car.leave_by)
        self.out[car.number] |= {"full_min": now, "leave_min": leave, "energy_kwh": gained}
        if leave <= now:
            self.unplug(car)
        self.divide(now, pile)
        if leave <= now:
            self.call_next(now, pile)
        else:
            self.at(leave, FREES, self.leave, car)

    def leave(self, now, car):
        """Leave after an overstay."""
        pile = car.pile
        self.unplug(car)
        self.call_next(now, pile)

    def unplug(self, car):
        """Free the gun."""
        car.pile.guns[car.pile.guns.index(car)] = None
        car.pile = None

    def call_next(self, now, pile):
        """Call the first in the queue for the current of a gun that became free."""
        station = pile.station
        if not station.is_open(now):
            return
        for car in station.queue:
            if car.current in (pile.group["current"], "any"):
                if self.plugs(now, car, station):
                    station.queue.remove(car)
                    car.waits_at = None
                return


def pile_offer(pile, car, now):
    """Return what a car gets at an empty pile, and that pile."""
    return pile.offer(car, now)[0], pile


# random networks ---------------------------------------------------------------------------------------------


@st.composite
def networks(draw, rules=None):
    """Draw a network: stations, roads, drivers and requests, as plain rows that mix the rules that are on."""
    on = RULES | (rules or {})
    # numbers from a seed: times that Hypothesis draws itself fall on each other too often
    rng = draw(st.randoms(use_true_random=True))
    groups = []
    hours = [(None, None)] * 4 + [(60.0, 200.0), (1300.0, 120.0)]
    hours += [(0.0, 1440.0), (360.0, 360.0), (0.0, 0.0)] if on["all_day"] else []
    for number in range(draw(st.integers(1, 3))):
        opens, closes = draw(st.sampled_from(hours))
        common = {
            "station_id": f"s{number}",
            "transformer_kw": draw(st.sampled_from([None, None, 40.0, 130.0])),
            "opens_min": opens,
            "closes_min": closes,
            "fee_cny_kwh": rng.choice([None, 0.1, 0.5]),
        }
        groups += [common | random_group(rng, f"g{group}", on) for group in range(draw(st.integers(1, 2)))]
    information = draw(st.sampled_from(["nearest", "arrival", "arrival", "live"]))
    return {
        "groups": groups,
        "roads": random_roads(rng, dict.fromkeys(group["station_id"] for group in groups)),
        "information": information,
        "max_tries": draw(st.integers(1, 3)),
        "wait_weight": rng.choice([1.0, 1.7]),
        "price_weight": rng.choice([0.0, 0.0, 1.3]),
        "requests": [random_request(rng, on) for _ in range(draw(st.integers(1, 25)))],
    }


def alone(group):
    """Return a group as a station without connection, hours or fee."""
    return group | dict.fromkeys(("transformer_kw", "opens_min", "closes_min", "fee_cny_kwh"))


def random_group(rng, name, on):
    """Return a group of piles."""
    current = rng.choice(["dc", "dc", "ac"])
    phases = rng.choice([None, 1, 3]) if on["ac"] and current == "ac" else None
    return {
        "group_id": name,
        "current": current,
        "pile_kw": rng.choice([60.0, 97.0, 120.0]) if current == "dc" else rng.choice([7.0, 22.0]),
        "piles": rng.randint(1, 2),
        "guns_per_pile": rng.randint(1, 3),
        "sharing": rng.choice(["exclusive", "equal", "sequential", "dynamic"]),
        "gun_amps": rng.choice([None, 16.0, 32.0])
        if phases
        else rng.choice([None, 150.0])
        if current == "dc"
        else None,
        "phases": phases,
        "volts": rng.choice([220.0, 230.0]) if phases else None,
    }


def random_roads(rng, names):
    """Return minutes from origins and stations to stations; some are missing. None: all at no distance."""
    if rng.random() < 0.2:
        return None
    places = [("o", name) for name in names] + [("p", name) for name in names]
    places += [(one, other) for one in names for other in names if one != other]
    roads = {place: rng.uniform(0.5, 25.0) for place in places if rng.random() < 0.9}
    for origin in ("o", "p"):
        roads.setdefault((origin, next(iter(names))), 5.0)
    return roads


def random_request(rng, on):
    """Return a request."""
    current = rng.choice(["dc", "dc", "ac", "any"])
    kind = rng.choice([None, *CLASSES])
    if current != "dc" and not on["ac"]:
        kind = None
    arrive = rng.uniform(0.0, 300.0)
    battery, start = rng.uniform(30.0, 90.0), rng.uniform(0.0, 0.8)
    shaped = kind is not None and rng.random() < 0.8
    dc_kw = rng.uniform(15.0, 150.0) if kind is None else CLASSES[kind]["dc_kw"]
    return {
        "arrive_min": arrive,
        "origin": rng.choice(["o", "p"]),
        "current": current,
        "energy_kwh": battery * (1.0 - start) * rng.uniform(0.05, 1.0) if shaped else rng.uniform(1.0, 60.0),
        "accept_kw": dc_kw if current != "ac" else 11.0 if kind is None else CLASSES[kind]["ac_kw"],
        "vehicle_class": kind,
        "battery_kwh": battery if shaped else None,
        "soc_start": start if shaped else None,
        "patience_min": rng.choice([0.5, 10.0, 60.0, math.inf]),
        "max_queue": rng.choice([0, 1, 3, math.inf]),
        "overstay_min": rng.choice([0.0, 0.0, 7.0]),
        "leave_by": arrive + rng.expovariate(1 / 60.0) if on["leave_by"] and rng.random() < 0.3 else math.inf,
    }


def tables(network, rules=None):
    """Return the tables and settings of ``charging.simulate`` for a network."""
    on = RULES | (rules or {})
    never = {"leave_by": "leave_by_min"}
    rows = []
    for number, row in enumerate(network["requests"]):
        filled = {never.get(name, name): None if value == math.inf else value for name, value in row.items()}
        rows.append({"request_id": number, **filled})
    requests = pl.DataFrame(rows, schema_overrides=dict.fromkeys(NUMBERS, pl.Float64) | TYPES, infer_schema_length=None)
    layout = pl.DataFrame(network["groups"], schema_overrides=LAYOUT, infer_schema_length=None)
    travel = None
    if network["roads"] is not None:
        ways = [(*place, minutes, minutes) for place, minutes in network["roads"].items()]
        travel = pl.DataFrame(ways, schema=["origin", "station_id", "minutes", "km"], orient="row")
    vehicles = [
        {"vehicle_class": name, "pack_voltage_v": kind["volts"], "curve_soc": CURVES[name][0]}
        | {"curve_share": CURVES[name][1], "efficiency_dc": kind["dc"], "efficiency_ac": kind["ac"]}
        | {"ac_kw": kind["ac_kw"], "dc_kw": kind["dc_kw"]}
        for name, kind in CLASSES.items()
    ]
    behaviour = {name: network[name] for name in ("information", "max_tries", "wait_weight", "price_weight")}
    known = [pl.DataFrame(vehicles).drop([] if on["ac"] else ["dc_kw"])]
    return {
        "layout": layout.drop([] if on["ac"] else ["phases", "volts"]),
        "requests": requests.drop([] if on["leave_by"] else ["leave_by_min"]),
        "travel": travel,
        "behaviour": behaviour,
        "vehicles": known[0],
    }


NUMBERS = ("battery_kwh", "soc_start", "patience_min", "leave_by_min")
TYPES = {"vehicle_class": pl.String, "max_queue": pl.Int64}
LAYOUT = dict.fromkeys(("transformer_kw", "opens_min", "closes_min", "fee_cny_kwh", "gun_amps", "volts"), pl.Float64)
LAYOUT |= {"phases": pl.Int64}


# comparison --------------------------------------------------------------------------------------------------


def differences(network, result, rules=None):
    """Return in words where the engine's result differs from the reference."""
    on = RULES | (rules or {})
    reference = Reference(network, rules)
    expected = reference.run()
    found = []
    for row in result.sessions.iter_rows(named=True):
        own = expected[row["request_id"]]
        found += [
            f"request {row['request_id']}: {name} is {row[name]}, not {own.get(name)}"
            for name in ("outcome", "station_id", "tries")
            if row[name] != own.get(name)
        ]
        found += [
            f"request {row['request_id']}: {name} is {row[name]}, not {own.get(name)}"
            for name in ("plug_min", "full_min", "leave_min", "energy_kwh", "wait_min")
            if (row[name] is None) != (own.get(name) is None) or abs((row[name] or 0.0) - (own.get(name) or 0.0)) > 1e-6
        ]
    if on["visits"]:
        found += visit_differences(reference, result.visits)
    return found


def visit_differences(reference, visits):
    """Return in words where the visits differ."""
    columns = ("request_id", "station_id", "try", "arrive_min", "leave_queue_min", "outcome")
    got = {row[:1] + row[2:3]: row for row in visits.select(columns).iter_rows()}
    expected = {visit[:1] + visit[2:3]: visit for visit in reference.visits}
    found = [f"visit {key} is there once only" for key in got.keys() ^ expected.keys()]
    for key in got.keys() & expected.keys():
        pairs = zip(columns, got[key], expected[key], strict=True)
        found += [
            f"visit {key}: {name} is {one}, not {other}"
            for name, one, other in pairs
            if (abs(one - other) > 1e-6 if isinstance(one, float) else one != other)
        ]
    return found
