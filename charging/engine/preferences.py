"""What a driver knows and prefers: the rules of ``choice`` on stations, queues and fees as they are now.

No clock in here: the answers follow from the state of the stations at the moment of asking.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from charging.engine.choice import (
    any_cheaper,
    expected_wait_min,
    good_options,
    in_turn,
    is_clearly_nearest,
    joint_charge_min,
    travel_cost_min,
)
from charging.power.records import Battery, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from charging.engine.demand import Demand
    from charging.engine.ledger import Guns
    from charging.engine.reach import Option
    from charging.engine.stations import Station
    from charging.inputs.behaviour import DriverRules


_MINUTES: Final[Callable[[Option], float]] = itemgetter(1)
"""The minutes of the way of an option."""


class Preferences:
    """The choices of the drivers of one simulation.

    Parameters
    ----------
    stations
        Stations by number, as they are at any moment.
    demand
        Requests, with the stations that each can reach.
    guns
        All guns, with the power that each gives.
    rules
        What drivers know and want.
    """

    def __init__(self, stations: Sequence[Station], demand: Demand, guns: Guns, rules: DriverRules) -> None:
        self._stations = stations
        self._demand = demand
        self._guns = guns
        self._rules = rules
        self._live = rules.information == "live"
        self._fees = rules.price_weight > 0.0 and any(station.fees.asked for station in stations)
        # travel time alone decides: no station needs to be looked at
        self._by_travel = not (self._live or rules.indifference_min or self._fees)

    def wanted(self, index: int) -> str:
        """Return the current that a request wants."""
        return self._demand.kinds[self._demand.kind[index]][1]

    def choose(self, index: int, options: Iterable[Option], now_min: float) -> Option | None:
        """Return the option with the least generalised cost as this driver sees it (first of equals); None of none.

        Options come nearest first, and no more of them are looked at than can be the best.
        """
        left = iter(options)
        nearest = next(left, None)
        if nearest is None or self._by_travel:
            return nearest
        second = next(left, None)
        if second is None:
            return nearest
        margin = self._rules.indifference_min
        wanted = self.wanted(index)
        if (
            not self._fees
            and is_clearly_nearest((nearest, second), margin)
            and self._stations[nearest[0]].has_free_gun(wanted)
        ):
            return nearest
        cost_min = self._cost_of(index, now_min, sees_queues=self._live)
        good = good_options(chain((nearest, second), left), cost_min, margin_min=margin)
        if len(good) == 1:
            return good[0]
        guns = [self._stations[option[0]].guns[wanted] for option in good]
        return good[in_turn(self._demand.request_id.item(index), guns)]

    def prefers_other(self, index: int, station: Station, tried: Collection[int], now_min: float) -> bool:
        """Return whether a driver who sees the queue here finds another station cheaper (``arrival`` level).

        ``tried`` are the numbers of the stations that were tried before this one.
        """
        demand = self._demand
        if len(demand.reach.options(*demand.kinds[demand.kind[index]])) == 1:
            return False
        if len(tried) + 1 >= self._rules.max_tries:
            return False
        # looked at one by one: the first that is farther than the cost here ends the search
        others = (
            option
            for option in demand.options_from(index, station)
            if option[0] not in tried and self._stations[option[0]].is_open(now_min + option[1])
        )
        # on the way to others their queues are not seen, so they cost the way and the fee
        here = self._cost_min(index, station, 0.0, self._wait_seen(index, station), now_min)
        return any_cheaper(others, self._cost_of(index, now_min, sees_queues=False), here)

    def _cost_of(self, index: int, now_min: float, *, sees_queues: bool) -> Callable[[Option], float]:
        """Return what an option costs a driver, as a function of the option."""
        if not (sees_queues or self._fees):
            return _MINUTES  # neither waits nor fees add to the way

        def cost_min(option: Option) -> float:
            station = self._stations[option[0]]
            wait_min = self._wait_seen(index, station) if sees_queues else 0.0
            return self._cost_min(index, station, option[1], wait_min, now_min)

        return cost_min

    def _cost_min(self, index: int, station: Station, minutes: float, wait_min: float, now_min: float) -> float:
        """Return the generalised cost of a station to a driver, minutes of travel."""
        fee_cny = 0.0
        if self._fees and station.fees.asked:
            charge_min = min(charge for _, charge in self._charges(index, station, self.wanted(index)))
            start_min = now_min + minutes + wait_min
            fee_cny = station.fees.expected_cny(self._demand.asked_kwh(index), start_min, charge_min)
        rules = self._rules
        return travel_cost_min(
            minutes, wait_min, fee_cny, wait_weight=rules.wait_weight, price_weight=rules.price_weight
        )

    def _wait_seen(self, index: int, station: Station) -> float:
        """Return the wait that a driver expects who sees this station now, minutes."""
        wanted = self.wanted(index)
        # who asks for nothing takes no charging time as typical, and expects the queue to be as quick
        if station.has_free_gun(wanted) or not self._demand.asked_kwh(index):
            return 0.0
        charges = self._charges(index, station, wanted)
        guns, charge_min = charges[0]
        if len(charges) > 1:
            charge_min = joint_charge_min([number for number, _ in charges], [minutes for _, minutes in charges])
            guns = sum(number for number, _ in charges)
        return expected_wait_min(station.queue_length(wanted), guns, charge_min)

    def _charges(self, index: int, station: Station, wanted: str) -> list[tuple[int, float]]:
        """Return how many guns of a station suit a driver, and how long the charge there takes, kind by kind."""
        terms, model = self._guns.terms, int(self._demand.batteries.item(index, Battery.MODEL))
        found = []
        chargers: dict[str, tuple[int, float]] = {}
        for group in station.groups[wanted]:
            minutes = self._demand.charge_min(index, terms.item(group.number, model, Terms.MOST_KW))
            charge = station.usable[group.number], minutes
            if group.charger is None:
                found.append(charge)
            elif group.charger not in chargers or minutes < chargers[group.charger][1]:
                chargers[group.charger] = charge  # one vehicle at a time: it takes the faster gun
        return found + list(chargers.values())
