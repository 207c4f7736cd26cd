r"""All state of a simulation as arrays, for the compiled event loop: which array holds what, column by column.

The loop of :mod:`charging.engine.compiled.loop` and its rules share one :class:`World`, a tuple of few arrays: each
more is passed in each call, and numba takes seconds longer to compile. So records of several kinds share a matrix, as
in ``charging.power.records``. Records name each other by row; -1 is none, except that gun 0 and entry 0 of a queue are
no gun and no entry. What grows while the loop runs lies in a *box*, an array in a list, which is replaced when it is
full.

==================  ==========================================  ======================================================
arrays              records                                     columns, in ``tables``
==================  ==========================================  ======================================================
times, marks        requests by position in the demand          ``Times`` (real), ``Marks`` (whole numbers)
rows                guns and piles that share power             ``charging.power.records``, and ``DUE_MIN``
groups, guns        groups by row of the layout, guns           ``Group``, ``Gun``
book                stations by number, then the rest:          ``Station``
\                   a station for a wish; kinds of requests     ``Fit``, ``Kind``
\                   queues; piles; lists of groups and queues   ``Line``, ``REASONS``, ``MEMBER``
reals               ways to stations, open spans                ``Way``, ``Span``
\                   steps of fees, outages                      ``Step``, ``Outage``
counters, rules     what is counted, what drivers want          :class:`Counter`, :class:`Rule`
==================  ==========================================  ======================================================
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints


class Note(IntEnum):
    """Columns of the note pad: short lists that one event needs."""

    COST_MIN = 0
    """Ways that a driver compares: what they cost, and their rows."""
    WAY = 1
    GUNS = 2
    """Kinds of guns at a station: how many there are, and how long the charge takes there."""
    CHARGE_MIN = 3
    GROUP = 4
    """Groups whose guns came free, and when who waits for them came."""
    PRIORITY = 5
    ARRIVE_MIN = 6
    REQUEST = 7
    """Requests that are full, and their guns."""
    GUN = 8


class Counter(IntEnum):
    """Places in ``World.counters``."""

    EVENTS = 0
    PLANNED = 1
    ENTRIES = 2
    """Entries that were ever made; ``FREE_ENTRY`` begins the chain of those that may be used again."""
    FREE_ENTRY = 3
    VISITS = 4
    ONWARD = 5
    BOOKINGS = 6
    WISHES = 7
    """How many wishes (currents with or without plugs) there are."""
    ROOM = 8
    """Rows that an event adds to the power kernel's log at most."""
    FIRST_OUTAGE = 9
    LAST_OUTAGE = 10
    """Rows of the outages among the reals."""
    SEGMENTS = 11


class Rule(IntEnum):
    """Places in ``World.rules``: what drivers know and want, and what follows from the layout; 1 is yes."""

    LIVE = 0
    """Drivers know the queues of all stations when they set out."""
    SEES_QUEUES = 1
    """Drivers compare when they see a queue."""
    BY_TRAVEL = 2
    """Travel time alone decides."""
    FEES = 3
    """Fees of stations count in the choice."""
    RESERVATION = 4
    BY_PRIORITY = 5
    HOURS = 6
    """Some station closes."""
    STANDING = 7
    """It matters at which gun a vehicle stands: chargers with guns of several kinds, idle fees."""
    IDLE_FEES = 8
    """Fees shorten overstays."""
    MAX_TRIES = 9
    """From here on as in ``charging.inputs.behaviour.DriverRules``."""
    WAIT_WEIGHT = 10
    PRICE_WEIGHT = 11
    INDIFFERENCE_MIN = 12
    IDLE_RESPONSE_H_CNY = 13
    BOOKING_MIN = 14
    """Infinite: a gun is kept until the driver comes."""


EVENTS, ENTRIES, VISITS, ONWARD, NOTES, SEGMENTS = range(6)
"""Boxes: what is still to come (``Event``, a binary heap), who stands in queues (``Entry``), visits that ended
without a gun (``Visit``), ways from stations that were needed (``Way``), the note pad (:class:`Note`), charging
segments that are over (``charging.power.records.ChargingSegment``)."""


class World(NamedTuple):
    """The whole state, a tuple of arrays; see the table at the top of the module.

    Attributes
    ----------
    curves, batteries
        As in ``charging.engine.demand``.
    terms
        As in :class:`charging.engine.ledger.Guns`.
    onward_at
        By number of the kind and station: 1 + the row in the box at which the ways from that station begin, 0: not made
        yet. The row holds their number, and the ways follow.
    boxes
        By number of the box.
    """

    times: Floats
    marks: NDArray[Any]
    rows: Floats
    curves: Floats
    batteries: Floats
    terms: Floats
    groups: Ints
    guns: Ints
    book: Ints
    reals: Floats
    onward_at: NDArray[Any]
    counters: Ints
    rules: Floats
    boxes: list[Floats]
