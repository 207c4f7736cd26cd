"""Lock chambers, the rules of filling them, and which waiting vessels fit side by side and behind each other."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

from data.errors import DataError, nearest
from shipping.parameters.county_river import figure_or

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from data.county import County


EVEN_M: Final = 1e-9
"""What a difference of two depths may be off: 4.1 m less 0.5 m is a hair short of 3.6 m."""


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
    closed : tuple of tuple of float
        Start and end of the times in which the chamber rests (works, water level), min.
    levels : tuple of tuple of float
        Minute from which on, and how much water there then is over the sill beyond `sill_m`, m; none: no more.
    """

    name: str
    length_m: float
    width_m: float
    sill_m: float
    fill_min: float
    door_min: float
    closed: tuple[tuple[float, float], ...] = ()
    levels: tuple[tuple[float, float], ...] = ()

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

    @property
    def area_m2(self) -> float:
        """Usable area."""
        return self.length_m * self.width_m

    def sill_at(self, time_min: float) -> float:
        """Return the water over the sill at a time, m; the first level also holds before."""
        if not self.levels:
            return self.sill_m
        row = max(0, bisect.bisect_right(self.levels, time_min, key=_since) - 1)
        return self.sill_m + self.levels[row][1]

    def takes(self, length_m: float, beam_m: float, draught_m: float, *, keel_m: float = 0.0) -> bool:
        """Return whether a vessel fits at some time, with water under its keel on the sill."""
        deepest = self.sill_m + max((added for _, added in self.levels), default=0.0)
        return length_m <= self.length_m and beam_m <= self.width_m and draught_m + keel_m <= deepest + EVEN_M


