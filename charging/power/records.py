r"""The columns of the power kernel's matrix, one enumeration per kind of record.

Memory map
----------
All state of the shared piles lives in one matrix of real numbers, ``rows``, so that the simulation and the compiled
functions work on the same memory and a call hands over a single array. Measured per call from Python: 111 ns with one
array, 470 ns with five, 933 ns with a named tuple of arrays. Columns named by an ``IntEnum`` cost nothing: numba
reads the members as constants (116 ns).

====================  =======================================  =======================================================
rows                  record                                   columns
====================  =======================================  =======================================================
0                     header                                   :class:`Header`
1 to guns             guns; row = number of the gun            :class:`Gun`; guns of a pile next to each other
then                  piles                                    :class:`Pile`; piles of a group and connection too
then                  connections of stations with a limit     :class:`Connection`
then                  groups of equal piles                    :class:`Group`
then                  terms: a row per group and model         :class:`Terms`; models of a group next to each other
``Header.LOG_ROW`` on charging segments that are over, or      :class:`ChargingSegment`; ``Header.SEGMENTS`` of them,
\                     run ahead; several in a row              ``SEGMENTS_IN_ROW``, one behind the other
====================  =======================================  =======================================================

Records name each other by row. Row 0 is no gun, which makes 0 the number of "no gun" everywhere.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Header(IntEnum):
    """Columns of row 0: what belongs to no gun."""

    VEHICLES = 0
    """Vehicles that plugged in so far; the next one's place in the order of plugging in."""
    SEGMENTS = 1
    """Charging segments in the log."""
    LOG_ROW = 2
    """Row at which the log begins."""
    ROOM = 3
    """Charging segments for which an event needs room in the log, apart from those that are run ahead."""


class Gun(IntEnum):
    """Columns of a gun: the vehicle that stands there and charges, since when, and what comes next."""

    TAKEN = 0
    """1 where a vehicle stands, or is on its way with a booking."""
    ACTIVE = 1
    """1 while it charges."""
    ORDER = 2
    """Place of the vehicle in the order of plugging in, over all guns."""
    REQUEST = 3
    """Position of its request."""
    CURVE = 4
    """From here to ``LEAVE_MIN``: what :class:`Battery` says of the vehicle, in the same order."""
    ACCEPT_KW = 5
    SCALE_MIN = 6
    """Capacity over largest power, kWh per kW: what a charge takes compared with one of 1 kWh at 1 kW."""
    START_SOC = 7
    """SOC at ``SINCE_MIN``."""
    TARGET_SOC = 8
    OVERSTAY_MIN = 9
    MODEL = 10
    MOST_KW = 11
    """The most that request, gun, cable and on-board charger let through to this vehicle, into its battery."""
    LEAVE_MIN = 12
    """When it leaves, full or not; infinite where it stays until it is full."""
    EFFICIENCY = 13
    """Battery kWh per meter kWh."""
    CAP_KW = 14
    """Share of the power that it has now; -1 before the first."""
    SINCE_MIN = 15
    """Since when it has that share."""
    FULL_MIN = 16
    """When it reaches the target if nothing changes, or leaves before that."""
    BREAK_SOC = 17
    """Next breakpoint of its curve at which the power is divided anew, and when it gets there; infinite for none."""
    BREAK_MIN = 18
    CLAIM_KW = 19
    """The most that it may still draw, as counted at the connection."""
    NOW_SOC = 20
    """At the event that is being processed: SOC, power requested until the next breakpoint, that breakpoint, share."""
    REQUESTED_KW = 21
    STOP_SOC = 22
    SHARE_KW = 23
    PILE = 24
    """Row of the gun's pile."""
    FULL_LIST = 25
    """Not of this gun: the list of guns that got full at this event, an entry per row from gun 1 on."""
    PER_RATED = 26
    """Battery kWh per kWh at the side where its pile is rated: the output of a DC pile, the meter of an AC pile."""
    SEEN_MIN = 27
    """When it had the SOC in ``NOW_SOC``."""
    NOW_KW = 28
    """What it could draw at ``NOW_SOC``, the least until the breakpoint at ``STOP_SOC``, and the most from now on."""
    LEAST_KW = 29
    PEAK_KW = 30
    AHEAD_SOC = 31
    """A breakpoint ahead when it got its share, and when it gets there if nothing changes."""
    AHEAD_MIN = 32


