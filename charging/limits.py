"""What the charging models do not do: one list, which the tests hold against the code.

Who states the limits of a result takes them from here; a limit that falls away is struck out here.
"""

from __future__ import annotations

from typing import Final

LIMITS: Final = {
    "managed_after_the_fact": (
        "Managed charging, PV and storage are computed from the finished sessions, so they change no wait."
    ),
    "no_cheaper_hour": "No driver waits for a cheaper hour; stations differ in their fee, not in their tariff.",
    "failure_waits_for_the_charge": "A pile that fails finishes the charge in hand.",
    "swapping_apart": (
        "Swap stations stand beside fast chargers for the same vehicles; no driver chooses between the two."
    ),
}
"""Limits by key, one sentence each."""
