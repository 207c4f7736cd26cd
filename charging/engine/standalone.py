"""The ``compiled`` engine: stations that stand alone, solved without an event list, to the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.engine import fcfs as queues
from charging.engine.columns import view
from charging.engine.log import SERVED, UNSERVED
from charging.engine.network import Network, Run
from data.errors import DataError

if TYPE_CHECKING:
    from charging.engine.stations import Group, Station
    from data.arrays import Floats, Ints


class DirectNetwork(Network):
    """A network in which nobody has a second station to go to: each station is a queue of its own.

    Takes what `charging.engine.network.Network` takes. A station has one group of piles and no connection limit or
    opening hours, the queue is first come, first served, and piles do not fail.
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
        for (origin, current), options in zip(self.demand.kinds, self._options, strict=True):
            if len(options) > 1:
                return True
            if options and self.behaviour.max_tries > 1:
                onward = self.demand.reach.options_from(origin, self.stations[options[0][0]], current)
                if any(option[0] != options[0][0] for option in onward):
                    return True
        return False

    def run(self) -> Run:
        """Solve station by station, and return what happened."""
        self.check()
        log = self.log
        kind = view(self.demand.kind)
        ways = [options[0] if options else (-1, 0.0, 0.0) for options in self._options]
        place = np.array([way[0] for way in ways], dtype=np.int64)[kind]
        minutes, km = (np.array([way[at] for way in ways])[kind] for at in (1, 2))
        lost = place < 0
        view(log.end)[lost] = view(self.demand.arrive_min)[lost]
        view(log.tries)[lost] = 0
        view(log.outcome)[lost] = UNSERVED
        view(log.travel_min)[~lost] = minutes[~lost]
        view(log.travel_km)[~lost] = km[~lost]
        arrive = view(self.demand.arrive_min) + minutes
        view(log.arrive)[:] = arrive
        for station in self.stations:
            own = np.flatnonzero(place == station.number)
            if own.size:
                order = own[np.argsort(arrive[own], kind="stable")]
                self._serve(station, station.groups["any"][0], order, arrive)
        return self._close()

    def _serve(self, station: Station, group: Group, order: Ints, arrive: Floats) -> None:
        """Serve the requests of a station."""
        demand, log = self.demand, self.log
        size = demand.size
        patience, limits = view(demand.patience_min), view(demand.max_queue)
        plug, full = view(log.plug), view(log.end)
        leave = np.full(size, math.nan)
        chosen, outcome = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
        if group.alone:
            overstay = view(demand.overstay_min)
            queues.serve_alone(
                order,
                arrive,
                view(self._minutes(group)),
                overstay,
                patience,
                limits,
                group.piles,
                plug,
                chosen,
                outcome,
                leave,
            )
            chosen[order] += group.first_gun
        else:
            found = (plug, full, view(log.gun), outcome, leave)
            self.sharing.serve(group, order, arrive, patience, limits, *found)
        served = order[outcome[order] == SERVED]
        refused = order[outcome[order] != SERVED]
        if group.alone:
            view(log.gun)[served] = chosen[served]
        view(log.end)[refused] = leave[refused]
        view(log.lost_min)[refused] = leave[refused] - arrive[refused]
        view(log.station)[refused] = station.number
        view(log.outcome)[refused] = outcome[refused]
