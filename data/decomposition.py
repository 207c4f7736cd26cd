"""Attribution of a change of a sum of products to its factors: LMDI, the one statement for road and ships."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def lmdi(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> list[float]:
    """Return the additive LMDI-I contribution of each factor to the change of a sum of products.

    Parameters
    ----------
    before, after
        For each sub-fleet its factors, such as share of turnover, energy per t km, emission per energy; above 0.

    Returns
    -------
    list of float
        One term per factor; they sum to the change, without residual.

    Raises
    ------
    DataError
        A factor that is not above 0, or tables of different shape.

    Notes
    -----
    Ang (2005), Energy Policy 33:867-871: sum over fleets of L(I1, I0) ln(x1/x0), L the logarithmic mean.
    """
    if len(before) != len(after) or any(len(old) != len(new) for old, new in zip(before, after, strict=True)):
        raise DataError("lmdi: both years need the same sub-fleets and factors.")
    if any(not value > 0.0 for table in (before, after) for row in table for value in row):
        raise DataError("lmdi: factors must be above 0; give a vanishing share a small positive value.")
    terms = [0.0] * len(before[0])
    for first, second in zip(before, after, strict=True):
        # of all means only the logarithmic one leaves no residual
        weight = _log_mean(math.prod(second), math.prod(first))
        for index, (old, new) in enumerate(zip(first, second, strict=True)):
            terms[index] += weight * math.log(new / old)
    return terms


def _log_mean(first: float, second: float) -> float:
    """Return the logarithmic mean."""
    if math.isclose(first, second, rel_tol=1e-12):  # 0 / 0 otherwise; the limit is the value itself
        return first
    return (first - second) / math.log(first / second)