def _since(level: tuple[float, float]) -> float:
    """Return the minute from which on a level holds."""
    return level[0]


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
        A chamber that is not full waits for further vessels until its first has stood ready so long; 0: it goes at
        once. A full chamber never waits.
    keel_m : float
        Water under the keel on the sill.
    small_last : bool
        Whether a chamber smaller than the largest that is open starts only with what a load of that would leave over.
    plan_min, lead_min : float
        Vessels that have asked are called up every so often, and stand ready so long after the call; 0: at once.
    """

    # Defaults are a small lock, for a lock that is looked at alone; a county's come from its figures.
    entry_min: float = 3.0
    exit_min: float = 2.0
    gap_m: float = 5.0
    side_m: float = 1.0
    lookahead: int = 0
    hold_min: float = 0.0
    keel_m: float = 0.0
    small_last: bool = False
    plan_min: float = 0.0
    lead_min: float = 0.0

    def __post_init__(self) -> None:
        """Validate the times and clearances.

        Raises
        ------
        DataError
            A negative one.
        """
        for name in ("entry_min", "exit_min", "gap_m", "side_m", "lookahead", "hold_min", "keel_m", "plan_min"):
            if getattr(self, name) < 0:
                raise DataError(f"lock rules: {name} {getattr(self, name)}, expected 0 or more.")
        if self.lead_min < 0.0:
            raise DataError(f"lock rules: lead_min {self.lead_min}, expected 0 or more.")

    @classmethod
    def from_county(cls, county: County) -> LockRules:
        """Return the figures ``river.lock_*``; without keel, plan, lead and small_last they are the defaults."""
        names = ("entry_min", "exit_min", "gap_m", "side_m", "hold_min")
        values = {name: county.figure(f"river.lock_{name}") for name in names}
        more = {name: figure_or(county, f"river.lock_{name}", 0.0) for name in ("keel_m", "plan_min", "lead_min")}
        return cls(
            **values,
            **more,
            lookahead=round(county.figure("river.lock_lookahead")),
            small_last=figure_or(county, "river.lock_small_last", 0.0) > 0.0,
        )

    def ready_min(self, asked_min: float) -> float:
        """Return when a vessel that asks now stands ready: after the next plan and its lead."""
        if self.plan_min <= 0.0:
            return asked_min + self.lead_min
        # the plan that is made at this very minute takes it in
        plans = -(-asked_min // self.plan_min)
        return plans * self.plan_min + self.lead_min


class Floating(Protocol):
    """A vessel as a chamber sees it."""

    length_m: float
    beam_m: float
    draught_m: float


@dataclass(slots=True)
class _Size:
    """Length and beam of a vessel for which there is water enough."""

    length_m: float
    beam_m: float
    draught_m: float = 0.0


@dataclass(slots=True)
class Filling:
    """A chamber that is being filled, in lanes along it: a vessel goes behind the last of a lane, or beside the lanes.

    Lanes are as wide as their first vessel. ``passed`` counts the vessels that found no room.
    """

    length_m: float
    width_m: float
    gap_m: float
    side_m: float
    passed: int = 0
    _lanes: list[list[float]] = field(default_factory=list)  # width, length left

    def has_room(self, length_m: float, beam_m: float) -> bool:
        """Return whether a vessel of a size would still find room."""
        if beam_m <= self.width_m and length_m <= self.length_m:
            return True
        return any(beam_m <= width and length_m <= left for width, left in self._lanes)

    def fill(
        self,
        waiting: Iterable[Floating],
        lookahead: int,
        deepest_m: float = math.inf,
        without: Collection[int] = (),
    ) -> list[int]:
        """Take vessels in from a queue; return the positions in it of those that go in.

        Vessels that draw more than is over the sill, or whose positions are to be left out, are passed over as if they
        were not there. A vessel that finds no room stops the filling when `lookahead` others behind the first such one
        have been looked at: of a queue of hundreds no more than its first vessels are read.
        """
        chosen: list[int] = []
        lanes, gap_m, whole_m, width_m = self._lanes, self.gap_m, self.length_m, self.width_m
        for position, vessel in enumerate(waiting):
            if vessel.draught_m > deepest_m or position in without:
                continue
            length_m, beam_m = vessel.length_m, vessel.beam_m
            # First fit keeps the order of arrival: a closer packing would let later vessels overtake.
            for lane in lanes:
                if beam_m <= lane[0] and length_m <= lane[1]:
                    lane[1] -= length_m + gap_m
                    chosen.append(position)
                    break
            else:
                if beam_m <= width_m and length_m <= whole_m:
                    # as wide as its first vessel: a wider one cannot lie in its row
                    lanes.append([beam_m, whole_m - length_m - gap_m])
                    width_m -= beam_m + self.side_m
                    chosen.append(position)
                else:
                    self.passed += 1
                    if self.passed > lookahead:
                        break
        self.width_m = width_m
        return chosen


def smallest_sizes(sizes: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the lengths and beams of which no other is smaller both ways: where none of them has room, none has."""
    smallest: list[tuple[float, float]] = []
    for length_m, beam_m in sorted(sizes):
        # by length: only a narrower one may still find room where those before find none
        if not smallest or beam_m < smallest[-1][1]:
            smallest.append((length_m, beam_m))
    return smallest


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
    waiting = (_Size(length, beam) for length, beam in sizes)
    return Filling(length_m, width_m, rules.gap_m, rules.side_m).fill(waiting, rules.lookahead)


def lock_chambers(
    locks: pl.DataFrame,
    lock: str,
    *,
    closed: Mapping[str, tuple[tuple[float, float], ...]] | None = None,
    levels: tuple[tuple[float, float], ...] = (),
) -> list[Chamber]:
    """Return the chambers of a lock in the table ``locks`` that are in use, the largest first.

    Parameters
    ----------
    locks : polars.DataFrame
        The table.
    lock : str
        Name of the lock.
    closed : mapping of str to tuple, optional
        When chambers rest, by chamber: `shipping.river.lock_calendar.resting`.
    levels : tuple of tuple of float
        From when on how much more water is over all sills than the table says: `Chamber`.

    Raises
    ------
    DataError
        A lock that the table does not have, or of which no chamber is in use.
    """
    rows = locks.filter(pl.col("lock") == lock)
    if not rows.height:
        raise DataError(f"locks: no lock {lock!r}.{nearest(lock, locks['lock'].unique())}")
    rows = rows.filter(pl.col("in_use").fill_null(value=True))
    if not rows.height:
        raise DataError(f"locks: lock {lock!r} has no chamber in use; expected one or more.")
    columns = ("chamber", "length_m", "width_m", "sill_depth_m", "fill_min", "door_min")
    rests = closed or {}
    known = [Chamber(*row) for row in rows.select(columns).iter_rows()]
    chambers = [replace(chamber, closed=rests.get(chamber.name, ()), levels=levels) for chamber in known]
    return sorted(chambers, key=lambda chamber: -chamber.area_m2)
