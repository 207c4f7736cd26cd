"""Checks that every simulation must pass: accounting of requests, energy and load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from charging.simulation import ChargingResult

OUTCOMES = ("served", "balked", "reneged", "unserved", "unfinished")


def check_accounts(result: ChargingResult, requests: pl.DataFrame, *, tolerance: float = 1e-6) -> pl.DataFrame:
    """Compare what went in with what came out.

    Parameters
    ----------
    result
        Tables of a simulation.
    requests
        The requests that went in.
    tolerance
        Largest relative difference of energies.

    Returns
    -------
    polars.DataFrame
        ``check, expected, got, holds``: one row a request and one outcome each; arrivals = served + balked +
        reneged + unserved + unfinished; kWh asked = delivered + unmet; integral of the load = sum of sessions;
        no gun serves two vehicles at once.
    """
    sessions = result.sessions
    served = sessions.filter(pl.col("outcome") == "served")
    unmet = float((sessions["asked_kwh"] - sessions["energy_kwh"]).filter(sessions["outcome"] != "served").sum())
    rows = [
        ("one row a request", float(requests.height), float(sessions["request_id"].n_unique())),
        ("one outcome a request", float(sessions.height), float(sessions["outcome"].is_in(OUTCOMES).sum())),
        (
            "kWh asked = delivered + unmet",
            float(requests["energy_kwh"].sum()),
            float(sessions["energy_kwh"].sum()) + unmet,
        ),
        (
            "kWh of served sessions as asked",
            float(served["asked_kwh"].sum()),
            float(served["energy_kwh"].sum()),
        ),
        (
            "integral of the load = meter kWh of sessions",
            float(sessions["meter_kwh"].sum()),
            float(result.load["meter_kwh"].sum()),
        ),
        ("no gun serves two vehicles", 0.0, float(_overlaps(served))),
    ]
    return pl.DataFrame(
        [(*row, math.isclose(row[1], row[2], rel_tol=tolerance, abs_tol=tolerance)) for row in rows],
        schema={"check": pl.String, "expected": pl.Float64, "got": pl.Float64, "holds": pl.Boolean},
        orient="row",
    )


def _overlaps(served: pl.DataFrame) -> int:
    """Count the times that a vehicle plugs in before the last one at the gun has left."""
    gun = ["station_id", "group_id", "pile", "gun"]
    ordered = served.sort(*gun, "plug_min", "leave_min")
    early = pl.col("plug_min") < pl.col("leave_min").shift(1).over(gun) - 1e-9
    return int(ordered.select(early.fill_null(value=False).sum()).item())
