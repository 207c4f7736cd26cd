"""What the charging models leave out, for readers of their answers."""

from __future__ import annotations

from typing import Final

LIMITS: Final = (
    "Charging: managed charging, PV and storage are computed from the finished sessions, so they change no wait.",
    "Charging: no driver waits for a cheaper hour; stations differ in their fee, not in their tariff.",
    "Charging: a pile that fails finishes the charge in hand.",
    "Charging: swap stations stand beside fast chargers for the same vehicles; no driver chooses between the two.",
)
"""English messages; the report translates them."""
