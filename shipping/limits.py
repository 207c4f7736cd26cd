"""What the river models do not do: one list, which the tests hold against the code.

Who states the limits of a result takes them from here; a limit that falls away is struck out here.
"""

from __future__ import annotations

from typing import Final

LIMITS: Final = {
    "no_meeting_under_way": "Vessels do not meet under way: between locks and stations nobody overtakes or gives way.",
    "speed_not_chosen": "A vessel holds its speed or power whatever lies ahead: it does not slow down for a queue.",
    "through_never_bunkers": "Vessels of the through traffic never bunker: only the LNG fleet calls at stations.",
    "months_not_days": "Current and depth of a reach are those of the month: no flood wave, tide or wind of a day.",
    "master_sees_no_queue_at_locks": (
        "A master reckons the LNG to the next station with the current of today and without waits at locks."
    ),
    "stranded_stays": "A vessel that runs out of LNG lies where it is until the end: nobody tows it.",
    "trucks_always_loaded": "LNG trucks come late, never not at all: the terminal that loads them does not run out.",
    "chambers_do_not_fail": (
        "Chambers of a lock do not break down: they rest by the calendar, and while the whole lock is closed."
    ),
    "locals_sail_once": (
        "A vessel that calls at a cargo terminal comes once: its next call is another vessel, with a tank drawn anew."
    ),
    "account_takes_given_waits": (
        "The yearly carbon account takes the hours at the lock and in port from figures, not from the simulation."
    ),
}
"""Limits by key, one sentence each."""
