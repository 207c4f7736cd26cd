"""Stations, their piles and guns: how power is shared, what is out of use, what is asked for it."""

import math
from dataclasses import dataclass, field

from .curves import FLAT, level_of, power_at
from .weeks import Hours, Rate


@dataclass(eq=False)
class Pile:
    """A pile with its guns; ``order`` are the cars that charge, first come first. Guns hold cars, or bookings."""

    group: dict
    station: object
    number: int
    guns: list
    order: list = field(default_factory=list)
    failed: bool = False

    @property
    def in_use(self):
        """Return whether cars may plug in: not failed, and no other gun of the same charger is taken."""
        return not self.failed and not any(any(other.guns) for other in self.siblings())

    def siblings(self):
        """Return the piles of other groups that are guns of the same charger."""
        charger = self.group["charger_id"]
        if charger is None:
            return []
        groups = [group for group in self.station.groups if group["charger_id"] == charger and group is not self.group]
        return [group["at"][self.number] for group in groups]

    @property
    def free(self):
        """Return whether a gun is free."""
        return None in self.guns and self.in_use

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


@dataclass
class Price:
    """What the kWh costs by time: the tariff, and what the station asks on top."""

    tariff: list
    energy: Rate

    def at(self, minute):
        """Return the price, CNY/kWh at the meter."""
        steps = [price for start, price in self.tariff if start <= minute]
        return (steps[-1] if steps else 0.0) + self.energy.at(minute)

    def edges(self, low, high):
        """Return the times between two at which it may change."""
        return self.energy.edges(low, high) | {start for start, _ in self.tariff if low < start < high}


class Station:
    """A station: piles group by group, one queue in order, a connection, hours and fees."""

    def __init__(self, number, name, groups, tariff):
        self.number, self.name, self.groups = number, name, groups
        self.queue = []
        self.bound = False
        terms = groups[0]
        self.limit = terms["transformer_kw"]
        self.hours = Hours(terms["hours"], terms["first_weekday"])
        self.fees = {
            kind: Rate(
                terms["fees"][kind],
                None if kind == "energy" else terms["fee_hours"],
                [(rule, amount) for one, rule, amount in terms["fee_periods"] if one == kind],
                terms["first_weekday"],
            )
            for kind in ("energy", "start", "time", "idle")
        }
        self.idle_free_min = terms["idle_free_min"] or 0.0
        self.price = Price(tariff, self.fees["energy"])
        for group in groups:
            usable = 1 if group["sharing"] == "exclusive" else group["guns_per_pile"]
            group["usable"] = usable * group["piles"]
            group["at"] = [Pile(group, self, pile, [None] * usable) for pile in range(group["piles"])]

    def suits(self, wanted):
        """Return the groups that suit a request for a current and a type of plug."""
        return [group for group in self.groups if fits(group, wanted)]

    def guns(self, wanted):
        """Return how many guns that suit can be used at once: those of one charger in turn."""
        groups = self.suits(wanted)
        alone = sum(group["usable"] for group in groups if group["charger_id"] is None)
        chargers = {group["charger_id"] for group in groups} - {None}
        return alone + sum(max(one["usable"] for one in groups if one["charger_id"] == name) for name in chargers)

    def is_open(self, at):
        """Return whether cars may plug in."""
        return self.hours.holds(at)

    def waiting(self, wanted):
        """Return how many a newcomer sees in the shortest queue that suits: one per kind of guns."""
        kinds = {kind_of(group): group for group in self.suits(wanted)}
        return min(sum(fits(group, car.wanted) for car in self.queue) for group in kinds.values())

    def free_guns(self, wanted):
        """Return whether a gun that suits is free."""
        return any(pile.free for group in self.suits(wanted) for pile in group["at"])

    def piles(self):
        """Return all piles."""
        return [pile for group in self.groups for pile in group["at"]]

    def stay_cny(self, plug, full, leave):
        """Return what a stay costs: its start, its hours, and those after the charge that are not free."""
        idle = self.fees["idle"].over(min(full + self.idle_free_min, leave), leave)
        return self.fees["start"].at(plug) + self.fees["time"].over(plug, leave) + idle

    def expected_cny(self, kwh, start, minutes):
        """Return what a driver expects to pay on top of the tariff who charges for so long and leaves then."""
        end = start + minutes
        hourly = self.fees["time"].mean(start, end) * minutes / 60.0
        return kwh * self.fees["energy"].mean(start, end) + self.fees["start"].at(start) + hourly

    def overstay(self, wished, full, response):
        """Return how long a driver stays after the charge, who minds the fee that is asked after the free minutes."""
        free = self.idle_free_min
        if wished <= free:
            return wished
        return free + (wished - free) * math.exp(-response * self.fees["idle"].at(full + free))


def kind_of(group):
    """Return the kind of the guns of a group: current and types of plug."""
    return group["current"], group["plugs"]


def fits(group, wanted):
    """Return whether the guns of a group suit a request for a current and a type of plug."""
    current, plug = wanted
    if current not in (group["current"], "any"):
        return False
    return plug is None or group["plugs"] is None or plug in group["plugs"]
