"""Locks with several chambers: vessels side by side and behind each other, doors, levelling, both directions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.clock import FIRST, Clock
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.clock import Call
    from data.county import County

UP, DOWN = "up", "down"
_OTHER: Final = {UP: DOWN, DOWN: UP}


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
        """Refuse what is no chamber.

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
    """

    entry_min: float = 3.0
    exit_min: float = 2.0
    gap_m: float = 5.0
    side_m: float = 1.0
    lookahead: int = 0


def pack(
    sizes: Sequence[tuple[float, float]], *, length_m: float, width_m: float, rules: LockRules | None = None
) -> list[int]:
    """Return which waiting vessels go into a chamber, in lanes along it.

    Vessels are taken in order. Each goes behind the last of the first lane that is wide and long enough, or opens a
    new lane beside the others while the width lasts; lanes are as wide as their first vessel.

    Parameters
    ----------
    sizes : sequence of tuple of float
        Length and beam of the waiting vessels, m, the first first.
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


@dataclass(slots=True)
class _Bay:
    """A chamber at work: the side on which it is open, and what it did."""

    chamber: Chamber
    side: str = UP
    busy: bool = False
    lockages: int = 0
    empty_turns: int = 0
    busy_min: float = 0.0
    vessels: int = 0


@dataclass(frozen=True, slots=True)
class LockResult:
    """Tables of a simulation of a lock.

    Attributes
    ----------
    passages : polars.DataFrame
        One row a vessel in order of arrival: ``vessel_id, direction, arrive_min, start_min`` (its chamber begins to
        fill with vessels), ``leave_min, wait_min, transit_min, chamber, lockage``.
    chambers : polars.DataFrame
        One row a chamber: ``chamber, lockages, empty_turns, vessels, vessels_per_lockage, utilisation_share``.
    """

    passages: pl.DataFrame
    chambers: pl.DataFrame


class _Lock:
    """A lock: two queues, chambers that fetch from them."""

    def __init__(self, clock: Clock, chambers: Sequence[Chamber], rules: LockRules, vessels: _Vessels) -> None:
        self.clock = clock
        self.rules = rules
        self.vessels = vessels
        self.bays = [_Bay(chamber) for chamber in chambers]
        self.queues: dict[str, list[int]] = {UP: [], DOWN: []}
        self.lockages = 0

    def arrive(self, number: int) -> None:
        """Queue a vessel, behind those of the same or higher priority, and let chambers look."""
        queue = self.queues[self.vessels.side[number]]
        rank = self.vessels.priority[number]
        at = len(queue)
        while at and self.vessels.priority[queue[at - 1]] < rank:
            at -= 1
        queue.insert(at, number)
        self._dispatch()

    def _dispatch(self) -> None:
        """Start every idle chamber that has something to do: those open on the right side first."""
        idle = [bay for bay in self.bays if not bay.busy]
        for bay in idle:
            self._fill(bay)
        for bay in idle:
            other = _OTHER[bay.side]
            if not bay.busy and self._fitting(bay, other):
                bay.empty_turns += 1
                self._turn(bay, [], 0.0)
                break  # one empty turn at a time: the next look decides whether another is worth it

    def _fitting(self, bay: _Bay, side: str) -> list[int]:
        """Return the positions in a queue of the vessels that would fill a chamber now."""
        queue = self.queues[side]
        if not queue:
            return []
        known = self.vessels
        chamber = bay.chamber
        ahead = queue[: 40 + self.rules.lookahead]
        deep = [at for at, number in enumerate(ahead) if known.draught[number] <= chamber.sill_m]
        sizes = [(known.length[ahead[at]], known.beam[ahead[at]]) for at in deep]
        taken = pack(sizes, length_m=chamber.length_m, width_m=chamber.width_m, rules=self.rules)
        return [deep[at] for at in taken]

    def _fill(self, bay: _Bay) -> None:
        """Let vessels into an idle chamber from the side on which it is open."""
        places = self._fitting(bay, bay.side)
        if not places:
            return
        queue = self.queues[bay.side]
        chosen = [queue[at] for at in places]
        gone = set(places)
        self.queues[bay.side] = [number for at, number in enumerate(queue) if at not in gone]
        now = self.clock.minute
        for number in chosen:
            self.vessels.start[number] = now
            self.vessels.bay[number] = bay.chamber.name
            self.vessels.lockage[number] = self.lockages
        self.lockages += 1
        bay.lockages += 1
        bay.vessels += len(chosen)
        self._turn(bay, chosen, self.rules.entry_min * len(chosen))

    def _turn(self, bay: _Bay, chosen: list[int], entering_min: float) -> None:
        """Close, level, open on the other side, and let out."""
        bay.busy = True
        opened = self.clock.minute + entering_min + 2.0 * bay.chamber.door_min + bay.chamber.fill_min
        for place, number in enumerate(chosen, 1):
            self.vessels.leave[number] = opened + self.rules.exit_min * place
        end = opened + self.rules.exit_min * len(chosen)
        bay.busy_min += end - self.clock.minute
        self.clock.call_at(end, FIRST, self._free, bay)

    def _free(self, call: Call) -> None:
        """Free a chamber on its new side."""
        bay: _Bay = call.load
        bay.side = _OTHER[bay.side]
        bay.busy = False
        self._dispatch()