class Pile(IntEnum):
    """Columns of a pile."""

    FIRST_GUN = 0
    GUNS = 1
    POWER_KW = 2
    """Its rating: of a DC pile its output, of an AC pile its draw at the meter."""
    POLICY = 3
    """Number of the sharing policy, see ``charging.power.allocation.POLICIES``."""
    MODULE_KW = 4
    """Size of its power modules; 0 shares continuously."""
    CONNECTION = 5
    """Row of its connection; -1 where none limits it."""
    DOWN = 6
    """1 while out of service."""
    CHARGING = 7
    """Vehicles that charge."""
    TIGHT = 8
    """1 while its vehicles could together take more than it has: then breakpoints change the division."""
    CLAIM_KW = 9
    """What it claims at the connection, at the meter."""
    NEXT_MIN = 10
    """When something happens next: a vehicle is full or reaches a breakpoint that counts."""
    GROUP = 11
    HALF_MIN = 12
    """Until when one more vehicle would surely get half of its power and no more: it is shared continuously, and one
    vehicle charges there that requests half or more. In the past where that is not so, or not known."""


class Connection(IntEnum):
    """Columns of the connection of a station."""

    FIRST_PILE = 0
    PILES = 1
    LIMIT_KW = 2
    CLAIM_KW = 3
    """Sum of what its piles claim."""
    BOUND = 4
    """1 while the claims exceed the limit."""
    NEXT_MIN = 5
    """When something happens next behind it, and the first pile at which it does."""
    NEXT_PILE = 6
    ENOUGH = 7
    """1 where its limit is no less than what all its piles can draw: it never has to be divided."""


class Group(IntEnum):
    """Columns of a group of equal piles."""

    FIRST_PILE = 0
    PILES = 1
    TERMS = 2
    """Row at which the terms of its vehicle models begin."""
    FIRST_EMPTY = 3
    """At all of its piles before this one a vehicle charges: none of them is empty."""


class Terms(IntEnum):
    """Columns of what a vehicle model gets at the guns of a group."""

    MOST_KW = 0
    """The most that goes into the battery, kW."""
    EFFICIENCY = 1
    """Battery kWh per meter kWh."""
    PER_RATED = 2
    """Battery kWh per kWh at the side where the pile is rated: 1 for DC, the efficiency for AC."""


class ChargingSegment(IntEnum):
    """Columns of a charging segment: how a vehicle charged while its share of the power stayed the same."""

    REQUEST = 0
    START_MIN = 1
    END_MIN = 2
    START_SOC = 3
    END_SOC = 4
    CAP_KW = 5


class Battery(IntEnum):
    """Columns of the table of batteries, one row per request."""

    CURVE = 0
    ACCEPT_KW = 1
    """Power of which the curve gives shares: what the vehicle takes of DC at most."""
    CAPACITY_KWH = 2
    START_SOC = 3
    TARGET_SOC = 4
    OVERSTAY_MIN = 5
    MODEL = 6
    MOST_KW = 7
    """The most that it asks for, whatever the curve allows: the on-board charger of a request for AC."""
    LEAVE_MIN = 8
    """The last column, and only there where anybody has to leave at a set time."""


HEADER: Final = 0
"""Row of the header."""
FIRST_GUN_ROW: Final = 1
"""Row of the first gun."""
COLUMNS: Final = len(Gun)
"""Width of the matrix: guns have the most columns."""
SEGMENTS_IN_ROW: Final = COLUMNS // len(ChargingSegment)
"""Charging segments in a row of the log: one in each would spread it over five times the memory, which a processor has
to fetch."""
