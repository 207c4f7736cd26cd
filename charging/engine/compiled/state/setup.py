"""Everything that the compiled event loop works on, made from stations, demand and rules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.columns import block, view
from charging.engine.compiled.state.sites import Matrix, add_stations, gun_table
from charging.engine.compiled.state.tables import DUE_MIN, Kind, Marks, Outage, Station, Times
from charging.engine.compiled.state.world import Counter, Note, Rule, World
from charging.engine.shared_piles import power_rows
from charging.power.records import FIRST_GUN_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from charging.engine import network as plain
    from charging.engine import stations as sites
    from charging.engine.demand import Demand
    from charging.engine.ledger import Guns
    from charging.inputs.behaviour import Behaviour
    from data.arrays import Floats, Ints

_BOOK_COLUMNS: Final = len(Station)
_REAL_COLUMNS: Final = len(Outage)
"""The widest records."""
_AT_ONCE: Final = 4096
"""Requests that are written together: half a megabyte."""
_SEGMENTS = 16_384
"""Charging segments that the power kernel's log holds before they are moved to the others."""


def state_of(
    stations: Sequence[sites.Station],
    demand: Demand,
    guns: Guns,
    behaviour: Behaviour,
    outages: Sequence[plain.Outage] = (),
) -> World:
    """Return the state of a simulation before anything happened; arguments as for ``charging.engine.network``."""
    shared = [group for station in stations for group in station.groups["any"] if not group.alone]
    limited = [station for station in stations if station.limit_kw is not None and station.groups["any"]]
    rows = power_rows(shared, limited, guns, behaviour.module_kw, segments=_SEGMENTS)
    wishes = list(dict.fromkeys(wanted for _, wanted in demand.kinds))
    book, reals = Matrix(_BOOK_COLUMNS, np.int64), Matrix(_REAL_COLUMNS, np.float64)
    groups, first_fit = add_stations(stations, wishes, guns, book, reals)
    first_kind = _add_ways(demand, wishes, first_fit, book, reals)
    counters = np.zeros(len(Counter), dtype=np.int64)
    counters[Counter.WISHES] = len(wishes)
    counters[Counter.FIRST_OUTAGE] = reals.add(_outage_rows(outages))
    counters[Counter.LAST_OUTAGE] = reals.height
    notes = np.zeros((2 + max(len(stations), len(guns.terms), guns.shared), len(Note)))
    rows[FIRST_GUN_ROW + guns.shared :, DUE_MIN] = math.inf
    return World(
        times=_times(demand),
        marks=_marks(demand, first_kind),
        rows=rows,
        curves=demand.curves,
        batteries=demand.batteries,
        terms=guns.terms,
        groups=groups,
        guns=gun_table(stations, guns),
        book=_with_roads(book.array(), stations, demand, reals),
        reals=reals.array(),
        onward_at=np.zeros((len(demand.kinds), len(stations)), dtype=np.int64),
        counters=counters,
        rules=_rules(stations, demand, behaviour),
        notes=notes,
    )


def _rules(stations: Sequence[sites.Station], demand: Demand, behaviour: Behaviour) -> Floats:
    """Return the rules of drivers, with what follows from the layout."""
    fees = behaviour.price_weight > 0.0 and any(station.fees.asked for station in stations)
    live = behaviour.information == "live"
    idle_fees = behaviour.idle_response_h_cny > 0.0 and any(station.fees.idle.asked for station in stations)
    chargers = [(item.number, group.charger) for item in stations for group in item.groups["any"] if group.charger]
    rules: dict[Rule, float] = {
        Rule.LIVE: live,
        Rule.SEES_QUEUES: behaviour.information == "arrival",
        Rule.BY_TRAVEL: not (live or behaviour.indifference_min or fees),
        Rule.FEES: fees,
        Rule.RESERVATION: behaviour.queue_rule == "reservation",
        Rule.BY_PRIORITY: behaviour.queue_rule == "priority" and demand.priority is not None,
        Rule.HOURS: any(station.hours is not None for station in stations),
        Rule.STANDING: idle_fees or len(set(chargers)) < len(chargers),
        Rule.IDLE_FEES: idle_fees,
        Rule.MAX_TRIES: behaviour.max_tries,
        Rule.WAIT_WEIGHT: behaviour.wait_weight,
        Rule.PRICE_WEIGHT: behaviour.price_weight,
        Rule.INDIFFERENCE_MIN: behaviour.indifference_min,
        Rule.IDLE_RESPONSE_H_CNY: behaviour.idle_response_h_cny,
        Rule.BOOKING_MIN: math.inf if behaviour.booking_min is None else behaviour.booking_min,
    }
    return np.array([rules[rule] for rule in Rule], dtype=np.float64)


