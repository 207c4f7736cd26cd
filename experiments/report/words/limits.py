"""What the models leave out, as each package states it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from charging.limits import LIMITS as CHARGING
from fleet.limits import LIMITS as FLEET
from shipping.limits import LIMITS as SHIPPING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS: Final[Mapping[str, Mapping[str, str]]] = {"Charging": CHARGING, "Fleet and roads": FLEET, "River": SHIPPING}
"""English sentences by subject and key."""
