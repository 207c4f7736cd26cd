"""Time, energy and fuel of through traffic: its vessels do not meet anyone, so closed forms do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from shipping.energy import energy_kwh, fuel_t, power_kw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shipping.fairway import Reaches

ACCOUNT: dict[str, Any] = {
    **dict.fromkeys(
        (
            "distance_km",
            "sailing_h",
            "waiting_h",
            "energy_kwh",
            "fuel_t",
            "cargo_tkm",
            "lng_bunkered_m3",
            "tank_end_m3",
        ),
        pl.Float64,
    ),
    "stranded": pl.Boolean,
}
COLUMNS = ("vessel_id", "vessel_class", "fuel", "kind", "voyages", *ACCOUNT)


def through_accounts(reaches: Reaches, voyages: pl.DataFrame, vessels: pl.DataFrame) -> pl.DataFrame:
    """Return a row a vessel id of the through traffic; these vessels do not meet anyone."""
    joined = voyages.select("vessel_id", "from_km", "to_km", "cargo_t", "load_share").join(
        vessels.drop("tank_m3"), on="vessel_id", how="left", maintain_order="left"
    )
    hours = np.zeros(joined.height)
    speeds = joined["water_speed_km_h"].to_numpy()
    start, end = joined["from_km"].to_numpy(), joined["to_km"].to_numpy()
    for speed in np.unique(speeds):
        chosen = speeds == speed
        hours[chosen] = reaches.hours(start[chosen], end[chosen], float(speed))
    energy = _energy(joined, hours)
    length = np.abs(end - start)
    booked = joined.with_columns(
        distance_km=length,
        sailing_h=hours,
        energy_kwh=energy,
        fuel_t=fuel_t(energy, sfc_kg_kwh=joined["sfc_kg_kwh"].to_numpy()),
        cargo_tkm=joined["cargo_t"].to_numpy() * length,
    )
    sums = ("distance_km", "sailing_h", "energy_kwh", "fuel_t", "cargo_tkm")
    return (
        booked.group_by("vessel_id", "vessel_class", "fuel", "kind")
        .agg(pl.len().cast(pl.Int64).alias("voyages"), *(pl.col(name).sum() for name in sums))
        .with_columns(
            waiting_h=0.0,
            lng_bunkered_m3=0.0,
            tank_end_m3=pl.lit(None, dtype=pl.Float64),
            stranded=False,
        )
        .sort("vessel_id")
        .select(COLUMNS)
    )


def _energy(joined: pl.DataFrame, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the brake energy of voyages joined with their vessels."""
    power = power_kw(
        joined["water_speed_km_h"].to_numpy(),
        reference_kw=joined["reference_kw"].to_numpy(),
        reference_speed_km_h=joined["reference_speed_km_h"].to_numpy(),
        load_share=joined["load_share"].to_numpy(),
        empty_power_share=joined["empty_power_share"].to_numpy(),
    )
    return energy_kwh(hours, propulsion_kw=power, hotel_kw=joined["hotel_kw"].to_numpy())
