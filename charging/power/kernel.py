"""The rules of shared piles for callers in Python: the functions of ``charging.power.changes``, compiled on their own.

Arguments and results are the same, but that ``best_gun`` also says whether another group need be asked. Compiled
functions call those of ``changes``, which are compiled into them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.power import changes
from charging.power.compiled import compiled

if TYPE_CHECKING:
    from data.arrays import Floats


@compiled
def best_gun(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[float, int, bool]:
    """Return the most power that a free gun of a group offers a vehicle now (kW), and that gun; -1 if none is free.

    Last is whether that is all that the vehicle can take, so that no gun of another group has more for it.
    """
    offer_kw, gun = changes.best_gun(rows, curves, batteries, group, request, now)
    return offer_kw, gun, offer_kw >= changes.wanted_kw(curves, batteries, request)


@compiled
def plug_best(
    rows: Floats, curves: Floats, batteries: Floats, group: int, request: int, now: float
) -> tuple[int, float]:
    """Plug in at the best gun; return it, and when the next thing happens at its pile or connection."""
    return changes.plug_best(rows, curves, batteries, group, request, now)


@compiled
def plug(rows: Floats, curves: Floats, batteries: Floats, gun: int, request: int, now: float) -> float:
    """Let a vehicle charge at a gun; return when the next thing happens at its pile or connection."""
    return changes.plug(rows, curves, batteries, gun, request, now)


@compiled
def advance_pile(rows: Floats, curves: Floats, pile: int, now: float) -> tuple[int, float]:
    """Take vehicles at a pile off the power that are full or have to leave; return them, and when the next is."""
    return changes.advance_pile(rows, curves, pile, now)


@compiled
def advance_connection(rows: Floats, curves: Floats, connection: int, now: float) -> tuple[int, float]:
    """Do the same at the piles behind a connection."""
    return changes.advance_connection(rows, curves, connection, now)
