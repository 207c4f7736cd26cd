"""Checks of a river run against what must hold exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from shipping.result import RiverResult


def check_mass_balance(result: RiverResult, *, tolerance_m3: float = 1e-9) -> pl.DataFrame:
    """Check that the LNG of every station adds up.

    First level + deliveries - bunkered - boil-off = last level, where the levels and the boil-off come from
    ``tanks``, the deliveries from ``trucks`` and the bunkered LNG from ``calls``; and all LNG that left the stations is
    in the vessels' accounts.

    Parameters
    ----------
    result : RiverResult
        Result of `shipping.simulate`.
    tolerance_m3 : float
        Largest error allowed for each m3 that went through, at least 1 m3.

    Returns
    -------
    polars.DataFrame
        ``station, start_m3, delivered_m3, bunkered_m3, boil_off_m3, end_m3, error_m3``.

    Raises
    ------
    DataError
        If a balance does not close, naming the station.
    """
    # steps of the level per station; the first row has none
    steps = result.tanks.with_columns(step=pl.col("level_m3").diff().over("station").fill_null(0.0))
    lost = -pl.col("step").filter(pl.col("event") == "boil_off").sum()
    levels = steps.group_by("station", maintain_order=True).agg(
        start_m3=pl.col("level_m3").first(), end_m3=pl.col("level_m3").last(), boil_off_m3=lost
    )
    delivered = result.trucks.group_by("station").agg(delivered_m3=pl.col("volume_m3").sum())
    bunkered = result.calls.group_by("station").agg(bunkered_m3=pl.col("volume_m3").sum())
    table = (
        levels.join(delivered, on="station", how="left")
        .join(bunkered, on="station", how="left")
        .with_columns(pl.col("delivered_m3", "bunkered_m3").fill_null(0.0))
        .with_columns(
            error_m3=pl.col("start_m3")
            + pl.col("delivered_m3")
            - pl.col("bunkered_m3")
            - pl.col("boil_off_m3")
            - pl.col("end_m3")
        )
    )
    # at least 1 m3, so that an idle station is not held to an error of 0
    through_put = 1.0 + pl.col("delivered_m3") + pl.col("bunkered_m3")
    wrong = table.filter(pl.col("error_m3").abs() > tolerance_m3 * through_put)
    if wrong.height:
        station, error = wrong.select("station", "error_m3").row(0)
        raise DataError(f"station '{station}': the LNG balance is {error:g} m3 off; expected 0.")
    # from the vessels' own accounts: two sums that no line of code adds together
    taken = float(result.vessels["lng_bunkered_m3"].sum())
    given = float(table["bunkered_m3"].sum())
    if abs(taken - given) > tolerance_m3 * (1.0 + given):
        raise DataError(f"vessels took {taken:g} m3 of LNG, stations gave {given:g} m3; expected the same.")
    order = ("station", "start_m3", "delivered_m3", "bunkered_m3", "boil_off_m3", "end_m3", "error_m3")
    return table.select(order)
