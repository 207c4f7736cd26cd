"""Lock chambers, the rules of filling them, and which waiting vessels fit side by side and behind each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.county import County


@dataclass(frozen=True, slots=True)
class Chamber:
    """A lock chamber.

    Attributes
    ----------
    name : str
        Its name.
    length_m, width_m, sill_m : float
        Usable size and depth on the sill.
    fill_min, door_min : float
        Levelling, and opening or closing the doors once.
    """

    name: str
    length_m: float
    width_m: float
    sill_m: float
    fill_min: float
    door_min: float

    def __post_init__(self) -> None:
        """Validate sizes and times.

        Raises
        ------
        DataError
            A size not above 0, or a negative time.
        """
        for name in ("length_m", "width_m", "sill_m"):
            if not getattr(self, name) > 0.0:
                raise DataError(f"chamber {self.name}: {name} {getattr(self, name)}, expected more than 0.")
        for name in ("fill_min", "door_min"):
            if getattr(self, name) < 0.0:
                raise DataError(f"chamber {self.name}: {name} {getattr(self, name)}, expected 0 or more.")


@dataclass(frozen=True, slots=True)
class LockRules:
    """How chambers are filled.

    Attributes
    ----------
    entry_min, exit_min : float
        Time that each further vessel adds to entering and leaving.
    gap_m, side_m : float
        Clearance behind and beside a vessel.
    lookahead : int
        Waiting vessels behind the first that are looked through for one that still fits; 0 keeps the order strictly.
    hold_min : float
        A chamber that is not full waits for further vessels until its first has waited so long; 0: it goes at once.
    """

    entry_min: float = 3.0
    exit_min: float = 2.0
    gap_m: float = 5.0
    side_m: float = 1.0
    lookahead: int = 0
    hold_min: float = 0.0

    @classmethod
    def from_county(cls, county: County) -> LockRules:
        """Return the figures ``river.lock_*``."""
        names = ("entry_min", "exit_min", "gap_m", "side_m", "hold_min")
        values = {name: county.figure(f"river.lock_{name}") for name in names}
        return cls(**values, lookahead=round(county.figure("river.lock_lookahead")))


def pack(
    sizes: Iterable[tuple[float, float]], *, length_m: float, width_m: float, rules: LockRules | None = None
) -> list[int]:
    """Return which waiting vessels go into a chamber, in lanes along it.

    Vessels are taken in order. Each goes behind the last of the first lane that is wide and long enough, or opens a
    new lane beside the others while the width lasts; lanes are as wide as their first vessel.

    Parameters
    ----------
    sizes : iterable of tuple of float
        Length and beam of the waiting vessels, m, the first first; read only as far as the filling looks.
    length_m, width_m : float
        Chamber.
    rules : LockRules, optional
        Clearances and look-ahead. A vessel that does not fit stops the filling when ``lookahead`` others behind the
        first such one have been looked at.

    Returns
    -------
    list of int
        Positions of the vessels that go in.
    """
    rules = rules or LockRules(gap_m=0.0, side_m=0.0)
    lanes: list[list[float]] = []  # width, length left
    width_left = width_m
    chosen: list[int] = []
    passed = 0
    for number, (length, beam) in enumerate(sizes):
        lane = next((lane for lane in lanes if beam <= lane[0] and length <= lane[1]), None)
        if lane is None and beam <= width_left and length <= length_m:
            lane = [beam, length_m]
            lanes.append(lane)
            width_left -= beam + rules.side_m
        if lane is not None:
            lane[1] -= length + rules.gap_m
            chosen.append(number)
            continue
        passed += 1
        if passed > rules.lookahead:
            break
    return chosen


def lock_chambers(locks: pl.DataFrame, lock: str) -> list[Chamber]:
    """Return the chambers of a lock in the table ``locks``, the largest first.

    Raises
    ------
    DataError
        A lock that the table does not have.
    """
    rows = locks.filter(pl.col("lock") == lock)
    if not rows.height:
        raise DataError(f"locks: no lock {lock!r}.{nearest(lock, locks['lock'].unique())}")
    columns = ("chamber", "length_m", "width_m", "sill_depth_m", "fill_min", "door_min")
    chambers = [Chamber(*row) for row in rows.select(columns).iter_rows()]
    return sorted(chambers, key=lambda chamber: -chamber.length_m * chamber.width_m)
