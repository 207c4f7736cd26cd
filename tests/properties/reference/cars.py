"""Vehicles: what a request brings, how far its charge has got, and what it has paid for the energy."""

import math
from dataclasses import dataclass, field

from .curves import FLAT, hours_between, peak_from, power_at, soc_after

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


@dataclass(eq=False)
class Car:
    """A request, and how far it has got."""

    row: dict
    number: int
    charge: dict = field(default_factory=dict)
    tried: list = field(default_factory=list)
    waits_at: object = None
    booking: object = None
    arrive: float = 0.0
    leave_by: float = math.inf
    overstay: float = 0.0
    pile: object = None
    soc: float = 0.0
    since: float = 0.0
    cap: float = -1.0
    full: float = math.inf
    stop: float = math.inf
    stop_soc: float = 1.0
    energy_cny: float = 0.0

    def __getattr__(self, name):
        return self.row[name]

    @property
    def shaped(self):
        """Return whether battery, SOC and curve of the vehicle are known."""
        return self.vehicle_class is not None and self.battery_kwh is not None

    @property
    def wanted(self):
        """Return the current and the type of plug that it wants."""
        return self.current, self.plug

    def expects_first(self, group):
        """Return whether a group is one at whose guns it would rather charge."""
        return self.first_current == group["current"]

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
        """Return the kWh from SOC 0 to 1; who asks for nothing has a battery of any size."""
        return self.battery_kwh if self.shaped else self.energy_kwh or 1.0

    def expects(self, group):
        """Return the minutes that a driver expects to charge at the guns of a group: at full power."""
        _, top, most, *_ = self.curve_for(group)
        return 60.0 * self.energy_kwh / min(top, most)

    def begin(self, group, now):
        """Take what the battery and the guns of a group say of the charge."""
        curve, top, most, efficiency, per_rated = self.curve_for(group)
        self.soc = self.soc_start if self.shaped else 0.0
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
        """Let the charge go on until now, and pay for what was charged at the prices of its minutes."""
        before, after = self.soc, self.soc
        if now == self.stop:
            after = self.stop_soc
        elif self.cap > 0.0 and now > self.since:
            after = self.soc_at(now)
        if now > self.since and after > before:
            price = self.pile.station.price
            points = [self.since, *sorted(price.edges(self.since, now)), now]
            socs = [before, *(self.soc_at(minute) for minute in points[1:-1]), after]
            for number in range(len(points) - 1):
                gained = (socs[number + 1] - socs[number]) * self.capacity
                self.energy_cny += gained * price.at((points[number] + points[number + 1]) / 2.0)
        self.soc, self.since = after, now

    def soc_at(self, minute):
        """Return the SOC at a time under the cap of now."""
        hours = (minute - self.since) / 60.0 * self.charge["top"] / self.capacity
        after = soc_after(self.charge["curve"], self.cap / self.charge["top"], self.soc, hours)
        return min(after, self.charge["target"])

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
        if self.soc >= charge["target"]:
            self.full = self.since  # who asks for nothing is full without any power
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
