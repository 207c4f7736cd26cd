"""Laws that figures with a range are drawn by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats


def triangular(low: float, mode: float, high: float, scores: Floats) -> Floats:
    """Return quantiles of a triangular law at scores between 0 and 1; the mode where the law has no width.

    Raises
    ------
    DataError
        Bounds in the wrong order.
    """
    if not low <= mode <= high:
        raise DataError(f"range {low} to {high} around {mode}: expected low <= value <= high.")
    width = high - low
    if width == 0.0:
        return np.full(len(scores), mode)
    peak = (mode - low) / width
    rising, falling = np.sqrt(peak * scores), 1.0 - np.sqrt((1.0 - peak) * (1.0 - scores))
    return np.asarray(low + width * np.where(scores < peak, rising, falling))
