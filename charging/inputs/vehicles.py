"""The vehicles that charge, with what each brings to a gun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from charging.inputs.behaviour import Chargers
from data.schemas.supply import THROUGH
from data.tables.roles import HOUSEHOLD_CAR, classes_of

if TYPE_CHECKING:
    from data.county import County


def vehicles_table(county: County) -> pl.DataFrame:
    """Return the vehicles that charge, with curve, voltage, powers and efficiencies.

    Returns
    -------
    polars.DataFrame
        One row per vehicle class and segment (``private_car/A``), and for cars of through traffic
        (``through/A``): ``vehicle_class, pack_voltage_v, ac_kw, dc_kw, curve_soc, curve_share,
        efficiency_dc, efficiency_ac``.
    """
    chargers = Chargers.from_county(county)
    curves = (
        county.charge_curves.sort("curve", "soc")
        .group_by("curve", maintain_order=True)
        .agg(curve_soc=pl.col("soc"), curve_share=pl.col("power_share"))
    )
    models = county.ev_models.join(curves, on="curve", how="left").with_columns(
        # 0 says that there is no such inlet, and nobody asks for that current
        pl.col("dc_kw", "ac_kw").replace(0.0, None),
        efficiency_dc=pl.lit(chargers.efficiency_dc),
        efficiency_ac=pl.lit(chargers.efficiency_ac),
    )
    if THROUGH not in models["vehicle_class"]:
        # cars on the expressway are those of households where the county states none
        households = classes_of(county.vehicle_classes, HOUSEHOLD_CAR)[:1]
        through = models.filter(pl.col("vehicle_class").is_in(households)).with_columns(vehicle_class=pl.lit(THROUGH))
        models = pl.concat([models, through])
    return models.with_columns(vehicle_class=pl.concat_str("vehicle_class", pl.lit("/"), "segment")).select(
        "vehicle_class",
        "pack_voltage_v",
        "ac_kw",
        "dc_kw",
        "curve_soc",
        "curve_share",
        "efficiency_dc",
        "efficiency_ac",
    )
