"""Records of the compiled event loop, column by column; ``state.world`` says in which array each lies."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from charging.power.records import Pile


class Times(IntEnum):
    """Columns of a request in real numbers: what it asks for, then what ``engine.log.SessionLog`` says of it."""

    SETS_OUT_MIN = 0
    """As asked; of one that follows another, counted from that one's end."""
    PATIENCE_MIN = 1
    MAX_QUEUE = 2
    OVERSTAY_MIN = 3
    """As wished, until the driver knows what it costs."""
    LEAVE_BY_MIN = 4
    BEGIN = 5
    ARRIVE = 6
    PLUG = 7
    END = 8
    LOST_MIN = 9
    TRAVEL_MIN = 10
    TRAVEL_KM = 11
    BASE_MIN = 12
    """End of the request that this one follows."""
    BOOKED_FOR_MIN = 13
    """When the driver comes for whom a gun is booked."""
    REQUEST_ID = 14
    OVERSTAY_DC_MIN = 15
    """As wished at a DC gun."""


class Marks(IntEnum):
    """Columns of a request in whole numbers."""

    KIND = 0
    PRIORITY = 1
    FIRST_FOLLOWER = 2
    """The first request that follows this one, and the next that follows the same one as this does."""
    NEXT_FOLLOWER = 3
    GUN = 4
    """From here to ``REASON``: as in ``engine.log.SessionLog``."""
    STATION = 5
    TRIES = 6
    OUTCOME = 7
    REASON = 8
    WAITS_AT = 9
    """The station in whose queues it stands; entries of queues elsewhere are stale."""
    LAST_VISIT = 10
    """The last visit that ended without a gun; each names the one before."""
    HEADING = 11
    """The station that its driver is on the way to."""
    BOOKED_GUN = 12
    BOOKING = 13
    """Number of its booking: tells those of one driver apart."""


class Group(IntEnum):
    """Columns of a group of equal piles."""

    STATION = 0
    ALONE = 1
    """1 where its piles share with nobody."""
    GUNS_PER_PILE = 2
    ROW = 3
    """Of piles that share: rows of the group and of its first pile in the power kernel's matrix."""
    FIRST_PILE_ROW = 4
    FIRST_GUN = 5
    FREE = 6
    """Guns that are free now; of piles that are alone those in ``Gun.IDLE_HERE``, from its first gun on."""
    LINE = 7
    """The queue of its kind of guns."""
    CHARGER = 8
    """Groups of a station with the same number are guns of the same chargers."""
    USABLE = 9
    """Guns that can be used at once."""
    FIRST_PILE = 10
    """Row of its first pile in the book."""
    FIRST_OTHER = 11
    """Where the book lists the charger's other groups, and how many there are."""
    OTHERS = 12
    DC = 13
    """1 where its guns give DC."""


class Gun(IntEnum):
    """Columns of a gun, by its number among all guns (``charging.engine.ledger.Guns``)."""

    GROUP = 0
    PILE = 1
    """Number of its pile in the group."""
    STATE = 2
    """Of a pile that is alone: busy, idle, or out of service with nobody there."""
    BOOKED_BY = 3
    """The request for which it is kept."""
    IDLE_HERE = 4
    """Not of this gun: a place in the stack of its group's idle piles, which begins at the group's first gun."""


BUSY, IDLE, OUT = range(3)


class Station(IntEnum):
    """Columns of a station, whose row is its number."""

    FIRST_SPAN = 0
    """Where its open spans begin among the reals, and how many there are; -1: open at any time."""
    SPANS = 1
    FIRST_ROAD = 2
    """The same for the ways from it to other stations."""
    ROADS = 3
    ROAD_HERE = 4
    """The way to it from the station that is looked at (``ways``); -1 for none."""
    STAY_FEES = 5
    """1 where it asks for the stay, 0 for the kWh alone, -1 where it asks no fees on top of the tariff."""
    ENERGY_FEE = 6
    """From here to ``IDLE_FEE``: where the steps of each fee begin. They end before the row where the next fee begins,
    and that last row holds only the sum of the week."""
    START_FEE = 7
    TIME_FEE = 8
    IDLE_FEE = 9
    END_OF_FEES = 10
    IDLE_FREE = 11
    """Where the reals say how many minutes after the charge are free."""


class Fit(IntEnum):
    """Columns of a station for those who want a current (and a plug): a row per station and wish."""

    FIRST_GROUP = 0
    """Where the book lists the groups that suit, and how many there are."""
    GROUPS = 1
    FIRST_LINE = 2
    """The same for the queues in which such a vehicle stands."""
    LINES = 3
    GUNS = 4
    LEADING = 5
    """How many of the groups that suit, the first of the list, are taken first while a gun of theirs is free."""


class Kind(IntEnum):
    """Columns of a kind of requests: an origin, and a current with or without a plug."""

    NUMBER = 0
    FIRST_FIT = 1
    """Row of the first station for those who want this."""
    FIRST_WAY = 2
    """Rows of its ways among the reals, nearest first."""
    LAST_WAY = 3


MEMBER: Final = 0
"""Column of an entry of a list: a group, or the row of a queue."""
REASONS: Final = 0
"""Column of a pile: how many reasons keep it out of use."""
DUE_MIN: Final = len(Pile)
"""Column of a pile or connection that the power kernel leaves free: when something happens there next."""


class Way(IntEnum):
    """Columns of a way to a station."""

    STATION = 0
    MINUTES = 1
    KM = 2


class Span(IntEnum):
    """Columns of an open span of a week."""

    OPENS_MIN = 0
    CLOSES_MIN = 1


class Step(IntEnum):
    """Columns of a step of a fee, as in :class:`charging.inputs.rates.Rate`."""

    FROM_MIN = 0
    CNY = 1
    BEFORE = 2


class Outage(IntEnum):
    """Columns of an outage of a pile."""

    START_MIN = 0
    END_MIN = 1
    GROUP = 2
    PILE = 3


class Line(IntEnum):
    """Columns of a queue: a chain of entries in order of arrival, or a pairing heap by priority and arrival."""

    FIRST = 0
    LAST = 1
    LENGTH = 2
    """Vehicles that wait; stale entries do not count."""
    JOINED = 3


class Entry(IntEnum):
    """Columns of an entry of a queue."""

    REQUEST = 0
    NEXT = 1
    """The next entry in the chain, or the next child of the same parent."""
    CHILD = 2
    PRIORITY = 3
    JOINED = 4


class Event(IntEnum):
    """Columns of an event: what happens to whom, and when."""

    TIME_MIN = 0
    TURN = 1
    """Orders what happens at one instant: priority (``engine.clock``), then the order of planning."""
    WHAT = 2
    SUBJECT = 3
    NUMBER = 4


class Visit(IntEnum):
    """Columns of a visit that ended without a gun, as in ``charging.engine.visits.refused``."""

    REQUEST = 0
    STATION = 1
    TRY = 2
    END = 3
    BEFORE = 4
    """The driver's visit before this one."""
    ARRIVE_MIN = 5
    LEAVE_MIN = 6
