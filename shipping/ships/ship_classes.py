"""Vessel classes with what sailing needs of each: hull, engine, hotel load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.memory.remembering import remembered
from shipping.parameters.county_river import river_table
from shipping.parameters.ship_parameters import ShipParameters
from shipping.ships.engines import age_factor
from shipping.ships.propulsion import DESIGN_COLUMNS, ShipDesign

if TYPE_CHECKING:
    from data.county import County
    from shipping.parameters.ship_parameters import EngineParameters

_CLASS_COLUMNS: Final = (
    "vessel_class",
    "fuel",
    "dwt_t",
    "length_m",
    "beam_m",
    "draught_m",
    "installed_kw",
    "water_speed_km_h",
    "hotel_kw",
)
_FORM: Final = {
    "screws": pl.Int64,
    **dict.fromkeys(("propeller_m", "open_water", "rotative", "shaft", "gear"), pl.Float64),
}


def ship_classes(classes: pl.DataFrame, ships: ShipParameters) -> pl.DataFrame:
    """Return the vessel classes with the columns of `shipping.schemas.Fleet` that a class gives."""
    if "block" not in classes.columns:
        classes = classes.with_columns(block=pl.lit(None, pl.Float64))
    consumption = pl.col("fuel").replace_strict(sfc_by_fuel(ships.engines), default=0.0, return_dtype=pl.Float64)
    return classes.select(
        *_CLASS_COLUMNS,
        block=pl.col("block").fill_null(pl.lit(ships.form.block, pl.Float64)),
        **{name: pl.lit(getattr(ships.form, name), kind) for name, kind in _FORM.items()},
        speed_depth_m=pl.lit(ships.speed_depth_m, pl.Float64),
        most_share=pl.lit(ships.most_share, pl.Float64),
        empty_draught_m=pl.col("draught_m") * ships.empty_draught_share,
        margin_share=pl.lit(ships.service_margin_share),
        port_hotel_share=pl.lit(1.0 - ships.shore_power_share),
        sfc_kg_kwh=consumption,
    )


def county_classes(county: County) -> pl.DataFrame:
    """Return `ship_classes` of a county: computed once of what it looks at there."""
    return remembered(
        county,
        ("ship_classes",),
        lambda watched: ship_classes(river_table(watched, "vessel_classes"), ShipParameters.from_county(watched)),
    )


def designs(classes: pl.DataFrame) -> dict[str, ShipDesign]:
    """Return the design of each class of a table from `ship_classes`."""
    return {row["vessel_class"]: ShipDesign.from_row(row) for row in classes.iter_rows(named=True)}


def vessel_designs(vessels: pl.DataFrame) -> dict[str, ShipDesign]:
    """Return the design of each vessel of a table with the columns of `shipping.schemas.Fleet`."""
    # hundreds of vessels are a few designs: alike ones are found at once, which takes a tenth of a look at each row
    alike = vessels.group_by(DESIGN_COLUMNS, maintain_order=True).agg("vessel_id")
    found: dict[str, ShipDesign] = {}
    for row in alike.iter_rows(named=True):
        found |= dict.fromkeys(row["vessel_id"], ShipDesign.from_row(row))
    return found


def sfc_by_fuel(engines: EngineParameters) -> dict[str, float]:
    """Return the specific fuel consumption in kg/kWh at the best load of the fuels that are burnt.

    The figure of the fuel times the factor of the year in which its engines were built (`shipping.ships.engines`).
    """
    return {
        fuel: sfc * float(age_factor(engines.ages, engines.built_year[fuel]))
        for fuel, sfc in engines.sfc_kg_kwh.items()
    }
