"""The ``compiled`` engine for a whole network: the rules of ``charging.engine.network`` in one compiled loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.columns import view
from charging.engine.compiled.deferred import DeferredLedger
from charging.engine.compiled.loop import run
from charging.engine.compiled.state.setup import state_of
from charging.engine.compiled.state.tables import Marks, Times, Visit
from charging.engine.ledger import Guns, Run
from charging.engine.log import SessionLog
from charging.engine.visits.refused import RefusedVisits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from charging.engine.compiled.state.world import World
    from charging.engine.demand import Demand
    from charging.engine.network import Outage
    from charging.engine.stations import Station
    from charging.inputs.behaviour import Behaviour
    from data.arrays import Floats

_TIMES = {
    "begin": Times.BEGIN,
    "arrive": Times.ARRIVE,
    "plug": Times.PLUG,
    "end": Times.END,
    "lost_min": Times.LOST_MIN,
    "travel_min": Times.TRAVEL_MIN,
    "travel_km": Times.TRAVEL_KM,
}
_MARKS = {
    "gun": Marks.GUN,
    "station": Marks.STATION,
    "tries": Marks.TRIES,
    "outcome": Marks.OUTCOME,
    "reason": Marks.REASON,
}
_AT_ONCE: Final = 4096
"""Requests whose rows are read together: a megabyte."""


def solve_network(
    stations: Sequence[Station],
    demand: Demand,
    behaviour: Behaviour,
    outages: Sequence[Outage] = (),
    tariff: pl.DataFrame | None = None,
) -> Run:
    """Simulate until the last vehicle has left, and return what happened; arguments as for the network in SimPy."""
    log = SessionLog.empty(demand)
    guns = Guns.from_stations(stations, demand, behaviour)
    ledger = DeferredLedger(stations, guns, demand, log, behaviour, tariff)
    state = state_of(stations, demand, guns, behaviour, outages)
    now, visits, segments = run(state, demand.size if demand.chains is None else demand.chains.roots)
    _write(state, demand, log)
    if demand.chains is not None:
        log.never_began(now)
    ledger.add(segments)
    ledger.add_ended()
    return ledger.close(_refused(visits))


def _write(state: World, demand: Demand, log: SessionLog) -> None:
    """Write down what became of the requests."""
    times, marks = state.times, state.marks
    columns: list[tuple[NDArray[Any], NDArray[Any]]] = [
        (view(getattr(log, name)), times[:, time])
        for name, time in _TIMES.items()
        if not (name == "begin" and demand.chains is None)
    ]
    columns += [(view(getattr(log, name)), marks[:, mark]) for name, mark in _MARKS.items()]
    columns.append((view(demand.overstay_min), times[:, Times.OVERSTAY_MIN]))
    if demand.leave_by_min is not None:
        columns.append((view(demand.leave_by_min), times[:, Times.LEAVE_BY_MIN]))
    # some rows at a time, while they are at hand
    for first in range(0, demand.size, _AT_ONCE):
        for target, source in columns:
            target[first : first + _AT_ONCE] = source[first : first + _AT_ONCE]


def _refused(visits: Floats) -> RefusedVisits:
    """Return the visits that ended without a gun."""
    whole = visits[:, [Visit.REQUEST, Visit.STATION, Visit.TRY, Visit.END]].astype(np.int32)
    refused = RefusedVisits()
    refused.note_rows(whole, visits[:, [Visit.ARRIVE_MIN, Visit.LEAVE_MIN]])
    return refused
