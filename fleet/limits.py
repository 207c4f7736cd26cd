"""What the fleet models do not do: one list, which the tests hold against the code.

Who states the limits of a result takes them from here; a limit that falls away is struck out here.
"""

from __future__ import annotations

from typing import Final

LIMITS: Final = {
    "hybrids_at_ac": "Plug-in hybrids charge in public at AC alone.",
    "through_cars_alone": "Of the traffic that passes through, only cars charge: no electric trucks from elsewhere.",
    "prices_of_the_hour": "Drivers move a charge within its day by the price of the hour in which they come.",
    "through_without_areas": (
        "Through traffic on roads without service areas charges in the towns it passes, without a direction."
    ),
    "no_dispatch": (
        "Of operators only buses and delivery vans drive planned duties; taxis, refuse lorries, official cars and "
        "freight vehicles are not dispatched: each drives its own day."
    ),
    "junctions_alone": "Signals are timed junction by junction; green waves are not modelled.",
    "draws_without_shift": "The draws of the carbon range do not know of freight that moves to water or rail.",
}
"""Limits by key, one sentence each."""
