"""The path of new energy that a target needs, solved backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import InfeasibleError
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from fleet.vehicles.turnover import flow_path, flow_share, flow_table, stock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County


_LEAST: Final = 1e-12  # a share of none or of all has no logit and stays
_WIDEST: Final = 60.0  # of a logit: exp(-60) of the vehicles is none of them in any county
_BEYOND: Final = 1e-7  # the path must not end a rounding below its target


def shifted_flow(
    county: County,
    shift: float,
    *,
    after: int,
    until: int,
    classes: Sequence[str] | None = None,
    powers: Sequence[str] = NEW_ENERGY,
    years: Sequence[int] = tuple(range(2015, 2036)),
) -> pl.DataFrame:
    """Return the flow shares with the logit of some powers' share moved.

    Parameters
    ----------
    county
        Its flow shares.
    shift
        What is added to ln(p / (1 - p)) of the powers together, reached in steps from ``after`` to ``until``.
    after, until
        Years between which the shift grows from 0; it stays from then on.
    classes
        Classes that move; None for all.
    powers
        Powers that count together; they keep their proportions, and so do the others.
    years
        Years of the table.

    Returns
    -------
    polars.DataFrame
        Rows in the form of ``flow_shares``.
    """
    rows: list[tuple[str, str, int, float]] = []
    for name in county.vehicle_classes["vehicle_class"]:
        names, table = flow_path(county, name, years)
        counted = np.array([power in powers for power in names])
        for index, year in enumerate(years):
            shares = table[index].copy()
            total = float(shares[counted].sum())
            moves = (classes is None or name in classes) and _LEAST < total < 1.0 - _LEAST
            if moves and year > after:
                # the logit moves evenly and reaches its whole shift in `until`
                step = shift * min(1.0, (year - after) / (until - after))
                new = 1.0 / (1.0 + (1.0 - total) / total * np.exp(-step))
                shares[counted] *= new / total
                # what the powers gain the others lose in proportion, so that shares still sum to 1
                shares[~counted] *= (1.0 - new) / (1.0 - total)
            rows += [(name, power, year, float(share)) for power, share in zip(names, shares, strict=True)]
    return flow_table(rows)


def backcast(
    county: County,
    *,
    target_share: float,
    target_year: int,
    classes: Sequence[str],
    powers: Sequence[str] = CLEAN_ENERGY,
    moving: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return the path of flow shares that just meets a target: what is needed, by class.

    Parameters
    ----------
    county
        Its flow shares up to ``adoption.base_year`` are kept.
    target_share
        Share of the powers in the new vehicles of the classes in the target's year.
    target_year
        Year of the target.
    classes
        Classes that count.
    powers
        Powers that count.
    moving
        Classes that move, all by the same shift of the logit; None for all that count.

    Returns
    -------
    polars.DataFrame
        Rows in the form of ``flow_shares``, years 2015 to 2035.

    Raises
    ------
    InfeasibleError
        No path within reach meets the target.
    """
    base = round(county.figure("adoption.base_year"))

    def path(shift: float) -> pl.DataFrame:
        return shifted_flow(county, shift, after=base, until=target_year, classes=moving or classes, powers=powers)

    # a larger shift never lowers the share: at most one root between the bounds
    def miss(shift: float) -> float:
        table = stock(county.with_table("flow_shares", path(shift)))
        shares = flow_share(table, powers, classes=classes)
        return float(shares.filter(pl.col("year") == target_year)["share"].item()) - target_share

    if miss(-_WIDEST) > 0.0 or miss(_WIDEST) < 0.0:
        raise InfeasibleError(
            f"backcast: no path of {', '.join(classes)} gives a share of {target_share:.1%} in {target_year}."
        )
    from scipy.optimize import brentq  # noqa: PLC0415 - takes a while to load, and is needed here alone

    return path(float(brentq(miss, -_WIDEST, _WIDEST, xtol=1e-9)) + _BEYOND)
