"""Voyages in a log of positions: where a vessel turns or stays, one ends; and how long each takes at a lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.arrays import DAY_MIN
from data.schemas.shipping import Voyages
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRANSITS: Final = {
    "voyage_id": pl.Int64,
    "lock": pl.String,
    "direction": pl.String,
    **dict.fromkeys(("arrive_min", "leave_min", "transit_h", "wait_h"), pl.Float64),
}
"""Schema of the transits: from the first position within reach of the lock to the first beyond it."""
LOCK_DAYS: Final = {
    "lock": pl.String,
    "day": pl.Int64,
    "passages": pl.Int64,
    **dict.fromkeys(("transit_mean_h", "wait_mean_h"), pl.Float64),
}
"""Schema of the passages of a lock by day of the log (0: the first)."""


@dataclass(frozen=True, slots=True)
class CutRules:
    """What ends a voyage.

    Attributes
    ----------
    turn_km : float
        Way back after which a vessel has turned.
    stay_km, stay_h : float
        A vessel that stays within so many km for so long has arrived, unless it lies at a lock.
    lock_km : float
        Distance from a lock within which a vessel waits for it.
    gap_h : float
        Time without a position after which nothing is known of the way.
    """

    turn_km: float = 3.0
    stay_km: float = 1.0
    stay_h: float = 12.0
    lock_km: float = 8.0
    gap_h: float = 48.0


class Place(NamedTuple):
    """A position of a vessel."""

    minute: float
    km: float


@dataclass(frozen=True)
class RecordedVoyages:
    """Voyages of a log, the transits of locks in them, and the locks by day."""

    voyages: pl.DataFrame
    transits: pl.DataFrame
    lock_days: pl.DataFrame


def recorded_voyages(
    positions: pl.DataFrame, locks: Sequence[tuple[str, float]], rules: CutRules | None = None
) -> RecordedVoyages:
    """Cut positions into voyages, with what they carry and how long they take at locks.

    The cargo is the mean that the log states; without one the load follows from the draught, linear between the
    least and the most that the vessel's log has, and the cargo from it where the deadweight is stated (0 otherwise).

    Parameters
    ----------
    positions
        `data.imports.voyages.position_log.POSITIONS`.
    locks
        Names and chainages of locks.
    rules
        What ends a voyage.

    Returns
    -------
    RecordedVoyages
        ``voyages`` are `data.schemas.shipping.Voyages` with the vessel's id as its class; ``wait_h`` of a transit is
        its time less what the way takes at the voyage's mean speed elsewhere (at least 0).
    """
    cut = rules or CutRules()
    rows: list[tuple[object, ...]] = []
    transits: list[tuple[object, ...]] = []
    for (name,), own in positions.partition_by("vessel_id", as_dict=True, maintain_order=True).items():
        track = [Place(*row) for row in own.select("minute", "chainage_km").iter_rows()]
        for first, last in _spans(track, [km for _, km in locks], cut):
            number = len(rows)
            way, load = track[first : last + 1], _load(own, first, last)
            ends = (way[0].minute, way[0].km, way[-1].km)
            rows.append((number, str(name), str(name), *ends, load[0], load[1], "through", None, None, None))
            transits += [(number, *found) for found in _transits(way, locks, cut)]
    schema = Voyages.create_empty().schema
    voyages = validate(pl.DataFrame(rows, schema=schema, orient="row"), Voyages, table="voyages")
    passed = pl.DataFrame(transits, schema=TRANSITS, orient="row")
    days = (
        passed.with_columns(day=(pl.col("leave_min") / DAY_MIN).floor().cast(pl.Int64))
        .group_by("lock", "day")
        .agg(
            passages=pl.len().cast(pl.Int64),
            transit_mean_h=pl.col("transit_h").mean(),
            wait_mean_h=pl.col("wait_h").mean(),
        )
        .select(tuple(LOCK_DAYS))
        .sort("lock", "day")
    )
    return RecordedVoyages(voyages, passed, days)


def _spans(track: list[Place], locks_km: list[float], cut: CutRules) -> Iterator[tuple[int, int]]:
    """Yield first and last position of each voyage of a vessel that goes somewhere."""
    first, farthest = 0, 0  # of the voyage: where it began, and how far it has come
    for number in range(1, len(track)):
        gap = track[number].minute - track[number - 1].minute > 60.0 * cut.gap_h
        here, start, far = track[number].km, track[first].km, track[farthest].km
        ahead = (here - far) * (far - start) >= 0.0
        turned = not ahead and abs(here - far) > cut.turn_km
        stays = abs(here - far) <= cut.stay_km
        long = stays and track[number].minute - track[farthest].minute > 60.0 * cut.stay_h
        at_lock = any(abs(here - km) <= cut.lock_km for km in locks_km)
        if gap or turned or (long and not at_lock):
            if abs(far - start) > cut.turn_km:
                yield first, farthest
            # a vessel that has turned comes from its farthest place, one that stayed leaves from here
            first = farthest if turned and not gap else number
            farthest = number
        elif not stays and ahead:
            farthest = number
        elif abs(far - start) <= cut.stay_km:
            # it has not left yet: the voyage begins with the last position at its berth
            first = farthest = number
    if track and abs(track[farthest].km - track[first].km) > cut.turn_km:
        yield first, farthest


def _load(own: pl.DataFrame, first: int, last: int) -> tuple[float, float]:
    """Return cargo in t and load of a voyage."""
    part = own[first : last + 1]
    cargo, dwt = (part[name].mean() for name in ("cargo_t", "dwt_t"))
    least, most, draught = own["draught_m"].min(), own["draught_m"].max(), part["draught_m"].mean()
    numbers = [value if isinstance(value, float) else None for value in (cargo, dwt, least, most, draught)]
    cargo_t, dwt_t, least_m, most_m, draught_m = numbers
    share = 0.0
    if cargo_t is not None and dwt_t:
        share = min(1.0, cargo_t / dwt_t)
    elif draught_m is not None and least_m is not None and most_m is not None and most_m > least_m:
        share = (draught_m - least_m) / (most_m - least_m)
    return (cargo_t if cargo_t is not None else share * (dwt_t or 0.0)), share


def _transits(
    way: list[Place], locks: Sequence[tuple[str, float]], cut: CutRules
) -> Iterator[tuple[str, str, float, float, float, float]]:
    """Yield the locks that a voyage passes: name, direction, arrival, departure, hours and wait."""
    down = way[-1].km > way[0].km
    for name, km in locks:
        if not min(way[0].km, way[-1].km) < km < max(way[0].km, way[-1].km):
            continue
        near = [place for place in way if abs(place.km - km) <= cut.lock_km]
        beyond = [place for place in way if (place.km - km) * (1.0 if down else -1.0) > 0.0]
        if not near or not beyond:
            continue
        arrive, leave = near[0], beyond[0]
        hours = (leave.minute - arrive.minute) / 60.0
        elsewhere_h = (way[-1].minute - way[0].minute) / 60.0 - hours
        elsewhere_km = abs(way[-1].km - way[0].km) - abs(leave.km - arrive.km)
        speed = elsewhere_km / elsewhere_h if elsewhere_h > 0.0 and elsewhere_km > 0.0 else 0.0
        sailing_h = abs(leave.km - arrive.km) / speed if speed > 0.0 else 0.0
        yield name, "down" if down else "up", arrive.minute, leave.minute, hours, max(0.0, hours - sailing_h)
