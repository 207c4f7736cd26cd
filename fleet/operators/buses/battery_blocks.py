"""What a block does to a battery: trips, ways, and charging at ends of lines and in the depot."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from fleet.operators.buses.connections import Connections

CLOSE: Final = 1e-9
"""kWh and minutes that rounding may cost."""
STAY, DEPOT = "stay", "depot"


@dataclass(frozen=True, slots=True)
class BusBattery:
    """Battery and chargers of the buses of a plan.

    Attributes
    ----------
    usable_kwh : float
        What a full battery gives in the year of the plan.
    reserve_kwh : float
        What no plan may touch.
    depot_kw : float
        Power into the battery at the depot.
    plug_min : float
        From standing to charging, and back.
    least_depot_min : float
        A shorter break is not spent at the depot.
    """

    usable_kwh: float
    reserve_kwh: float
    depot_kw: float
    plug_min: float
    least_depot_min: float


@dataclass(frozen=True, slots=True)
class Charging:
    """A charge within a block, as planned: as much as there is time for."""

    at: str
    start_min: float
    end_min: float
    kwh: float


@dataclass(slots=True)
class Reached:
    """Where a block stands after a trip.

    Attributes
    ----------
    trip : int
        The trip.
    kwh : float
        In the battery at its end.
    charging : Charging or None
        Charge before the trip.
    """

    trip: int
    kwh: float
    charging: Charging | None = None


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of trips and ways on a day, kWh.

    Attributes
    ----------
    trip : numpy.ndarray
        Of each trip.
    dead : numpy.ndarray
        Of the way from the end of the trip of the row to the start of that of the column.
    out, back : numpy.ndarray
        Of the way from and to the depot.
    end_kw, start_kw : numpy.ndarray
        Power of a charger at the stop where a trip ends, and where it starts; 0 without one.
    """

    trip: Floats
    dead: Floats
    out: Floats
    back: Floats
    end_kw: Floats
    start_kw: Floats


@dataclass(slots=True)
class BatteryBlocks:
    """The rule of what a bus can drive on its battery.

    Attributes
    ----------
    links : Connections
        Trips of the day.
    energy : Energy
        Of trips and ways.
    battery : BusBattery
        Battery and chargers.
    """

    links: Connections
    energy: Energy
    battery: BusBattery

    def first(self, trip: int) -> Reached | None:
        """Return a bus with a full battery after its first trip; None where the battery does not last."""
        return self._after(trip, self.battery.usable_kwh - float(self.energy.out[trip]), None)

    def extend(self, before: Reached, trip: int, *, by_depot: bool = True) -> Reached | None:
        """Return a block with one more trip; None where time or battery do not last.

        Between two trips a bus charges at a stop with a charger, or, in a break that is long enough, in the depot, what
        gives the fuller battery; with `by_depot` false never in the depot.
        """
        if not self.links.follows[before.trip, trip]:
            return None
        kwh, charging = self._staying(before, trip)
        if by_depot:
            other = self._by_depot(before, trip)
            # a way that is not needed to be fuller is not driven
            if other is not None and other[0] > kwh + CLOSE:
                kwh, charging = other
        return self._after(trip, kwh, charging)

    def closes(self, first: int, last: Reached) -> bool:
        """Return whether the bus comes home, and its battery is full again when the block begins on the next day."""
        left = last.kwh - float(self.energy.back[last.trip])
        if left < self.battery.reserve_kwh - CLOSE:
            return False
        missing = self.battery.usable_kwh - left
        links = self.links
        away = float(links.end_min[last.trip] + links.in_min[last.trip])
        leaves = float(links.start_min[first] - links.out_min[first]) + DAY_MIN
        hours = (leaves - away - self.battery.plug_min) / 60.0
        return missing <= self.battery.depot_kw * hours + CLOSE

    def follow(self, block: Sequence[int], depots: Sequence[bool] | None = None) -> list[Reached] | None:
        """Return where a block stands after each trip; None where it is not feasible.

        Parameters
        ----------
        block
            Trips in order.
        depots
            For each trip after the first, whether the depot may be visited before it; all where not given.
        """
        here = self.first(block[0])
        if here is None:
            return None
        path = [here]
        for number, trip in enumerate(block[1:]):
            here = self.extend(path[-1], trip, by_depot=depots is None or depots[number])
            if here is None:
                return None
            path.append(here)
        return path if self.closes(block[0], path[-1]) else None

    def lean(self, block: Sequence[int]) -> list[Reached] | None:
        """Return `follow` with as few ways to the depot as the battery allows, the dearest left out first."""
        path = self.follow(block)
        if path is None:
            return None
        depots = [step.charging is not None and step.charging.at == DEPOT for step in path[1:]]
        links = self.links
        detour = [
            float(links.in_km[before] + links.out_km[after] - links.dead_km[before, after])
            for before, after in itertools.pairwise(block)
        ]
        for number in sorted((n for n, visit in enumerate(depots) if visit), key=lambda n: (-detour[n], n)):
            depots[number] = False
            without = self.follow(block, depots)
            if without is None:
                depots[number] = True
            else:
                path = without
        return path

    def _after(self, trip: int, kwh: float, charging: Charging | None) -> Reached | None:
        """Return a block after a trip that begins with some energy; None where the bus could not go on.

        Where a trip ends it must reach the depot, unless there is a charger.
        """
        left = kwh - float(self.energy.trip[trip])
        home = 0.0 if self.energy.end_kw[trip] > 0.0 else float(self.energy.back[trip])
        if left - home < self.battery.reserve_kwh - CLOSE:
            return None
        return Reached(trip, left, charging)

    def _staying(self, before: Reached, trip: int) -> tuple[float, Charging | None]:
        """Return the energy at the start of a trip when the bus drives straight to it, and its charge at a stop."""
        links, energy = self.links, self.energy
        dead_kwh, dead_min = float(energy.dead[before.trip, trip]), float(links.dead_min[before.trip, trip])
        ended, starts = float(links.end_min[before.trip]), float(links.start_min[trip])
        at_end = float(energy.end_kw[before.trip])
        kw = at_end or float(energy.start_kw[trip])
        most = kw * max(0.0, starts - ended - dead_min - self.battery.plug_min) / 60.0
        if most <= 0.0:
            return before.kwh - dead_kwh, None
        # where the charger stands at the next start, the way comes first
        begin = ended if at_end else ended + dead_min
        arrives = before.kwh if at_end else before.kwh - dead_kwh
        given = max(0.0, min(most, self.battery.usable_kwh - arrives))
        ready = begin + self.battery.plug_min
        charging = Charging(STAY, ready, ready + given / kw * 60.0, given)
        return before.kwh - dead_kwh + given, charging if given > 0.0 else None

    def _by_depot(self, before: Reached, trip: int) -> tuple[float, Charging] | None:
        """Return the energy at the start of a trip when the bus charges in the depot before it; None without time."""
        links, energy, battery = self.links, self.energy, self.battery
        arrives = float(links.end_min[before.trip] + links.in_min[before.trip])
        leaves = float(links.start_min[trip] - links.out_min[trip])
        if leaves - arrives < battery.least_depot_min:
            return None
        kwh = before.kwh - float(energy.back[before.trip])
        if kwh < battery.reserve_kwh - CLOSE:
            return None
        most = battery.depot_kw * max(0.0, leaves - arrives - battery.plug_min) / 60.0
        given = max(0.0, min(most, battery.usable_kwh - kwh))
        ready = arrives + battery.plug_min
        charging = Charging(DEPOT, ready, ready + given / battery.depot_kw * 60.0, given)
        return kwh + given - float(energy.out[trip]), charging
