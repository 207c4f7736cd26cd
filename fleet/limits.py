"""What the fleet models leave out, for readers of their answers."""

from __future__ import annotations

from typing import Final

LIMITS: Final = (
    "Fleet: plug-in hybrids do not charge in public.",
    "Fleet: trucks do not charge outside the county, so their demand in it is an upper end.",
    "Fleet: through traffic on roads without service areas charges in the towns it passes, without a direction.",
    "Fleet: vehicles of operators are not scheduled; each charges by its own day.",
    "Roads: signals are timed junction by junction; green waves are not modelled.",
    "Carbon: the draws of its uncertainty do not know of freight that moves to water or rail.",
)
"""English messages; the report translates them."""
