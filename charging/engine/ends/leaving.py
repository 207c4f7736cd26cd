"""Drivers who leave at a set time, full or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charging.engine.reach import Options


def in_time(options: Options, now_min: float, leave_by_min: float) -> Options:
    """Return the stations that a driver reaches before having to leave."""
    return [option for option in options if now_min + option[1] < leave_by_min]
