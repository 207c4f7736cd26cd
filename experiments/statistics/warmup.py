"""Where a simulation that starts empty begins to be typical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.outcomes import SERVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH = 5


def mser5(values: Sequence[float]) -> int:
    """Return how many of the first values to leave out.

    Parameters
    ----------
    values : sequence of float
        Output in order of time, such as the waits of one replication.

    Returns
    -------
    int
        A multiple of 5, at most half of the values: the cut that gives the mean of what is left the least standard
        error, on means of batches of 5 (MSER-5; White, Simulation 69(6), 1997).

    Raises
    ------
    ValueError
        Less than 10 values.
    """
    if len(values) < 2 * BATCH:
        raise ValueError(f"mser5: {len(values)} values; expected at least {2 * BATCH}.")
    # an incomplete batch at the end is left out
    batches = np.asarray(values[: len(values) // BATCH * BATCH], dtype=float).reshape(-1, BATCH).mean(axis=1)
    # reversed, so that cumulative sums are those of what a cut leaves; about the mean, so that squares keep digits
    after = (batches - batches.mean())[::-1]
    kept = np.arange(1, len(batches) + 1)
    # not below 0, where rounding takes a little more than there is
    spread = np.maximum(np.cumsum(after**2) / kept - (np.cumsum(after) / kept) ** 2, 0.0)
    # at most half is cut: with few batches left the error is small by chance
    errors = (spread / kept)[::-1][: len(batches) // 2 + 1]
    return BATCH * int(np.argmin(errors))


def without_warmup(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of a run without the beginning of each replication, for questions without an end.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Tables of a run; ``sessions`` and ``calls`` are cut where `mser5` says so by the waits of the served, in the
        order of time.

    Returns
    -------
    dict of str to polars.DataFrame
        All tables; replications with less than 10 served stay as they are.
    """
    cut = {}
    for name, time in (("sessions", "request_min"), ("calls", "arrive_min")):
        parts = tables[name].partition_by("replication", maintain_order=True)
        cut[name] = pl.concat([_typical(part, time) for part in parts]) if parts else tables[name]
    return {**tables, **cut}


def _typical(rows: pl.DataFrame, time: str) -> pl.DataFrame:
    """Return the rows from the first that counts on."""
    served = rows.filter(SERVED & pl.col("wait_min").is_not_null()).sort(time)
    if served.height < 2 * BATCH:
        return rows
    # a time, not a number of rows: those who were not served are cut at the same moment
    first = served[time][mser5(served["wait_min"].to_list())]
    return rows.filter(pl.col(time) >= first)
