"""A lock alone, without a waterway: vessels with arrival times in, passages and use of the chambers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.engine.clock import Clock
from data.errors import DataError
from shipping.river.chambers import Chamber, LockRules
from shipping.river.locks import DOWN, UP, Lock, Transit, chamber_table, check_fits

if TYPE_CHECKING:
    from collections.abc import Sequence


_LEAST_MIN: Final = 1.0  # span of a run without vessels, so that its use of the chambers is 0 and not undefined


@dataclass(frozen=True, slots=True)
class LockResult:
    """Tables of a simulation of a lock.

    Attributes
    ----------
    passages : polars.DataFrame
        One row per vessel in order of arrival: ``vessel_id, direction, arrive_min, start_min`` (its chamber begins to
        fill with vessels), ``leave_min, wait_min, transit_min, chamber, lockage``.
    chambers : polars.DataFrame
        One row per chamber: ``chamber, lockages, empty_turns, vessels, vessels_per_lockage, utilisation_share``.
    """

    passages: pl.DataFrame
    chambers: pl.DataFrame


def simulate_lock(
    vessels: pl.DataFrame,
    chambers: Sequence[Chamber],
    *,
    rules: LockRules | None = None,
    closed: Sequence[tuple[float, float]] = (),
) -> LockResult:
    """Simulate a lock alone; on a waterway it is part of `shipping.simulate`.

    Parameters
    ----------
    vessels : polars.DataFrame
        ``vessel_id, arrive_min, direction`` (``up``, ``down``), ``length_m, beam_m, draught_m``, and on request
        ``priority`` (higher first).
    chambers : sequence of Chamber
        At least one.
    rules : LockRules, optional
        Times, clearances, look-ahead, holding.
    closed : sequence of tuple of float
        Start and end of closures, minutes.

    Returns
    -------
    LockResult
        Passages and chambers.

    Raises
    ------
    DataError
        No chamber, an unknown direction, or a vessel that no chamber takes.
    """
    if not chambers:
        raise DataError("lock: no chambers; expected at least one.")
    table = vessels.sort("arrive_min", "vessel_id", maintain_order=True)
    if "priority" not in table.columns:
        table = table.with_columns(priority=pl.lit(0))
    _check_directions(table)
    sizes = ("direction", "length_m", "beam_m", "draught_m", "priority")
    known = [
        Transit(number, *row)
        for number, row in enumerate(table.with_columns(pl.col("priority").fill_null(0)).select(sizes).iter_rows())
    ]
    rules = rules or LockRules()
    check_fits(list(zip(table["vessel_id"], known, strict=True)), chambers, rules)
    clock = Clock()
    lock = Lock(clock, chambers, rules, tuple(sorted(closed)), {(one.length_m, one.beam_m) for one in known})
    clock.run_with(table["arrive_min"].to_list(), lambda number: lock.arrive(known[number]))
    passages = table.select("vessel_id", "direction", "arrive_min").with_columns(
        pl.Series("start_min", [vessel.start_min for vessel in known], dtype=pl.Float64),
        pl.Series("leave_min", [vessel.leave_min for vessel in known], dtype=pl.Float64),
        pl.Series("chamber", [vessel.chamber for vessel in known], dtype=pl.String),
        pl.Series("lockage", [vessel.lockage for vessel in known], dtype=pl.Int64),
    )
    passages = passages.with_columns(
        wait_min=pl.col("start_min") - pl.col("arrive_min"), transit_min=pl.col("leave_min") - pl.col("arrive_min")
    ).select(PASSAGES)
    span = max([_LEAST_MIN, *(vessel.leave_min for vessel in known)])
    return LockResult(passages, chamber_table(lock, span))


PASSAGES: Final = (
    "vessel_id",
    "direction",
    "arrive_min",
    "start_min",
    "leave_min",
    "wait_min",
    "transit_min",
    "chamber",
    "lockage",
)


def _check_directions(table: pl.DataFrame) -> None:
    """Raise DataError for directions that do not exist."""
    wrong = table.filter(~pl.col("direction").is_in([UP, DOWN]))
    if wrong.height:
        raise DataError(f"vessels: direction {wrong['direction'][0]!r}; expected up or down.")
