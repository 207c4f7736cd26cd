"""What the models leave out, as each package states it."""

from __future__ import annotations

from typing import Final

from charging.limits import LIMITS as CHARGING_LIMITS
from fleet.limits import LIMITS as FLEET_LIMITS

LIMITS: Final = (*CHARGING_LIMITS, *FLEET_LIMITS)
"""English messages."""