def _times(demand: Demand) -> Floats:
    """Return the real numbers of the requests."""
    fresh = np.zeros(len(Times))
    fresh[[Times.PLUG, Times.END]], fresh[Times.LEAVE_BY_MIN] = math.nan, math.inf
    at_dc = demand.overstay_min if demand.overstay_dc_min is None else demand.overstay_dc_min
    columns: dict[int, NDArray[Any]] = {
        Times.SETS_OUT_MIN: view(demand.arrive_min),
        Times.ARRIVE: view(demand.arrive_min),
        Times.BEGIN: view(demand.arrive_min),
        Times.PATIENCE_MIN: view(demand.patience_min),
        Times.MAX_QUEUE: view(demand.max_queue),
        Times.OVERSTAY_MIN: view(demand.overstay_min),
        Times.OVERSTAY_DC_MIN: view(at_dc),
        Times.REQUEST_ID: demand.request_id,
    }
    if demand.leave_by_min is not None:
        columns[Times.LEAVE_BY_MIN] = view(demand.leave_by_min)
    times = block(demand.size, len(Times))
    _fill(times, fresh, columns)
    if demand.chains is not None:
        times[demand.chains.roots :, Times.BEGIN] = math.nan
    return times


def _marks(demand: Demand, first_kind: int) -> Ints:
    """Return the whole numbers of the requests; ``first_kind`` is the row of the first kind in the book."""
    fresh = np.zeros(len(Marks), dtype=np.int64)
    fresh[Marks.TRIES] = 1
    fresh[[Marks.STATION, Marks.WAITS_AT, Marks.LAST_VISIT, Marks.FIRST_FOLLOWER, Marks.NEXT_FOLLOWER]] = -1
    columns: dict[int, NDArray[Any]] = {Marks.KIND: first_kind + view(demand.kind)}
    if demand.chains is not None:
        columns[Marks.FIRST_FOLLOWER] = view(demand.chains.first)
        columns[Marks.NEXT_FOLLOWER] = view(demand.chains.other)
    if demand.priority is not None:
        columns[Marks.PRIORITY] = np.array(demand.priority)
    marks = block(demand.size, len(Marks)).view(np.int64)
    _fill(marks, fresh, columns)
    return marks


def _fill(rows: NDArray[Any], fresh: NDArray[Any], columns: Mapping[int, NDArray[Any]]) -> None:
    """Write the same row everywhere, and columns over it: some rows at a time, while they are at hand."""
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        some[:] = fresh
        for column, values in columns.items():
            some[:, column] = values[first : first + _AT_ONCE]


def _add_ways(demand: Demand, wishes: Sequence[str], first_fit: int, book: Matrix, reals: Matrix) -> int:
    """Add the kinds of requests and their ways to stations; return the row of the first kind."""
    kinds = np.zeros((len(demand.kinds), len(Kind)), dtype=np.int64)
    kinds[:, Kind.NUMBER] = np.arange(len(kinds))
    kinds[:, Kind.FIRST_FIT] = [first_fit + wishes.index(wanted) for _, wanted in demand.kinds]
    for number, (origin, wanted) in enumerate(demand.kinds):
        kinds[number, Kind.FIRST_WAY] = reals.add(demand.reach.ways(origin, wanted))
        kinds[number, Kind.LAST_WAY] = reals.height
    return book.add(kinds)


def _with_roads(book: Ints, stations: Sequence[sites.Station], demand: Demand, reals: Matrix) -> Ints:
    """Return the book, with the ways from stations to others noted in their rows."""
    roads = demand.reach.roads
    if roads is not None:
        before = reals.add(roads.ways)
        for station in stations:
            first, last = roads.spans.get(station.station_id, (0, 0))
            book[station.number, Station.FIRST_ROAD] = before + first
            book[station.number, Station.ROADS] = last - first
    return book


def _outage_rows(outages: Sequence[plain.Outage]) -> Floats:
    """Return the outages, a row each."""
    rows = [(span.start_min, span.end_min, span.group.number, span.pile) for span in outages]
    return np.array(rows, dtype=np.float64).reshape(-1, len(Outage))
