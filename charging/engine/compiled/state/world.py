r"""All state of a simulation as arrays, for the compiled event loop: which array holds what, column by column.

The loop of :mod:`charging.engine.compiled.loop` and its rules share one :class:`World`; what numba makes of it says
``state.pointer``. Records of several kinds share a matrix, as in ``charging.power.records``. Records name each other by
row; -1 is none, except that gun 0 and entry 0 of a queue are no gun and no entry. What grows while the loop runs lies
in a *box*, an array in a list, which is replaced when it is full (:func:`enlarge`).

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
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from charging.engine.compiled.state.tables import (
    Entry,
    Event,
    Group,
    Marks,
    Outage,
    Station,
    Times,
    Visit,
    Way,
)
from charging.engine.compiled.state.tables import Gun as GunColumns
from charging.power.compiled import allocating
from charging.power.records import ChargingSegment, Gun

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
    FIRST_OUTAGE = 8
    LAST_OUTAGE = 9
    """Rows of the outages among the reals."""
    SEGMENTS = 10


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


BOXES: Final = ("events", "entries", "visits", "onward", "segments")
"""What grows while the loop runs: what is still to come (``Event``, a binary heap), who stands in queues (``Entry``),
visits that ended without a gun (``Visit``), ways from stations that were needed (``Way``), charging segments that are
over (``charging.power.records.ChargingSegment``)."""
EVENTS, ENTRIES, VISITS, ONWARD, SEGMENTS = range(len(BOXES))


class Field(NamedTuple):
    """An array of the world: whole or real numbers, and how many axes it has."""

    whole: bool
    dimensions: int


FIELDS: Final[dict[str, Field]] = {
    **{name: Field(whole=False, dimensions=2) for name in BOXES},
    "table": Field(whole=True, dimensions=2),
    "times": Field(whole=False, dimensions=2),
    "marks": Field(whole=True, dimensions=2),
    "rows": Field(whole=False, dimensions=2),
    "curves": Field(whole=False, dimensions=3),
    "batteries": Field(whole=False, dimensions=2),
    "terms": Field(whole=False, dimensions=3),
    "groups": Field(whole=True, dimensions=2),
    "guns": Field(whole=True, dimensions=2),
    "book": Field(whole=True, dimensions=2),
    "reals": Field(whole=False, dimensions=2),
    "onward_at": Field(whole=True, dimensions=2),
    "counters": Field(whole=True, dimensions=1),
    "rules": Field(whole=False, dimensions=1),
    "notes": Field(whole=False, dimensions=2),
}
"""The arrays, boxes first."""
DIMENSIONS: Final = 3
"""Most axes of an array."""
TABLE: Final = 1 + DIMENSIONS
"""Columns of the table: where an array lies, and its lengths."""
WIDTHS: Final[dict[str, int]] = {
    "events": len(Event),
    "entries": len(Entry),
    "visits": len(Visit),
    "onward": len(Way),
    "segments": len(ChargingSegment),
    "table": TABLE,
    "times": len(Times),
    "marks": len(Marks),
    "rows": len(Gun),
    "groups": len(Group),
    "guns": len(GunColumns),
    "book": len(Station),
    "reals": len(Outage),
    "counters": len(Counter),
    "rules": len(Rule),
    "notes": len(Note),
}
"""Length of the last axis where that is always the same."""


class World:
    """The whole state; see the table at the top of the module.

    Compiled functions know it as ``state.pointer`` says: they read the arrays at the addresses in ``table``, and what
    Python sets here later is not seen there.

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
        By number of the box; made in the loop (``with_boxes``).
    table
        Where the arrays lie, in the order of ``FIELDS``.
    address
        Where the table lies.
    """

    times: Floats
    marks: Ints
    rows: Floats
    curves: Floats
    batteries: Floats
    terms: Floats
    groups: Ints
    guns: Ints
    book: Ints
    reals: Floats
    onward_at: Ints
    counters: Ints
    rules: Floats
    notes: Floats

    def __init__(self, **arrays: NDArray[Any]) -> None:
        self.boxes: list[Floats] = []
        self.table = np.zeros((len(FIELDS), TABLE), dtype=np.int64)
        self.address = self.table.ctypes.data
        for place, (name, field) in enumerate(FIELDS.items()):
            if name in BOXES:
                continue
            kind = np.int64 if field.whole else np.float64
            array = self.table if name == "table" else np.ascontiguousarray(arrays[name], dtype=kind)
            setattr(self, name, array)
            self.table[place, : 1 + array.ndim] = array.ctypes.data, *array.shape

    @property
    def events(self) -> Floats:
        """What is still to come."""
        return self.boxes[EVENTS]

    @property
    def entries(self) -> Floats:
        """Who stands in queues."""
        return self.boxes[ENTRIES]

    @property
    def visits(self) -> Floats:
        """Visits that ended without a gun."""
        return self.boxes[VISITS]

    @property
    def onward(self) -> Floats:
        """Ways from stations that were needed."""
        return self.boxes[ONWARD]

    @property
    def segments(self) -> Floats:
        """Charging segments that are over."""
        return self.boxes[SEGMENTS]


@allocating
def point_to(world: World, box: int, array: Floats) -> None:
    """Note where a box lies now."""
    world.table[box, 0] = array.ctypes.data
    world.table[box, 1] = len(array)
    world.table[box, 2] = array.shape[1]


@allocating
def enlarge(world: World, box: int, more: int) -> None:
    """Replace a box by one of twice the size and some rows more."""
    boxes = world.boxes
    small = boxes[box]
    large = np.empty((2 * len(small) + more, small.shape[1]))
    # written out because numba compiles slices ten times as long
    for row in range(len(small)):
        for column in range(small.shape[1]):
            large[row, column] = small[row, column]
    boxes[box] = large
    point_to(world, box, large)
