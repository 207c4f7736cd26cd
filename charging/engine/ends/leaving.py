"""Drivers who leave at a set time, full or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from charging.engine.reach import Option


def in_time(options: Iterable[Option], now_min: float, leave_by_min: float) -> Iterator[Option]:
    """Return the stations that a driver reaches before having to leave, each when it is asked for."""
    return (option for option in options if now_min + option[1] < leave_by_min)
