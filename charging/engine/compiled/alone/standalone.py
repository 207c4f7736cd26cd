"""The ``compiled`` engine: stations that stand alone, solved without an event list, to the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from charging.engine.columns import read_only, view
from charging.engine.compiled.alone import fcfs
from charging.engine.compiled.deferred import DeferredLedger
from charging.engine.ends.reasons import HAD_TO_LEAVE, NONE_IN_REACH, OUT_OF_PATIENCE, QUEUE_TOO_LONG
from charging.engine.ledger import ChargeMinutes, Guns, Run
from charging.engine.log import BALKED, UNSERVED, SessionLog
from charging.engine.shared_piles import power_rows, take_log
from charging.engine.visits.refused import RefusedVisits
from charging.power.records import Battery

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from charging.engine.demand import Demand
    from charging.engine.network import Outage
    from charging.engine.stations import Group, Station
    from charging.inputs.behaviour import Behaviour, DriverRules
    from data.arrays import Floats, Ints


def needs_events(
    stations: Sequence[Station], demand: Demand, rules: DriverRules, outages: Sequence[Outage] = ()
) -> list[str]:
    """Return what is asked for that only the event-by-event engine can do, in words; empty where nothing is.

    Without events each station is a queue of its own: one group of piles, no limited connection or opening hours,
    first come, first served, no failures, and nobody has a second station to go to.
    """
    reasons = {
        f"queue_rule {rules.queue_rule!r}": rules.queue_rule != "fifo",
        "opening hours": any(station.hours is not None for station in stations),
        "piles that fail": bool(outages),
        "idle fees at some hours that shorten overstays": rules.idle_response_h_cny > 0.0
        and any(station.fees.idle.steps for station in stations),
        "connection limits": any(station.limit_kw is not None for station in stations),
        "stations with several groups": any(len(station.groups["any"]) > 1 for station in stations),
        "requests that follow others": demand.chains is not None,
        "overstays by kind of gun": demand.overstay_dc_min is not None,
        "drivers with a choice of stations": _has_choices(stations, demand, rules),
    }
    return [reason for reason, holds in reasons.items() if holds]


def _has_choices(stations: Sequence[Station], demand: Demand, rules: DriverRules) -> bool:
    """Return whether any driver has more than one station to go to, at once or after a refusal."""
    for origin, current in demand.kinds:
        ways = demand.reach.ways(origin, current)
        if len(ways) > 1:
            return True
        if len(ways) and rules.max_tries > 1:
            first = stations[int(ways[0, 0])]
            if any(option[0] != first.number for option in demand.reach.options_from(origin, first, current)):
                return True
    return False


def solve_standalone(
    stations: Sequence[Station], demand: Demand, behaviour: Behaviour, tariff: pl.DataFrame | None = None
) -> Run:
    """Solve station by station, and return what happened.

    Parameters
    ----------
    stations, demand, behaviour, tariff
        As for `charging.engine.network.Network`, with nothing that `needs_events`.
    """
    log = SessionLog.empty(demand)
    guns = Guns.from_stations(stations, demand, behaviour)
    ledger = DeferredLedger(stations, guns, demand, log, behaviour, tariff)
    minutes = ChargeMinutes(guns, demand)
    refused = RefusedVisits()
    station_of, arrive = _drive(demand, log)
    _mind_fees(stations, station_of, demand, behaviour.idle_response_h_cny)
    shared = [group for station in stations for group in station.groups["any"] if not group.alone]
    # no room in the log: `serve_shared` grows the matrix as it goes
    rows = power_rows(shared, [], guns, behaviour.module_kw, segments=0)
    for station in stations:
        sessions_here = np.flatnonzero(station_of == station.number)
        if sessions_here.size:
            order = _in_order(sessions_here, arrive)
            group = station.groups["any"][0]
            if group.alone:
                refused_here = _serve_alone(group, order, arrive, demand, log, minutes.of(group.number))
            else:
                rows, refused_here = _serve_shared(rows, group, order, arrive, demand, log)
                ledger.add(take_log(rows))
            if refused_here:
                without = order[view(log.gun)[order] == 0]
                _note_refused(station, without, arrive, demand, log)
                refused.note_all(without, station.number, log, view(log.outcome)[without])
    ledger.add_ended()
    return ledger.close(refused)


def _in_order(requests: Ints, arrive: Floats) -> Ints:
    """Return requests by time of arrival."""
    here = arrive[requests]
    if (here[1:] >= here[:-1]).all():
        return requests
    # stable: of drivers who arrive together the earlier request goes first, as on the clock
    return requests[np.argsort(here, kind="stable")]


def _drive(demand: Demand, log: SessionLog) -> tuple[Ints, Floats]:
    """Send each driver to the only station there is; return the stations (-1: none in reach) and times of arrival."""
    ways = [options[0] if options else (-1, 0.0, 0.0) for options in demand.first_options()]
    if len(ways) == 1 and ways[0][0] >= 0 and ways[0][1:] == (0.0, 0.0) and demand.leave_by_min is None:
        # all are at the one station: the log begins with that
        return np.full(demand.size, ways[0][0]), view(log.arrive)
    kind = view(demand.kind)
    station_of = np.array([number for number, _, _ in ways], dtype=np.int64)[kind]
    minutes = np.array([minutes for _, minutes, _ in ways])[kind]
    km = np.array([km for _, _, km in ways])[kind]
    arrive = view(demand.arrive_min) + minutes
    # as the network does: a driver without a station in reach gives up at once, after no try
    lost = station_of < 0
    view(log.reason)[lost] = NONE_IN_REACH
    if demand.leave_by_min is not None:
        late = ~lost & (arrive >= view(demand.leave_by_min))
        view(log.reason)[late] = HAD_TO_LEAVE
        lost |= late
        station_of = np.where(late, -1, station_of)
    view(log.end)[lost] = view(demand.arrive_min)[lost]
    view(log.tries)[lost] = 0
    view(log.outcome)[lost] = UNSERVED
    view(log.travel_min)[~lost] = minutes[~lost]
    view(log.travel_km)[~lost] = km[~lost]
    view(log.arrive)[:] = arrive
    return station_of, arrive


def _mind_fees(stations: Sequence[Station], station_of: Ints, demand: Demand, response_h_cny: float) -> None:
    """Let drivers stay less long after the charge where that costs a fee, whatever the time."""
    overstay = view(demand.overstay_min)
    for station in stations:
        if response_h_cny > 0.0 and station.fees.idle.asked:
            minding = np.flatnonzero((station_of == station.number) & (overstay > 0.0))
            for index in minding:
                overstay[index] = station.fees.overstay_min(overstay[index], 0.0, response_h_cny)
            demand.batteries[minding, Battery.OVERSTAY_MIN] = overstay[minding]


def _serve_alone(
    group: Group, order: Ints, arrive: Floats, demand: Demand, log: SessionLog, minutes: memoryview[float]
) -> int:
    """Serve requests at piles that share with nobody; return how many are not served."""
    return fcfs.serve_alone(
        order,
        arrive,
        view(minutes),
        view(demand.overstay_min),
        # memory of the requests, or made for those that say nothing: to numba the one kind or the other
        read_only(view(demand.patience_min)),
        read_only(view(demand.max_queue)),
        _leave_by(demand),
        group.piles,
        group.first_gun,
        view(log.plug),
        view(log.gun),
        view(log.outcome),
        view(log.end),
    )


def _serve_shared(
    rows: Floats, group: Group, order: Ints, arrive: Floats, demand: Demand, log: SessionLog
) -> tuple[Floats, int]:
    """Do the same at piles whose guns share power; return the rows too, whose log has grown."""
    return fcfs.serve_shared(
        rows,
        demand.curves,
        demand.batteries,
        group.row,
        order,
        arrive,
        read_only(view(demand.patience_min)),
        read_only(view(demand.max_queue)),
        _leave_by(demand),
        view(log.plug),
        view(log.end),
        view(log.gun),
        view(log.outcome),
    )


def _note_refused(station: Station, refused: Ints, arrive: Floats, demand: Demand, log: SessionLog) -> None:
    """Write down where and why drivers were not served; when they left and how stands there."""
    leave = view(log.end)[refused]
    view(log.lost_min)[refused] = leave - arrive[refused]
    view(log.station)[refused] = station.number
    had_to = np.zeros(len(refused), dtype=np.bool_)
    if demand.leave_by_min is not None:
        had_to = leave >= view(demand.leave_by_min)[refused]
    waited = np.where(had_to, HAD_TO_LEAVE, OUT_OF_PATIENCE)
    view(log.reason)[refused] = np.where(view(log.outcome)[refused] == BALKED, QUEUE_TOO_LONG, waited)


def _leave_by(demand: Demand) -> Floats:
    """Return by request when drivers have to leave, minutes; one number, infinite, where nobody has to."""
    return np.array([math.inf]) if demand.leave_by_min is None else view(demand.leave_by_min)
