"""Where the energy of vehicles comes from, by class and power, and how many of them the towns have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.inputs.vehicles import HYBRID
from fleet.demand.class_inputs import BEV, PHEV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.demand.requests import ClassFills

_PLACES: Final = ("home", "depot", "work", "public", "swap", "outside")
_ALIKE: Final = 1e-9
BALANCE: Final = {
    "vehicle_class": pl.String,
    "power": pl.String,
    "vehicles": pl.Int64,
    **dict.fromkeys(
        ("driven_kwh", *(f"{place}_kwh" for place in _PLACES), "battery_change_kwh", "taken_away_kwh", "lost_kwh"),
        pl.Float64,
    ),
}
"""Schema of the balance of energy."""


def energy_balance(ledger: pl.DataFrame, requests: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Return the balance of energy of the vehicles that charge in the county, at their batteries.

    Parameters
    ----------
    ledger
        Of the vehicle days.
    requests
        All requests of the run, those of vehicles from elsewhere among them.
    sessions
        What became of them.

    Returns
    -------
    polars.DataFrame
        One row per class and power, and one per kind of vehicle from elsewhere: ``vehicle_class, power, vehicles,
        driven_kwh, home_kwh, depot_kwh, work_kwh, public_kwh, swap_kwh, outside_kwh, battery_change_kwh,
        taken_away_kwh`` (charged here by vehicles from elsewhere, driven with outside the ledger) with driven + taken
        away = home + depot + work + public + swap + outside - change in battery; and ``lost_kwh``, the part of
        ``public_kwh`` that the stations did not deliver: drivers that left, and charges that did not end.
    """
    got = sessions.select("request_id", "energy_kwh", kind=_kind()).group_by("kind").agg(pl.col("energy_kwh").sum())
    asked = requests.group_by(kind=_kind()).agg(asked=pl.col("energy_kwh").sum())
    lost = pl.col("asked") - pl.col("energy_kwh")
    # the sums of what all were given in full differ by rounding
    lost = pl.when(lost.abs() > _ALIKE * pl.col("asked")).then(lost).otherwise(0.0)
    public = asked.join(got, on="kind", how="left").with_columns(lost=lost)
    plug_in = pl.when(pl.col("power") == BEV).then(pl.lit("")).otherwise(pl.lit("/") + pl.col("power"))
    own = ledger.with_columns(kind=pl.col("vehicle_class") + plug_in)
    own = own.join(public.select("kind", "lost"), on="kind", how="left", maintain_order="left")
    rows = own.with_columns(taken_away_kwh=0.0, lost_kwh=pl.col("lost").fill_null(0.0)).select(list(BALANCE))
    others = public.filter(~pl.col("kind").is_in(own["kind"].to_list())).sort("kind")
    zero = pl.lit(0.0)
    brought = others.select(
        vehicle_class="kind",
        power=pl.lit(BEV),
        vehicles=pl.lit(None, dtype=pl.Int64),
        driven_kwh=zero,
        home_kwh=zero,
        depot_kwh=zero,
        work_kwh=zero,
        public_kwh="asked",
        swap_kwh=zero,
        outside_kwh=zero,
        battery_change_kwh=zero,
        taken_away_kwh="asked",
        lost_kwh="lost",
    )
    return pl.concat([rows, brought]).cast(pl.Schema(BALANCE))


def _kind() -> pl.Expr:
    """Return class and power of requests as the fleets are named: the model behind the slash of a class left out."""
    parts = pl.col("vehicle_class").str.split("/")
    hybrid = pl.when(parts.list.last() == HYBRID).then(pl.lit(f"/{PHEV}")).otherwise(pl.lit(""))
    return parts.list.first() + hybrid


def vehicles_by_town(classes: Sequence[ClassFills]) -> pl.DataFrame:
    """Return the plug-in vehicles that live in each town.

    Returns
    -------
    polars.DataFrame
        ``town, vehicles``, in the order of the towns; no rows without vehicles.
    """
    if not classes:
        return pl.DataFrame(schema={"town": pl.String, "vehicles": pl.Int64})
    names = classes[0].fleet.town_names
    count = sum(np.bincount(item.fleet.town, minlength=len(names)) for item in classes)
    return pl.DataFrame({"town": names, "vehicles": count})


def charging_growth(stock: pl.DataFrame, ledger: pl.DataFrame, *, year: int) -> pl.DataFrame:
    """Return plug-in vehicles and the energy that they charge by year, over those of a year.

    A vehicle of a class and power charges in every year what it does in that year; classes without vehicles then are
    left out.

    Parameters
    ----------
    stock
        Table of :func:`fleet.stock`.
    ledger
        Of the vehicle days of the year.
    year
        Year of the ledger; the first of the result.

    Returns
    -------
    polars.DataFrame
        ``year, vehicles_factor, energy_factor``; no rows where nobody charges.
    """
    charged = sum(pl.col(f"{place}_kwh") for place in ("home", "depot", "work", "public", "swap"))
    own = ledger.filter(pl.col("vehicles") > 0).select("vehicle_class", "power", each=charged / pl.col("vehicles"))
    later = stock.filter(pl.col("year") >= year).join(own, on=["vehicle_class", "power"], how="inner")
    by_year = (
        later.group_by("year")
        .agg(vehicles=pl.col("vehicles").sort().sum(), energy=(pl.col("vehicles") * pl.col("each")).sort().sum())
        .sort("year")
    )
    return by_year.select(
        "year",
        vehicles_factor=pl.col("vehicles") / pl.col("vehicles").first(),
        energy_factor=pl.col("energy") / pl.col("energy").first(),
    ).cast({"year": pl.Int64})
