"""The ``compiled`` engine: stations that stand alone, solved without an event list, to the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from charging import queues
from charging.log import SERVED, UNSERVED
from charging.model import Network
from data.errors import DataError

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.stations import Group, Station

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

_NEVER_BALKS = 2.0**31


class DirectNetwork(Network):
    """A network in which nobody has a second station to go to: each station is a queue of its own.

    Takes what `charging.model.Network` takes. A station has one group of piles and no connection limit or opening
    hours, the queue is first come, first served, and piles do not fail.
    """

    def check(self) -> None:
        """Refuse what only the event-by-event engine can do.

        Raises
        ------
        DataError
            A choice of stations, priorities or bookings, opening hours, failures, connection limits, or stations
            with several groups.
        """
        reasons = {
            f"queue_rule {self.behaviour.queue_rule!r}": self.behaviour.queue_rule != "fifo",
            "opening hours": self._hours,
            "piles that fail": bool(self.clock._queue),  # noqa: SLF001 - outages are its only events yet
            "connection limits": any(station.limit_kw is not None for station in self.stations),
            "stations with several groups": any(len(station.groups["any"]) != 1 for station in self.stations),
            "drivers with a choice of stations": self._choices(),
        }
        found = [reason for reason, holds in reasons.items() if holds]
        if found:
            raise DataError(f"engine 'compiled' cannot do: {', '.join(found)}. Use engine 'simpy'.")

    def _choices(self) -> bool:
        """Tell whether any driver has more than one station to go to, at once or after a refusal."""
        seen: set[tuple[str | None, str]] = set()
        for index, options in enumerate(self._options):
            key = (self.demand.origin[index], self.demand.current[index])
            if key in seen:
                continue
            seen.add(key)
            if len(options) > 1:
                return True
            if options and self.behaviour.max_tries > 1:
                onward = self.demand.options_from(index, self.stations[options[0][0]])
                if any(option[0] != options[0][0] for option in onward):
                    return True
        return False

    def run(self) -> None:
        """Solve station by station and write what happened into ``log``."""
        self.check()
        log = self.log
        kinds, first = _kinds(self._options)
        ways = [options[0] if options else (-1, 0.0, 0.0) for options in first]
        place = np.array([way[0] for way in ways], dtype=np.int64)[kinds]
        minutes, km = (np.array([way[at] for way in ways])[kinds] for at in (1, 2))
        lost = place < 0
        _view(log.leave)[lost] = _view(self.demand.arrive_min)[lost]
        _ints(log.tries)[lost] = 0
        _ints(log.outcome)[lost] = UNSERVED
        _view(log.travel_min)[~lost] = minutes[~lost]
        _view(log.travel_km)[~lost] = km[~lost]
        arrive = _view(self.demand.arrive_min) + minutes
        _view(log.arrive)[:] = arrive
        for station in self.stations:
            own = np.flatnonzero(place == station.number)
            if own.size:
                order = own[np.argsort(arrive[own], kind="stable")]
                self._serve(station, station.groups["any"][0], order, arrive)

    def _serve(self, station: Station, group: Group, order: Numbers, arrive: Floats) -> None:
        """Serve the requests of a station."""
        demand, log = self.demand, self.log
        size = demand.size
        kinds, first = _kinds(demand.vehicle)
        terms = np.array([self._terms(demand.vehicle.index(vehicle), group) for vehicle in first])
        most, efficiency = terms[kinds].T.copy()
        kinds, first = _kinds(demand.max_queue)
        limits = np.array([_NEVER_BALKS if limit is None else limit for limit in first], dtype=np.float64)[kinds]
        overstay, patience = _view(demand.overstay_min), _view(demand.patience_min)
        plug, full, leave = np.full(size, math.nan), np.full(size, math.nan), np.full(size, math.nan)
        chosen, outcome = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
        if group.alone:
            length = np.zeros(size)
            queues.charge_minutes(
                demand.curves, demand.batteries, _view(demand.energy_kwh), np.maximum(most, 1e-300), length
            )
            queues.serve_alone(
                order, arrive, length, overstay, patience, limits, group.piles, plug, chosen, outcome, leave
            )
            full = plug + length
        else:
            self.sharing.serve(
                group, order, arrive, most, efficiency, overstay, patience, limits, plug, full, chosen, outcome, leave
            )
        served = order[outcome[order] == SERVED]
        refused = order[outcome[order] != SERVED]
        for column, values in ((log.plug, plug), (log.full, full)):
            _view(column)[served] = values[served]
        _ints(log.group)[served] = group.number
        if group.alone:
            _ints(log.pile)[served] = chosen[served]
            _view(log.plug_kw)[served] = most[served]
        else:
            _ints(log.gun)[served] = chosen[served]
        _view(log.leave)[refused] = leave[refused]
        _ints(log.station)[refused] = station.number
        _ints(log.outcome)[refused] = outcome[refused]
        wait = np.where(outcome == SERVED, plug, leave) - arrive
        _view(log.wait)[order] = wait[order]


def _kinds(values: Sequence[Any]) -> tuple[Numbers, list[Any]]:
    """Return the different objects among values, and the number of each value's."""
    if values and values.count(values[0]) == len(values):
        return np.zeros(len(values), dtype=np.int64), [values[0]]
    known = {id(value): value for value in values}
    number = {key: at for at, key in enumerate(known)}
    kinds = np.fromiter((number[id(value)] for value in values), dtype=np.int64, count=len(values))
    return kinds, list(known.values())


def _view(values: array[float]) -> Floats:
    """Return an array of the standard library as one of numpy, on the same memory."""
    return np.frombuffer(values, dtype=np.float64) if len(values) else np.zeros(0)


def _ints(values: array[int]) -> NDArray[np.int32]:
    """Return an array of whole numbers as one of numpy, on the same memory."""
    return np.frombuffer(values, dtype=np.intc) if len(values) else np.zeros(0, dtype=np.intc)
