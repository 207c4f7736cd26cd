"""The vehicles that charge, with what each brings to a gun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from charging.inputs.behaviour import Chargers
from data.schemas.supply import THROUGH, VISITOR
from data.tables.roles import HOUSEHOLD_CAR, classes_of

if TYPE_CHECKING:
    from data.county import County


HYBRID: Final = "PHEV"
"""Segment of plug-in hybrids."""


def hybrid_models(county: County) -> pl.DataFrame:
    """Return battery and on-board charger of the plug-in hybrids, for the classes that have some.

    Returns
    -------
    polars.DataFrame
        One row per class with electricity of power ``phev`` in ``energy_use``: ``vehicle_class, segment, share,
        battery_kwh, dc_kw`` (null: they charge at AC) ``, ac_kw, pack_voltage_v, curve`` (null: constant power).
    """
    wanted = (pl.col("power") == "phev") & (pl.col("carrier") == "electricity")
    classes = county.energy_use.filter(wanted).select("vehicle_class").unique(maintain_order=True)
    if not classes.height:
        battery, ac = 0.0, 0.0  # of nobody
    else:
        battery, ac = county.figure("fleet.phev_battery_kwh"), county.figure("fleet.phev_ac_kw")
    return classes.with_columns(
        segment=pl.lit(HYBRID),
        share=pl.lit(1.0),
        battery_kwh=pl.lit(battery),
        dc_kw=pl.lit(None, dtype=pl.Float64),
        ac_kw=pl.lit(ac),
        pack_voltage_v=pl.lit(None, dtype=pl.Float64),
        curve=pl.lit(None, dtype=pl.String),
    )


def vehicles_table(county: County) -> pl.DataFrame:
    """Return the vehicles that charge, with curve, voltage, powers and efficiencies.

    Returns
    -------
    polars.DataFrame
        One row per vehicle class and segment (``private_car/A``, ``private_car/PHEV``), for cars of through traffic
        (``through/A``), and for those of visitors (``visitor/A``) where the county has some: ``vehicle_class,
        pack_voltage_v, ac_kw, dc_kw, curve_soc, curve_share, efficiency_dc, efficiency_ac``.
    """
    chargers = Chargers.from_county(county)
    curves = (
        county.charge_curves.sort("curve", "soc")
        .group_by("curve", maintain_order=True)
        .agg(curve_soc=pl.col("soc"), curve_share=pl.col("power_share"))
    )
    hybrids = hybrid_models(county)
    known = pl.concat([county.ev_models.select(hybrids.columns), hybrids])
    models = known.join(curves, on="curve", how="left", maintain_order="left").with_columns(
        # 0 says that there is no such inlet, and nobody asks for that current
        pl.col("dc_kw", "ac_kw").replace(0.0, None),
        efficiency_dc=pl.lit(chargers.efficiency_dc),
        efficiency_ac=pl.lit(chargers.efficiency_ac),
    )
    households = classes_of(county.vehicle_classes, HOUSEHOLD_CAR)[:1]
    own = models.filter(pl.col("vehicle_class").is_in(households) & (pl.col("segment") != HYBRID))
    others = [own.filter(pl.lit(county.has("visitors"))).with_columns(vehicle_class=pl.lit(VISITOR))]
    if THROUGH not in models["vehicle_class"]:
        # cars on the expressway are those of households where the county states none
        others.insert(0, own.with_columns(vehicle_class=pl.lit(THROUGH)))
    return (
        pl.concat([models, *others])
        .with_columns(vehicle_class=pl.concat_str("vehicle_class", pl.lit("/"), "segment"))
        .select(
            "vehicle_class",
            "pack_voltage_v",
            "ac_kw",
            "dc_kw",
            "curve_soc",
            "curve_share",
            "efficiency_dc",
            "efficiency_ac",
        )
    )