@dataclass(slots=True)
class _Vessels:
    """Vessels by number: what they are, and what happened to them."""

    side: list[str]
    length: list[float]
    beam: list[float]
    draught: list[float]
    priority: list[int]
    start: list[float] = field(default_factory=list)
    leave: list[float] = field(default_factory=list)
    bay: list[str | None] = field(default_factory=list)
    lockage: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make room for what happens."""
        count = len(self.side)
        self.start = [math.nan] * count
        self.leave = [math.nan] * count
        self.bay = [None] * count
        self.lockage = [-1] * count


def simulate_lock(vessels: pl.DataFrame, chambers: Sequence[Chamber], *, rules: LockRules | None = None) -> LockResult:
    """Simulate a lock with chambers side by side, on SimPy's clock.

    Vessels queue by direction. A chamber that is idle takes what fits from the side on which it is open; where nobody
    waits there, it turns empty to who waits on the other side.
    All chambers begin open to vessels that go up.

    Parameters
    ----------
    vessels : polars.DataFrame
        ``vessel_id, arrive_min, direction`` (``up``, ``down``), ``length_m, beam_m, draught_m``, and on request
        ``priority`` (higher first).
    chambers : sequence of Chamber
        At least one.
    rules : LockRules, optional
        Times, clearances, look-ahead.

    Returns
    -------
    LockResult
        Passages and chambers.

    Raises
    ------
    DataError
        No chamber, an unknown direction, or a vessel that no chamber takes.
    """
    rules = rules or LockRules()
    if not chambers:
        raise DataError("lock: no chambers; expected at least one.")
    table = vessels.sort("arrive_min", "vessel_id", maintain_order=True)
    _check_vessels(table, chambers)
    priority = table["priority"].fill_null(0).to_list() if "priority" in table.columns else [0] * table.height
    known = _Vessels(
        table["direction"].to_list(),
        table["length_m"].to_list(),
        table["beam_m"].to_list(),
        table["draught_m"].to_list(),
        priority,
    )
    clock = Clock()
    lock = _Lock(clock, chambers, rules, known)
    clock.run_with(table["arrive_min"].to_list(), lock.arrive)
    arrive = table["arrive_min"].to_numpy()
    start, leave = np.array(known.start), np.array(known.leave)
    passages = table.select("vessel_id", "direction", "arrive_min").with_columns(
        start_min=start,
        leave_min=leave,
        wait_min=start - arrive,
        transit_min=leave - arrive,
        chamber=pl.Series(known.bay, dtype=pl.String),
        lockage=pl.Series(known.lockage, dtype=pl.Int64),
    )
    span = max(1.0, float(leave.max())) if len(leave) else 1.0
    rows = [
        (
            bay.chamber.name,
            bay.lockages,
            bay.empty_turns,
            bay.vessels,
            bay.vessels / bay.lockages if bay.lockages else 0.0,
            bay.busy_min / span,
        )
        for bay in lock.bays
    ]
    schema = {
        "chamber": pl.String,
        **dict.fromkeys(("lockages", "empty_turns", "vessels"), pl.Int64),
        **dict.fromkeys(("vessels_per_lockage", "utilisation_share"), pl.Float64),
    }
    return LockResult(passages, pl.DataFrame(rows, schema=schema, orient="row"))


def _check_vessels(table: pl.DataFrame, chambers: Sequence[Chamber]) -> None:
    """Refuse directions that do not exist and vessels that fit nowhere."""
    wrong = table.filter(~pl.col("direction").is_in([UP, DOWN]))
    if wrong.height:
        raise DataError(f"vessels: direction {wrong['direction'][0]!r}; expected up or down.")
    fits = pl.lit(value=False)
    for chamber in chambers:
        fits |= (
            (pl.col("length_m") <= chamber.length_m)
            & (pl.col("beam_m") <= chamber.width_m)
            & (pl.col("draught_m") <= chamber.sill_m)
        )
    lost = table.filter(~fits)
    if lost.height:
        row = lost.row(0, named=True)
        raise DataError(
            f"vessels: {row['vessel_id']!r} ({row['length_m']:g} x {row['beam_m']:g} x {row['draught_m']:g} m) "
            "fits no chamber of the lock."
        )


def chambers_of(county: County, lock: str) -> list[Chamber]:
    """Return the chambers of a lock of the county, the largest first.

    Raises
    ------
    DataError
        A lock that the county's table does not have.
    """
    rows = county.locks.filter(pl.col("lock") == lock)
    if not rows.height:
        raise DataError(f"locks: no lock {lock!r} in {county.name}.")
    columns = ("chamber", "length_m", "width_m", "sill_depth_m", "fill_min", "door_min")
    found = [Chamber(*row) for row in rows.select(columns).iter_rows()]
    return sorted(found, key=lambda one: -one.length_m * one.width_m)


def rules_of(county: County) -> LockRules:
    """Return the rules that the county's figures describe."""
    names = ("entry_min", "exit_min", "gap_m", "side_m")
    values = {name: county.figure(f"river.lock_{name}") for name in names}
    return LockRules(**values, lookahead=round(county.figure("river.lock_lookahead")))


def lock_traffic(county: County, voyages: pl.DataFrame) -> pl.DataFrame:
    """Return the through voyages as vessels at the lock where they begin or end (km 0), with their sizes.

    Downbound vessels reach the lock when they depart; upbound ones when they have sailed, for which their departure
    stands in: only the spacing in time matters to the lock.
    """
    size = county.vessel_classes.select("vessel_class", "length_m", "beam_m", "draught_m")
    through = voyages.filter(pl.col("kind") == "through").join(size, on="vessel_class", how="left")
    return through.select(
        vessel_id=pl.col("voyage_id").cast(pl.String),
        arrive_min="depart_min",
        direction=pl.when(pl.col("to_km") > pl.col("from_km")).then(pl.lit(DOWN)).otherwise(pl.lit(UP)),
        length_m="length_m",
        beam_m="beam_m",
        draught_m="draught_m",
    )
