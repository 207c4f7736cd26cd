"""A check against theory or a published case: what it expected, what it got, and whether that is close enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable


class Check(NamedTuple):
    """One number of the toolkit beside the number that theory or a publication gives.

    Attributes
    ----------
    room : str
        Package that was checked.
    check : str
        What was compared.
    source : str
        Where the expected number comes from.
    expected, got : float
        Both numbers.
    tolerance : float
        Largest difference that is accepted: rounding of the published number, or the half width of a simulation's
        interval.
    """

    room: str
    check: str
    source: str
    expected: float
    got: float
    tolerance: float


def check_table(checks: Iterable[Check]) -> pl.DataFrame:
    """Return checks as a table with their differences.

    Returns
    -------
    polars.DataFrame
        ``room, check, source, expected, got, difference, tolerance, holds``.
    """
    texts, numbers = ("room", "check", "source"), ("expected", "got", "tolerance")
    schema = {name: pl.String if name in texts else pl.Float64 for name in (*texts, *numbers)}
    difference = pl.col("got") - pl.col("expected")
    return (
        pl.DataFrame(list(checks), schema=schema, orient="row")
        .with_columns(difference=difference, holds=difference.abs() <= pl.col("tolerance"))
        .select("room", "check", "source", "expected", "got", "difference", "tolerance", "holds")
    )
