"""Where a simulation that starts empty begins to be typical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    batches = np.asarray(values[: len(values) // BATCH * BATCH], dtype=float).reshape(-1, BATCH).mean(axis=1)
    cuts = range(len(batches) // 2 + 1)
    errors = [float(np.var(batches[cut:])) / (len(batches) - cut) for cut in cuts]
    return BATCH * int(np.argmin(errors))
